"""A database file as a test looks into it, or damages it: closed at the end, which `with sqlite3.connect(…)` leaves to the garbage
collector. SQLite shares what it knows of a file among all connections of a process, also after the file has another name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.store.files import read_only


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """To write: one transaction."""
    with closing(sqlite3.connect(path, timeout=60)) as db, db:
        yield db


@contextmanager
def read(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(read_only(path), uri=True, timeout=60)) as db:
        yield db
