"""Promise 2: goods that come back and figures that are put right (docs/spec/law.md), each law inside and outside."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules_world import NOW, UNKNOWN, Case, CaseOf, Cases, World, judge, party

from ledger.events.model import DAY, UINT96_MAX, ZERO32, Input, Kind, LinkRole, Move, RecallFlag
from ledger.events.rules.state import HoldingState

CASES = Cases()
BACK = {Kind.REJECT: "plant", Kind.WITHDRAW: "farm"}  # from the farm to the plant, by whom


def back(world: World, kind: Kind, batch: bytes, shipment: bytes, quantity: int = 1, by: str = "") -> Move:
    return world.move(by or BACK[kind], kind, batch, quantity, target=shipment)


def up(world: World, batch: bytes, quantity: int = 1, by: str = "farm", holder: bytes = ZERO32) -> Move:
    return world.move(by, Kind.ADJUST_UP, batch, quantity, target=UNKNOWN, holder=holder)


def down(world: World, batch: bytes, quantity: int = 1) -> Move:
    return world.move("farm", Kind.ADJUST_DOWN, batch, quantity, target=UNKNOWN)


# -- Reject and Withdraw ------------------------------------------------------------------------------------------------


@CASES("UnknownShipment")
def to_reject(world: World) -> Case:
    return unknown_shipment(world, Kind.REJECT)


@CASES("UnknownShipment")
def to_withdraw(world: World) -> Case:
    return unknown_shipment(world, Kind.WITHDRAW)


def unknown_shipment(world: World, kind: Kind) -> Case:
    batch = world.harvest(10)
    event = back(world, kind, batch, world.ship(batch, 5))
    return Case(event, replace(event, target=UNKNOWN), {"shipment": UNKNOWN, "batch": batch})


@CASES("NotNamedParty")
def to_reject_as_sender(world: World) -> Case:
    return not_named(world, Kind.REJECT, "farm")


@CASES("NotNamedParty")
def to_reject_as_another(world: World) -> Case:
    return not_named(world, Kind.REJECT, "lab")


@CASES("NotNamedParty")
def to_withdraw_as_receiver(world: World) -> Case:
    return not_named(world, Kind.WITHDRAW, "plant")


def not_named(world: World, kind: Kind, by: str) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 5)
    outside = back(world, kind, batch, shipment, by=by)
    return Case(back(world, kind, batch, shipment), outside, {"shipment": shipment, "party": party(by)})


@CASES("MoreThanOpen")
def to_reject_in_parts(world: World) -> Case:
    return more_than_open(world, Kind.REJECT)


@CASES("MoreThanOpen")
def to_withdraw_in_parts(world: World) -> Case:
    return more_than_open(world, Kind.WITHDRAW)


def more_than_open(world: World, kind: Kind) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 6)
    world.record(world.move("plant", Kind.RECEIVE, batch, 1, target=shipment))
    world.record(back(world, Kind.REJECT, batch, shipment, 1))
    world.record(back(world, Kind.WITHDRAW, batch, shipment, 1))
    event = back(world, kind, batch, shipment, 3)
    return Case(event, replace(event, quantity=4), {"shipment": shipment, "wanted": 4, "open": 3})


@CASES("QuantityOverflow")
def of_the_senders_holding(world: World) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 10)
    world.give(batch, "farm", UINT96_MAX - 5)
    event = back(world, Kind.REJECT, batch, shipment, 5)
    return Case(event, replace(event, quantity=6), {})


# -- Return -------------------------------------------------------------------------------------------------------------


@CASES("MoreThanSold")
def net_of_returns(world: World) -> Case:
    batch = world.harvest(10)
    world.record(world.move("farm", Kind.SELL, batch, 5))
    world.record(world.move("farm", Kind.RETURN, batch, 2))
    event = world.move("farm", Kind.RETURN, batch, 3)
    numbers = {"batch": batch, "party": party("farm"), "wanted": 4, "sold": 3}
    return Case(event, replace(event, quantity=4), numbers)


@CASES("MoreThanSold")
def by_another_seller(world: World) -> Case:
    batch = world.harvest(10)
    world.hand_over(batch, 5, to="shop")
    world.record(world.move("shop", Kind.SELL, batch, 5))
    numbers = {"batch": batch, "party": party("farm"), "wanted": 1, "sold": 0}
    return Case(world.move("shop", Kind.RETURN, batch, 1), world.move("farm", Kind.RETURN, batch, 1), numbers)


@CASES("QuantityOverflow")
def of_what_came_back(world: World) -> Case:
    batch = world.harvest(10)
    world.record(world.move("farm", Kind.SELL, batch, 10))
    holding = world.state.holdings[(batch, party("farm"))]
    world.state.holdings[(batch, party("farm"))] = replace(holding, quantity=UINT96_MAX - 5)
    event = world.move("farm", Kind.RETURN, batch, 5)
    return Case(event, replace(event, quantity=6), {})


# -- Adjust -------------------------------------------------------------------------------------------------------------


@CASES("TargetMissing")
def of_an_adjustment_down(world: World) -> Case:
    event = down(world, world.harvest(10))
    return Case(event, replace(event, target=ZERO32), {})


@CASES("TargetMissing")
def of_an_adjustment_up(world: World) -> Case:
    event = up(world, world.harvest(10))
    return Case(event, replace(event, target=ZERO32), {})


@CASES("BatchRecalled")
def to_adjust_down(world: World) -> Case:
    good, bad = world.harvest(10), world.harvest(10, lot=b"L2")
    world.recall(bad)
    return Case(down(world, good), down(world, bad), {"batch": bad})


@CASES("BatchRecalled")
def to_adjust_up(world: World) -> Case:
    good, bad = world.harvest(10), world.harvest(10, lot=b"L2")
    world.recall(bad)
    inside, outside = (up(world, batch, by="lab", holder=party("farm")) for batch in (good, bad))
    return Case(inside, outside, {"batch": bad})


@CASES("MoreThanHeld")
def to_adjust_down_by(world: World) -> Case:
    batch = world.harvest(10)
    event = down(world, batch, 10)
    numbers = {"batch": batch, "party": party("farm"), "wanted": 11, "held": 10}
    return Case(event, replace(event, quantity=11), numbers)


@CASES("NotOrigin")
def to_adjust_up_ones_own(world: World) -> Case:
    batch = world.harvest(10)
    return Case(up(world, batch), up(world, batch, by="plant"), {"batch": batch, "party": party("plant")})


@CASES("NotOrigin")
def though_an_inspector_that_names_nobody(world: World) -> Case:
    batch = world.harvest(10)
    inside = up(world, batch, by="lab", holder=party("farm"))
    return Case(inside, replace(inside, holder=ZERO32), {"batch": batch, "party": party("lab")})


@CASES("AlreadyMoved")
def by_a_shipment_that_came_back(world: World) -> Case:
    batch, unmoved = world.harvest(10), world.harvest(10, lot=b"L2")
    world.record(back(world, Kind.WITHDRAW, batch, world.ship(batch, 1)))
    return Case(up(world, unmoved), up(world, batch), {"batch": batch})


@CASES("AlreadyMoved")
def by_an_adjustment_down(world: World) -> Case:
    batch = world.harvest(10)
    world.record(up(world, batch))
    other = world.harvest(10, lot=b"L2")
    world.record(down(world, other))
    return Case(up(world, batch), up(world, other), {"batch": other})


@CASES("AlreadyMoved")
def because_it_was_transformed_into(world: World) -> Case:
    source, target = world.harvest(10), world.harvest(10, lot=b"L2")
    fresh = world.harvest(10, lot=b"L3")
    world.record(world.make("farm", Kind.TRANSFORM, [world.out("crab", 1, b"L2")], [Input(source, 1)]))
    return Case(up(world, fresh), up(world, target), {"batch": target})


@CASES("BatchClosed")
def to_adjust_up_late(world: World) -> Case:
    batch, closed = world.harvest(10), world.harvest(10, lot=b"L2")
    world.now = NOW + DAY
    world.state.batches[closed] = replace(world.state.batches[closed], open_until=NOW + DAY - 1)
    return Case(up(world, batch), up(world, closed), {"batch": closed, "openUntil": NOW + DAY - 1})


@CASES("RoleMissing")
def to_adjust_what_another_holds(world: World) -> Case:
    batch = world.harvest(10)
    inside, outside = (up(world, batch, by=by, holder=party("farm")) for by in ("lab", "shop"))
    return Case(inside, outside, {"party": party("shop"), "needed": 32})


@CASES("RoleMissing")
def to_adjust_by_naming_oneself(world: World) -> Case:
    batch = world.harvest(10)
    inside = up(world, batch)
    return Case(inside, replace(inside, holder=party("farm")), {"party": party("farm"), "needed": 32})


@CASES("UnknownParty")
def as_holder_to_adjust(world: World) -> Case:
    inside = up(world, world.harvest(10), by="lab", holder=party("farm"))
    return Case(inside, replace(inside, holder=UNKNOWN), {"party": UNKNOWN})


@CASES("AdjustPacked")
def because_items_are_counted_one_by_one(world: World) -> Case:
    batch, packed = world.harvest(10), world.harvest(10, lot=b"L2")
    world.state.batches[packed] = replace(world.state.batches[packed], items=1)
    inside, outside = (up(world, each, by="lab", holder=party("farm")) for each in (batch, packed))
    return Case(inside, outside, {"batch": packed})


@CASES("NotHolder")
def to_be_adjusted_where_it_never_was(world: World) -> Case:
    batch = world.harvest(10)
    world.hand_over(batch, 10)
    inside = up(world, batch, by="lab", holder=party("farm"))
    return Case(inside, replace(inside, holder=party("shop")), {"batch": batch, "party": party("shop")})


@CASES("QuantityOverflow")
def of_an_adjusted_holding(world: World) -> Case:
    event = up(world, world.harvest(10), UINT96_MAX - 10)
    return Case(event, replace(event, quantity=UINT96_MAX - 9), {})


@CASES.parametrize()
def test_a_law_of_mending_holds_at_its_edge(law: str, case: CaseOf) -> None:
    judge(law, case)


# -- effects ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BACK)
def test_what_is_refused_or_taken_back_is_the_senders_again(kind: Kind) -> None:
    world = World()
    batch = world.harvest(10)
    shipment = world.ship(batch, 4)
    changes = world.record(back(world, kind, batch, shipment, 3))
    assert changes.holdings == {(batch, party("farm")): HoldingState(9, 0, True)}
    assert changes.shipments[(shipment, batch)].open == 1
    assert changes.links == [("batch", batch, LinkRole.MOVED)]
    assert (batch, party("plant")) not in world.state.holdings, "who only refused goods never held them"


def test_what_comes_back_was_not_sold() -> None:
    world = World()
    batch = world.harvest(10)
    world.record(world.move("farm", Kind.SELL, batch, 5))
    world.recall(batch)
    world.record(world.move("farm", Kind.RETURN, batch, 4))
    assert world.state.holdings[(batch, party("farm"))] == HoldingState(9, 1, True)
    assert world.state.batches[batch].sold == 1


def test_an_adjustment_down_is_no_loss() -> None:
    world = World()
    batch = world.harvest(10)
    world.record(down(world, batch, 3))
    state = world.state.batches[batch]
    assert (state.made, state.adjusted_down, state.disposed, state.moved) == (10, 3, 0, True)
    assert not state.adjusted
    assert world.state.holdings[(batch, party("farm"))] == HoldingState(7, 0, True)


def test_an_origins_adjustment_up_leaves_no_flag() -> None:
    world = World()
    batch = world.harvest(10, provenance=1)
    world.record(up(world, batch, 3))
    state = world.state.batches[batch]
    assert (state.made, state.adjusted_up, state.moved, state.adjusted) == (10, 3, False, False)
    assert world.state.holdings[(batch, party("farm"))] == HoldingState(13, 0, True)


def test_an_inspectors_adjustment_up_is_of_the_holder_and_leaves_a_lasting_flag() -> None:
    world = World()
    batch = world.harvest(10)
    world.hand_over(batch, 10)
    world.now = NOW + 9 * DAY
    world.suspend("plant")
    changes = world.record(up(world, batch, 3, by="lab", holder=party("plant")))
    assert changes.holdings == {(batch, party("plant")): HoldingState(13, 0, True)}
    state = world.state.batches[batch]
    assert (state.made, state.adjusted_up, state.adjusted, state.recalled) == (10, 3, True, RecallFlag(0))
    world.record(world.move("plant", Kind.DISPOSE, batch, 13))
    assert world.state.batches[batch].adjusted
