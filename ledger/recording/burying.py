"""What was acknowledged and can never be recorded is said so: `dead`, with its law, and only when it can never rise again.

An event dies in two ways. Its signer's interval ended for good: no block will ever take it. Or its nonce was burned by a Void
that is final, which this gateway signs when it keeps the event's key and the chain has refused the event often enough.
One that was signed elsewhere waits as `stuck`, and is still tried, until its own signer voids it.

| the process dies | what is true |
|---|---|
| before the Void commits | the event waits; the next step does the same, under the same idempotency key |
| after it | the Void goes the way of every event; when it is final the next step says `dead` |
"""

from __future__ import annotations

import logging
import sqlite3

from ledger.events.model import FOREVER
from ledger.recording.drafts import VoidDraft
from ledger.recording.recorder import Recorded, Recorder, RecordRequest
from ledger.store import outbox
from ledger.store.database import Fence, Store

log = logging.getLogger(__name__)

OFTEN = 6
"""Refusals by the chain after which an event is given up: with the pauses between them about a minute."""

TIME_WILL_TELL = {"OccurredInFuture", "SignerNotValid"}
"""Refused because its time has not come on the chain: whoever acknowledged it had a clock that was ahead. It waits and is kept;
a signer whose time is over is another matter, and `_death`'s."""


class Undertaker:
    def __init__(self, store: Store, recorder: Recorder, fence: Fence, often: int = OFTEN) -> None:
        self._store = store
        self._recorder = recorder
        self._fence = fence
        self._often = often

    def step(self) -> int:
        """Looks at every event that the chain refused. Answers how many died or were voided."""
        if not outbox.refused(self._store.read()):
            return 0
        to_void = []
        buried = 0
        with self._store.write() as db:
            self._fence(db)
            for row in outbox.refused(db):
                law = _death(db, row)
                if law is not None:
                    outbox.bury(db, row.id, law)
                    log.error("event 0x%s is dead: %s", row.id.hex(), law)
                    buried += 1
                elif row.attempts >= self._often and row.law not in TIME_WILL_TELL:
                    if _signed_here(db, row):
                        to_void.append(row)
                    else:
                        outbox.stick(db, row.id)
        return buried + sum(self._void(row) for row in to_void)

    def _void(self, row: outbox.OutboxRow) -> int:
        event = row.signed.event
        draft = VoidDraft(occurred_at=event.occurred_at, signer=event.signer, nonce=event.nonce)
        # No client can send such a key: a header has no NUL.
        key = f"\0void/{row.id.hex()}"
        (outcome,) = self._recorder.record(row.party, [RecordRequest(draft, key)])
        if not isinstance(outcome, Recorded):
            with self._store.write() as db:
                self._fence(db)
                outbox.stick(db, row.id)
            return 0
        return 0 if outcome.already else 1


def _death(db: sqlite3.Connection, row: outbox.OutboxRow) -> str | None:
    """By which law it can never be recorded, as far as the chain was followed; None while it still may."""
    event = row.signed.event
    if db.execute("SELECT 1 FROM events WHERE id = ?", (row.id,)).fetchone():
        return None
    if db.execute("SELECT 1 FROM nonces WHERE signer = ? AND nonce = ?", (event.signer, str(event.nonce))).fetchone():
        return row.law or "NonceUsed"
    signer = db.execute("SELECT valid_to FROM signers WHERE address = ?", (event.signer,)).fetchone()
    (now,) = db.execute("SELECT time FROM cursor").fetchone()
    if signer and int(signer["valid_to"]) != FOREVER and int(signer["valid_to"]) <= now:
        return "SignerNotValid"
    return None


def _signed_here(db: sqlite3.Connection, row: outbox.OutboxRow) -> bool:
    return db.execute("SELECT 1 FROM keys WHERE address = ?", (row.signed.event.signer,)).fetchone() is not None
