"""The tables of a fresh database, from its migrations."""

from __future__ import annotations

import sqlite3

from ledger.reconcile.unjudged import PASSING
from ledger.store.database import MIGRATIONS
from ledger.store.rows import tables


def all_tables() -> list[str]:
    """Every table that the migrations make, so that none is forgotten, but those that say nothing lasting;
    and SQLite's own memory of numbers."""
    db = sqlite3.connect(":memory:")
    try:
        for script in sorted(MIGRATIONS.glob("*.sql")):
            db.executescript(script.read_text())
        return [*(name for name in tables(db) if name not in PASSING), "sqlite_sequence"]
    finally:
        db.close()
