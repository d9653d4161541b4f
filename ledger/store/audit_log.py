"""What was done here, entry by entry, each bound to the one before by its hash (docs/spec/audit.md, section 2).

An entry is written in the transaction that does what it tells: both are there or neither. About a row it keeps digests of
the columns that last, so a row that is edited, deleted or put in behind our back has no entry that fits it. No secret and
nothing personal stands here: ids, addresses, words, and digests of what is secret and long, or public.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from ledger.store.rows import Value, encode, encode_value

START: Final = bytes(32)
"""What the first entry names as the hash before it."""
DIGEST_LENGTH: Final = 16
GATEWAY: Final = "gateway"
OPERATOR: Final = "operator"


@dataclass(frozen=True, slots=True)
class Kept:
    """What lasts of a table's rows: `key` names a row, the digests of `columns` stand in its newest entry, in order."""

    key: tuple[str, ...]
    columns: tuple[str, ...]


KEPT: Final[dict[str, Kept]] = {
    "meta": Kept(("name",), ("name", "value")),
    "keys": Kept(("address",), ("address", "party", "version", "wrapped_key", "sealed_key", "created_at")),
    "label_secrets": Kept(("party",), ("party", "version", "sealed", "created_at")),
    "pack_nodes": Kept(("event",), ("event", "nodes")),
    "rotations": Kept(
        ("party", "rotation", "signer", "valid_to"),
        ("party", "rotation", "signer", "valid_from", "valid_to", "custody", "signature", "created_at"),
    ),
    "api_keys": Kept(("id",), ("id", "party", "mac", "roles", "created_at", "expires_at", "revoked_at")),
    "people": Kept(
        ("id",),
        (
            "id",
            "party",
            "roles",
            "scope",
            "sign_in",
            "name",
            "password",
            "second_factor",
            "second_step",
            "created_at",
            "ended_at",
        ),
    ),
    "invitations": Kept(("person",), ("person", "mac", "made_at", "expires_at")),
    "sessions": Kept(("id",), ("id", "person", "mac", "stage", "device", "created_at")),
    "outbox": Kept(("id",), ("seq", "id", "party", "shape", "body", "signature", "accepted_at")),
    "idempotency": Kept(("party", "key"), ("party", "key", "request", "response")),
    "submissions": Kept(("hash",), ("seq", "sender", "nonce", "raw", "hash", "state", "created_at")),
    "drafts": Kept(("id",), ("seq", "id", "party", "person", "told", "kept_at", "sign_at", "asked_by", "law")),
    "units": Kept(
        ("party", "product", "name", "version"),
        ("party", "product", "name", "version", "factor", "person", "since"),
    ),
    "disclosures": Kept(("event", "digest"), ("event", "digest", "disclosure")),
    "private_rows": Kept(("event", "name", "row"), ("event", "name", "row", "leaf", "disclosure")),
    "lost_changes": Kept(("seq",), ("seq", "target", "input")),
    "audits": Kept(
        ("seq",),
        ("seq", "finished_at", "scope", "block", "good", "bad", "log_seq", "log_hash", "outbox_seq"),
    ),
    "reviews": Kept(("batch",), ("batch", "since", "why")),
}


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    time: int
    actor: str
    action: str
    object: str
    result: str
    digests: bytes
    previous: bytes
    hash: bytes

    @property
    def computed(self) -> bytes:
        told = (self.seq, self.time, self.actor, self.action, self.object, self.result, self.digests)
        return _hash(self.previous, told)


def keep(db: sqlite3.Connection, table: str, key: Sequence[Any], actor: str, action: str, result: str = "done") -> None:
    """An entry about one row as it stands now in the caller's transaction; if there is none any more, that it is gone."""
    kept = KEPT[table]
    where = " AND ".join(f"{name} = ?" for name in kept.key)
    sql = f"SELECT {', '.join(kept.columns)} FROM {table} WHERE {where}"  # noqa: S608 - names are our constants
    row = db.execute(sql, tuple(key)).fetchone()
    note(db, actor, action, object_of(table, key), result, b"" if row is None else digests(tuple(row)))


def note(
    db: sqlite3.Connection, actor: str, action: str, object: str, result: str = "done", row_digests: bytes = b""
) -> None:
    """An entry inside the caller's transaction, which has begun to write: nobody else can come between."""
    pen = Pen(db)
    pen.note(actor, action, object, result, row_digests)
    pen.end()


class Pen:
    """Many entries of one transaction, chained in memory and written by `end`; until then only this pen writes entries in it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        last = db.execute("SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1").fetchone()
        self._seq: int = last[0] if last else 0
        self._hash: bytes = last[1] if last else START
        self._db = db
        self._written: list[tuple[Value, ...]] = []

    def row(
        self, table: str, key: Sequence[Value], values: Sequence[Value], actor: str, action: str, result: str = "done"
    ) -> None:
        """As `keep`, of a row that the caller writes in this transaction: `values` are those of its kept columns, in order."""
        assert len(values) == len(KEPT[table].columns), f"a row of {table} has other columns"
        self.note(actor, action, object_of(table, key), result, digests(values))

    def note(self, actor: str, action: str, object: str, result: str = "done", row_digests: bytes = b"") -> None:
        self._seq += 1
        told = (self._seq, int(time.time()), actor, action, object, result, row_digests)
        previous, self._hash = self._hash, _hash(self._hash, told)
        self._written.append((*told, previous, self._hash))

    def end(self) -> None:
        self._db.executemany("INSERT INTO audit_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", self._written)
        self._written = []


def _hash(previous: bytes, told: Iterable[Value]) -> bytes:
    return sha256(previous + encode(told)).digest()


def object_of(table: str, key: Sequence[Any]) -> str:
    """How entries name a row. A key of several columns, which may hold a client's text, is named by its hash."""
    if len(key) > 1:
        return f"{table}/{sha256(encode(key)).hexdigest()}"
    (one,) = key
    return f"{table}/0x{one.hex()}" if isinstance(one, bytes) else f"{table}/{one}"


def digests(values: Iterable[Any]) -> bytes:
    return b"".join([sha256(encode_value(value)).digest()[:DIGEST_LENGTH] for value in values])


def actor_of(party: bytes | None) -> str:
    """Who an entry says did it: a party, or the operator."""
    return OPERATOR if party is None else "party/0x" + party.hex()


def entries(db: sqlite3.Connection, after: int = 0) -> Iterator[Entry]:
    """Oldest first."""
    for row in db.execute("SELECT * FROM audit_log WHERE seq > ? ORDER BY seq", (after,)):
        yield Entry(*row)


def last_digests(db: sqlite3.Connection, object: str) -> bytes | None:
    """What the newest entry about a row says of it; None if there is no entry, empty if the row is said to be gone."""
    sql = "SELECT digests FROM audit_log WHERE object = ? ORDER BY seq DESC LIMIT 1"
    row = db.execute(sql, (object,)).fetchone()
    return None if row is None else bytes(row[0])
