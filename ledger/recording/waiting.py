"""What people enter waits ten minutes before it is signed: a slip of the finger is taken back and nobody ever sees it.

A draft is signed when its time has come, when its party says so, or when another party goes on with it (receives what was
shipped). It was lawful, with all that waits before it, when it was kept; should it not be any more when it is signed, it
stays, with the law, until somebody takes it away.

| the process dies | what is true |
|---|---|
| before a draft commits | it was not acknowledged, and is not there |
| after it | it waits; whoever leads signs it |
| between its events and its end | it is signed again, under the same idempotency keys: they answer the same events |
| between a weigh slip's Ship and its Receive | likewise: the Ship is the same, and the Receive follows |
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
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

    def keep(self, party: bytes, person: str, id: str, drafts: Sequence[Draft], grace: int = GRACE) -> None:
        """On disk when this returns. The same `id` again changes nothing, also when it is signed by then. Raises Refusal."""
        with self._store.write() as db:
            if _known(db, id):
                return
            now = present(db, self._clock)
            trial = self._trial(db, now, party, grace + CAPTURE_MARGIN)
            for draft in drafts:
                trial.add(party, draft)
            row = DraftRow(id, party, person, dump(drafts), now, now + grace, None, None)
            rows.add(db, row, f"person/{person}")

    def ask(self, asker: bytes, person: str, party: bytes, id: str, draft: MoveDraft) -> None:
        """What another party is asked to sign: a weigh slip, which its sender ships by. The asker has said what it weighed, so
        its Receive follows the Ship by itself. Raises Refusal if it could not be signed as things stand."""
        with self._store.write() as db:
            if _known(db, id):
                return
            now = present(db, self._clock)
            self._trial(db, now, party).add(party, draft)
            row = DraftRow(id, party, person, dump([draft]), now, None, asker, None)
            rows.add(db, row, f"person/{person}")

    def agree(self, party: bytes, person: str, id: str) -> list[bytes]:
        """Signs what another party asked for. Raises `DraftGone`; or the law it would break just now, and it stays asked for."""
        with self._store.write() as db:
            row = self._slip(db, id, party)
            now = present(db, self._clock)
            if not _is_live(row):
                trial = self._trial(db, now, party)
                for draft in load(row.told):
                    trial.add(party, draft)
            rows.confirm(db, row.id, person, now, f"person/{person}")
        return self.sign(party, id)

    def decline(self, party: bytes, person: str, id: str) -> None:
        """Says no to what another party asked for; it stays for that one to see. Raises `DraftGone`."""
        with self._store.write() as db:
            row = self._slip(db, id, party)
            if _is_live(row):
                raise Refusal("DraftGone")
            rows.decline(db, row.id, f"person/{person}")

    def drop(self, asker: bytes, person: str, id: str) -> None:
        """Asks no longer, or has seen the refusal. Raises `DraftGone` when it is agreed to, or gone."""
        with self._store.write() as db:
            row = rows.find(db, id)
            if row is None or row.asked_by != asker or _is_live(row):
                raise Refusal("DraftGone")
            rows.remove(db, id, f"person/{person}", "draft taken back")

    def take_back(self, party: bytes, person: str, id: str) -> None:
        """As if it had never been entered. Raises `DraftGone` when it is signed already, `DraftBuiltOn` when a later one would
        not be lawful without it."""
        with self._store.write() as db:
            row = self._mine(db, party, id)
            if row.sign_at == rows.CLAIMED and row.law is None:
                raise Refusal("DraftGone")
            if row.law is None:
                now = present(db, self._clock)
                others = [each for each in _live(db, party) if each.id != id]
                trial = Trial(db, Pending().look(db, now), self._domain, now)
                if trial.first_refused(party, [(each.id, load(each.told)) for each in others]):
                    raise Refusal("DraftBuiltOn")
            rows.remove(db, id, f"person/{person}", "draft taken back")

    def sign(self, party: bytes, id: str) -> list[bytes]:
        """Now, and all that the party entered before it. Answers the ids of its events. Raises `DraftGone`, or its law."""
        waiting = rows.of(self._store.read(), party)
        if id not in [each.id for each in waiting if _is_live(each)]:
            raise Refusal("DraftGone")
        for row in waiting:
            if _is_live(row):
                ids, refusal = self._sign(row)
                if row.id == id and refusal is not None:
                    raise refusal
            if row.id == id:
                break
        return ids

    def step(self) -> int:
        """Signs what is due; for the leader. Answers how many."""
        due = rows.due(self._store.read(), int(self._clock()))
        for row in due:
            self._sign(row)
        return len(due)

    def of(self, party: bytes) -> list[tuple[DraftRow, tuple[Draft, ...]]]:
        """What a party entered and is not signed, oldest first."""
        return [(row, load(row.told)) for row in rows.of(self._store.read(), party) if row.asked_by is None]

    def slips(self, party: bytes) -> list[tuple[DraftRow, MoveDraft]]:
        """What a party is asked for by others, and what it asks of them, oldest first; what it said no to is not its any more."""
        found = rows.asked(self._store.read(), party)
        return [(row, _slip_of(row)) for row in found if row.party != party or row.law != rows.DECLINED]

    def became(self, id: str, number: int = 0) -> bytes | None:
        """The event that a draft was signed as, by its place in what was entered."""
        return _became(self._store.read(), id, number)

    def knows(self, id: str) -> bool:
        """Whether something was entered under this id, be it signed or not."""
        return _known(self._store.read(), id)

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
        with self._store.write() as db:  # from here on nobody takes it back
            if not rows.claim(db, row.id):
                return [], Refusal("DraftGone")
        digest = sha256(row.told.encode()).digest()
        asked = [RecordRequest(draft, _key(row.id, number), digest) for number, draft in enumerate(load(row.told))]
        outcomes = self._recorder.record(row.party, asked)
        refusal = next((each for each in outcomes if isinstance(each, Refusal)), None)
        if row.asked_by is not None and isinstance(outcomes[0], Recorded):
            # Should the law refuse it, the goods are on their way to the asker, who sees them there.
            receive = _received(_slip_of(row), outcomes[0].id)
            self._recorder.record(row.asked_by, [RecordRequest(receive, _key(row.id, len(asked)), digest)])
        with self._store.write() as db:
            if rows.find(db, row.id) is not None:
                if refusal is None:
                    rows.remove(db, row.id, f"person/{row.person}", "draft signed")
                else:
                    rows.refuse(db, row.id, refusal.law)
        return [each.id for each in outcomes if isinstance(each, Recorded)], refusal

    def _mine(self, db: sqlite3.Connection, party: bytes, id: str) -> DraftRow:
        row = rows.find(db, id)
        if row is None or row.party != party or row.asked_by is not None:
            raise Refusal("DraftGone")
        return row

    def _slip(self, db: sqlite3.Connection, id: str, party: bytes) -> DraftRow:
        row = rows.find(db, id)
        if row is None or row.party != party or row.asked_by is None or row.law == rows.DECLINED:
            raise Refusal("DraftGone")
        return row

    def _uri(self, party: bytes) -> str | None:
        row = self._store.read().execute("SELECT uri FROM parties WHERE id = ?", (party,)).fetchone()
        return str(row["uri"]) if row else None


def _live(db: sqlite3.Connection, party: bytes) -> list[DraftRow]:
    """That will be signed unless somebody takes them back."""
    return [row for row in rows.of(db, party) if _is_live(row)]


def _is_live(row: DraftRow) -> bool:
    return row.law is None and row.sign_at is not None


def _known(db: sqlite3.Connection, id: str) -> bool:
    return rows.find(db, id) is not None or _became(db, id, 0) is not None


def _became(db: sqlite3.Connection, id: str, number: int) -> bytes | None:
    row = db.execute("SELECT response FROM idempotency WHERE key = ?", (_key(id, number),)).fetchone()
    return bytes(row["response"]) if row else None


def _key(id: str, number: int) -> str:
    return f"draft/{id}/{number}"


def _slip_of(row: DraftRow) -> MoveDraft:
    (draft,) = load(row.told)
    assert isinstance(draft, MoveDraft), "a weigh slip is a Ship"
    return draft


def _received(ship: MoveDraft, id: bytes) -> MoveDraft:
    """What the asker says of a Ship that was signed by its weigh slip."""
    content = ship.content | {"bizStep": "receiving"}
    return replace(ship, kind=Kind.RECEIVE, batch=None, to=None, shipment=id, content=content)
