"""What is on its way from the party: taken back whole or in part, or written off as lost, by its sender."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.amounts import proposed
from gateway.portal.arrivals import Parcel, departures, parcel_of
from gateway.portal.desk import Desk
from gateway.portal.reasons import ON_THE_WAY
from gateway.portal.today import today
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.recording import MoveDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/portal/withdraw")
@does(Action.PORTAL)
def whole(request: Request, here: Here, form: Posted) -> Response:
    """All that is still on its way of these parcels."""
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    try:
        parcels = [parcel_of(departures(desk), each) for each in form.many("parcel")]
        drafts = [_withdraw(desk, each, each.free) for each in parcels if each.free]
        if not drafts:
            raise Refusal("UnknownShipment")
        return desk.keep(form, *drafts)
    except Refusal as refusal:
        return today(desk, refusal)


@router.get("/portal/sent/{id}")
@does(Action.PORTAL)
def page(request: Request, here: Here, id: str) -> Response:
    desk = Desk(request, here)
    return _form(desk, parcel_of(departures(desk), id))


@router.post("/portal/sent/{id}")
@does(Action.PORTAL)
def part(request: Request, here: Here, form: Posted, id: str) -> Response:
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    parcel = parcel_of(departures(desk), id)
    try:
        quantity, content = desk.quantity(form, parcel.goods.product)
        if quantity > parcel.free:
            raise Refusal("MoreThanOpen", batch=parcel.batch, wanted=quantity, open=parcel.free)
        what = form.one("what")
        if what == "back":
            return desk.keep(form, _withdraw(desk, parcel, quantity, **content))
        if what not in ON_THE_WAY:
            raise Refusal("NothingChosen")
        return desk.keep(form, _move(desk, Kind.DISPOSE, parcel, quantity, **content, **{"nguon:reason": what}))
    except Refusal as refusal:
        return _form(desk, parcel, refusal, form)


def _form(desk: Desk, parcel: Parcel, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    typed, unit = proposed(parcel.free, desk.units(parcel.goods.product), desk.decimal_comma)
    return desk.show(
        "sent.html", refusal, parcel=parcel, reasons=ON_THE_WAY if desk.may(Kind.DISPOSE) else {},
        typed=form.one("quantity") if form else typed, unit=form.one("quantity_unit") if form else unit.name,
        what=form.one("what") if form else "back",
    )  # fmt: skip


def _withdraw(desk: Desk, parcel: Parcel, quantity: int, **content: object) -> MoveDraft:
    return _move(desk, Kind.WITHDRAW, parcel, quantity, bizStep="void_shipping", **content)


def _move(desk: Desk, kind: Kind, parcel: Parcel, quantity: int, **content: object) -> MoveDraft:
    shipment = bytes.fromhex(parcel.shipment[2:])
    return MoveDraft(kind=kind, quantity=quantity, shipment=shipment, occurred_at=desk.now, content=dict(content))
