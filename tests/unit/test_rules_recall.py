"""Promise 2: recalled goods only go back, and so do a suspended party's (docs/spec/law.md), each law at its edge."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules_world import NOW, UNKNOWN, Case, CaseOf, Cases, World, event_id, judge, party, product, signer

from ledger.events.identifiers import batch_id
from ledger.events.model import DAY, RECALL_LIMIT, ZERO32, Input, Kind, LinkRole, Move, Note, RecallFlag, Role, Status
from ledger.events.rules.state import BatchState, HoldingState, ShipmentState

CASES = Cases()


def two_harvests(world: World) -> tuple[bytes, bytes]:
    first, second = sorted([world.harvest(10), world.harvest(10, lot=b"L2")])
    return first, second


def paste(world: World) -> bytes:
    """Made by the farm of its crab, under the plant's brand."""
    world.state.set_maker(product("paste"), party("farm"))
    crab = Input(world.harvest(10, lot=b"for paste"), 10)
    world.record(world.make("farm", Kind.TRANSFORM, [world.out("paste", 10)], [crab]))
    return batch_id(product("paste"), party("farm"), b"L1")


def lift(world: World, *batches: bytes, by: str = "farm") -> Note:
    return world.note(by, Kind.LIFT, *sorted(batches), target=UNKNOWN)


# -- Recall and Lift ----------------------------------------------------------------------------------------------------


@CASES("SubjectCount")
def no_batch_to_recall(world: World) -> Case:
    event = world.note("farm", Kind.RECALL, world.harvest(1))
    return Case(event, replace(event, batches=()), {"count": 0})


@CASES("SubjectCount")
def no_batch_to_lift(world: World) -> Case:
    batch = world.harvest(1)
    world.recall(batch)
    return Case(lift(world, batch), lift(world), {"count": 0})


@CASES("SubjectCount")
def more_than_200(world: World) -> Case:
    batches = tuple(sorted(world.harvest(1, lot=b"L%d" % number) for number in range(RECALL_LIMIT + 1)))
    event = world.note("farm", Kind.RECALL, *batches)
    return Case(replace(event, batches=batches[:-1]), event, {"count": 201})


@CASES("TargetMissing")
def of_the_recall_to_lift(world: World) -> Case:
    batch = world.harvest(1)
    world.recall(batch)
    event = lift(world, batch)
    return Case(event, replace(event, target=ZERO32), {})


@CASES("BatchesNotAscending")
def to_recall(world: World) -> Case:
    first, second = two_harvests(world)
    event = world.note("farm", Kind.RECALL, first, second)
    return Case(event, replace(event, batches=(second, first)), {})


@CASES("BatchesNotAscending")
def one_batch_twice(world: World) -> Case:
    first, second = two_harvests(world)
    world.recall(first, second)
    event = lift(world, first, second)
    return Case(event, replace(event, batches=(first, first)), {})


@CASES("UnknownBatch")
def to_recall_or_lift(world: World) -> Case:
    event = world.note("farm", Kind.RECALL, world.harvest(1))
    return Case(event, replace(event, batches=(UNKNOWN,)), {"batch": UNKNOWN})


@CASES("NotEntitled")
def though_it_holds_them_all(world: World) -> Case:
    batch = world.harvest(10)
    world.hand_over(batch, 10)
    inside, outside = (world.note(by, Kind.RECALL, batch) for by in ("farm", "plant"))
    return Case(inside, outside, {"batch": batch, "party": party("plant")})


@CASES("NotEntitled")
def unless_brand_owner(world: World) -> Case:
    batch = paste(world)
    inside, outside = (world.note(by, Kind.RECALL, batch) for by in ("plant", "shop"))
    return Case(inside, outside, {"batch": batch, "party": party("shop")})


@CASES("NotEntitled")
def to_lift(world: World) -> Case:
    batch = world.harvest(10)
    world.recall(batch)
    return Case(lift(world, batch), lift(world, batch, by="plant"), {"batch": batch, "party": party("plant")})


@CASES("NotRecalled")
def though_it_was_before(world: World) -> Case:
    batch, lifted = world.harvest(10), world.harvest(10, lot=b"L2")
    world.recall(batch, lifted)
    world.record(lift(world, lifted))
    return Case(lift(world, batch), lift(world, lifted), {"batch": lifted})


