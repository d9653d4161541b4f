"""Trade units: how much one of a party's own words for a quantity is, by product and version. Every function works inside the
caller's transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ledger.store import audit_log


@dataclass(frozen=True, slots=True)
class UnitRow:
    """`factor`: base units of the product in one. `since`: seconds since 1970."""

    name: str
    version: int
    factor: int
    person: str
    since: int


def history(db: sqlite3.Connection, party: bytes, product: bytes) -> list[UnitRow]:
    """All versions, by name, the newest of each first."""
    sql = "SELECT name, version, factor, person, since FROM units WHERE party = ? AND product = ? ORDER BY name, version DESC"
    return [UnitRow(*row) for row in db.execute(sql, (party, product))]


def declare(db: sqlite3.Connection, party: bytes, product: bytes, name: str, factor: int, person: str, now: int) -> int:
    """From now on; what was written before keeps its version. The same factor again changes nothing. Answers the version."""
    newest = next((row for row in history(db, party, product) if row.name == name), None)
    if newest is not None and newest.factor == factor:
        return newest.version
    version = newest.version + 1 if newest else 1
    db.execute(
        "INSERT INTO units (party, product, name, version, factor, person, since) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (party, product, name, version, factor, person, now),
    )
    audit_log.keep(db, "units", (party, product, name, version), f"person/{person}", "unit declared")
    return version


def last(db: sqlite3.Connection, person: str, product: bytes) -> str | None:
    row = db.execute("SELECT name FROM last_units WHERE person = ? AND product = ?", (person, product)).fetchone()
    return str(row["name"]) if row else None


def used(db: sqlite3.Connection, person: str, product: bytes, name: str) -> None:
    db.execute("INSERT OR REPLACE INTO last_units (person, product, name) VALUES (?, ?, ?)", (person, product, name))
