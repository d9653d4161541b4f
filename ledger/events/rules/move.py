"""The nine kinds of Move (docs/spec/law.md, Move)."""

from __future__ import annotations

from dataclasses import replace

from ledger.errors import Refusal
from ledger.events.model import ZERO32, Kind, LinkRole, Move, Role, Status
from ledger.events.rules.act import Act
from ledger.events.rules.state import BatchState, PartyState, ShipmentState


def check_move(act: Act, event: Move) -> None:
    if event.quantity == 0:
        raise Refusal("QuantityZero")
    batch = act.require_batch(event.batch)
    act.changes.batches[batch.id] = _RULES[Kind(event.kind)](act, event, batch)
    act.changes.links.append(("batch", batch.id, LinkRole.MOVED))


def _ship(act: Act, event: Move, batch: BatchState) -> BatchState:
    to = act.require_party(event.to)
    if event.holder == ZERO32:
        holder = act.party.id
        if event.to != batch.origin:
            act.require_active()
    else:
        holder = event.holder
        _require_way_back(act, event, batch)
    if event.to == holder:
        raise Refusal("ShipToSelf")
    if not _may_take_recalled(act, batch, to):
        act.require_not_recalled(batch)
    act.require_held(batch.id, event.quantity, holder)
    act.hold(batch.id, lost=event.quantity, holder=holder)
    act.changes.shipments[(act.event_id, batch.id)] = ShipmentState(
        act.event_id, batch.id, holder, event.to, open=event.quantity, shipped=event.quantity
    )
    return replace(batch, moved=True)


def _require_way_back(act: Act, event: Move, batch: BatchState) -> None:
    """An inspector sends the goods of a suspended holder, and only back to where they came from."""
    act.require_role(Role.INSPECTOR)
    act.require_active()
    if act.require_party(event.holder).status != Status.SUSPENDED:
        raise Refusal("HolderNotSuspended", holder=event.holder)
    if event.to == batch.origin:
        return
    if event.to != act.brand_owner(batch) or act.require_party(batch.origin).status != Status.SUSPENDED:
        raise Refusal("NotAWayBack", batch=batch.id, to=event.to)


def _may_take_recalled(act: Act, batch: BatchState, to: PartyState) -> bool:
    return to.id == batch.origin or bool(to.roles & Role.CARRIER) or to.id == act.brand_owner(batch)


def _receive(act: Act, event: Move, batch: BatchState) -> BatchState:
    shipment = act.require_shipment(event.target, batch.id)
    _require_named(act, shipment, shipment.receiver)
    act.take_from_shipment(shipment, event.quantity)
    act.hold(batch.id, gained=event.quantity)
    return batch


def _reject(act: Act, event: Move, batch: BatchState) -> BatchState:
    shipment = act.require_shipment(event.target, batch.id)
    _require_named(act, shipment, shipment.receiver)
    return _back_to_sender(act, event, batch, shipment)


def _withdraw(act: Act, event: Move, batch: BatchState) -> BatchState:
    shipment = act.require_shipment(event.target, batch.id)
    _require_named(act, shipment, shipment.sender)
    return _back_to_sender(act, event, batch, shipment)


def _back_to_sender(act: Act, event: Move, batch: BatchState, shipment: ShipmentState) -> BatchState:
    act.take_from_shipment(shipment, event.quantity)
    act.hold(batch.id, gained=event.quantity, holder=shipment.sender)
    return batch


def _require_named(act: Act, shipment: ShipmentState, *named: bytes) -> None:
    if act.party.id not in named:
        raise Refusal("NotNamedParty", shipment=shipment.id, party=act.party.id)


def _sell(act: Act, event: Move, batch: BatchState) -> BatchState:
    act.require_not_recalled(batch)
    act.require_held(batch.id, event.quantity)
    act.hold(batch.id, lost=event.quantity, sold=event.quantity)
    return replace(batch, sold=batch.sold + event.quantity, moved=True)


def _return(act: Act, event: Move, batch: BatchState) -> BatchState:
    sold = act.holding(batch.id).sold
    if event.quantity > sold:
        raise Refusal("MoreThanSold", batch=batch.id, party=act.party.id, wanted=event.quantity, sold=sold)
    act.hold(batch.id, gained=event.quantity, sold=-event.quantity)
    return replace(batch, sold=batch.sold - event.quantity)


def _dispose(act: Act, event: Move, batch: BatchState) -> BatchState:
    if event.target == ZERO32:
        act.require_held(batch.id, event.quantity)
        act.hold(batch.id, lost=event.quantity)
    else:
        shipment = act.require_shipment(event.target, batch.id)
        _require_named(act, shipment, shipment.sender, shipment.receiver)
        act.take_from_shipment(shipment, event.quantity)
    return replace(batch, disposed=batch.disposed + event.quantity, moved=True)


def _adjust_down(act: Act, event: Move, batch: BatchState) -> BatchState:
    act.require_target(event)
    act.require_not_recalled(batch)
    act.require_held(batch.id, event.quantity)
    act.hold(batch.id, lost=event.quantity)
    return replace(batch, adjusted_down=batch.adjusted_down + event.quantity, moved=True)


def _adjust_up(act: Act, event: Move, batch: BatchState) -> BatchState:
    act.require_target(event)
    act.require_not_recalled(batch)
    by_inspector = event.holder != ZERO32
    if by_inspector:
        _require_adjustable_by_inspector(act, event.holder, batch)
        act.hold(batch.id, gained=event.quantity, holder=event.holder)
    else:
        _require_adjustable_by_origin(act, batch)
        act.hold(batch.id, gained=event.quantity)
    adjusted_up = batch.adjusted_up + event.quantity
    return replace(batch, adjusted_up=adjusted_up, adjusted=batch.adjusted or by_inspector)


def _require_adjustable_by_origin(act: Act, batch: BatchState) -> None:
    if batch.origin != act.party.id:
        raise Refusal("NotOrigin", batch=batch.id, party=act.party.id)
    if batch.moved or not batch.commission_only:
        raise Refusal("AlreadyMoved", batch=batch.id)
    act.require_open(batch)


def _require_adjustable_by_inspector(act: Act, holder: bytes, batch: BatchState) -> None:
    act.require_role(Role.INSPECTOR)
    act.require_party(holder)
    if batch.items:
        raise Refusal("AdjustPacked", batch=batch.id)
    if not act.holding(batch.id, holder).ever_held:
        raise Refusal("NotHolder", batch=batch.id, party=holder)


_RULES = {
    Kind.SHIP: _ship,
    Kind.RECEIVE: _receive,
    Kind.REJECT: _reject,
    Kind.WITHDRAW: _withdraw,
    Kind.SELL: _sell,
    Kind.RETURN: _return,
    Kind.DISPOSE: _dispose,
    Kind.ADJUST_UP: _adjust_up,
    Kind.ADJUST_DOWN: _adjust_down,
}
