"""Promise 2: who may say what about which goods (docs/spec/law.md, Note), each law just inside and just outside."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules_world import NOW, STRANGER, UNKNOWN, Case, CaseOf, Cases, World, judge, party, signer

from ledger.errors import Refusal
from ledger.events.identifiers import place_id
from ledger.events.model import DAY, ZERO32, Kind, LinkRole, Note

CASES = Cases()
POND = b"urn:example:pond"


def pond(world: World, by: str = "farm", owner: bytes = ZERO32) -> Note:
    return world.note(by, Kind.OBSERVE, place=POND, owner=owner)


def correct(world: World, batch: bytes, by: str = "farm") -> Note:
    return world.note(by, Kind.CORRECT, batch, target=UNKNOWN)


def void(world: World, named: bytes, nonce: int) -> Note:
    return world.note("farm", Kind.VOID, target=named + nonce.to_bytes(12, "big"))


@CASES("SubjectCount")
def none(world: World) -> Case:
    event = world.note("farm", Kind.OBSERVE, world.harvest(1))
    return Case(event, replace(event, batches=()), {"count": 0})


@CASES("SubjectCount")
def two_batches(world: World) -> Case:
    first, second = world.harvest(1), world.harvest(1, lot=b"L2")
    event = world.note("farm", Kind.OBSERVE, first)
    return Case(event, replace(event, batches=(first, second)), {"count": 2})


@CASES("SubjectCount")
def a_batch_and_a_place(world: World) -> Case:
    event = world.note("farm", Kind.OBSERVE, world.harvest(1))
    return Case(event, replace(event, place=POND), {"count": 2})


@CASES("UnusedFieldSet")
def owner_of_a_batch(world: World) -> Case:
    event = world.note("farm", Kind.OBSERVE, world.harvest(1))
    return Case(event, replace(event, owner=party("farm")), {"field": "owner"})


@CASES("UnknownBatch")
def to_observe(world: World) -> Case:
    event = world.note("farm", Kind.OBSERVE, world.harvest(1))
    return Case(event, replace(event, batches=(UNKNOWN,)), {"batch": UNKNOWN})


@CASES("NotHolder")
def though_shipped_to(world: World) -> Case:
    batch = world.harvest(10)
    world.ship(batch, 10)
    past_holder, not_yet = world.note("farm", Kind.OBSERVE, batch), world.note("plant", Kind.OBSERVE, batch)
    return Case(past_holder, not_yet, {"batch": batch, "party": party("plant")})


@CASES("NotHolder")
def unless_inspector(world: World) -> Case:
    batch = world.harvest(10)
    inside, outside = world.note("lab", Kind.OBSERVE, batch), world.note("shop", Kind.OBSERVE, batch)
    return Case(inside, outside, {"batch": batch, "party": party("shop")})


@CASES("PlaceLength")
def beyond_256(world: World) -> Case:
    event = pond(world)
    return Case(replace(event, place=b"p" * 256), replace(event, place=b"p" * 257), {"length": 257})


@CASES("UnknownParty")
def as_owner_of_a_place(world: World) -> Case:
    return Case(pond(world, "lab", party("farm")), pond(world, "lab", UNKNOWN), {"party": UNKNOWN})


@CASES("NotPlaceOwner")
def of_anothers_pond(world: World) -> Case:
    numbers = {"owner": party("farm"), "party": party("shop")}
    return Case(pond(world, "farm", party("farm")), pond(world, "shop", party("farm")), numbers)


@CASES("NotPlaceOwner")
def unless_an_inspector(world: World) -> Case:
    numbers = {"owner": party("farm"), "party": party("plant")}
    return Case(pond(world, "lab", party("farm")), pond(world, "plant", party("farm")), numbers)


@CASES("TargetMissing")
def of_a_correction(world: World) -> Case:
    event = correct(world, world.harvest(1))
    return Case(event, replace(event, target=ZERO32), {})


@CASES("SubjectCount")
def nothing_to_correct(world: World) -> Case:
    event = correct(world, world.harvest(1))
    return Case(event, replace(event, batches=()), {"count": 0})


@CASES("NotHolder")
def to_correct(world: World) -> Case:
    batch = world.harvest(10)
    inside, outside = (correct(world, batch, by=by) for by in ("lab", "shop"))
    return Case(inside, outside, {"batch": batch, "party": party("shop")})


@CASES("NotPlaceOwner")
def to_correct_what_was_said_of_a_pond(world: World) -> Case:
    inside, outside = (
        world.note(by, Kind.CORRECT, place=POND, owner=party("farm"), target=UNKNOWN) for by in ("farm", "shop")
    )
    return Case(inside, outside, {"owner": party("farm"), "party": party("shop")})


@CASES("VoidForeignSigner")
def of_another_party(world: World) -> Case:
    return Case(void(world, signer("farm"), 99), void(world, signer("shop"), 99), {"signer": signer("shop")})


@CASES("VoidForeignSigner")
def of_no_party(world: World) -> Case:
    return Case(void(world, signer("farm"), 99), void(world, STRANGER, 99), {"signer": STRANGER})


@CASES("NonceUsed")
def by_a_recorded_event(world: World) -> Case:
    world.harvest(1)
    used = next(iter(world.state.nonces))[1]
    numbers = {"signer": signer("farm"), "nonce": used}
    return Case(void(world, signer("farm"), 99), void(world, signer("farm"), used), numbers)


@CASES("NonceUsed")
def by_the_void_itself(world: World) -> Case:
    event = void(world, signer("farm"), 99)
    own = replace(event, target=signer("farm") + event.nonce.to_bytes(12, "big"))
    return Case(event, own, {"signer": signer("farm"), "nonce": event.nonce})


@CASES.parametrize()
def test_a_law_of_noting_holds_at_its_edge(law: str, case: CaseOf) -> None:
    judge(law, case)


def test_an_observation_changes_nothing_but_its_subjects_head() -> None:
    world = World()
    batch = world.harvest(10)
    changes = world.record(world.note("farm", Kind.OBSERVE, batch))
    assert changes.links == [("batch", batch, LinkRole.NOTED)]
    assert not (changes.batches or changes.holdings or changes.shipments or changes.edges)


def test_an_inspectors_observation_closes_an_open_batch() -> None:
    world = World()
    batch = world.harvest(10)
    world.record(world.note("lab", Kind.OBSERVE, batch))
    assert world.state.batches[batch].open_until == 0
    more = world.make("farm", Kind.COMMISSION, [world.out("crab", 1)])
    assert world.refusal(more) == Refusal("BatchClosed", batch=batch, openUntil=0)


def test_an_inspectors_observation_closes_a_batch_in_its_last_open_second() -> None:
    world = World()
    batch = world.harvest(10)
    world.now = NOW + DAY
    world.record(world.note("lab", Kind.OBSERVE, batch))
    assert world.state.batches[batch].open_until == 0


def test_an_inspectors_observation_leaves_the_time_of_a_batch_closed_by_then() -> None:
    world = World()
    batch = world.harvest(10)
    world.now = NOW + DAY + 1
    assert world.record(world.note("lab", Kind.OBSERVE, batch)).batches == {}


@pytest.mark.parametrize("by", ["farm", "lab"])
def test_a_correction_changes_nothing_but_its_subjects_head(by: str) -> None:
    world = World()
    batch = world.harvest(10)
    changes = world.record(correct(world, batch, by))
    assert changes.links == [("batch", batch, LinkRole.NOTED)]
    assert not (changes.batches or changes.holdings or changes.shipments or changes.edges)
    place = world.record(world.note("farm", Kind.CORRECT, place=POND, target=UNKNOWN))
    assert place.links == [("place", place_id(party("farm"), POND), LinkRole.NOTED)]


@pytest.mark.parametrize("owner", [ZERO32, party("farm")])
def test_a_place_is_named_by_its_owner(owner: bytes) -> None:
    world = World()
    place = place_id(party("farm"), POND)
    assert world.record(pond(world, "farm", owner)).links == [("place", place, LinkRole.NOTED)]
    assert world.record(pond(world, "lab", party("farm"))).links == [("place", place, LinkRole.NOTED)]


def test_a_void_burns_both_nonces_and_advances_no_head_but_the_ledgers() -> None:
    world = World()
    event = void(world, signer("farm"), 99)
    changes = world.record(event)
    assert changes.nonces == [(signer("farm"), event.nonce), (signer("farm"), 99)]
    assert changes.links == []
    burned = replace(world.make("farm", Kind.COMMISSION, [world.out("crab", 1)]), nonce=99)
    assert world.refusal(burned) == Refusal("NonceUsed", signer=signer("farm"), nonce=99)
