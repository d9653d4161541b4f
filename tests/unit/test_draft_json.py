"""Promise: what waits to be signed is signed as it was entered, and what was private in it cannot be guessed from what stays."""

from __future__ import annotations

from ledger.events.model import Kind, Provenance
from ledger.recording import BatchName, Draft, MakeDraft, MoveDraft, NoteDraft, OutputDraft, RecallDraft
from ledger.recording.draft_json import dump, load

THEN = 1_700_000_000
CRAB = BatchName(product="urn:nguon:product:crab", lot="N1")
DRAFTS: tuple[Draft, ...] = (
    MakeDraft(
        kind=Kind.COMMISSION, occurred_at=THEN, outputs=(OutputDraft("urn:nguon:product:crab", "N1", 19_500, THEN),),
        provenance=Provenance.BOUGHT_OUTSIDE, content={"bizStep": "commissioning", "nguon:entered": [{"value": "19,5"}]},
        private={"bought_from": {"kind": "trader", "name": "Ông Sáu"}, "price_vnd": "1500000"},
        private_tables={"households": [{"household": "Tư Đen", "quantity": 12_500}]},
    ),
    MakeDraft(
        kind=Kind.PACK, occurred_at=THEN, inputs=((BatchName(id=bytes(range(32))), 7), (CRAB, 8)),
        outputs=(OutputDraft("urn:nguon:product:jar", "H", 5),), items_root=b"r" * 32,
    ),
    MoveDraft(kind=Kind.SHIP, quantity=5, batch=CRAB, to="urn:nguon:party:x", occurred_at=THEN),
    MoveDraft(kind=Kind.RECEIVE, quantity=5, shipment=b"s" * 32, occurred_at=THEN),
    NoteDraft(occurred_at=THEN, batch=CRAB, kind=Kind.CORRECT, target=b"t" * 32),
    RecallDraft(kind=Kind.LIFT, batches=(CRAB,), recall=b"c" * 32, occurred_at=THEN),
)  # fmt: skip


def test_what_is_read_is_what_was_written() -> None:
    assert load(dump(DRAFTS)) == DRAFTS


def test_the_same_said_twice_is_written_differently_each_time() -> None:
    """The audit log and the idempotency row keep digests of it for good: without the salt a price would be tried out."""
    assert len({dump(DRAFTS[:1]) for _ in range(20)}) == 20
