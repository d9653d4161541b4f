"""Ship, Receive, Sell and Dispose (docs/spec/law.md, Move)."""

from __future__ import annotations

from dataclasses import replace

from ledger.errors import Refusal
from ledger.events.model import ZERO32, Kind, LinkRole, Move
from ledger.events.rules.act import Act
from ledger.events.rules.state import BatchState, ShipmentState


def check_move(act: Act, event: Move) -> None:
    if event.quantity == 0:
        raise Refusal("QuantityZero")
    batch = act.require_batch(event.batch)
    act.changes.batches[batch.id] = _RULES[Kind(event.kind)](act, event, batch)
    act.changes.links.append(("batch", batch.id, LinkRole.MOVED))


def _ship(act: Act, event: Move, batch: BatchState) -> BatchState:
    if act.view.party(event.to) is None:
        raise Refusal("UnknownParty", party=event.to)
    if event.to == act.party.id:
        raise Refusal("ShipToSelf")
    act.require_held(batch.id, event.quantity)
    act.hold(batch.id, lost=event.quantity)
    act.changes.shipments[(act.event_id, batch.id)] = ShipmentState(
        act.event_id, batch.id, act.party.id, event.to, open=event.quantity, shipped=event.quantity
    )
    return replace(batch, moved=True)


def _receive(act: Act, event: Move, batch: BatchState) -> BatchState:
    shipment = act.require_shipment(event.target, batch.id)
    if shipment.receiver != act.party.id:
        raise Refusal("NotNamedParty", shipment=shipment.id, party=act.party.id)
    act.take_from_shipment(shipment, event.quantity)
    act.hold(batch.id, gained=event.quantity)
    return batch


def _sell(act: Act, event: Move, batch: BatchState) -> BatchState:
    act.require_held(batch.id, event.quantity)
    act.hold(batch.id, lost=event.quantity, sold=event.quantity)
    return replace(batch, sold=batch.sold + event.quantity, moved=True)


def _dispose(act: Act, event: Move, batch: BatchState) -> BatchState:
    if event.target == ZERO32:
        act.require_held(batch.id, event.quantity)
        act.hold(batch.id, lost=event.quantity)
    else:
        shipment = act.require_shipment(event.target, batch.id)
        if act.party.id not in (shipment.sender, shipment.receiver):
            raise Refusal("NotNamedParty", shipment=shipment.id, party=act.party.id)
        act.take_from_shipment(shipment, event.quantity)
    return replace(batch, disposed=batch.disposed + event.quantity, moved=True)


_RULES = {Kind.SHIP: _ship, Kind.RECEIVE: _receive, Kind.SELL: _sell, Kind.DISPOSE: _dispose}
