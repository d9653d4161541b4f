"""The projection against the chain: every row of every table as the logs make it, compared by SQLite in one pass a table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ledger.reconcile.report import Finding, Report, key_of, shown
from ledger.store.database import PROJECTION_TABLES
from ledger.store.rows import columns, primary_key

CHECK = "the chain's logs"
MOST = 1_000  # findings of one table; more would say the same

_BY_COLUMN = {
    "batches": ("id",), "holdings": ("batch",), "shipments": ("batch",), "edges": ("input", "output"),
}  # fmt: skip
_BY_QUERY = {
    "events": "SELECT DISTINCT subject FROM links WHERE event = ?",
    "parties": "SELECT id FROM batches WHERE origin = ?",
    "products": "SELECT id FROM batches WHERE product = ?",
    "signers": "SELECT DISTINCT l.subject FROM events e JOIN links l ON l.event = e.seq WHERE e.signer = ?",
}


def compare(db: sqlite3.Connection, report: Report) -> None:
    """`chain` is what the chain says, `main` what is kept here, both up to the same block."""
    for table in PROJECTION_TABLES:
        (rows,) = db.execute(f"SELECT count(*) FROM chain.{table}").fetchone()  # noqa: S608 - our constants
        report.looked(rows, list(_differences(db, table, rows)))


def schema(db: sqlite3.Connection) -> Iterator[Finding]:
    """Tables, indexes and triggers as the migrations make them, and nothing else."""
    listing = "SELECT type || ' ' || name, coalesce(sql, '') FROM {}.sqlite_master"
    expected, found = (dict(db.execute(listing.format(name)).fetchall()) for name in ("chain", "main"))
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            wanted, there = (
                "nothing" if each is None else "its definition" for each in (expected.get(name), found.get(name))
            )
            if wanted == there:
                there = "another definition"
            yield Finding("sqlite_master", name, "sql", wanted, there, "the migrations")


def file(db: sqlite3.Connection) -> Iterator[Finding]:
    """The file itself: pages, indexes, references."""
    for (said,) in db.execute("PRAGMA main.integrity_check(20)"):
        if said != "ok":
            yield Finding("database", "file", "*", "a whole file", str(said)[:200], "integrity_check")
    for table, row, parent, _ in db.execute("PRAGMA main.foreign_key_check"):
        yield Finding(table, str(row), "*", f"a row of {parent} that it names", "none", "foreign_key_check")


def _differences(db: sqlite3.Connection, table: str, rows: int) -> Iterator[Finding]:
    names, key = columns(db, table, "chain"), primary_key(db, table, "chain")
    same_key = " AND ".join(f"e.{k} = l.{k}" for k in key)
    same = " AND ".join(f"e.{name} IS l.{name} AND typeof(e.{name}) = typeof(l.{name})" for name in names)
    equal = f"SELECT count(*) FROM chain.{table} e JOIN main.{table} l ON {same_key} WHERE {same}"  # noqa: S608
    (live,) = db.execute(f"SELECT count(*) FROM main.{table}").fetchone()  # noqa: S608
    if db.execute(equal).fetchone() == (rows,) and live == rows:
        return
    both = ", ".join([f"e.{name}" for name in names] + [f"l.{name}" for name in names])
    missing = f"SELECT {both} FROM chain.{table} e LEFT JOIN main.{table} l ON {same_key} WHERE l.{key[0]} IS NULL OR NOT ({same}) LIMIT {MOST}"  # noqa: S608, E501
    for row in db.execute(missing):
        yield from _row(db, table, names, key, row[: len(names)], row[len(names) :])
    extra = f"SELECT {both} FROM main.{table} l LEFT JOIN chain.{table} e ON {same_key} WHERE e.{key[0]} IS NULL LIMIT {MOST}"  # noqa: S608
    for row in db.execute(extra):
        yield from _row(db, table, names, key, None, row[len(names) :])


def _row(
    db: sqlite3.Connection,
    table: str,
    names: list[str],
    key: list[str],
    expected: tuple[object, ...] | None,
    found: tuple[object, ...],
) -> Iterator[Finding]:
    one = dict(zip(names, found if expected is None else expected, strict=True))
    named = key_of(table, (one[k] for k in key))
    batches = _batches(db, table, one)
    if expected is None:
        yield Finding(table, named, "*", "no such row", "a row", CHECK, batches)
    elif all(value is None for value in found):
        yield Finding(table, named, "*", "a row", "no such row", CHECK, batches)
    else:
        for name, wanted, there in zip(names, expected, found, strict=True):
            if wanted != there or type(wanted) is not type(there):
                yield Finding(table, named, name, shown(table, wanted), shown(table, there), CHECK, batches)


def _batches(db: sqlite3.Connection, table: str, row: dict[str, object]) -> tuple[bytes, ...]:
    """Whose records a row is part of, as the chain says it."""
    if table in _BY_COLUMN:
        named = [row[name] for name in _BY_COLUMN[table]]
    elif table in ("links", "heads"):
        named = [row["subject"]]
    elif table in _BY_QUERY:
        key = row["seq"] if table == "events" else row["address"] if table == "signers" else row["id"]
        named = [each for (each,) in db.execute(_BY_QUERY[table], (key,))]
    else:
        named = []
    known = "SELECT 1 FROM chain.batches WHERE id = ?"
    return tuple(each for each in named if isinstance(each, bytes) and db.execute(known, (each,)).fetchone())
