"""Promise 2: the rules for every event (docs/spec/law.md, 0 to 9), each just inside and just outside."""

from __future__ import annotations

from dataclasses import replace

from rules_world import NOW, STRANGER, UNKNOWN, Case, CaseOf, Cases, World, judge, party, signer

from ledger.errors import Refusal
from ledger.events.model import CONTENT_LIMIT, FOREVER, SHAPE_OF, Custody, Event, Input, Kind
from ledger.events.rules.state import SignerState

CASES = Cases()


def commission(world: World) -> Event:
    return world.make("farm", Kind.COMMISSION, [world.out("crab", 1)])


@CASES("UnknownSigner")
def of_no_party(world: World) -> Case:
    event = commission(world)
    return Case(event, replace(event, signer=STRANGER), {"signer": STRANGER})


@CASES("SignerNotValid")
def before_its_interval(world: World) -> Case:
    return interval(world, (NOW, NOW + 1), (NOW + 1, FOREVER))


@CASES("SignerNotValid")
def at_the_end_of_its_interval(world: World) -> Case:
    return interval(world, (NOW - 9, NOW + 1), (NOW - 9, NOW))


def interval(world: World, good: tuple[int, int], bad: tuple[int, int]) -> Case:
    event, late = commission(world), b"\x01" * 20
    world.state.set_signer(signer("farm"), SignerState(party("farm"), *good, Custody.GATEWAY))
    world.state.set_signer(late, SignerState(party("farm"), *bad, Custody.GATEWAY))
    numbers = {"signer": late, "from": bad[0], "to": bad[1], "blockTime": NOW}
    return Case(event, replace(event, signer=late), numbers)


@CASES("UnknownKind")
def of_another_shape(world: World) -> Case:
    event = commission(world)
    return Case(event, replace(event, kind=Kind.SHIP), {"kind": 11})


@CASES("NonceUsed")
def a_second_time(world: World) -> Case:
    used = commission(world)
    world.record(used)
    return Case(commission(world), used, {"signer": used.signer, "nonce": used.nonce})


@CASES("OccurredInFuture")
def one_second_later(world: World) -> Case:
    event = commission(world)
    return Case(event, replace(event, occurred_at=NOW + 1), {"occurredAt": NOW + 1, "blockTime": NOW})


@CASES("ContentTooLong")
def one_byte_more(world: World) -> Case:
    event = replace(commission(world), content=b"x" * CONTENT_LIMIT)
    return Case(event, replace(event, content=b"x" * 8193), {"length": 8193, "limit": 8192})


@CASES("PartySuspended")
def but_may_still_receive(world: World) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 10)
    world.record(world.move("plant", Kind.RECEIVE, batch, 5, target=shipment))
    world.suspend("plant")
    received = world.move("plant", Kind.RECEIVE, batch, 1, target=shipment)
    return Case(received, world.move("plant", Kind.SELL, batch, 1), {"party": party("plant")})


@CASES("PartySuspended")
def but_may_still_dispose(world: World) -> Case:
    batch = world.harvest(10)
    world.suspend("farm")
    lost = world.move("farm", Kind.DISPOSE, batch, 1)
    return Case(lost, world.move("farm", Kind.SELL, batch, 1), {"party": party("farm")})


@CASES("PartySuspended")
def but_may_still_refuse_what_was_shipped_to_it(world: World) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 10)
    world.record(world.move("plant", Kind.RECEIVE, batch, 5, target=shipment))
    world.suspend("plant")
    rejected = world.move("plant", Kind.REJECT, batch, 1, target=shipment)
    return Case(rejected, world.move("plant", Kind.ADJUST_DOWN, batch, 1, target=UNKNOWN), {"party": party("plant")})


@CASES("PartySuspended")
def but_may_still_take_back_what_it_shipped(world: World) -> Case:
    batch = world.harvest(10)
    shipment = world.ship(batch, 5)
    world.record(world.move("farm", Kind.SELL, batch, 1))
    world.suspend("farm")
    withdrawn = world.move("farm", Kind.WITHDRAW, batch, 1, target=shipment)
    return Case(withdrawn, world.move("farm", Kind.RETURN, batch, 1), {"party": party("farm")})


@CASES("PartySuspended")
def but_may_still_recall(world: World) -> Case:
    batch = world.harvest(10)
    world.recall(batch)
    world.suspend("farm")
    recall, lift = (world.note("farm", kind, batch, target=UNKNOWN) for kind in (Kind.RECALL, Kind.LIFT))
    return Case(recall, lift, {"party": party("farm")})


@CASES("PartySuspended")
def but_may_still_ship_to_the_origin(world: World) -> Case:
    batch = world.harvest(10)
    world.hand_over(batch, 10)
    world.suspend("plant")
    back = world.move("plant", Kind.SHIP, batch, 1, to=party("farm"))
    return Case(back, replace(back, to=party("boat")), {"party": party("plant")})


