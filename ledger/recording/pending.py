"""What is final plus what is acknowledged and not final yet, kept from commit to commit.

Made anew it costs a look at the law for every pending event. So it is kept while all that became final is what it expected:
events that it holds already, with no change of a registry, no skip and no dead event among them. New values are absolute,
so it does not matter that an event which is final by now is still in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ledger.errors import Refusal
from ledger.events.rules import Overlay, check_unsigned
from ledger.store import outbox
from ledger.store.view import StoredView

LONGEST = 30
"""Seconds. Time alone ends what an event may do (a batch closes, a signer ends): no longer is anything built on that."""
BALLAST = 500
"""Events that are final and still in it, beyond as many as are pending: with more it is made anew, and small again."""


@dataclass(frozen=True, slots=True)
class _Base:
    """The final state that an overlay stands on: the ledger's newest event, and how much of what upsets an overlay there was."""

    place: int
    id: bytes
    upset: tuple[int, ...]


@dataclass(slots=True)
class _Kept:
    overlay: Overlay
    base: _Base
    since: int
    applied: int = 0  # events in it, final ones among them
    seen: int = 0  # the newest outbox row it knows, of whichever worker
    expected: set[bytes] = field(default_factory=set)  # ids in it that were not final
    registries: dict[object, Any] = field(default_factory=dict)

    def take(self, row: outbox.OutboxRow) -> None:
        self.expected.add(row.id)
        self.applied += 1
        self.seen = max(self.seen, row.seq)


class Pending:
    """One per process; the caller lets one thread in at a time."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None

    def current(self, db: sqlite3.Connection, now: int) -> Overlay:
        """For this transaction. What the caller applies to it stays in it: with `forget` where the transaction fails."""
        kept = self._kept
        if kept is None or not self._stands(db, kept, now):
            kept = self._kept = self._anew(db, now)
        else:
            # a view reads through its transaction's connection
            kept.overlay.base = StoredView(db, kept.registries)
            _apply(kept, outbox.after(db, kept.seen), now)
        return kept.overlay

    def look(self, db: sqlite3.Connection, now: int) -> Overlay:
        """For reading alone; nothing of it is kept."""
        return self._anew(db, now).overlay

    def added(self, row: outbox.OutboxRow) -> None:
        """The caller kept this event and applied it."""
        assert self._kept is not None, "it was asked for first"
        self._kept.take(row)

    def forget(self) -> None:
        self._kept = None

    def _stands(self, db: sqlite3.Connection, kept: _Kept, now: int) -> bool:
        base = _base(db)
        if base == kept.base:
            return True
        if base.upset != kept.base.upset or base.place < kept.base.place or not 0 <= now - kept.since < LONGEST:
            return False
        sql = "SELECT seq, id FROM events WHERE seq >= ? ORDER BY seq"
        rows = [tuple(row) for row in db.execute(sql, (kept.base.place,))]
        if kept.base.place and (not rows or rows.pop(0) != (kept.base.place, kept.base.id)):
            return False  # another history
        ids = {id for _, id in rows}
        if not ids <= kept.expected:
            return False
        kept.expected -= ids
        kept.base = base
        return kept.applied <= 2 * len(kept.expected) + BALLAST

    def _anew(self, db: sqlite3.Connection, now: int) -> _Kept:
        registries: dict[object, Any] = {}
        kept = _Kept(Overlay(StoredView(db, registries)), _base(db), now, registries=registries)
        _apply(kept, outbox.pending(db), now)
        return kept


def _base(db: sqlite3.Connection) -> _Base:
    newest = db.execute("SELECT seq, id FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    (dead,) = db.execute("SELECT count(*) FROM outbox INDEXED BY outbox_dead WHERE state = 'dead'").fetchone()
    upset = (*_newest(db, "registry_changes"), *_newest(db, "skips"), dead)
    return _Base(newest["seq"] if newest else 0, newest["id"] if newest else b"", upset)


def _newest(db: sqlite3.Connection, table: Literal["registry_changes", "skips"]) -> tuple[int, int]:
    sql = f"SELECT block, log_index FROM {table} ORDER BY block DESC, log_index DESC LIMIT 1"  # noqa: S608 - one of two
    row = db.execute(sql).fetchone()
    return (row["block"], row["log_index"]) if row else (-1, -1)


def _apply(kept: _Kept, rows: Iterable[outbox.OutboxRow], now: int) -> None:
    for row in rows:
        kept.seen = max(kept.seen, row.seq)
        event = row.signed.event
        try:
            kept.overlay.apply(check_unsigned(kept.overlay, row.id, event, max(now, event.occurred_at)))
        except Refusal:
            continue  # it was allowed when it was acknowledged; the submitter finds out and says so
        kept.take(row)
