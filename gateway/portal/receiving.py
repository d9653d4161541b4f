"""Receiving: a whole consignment in one tap, or one parcel of it short, rejected, or with what died or was lost on the way."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.arrivals import Parcel, arrivals
from gateway.portal.desk import Desk
from gateway.portal.reasons import ON_THE_WAY
from gateway.portal.today import today
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.recording import MoveDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/portal/receive")
@does(Action.PORTAL)
def whole(request: Request, here: Here, form: Posted) -> Response:
    """All of these parcels, as they were sent."""
    desk = Desk(request, here)
    try:
        parcels = [_parcel(desk, each) for each in form.many("parcel")]
        if not parcels:
            raise Refusal("UnknownShipment")
        drafts = [_move(desk, Kind.RECEIVE, _shipment(desk, each), each.goods.quantity) for each in parcels]
        return desk.keep(form, *drafts)
    except Refusal as refusal:
        return today(desk, refusal)


@router.get("/portal/receive/{id}")
@does(Action.PORTAL)
def page(request: Request, here: Here, id: str) -> Response:
    desk = Desk(request, here)
    return _form(desk, _parcel(desk, id))


@router.post("/portal/receive/{id}")
@does(Action.PORTAL)
def part(request: Request, here: Here, form: Posted, id: str) -> Response:
    """What arrived, what was lost and why, what goes back; the rest stays on its way."""
    desk = Desk(request, here)
    parcel = _parcel(desk, id)
    try:
        told = [
            (kind, *desk.quantity(form, parcel.goods.product, field))
            for kind, field in ((Kind.RECEIVE, "arrived"), (Kind.DISPOSE, "lost"), (Kind.REJECT, "rejected"))
            if form.one(field).strip() not in ("", "0")
        ]
        if not told:
            raise Refusal("QuantityZero")
        shipment = _shipment(desk, parcel)
        reason = form.one("reason")
        if reason not in dict(ON_THE_WAY):
            reason = ON_THE_WAY[-1][0]
        drafts = [
            _move(
                desk, kind, shipment, quantity, **content, **({"nguon:reason": reason} if kind is Kind.DISPOSE else {})
            )
            for kind, quantity, content in told
        ]
        return desk.keep(form, *drafts)
    except Refusal as refusal:
        return _form(desk, parcel, refusal, form)


def _form(desk: Desk, parcel: Parcel, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    typed = {name: form.one(name) if form else "" for name in ("arrived", "lost", "rejected", "reason")}
    return desk.show("receive.html", refusal, parcel=parcel, reasons=ON_THE_WAY, typed=typed)


def _parcel(desk: Desk, id: str) -> Parcel:
    for consignment in arrivals(desk):
        for parcel in consignment.parcels:
            if parcel.shipment == id:
                return parcel
    raise Refusal("UnknownShipment")


def _shipment(desk: Desk, parcel: Parcel) -> bytes:
    """Its Ship's id. What its sender entered and has not signed is signed now: somebody goes on with it."""
    if parcel.signed:
        return bytes.fromhex(parcel.shipment[2:])
    draft, _, number = parcel.shipment.partition(".")
    sender = next(row.party for row, _, _ in desk.state.waiting.announced(desk.party) if row.id == draft)
    ids: list[bytes] = desk.state.waiting.sign(sender, draft)
    desk.state.worker.nudge()
    return ids[int(number)]


def _move(desk: Desk, kind: Kind, shipment: bytes, quantity: int, **content: object) -> MoveDraft:
    said = {"bizStep": "receiving" if kind is Kind.RECEIVE else "other"} if kind is not Kind.DISPOSE else {}
    return MoveDraft(kind=kind, quantity=quantity, shipment=shipment, occurred_at=desk.now, content=said | content)
