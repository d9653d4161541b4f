"""Rows of the drafts that wait to be signed. Every function works inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from ledger.store import audit_log

DECLINED: Final = "SlipDeclined"
"""In place of a law: the party that was asked said no."""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """`told`: one or more drafts that go together (ledger/recording/draft_json.py). `law`: why it could not be signed, if so.

    `asked_by`: another party that asks for it; nothing is signed until one of its own people says yes, so `sign_at` is None.
    """

    id: str
    party: bytes
    person: str
    told: str
    kept_at: int
    sign_at: int | None
    asked_by: bytes | None
    law: str | None
    seq: int = 0
    """Its place among what was entered; drawn when it is kept."""


def add(db: sqlite3.Connection, row: DraftRow, actor: str) -> None:
    db.execute(
        "INSERT INTO drafts (id, party, person, told, kept_at, sign_at, asked_by, law) VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        (row.id, row.party, row.person, row.told, row.kept_at, row.sign_at, row.asked_by),
    )
    audit_log.keep(db, "drafts", (row.id,), actor, "draft kept")


def find(db: sqlite3.Connection, id: str) -> DraftRow | None:
    row = db.execute("SELECT * FROM drafts WHERE id = ?", (id,)).fetchone()
    return _row(row) if row else None


def of(db: sqlite3.Connection, party: bytes) -> list[DraftRow]:
    """In the order in which they were entered, refused ones among them."""
    return [_row(row) for row in db.execute("SELECT * FROM drafts WHERE party = ? ORDER BY seq", (party,))]


def due(db: sqlite3.Connection, now: int) -> list[DraftRow]:
    """Whose time has come, and what was entered before them by the same party: it may be what they build on."""
    if not db.execute("SELECT 1 FROM drafts WHERE law IS NULL AND sign_at <= ? LIMIT 1", (now,)).fetchone():
        return []
    sql = (
        "SELECT * FROM drafts d WHERE law IS NULL AND sign_at IS NOT NULL AND seq <="
        " (SELECT max(seq) FROM drafts e WHERE e.party = d.party AND e.law IS NULL AND e.sign_at <= ?) ORDER BY seq"
    )
    return [_row(row) for row in db.execute(sql, (now,))]


def naming(db: sqlite3.Connection, text: str, but: bytes) -> list[DraftRow]:
    """Live ones of other parties in which this text stands."""
    sql = (
        "SELECT * FROM drafts WHERE law IS NULL AND sign_at IS NOT NULL AND party <> ? AND instr(told, ?) ORDER BY seq"
    )
    return [_row(row) for row in db.execute(sql, (but, text))]


def asked(db: sqlite3.Connection, party: bytes) -> list[DraftRow]:
    """What others ask of a party, and what it asks of others, in the order of asking."""
    sql = "SELECT * FROM drafts WHERE asked_by = ? OR (party = ? AND asked_by IS NOT NULL) ORDER BY seq"
    return [_row(row) for row in db.execute(sql, (party, party))]


def confirm(db: sqlite3.Connection, id: str, sign_at: int, actor: str) -> None:
    """One of the party's people says yes to what another party asks for; the row still names who asked."""
    db.execute("UPDATE drafts SET sign_at = ?, law = NULL WHERE id = ?", (sign_at, id))
    audit_log.keep(db, "drafts", (id,), actor, "draft agreed to")


def replace(db: sqlite3.Connection, old: str, row: DraftRow, actor: str) -> None:
    """Another entry in the place of an old one: what was entered later may build on it."""
    db.execute(
        "UPDATE drafts SET id = ?, person = ?, told = ?, kept_at = ?, sign_at = ?, law = NULL WHERE id = ?",
        (row.id, row.person, row.told, row.kept_at, row.sign_at, old),
    )
    audit_log.keep(db, "drafts", (old,), actor, "draft replaced")
    audit_log.keep(db, "drafts", (row.id,), actor, "draft kept")


def decline(db: sqlite3.Connection, id: str, actor: str) -> None:
    """The party says no to what another asks for: it stays, for that one to see."""
    db.execute("UPDATE drafts SET law = ? WHERE id = ?", (DECLINED, id))
    audit_log.keep(db, "drafts", (id,), actor, "draft declined")


def refuse(db: sqlite3.Connection, id: str, told: str, law: str) -> None:
    """What of it was not signed stays, and says why."""
    db.execute("UPDATE drafts SET told = ?, law = ? WHERE id = ?", (told, law, id))
    audit_log.keep(db, "drafts", (id,), audit_log.GATEWAY, "draft refused", law)


def remove(db: sqlite3.Connection, id: str, actor: str, action: str) -> None:
    """Signed, or taken back."""
    db.execute("DELETE FROM drafts WHERE id = ?", (id,))
    audit_log.keep(db, "drafts", (id,), actor, action)


def _row(row: sqlite3.Row) -> DraftRow:
    return DraftRow(
        row["id"], row["party"], row["person"], row["told"], row["kept_at"], row["sign_at"], row["asked_by"], row["law"],
        row["seq"],
    )  # fmt: skip
