"""What is on its way to the party, by sender, and what is on its way from it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.portal.desk import Desk, Goods
from ledger.events.model import Kind
from ledger.projection.present import hexed


@dataclass(frozen=True, slots=True)
class Parcel:
    """Part of a consignment. `shipment`: the Ship's id; where its sender has not signed it yet, its draft's and its place there.

    `answered`: quantity that the other side entered as received and has not signed yet.
    """

    shipment: str
    goods: Goods
    signed: bool
    answered: str | None = None


@dataclass(frozen=True, slots=True)
class Consignment:
    """All that one sender has under way to one receiver."""

    party: str
    parcels: tuple[Parcel, ...]


def arrivals(desk: Desk) -> list[Consignment]:
    """Less what the party itself has entered as received."""
    found: dict[bytes, list[Parcel]] = {}
    for shipment, batch in desk.trial.shipments(desk.party):
        if shipment.receiver == desk.party:
            goods = desk.goods(batch, shipment.open)
            found.setdefault(shipment.sender, []).append(Parcel(hexed(shipment.id), goods, True))
    for row, number, draft in desk.state.waiting.announced(desk.party):
        state = desk.batch_named(draft, row.party)
        if state is not None:
            parcel = Parcel(f"{row.id}.{number}", desk.goods(state, draft.quantity), False)
            found.setdefault(row.party, []).append(parcel)
    return [Consignment(desk.words(desk.name_of(party)), tuple(each)) for party, each in found.items()]


def departures(desk: Desk) -> list[Consignment]:
    """What the party sent that is not all received; its own drafts stand among what waits."""
    found: dict[bytes, list[Parcel]] = {}
    entered = desk.trial.tried
    for shipment, batch in desk.trial.shipments(desk.party):
        if shipment.sender == desk.party and shipment.id not in entered:
            answers = desk.state.waiting.answers(shipment.id, desk.party)
            answered = sum(draft.quantity for draft in answers if draft.kind is Kind.RECEIVE)
            goods = desk.goods(batch, shipment.open)
            told = desk.amount(answered, goods.product) if answered else None
            found.setdefault(shipment.receiver, []).append(Parcel(hexed(shipment.id), goods, True, told))
    return [Consignment(desk.words(desk.name_of(party)), tuple(each)) for party, each in found.items()]
