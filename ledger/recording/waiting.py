"""What people enter waits ten minutes before it is signed: a slip of the finger is taken back and nobody ever sees it.

A draft is signed when its time has come, when its party says so, or when another party goes on with it (receives what was
shipped). It was lawful, with all that waits before it, when it was kept; should it not be any more when it is signed, it
stays, with the law, until somebody takes it away.

| the process dies | what is true |
|---|---|
| before a draft commits | it was not acknowledged, and is not there |
| after it | it waits; whoever leads signs it |
| between its events and its end | it is signed again, under the same idempotency keys: they answer the same events |
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.recording.draft_json import dump, load
from ledger.recording.drafts import Draft, MoveDraft
from ledger.recording.keyring import CAPTURE_MARGIN, present
from ledger.recording.pending import Pending
from ledger.recording.recorder import Recorded, Recorder, RecordRequest
from ledger.recording.trial import Trial
from ledger.store import drafts as rows
from ledger.store.database import Store
from ledger.store.drafts import DraftRow

GRACE: Final = 600
"""Seconds."""


class Waiting:
    """Drafts of all parties of this gateway."""

    def __init__(self, store: Store, domain: Domain, recorder: Recorder, clock: Callable[[], float]) -> None:
        self._store = store
        self._domain = domain
        self._recorder = recorder
        self._clock = clock

    def keep(self, party: bytes, person: str, id: str, drafts: Sequence[Draft], grace: int = GRACE) -> DraftRow:
        """On disk when this returns. The same `id` again changes nothing and answers the same. Raises Refusal."""
        with self._store.write() as db:
            known = rows.find(db, id)
            if known is not None:
                return known
            now = present(db, self._clock)
            trial = self._trial(db, now, party, grace + CAPTURE_MARGIN)
            for draft in drafts:
                trial.add(party, draft)
            row = DraftRow(id, party, person, dump(drafts), now, now + grace, None, None)
            rows.add(db, row, f"person/{person}")
            return row

    def ask(self, asker: bytes, person: str, party: bytes, id: str, draft: MoveDraft) -> DraftRow:
        """What another party is asked to sign: a weigh slip, which its sender ships by. Raises Refusal if it could not."""
        with self._store.write() as db:
            known = rows.find(db, id)
            if known is not None:
                return known
            now = present(db, self._clock)
            self._trial(db, now, party).add(party, draft)
            row = DraftRow(id, party, person, dump([draft]), now, None, asker, None)
            rows.add(db, row, f"person/{person}")
            return row

    def agree(self, party: bytes, person: str, id: str) -> list[bytes]:
        """Signs what another party asked for. Raises `DraftGone`, or the law it breaks by now."""
        with self._store.write() as db:
            row = self._mine(db, party, id)
            rows.confirm(db, row.id, person, present(db, self._clock), f"person/{person}")
        return self.sign(party, id)

    def take_back(self, party: bytes, person: str, id: str) -> None:
        """As if it had never been entered. Raises `DraftGone` when it is signed already, `DraftBuiltOn` when a later one would
        not be lawful without it."""
        with self._store.write() as db:
            row = self._mine(db, party, id)
            if row.law is None and _signed_just_now(db, row):
                raise Refusal("DraftGone")
            if row.law is None and row.sign_at is not None:
                now = present(db, self._clock)
                others = [each for each in _live(db, party) if each.id != id]
                trial = Trial(db, Pending().look(db, now), self._domain, now)
                if trial.first_refused(party, [(each.id, load(each.told)) for each in others]):
                    raise Refusal("DraftBuiltOn")
            rows.remove(db, id, f"person/{person}", "draft taken back")

    def sign(self, party: bytes, id: str) -> list[bytes]:
        """Now, and all that the party entered before it; nothing that is only asked for. Answers the ids of its events. Raises
        `DraftGone`, or the law that it breaks."""
        waiting = _live(self._store.read(), party)
        if id not in [each.id for each in waiting]:
            raise Refusal("DraftGone")
        for row in waiting:
            ids, refusal = self._sign(row)
            if row.id == id:
                if refusal is not None:
                    raise refusal
                return ids
        raise AssertionError("it is among them")

    def step(self) -> int:
        """Signs what is due; for the leader. Answers how many."""
        due = rows.due(self._store.read(), int(self._clock()))
        for row in due:
            self._sign(row)
        return len(due)

    def of(self, party: bytes) -> list[tuple[DraftRow, tuple[Draft, ...]]]:
        """What a party entered or is asked for and is not signed, oldest first."""
        return [(row, load(row.told)) for row in rows.of(self._store.read(), party)]

    def announced(self, party: bytes) -> list[tuple[DraftRow, int, MoveDraft]]:
        """What others entered as shipped to this party and have not signed yet, each with its place in what was entered."""
        uri = self._uri(party)
        found = rows.naming(self._store.read(), uri, party) if uri else []
        return [
            (row, number, draft)
            for row in found
            for number, draft in enumerate(load(row.told))
            if isinstance(draft, MoveDraft) and draft.kind is Kind.SHIP and draft.to == uri
        ]

    def answers(self, shipment: bytes, sender: bytes) -> list[MoveDraft]:
        """What the other side entered about a shipment and has not signed yet."""
        return [
            draft
            for row in rows.naming(self._store.read(), shipment.hex(), sender)
            for draft in load(row.told)
            if isinstance(draft, MoveDraft) and draft.shipment == shipment
        ]

    def look(self, party: bytes) -> Trial:
        """How things stand for a party just now, with all that it has entered; for this thread, and to be shown."""
        db = self._store.read()
        return self._trial(db, present(db, self._clock), party)

    def _trial(self, db: sqlite3.Connection, now: int, party: bytes, ahead: int = CAPTURE_MARGIN) -> Trial:
        trial = Trial(db, Pending().look(db, now), self._domain, now, ahead)
        for row in _live(db, party):
            trial.first_refused(party, [(row.id, load(row.told))])
        return trial

    def _sign(self, row: DraftRow) -> tuple[list[bytes], Refusal | None]:
        digest = sha256(row.told.encode()).digest()
        asked = [RecordRequest(draft, _key(row, number), digest, row.id) for number, draft in enumerate(load(row.told))]
        outcomes = self._recorder.record(row.party, asked)
        refusal = next((each for each in outcomes if isinstance(each, Refusal)), None)
        with self._store.write() as db:
            if rows.find(db, row.id) is not None:
                if refusal is None:
                    rows.remove(db, row.id, f"person/{row.person}", "draft signed")
                else:
                    rows.refuse(db, row.id, refusal.law)
        return [each.id for each in outcomes if isinstance(each, Recorded)], refusal

    def _mine(self, db: sqlite3.Connection, party: bytes, id: str) -> DraftRow:
        row = rows.find(db, id)
        if row is None or row.party != party:
            raise Refusal("DraftGone")
        return row

    def _uri(self, party: bytes) -> str | None:
        row = self._store.read().execute("SELECT uri FROM parties WHERE id = ?", (party,)).fetchone()
        return str(row["uri"]) if row else None


def _key(row: DraftRow, number: int) -> str:
    return f"draft/{row.id}/{number}"


def _signed_just_now(db: sqlite3.Connection, row: DraftRow) -> bool:
    """Its events are kept, and its own end is still to come."""
    sql = "SELECT 1 FROM idempotency WHERE party = ? AND key = ?"
    return db.execute(sql, (row.party, _key(row, 0))).fetchone() is not None


def _live(db: sqlite3.Connection, party: bytes) -> list[DraftRow]:
    """That will be signed unless somebody takes them back."""
    return [row for row in rows.of(db, party) if row.law is None and row.sign_at is not None]
