"""Page: Harvest. A harvest or catch into a lot, which stays open for the nights it takes."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.desk import Desk
from gateway.portal.lots import NIGHTS, is_known, lot_of, lot_to_show
from gateway.portal.telling import instant
from ledger.errors import Refusal
from ledger.events.identifiers import product_id
from ledger.events.model import DAY, Kind, Provenance, Role
from ledger.projection.present import Json, text
from ledger.recording import MakeDraft, OutputDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Again:
    """A lot that is still open: the next night goes into it. `lot` is empty where a new one is due."""

    product: Json
    name: str
    lot: str
    until: str


@router.get("/portal/harvest")
@does(Action.PORTAL)
def page(request: Request, here: Here, product: str = "", lot: str = "") -> Response:
    return _form(Desk(request, here), product, lot)


@router.post("/portal/harvest")
@does(Action.PORTAL)
def keep(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    try:
        return desk.keep(form, _draft(desk, form))
    except Refusal as refusal:
        return _form(desk, form.one("product"), form.one("lot"), refusal, form)


def _draft(desk: Desk, form: Form) -> MakeDraft:
    product = desk.product_called(form.one("product"))
    quantity, content = desk.quantity(form, product)
    lot = lot_of(form)
    stays = form.one("nights") == "several" and not is_known(desk, product, lot)
    until = desk.now + NIGHTS * DAY if stays else 0
    return MakeDraft(
        kind=Kind.COMMISSION,
        occurred_at=desk.now,
        outputs=(OutputDraft(product["id"], lot, quantity, until),),
        content={"bizStep": "commissioning", "disposition": "active"} | content,
    )


def _form(desk: Desk, product: str, lot: str, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    with desk.state.reader.desk() as reader:
        products = [each for each in reader.makes(desk.party) if each["stage"] == 0] or reader.makes(desk.party)
    last = None if product else _last(desk)
    wanted = last["id"] if last else product
    chosen = next((each for each in products if wanted in (each["id"], each["gtin"])), next(iter(products), None))
    typed = {name: form.one(name) if form else "" for name in ("quantity", "quantity_unit")}
    return desk.show(
        "harvest.html", refusal, products=products, chosen=chosen, again=open_lots(desk), typed=typed,
        lot=lot_to_show(desk, lot, refusal, *([chosen] if chosen else [])), able=desk.has(Role.PRODUCER),
    )  # fmt: skip


def again(desk: Desk) -> list[Again]:
    """What the next harvest most likely goes into: the open lots, the one that closes last first; else a new lot of what was
    harvested last."""
    found = open_lots(desk)
    last = None if found else _last(desk)
    return found or ([Again(last, desk.words(last), "", "")] if last else [])


def open_lots(desk: Desk) -> list[Again]:
    """The party's own lots that more may be harvested into."""
    return [
        Again(product, desk.words(product), text(batch.lot), desk.language.moment(instant(batch.open_until)) or "")
        for batch in desk.trial.open_lots(desk.party)
        if batch.commission_only
        for product in [desk.product(batch.product)]
    ]


def _last(desk: Desk) -> Json | None:
    """The product of the last harvest, be it signed or not."""
    for _, drafts in reversed(desk.state.waiting.of(desk.party)):
        for draft in drafts:
            if (
                isinstance(draft, MakeDraft)
                and (draft.kind, draft.provenance) == (Kind.COMMISSION, Provenance.MADE_HERE)
                and not draft.private_tables  # a collection round
            ):
                return desk.product(product_id(draft.outputs[0].product))
    with desk.state.reader.desk() as reader:
        for event in reader.recent(desk.party, 50):
            if event["provenance"] == "made_here" and "_sd_tables" not in event["content"]:
                return desk.product(product_id(event["outputs"][0]["product"]["id"]))
    return None
