"""Receiving: a whole consignment in one tap, or one parcel of it short, rejected, or with what died or was lost on the way."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.amounts import number
from gateway.portal.arrivals import Parcel, arrivals, parcel_of
from gateway.portal.desk import Desk
from gateway.portal.reasons import ON_THE_WAY
from gateway.portal.today import today
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.projection.desk import LATELY
from ledger.projection.present import hexed
from ledger.recording import MoveDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/portal/receive")
@does(Action.PORTAL)
def whole(request: Request, here: Here, form: Posted) -> Response:
    """All of these parcels, as they were sent."""
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    try:
        parcels = [_parcel(desk, each) for each in dict.fromkeys(form.many("parcel"))]
        if not parcels:
            raise Refusal("UnknownShipment")
        desk.must(Kind.RECEIVE)
        drafts = [_move(desk, Kind.RECEIVE, _shipment(desk, each), each.goods.quantity) for each in parcels]
        return desk.keep(form, *drafts)
    except Refusal as refusal:
        return desk.today() if desk.again(form) else today(Desk(request, here), refusal)


@router.get("/portal/receive/{id}")
@does(Action.PORTAL)
def page(request: Request, here: Here, id: str) -> Response:
    desk = Desk(request, here)
    return _form(desk, _parcel(desk, id))


@router.post("/portal/receive/{id}")
@does(Action.PORTAL)
def part(request: Request, here: Here, form: Posted, id: str) -> Response:
    """What arrived, what goes back, and in one choice what became of the rest."""
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    parcel = _parcel(desk, id)
    try:
        told = _told(desk, parcel, form)
        desk.must(*(kind for kind, _, _ in told))
        shipment = _shipment(desk, parcel)
        return desk.keep(form, *(_move(desk, kind, shipment, quantity, **more) for kind, quantity, more in told))
    except Refusal as refusal:
        return desk.today() if desk.again(form) else _form(desk, parcel, refusal, form)


def _told(desk: Desk, parcel: Parcel, form: Form) -> list[tuple[Kind, int, dict[str, Any]]]:
    """Kinds, each with its quantity and content. The digits are typed once: what is missing is what was sent less what came."""
    arrived, came = _amount(desk, parcel, form, "arrived")
    rejected, back = _amount(desk, parcel, form, "rejected")
    missing = parcel.goods.quantity - arrived - rejected
    if missing < 0:
        raise Refusal("MoreThanOpen", batch=parcel.batch, wanted=arrived + rejected, open=parcel.goods.quantity)
    rest = form.one("rest")
    if rest == "back":
        rejected, missing = rejected + missing, 0
    told: list[tuple[Kind, int, dict[str, Any]]] = [(Kind.RECEIVE, arrived, came), (Kind.REJECT, rejected, back)]
    if rest in ON_THE_WAY:
        told.append((Kind.DISPOSE, missing, {"nguon:reason": rest}))
    elif missing and rest not in ("back", "on_the_way"):
        raise Refusal("NothingChosen")
    told = [each for each in told if each[1]]
    if not told:
        raise Refusal("QuantityZero")
    return told


def _amount(desk: Desk, parcel: Parcel, form: Form, field: str) -> tuple[int, dict[str, Any]]:
    """Nothing typed is none, and so is a nought."""
    typed = form.one(field)
    if not typed.strip() or not number(typed, desk.decimal_comma):
        return 0, {}
    return desk.quantity(form, parcel.goods.product, field)


def _form(desk: Desk, parcel: Parcel, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    names = ("arrived", "arrived_unit", "rejected", "rejected_unit", "rest")
    typed = {name: form.one(name) if form else "" for name in names}
    reasons = ON_THE_WAY if desk.may(Kind.DISPOSE) else {}
    if form is None:
        typed["rest"] = _last_reason(desk)
    return desk.show("receive.html", refusal, parcel=parcel, reasons=reasons, typed=typed)


def _last_reason(desk: Desk) -> str:
    """What the party said last of goods that were lost on their way to it: the next crates die of the same."""
    with desk.state.reader.desk() as reader:
        for event in reader.recent(desk.party, LATELY):
            if event["kind"] == "Dispose" and event["target"]:
                return str(event["content"].get("nguon:reason", ""))
    return ""


def _parcel(desk: Desk, id: str) -> Parcel:
    """Raises `UnknownShipment`. What its sender signed since the page was shown has another name by now."""
    draft, _, place = id.partition(".")
    if place.isdecimal() and len(place) < 4 and (signed := desk.state.waiting.became(draft, int(place))):
        id = hexed(signed)
    return parcel_of(arrivals(desk), id)


def _shipment(desk: Desk, parcel: Parcel) -> bytes:
    """Its Ship's id. What its sender entered and has not signed is signed now: somebody goes on with it."""
    if parcel.signed:
        return bytes.fromhex(parcel.shipment[2:])
    draft, _, place = parcel.shipment.partition(".")
    sender = next((row.party for row, _, _ in desk.state.waiting.announced(desk.party) if row.id == draft), None)
    if sender is not None:
        with suppress(Refusal):  # whatever it is, then there is no shipment
            desk.state.waiting.sign(sender, draft)
        desk.state.worker.nudge()
    shipment: bytes | None = desk.state.waiting.became(draft, int(place))
    if shipment is None:
        raise Refusal("UnknownShipment")
    return shipment


def _move(desk: Desk, kind: Kind, shipment: bytes, quantity: int, **content: object) -> MoveDraft:
    said = {"bizStep": "receiving" if kind is Kind.RECEIVE else "other"} if kind is not Kind.DISPOSE else {}
    return MoveDraft(kind=kind, quantity=quantity, shipment=shipment, occurred_at=desk.now, content=said | content)
