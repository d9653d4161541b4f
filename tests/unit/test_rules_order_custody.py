"""Model and contract name the same law of a Move or a Note too (see test_rules_order.py)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rules_peel import peel, recall, set_fields
from rules_world import UNKNOWN, World, party, product, signer

from ledger.events.model import DAY, UINT96_MAX, ZERO32, Event, Kind, RecallFlag


def recalled(world: World, event: Any) -> Event:
    recall(world, event.batch)
    return replace(event)


def test_laws_of_ship() -> None:
    peel(
        lambda world: world.move("farm", Kind.SHIP, world.harvest(10), 10, to=party("plant")),
        [
            ("UnusedFieldSet", set_fields(target=UNKNOWN)),
            ("QuantityZero", set_fields(quantity=0)),
            ("UnknownBatch", set_fields(batch=UNKNOWN)),
            ("UnknownParty", set_fields(to=UNKNOWN)),
            ("BatchRecalled", recalled),
            ("MoreThanHeld", set_fields(quantity=11)),
        ],
    )


def test_a_suspended_party_ships_to_the_origin_alone() -> None:
    def prepare(world: World) -> Event:
        batch = world.harvest(10)
        world.hand_over(batch, 10)
        return world.move("plant", Kind.SHIP, batch, 10, to=party("shop"))

    def suspended(world: World, event: Any) -> Event:
        world.suspend("plant")
        return replace(event)

    peel(
        prepare,
        [
            ("UnknownParty", set_fields(to=UNKNOWN)),
            ("PartySuspended", suspended),
            ("ShipToSelf", set_fields(to=party("plant"))),
            ("BatchRecalled", recalled),
            ("MoreThanHeld", set_fields(quantity=11)),
        ],
    )


def test_a_suspended_origin_cannot_ship_to_itself() -> None:
    world = World()
    batch = world.harvest(10)
    world.suspend("farm")
    assert world.refusal(world.move("farm", Kind.SHIP, batch, 11, to=party("farm"))).law == "ShipToSelf"


def test_laws_of_an_inspectors_ship() -> None:
    def prepare(world: World) -> Event:
        batch = world.harvest(10)
        world.hand_over(batch, 10)
        world.suspend("plant")
        return world.move("lab", Kind.SHIP, batch, 10, to=party("farm"), holder=party("plant"))

    def suspended(world: World, event: Any) -> Event:
        world.suspend("lab")
        return replace(event)

    peel(
        prepare,
        [
            ("QuantityZero", set_fields(quantity=0)),
            ("UnknownBatch", set_fields(batch=UNKNOWN)),
            ("UnknownParty", set_fields(to=UNKNOWN)),
            ("RoleMissing", set_fields(signer=signer("shop"))),
            ("PartySuspended", suspended),
            ("UnknownParty", set_fields(holder=UNKNOWN)),
            ("HolderNotSuspended", set_fields(holder=party("packer"))),
            ("NotAWayBack", set_fields(to=party("shop"))),
            ("MoreThanHeld", set_fields(quantity=11)),
        ],
    )


def test_an_inspectors_ship_from_a_suspended_origin() -> None:
    def prepare(world: World) -> Event:
        world.state.set_product(replace(world.state.products[product("crab")], brand_owner=party("plant"), open=True))
        batch = world.harvest(10)
        world.suspend("farm")
        return world.move("lab", Kind.SHIP, batch, 10, to=party("plant"), holder=party("farm"))

    peel(
        prepare,
        [
            ("NotAWayBack", set_fields(to=party("shop"))),
            ("ShipToSelf", set_fields(to=party("farm"))),
            ("MoreThanHeld", set_fields(quantity=11)),
        ],
    )


def test_laws_of_sell() -> None:
    peel(
        lambda world: world.move("farm", Kind.SELL, world.harvest(10), 10),
        [
            ("QuantityZero", set_fields(quantity=0)),
            ("UnknownBatch", set_fields(batch=UNKNOWN)),
            ("BatchRecalled", recalled),
            ("MoreThanHeld", set_fields(quantity=11)),
        ],
    )


def test_laws_of_return() -> None:
    def prepare(world: World) -> Event:
        batch = world.harvest(10)
        world.record(world.move("farm", Kind.SELL, batch, 10))
        return world.move("farm", Kind.RETURN, batch, 10)

    peel(
        prepare,
        [
            ("UnusedFieldSet", set_fields(target=UNKNOWN)),
            ("QuantityZero", set_fields(quantity=0)),
            ("UnknownBatch", set_fields(batch=UNKNOWN)),
            ("MoreThanSold", set_fields(quantity=11)),
        ],
    )


def test_laws_of_adjusting_down() -> None:
    peel(
        lambda world: world.move("farm", Kind.ADJUST_DOWN, world.harvest(10), 10, target=UNKNOWN),
        [
            ("UnusedFieldSet", set_fields(holder=UNKNOWN)),
            ("QuantityZero", set_fields(quantity=0)),
            ("UnknownBatch", set_fields(batch=UNKNOWN)),
            ("TargetMissing", set_fields(target=ZERO32)),
            ("BatchRecalled", recalled),
            ("MoreThanHeld", set_fields(quantity=11)),
        ],
    )


def test_laws_of_adjusting_up_as_origin() -> None:
    def moved(world: World, event: Any) -> Event:
        if found := world.state.batches.get(event.batch):
            world.state.batches[found.id] = replace(found, moved=True)
        return replace(event)

    def closed(world: World, event: Any) -> Event:
        world.now += 2 * DAY
        return replace(event)

    def overflow(world: World, event: Any) -> Event:
        return replace(event, quantity=UINT96_MAX)

    peel(
        lambda world: world.move("farm", Kind.ADJUST_UP, world.harvest(10), 1, target=UNKNOWN),
        [
            ("UnusedFieldSet", set_fields(to=UNKNOWN)),
            ("QuantityZero", set_fields(quantity=0)),
            ("UnknownBatch", set_fields(batch=UNKNOWN)),
            ("TargetMissing", set_fields(target=ZERO32)),
            ("BatchRecalled", recalled),
            ("NotOrigin", set_fields(signer=signer("shop"))),
            ("AlreadyMoved", moved),
            ("BatchClosed", closed),
            ("QuantityOverflow", overflow),
        ],
    )


def test_laws_of_adjusting_up_as_inspector() -> None:
    def packed(world: World, event: Any) -> Event:
        if found := world.state.batches.get(event.batch):
            world.state.batches[found.id] = replace(found, items=1)
        return replace(event)

    peel(
        lambda world: world.move("lab", Kind.ADJUST_UP, world.harvest(10), 1, target=UNKNOWN, holder=party("farm")),
        [
            ("TargetMissing", set_fields(target=ZERO32)),
            ("BatchRecalled", recalled),
            ("RoleMissing", set_fields(signer=signer("shop"))),
            ("UnknownParty", set_fields(holder=UNKNOWN)),
            ("AdjustPacked", packed),
            ("NotHolder", set_fields(holder=party("shop"))),
            ("QuantityOverflow", set_fields(quantity=UINT96_MAX)),
        ],
    )


@pytest.mark.parametrize("kind", [Kind.RECEIVE, Kind.REJECT, Kind.DISPOSE])
def test_laws_of_goods_on_their_way(kind: Kind) -> None:
    def prepare(world: World) -> Event:
        batch = world.harvest(10)
        return world.move("plant", kind, batch, 5, target=world.ship(batch, 5))

    peel(
        prepare,
        [
            ("UnusedFieldSet", set_fields(to=party("farm"))),
            ("QuantityZero", set_fields(quantity=0)),
            ("UnknownBatch", set_fields(batch=UNKNOWN)),
            ("UnknownShipment", set_fields(target=UNKNOWN)),
            ("NotNamedParty", set_fields(signer=signer("shop"))),
            ("MoreThanOpen", set_fields(quantity=6)),
        ],
    )


def test_laws_of_observing_a_batch() -> None:
    peel(
        lambda world: world.note("farm", Kind.OBSERVE, world.harvest(10)),
        [
            ("UnusedFieldSet", set_fields(target=UNKNOWN)),
            ("SubjectCount", set_fields(place=b"urn:example:pond")),
            ("UnusedFieldSet", set_fields(owner=UNKNOWN)),
            ("UnknownBatch", set_fields(batches=(UNKNOWN,))),
            ("NotHolder", set_fields(signer=signer("shop"))),
        ],
    )


def test_laws_of_observing_a_place() -> None:
    peel(
        lambda world: world.note("farm", Kind.OBSERVE, place=b"p", owner=party("farm")),
        [
            ("SubjectCount", set_fields(batches=(UNKNOWN,))),
            ("PlaceLength", set_fields(place=b"p" * 257)),
            ("UnknownParty", set_fields(owner=UNKNOWN)),
            ("NotPlaceOwner", set_fields(owner=party("shop"))),
        ],
    )


def test_laws_of_correcting() -> None:
    peel(
        lambda world: world.note("farm", Kind.CORRECT, world.harvest(10), target=UNKNOWN),
        [
            ("SubjectCount", set_fields(place=b"urn:example:pond")),
            ("UnusedFieldSet", set_fields(owner=UNKNOWN)),
            ("UnknownBatch", set_fields(batches=(UNKNOWN,))),
            ("NotHolder", set_fields(signer=signer("shop"))),
            ("TargetMissing", set_fields(target=ZERO32)),
        ],
    )


@pytest.mark.parametrize("kind", [Kind.RECALL, Kind.LIFT])
def test_laws_of_recalling(kind: Kind) -> None:
    def prepare(world: World) -> Event:
        batches = sorted([world.harvest(10), world.harvest(10, lot=b"L2")])
        world.recall(*batches)
        return world.note("farm", kind, *batches, target=UNKNOWN)

    def lifted(world: World, event: Any) -> Event:
        for id, batch in world.state.batches.items():
            world.state.batches[id] = replace(batch, recalled=RecallFlag.INSPECTORS)
        return replace(event)

    peel(
        prepare,
        [
            ("UnusedFieldSet", set_fields(owner=UNKNOWN)),
            ("UnusedFieldSet", set_fields(place=b"urn:example:pond")),
            ("SubjectCount", set_fields(batches=())),
            *([("TargetMissing", set_fields(target=ZERO32))] if kind is Kind.LIFT else []),
            ("UnknownBatch", lambda _, event: replace(event, batches=(UNKNOWN, *event.batches[1:]))),
            ("NotEntitled", set_fields(signer=signer("shop"))),
            *([("NotRecalled", lifted)] if kind is Kind.LIFT else []),
        ],
    )


def test_a_batch_is_judged_whole_before_the_next_of_a_recall() -> None:
    world = World()
    batch = world.harvest(10)
    assert world.refusal(world.note("shop", Kind.RECALL, batch, batch)).law == "NotEntitled"
    assert world.refusal(world.note("farm", Kind.RECALL, batch, batch)).law == "BatchesNotAscending"
    assert world.refusal(world.note("farm", Kind.RECALL, batch, bytes(32))).law == "BatchesNotAscending"
    assert world.refusal(world.note("farm", Kind.RECALL, batch, b"\xff" * 32)).law == "UnknownBatch"


def test_laws_of_void() -> None:
    world = World()
    world.harvest(1)
    foreign = signer("shop") + (1).to_bytes(12, "big")
    world.state.nonces.add((signer("shop"), 1))
    assert world.refusal(world.note("farm", Kind.VOID, target=foreign)).law == "VoidForeignSigner"
