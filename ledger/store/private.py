"""Private fields and tables of events: what was sealed, kept apart from what is public (docs/spec/event.md, section 4).

Inside the caller's transaction. A field's row is deleted to forget it. Of a table's row only the disclosure is forgotten: its
leaf stays, for by the leaves the other rows are shown to be in the table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger.canonical.disclosure import digest, leaf, open_disclosure
from ledger.store import audit_log


def add_fields(db: sqlite3.Connection, pen: audit_log.Pen, event: bytes, disclosures: Iterable[str]) -> None:
    for each in disclosures:
        row = (event, digest(each), each)
        db.execute("INSERT INTO disclosures VALUES (?, ?, ?)", row)
        pen.row("disclosures", row[:2], row, audit_log.GATEWAY, "private field kept")


def add_tables(db: sqlite3.Connection, pen: audit_log.Pen, event: bytes, tables: Mapping[str, Sequence[str]]) -> None:
    """`tables`: by name, the disclosures of its rows in order."""
    for name, rows in tables.items():
        for number, each in enumerate(rows):
            row = (event, name, number, leaf(each), each)
            db.execute("INSERT INTO private_rows VALUES (?, ?, ?, ?, ?)", row)
            pen.row("private_rows", row[:3], row, audit_log.GATEWAY, "private row kept")


def fields_of(db: sqlite3.Connection, event: bytes) -> dict[str, Any]:
    """The private fields of an event that are still kept here."""
    rows = db.execute("SELECT disclosure FROM disclosures WHERE event = ?", (event,))
    opened = (open_disclosure(row["disclosure"]) for row in rows)
    return {str(each.name): each.value for each in opened}


def rows_of(db: sqlite3.Connection, event: bytes, table: str) -> list[Any]:
    """The rows of one private table that are still kept here, in order."""
    sql = "SELECT disclosure FROM private_rows WHERE event = ? AND name = ? AND disclosure IS NOT NULL ORDER BY row"
    return [open_disclosure(row["disclosure"]).value for row in db.execute(sql, (event, table))]


def recent_rows(db: sqlite3.Connection, party: bytes, table: str, most: int) -> list[list[Any]]:
    """The rows that are still kept of a party's latest private tables of this name, newest table first."""
    sql = (
        "SELECT id FROM outbox WHERE party = ? AND EXISTS (SELECT 1 FROM private_rows WHERE event = id AND name = ?)"
        " ORDER BY accepted_at DESC, seq DESC LIMIT ?"
    )
    return [rows_of(db, row["id"], table) for row in db.execute(sql, (party, table, most)).fetchall()]