@CASES("NotRecalled")
def in_this_capacity(world: World) -> Case:
    batch = world.harvest(10)
    world.recall(batch, by="lab")
    return Case(lift(world, batch, by="lab"), lift(world, batch), {"batch": batch})


# -- what recalled goods may still do -----------------------------------------------------------------------------------


@CASES("BatchRecalled")
def to_sell(world: World) -> Case:
    good, bad = two_harvests(world)
    world.recall(bad)
    inside, outside = (world.move("farm", Kind.SELL, batch, 1) for batch in (good, bad))
    return Case(inside, outside, {"batch": bad})


@CASES("BatchRecalled")
def but_to_its_origin(world: World) -> Case:
    return recalled_ship(world, party("farm"))


@CASES("BatchRecalled")
def but_to_its_brand_owner(world: World) -> Case:
    return recalled_ship(world, party("plant"))


@CASES("BatchRecalled")
def but_to_a_carrier(world: World) -> Case:
    return recalled_ship(world, party("boat"))


def recalled_ship(world: World, to: bytes) -> Case:
    batch = paste(world)
    world.hand_over(batch, 10, to="shop")
    world.recall(batch, by="lab")
    inside = world.move("shop", Kind.SHIP, batch, 1, to=to)
    return Case(inside, replace(inside, to=party("packer")), {"batch": batch})


# -- a suspended party's goods ------------------------------------------------------------------------------------------


def way_back(world: World, to: str = "farm", holder: str = "shop", by: str = "lab") -> Move:
    """The farm's paste, under the plant's brand, goes back from a suspended shop."""
    batch = paste(world)
    world.hand_over(batch, 10, to="shop")
    world.suspend("shop")
    return world.move(by, Kind.SHIP, batch, 1, to=party(to), holder=party(holder))


@CASES("RoleMissing")
def to_ship_for_another(world: World) -> Case:
    event = way_back(world)
    return Case(event, replace(event, signer=signer("packer")), {"party": party("packer"), "needed": 32})


@CASES("PartySuspended")
def though_an_inspector(world: World) -> Case:
    event = way_back(world)
    world.state.set_signer(b"\2" * 20, replace(world.state.signers[signer("lab")], party=party("packer")))
    world.set_party("packer", Role.INSPECTOR, Status.SUSPENDED)
    return Case(event, replace(event, signer=b"\2" * 20), {"party": party("packer")})


@CASES("UnknownParty")
def as_holder_to_ship_for(world: World) -> Case:
    event = way_back(world)
    return Case(event, replace(event, holder=UNKNOWN), {"party": UNKNOWN})


@CASES("HolderNotSuspended")
def that_can_ship_itself(world: World) -> Case:
    event = way_back(world)
    return Case(event, replace(event, holder=party("packer")), {"holder": party("packer")})


@CASES("NotAWayBack")
def to_a_carrier_or_anybody_else(world: World) -> Case:
    event = way_back(world)
    return Case(event, replace(event, to=party("boat")), {"batch": event.batch, "to": party("boat")})


@CASES("NotAWayBack")
def to_the_brand_owner_while_the_origin_is_active(world: World) -> Case:
    event = way_back(world)
    return Case(event, replace(event, to=party("plant")), {"batch": event.batch, "to": party("plant")})


@CASES("NotAWayBack")
def to_another_while_the_origin_is_suspended(world: World) -> Case:
    event = way_back(world, to="plant")
    world.suspend("farm")
    return Case(event, replace(event, to=party("packer")), {"batch": event.batch, "to": party("packer")})


@CASES("ShipToSelf")
def from_a_suspended_origin_to_itself(world: World) -> Case:
    batch = paste(world)
    world.suspend("farm")
    inside = world.move("lab", Kind.SHIP, batch, 1, to=party("plant"), holder=party("farm"))
    return Case(inside, replace(inside, to=party("farm")), {})


@CASES("MoreThanHeld")
def by_the_suspended_holder(world: World) -> Case:
    event = way_back(world)
    numbers = {"batch": event.batch, "party": party("shop"), "wanted": 11, "held": 10}
    return Case(replace(event, quantity=10), replace(event, quantity=11), numbers)