@CASES("PartySuspended")
def but_may_still_void(world: World) -> Case:
    batch = world.harvest(10)
    world.suspend("farm")
    void = world.note("farm", Kind.VOID, target=signer("farm") + bytes(11) + b"\x63")
    return Case(void, world.note("farm", Kind.OBSERVE, batch), {"party": party("farm")})


@CASES.parametrize()
def test_a_law_for_every_event_holds_at_its_edge(law: str, case: CaseOf) -> None:
    judge(law, case)


def test_a_signature_of_another_key_is_refused_by_the_address_it_gives() -> None:
    world = World()
    event = commission(world)
    world.check(event, recovered=event.signer)
    forged = world.refusal(event, recovered=STRANGER)
    assert forged == Refusal("BadSignature", claimed=event.signer, recovered=STRANGER)


def test_a_signature_that_gives_no_address_is_refused_as_zero() -> None:
    world = World()
    event = commission(world)
    forged = world.refusal(event, recovered=None)
    assert forged == Refusal("BadSignature", claimed=event.signer, recovered=bytes(20))


def test_a_kind_is_known_in_its_own_shape_alone() -> None:
    world = World()
    batch = world.harvest(10)
    make, move, note = commission(world), world.move("farm", Kind.SELL, batch, 1), world.note("farm", Kind.OBSERVE)
    for event in (make, move, note):
        own = {kind for kind in Kind if kind.shape is SHAPE_OF[type(event)]}
        for kind in set(range(256)) - own:
            assert world.refusal(replace(event, kind=kind)) == Refusal("UnknownKind", kind=kind)


def test_every_field_that_a_kind_does_not_use_must_be_empty() -> None:
    world = World()
    crab = world.harvest(1000)
    other = world.harvest(1000, lot=b"L2")
    shipment = world.ship(crab, 10)
    world.hand_over(other, 900, to="packer")
    world.record(world.move("farm", Kind.SELL, crab, 10))
    fresh, gone = world.harvest(1, lot=b"L3"), world.harvest(1, lot=b"L4")
    world.recall(gone)
    used = Input(other, 200)
    jars = [world.out("jar", 1, lot=b"P1")]
    events: dict[Kind, tuple[Event, list[str]]] = {
        Kind.COMMISSION: (commission(world), ["inputs", "itemsRoot", "firstIndex"]),
        Kind.TRANSFORM: (
            world.make("packer", Kind.TRANSFORM, jars, [used]),
            ["provenance", "itemsRoot", "firstIndex"],
        ),
        Kind.PACK: (world.make("packer", Kind.PACK, jars, [used]), ["provenance"]),
        Kind.SHIP: (world.move("farm", Kind.SHIP, crab, 1, to=party("shop")), ["target"]),
        Kind.RECEIVE: (world.move("plant", Kind.RECEIVE, crab, 1, target=shipment), ["holder", "to"]),
        Kind.REJECT: (world.move("plant", Kind.REJECT, crab, 1, target=shipment), ["holder", "to"]),
        Kind.WITHDRAW: (world.move("farm", Kind.WITHDRAW, crab, 1, target=shipment), ["holder", "to"]),
        Kind.RETURN: (world.move("farm", Kind.RETURN, crab, 1), ["holder", "to", "target"]),
        Kind.ADJUST_UP: (world.move("farm", Kind.ADJUST_UP, fresh, 1, target=UNKNOWN), ["to"]),
        Kind.ADJUST_DOWN: (world.move("farm", Kind.ADJUST_DOWN, crab, 1, target=UNKNOWN), ["holder", "to"]),
        Kind.CORRECT: (world.note("farm", Kind.CORRECT, crab, target=UNKNOWN), []),
        Kind.RECALL: (world.note("farm", Kind.RECALL, crab), ["owner", "place"]),
        Kind.LIFT: (world.note("farm", Kind.LIFT, gone, target=UNKNOWN), ["owner", "place"]),
        Kind.SELL: (world.move("farm", Kind.SELL, crab, 1), ["holder", "to", "target"]),
        Kind.DISPOSE: (world.move("farm", Kind.DISPOSE, crab, 1), ["holder", "to"]),
        Kind.OBSERVE: (world.note("farm", Kind.OBSERVE, crab), ["target"]),
        Kind.VOID: (
            world.note("farm", Kind.VOID, target=signer("farm") + b"\xff" * 12),
            ["batches", "owner", "place"],
        ),
    }
    filled = {
        "provenance": {"provenance": 1},
        "inputs": {"inputs": (Input(crab, 1),)},
        "itemsRoot": {"items_root": UNKNOWN},
        "firstIndex": {"first_index": 1},
        "holder": {"holder": party("farm")},
        "to": {"to": party("shop")},
        "target": {"target": UNKNOWN},
        "batches": {"batches": (crab,)},
        "owner": {"owner": party("farm")},
        "place": {"place": b"\0"},
    }
    assert set(events) == set(Kind)
    for event, unused in events.values():
        world.check(event)
        for position, field in enumerate(unused):
            several = {name: value for later in unused[position:] for name, value in filled[later].items()}
            assert world.refusal(replace(event, **several)) == Refusal("UnusedFieldSet", field=field)
