"""Who leads: of several workers on one database one submits and follows, and a deposed one can commit nothing more.

No clock is compared across workers. The leader counts beats; who sees the same beat for PATIENCE seconds of its own
monotonic clock takes over, with a higher fence. Every commit of a leader looks at the fence inside its transaction: a leader
that was stopped, deposed and woken up again finds another's and changes nothing.

| the process dies | what is true |
|---|---|
| leading | its row stays; another takes over after PATIENCE, or it itself at once when it starts again under its name |
| while taking over | the row is the old one or the new one; never two leaders with one fence |
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ledger.errors import LedgerError
from ledger.store.database import Store

BEAT = 1.0
PATIENCE = 5.0
"""Seconds. A leader that is late loses its place and nothing else."""


class Deposed(LedgerError):
    """Another worker leads now. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class _Seen:
    fence: int
    beat: int
    level: int


class Lease:
    """One per process. `name` is the worker's: whoever holds it holds it alone (its lock file), so a row with this name and
    another token is of a process that is dead."""

    def __init__(self, store: Store, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._name = name
        self._token = secrets.token_hex(8)
        self._clock = clock
        self._lock = threading.Lock()
        self._fence = 0  # of ours; 0: not leading
        self._seen: _Seen | None = None
        self._changed_at = clock()  # when the row was last seen to change
        self._level_at: float | None = None  # when the leader was last known to be level with the chain
        self._level_due = False
        self._wrong_chain_told: str | None = None
        self._beat_at = 0.0

    @property
    def leads(self) -> bool:
        """By the last look."""
        return bool(self._fence)

    def hold(self) -> bool:
        """Whether this worker leads; called often. Beats when a beat is due, takes over when the leader is silent."""
        with self._lock:
            row = self._look()
            now = self._clock()
            if self._fence and row is not None and row["fence"] == self._fence:
                if now >= self._beat_at + BEAT:
                    self._beat()
                return True
            self._fence = 0
            if row is None or row["name"] == self._name or now >= self._changed_at + PATIENCE:
                self._take(row)
            return bool(self._fence)

    def check(self, db: sqlite3.Connection) -> None:
        """Inside a leader's transaction. Raises Deposed when this worker leads no longer."""
        row = db.execute("SELECT fence FROM lease").fetchone()
        if not self._fence or row is None or row["fence"] != self._fence:
            raise Deposed(f"{self._name} leads no longer")

    def level(self) -> None:
        """The leader is level with the chain just now; told to the others with the next beat."""
        self._level_at = self._clock()
        self._level_due = True

    def wrong_chain(self, why: str | None) -> None:
        """The leader found that the node answers for another ledger, or (None) that it does not; told at once."""
        if why == self._wrong_chain_told:
            return
        with self._store.write() as db:
            self.check(db)
            db.execute("UPDATE lease SET wrong_chain = ?", (why,))
        self._wrong_chain_told = why

    def lag(self) -> float | None:
        """Seconds since the leader was last known to be level with the chain; None if it never was since this start."""
        with self._lock:
            self._look()
            return None if self._level_at is None else max(0.0, self._clock() - self._level_at)

    def let_go(self) -> None:
        """At the end of a process: the next one need not wait."""
        with self._lock:
            if self._fence:
                with self._store.write() as db:
                    db.execute("UPDATE lease SET name = '' WHERE fence = ?", (self._fence,))
                    if self._level_due:  # level since the last beat: the next process says of when its pages are
                        sql = "UPDATE lease SET level = level + 1, level_at = ? WHERE fence = ?"
                        db.execute(sql, (int(time.time()), self._fence))
                self._fence = 0

    def _look(self) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._store.read().execute("SELECT * FROM lease").fetchone()
        if row is None:
            return None
        seen = _Seen(row["fence"], row["beat"], row["level"])
        if self._seen is None or seen != self._seen:
            self._changed_at = self._clock()
            if self._seen is not None and seen.level != self._seen.level and not self._fence:
                self._level_at = self._clock()
            self._seen = seen
        if row["name"] == "":  # let go
            self._changed_at = float("-inf")
        return row

    def _beat(self) -> None:
        with self._store.write() as db:
            self.check(db)
            db.execute("UPDATE lease SET beat = beat + 1")
            if self._level_due:
                db.execute("UPDATE lease SET level = level + 1, level_at = ?", (int(time.time()),))
        self._level_due = False
        self._beat_at = self._clock()

    def _take(self, seen: sqlite3.Row | None) -> None:
        with self._store.write() as db:
            row = db.execute("SELECT * FROM lease").fetchone()
            if (row and (row["fence"], row["beat"])) != (seen and (seen["fence"], seen["beat"])):
                return  # somebody was quicker
            fence = (row["fence"] if row else 0) + 1
            db.execute("DELETE FROM lease")
            db.execute(
                "INSERT INTO lease (one, name, token, fence, beat, level, level_at, wrong_chain) VALUES (1, ?, ?, ?, 0, 0, ?, ?)",
                (self._name, self._token, fence, row and row["level_at"], row and row["wrong_chain"]),
            )
        self._fence = fence
        self._wrong_chain_told = row and row["wrong_chain"]
        self._beat_at = self._clock()


def verified_at(db: sqlite3.Connection) -> int | None:
    """When the index was last level with the chain, by the leader's clock, in seconds since 1970: to be shown, not compared."""
    row = db.execute("SELECT level_at FROM lease").fetchone()
    return row["level_at"] if row else None


def chain_is_wrong(db: sqlite3.Connection) -> str | None:
    """Why nothing may be recorded now: the leader found another ledger behind the node. None: it may."""
    row = db.execute("SELECT wrong_chain FROM lease").fetchone()
    return row["wrong_chain"] if row else None