@CASES.parametrize()
def test_a_law_of_recalls_and_ways_back_holds_at_its_edge(law: str, case: CaseOf) -> None:
    judge(law, case)


# -- effects ------------------------------------------------------------------------------------------------------------


def flags(world: World, batch: bytes) -> RecallFlag:
    return world.state.batches[batch].recalled


def test_each_capacity_has_a_flag_of_its_own_which_it_alone_lifts() -> None:
    world = World()
    batch = paste(world)
    for by, flag in (("farm", 1), ("plant", 3), ("lab", 7)):
        world.recall(batch, by=by)
        assert flags(world, batch) == flag
    for by, flag in (("plant", 5), ("farm", 4), ("lab", 0)):
        world.record(lift(world, batch, by=by))
        assert flags(world, batch) == flag


def test_a_party_with_several_capacities_recalls_and_lifts_in_all_of_them() -> None:
    world = World()
    batch = world.harvest(10)  # the farm's own brand
    world.set_party("farm", Role.PRODUCER | Role.INSPECTOR)
    world.recall(batch, by="lab")
    world.record(lift(world, batch))
    assert flags(world, batch) == 0, "an inspector lifts what another inspector recalled"
    world.recall(batch)
    assert flags(world, batch) == 7


def test_a_recall_closes_open_batches_and_advances_the_head_of_each() -> None:
    world = World()
    first, second = two_harvests(world)
    changes = world.record(world.note("farm", Kind.RECALL, first, second))
    assert changes.links == [("batch", first, LinkRole.RECALLED), ("batch", second, LinkRole.RECALLED)]
    assert [world.state.batches[batch].open_until for batch in (first, second)] == [0, 0]
    lifted = world.record(lift(world, first))
    assert lifted.links == [("batch", first, LinkRole.RECALLED)]
    assert world.state.batches[first].open_until == 0, "what a recall closed stays closed"
    assert not (changes.holdings or changes.shipments or changes.edges)


def test_a_recall_leaves_the_time_of_a_batch_closed_by_then() -> None:
    world = World()
    batch = world.harvest(10)
    before: BatchState = world.state.batches[batch]
    world.now = NOW + DAY + 1
    world.recall(batch)
    assert world.state.batches[batch] == replace(before, recalled=RecallFlag.ORIGIN | RecallFlag.BRAND_OWNER)


def test_goods_on_their_way_or_sold_find_an_end_though_recalled() -> None:
    world = World()
    batch = world.harvest(20)
    world.record(world.move("farm", Kind.SELL, batch, 5))
    shipment = world.ship(batch, 5)
    world.recall(batch)
    for event in (
        world.move("plant", Kind.RECEIVE, batch, 1, target=shipment),
        world.move("plant", Kind.REJECT, batch, 1, target=shipment),
        world.move("farm", Kind.WITHDRAW, batch, 1, target=shipment),
        world.move("plant", Kind.DISPOSE, batch, 1, target=shipment),
        world.move("farm", Kind.RETURN, batch, 1),
        world.move("plant", Kind.DISPOSE, batch, 1),
    ):
        world.record(event)


def test_an_inspectors_ship_is_the_holders() -> None:
    world = World()
    event = way_back(world)
    changes = world.record(event)
    id = event_id(event)
    assert changes.shipments == {(id, event.batch): ShipmentState(id, event.batch, party("shop"), party("farm"), 1, 1)}
    assert changes.holdings == {(event.batch, party("shop")): HoldingState(9, 0, True)}
    world.record(world.move("farm", Kind.REJECT, event.batch, 1, target=id))
    assert world.state.holdings[(event.batch, party("shop"))].quantity == 10
    assert (event.batch, party("lab")) not in world.state.holdings


def test_a_suspended_holders_recalled_goods_go_back_too() -> None:
    world = World()
    event = way_back(world)
    world.recall(event.batch, by="lab")
    world.check(event)
    own = world.move("shop", Kind.SHIP, event.batch, 1, to=party("farm"))
    world.check(own)


@pytest.mark.parametrize("target", [ZERO32, UNKNOWN])
def test_a_recall_may_belong_to_an_earlier_one(target: bytes) -> None:
    world = World()
    world.check(world.note("farm", Kind.RECALL, world.harvest(1), target=target))
