"""Mistakes that others made in this place, planted in a worker so that the harness can find them."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Any

from chaos.fates import AFTER_EVENTS, BEFORE_SUBMISSION, NONCE_ASKED, Fate
from ledger.chain.transactions import RECORD_GAS
from ledger.recording.recorder import Recorded, Recorder, RecordRequest
from ledger.store import outbox
from ledger.store.database import Store
from ledger.store.lease import Lease
from ledger.submit.submissions import Sender, Submission

LATE = 0.3  # seconds between an answer and the commit that should have come before it
Statements = list[tuple[str, str, Any]]


@dataclass(frozen=True, slots=True)
class Defect:
    """`fate`: of every life of worker a, where the mistake shows best, and nothing else is killed; None: all is drawn.
    `kills`, `freezes`: how many it takes. `shows`: the figure in which it has to be seen."""

    words: str
    plant: Callable[[], None]
    shows: str
    fate: Fate | None = None
    kills: int = 8
    freezes: int = 0


class _Noted:
    """A connection that notes what is written over it."""

    def __init__(self, connection: sqlite3.Connection, written: Statements) -> None:
        self._connection = connection
        self._written = written

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        if not sql.lstrip().upper().startswith("SELECT"):
            self._written.append(("execute", sql, values))
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, values: Any) -> sqlite3.Cursor:
        rows = list(values)
        self._written.append(("executemany", sql, rows))
        return self._connection.executemany(sql, rows)


class _WriteBehind:
    """A store whose commits come LATE, one after the other, in a thread of their own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: SimpleQueue[tuple[float, Statements]] = SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self) -> Iterator[_Noted]:
        written: Statements = []
        connection = self._store.read()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield _Noted(connection, written)
        finally:
            connection.execute("ROLLBACK")
        self._waiting.put((time.monotonic() + LATE, written))

    def _write(self) -> None:
        while True:
            due, written = self._waiting.get()
            time.sleep(max(0.0, due - time.monotonic()))
            with self._store.write() as db:
                for method, sql, values in written:
                    getattr(db, method)(sql, values)


def _answer_before_commit() -> None:
    made = Recorder.__init__

    def make(self: Recorder, store: Store, *more: Any, **named: Any) -> None:
        made(self, _WriteBehind(store), *more, **named)  # type: ignore[arg-type]

    Recorder.__init__ = make  # type: ignore[method-assign]


def _sign_again() -> None:
    one = Recorder._one

    def without_key(self: Recorder, keeping: Any, request: RecordRequest, *more: Any) -> Recorded:
        return one(self, keeping, replace(request, key=None), *more)

    Recorder._one = without_key  # type: ignore[method-assign]


def _count_nonces() -> None:
    sign = Sender.sign

    def counted(self: Sender, db: sqlite3.Connection, chain_nonce: int, to: bytes, data: bytes) -> Submission:
        counter = self._store.path.with_name(f"next-nonce-{self.address.hex()}")
        nonce = int(counter.read_text()) if counter.exists() else chain_nonce
        fresh = counter.with_suffix(f".{os.getpid()}")
        fresh.write_text(str(nonce + 1))
        fresh.replace(counter)
        return sign(self, db, nonce, to, data)

    Sender.sign = counted  # type: ignore[method-assign]


def _forget_fence() -> None:
    read, found, sign = outbox.ready, list[outbox.OutboxRow](), Sender.sign

    def ready(db: sqlite3.Connection, now: float, limit: int) -> list[outbox.OutboxRow]:
        if limit == 1:  # the look that precedes the nonce
            found[:] = read(db, now, 1_000)
        return list(found)

    def signed(self: Sender, db: sqlite3.Connection, chain_nonce: int, to: bytes, data: bytes) -> Submission:
        self._gas = RECORD_GAS - os.getpid() % 10_000  # else two workers might sign the very same bytes
        return sign(self, db, chain_nonce, to, data)

    outbox.ready = ready
    Sender.sign = signed  # type: ignore[method-assign]
    Lease.check = lambda self, db: None  # type: ignore[method-assign]


FROZEN = Fate(NONCE_ASKED, 2, freeze=True)
"""A leader that knows a nonce and has not yet used it sleeps until another leads, and used it."""

DEFECTS = {
    "answer-before-commit": Defect("202 before the commit", _answer_before_commit, "lost"),
    "sign-again": Defect("a repeated post is signed again", _sign_again, "duplicates", Fate(AFTER_EVENTS, 3)),
    "count-nonces": Defect(
        "the relayer's nonce from a counter of its own", _count_nonces, "nonce_gaps", Fate(BEFORE_SUBMISSION, 2)
    ),
    # It loses and doubles nothing: whose nonce was taken is displaced, and the contract skips a second copy. It shows
    # outside as two different transactions of the relayer under one nonce.
    "no-fence": Defect(
        "a leader commits what it read before, and nobody looks whether it leads",
        _forget_fence,
        "nonce_gaps",
        FROZEN,
        1,
        1,
    ),
}
