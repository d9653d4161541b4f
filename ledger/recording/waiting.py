"""What people enter waits ten minutes before it is signed: a slip of the finger is taken back and nobody ever sees it.

A draft is signed when its time has come, when its party says so, or when another party goes on with it (receives what was
shipped). It was lawful, with all that waits before it, when it was kept; should it not be any more when it is signed, it
stays, with the law, until somebody takes it away.

| the process dies | what is true |
|---|---|
| before it is kept | it was not acknowledged, and is not there |
| after it is kept | it waits; whoever leads signs it |
| before it is taken back | it still waits |
| before it is replaced | what it was waits, and nothing else |
| after it is replaced | what took its place waits, and nothing else |
| before it is signed | nothing is signed; it waits |
| after it is signed | its events are there, once, and it waits no more; of a weigh slip, the Receive waits and is due |

Its events and its end are one commit: it is never signed and taken back, nor signed and replaced, whoever comes between.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace as with_
from hashlib import sha256
from typing import Final

from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.recording.draft_json import dump, load
from ledger.recording.drafts import Draft, MoveDraft
from ledger.recording.keyring import CAPTURE_MARGIN, present
from ledger.recording.pending import Pending
from ledger.recording.recorder import Outcome, Recorded, Recorder, RecordRequest
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
        """On disk when this returns. The same `id` again changes nothing and answers the same; `DraftGone` once it is signed.
        Raises Refusal."""
        with self._store.write() as db:
            known = _known(db, party, id)
            if known is not None:
                return known
            now = present(db, self._clock)
            trial = self._trial(db, now, party, grace + CAPTURE_MARGIN)
            for draft in drafts:
                trial.add(party, draft)
            row = DraftRow(id, party, person, dump(drafts), now, now + grace, None, None)
            rows.add(db, row, f"person/{person}")
            return row

    def replace(
        self, party: bytes, person: str, old: str, id: str, drafts: Sequence[Draft], grace: int = GRACE
    ) -> DraftRow:
        """Puts this where `old` waits, or waits refused, in one commit; its time begins anew. The same `id` again changes nothing.
        Raises `DraftGone` when `old` is signed, was taken back or is another party's wish, `DraftBuiltOn` when what was
        entered later would not be lawful any more, or the law this breaks itself."""
        with self._store.write() as db:
            known = _known(db, party, id)
            if known is not None:
                return known
            row = self._mine(db, party, old)
            if row.sign_at is None:
                raise Refusal("DraftGone")
            now = present(db, self._clock)
            trial = Trial(db, Pending().look(db, now), self._domain, now, grace + CAPTURE_MARGIN)
            others = [(each.seq, each.id, load(each.told)) for each in _live(db, party) if each.id != old]
            trial.first_refused(party, [(name, told) for seq, name, told in others if seq < row.seq])
            for draft in drafts:
                trial.add(party, draft)
            if trial.first_refused(party, [(name, told) for seq, name, told in others if seq > row.seq]):
                raise Refusal("DraftBuiltOn")
            new = DraftRow(id, party, person, dump(drafts), now, now + grace, None, None, row.seq)
            rows.replace(db, old, new, f"person/{person}")
            return new

    def ask(self, asker: bytes, person: str, party: bytes, id: str, draft: MoveDraft) -> None:
        """What another party is asked to sign: a weigh slip, which its sender ships by. The asker has said what it weighed, so
        its Receive follows the Ship by itself. Raises Refusal if it could not be signed as things stand."""
        with self._store.write() as db:
            if _known(db, party, id) is not None:
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
            rows.confirm(db, row.id, now, f"person/{person}")
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
            if row.law is None:
                now = present(db, self._clock)
                others = [each for each in _live(db, party) if each.id != id]
                trial = Trial(db, Pending().look(db, now), self._domain, now)
                if trial.first_refused(party, [(each.id, load(each.told)) for each in others]):
                    raise Refusal("DraftBuiltOn")
            rows.remove(db, id, f"person/{person}", "draft taken back")

    def sign(self, party: bytes, id: str) -> list[bytes]:
        """Now, and all that the party entered before it; nothing that is only asked for. Answers the ids of its events. Raises
        `DraftGone`, or the law that it breaks."""
        entered = [row for row in rows.of(self._store.read(), party) if row.sign_at is not None]
        if id not in [each.id for each in entered]:
            raise Refusal("DraftGone")
        ids: list[bytes] = []
        for row in entered:
            if row.law is None:
                ids, refusal = self._sign(row)
                if row.id == id and refusal is not None:
                    raise refusal
            if row.id == id:
                break
        if row.law is not None:
            raise Refusal(row.law)
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
        row = (
            self._store.read().execute("SELECT response FROM idempotency WHERE key = ?", (_key(id, number),)).fetchone()
        )
        return bytes(row["response"]) if row else None

    def knows(self, party: bytes, id: str) -> bool:
        """Whether something of this party's was entered under this id, be it signed or not. Of another's nothing is told."""
        db = self._store.read()
        row = rows.find(db, id)
        return (row is not None and row.party == party) or _is_signed(db, party, id)

    def is_signed(self, party: bytes, id: str) -> bool:
        """Whether what this party entered, or agreed to, under this id is signed."""
        return _is_signed(self._store.read(), party, id)

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
        """Its events and its end in one commit. Should some be refused, those wait on, with the law."""
        digest, drafts = sha256(row.told.encode()).digest(), load(row.told)
        asked = [RecordRequest(draft, _key(row.id, number), digest) for number, draft in enumerate(drafts)]

        def within(db: sqlite3.Connection, record: Callable[[], list[Outcome]]) -> list[Outcome]:
            waits = rows.find(db, row.id) is not None
            if not waits and not _is_signed(db, row.party, row.id):
                return [Refusal("DraftGone")]  # taken back, or replaced, since it was read
            outcomes = record()
            refused = [(draft, each) for draft, each in zip(drafts, outcomes, strict=True) if isinstance(each, Refusal)]
            if waits and refused:
                rows.refuse(db, row.id, dump([draft for draft, _ in refused]), refused[0][1].law)
            elif waits:
                rows.remove(db, row.id, f"person/{row.person}", "draft signed")
            if waits and row.asked_by is not None and isinstance(outcomes[0], Recorded):
                _follow(db, row, outcomes[0].id)
            return outcomes

        outcomes = self._recorder.record(row.party, asked, within)
        refusal = next((each for each in outcomes if isinstance(each, Refusal)), None)
        if row.asked_by is not None and (follows := rows.find(self._store.read(), _following(row.id))) is not None:
            self._sign(follows)
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


def _known(db: sqlite3.Connection, party: bytes, id: str) -> DraftRow | None:
    """What was kept under this id before. Raises `DraftGone` if it is signed: an old page was sent again; or if it is another
    party's: nothing would be kept, and nobody be told."""
    row = rows.find(db, id)
    if _is_signed(db, party, id) or (row is not None and row.party != party):
        raise Refusal("DraftGone")
    return row


