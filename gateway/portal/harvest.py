"""Page: Harvest. A harvest or catch into a lot, which stays open for the nights it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.pages.formats import VIETNAM
from gateway.portal.desk import Desk
from gateway.portal.telling import instant
from ledger.errors import Refusal
from ledger.events.identifiers import product_id, product_uri
from ledger.events.model import DAY, Kind
from ledger.projection.present import Json, text
from ledger.recording import MakeDraft, OutputDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)

NIGHTS: Final = 6
"""Days for which a new lot stays open: the law allows 7, and a phone's clock may be ahead of the chain's."""


@dataclass(frozen=True, slots=True)
class Again:
    """A lot that is still open: the next night goes into it."""

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
    uri = product_uri(form.one("product"))
    quantity, content = desk.quantity(form, desk.product(product_id(uri)))
    lot = form.one("lot").strip()
    known = any(text(batch.lot) == lot for batch in desk.trial.made_by(desk.party, product_id(uri)))
    until = desk.now + NIGHTS * DAY if form.one("nights") == "several" and not known else 0
    return MakeDraft(
        kind=Kind.COMMISSION,
        occurred_at=desk.now,
        outputs=(OutputDraft(uri, lot, quantity, until),),
        content={"bizStep": "commissioning", "disposition": "active"} | content,
    )


def _form(desk: Desk, product: str, lot: str, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    with desk.state.reader.desk() as reader:
        products = [each for each in reader.makes(desk.party) if each["stage"] == 0] or reader.makes(desk.party)
    chosen = next(
        (each for each in products if product in (each["id"], each["gtin"])), products[0] if products else None
    )
    again = open_lots(desk, products)
    return desk.show(
        "harvest.html", refusal, products=products, chosen=chosen, again=again,
        lot=lot or (new_lot(desk, chosen) if chosen else ""), typed=form.one("quantity") if form else "",
    )  # fmt: skip


def open_lots(desk: Desk, products: list[Json]) -> list[Again]:
    """The party's own lots that more may go into, by product."""
    return [
        Again(each, desk.words(each), text(batch.lot), desk.language.moment(instant(batch.open_until)) or "")
        for each in products
        for batch in desk.trial.made_by(desk.party, product_id(each["id"]))
        if batch.open_until > desk.now and not batch.outside
    ]


def new_lot(desk: Desk, product: Json) -> str:
    """The day, and a number where the day has one already: `241124`, `241124-2`."""
    taken = {text(batch.lot) for batch in desk.trial.made_by(desk.party, product_id(product["id"]))}
    day = datetime.now(UTC).astimezone(VIETNAM).strftime("%d%m%y")
    return next(lot for n in range(1, 1_000) if (lot := day if n == 1 else f"{day}-{n}") not in taken)
