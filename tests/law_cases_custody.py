"""Cases of the laws of docs/spec/law.md, Move and Note: one event each, and the law that refuses it."""

from __future__ import annotations

from dataclasses import replace

from ledger.events.model import Input, Kind
from tests.law_cases import RANDOM, Case, adjust, inspected, many, move, recall, see
from tests.law_world import commission, transform

MOVE_AND_NOTE = {
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
