"""What is on its way to the party, by sender, and what is on its way from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.pages.languages import mark
from gateway.portal.desk import Desk, Goods
from gateway.portal.reasons import ON_THE_WAY
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.projection.present import hexed
from ledger.recording import MoveDraft

_DEEDS: Final = {Kind.RECEIVE: mark("{amount} arrived"), Kind.REJECT: mark("{amount} come back")}


@dataclass(frozen=True, slots=True)
class Parcel:
    """Part of a consignment. `shipment`: the Ship's id; where its sender has not signed it yet, its draft's and its place there.

    `answered`: what the receiver entered about it and has not signed yet, in words; `free`: what is left besides that.
    """

    shipment: str
    goods: Goods
    signed: bool
    answered: str | None = None
    free: int = 0

    @property
    def batch(self) -> bytes:
        return bytes.fromhex(self.goods.batch[2:])


@dataclass(frozen=True, slots=True)
class Consignment:
    """All that one sender has under way to one receiver."""

    party: str
    parcels: tuple[Parcel, ...]


def arrivals(desk: Desk) -> list[Consignment]:
    """Less what the party itself entered about it, and what its sender calls back."""
    found: dict[bytes, list[Parcel]] = {}
    for shipment, batch in desk.trial.shipments(desk.party):
        if shipment.receiver == desk.party:
            called_back = desk.state.waiting.answers(shipment.id, desk.party)
            left = shipment.open - sum(draft.quantity for draft in called_back)
            if left > 0:
                goods = desk.goods(batch, left)
                found.setdefault(shipment.sender, []).append(Parcel(hexed(shipment.id), goods, True, free=left))
    for row, number, draft in desk.state.waiting.announced(desk.party):
        state = desk.batch_named(draft, row.party)
        if state is not None:
            goods = desk.goods(state, draft.quantity)
            parcel = Parcel(f"{row.id}.{number}", goods, False, free=draft.quantity)
            found.setdefault(row.party, []).append(parcel)
    return [Consignment(desk.words(desk.name_of(party)), tuple(each)) for party, each in found.items()]


def departures(desk: Desk) -> list[Consignment]:
    """What the party sent that is not all received; its own drafts stand among what waits."""
    found: dict[bytes, list[Parcel]] = {}
    entered = desk.trial.tried
    for shipment, batch in desk.trial.shipments(desk.party):
        if shipment.sender == desk.party and shipment.id not in entered:
            answers = desk.state.waiting.answers(shipment.id, desk.party)
            goods = desk.goods(batch, shipment.open)
            free = max(0, shipment.open - sum(draft.quantity for draft in answers))
            told = _answered(desk, answers, goods) if answers else None
            found.setdefault(shipment.receiver, []).append(Parcel(hexed(shipment.id), goods, True, told, free))
    return [Consignment(desk.words(desk.name_of(party)), tuple(each)) for party, each in found.items()]


def _answered(desk: Desk, answers: Sequence[MoveDraft], goods: Goods) -> str:
    """`97 kg arrived and 3 kg died on the way`."""
    told = []
    for draft in answers:
        amount = desk.amount(draft.quantity, goods.product)
        if draft.kind in _DEEDS:
            told.append(desk.language.text(_DEEDS[draft.kind], amount=amount))
        else:
            reason = ON_THE_WAY.get(str(draft.content.get("nguon:reason")), mark("lost on the way"))
            told.append(f"{amount} {desk.language.text(reason)}")
    return desk.language.join(told)


def parcel_of(consignments: Sequence[Consignment], id: str) -> Parcel:
    """Raises `UnknownShipment`."""
    for consignment in consignments:
        for parcel in consignment.parcels:
            if parcel.shipment == id:
                return parcel
    raise Refusal("UnknownShipment")
