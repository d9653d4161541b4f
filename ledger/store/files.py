"""Database files as files: opened without writing, made whole, put in another's place, copied while in use."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ledger.errors import StoreError

BESIDE: Final = ("-wal", "-shm")
"""What SQLite keeps beside a database that is in use."""


def read_only(path: Path) -> str:
    """The URI with which SQLite opens a file without writing to it."""
    return f"{path.resolve().as_uri()}?mode=ro"


@contextmanager
def attached(path: Path, **others: Path) -> Iterator[sqlite3.Connection]:
    """A database with others beside it under these names, read-only; each is seen as of its first look within the block."""
    db = sqlite3.connect(read_only(path), uri=True, isolation_level=None)
    try:
        db.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        for name, other in others.items():
            db.execute(f"ATTACH DATABASE ? AS {name}", (read_only(other),))
        db.execute("BEGIN")
        yield db
    finally:
        db.close()


def copy(source: Path, to: Path) -> None:
    """A copy as of one moment, whole and on disk when this returns; writers go on meanwhile. Raises StoreError for damage."""
    reading, writing = sqlite3.connect(read_only(source), uri=True), sqlite3.connect(to)
    try:
        reading.backup(writing)
        found = writing.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{source} cannot be copied: {error}") from error
    finally:
        reading.close()
        writing.close()
    if found != "ok":
        raise StoreError(f"{source} is damaged: {found}")
    settle(to)


def settle(path: Path) -> None:
    """One file, whole and on disk, with nothing left beside it. Nobody else may have it open."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode=DELETE")
    finally:
        db.close()
    fsync(path)


def take_place(live: Path, new: Path) -> Path | None:
    """Puts a whole database in the live one's place, which nobody may have open. The old one stays, under the name
    answered; None if there was none.

    If the process dies here, the live name holds the old database or the new one, whole.
    """
    there, old = live.exists(), _free(live)
    if there:
        with suppress(sqlite3.DatabaseError):  # damaged: then what lies beside it is kept as it is
            settle(live)
    # Beside a database that was lost there may be a part of it, which does not fit the new one.
    for end in ("", *BESIDE):
        part = live.with_name(live.name + end)
        if part.exists():
            os.link(part, old.with_name(old.name + end))
    for end in BESIDE:
        live.with_name(live.name + end).unlink(missing_ok=True)
    new.replace(live)
    fsync(live.parent)
    return old if there else None


def remove(path: Path) -> None:
    """A database file of ours that is worth nothing, with what SQLite keeps beside it."""
    for end in ("", *BESIDE):
        path.with_name(path.name + end).unlink(missing_ok=True)


def fsync(path: Path) -> None:
    """A file's bytes, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free(live: Path) -> Path:
    """A name for what is replaced that nothing has."""
    stem = f"{live.name}.before-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}"
    names = (live.with_name(stem + (f"-{number}" if number else "")) for number in range(1_000))
    return next(name for name in names if not any(name.with_name(name.name + end).exists() for end in ("", *BESIDE)))
