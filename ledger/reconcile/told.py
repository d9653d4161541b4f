"""The audit log: whole in itself, and every row that lasts as its newest entry says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ledger.reconcile.report import Finding, Report, key_of, shown
from ledger.store.audit_log import DIGEST_LENGTH, KEPT, START, digests, entries, last_digests, object_of

CHECK = "the audit log"


def chain(db: sqlite3.Connection, report: Report, after: int, head: bytes) -> None:
    """Each entry's hash is over what it says and names the one before. Begins behind entry `after`, whose hash is `head`."""
    report.log_seq, report.log_hash = after, head
    if after:
        found = db.execute("SELECT hash FROM audit_log WHERE seq = ?", (after,)).fetchone()
        if found is None or found[0] != head:
            there = "no such entry" if found is None else shown("audit_log", found[0])
            report.looked(
                0, [Finding("audit_log", str(after), "hash", shown("audit_log", head), there, "the last good audit")]
            )
    for entry in entries(db, after):
        wrong = []
        if entry.seq != report.log_seq + 1:
            wrong.append(_entry(entry.seq, "seq", f"{report.log_seq + 1}", f"{entry.seq}"))
        if entry.previous != report.log_hash:
            wrong.append(_entry(entry.seq, "previous", shown("", report.log_hash), shown("", entry.previous)))
        if entry.computed != entry.hash:
            wrong.append(_entry(entry.seq, "hash", shown("", entry.computed), shown("", entry.hash)))
        report.looked(1, wrong)
        report.log_seq, report.log_hash = entry.seq, entry.hash


def noted(db: sqlite3.Connection, heads: dict[int, bytes]) -> Iterator[Finding]:
    """What earlier audits read as the log's hash at an entry is still there."""
    for seq, head in heads.items():
        found = db.execute("SELECT hash FROM audit_log WHERE seq = ?", (seq,)).fetchone()
        expected = START if seq == 0 else None if found is None else found[0]
        if expected != head:
            yield _entry(seq, "hash", shown("", head), shown("", expected))


def rows(db: sqlite3.Connection, report: Report, table: str, after: int = 0) -> None:
    """Every lasting row of a table, or those with `seq` above `after`, as its newest entry says."""
    kept = KEPT[table]
    names = ", ".join(dict.fromkeys((*kept.key, *kept.columns)))
    where = f" WHERE seq > {int(after)}" if after else ""
    count, objects = 0, set()
    findings: list[Finding] = []
    for row in db.execute(f"SELECT {names} FROM main.{table}{where}"):  # noqa: S608 - names are our constants
        one = dict(zip(names.split(", "), row, strict=True))
        key = [one[name] for name in kept.key]
        object = object_of(table, key)
        count += 1
        objects.add(object)
        findings += _differences(table, key_of(table, key), one, last_digests(db, object))
    report.looked(count, findings)
    if not after:
        report.looked(0, _gone(db, table, objects))


def sequences(db: sqlite3.Connection) -> Iterator[Finding]:
    """SQLite remembers the highest number that was ever given: nothing was cut off at the end."""
    for name, given in db.execute("SELECT name, seq FROM main.sqlite_sequence").fetchall():
        if name not in KEPT and name != "audit_log":
            yield Finding("sqlite_sequence", name, "name", "a table with numbered rows", name, "the migrations")
            continue
        highest = db.execute(f"SELECT coalesce(max(seq), 0) FROM main.{name}").fetchone()[0]  # noqa: S608 - known name
        if highest != given:
            yield Finding(name, str(given), "*", f"rows up to {given}", f"rows up to {highest}", "sqlite_sequence")
    known = {name for (name,) in db.execute("SELECT name FROM main.sqlite_sequence")}
    for name in ("audit_log", "outbox", "submissions", "audits"):
        if name not in known and db.execute(f"SELECT 1 FROM main.{name}").fetchone():  # noqa: S608 - literals above
            yield Finding("sqlite_sequence", name, "*", "a row", "no such row", "the table's rows")


def _differences(table: str, key: str, row: dict[str, object], told: bytes | None) -> Iterator[Finding]:
    if not told:
        there = "no entry" if told is None else "an entry that says it is gone"
        yield Finding(table, key, "*", "an entry about it", there, CHECK)
        return
    columns = KEPT[table].columns
    found = digests(row[name] for name in columns)
    for place, name in enumerate(columns):
        part = slice(place * DIGEST_LENGTH, (place + 1) * DIGEST_LENGTH)
        if told[part] != found[part]:
            yield Finding(table, key, name, "what its entry tells", shown(table, row[name]), CHECK)


def _gone(db: sqlite3.Connection, table: str, objects: set[str]) -> Iterator[Finding]:
    """Rows that the log says are there and that are not."""
    sql = "SELECT object, max(seq), length(digests) FROM audit_log WHERE object >= ? AND object < ? GROUP BY object"
    for object, _, length in db.execute(sql, (f"{table}/", f"{table}0")):
        if length and object not in objects:
            yield Finding(table, object.partition("/")[2], "*", "a row", "no such row", CHECK)


def _entry(seq: int, column: str, expected: str, found: str) -> Finding:
    return Finding("audit_log", str(seq), column, expected, found, "its hash chain")
