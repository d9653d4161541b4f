"""Promise 2, the chain enforces the rules: what a gateway refuses by a law, the contract refuses by the same law.

Every case is one event signed by a party that keeps its own key. It is handed to the gateway, which must refuse it and name
the law, and it is sent straight to the contract by a stranger without rights, which must skip it and name the same law with
the same numbers. Nothing may be written by either, and no nonce used up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ledger.canonical.abi import Skipped
from ledger.events.laws import LAWS
from ledger.events.model import Event, Input, Kind, Output, SignedEvent
from tests.gateway_process import ROOT, Gateway, Json
from tests.law_world import (
    Signing,
    World,
    build_world,
    by_rival,
    bytes_of,
    commission,
    elsewhere,
    high_s,
    other_name,
    other_point,
    pack,
    transform,
)  # fmt: skip
from tests.stranger import MOMENT, Hand, named, posted, soon

RANDOM = bytes(range(32))
CLOCKS = {"blockTime", "latest"}  # the gateway's clock is not the block's
Build = Callable[[World], Event]


@pytest.fixture(scope="module")
def world(nguon: Gateway) -> World:
    return build_world(nguon)


@dataclass(frozen=True)
class Case:
    law: str
    build: Build
    numbers: dict[str, Any] = field(default_factory=dict)
    who: str = "coop"
    sign: Signing | None = None

    def signed(self, w: World) -> SignedEvent:
        hand: Hand = getattr(w, self.who)
        event = self.build(w)
        return self.sign(w, hand, event) if self.sign else hand.sign(event)


def see(w: World) -> Event:
    return w.coop.seen("pond")


def unused(name: str, build: Build, **changed: Any) -> Case:
    return Case("UnusedFieldSet", lambda w: replace(build(w), **changed), {"field": name})


def observe_batch(w: World) -> Event:
    return w.coop.note(Kind.OBSERVE, (w.crab,))


def move(kind: Kind, quantity: int = 1, **other: Any) -> Build:
    return lambda w: w.coop.move(kind, w.crab, quantity, **other)


def adjust(kind: Kind, batch: str = "crab", quantity: int = 1, who: str = "coop", **other: Any) -> Build:
    """An adjustment that names the event it mends."""
    return lambda w: getattr(w, who).move(kind, getattr(w, batch), quantity, target=RANDOM, **other)


def inspected(quantity: int = 1, batch: str = "closed", who: str = "inspector", **named: str) -> Build:
    """An inspector brings goods back: `holder` and `to` are words of the world."""

    def build(w: World) -> Event:
        parties = {field: getattr(w, word).party for field, word in named.items()}
        goods = w.batch("theirs", b"T1", w.idle) if batch == "theirs" else getattr(w, batch)
        return getattr(w, who).move(Kind.SHIP, goods, quantity, **parties)

    return build


def recall(kind: Kind, *batches: bytes, who: str = "coop", **other: Any) -> Build:
    """A Note of these batches, by default of one; a Lift names a recall."""
    named = {"target": RANDOM} if kind == Kind.LIFT else {}
    return lambda w: getattr(w, who).note(kind, batches or (w.crab,), **named | other)


def many(count: int) -> tuple[bytes, ...]:
    return tuple(each.to_bytes(32, "big") for each in range(1, count + 1))


def lots(w: World, count: int) -> tuple[Input, ...]:
    return tuple(Input(each.to_bytes(32, "big"), 1) for each in range(1, count + 1))


CASES = {
    # every event, in the law's order
    "signed for another chain": Case("BadSignature", see, sign=elsewhere(chain_id=1)),
    "signed for another contract": Case("BadSignature", see, sign=elsewhere(contract=bytes(range(20)))),
    "signed for another ledger": Case("BadSignature", see, sign=elsewhere(ledger_id=RANDOM)),
    "signed for another name": Case("BadSignature", see, sign=other_name("name", "Nguon2")),
    "signed for another version": Case("BadSignature", see, sign=other_name("version", "2")),
    "signed by another party": Case("BadSignature", see, sign=by_rival),
    "the other parity": Case("BadSignature", see, sign=other_point),
    "a high s": Case("BadSignature", see, {"recovered": "0x" + "00" * 20}, sign=high_s),
    "a signature of zeros": Case("BadSignature", see, {"recovered": "0x" + "00" * 20}, sign=bytes_of(bytes(64))),
    "a signature of ones": Case("BadSignature", see, {"recovered": "0x" + "00" * 20}, sign=bytes_of(b"\xff" * 64)),
    "unknown party": Case("UnknownSigner", lambda w: w.nobody.seen("pond"), who="nobody"),
    "a signer whose time has not come": Case("SignerNotValid", lambda w: w.late.seen("pond"), who="late"),
    "a move of an unknown kind": Case("UnknownKind", lambda w: w.coop.move(10, w.crab, 1), {"kind": 10}),
    "a kind of another shape": Case("UnknownKind", lambda w: w.coop.move(Kind.OBSERVE, w.crab, 1), {"kind": 21}),
    "a note of an unknown kind": Case("UnknownKind", lambda w: w.coop.note(26, (w.crab,)), {"kind": 26}),
    "a make of an unknown kind": Case("UnknownKind", lambda w: w.coop.make(4), {"kind": 4}),
    "used nonce": Case("NonceUsed", lambda w: w.coop.seen("pond", nonce=w.used.event.nonce if w.used else 0)),
    "from the future": Case("OccurredInFuture", lambda w: w.coop.seen("pond", occurred_at=MOMENT * 2), {"occurredAt": MOMENT * 2}),
    "content beyond the limit": Case(
        "ContentTooLong", lambda w: w.coop.seen("pond", content=b'{"nguon:reason":"' + b"x" * 8_174 + b'"}'),
        {"length": 8_193, "limit": 8_192},
    ),
    "suspended party": Case("PartySuspended", lambda w: w.idle.seen("pond"), who="idle"),
    **{
        f"suspended party, {kind.word}": Case("PartySuspended", build, who="idle")
        for kind, build in {
            Kind.COMMISSION: lambda w: w.idle.make(Kind.COMMISSION),
            Kind.TRANSFORM: lambda w: w.idle.make(Kind.TRANSFORM),
            Kind.PACK: lambda w: w.idle.make(Kind.PACK),
            Kind.SELL: lambda w: w.idle.move(Kind.SELL, w.closed, 1),
            Kind.RETURN: lambda w: w.idle.move(Kind.RETURN, w.closed, 1),
            Kind.ADJUST_UP: adjust(Kind.ADJUST_UP, "closed", who="idle"),
            Kind.ADJUST_DOWN: adjust(Kind.ADJUST_DOWN, "closed", who="idle"),
            Kind.CORRECT: recall(Kind.CORRECT, who="idle"),
            Kind.LIFT: recall(Kind.LIFT, who="idle"),
        }.items()
    },
    "suspended party ships elsewhere than back": Case(
        "PartySuspended", lambda w: w.idle.move(Kind.SHIP, w.closed, 1, to=w.shop.party), who="idle"
    ),
    "suspended inspector": Case("PartySuspended", inspected(who="paused", holder="idle", to="coop"), who="paused"),
    "Commission with inputs": unused("inputs", commission, inputs=(Input(RANDOM, 1),)),
    "Commission with an items root": unused("itemsRoot", commission, items_root=RANDOM),
    "Commission with a first index": unused("firstIndex", commission, first_index=1),
    "Transform with a provenance": unused("provenance", lambda w: transform(w, ("salted", b"S1", 1)), provenance=1),
    "Transform with an items root": unused("itemsRoot", lambda w: transform(w, ("salted", b"S1", 1)), items_root=RANDOM),
    "Transform with a first index": unused("firstIndex", lambda w: transform(w, ("salted", b"S1", 1)), first_index=1),
    "Pack with a provenance": unused("provenance", lambda w: pack(w, 1), provenance=1),
    "Ship with a target": unused("target", move(Kind.SHIP, to=RANDOM), target=RANDOM),
    "Receive with a holder": unused("holder", move(Kind.RECEIVE), holder=RANDOM),
    "Receive with a to": unused("to", move(Kind.RECEIVE), to=RANDOM),
    "Sell with a holder": unused("holder", move(Kind.SELL), holder=RANDOM),
    "Sell with a to": unused("to", move(Kind.SELL), to=RANDOM),
    "Sell with a target": unused("target", move(Kind.SELL), target=RANDOM),
    "Dispose with a holder": unused("holder", move(Kind.DISPOSE), holder=RANDOM),
    "Dispose with a to": unused("to", move(Kind.DISPOSE), to=RANDOM),
    "Observe with a target": unused("target", observe_batch, target=RANDOM),
    "Observe of a batch with an owner": unused("owner", observe_batch, owner=RANDOM),
    "Reject with a holder": unused("holder", move(Kind.REJECT), holder=RANDOM),
    "Reject with a to": unused("to", move(Kind.REJECT), to=RANDOM),
    "Withdraw with a holder": unused("holder", move(Kind.WITHDRAW), holder=RANDOM),
    "Withdraw with a to": unused("to", move(Kind.WITHDRAW), to=RANDOM),
    "Return with a holder": unused("holder", move(Kind.RETURN), holder=RANDOM),
    "Return with a to": unused("to", move(Kind.RETURN), to=RANDOM),
    "Return with a target": unused("target", move(Kind.RETURN), target=RANDOM),
    "AdjustUp with a to": unused("to", move(Kind.ADJUST_UP), to=RANDOM),
    "AdjustDown with a holder": unused("holder", move(Kind.ADJUST_DOWN), holder=RANDOM),
    "AdjustDown with a to": unused("to", move(Kind.ADJUST_DOWN), to=RANDOM),
    "Recall with an owner": unused("owner", recall(Kind.RECALL), owner=RANDOM),
    "Recall with a place": unused("place", recall(Kind.RECALL), place=b"urn:a:b"),
    "Lift with an owner": unused("owner", recall(Kind.LIFT), owner=RANDOM),
    "Lift with a place": unused("place", recall(Kind.LIFT), place=b"urn:a:b"),
    "Correct of a batch with an owner": unused("owner", recall(Kind.CORRECT), owner=RANDOM),
    "Void with batches": unused("batches", lambda w: w.coop.note(Kind.VOID), batches=(RANDOM,)),
    "Void with an owner": unused("owner", lambda w: w.coop.note(Kind.VOID), owner=RANDOM),
    "Void with a place": unused("place", lambda w: w.coop.note(Kind.VOID), place=b"urn:a:b"),
    # Make
    "nothing made": Case("QuantityZero", lambda w: commission(w, quantity=0)),
    "too much to count": Case("QuantityOverflow", lambda w: commission(w, lot=b"C1", quantity=2**96 - 1)),
    "no lot": Case("LotLength", lambda w: commission(w, lot=b""), {"length": 0}),
    "a lot too long": Case("LotLength", lambda w: commission(w, lot=b"L" * 65), {"length": 65}),
    "unknown product": Case("UnknownProduct", lambda w: w.coop.make(Kind.COMMISSION, outputs=(Output(RANDOM, b"L", 1, 0),))),
    "not a maker": Case("NotMaker", lambda w: commission(w, "theirs")),
    "outside stock into a batch": Case("OutsideStockNotNew", lambda w: commission(w, lot=b"C1", provenance=1)),
    "made into outside stock": Case("OutsideStockNotNew", lambda w: commission(w, lot=b"BOUGHT")),
    "a batch already closed": Case("BatchClosed", lambda w: commission(w, lot=b"CLOSED"), {"openUntil": 0}),
    "open for too long": Case("OpenTooLong", lambda w: commission(w, until=soon(400))),
    "unknown provenance": Case("UnknownProvenance", lambda w: commission(w, provenance=3), {"provenance": 3}),
    "role missing to produce": Case("RoleMissing", lambda w: commission(w, by=w.shop), {"needed": 1}, "shop"),
    "role missing to process": Case("RoleMissing", lambda w: transform(w, by=w.shop), {"needed": 7}, "shop"),
    "role missing to pack": Case("RoleMissing", lambda w: pack(w, 1, by=w.rival), {"needed": 4}, "rival"),
    "a Commission of nothing": Case("OutputCount", lambda w: w.coop.make(Kind.COMMISSION), {"count": 0, "limit": 1}),
    "five outputs": Case(
        "OutputCount", lambda w: transform(w, *[("salted", b"S1", 1)] * 5), {"count": 5, "limit": 4}
    ),
    "two packs in one": Case(
        "OutputCount",
        lambda w: w.coop.make(Kind.PACK, (Input(w.salted, 1),), (w.out("jar", b"A", 1), w.out("jar", b"B", 1))),
        {"count": 2, "limit": 1},
    ),
    "made out of nothing": Case(
        "InputCount", lambda w: transform(w, ("salted", b"S1", 1), inputs=()), {"count": 0, "limit": 16}
    ),
    "seventeen inputs": Case(
        "InputCount", lambda w: transform(w, ("salted", b"S1", 1), inputs=lots(w, 17)), {"count": 17, "limit": 16}
    ),
    "an input twice": Case(
        "InputsNotAscending", lambda w: transform(w, ("salted", b"S1", 1), inputs=(Input(w.crab, 1), Input(w.crab, 1)))
    ),
    "none of an input": Case("QuantityZero", lambda w: transform(w, ("salted", b"S1", 1), inputs=(Input(w.crab, 0),))),
    "an unknown input": Case("UnknownBatch", lambda w: transform(w, ("salted", b"S1", 1), inputs=(Input(RANDOM, 1),))),
    "more than held goes in": Case(
        "MoreThanHeld", lambda w: transform(w, ("salted", b"S1", 1), inputs=(Input(w.crab, 8_001),)),
        {"wanted": 8_001, "held": 8_000},
    ),
    "one product twice": Case("OutputsRepeatProduct", lambda w: transform(w, ("salted", b"S1", 1), ("salted", b"S2", 1))),
    "a batch out of itself": Case("OutputIsInput", lambda w: transform(w, ("crab", b"C1", 1))),
    "no pieces": Case("NotPieces", lambda w: pack(w, 1, "salted")),
    "a first index that is not the count": Case(
        "FirstIndexWrong", lambda w: pack(w, 1, lot=b"J1", first_index=1), {"given": 1, "expected": 2}
    ),
    "more items than a batch may have": Case(
        "TooManyItems", lambda w: pack(w, 2**20, lot=b"J1", first_index=2), {"count": 2**20 + 2, "limit": 2**20}
    ),
    "undeclared conversion": Case("ConversionNotDeclared", lambda w: pack(w, 1, inputs=(Input(w.crab, 1_000),))),
    "a conversion backwards": Case(
        "ConversionNotDeclared", lambda w: transform(w, ("crab", b"BACK", 1), inputs=(Input(w.salted, 1),))
    ),
    "output above yield": Case(
        "AboveYield", lambda w: transform(w, ("salted", b"S1", 1_151)), {"wanted": 1_151, "limit": 1_150}
    ),
    "the same product, grown": Case(
        "AboveYield", lambda w: transform(w, ("crab", b"MORE", 1_001)), {"wanted": 1_001, "limit": 1_000}
    ),
    "a jar too many": Case("AboveYield", lambda w: pack(w, 3), {"wanted": 3, "limit": 2}),
    "units mixed": Case("MixedUnits", lambda w: transform(w, ("salted", b"S1", 1), ("brine", b"B1", 1))),
    "outputs above inputs together": Case(
        "AboveInputs", lambda w: transform(w, ("salted", b"S1", 1_150), ("shell", b"H1", 1)), {"wanted": 1_151, "limit": 1_150}
    ),
    # Move
    "nothing moved": Case("QuantityZero", move(Kind.SELL, 0)),
    "unknown batch": Case("UnknownBatch", lambda w: w.coop.move(Kind.SELL, RANDOM, 1)),
    "shipped to nobody known": Case("UnknownParty", move(Kind.SHIP, to=RANDOM)),
    "shipped to oneself": Case("ShipToSelf", lambda w: w.coop.move(Kind.SHIP, w.crab, 1, to=w.coop.party)),
    "more than held is shipped": Case(
        "MoreThanHeld", lambda w: w.coop.move(Kind.SHIP, w.crab, 8_001, to=w.rival.party), {"wanted": 8_001, "held": 8_000}
    ),
    "more than held is sold": Case("MoreThanHeld", move(Kind.SELL, 8_001), {"wanted": 8_001, "held": 8_000}),
    "more than held is disposed of": Case("MoreThanHeld", move(Kind.DISPOSE, 8_001), {"wanted": 8_001, "held": 8_000}),
    "sold by who holds none": Case("MoreThanHeld", lambda w: w.shop.move(Kind.SELL, w.crab, 1), {"held": 0}, "shop"),
    "received of no shipment": Case("UnknownShipment", move(Kind.RECEIVE, target=RANDOM)),
    "received of another batch": Case(
        "UnknownShipment", lambda w: w.rival.move(Kind.RECEIVE, w.salted, 1, target=w.shipment), who="rival"
    ),
    "received by another party": Case(
        "NotNamedParty", lambda w: w.shop.move(Kind.RECEIVE, w.crab, 1, target=w.shipment), who="shop"
    ),
    "received by the sender": Case("NotNamedParty", lambda w: w.coop.move(Kind.RECEIVE, w.crab, 1, target=w.shipment)),
    "lost on the way, says a third": Case(
        "NotNamedParty", lambda w: w.shop.move(Kind.DISPOSE, w.crab, 1, target=w.shipment), who="shop"
    ),
    "more than open is received": Case(
        "MoreThanOpen", lambda w: w.rival.move(Kind.RECEIVE, w.crab, 2_001, target=w.shipment),
        {"wanted": 2_001, "open": 2_000}, "rival",
    ),
    "more than open is lost": Case(
        "MoreThanOpen", lambda w: w.coop.move(Kind.DISPOSE, w.crab, 2_001, target=w.shipment), {"open": 2_000}
    ),
    "shipped for another, by no inspector": Case(
        "RoleMissing", inspected(who="coop", holder="idle", to="rival"), {"needed": 32}
    ),
    "brought back from nobody known": Case(
        "UnknownParty", lambda w: w.inspector.move(Kind.SHIP, w.closed, 1, holder=RANDOM, to=w.coop.party), who="inspector"
    ),
    "brought back from an active holder": Case("HolderNotSuspended", inspected(holder="coop", to="rival"), who="inspector"),
    "brought elsewhere than back": Case("NotAWayBack", inspected(holder="idle", to="shop"), who="inspector"),
    "brought to a brand owner that is not the product's": Case(
        "NotAWayBack", inspected(batch="theirs", holder="idle", to="coop"), who="inspector"
    ),
    "brought back to where it is": Case(
        "ShipToSelf", inspected(batch="theirs", holder="idle", to="idle"), who="inspector"
    ),
    "more brought back than held": Case(
        "MoreThanHeld", inspected(601, holder="idle", to="coop"), {"wanted": 601, "held": 600}, "inspector"
    ),
    "rejected of no shipment": Case("UnknownShipment", move(Kind.REJECT, target=RANDOM)),
    "rejected by the sender": Case("NotNamedParty", lambda w: w.coop.move(Kind.REJECT, w.crab, 1, target=w.shipment)),
    "more than open is rejected": Case(
        "MoreThanOpen", lambda w: w.rival.move(Kind.REJECT, w.crab, 2_001, target=w.shipment), {"open": 2_000}, "rival"
    ),
    "withdrawn from no shipment": Case("UnknownShipment", move(Kind.WITHDRAW)),
    "withdrawn by the receiver": Case(
        "NotNamedParty", lambda w: w.rival.move(Kind.WITHDRAW, w.crab, 1, target=w.shipment), who="rival"
    ),
    "more than open is withdrawn": Case(
        "MoreThanOpen", lambda w: w.coop.move(Kind.WITHDRAW, w.crab, 2_001, target=w.shipment), {"open": 2_000}
    ),
    "more comes back than was sold": Case(
        "MoreThanSold", lambda w: w.coop.move(Kind.RETURN, w.closed, 101), {"wanted": 101, "sold": 100}
    ),
    "returned to who sold none": Case(
        "MoreThanSold", lambda w: w.shop.move(Kind.RETURN, w.closed, 1), {"wanted": 1, "sold": 0}, "shop"
    ),
    "recalled goods sold": Case("BatchRecalled", lambda w: w.coop.move(Kind.SELL, w.recalled, 1)),
    "recalled goods used": Case(
        "BatchRecalled", lambda w: transform(w, ("salted", b"S1", 1), inputs=(Input(w.recalled, 1),))
    ),
    "recalled goods shipped on": Case("BatchRecalled", lambda w: w.coop.move(Kind.SHIP, w.recalled, 1, to=w.shop.party)),
    "recalled goods adjusted down": Case("BatchRecalled", adjust(Kind.ADJUST_DOWN, "recalled")),
    "recalled goods adjusted up": Case("BatchRecalled", adjust(Kind.ADJUST_UP, "recalled")),
    "made into a recalled batch": Case("BatchClosed", lambda w: commission(w, lot=b"RECALLED"), {"openUntil": 0}),
    "adjusted down for nothing named": Case("TargetMissing", move(Kind.ADJUST_DOWN)),
    "adjusted up for nothing named": Case("TargetMissing", move(Kind.ADJUST_UP)),
    "adjusted down by more than held": Case("MoreThanHeld", adjust(Kind.ADJUST_DOWN, quantity=8_001), {"held": 8_000}),
    "adjusted up by another than the origin": Case("NotOrigin", adjust(Kind.ADJUST_UP, who="rival"), who="rival"),
    "adjusted up once it moved": Case("AlreadyMoved", adjust(Kind.ADJUST_UP)),
    "adjusted up, but made of other goods": Case(
        "AlreadyMoved", lambda w: w.coop.move(Kind.ADJUST_UP, w.batch("salted", b"UNMOVED"), 1, target=RANDOM)
    ),
    "adjusted up once it is closed": Case(
        "BatchClosed", lambda w: w.coop.move(Kind.ADJUST_UP, w.batch("crab", b"BOUGHT"), 1, target=RANDOM), {"openUntil": 0}
    ),
    "adjusted up for another, by no inspector": Case(
        "RoleMissing", adjust(Kind.ADJUST_UP, holder=RANDOM), {"needed": 32}
    ),
    "adjusted up for nobody known": Case(
        "UnknownParty", adjust(Kind.ADJUST_UP, who="inspector", holder=RANDOM), who="inspector"
    ),
    "adjusted up, but packed": Case(
        "AdjustPacked",
        lambda w: w.inspector.move(Kind.ADJUST_UP, w.batch("jar", b"J1"), 1, target=RANDOM, holder=w.coop.party),
        who="inspector",
    ),
    "adjusted up for who never held it": Case(
        "NotHolder", lambda w: w.inspector.move(Kind.ADJUST_UP, w.crab, 1, target=RANDOM, holder=w.shop.party), who="inspector"
    ),
    "adjusted up beyond what can be counted": Case(
        "QuantityOverflow",
        lambda w: w.inspector.move(Kind.ADJUST_UP, w.crab, 2**96 - 1, target=RANDOM, holder=w.coop.party),
        who="inspector",
    ),
    # Note
    "no subject": Case("SubjectCount", lambda w: w.coop.note(Kind.OBSERVE), {"count": 0}),
    "two batches": Case("SubjectCount", lambda w: w.coop.note(Kind.OBSERVE, (w.crab, w.salted)), {"count": 2}),
    "a batch and a place": Case("SubjectCount", lambda w: replace(see(w), batches=(w.crab,)), {"count": 2}),
    "an unknown batch seen": Case("UnknownBatch", lambda w: w.coop.note(Kind.OBSERVE, (RANDOM,))),
    "seen by who never held it": Case("NotHolder", lambda w: w.shop.note(Kind.OBSERVE, (w.crab,)), who="shop"),
    "a place too long": Case("PlaceLength", lambda w: w.coop.seen("p" * 236), {"length": 257}),
    "a place of nobody known": Case("UnknownParty", lambda w: w.coop.seen("pond", owner=RANDOM)),
    "a place of another": Case("NotPlaceOwner", lambda w: w.coop.seen("pond", owner=w.rival.party)),
    "nothing corrected": Case("TargetMissing", recall(Kind.CORRECT)),
    "corrected without a subject": Case("SubjectCount", lambda w: w.coop.note(Kind.CORRECT, target=RANDOM), {"count": 0}),
    "corrected by who never held it": Case("NotHolder", recall(Kind.CORRECT, who="shop", target=RANDOM), who="shop"),
    "a correction of an unknown batch": Case("UnknownBatch", recall(Kind.CORRECT, RANDOM, target=RANDOM)),
    "a correction of a place of another": Case(
        "NotPlaceOwner", lambda w: replace(w.coop.seen("pond", owner=w.rival.party), kind=Kind.CORRECT, target=RANDOM)
    ),
    "nothing recalled": Case("SubjectCount", lambda w: w.coop.note(Kind.RECALL), {"count": 0}),
    "201 batches recalled": Case("SubjectCount", recall(Kind.RECALL, *many(201)), {"count": 201}),
    "a batch recalled twice at once": Case("BatchesNotAscending", lambda w: w.coop.note(Kind.RECALL, (w.crab, w.crab))),
    "an unknown batch recalled": Case("UnknownBatch", recall(Kind.RECALL, RANDOM)),
    "recalled by who may not": Case("NotEntitled", recall(Kind.RECALL, who="rival"), who="rival"),
    "nothing lifted": Case("SubjectCount", lambda w: w.coop.note(Kind.LIFT, target=w.recall), {"count": 0}),
    "201 batches lifted": Case("SubjectCount", recall(Kind.LIFT, *many(201)), {"count": 201}),
    "lifted without the recall": Case("TargetMissing", lambda w: w.coop.note(Kind.LIFT, (w.recalled,))),
    "a batch lifted twice at once": Case(
        "BatchesNotAscending", lambda w: w.coop.note(Kind.LIFT, (w.recalled, w.recalled), target=w.recall)
    ),
    "an unknown batch lifted": Case("UnknownBatch", recall(Kind.LIFT, RANDOM)),
    "lifted by who may not": Case("NotEntitled", recall(Kind.LIFT, who="rival"), who="rival"),
    "lifted what was never recalled": Case("NotRecalled", recall(Kind.LIFT)),
    "lifted in a capacity in which it was not recalled": Case(
        "NotRecalled", lambda w: w.inspector.note(Kind.LIFT, (w.recalled,), target=w.recall), who="inspector"
    ),
    "another's nonce voided": Case(
        "VoidForeignSigner", lambda w: w.coop.note(Kind.VOID, target=w.rival.address + bytes(12))
    ),
    "nobody's nonce voided": Case("VoidForeignSigner", lambda w: w.coop.note(Kind.VOID, target=RANDOM)),
    "a used nonce voided": Case(
        "NonceUsed",
        lambda w: w.coop.note(Kind.VOID, target=w.coop.address + (w.used.event.nonce if w.used else 0).to_bytes(12, "big")),
    ),
    "its own nonce voided": Case(
        "NonceUsed", lambda w: w.coop.note(Kind.VOID, nonce=7, target=w.coop.address + (7).to_bytes(12, "big"))
    ),
}  # fmt: skip
NOT_OVER_HTTP = {"UnknownShape"}  # found only in a call that no gateway makes


@dataclass(frozen=True)
class Judged:
    signed: SignedEvent
    skipped: Skipped


@pytest.fixture(scope="module")
def judged(world: World) -> dict[str, Judged]:
    """What the contract says of every case, sent to it in one submission by a stranger."""
    signed = {name: case.signed(world) for name, case in CASES.items()}
    said = world.chain.relay(*signed.values())
    recorded = {each.id for each in said if isinstance(each, SignedEvent)}
    assert [name for name, each in signed.items() if each.id in recorded] == []
    skipped = [each for each in said if isinstance(each, Skipped)]
    assert [each.index for each in skipped] == list(range(len(CASES)))
    return {name: Judged(one, log) for (name, one), log in zip(signed.items(), skipped, strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_gateway_and_contract_refuse_it_by_the_same_law(name: str, world: World, judged: dict[str, Judged]) -> None:
    case, signed, skipped = CASES[name], judged[name].signed, judged[name].skipped
    kept = world.outbox()
    # An unregistered signer has no party of its own: another one hands it in.
    party = world.shop.uri if case.who == "nobody" else getattr(world, case.who).uri
    answer = world.gateway.operator.post("/v1/events", json=posted(signed, party))

    problem = answer.json()
    assert (answer.status_code, problem["law"]) == (422, case.law), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == 422 and problem["type"] == f"/v1/laws/{case.law}"
    assert problem["title"] == LAWS[case.law].title == world.gateway.operator.get(problem["type"]).json()["title"]
    assert problem["detail"] and "{" not in problem["detail"] and "?" not in problem["detail"]
    assert ("expected" in problem) == (LAWS[case.law].expected is not None)
    assert ("found" in problem) == (LAWS[case.law].found is not None)
    assert case.numbers.items() <= problem["numbers"].items()

    law, numbers = named(skipped)
    assert law == case.law and skipped.id == signed.id
    assert {k: v for k, v in numbers.items() if k not in CLOCKS} == {
        k: v for k, v in problem["numbers"].items() if k not in CLOCKS
    }
    assert numbers.keys() == problem["numbers"].keys()

    assert world.outbox() == kept
    assert world.gateway.operator.get(f"/v1/events/0x{signed.id.hex()}").status_code == 404
    if case.law != "NonceUsed":
        assert not world.chain.nonce_used(signed.event.signer, signed.event.nonce)


def test_the_numbers_are_said_in_the_units_of_the_goods(world: World, judged: dict[str, Judged]) -> None:
    answer = world.gateway.operator.post(
        "/v1/events", json=posted(judged["more than held is sold"].signed, world.coop.uri)
    )
    problem = answer.json()
    assert problem["detail"] == "wanted 8.001 kg, held 8 kg: 1 g out of nothing"
    assert (problem["expected"], problem["found"]) == ("at most 8 kg", "8.001 kg")


def party(**more: Any) -> Json:
    return {"parties": [{"uri": "urn:nguon:test:refused", "key": False} | more]}


def product(w: World, **more: Any) -> Json:
    return {"products": [{"uri": "urn:nguon:test:refused", "unit": "g", "brand_owner": w.coop.uri} | more]}


def rate(source: str, output: str) -> Json:
    return {"yields": [{"input": source, "output": output, "per_million": 1}]}


REGISTRY_CASES: dict[str, tuple[str, Callable[[World], Json], int]] = {
    "AlreadyRegistered": ("/v1/parties", lambda w: {"parties": party()["parties"] * 2}, 409),
    "ProfileTooLong": ("/v1/parties", lambda w: party(profile={"name": "x" * 8_192}), 422),
    "SignerTaken": ("/v1/parties", lambda w: party(signers=[w.coop.entry]), 422),
    "ZeroSigner": ("/v1/parties", lambda w: party(signers=[{"address": "0x" + "00" * 20}]), 422),
    "UnknownParty": ("/v1/products", lambda w: product(w, brand_owner=w.nobody.uri), 422),
    "UnknownProduct": ("/v1/yields", lambda w: rate(w.uris["crab"], "urn:nguon:test:refused"), 422),
    "StageNotRising": ("/v1/yields", lambda w: rate(w.uris["salted"], w.uris["crab"]), 422),
}


@pytest.mark.parametrize("law", REGISTRY_CASES)
def test_a_registry_refuses_by_its_law_and_changes_nothing(world: World, law: str) -> None:
    path, body, status = REGISTRY_CASES[law]
    ask = world.gateway.operator
    heads = [world.chain.registry_head(name) for name in ("PartyRegistry", "ProductRegistry")]
    answer = ask.post(path, json=body(world))
    problem = answer.json()
    assert (answer.status_code, problem["law"], problem["type"]) == (status, law, f"/v1/laws/{law}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["title"] == LAWS[law].title and problem["detail"] and "{" not in problem["detail"]
    assert [world.chain.registry_head(name) for name in ("PartyRegistry", "ProductRegistry")] == heads
    for room in ("parties", "products"):
        assert ask.get(f"/v1/{room}/urn%3Anguon%3Atest%3Arefused").status_code == 404


def test_nothing_was_recorded_and_the_nonce_serves_a_better_event(world: World, judged: dict[str, Judged]) -> None:
    recorded = world.chain.count()
    refused = judged["more than held is sold"].signed
    better = world.coop.sign(replace(refused.event, quantity=8_000))  # type: ignore[arg-type]
    answer = world.gateway.operator.post("/v1/events", json=posted(better, world.coop.uri), params={"wait": "final"})
    assert answer.status_code == 200, answer.text
    assert world.chain.count() == recorded + 1
    again = world.gateway.operator.post("/v1/events", json=posted(refused, world.coop.uri)).json()
    assert again["law"] == "NonceUsed"
    (log,) = world.chain.relay(refused)
    assert isinstance(log, Skipped) and named(log)[0] == "NonceUsed"


def test_every_law_of_events_has_a_case() -> None:
    """A law that is added to the page and to no case here is found by this."""
    page = (ROOT / "docs" / "spec" / "law.md").read_text().partition("## Registries")[0]
    laws = {name for name in re.findall(r"`([A-Z][a-zA-Z]+)[(`]", page) if name in LAWS}
    assert {case.law for case in CASES.values()} == laws - NOT_OVER_HTTP
