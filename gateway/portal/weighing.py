"""Page: Weigh slip. The scale stands at the receiver, who enters what it says; the sender agrees with one tap, and is the
one who signs the Ship. The Receive follows by itself: the receiver has already said what it weighed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.pages.languages import mark
from gateway.portal.desk import Desk, entry_id
from gateway.portal.today import today
from ledger.errors import Refusal
from ledger.events.identifiers import party_id, party_uri, product_id, product_uri
from ledger.events.model import Kind
from ledger.projection.present import Json
from ledger.recording import BatchName, MoveDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_SAID: Final = {
    "MoreThanHeld": mark("The sender has not that much of this lot in the ledger. They enter the harvest first."),
    "UnknownBatch": mark("The sender has no such lot. Look at the lot's name on the crate, or ask them."),
    "AmbiguousLot": mark("The sender has no such lot. Look at the lot's name on the crate, or ask them."),
    "UnknownParty": mark("The sender is not chosen yet. Choose from the list."),
    "ShipToSelf": mark("The sender is your own party. Choose another."),
    "PartySuspended": mark("The sender is suspended and cannot hand over. Ask the Union."),
    "RoleMissing": mark("The sender is suspended and cannot hand over. Ask the Union."),
    "NoKeyHere": mark("The sender signs elsewhere. Let them hand over; you receive it."),
}


@dataclass(frozen=True, slots=True)
class Known:
    """A lot that came before: the next crates of it."""

    sender: Json
    product: Json
    name: str
    lot: str
    origin: str


@router.get("/portal/weigh")
@does(Action.PORTAL)
def page(request: Request, here: Here, sender: str = "", product: str = "", lot: str = "") -> Response:
    return _form(Desk(request, here), sender, product, lot)


@router.post("/portal/weigh")
@does(Action.PORTAL)
def ask(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    try:
        sender, draft = _draft(desk, form)
        desk.must(Kind.RECEIVE)
        desk.state.waiting.ask(desk.party, here.person.id, party_id(sender), entry_id(form), draft)
    except Refusal as refusal:
        return _form(desk, form.one("sender"), form.one("product"), form.one("lot"), refusal, form)
    return desk.today()


@router.post("/portal/slips/{id}/agree")
@does(Action.PORTAL)
def agree(request: Request, here: Here, form: Posted, id: str) -> Response:
    desk = Desk(request, here)
    try:
        desk.must(Kind.SHIP)
        desk.state.waiting.agree(desk.party, here.person.id, id)
    except Refusal as refusal:
        tapped_twice = refusal.law == "DraftGone" and desk.state.waiting.is_signed(desk.party, id)
        return desk.today() if tapped_twice else today(desk, refusal)
    desk.state.worker.nudge()
    return desk.today()


@router.post("/portal/slips/{id}/decline")
@does(Action.PORTAL)
def decline(request: Request, here: Here, form: Posted, id: str) -> Response:
    desk = Desk(request, here)
    try:
        desk.must(Kind.SHIP)
        desk.state.waiting.decline(desk.party, here.person.id, id)
    except Refusal as refusal:
        return today(desk, refusal)
    return desk.today()


@router.post("/portal/slips/{id}/drop")
@does(Action.PORTAL)
def drop(request: Request, here: Here, form: Posted, id: str) -> Response:
    """By the one who weighed: it was wrong, or its refusal is seen."""
    desk = Desk(request, here)
    try:
        desk.must(Kind.RECEIVE)
        desk.state.waiting.drop(desk.party, here.person.id, id)
    except Refusal as refusal:
        return today(desk, refusal)
    return desk.today()


def _draft(desk: Desk, form: Form) -> tuple[str, MoveDraft]:
    """The sender, and the Ship that it is asked to sign."""
    if not form.one("sender"):
        raise Refusal("UnknownParty")
    sender, product = party_uri(form.one("sender")), product_uri(form.one("product"))
    quantity, content = desk.quantity(form, desk.product(product_id(product)))
    batch = BatchName(product=product, lot=form.one("lot").strip())
    return sender, MoveDraft(
        kind=Kind.SHIP, quantity=quantity, batch=batch, to=desk.uri, occurred_at=desk.now,
        content={"bizStep": "shipping"} | content,
    )  # fmt: skip


def _form(
    desk: Desk, sender: str, product: str, lot: str, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    with desk.state.reader.desk() as reader:
        products = reader.products()
    before = known(desk)
    if before and not (sender or product or lot):
        sender, product, lot = before[0].sender["id"], before[0].product["id"], before[0].lot
    chosen = next((each for each in products if product in (each["id"], each["gtin"])), None)
    wrong = _SAID.get(refusal.law) if refusal else None
    return desk.show(
        "weigh.html", refusal, desk.language.text(wrong) if wrong else None, known=before, sender=sender, chosen=chosen,
        products=products, lot=lot, typed=form.one("quantity") if form else "",
        unit=form.one("quantity_unit") if form else "", senders=_senders(desk, before),
    )  # fmt: skip


def known(desk: Desk, most: int = 4) -> list[Known]:
    """Lots that came lately, the last one first."""
    with desk.state.reader.desk() as reader:
        found = reader.received(desk.party)[:most]
    return [
        Known(
            desk.name_of(party_id(sender)), batch["product"], desk.words(batch["product"]), batch["lot"],
            batch["origin"]["id"],
        )
        for sender, batch in found
    ]  # fmt: skip


def _senders(desk: Desk, before: list[Known]) -> list[Json]:
    """Those who sent lately first."""
    lately = {str(each.sender["id"]): each.sender for each in before}
    return [*lately.values(), *(each for each in desk.parties() if each["id"] not in lately)]
