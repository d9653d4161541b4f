"""Rows of the write side. Every function works inside the caller's transaction."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ledger.canonical.body import decode_body, encode_body
from ledger.events.model import Shape, SignedEvent
from ledger.store import audit_log

STATES = ("accepted", "signed", "submitted", "mined", "final", "stuck", "dead")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """`body` and `signature` as they are sent; `signed` reads them."""

    seq: int
    id: bytes
    shape: int
    body: bytes
    signature: bytes
    party: bytes
    state: str
    law: str | None
    attempts: int
    accepted_at: int

    @property
    def signed(self) -> SignedEvent:
        return SignedEvent(self.id, decode_body(Shape(self.shape), self.body), self.signature)


def add(db: sqlite3.Connection, party: bytes, signed: SignedEvent, now: int) -> OutboxRow:
    pen = audit_log.Pen(db)
    adding = Adding(db, pen)
    row = adding.add(party, signed, now)
    adding.end()
    pen.end()
    return row


class Adding:
    """Many new rows of one transaction, written by `end`."""

    def __init__(self, db: sqlite3.Connection, pen: audit_log.Pen) -> None:
        last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        self._seq: int = last[0] if last else 0
        self._db = db
        self._pen = pen
        self._rows: list[OutboxRow] = []
        self._ids: set[bytes] = set()

    def __contains__(self, event: bytes) -> bool:
        return event in self._ids

    def add(self, party: bytes, signed: SignedEvent, now: int) -> OutboxRow:
        self._seq += 1
        shape, body = int(signed.shape), encode_body(signed.event)
        row = OutboxRow(self._seq, signed.id, shape, body, signed.signature, party, "accepted", None, 0, now)
        self._rows.append(row)
        self._ids.add(row.id)
        lasting = (row.seq, row.id, party, shape, body, row.signature, now)
        self._pen.row("outbox", (row.id,), lasting, audit_log.actor_of(party), "event accepted")
        return row

    def end(self) -> None:
        self._db.executemany(
            "INSERT INTO outbox (seq, id, party, shape, body, signature, state, accepted_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 'accepted', ?)",
            [(r.seq, r.id, r.party, r.shape, r.body, r.signature, r.accepted_at) for r in self._rows],
        )
        self._rows = []


def find(db: sqlite3.Connection, event: bytes) -> OutboxRow | None:
    row = db.execute("SELECT * FROM outbox WHERE id = ?", (event,)).fetchone()
    return _row(row) if row else None


MOST_WAIT = 300.0
"""Seconds until the next try, at most. A try that is further away was set by a clock that has been put back since."""

# Named, because a look that missed the index would read the whole history; SQLite refuses a query that cannot use it.
OPEN = "SELECT * FROM outbox INDEXED BY outbox_open WHERE state NOT IN ('final', 'dead')"


def pending(db: sqlite3.Connection) -> list[OutboxRow]:
    """Acknowledged and not yet final, in order of acceptance."""
    return [_row(row) for row in db.execute(f"{OPEN} ORDER BY seq")]


def pending_of(db: sqlite3.Connection, party: bytes) -> list[OutboxRow]:
    """As `pending`, of one party."""
    return [_row(row) for row in db.execute(f"{OPEN} AND party = ? ORDER BY seq", (party,))]


def ready(db: sqlite3.Connection, now: float, limit: int) -> list[OutboxRow]:
    """What the next submission may carry: accepted events whose time has come, in order.

    Those that came back stand behind those that are new: nobody's stuck events hold up anybody else's.
    """
    sql = (
        f"{OPEN} AND state IN ('accepted', 'stuck') AND next_try NOT BETWEEN ? AND ? ORDER BY attempts > 0, seq LIMIT ?"
    )
    return [_row(row) for row in db.execute(sql, (_after(now), now + MOST_WAIT, limit))]


def waiting(db: sqlite3.Connection, now: float) -> list[OutboxRow]:
    """Accepted events that came back from the chain and whose next try is still to come."""
    sql = f"{OPEN} AND state IN ('accepted', 'stuck') AND next_try BETWEEN ? AND ? ORDER BY seq"
    return [_row(row) for row in db.execute(sql, (_after(now), now + MOST_WAIT))]


def after(db: sqlite3.Connection, seq: int) -> list[OutboxRow]:
    """As `pending`, of those kept after this one, by whichever worker."""
    return [_row(row) for row in db.execute(f"{OPEN} AND seq > ? ORDER BY seq", (seq,))]


def counted(db: sqlite3.Connection) -> dict[str, Any]:
    """`states`: count by state; `oldest_open`: seconds since 1970, None if nothing is open. The final ones are all others."""
    states = dict.fromkeys(STATES, 0)
    for row in db.execute(
        "SELECT state, count(*) FROM outbox INDEXED BY outbox_open WHERE state NOT IN ('final', 'dead') GROUP BY state"
    ):
        states[row[0]] = row[1]
    (states["dead"],) = db.execute("SELECT count(*) FROM outbox INDEXED BY outbox_dead WHERE state = 'dead'").fetchone()
    (all_,) = db.execute("SELECT coalesce(max(seq), 0) FROM outbox").fetchone()
    states["final"] = all_ - sum(states.values())
    (oldest,) = db.execute(
        "SELECT min(accepted_at) FROM outbox INDEXED BY outbox_open WHERE state NOT IN ('final', 'dead')"
    ).fetchone()
    return {"states": states, "oldest_open": oldest}


def refused(db: sqlite3.Connection) -> list[OutboxRow]:
    """Those that the chain refused, and that are in no submission now."""
    return [
        _row(row) for row in db.execute(f"{OPEN} AND state IN ('accepted', 'stuck') AND law IS NOT NULL ORDER BY seq")
    ]


def dead_or_stuck(db: sqlite3.Connection, limit: int) -> list[OutboxRow]:
    """The latest first."""
    dead = db.execute(
        "SELECT * FROM outbox INDEXED BY outbox_dead WHERE state = 'dead' ORDER BY seq DESC LIMIT ?", (limit,)
    )
    stuck = db.execute(f"{OPEN} AND state = 'stuck' ORDER BY seq DESC LIMIT ?", (limit,))
    rows = [_row(row) for row in (*dead.fetchall(), *stuck.fetchall())]
    return sorted(rows, key=lambda row: -row.seq)[:limit]


def open_in(db: sqlite3.Connection, submission: int) -> list[OutboxRow]:
    """The events of a submission that are not final."""
    return [_row(row) for row in db.execute(f"{OPEN} AND submission = ? ORDER BY seq", (submission,))]


def signed(db: sqlite3.Connection, submission: int, rows: Iterable[OutboxRow]) -> None:
    """They are in this submission."""
    sql = "UPDATE outbox SET state = 'signed', submission = ? WHERE seq = ?"
    db.executemany(sql, [(submission, row.seq) for row in rows])


def submitted(db: sqlite3.Connection, submissions: Iterable[int]) -> None:
    """The node took them: a cache of what the node knows, worth no decision."""
    db.executemany(
        "UPDATE outbox INDEXED BY outbox_open SET state = 'submitted'"
        " WHERE state NOT IN ('final', 'dead') AND state = 'signed' AND submission = ?",
        [(each,) for each in submissions],
    )


def back_to_accepted(db: sqlite3.Connection, event: bytes, law: str | None, next_try: float) -> None:
    db.execute(
        # a nonce that a Void burned says nothing new: the law before it is why the event could not be
        "UPDATE outbox SET state = 'accepted', submission = NULL, attempts = attempts + 1, next_try = ?,"
        " law = CASE WHEN ? = 'NonceUsed' THEN coalesce(law, 'NonceUsed') ELSE ? END"
        " WHERE id = ? AND state NOT IN ('final', 'dead')",
        (next_try, law, law, event),
    )


def stick(db: sqlite3.Connection, event: bytes) -> None:
    """It waits for its own signer's Void, and is tried now and then."""
    db.execute("UPDATE outbox SET state = 'stuck' WHERE id = ? AND state = 'accepted'", (event,))


def bury(db: sqlite3.Connection, event: bytes, law: str) -> None:
    db.execute(
        "UPDATE outbox SET state = 'dead', law = ? WHERE id = ? AND state IN ('accepted', 'stuck')", (law, event)
    )
    audit_log.keep(db, "outbox", (event,), audit_log.GATEWAY, "event dead", law)


def _after(now: float) -> float:
    return math.nextafter(now, math.inf)


def _row(row: sqlite3.Row) -> OutboxRow:
    return OutboxRow(
        row["seq"], row["id"], row["shape"], row["body"], row["signature"], row["party"], row["state"], row["law"],
        row["attempts"], row["accepted_at"],
    )  # fmt: skip
