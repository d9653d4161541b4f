"""What a database says of itself, by name: which ledger it signs for, and which key-encryption key is in force."""

from __future__ import annotations

import sqlite3
from typing import Final

from ledger.store import audit_log

LEDGER: Final = "ledger"
"""The EIP-712 domain separator of the one ledger that is signed for."""
KEK: Final = "kek"
"""The id of the key-encryption key under which every row of `keys` is wrapped."""


def get(db: sqlite3.Connection, name: str) -> bytes | None:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def put(db: sqlite3.Connection, name: str, value: bytes, actor: str, action: str) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
    audit_log.keep(db, "meta", (name,), actor, action)
