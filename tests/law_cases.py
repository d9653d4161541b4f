"""Cases of the laws of docs/spec/law.md for every event and of Make: one event each, and the law that refuses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ledger.events.model import Event, Input, Kind, Output, SignedEvent
from tests.law_world import (
    Signing,
    World,
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
from tests.stranger import MOMENT, Hand, soon

RANDOM = bytes(range(32))
Build = Callable[[World], Event]


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


EVERY_AND_MAKE = {
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
}  # fmt: skip