def _is_signed(db: sqlite3.Connection, party: bytes, id: str) -> bool:
    """Or part of it is."""
    sql = "SELECT 1 FROM idempotency WHERE party = ? AND key >= ? AND key < ? LIMIT 1"
    return db.execute(sql, (party, f"draft/{id}/", f"draft/{id}0")).fetchone() is not None


def _live(db: sqlite3.Connection, party: bytes) -> list[DraftRow]:
    """That will be signed unless somebody takes them back."""
    return [row for row in rows.of(db, party) if _is_live(row)]


def _is_live(row: DraftRow) -> bool:
    return row.law is None and row.sign_at is not None


def _key(id: str, number: int) -> str:
    return f"draft/{id}/{number}"


def _slip_of(row: DraftRow) -> MoveDraft:
    (draft,) = load(row.told)
    assert isinstance(draft, MoveDraft), "a weigh slip is a Ship"
    return draft


def _follow(db: sqlite3.Connection, slip: DraftRow, ship: bytes) -> None:
    """In the commit of a slip's Ship: the asker's Receive, due at once. Should the law refuse it, it stays on the asker's Today."""
    assert slip.asked_by is not None
    told = _slip_of(slip)
    content = told.content | {"bizStep": "receiving"}
    receive = with_(told, kind=Kind.RECEIVE, batch=None, to=None, shipment=ship, content=content)
    at = slip.sign_at or slip.kept_at
    row = DraftRow(_following(slip.id), slip.asked_by, slip.person, dump([receive]), at, at, None, None)
    rows.add(db, row, f"person/{slip.person}")


def _following(slip: str) -> str:
    return sha256(f"{slip} received".encode()).hexdigest()[:32]
