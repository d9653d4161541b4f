"""Rows as bytes: an encoding without two readings, and the digest of a table in the order of its primary key
(docs/spec/audit.md, section 1)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

Value = int | float | str | bytes | None


@dataclass(frozen=True, slots=True)
class TableDigest:
    """`digest` is SHA-256 over all rows in order; equal tables have equal digests and counts, and no others have."""

    rows: int
    digest: bytes


def encode(values: Iterable[Value]) -> bytes:
    """Each value as a letter for its type, its length in decimal, a colon, its bytes."""
    return b"".join(map(encode_value, values))


def tables(db: sqlite3.Connection, schema: str = "main") -> list[str]:
    """All tables but SQLite's own, by name."""
    sql = f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"  # noqa: S608
    return [row[0] for row in db.execute(sql)]


def columns(db: sqlite3.Connection, table: str, schema: str = "main") -> list[str]:
    return [row[1] for row in _info(db, table, schema)]


def primary_key(db: sqlite3.Connection, table: str, schema: str = "main") -> list[str]:
    """The columns that name a row, in their order."""
    return [row[1] for row in sorted(_info(db, table, schema), key=lambda row: row[5]) if row[5]]


def digest(db: sqlite3.Connection, table: str, schema: str = "main") -> TableDigest:
    order = ", ".join(primary_key(db, table, schema))
    names = ", ".join(columns(db, table, schema))
    whole, count = sha256(), 0
    for row in db.execute(f"SELECT {names} FROM {schema}.{table} ORDER BY {order}"):  # noqa: S608 - names of our schema
        whole.update(encode(row))
        count += 1
    return TableDigest(count, whole.digest())


def _info(db: sqlite3.Connection, table: str, schema: str) -> list[tuple[int, str, str, int, object, int]]:
    return [tuple(row) for row in db.execute(f"PRAGMA {schema}.table_info({table})")]


def encode_value(value: Value) -> bytes:
    if value is None:
        return b"n0:"
    if isinstance(value, bytes):
        kind, data = b"b", value
    elif isinstance(value, str):
        kind, data = b"t", value.encode("utf-8", "surrogateescape")
    elif isinstance(value, int):
        kind, data = b"i", str(int(value)).encode()
    else:
        kind, data = b"f", value.hex().encode()
    return kind + str(len(data)).encode() + b":" + data
