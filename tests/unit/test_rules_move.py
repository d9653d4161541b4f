"""Promise 2: custody by handshake (docs/spec/law.md, Move), each law just inside and just outside."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules_world import UNKNOWN, Case, CaseOf, Cases, World, event_id, judge, party

from ledger.events.model import UINT96_MAX, Kind, LinkRole, Move
from ledger.events.rules.state import HoldingState, ShipmentState

CASES = Cases()


def ship(world: World, batch: bytes, quantity: int = 1) -> Move:
    return world.move("farm", Kind.SHIP, batch, quantity, to=party("plant"))


@CASES("QuantityZero")
def of_a_move(world: World) -> Case:
    event = ship(world, world.harvest(10))
    return Case(event, replace(event, quantity=0), {})


@CASES("UnknownBatch")
def to_move(world: World) -> Case:
    event = ship(world, world.harvest(10))
    return Case(event, replace(event, batch=UNKNOWN), {"batch": UNKNOWN})


@CASES("UnknownParty")
def to_ship_to(world: World) -> Case:
    event = ship(world, world.harvest(10))
    return Case(event, replace(event, to=UNKNOWN), {"party": UNKNOWN})


@CASES("ShipToSelf")
def instead_of_another(world: World) -> Case:
    event = ship(world, world.harvest(10))
    return Case(event, replace(event, to=party("farm")), {})


@CASES("MoreThanHeld")
def by_ship(world: World) -> Case:
    return more_than_held(world, Kind.SHIP)


@CASES("MoreThanHeld")
def by_sell(world: World) -> Case:
    return more_than_held(world, Kind.SELL)


@CASES("MoreThanHeld")
def by_dispose(world: World) -> Case:
    return more_than_held(world, Kind.DISPOSE)


def more_than_held(world: World, kind: Kind) -> Case:
    batch = world.harvest(10)
    event = world.move("farm", kind, batch, 10)
    event = replace(event, to=party("plant")) if kind is Kind.SHIP else event
    numbers = {"batch": batch, "party": party("farm"), "wanted": 11, "held": 10}
    return Case(event, replace(event, quantity=11), numbers)


@CASES("MoreThanHeld")
def never_held(world: World) -> Case:
    batch = world.harvest(10)
    numbers = {"batch": batch, "party": party("shop"), "wanted": 1, "held": 0}
    return Case(world.move("farm", Kind.SELL, batch, 1), world.move("shop", Kind.SELL, batch, 1), numbers)


@CASES("UnknownShipment")
def to_receive(world: World) -> Case:
    batch = world.harvest(10)
    event = world.move("plant", Kind.RECEIVE, batch, 5, target=world.ship(batch, 5))
    return Case(event, replace(event, target=UNKNOWN), {"shipment": UNKNOWN, "batch": batch})


@CASES("UnknownShipment")
def of_another_batch(world: World) -> Case:
    batch, other = world.harvest(10), world.harvest(10, lot=b"L2")
    shipment = world.ship(batch, 5)
    event = world.move("plant", Kind.RECEIVE, batch, 5, target=shipment)
    return Case(event, replace(event, batch=other), {"shipment": shipment, "batch": other})


@CASES("UnknownShipment")
def lost_on_the_way(world: World) -> Case:
    batch = world.harvest(10)
    event = world.move("farm", Kind.DISPOSE, batch, 5, target=world.ship(batch, 5))
    return Case(event, replace(event, target=UNKNOWN), {"shipment": UNKNOWN, "batch": batch})


@CASES("NotNamedParty")
def to_receive_as_another(world: World) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 5)
    outside = world.move("shop", Kind.RECEIVE, batch, 5, target=shipment)
    inside = world.move("plant", Kind.RECEIVE, batch, 5, target=shipment)
    return Case(inside, outside, {"shipment": shipment, "party": party("shop")})


@CASES("NotNamedParty")
def to_receive_as_sender(world: World) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 5)
    inside = world.move("farm", Kind.DISPOSE, batch, 5, target=shipment)
    outside = world.move("farm", Kind.RECEIVE, batch, 5, target=shipment)
    return Case(inside, outside, {"shipment": shipment, "party": party("farm")})


@CASES("NotNamedParty")
def to_lose_as_another(world: World) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 5)
    inside = world.move("plant", Kind.DISPOSE, batch, 5, target=shipment)
    outside = world.move("shop", Kind.DISPOSE, batch, 5, target=shipment)
    return Case(inside, outside, {"shipment": shipment, "party": party("shop")})


@CASES("MoreThanOpen")
def to_receive_in_parts(world: World) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 6)
    world.record(world.move("plant", Kind.RECEIVE, batch, 2, target=shipment))
    inside = world.move("plant", Kind.RECEIVE, batch, 4, target=shipment)
    return Case(inside, replace(inside, quantity=5), {"shipment": shipment, "wanted": 5, "open": 4})


@CASES("MoreThanOpen")
def to_lose(world: World) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 6)
    inside = world.move("farm", Kind.DISPOSE, batch, 6, target=shipment)
    return Case(inside, replace(inside, quantity=7), {"shipment": shipment, "wanted": 7, "open": 6})


@CASES("QuantityOverflow")
def of_the_receivers_holding(world: World) -> Case:
    batch = world.harvest(10)
    world.give(batch, "plant", UINT96_MAX - 5)
    inside = world.move("plant", Kind.RECEIVE, batch, 5, target=world.ship(batch, 10))
    return Case(inside, replace(inside, quantity=6), {})


@CASES("QuantityOverflow")
def of_what_one_party_sold(world: World) -> Case:
    batch = world.harvest(10)
    holding = world.state.holdings[(batch, party("farm"))]
    world.state.holdings[(batch, party("farm"))] = replace(holding, sold=UINT96_MAX - 5)
    inside = world.move("farm", Kind.SELL, batch, 5)
    return Case(inside, replace(inside, quantity=6), {})


@CASES.parametrize()
def test_a_law_of_moving_holds_at_its_edge(law: str, case: CaseOf) -> None:
    judge(law, case)


def test_a_ship_opens_a_shipment_named_by_its_event() -> None:
    world = World()
    batch = world.harvest(10)
    event = ship(world, batch, 4)
    changes = world.record(event)
    id = event_id(event)
    assert changes.holdings == {(batch, party("farm")): HoldingState(6, 0, True)}
    assert changes.shipments == {(id, batch): ShipmentState(id, batch, party("farm"), party("plant"), 4, 4)}
    assert changes.links == [("batch", batch, LinkRole.MOVED)]
    assert world.state.batches[batch].moved


def test_a_receive_moves_from_shipment_to_holding_and_leaves_the_rest_open() -> None:
    world = World()
    batch = world.harvest(10)
    shipment = world.ship(batch, 4)
    changes = world.record(world.move("plant", Kind.RECEIVE, batch, 3, target=shipment))
    assert changes.holdings == {(batch, party("plant")): HoldingState(3, 0, True)}
    assert changes.shipments[(shipment, batch)].open == 1
    assert changes.shipments[(shipment, batch)].shipped == 4


def test_sold_and_disposed_goods_leave_the_ledger() -> None:
    world = World()
    batch = world.harvest(10)
    world.record(world.move("farm", Kind.SELL, batch, 3))
    world.record(world.move("farm", Kind.DISPOSE, batch, 2))
    world.record(world.move("plant", Kind.DISPOSE, batch, 1, target=world.ship(batch, 4)))
    state = world.state.batches[batch]
    assert (state.made, state.sold, state.disposed, state.consumed) == (10, 3, 3, 0)
    assert world.state.holdings[(batch, party("farm"))] == HoldingState(1, 3, True)
    assert (batch, party("plant")) not in world.state.holdings, "who only lost goods never held them"


@pytest.mark.parametrize("kind", [Kind.SHIP, Kind.SELL, Kind.DISPOSE])
def test_a_batch_has_moved_once_any_of_it_left_its_origins_hands(kind: Kind) -> None:
    world = World()
    batch = world.harvest(10)
    assert not world.state.batches[batch].moved
    event = world.move("farm", kind, batch, 1)
    world.record(replace(event, to=party("plant")) if kind is Kind.SHIP else event)
    assert world.state.batches[batch].moved
