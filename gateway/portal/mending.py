"""Page: I typed it wrong. Asks for the right quantity alone and finds the lawful way by trying; where there is none, it says whom
to ask for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.amounts import written
from gateway.portal.desk import Desk
from gateway.portal.lately import corrected, line_of
from gateway.portal.ways import WORDS, Written, ways, written_in
from ledger.errors import NotFound, Refusal
from ledger.events.identifiers import party_id
from ledger.events.model import Kind
from ledger.projection.present import Json
from ledger.recording import Draft

router = APIRouter(route_class=PageRoute, include_in_schema=False)

FOR_AN_INSPECTOR: Final = ("NotOrigin", "AlreadyMoved", "BatchClosed")


@dataclass(frozen=True, slots=True)
class Ask:
    """Whom to ask, and for what."""

    who: tuple[str, ...]
    what: str


@router.get("/portal/events/{id}/mend")
@does(Action.PORTAL)
def page(request: Request, here: Here, id: str) -> Response:
    desk = Desk(request, here)
    return _form(desk, *_mine(desk, id))


@router.post("/portal/events/{id}/mend")
@does(Action.PORTAL)
def keep(request: Request, here: Here, form: Posted, id: str) -> Response:
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    event, parts = _mine(desk, id)
    right: list[int] = []
    try:
        right = [desk.quantity(form, part.product, f"q{place}")[0] for place, part in enumerate(parts)]
        if right == [part.quantity for part in parts]:
            raise Refusal("NothingToMend")
        refused = Refusal("AlreadyMoved")
        for way in _ways(desk, event, parts, right):
            try:
                return desk.keep(form, *way)
            except Refusal as refusal:
                refused = refusal
        raise refused
    except Refusal as refusal:
        asks = list(_asks(desk, event, parts, right, refusal)) if len(right) == len(parts) else []
        return _form(desk, event, parts, refusal, form, asks)


def _ways(desk: Desk, event: Json, parts: list[Written], right: list[int]) -> Iterator[tuple[Draft, ...]]:
    shipment = desk.trial.shipment(_shipment_of(event)) if event["quantity"] is not None else None
    to = str(desk.name_of(shipment.receiver)["id"]) if shipment else None
    private: dict[str, Any] = desk.state.reader.disclosures(bytes.fromhex(event["id"][2:]))
    return ways(event, parts, right, shipment, private, to, desk.now)


def _shipment_of(event: Json) -> bytes:
    named = event["id"] if event["kind"] == Kind.SHIP.word else event["target"]
    return bytes.fromhex(named[2:]) if named else b""


def _mine(desk: Desk, id: str) -> tuple[Json, list[Written]]:
    """An event of the party's own with a quantity. Raises `DraftGone`."""
    try:
        event: Json = desk.state.reader.event(bytes.fromhex(id.removeprefix("0x")))
    except (NotFound, ValueError) as error:
        raise Refusal("UnknownEvent") from error
    parts = written_in(event, corrected(desk, event))
    if event["party"]["id"] != desk.uri or not parts or event["state"] == "dead":
        raise Refusal("UnknownEvent")
    return event, parts


def _asks(desk: Desk, event: Json, parts: list[Written], right: list[int], refusal: Refusal) -> Iterator[Ask]:
    kind, shipment = WORDS[event["kind"]], desk.trial.shipment(_shipment_of(event))
    if kind is Kind.SHIP and shipment and refusal.law == "MoreThanOpen":
        yield Ask(
            (desk.words(desk.name_of(shipment.receiver)),),
            desk.language.text("to send back what is too much, or to correct what they received"),
        )
    elif kind is Kind.REJECT and shipment and refusal.law == "MoreThanOpen":
        yield Ask((desk.words(desk.name_of(shipment.sender)),), desk.language.text("to hand it over to you again"))
    elif refusal.law in FOR_AN_INSPECTOR:
        for part, value in zip(parts, right, strict=True):
            more = (value - part.quantity) * (1 if part.grows else -1)
            state = desk.batch(bytes.fromhex(part.batch[2:]))
            if more > 0 and state is not None and not state.items:
                what = desk.language.text(
                    "to raise the stock of {party} by {amount}: {product}, lot {lot}. It mends the event {event}.",
                    party=desk.words(desk.name_of(desk.party)), amount=desk.amount(more, part.product),
                    product=desk.words(part.product), lot=part.lot, event=event["id"],
                )  # fmt: skip
                yield Ask(tuple(_inspectors(desk)), what)


def _inspectors(desk: Desk) -> Iterator[str]:
    for each in desk.state.reader.parties():
        if "inspector" in each["roles"] and each["status"] == "active" and party_id(each["id"]) != desk.party:
            yield desk.words(each)


def _form(
    desk: Desk, event: Json, parts: list[Written], refusal: Refusal | None = None, form: Form | None = None,
    asks: list[Ask] | None = None,
) -> Response:  # fmt: skip
    if refusal is not None and refusal.law in FOR_AN_INSPECTOR and not asks and form and form.one("q0").strip():
        refusal = Refusal("AdjustPacked")  # of packed goods no inspector may raise the quantity either
    fields = [
        (f"q{place}", part, *written(part.quantity, desk.units(part.product), part.said, desk.decimal_comma))
        for place, part in enumerate(parts)
    ]
    return desk.show(
        "mend.html", refusal, event=event, line=line_of(desk, event), fields=fields, asks=asks or [],
        said=lambda field, before: form.one(field) if form else before,
    )  # fmt: skip
