"""Registry changes that a chain lost with its newest blocks, until they are made again."""

from __future__ import annotations

import sqlite3

from ledger.store import audit_log

Change = tuple[bytes, bytes]
"""The contract, and the call to it."""


def queue(db: sqlite3.Connection, change: Change) -> None:
    seq = db.execute("INSERT INTO lost_changes (target, input) VALUES (?, ?)", change).lastrowid
    audit_log.keep(db, "lost_changes", (seq,), audit_log.GATEWAY, "registry change lost by the chain")


def waiting(db: sqlite3.Connection) -> list[tuple[int, Change]]:
    """By number, in the order they were made in."""
    rows = db.execute("SELECT seq, target, input FROM lost_changes ORDER BY seq").fetchall()
    return [(row[0], (row[1], row[2])) for row in rows]


def done(db: sqlite3.Connection, seq: int) -> None:
    db.execute("DELETE FROM lost_changes WHERE seq = ?", (seq,))
    audit_log.keep(db, "lost_changes", (seq,), audit_log.GATEWAY, "registry change made again")
