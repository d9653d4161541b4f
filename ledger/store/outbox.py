"""Rows of the write side. Every function works inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.canonical.abi import decode_body, encode_body
from ledger.canonical.disclosure import digest
from ledger.events.model import Shape, SignedEvent
from ledger.store import audit_log


@dataclass(frozen=True, slots=True)
class OutboxRow:
    seq: int
    signed: SignedEvent
    party: bytes
    state: str
    law: str | None
    attempts: int


def add(db: sqlite3.Connection, party: bytes, signed: SignedEvent, now: int) -> None:
    db.execute(
        "INSERT INTO outbox (id, party, shape, body, signature, state, accepted_at) VALUES (?, ?, ?, ?, ?, 'accepted', ?)",
        (signed.id, party, int(signed.shape), encode_body(signed.event), signed.signature, now),
    )
    audit_log.keep(db, "outbox", (signed.id,), audit_log.actor_of(party), "event accepted")


def find(db: sqlite3.Connection, event: bytes) -> OutboxRow | None:
    row = db.execute("SELECT * FROM outbox WHERE id = ?", (event,)).fetchone()
    return _row(row) if row else None


# Named, because a look that missed the index would read the whole history; SQLite refuses a query that cannot use it.
OPEN = "SELECT * FROM outbox INDEXED BY outbox_open WHERE state NOT IN ('final', 'dead')"


def pending(db: sqlite3.Connection) -> list[OutboxRow]:
    """Acknowledged and not yet final, in order of acceptance."""
    return [_row(row) for row in db.execute(f"{OPEN} ORDER BY seq")]


def ready(db: sqlite3.Connection, now: float, limit: int) -> list[OutboxRow]:
    """What the next submission may carry: accepted events whose time has come, in order.

    Those that came back stand behind those that are new: nobody's stuck events hold up anybody else's.
    """
    sql = f"{OPEN} AND state = 'accepted' AND next_try <= ? ORDER BY attempts > 0, seq LIMIT ?"
    return [_row(row) for row in db.execute(sql, (now, limit))]


def waiting(db: sqlite3.Connection, now: float) -> list[OutboxRow]:
    """Accepted events that came back from the chain and whose next try is still to come."""
    sql = f"{OPEN} AND state = 'accepted' AND next_try > ? ORDER BY seq"
    return [_row(row) for row in db.execute(sql, (now,))]


def open_in(db: sqlite3.Connection, submission: int) -> list[OutboxRow]:
    """The events of a submission that are not final."""
    return [_row(row) for row in db.execute(f"{OPEN} AND submission = ? ORDER BY seq", (submission,))]


def submitted(db: sqlite3.Connection, submission: int) -> None:
    """The node took it: a cache of what the node knows, worth no decision."""
    db.execute(
        "UPDATE outbox INDEXED BY outbox_open SET state = 'submitted'"
        " WHERE state NOT IN ('final', 'dead') AND state = 'signed' AND submission = ?",
        (submission,),
    )


def back_to_accepted(db: sqlite3.Connection, event: bytes, law: str | None, next_try: float) -> None:
    db.execute(
        "UPDATE outbox SET state = 'accepted', submission = NULL, law = ?, attempts = attempts + 1, next_try = ?"
        " WHERE id = ? AND state NOT IN ('final', 'dead')",
        (law, next_try, event),
    )


def add_disclosures(db: sqlite3.Connection, event: bytes, disclosures: Iterable[str]) -> None:
    for each in disclosures:
        db.execute("INSERT INTO disclosures VALUES (?, ?, ?)", (event, digest(each), each))
        audit_log.keep(db, "disclosures", (event, digest(each)), audit_log.GATEWAY, "private field kept")


def _row(row: sqlite3.Row) -> OutboxRow:
    signed = SignedEvent(row["id"], decode_body(Shape(row["shape"]), row["body"]), row["signature"])
    return OutboxRow(row["seq"], signed, row["party"], row["state"], row["law"], row["attempts"])
