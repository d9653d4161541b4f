"""The projection made anew from the chain, beside the one that is read, and put in its place by one commit.

Readers see the old whole state until that commit and the new whole state after it; recording waits only for the commit. What
the chain no longer holds and was acknowledged goes its way again: contracts take each event once, whoever sends it how often.

| the process dies | what is true |
|---|---|
| while building | the old projection stands; the next start finds the chain as it is and builds again |
| in the commit | all of it, or nothing |
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path

from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node
from ledger.projection.follower import Follower
from ledger.store import audit_log, lost_changes
from ledger.store.database import PROJECTION_TABLES, Fence, Store, unfenced
from ledger.store.files import remove

BUILT = "built"  # its name in SQL
# Where things stand on a chain is another place after re-anchoring; what stands there is not.
PLACES = {"block", "log_index", "hash", "sender"}
NOT_COMPARED = {"cursor", "checkpoints", "skips"}


class Rebuilt:
    """A projection of its own, up to the chain's newest block at some moment. Use it inside `rebuilt`."""

    def __init__(self, store: Store, path: Path) -> None:
        self._store = store
        self._path = path

    def put_in_place(self, fence: Fence = unfenced) -> int:
        """Answers how many events go to the chain again: acknowledged here, or known from the lost blocks. Changes of the
        registries that the chain lost are queued for the council."""
        with self._store.attached(self._path, BUILT), self._store.write() as db:
            fence(db)
            for change in _lost_changes(db):
                lost_changes.queue(db, change)
            again = _requeue(db)
            for table in PROJECTION_TABLES:
                db.execute(f"DELETE FROM main.{table}")  # noqa: S608 - names are our own constants
                db.execute(f"INSERT INTO main.{table} SELECT * FROM {BUILT}.{table}")  # noqa: S608
            db.execute("UPDATE lease SET wrong_chain = NULL")
        return again

    def differences(self) -> list[str]:
        """Tables in which this projection says something else than the one in place, but for the places on the chain."""
        found = []
        with self._store.attached(self._path, BUILT):
            db = self._store.read()
            for table in PROJECTION_TABLES:
                if table in NOT_COMPARED:
                    continue
                names = [row["name"] for row in db.execute(f"PRAGMA main.table_info({table})")]
                kept = ", ".join(name for name in names if name not in PLACES)
                ordered = ", ".join(sorted(PLACES.intersection(names) & {"block", "log_index"}))
                told = [_rows(db, f"{schema}.{table}", kept, ordered) for schema in ("main", BUILT)]
                if any(a != b for a, b in zip_longest(*told)):
                    found.append(table)
        return found


def _lost_changes(db: sqlite3.Connection) -> list[tuple[bytes, bytes]]:
    """Target and call of each change that was followed and is not on this chain, in order; one that was made twice counts
    twice. By what they say, not by their transaction: on a re-anchored chain that is another one."""
    sql = "SELECT target, input FROM {}.governance ORDER BY block, log_index"
    there = Counter(tuple(row) for row in db.execute(sql.format(BUILT)))
    lost = []
    for row in db.execute(sql.format("main")):
        change = (row["target"], row["input"])
        if there[change] > 0:
            there[change] -= 1
        else:
            lost.append(change)
    return lost


def _requeue(db: sqlite3.Connection) -> int:
    """The outbox as this chain has it: nothing of it is under way, what is there is final, the rest is accepted."""
    for (hash,) in db.execute("SELECT hash FROM submissions WHERE state = 'signed'").fetchall():
        db.execute("UPDATE submissions SET state = 'displaced' WHERE hash = ?", (hash,))
        audit_log.keep(db, "submissions", (hash,), audit_log.GATEWAY, "submission", "displaced")
    db.execute(
        "UPDATE outbox SET state = 'final', law = NULL WHERE state <> 'final' AND id IN (SELECT id FROM built.events)"
    )
    ours = db.execute(
        "UPDATE outbox SET state = 'accepted', law = NULL, attempts = 0, next_try = 0, submission = NULL"
        " WHERE state IN ('signed', 'submitted', 'mined', 'final') AND id NOT IN (SELECT id FROM built.events)"
    ).rowcount
    theirs = db.execute(  # recorded past this gateway: we have the signed bytes, and anyone may relay them
        "INSERT INTO outbox (id, party, shape, body, signature, state, accepted_at)"
        " SELECT id, party, shape, body, signature, 'accepted', ? FROM main.events"
        " WHERE id NOT IN (SELECT id FROM built.events) AND id NOT IN (SELECT id FROM outbox) ORDER BY seq RETURNING id",
        (int(time.time()),),
    ).fetchall()
    for (id,) in theirs:
        audit_log.keep(db, "outbox", (id,), audit_log.GATEWAY, "event of others goes to the chain again")
    return ours + len(theirs)


def _rows(db: sqlite3.Connection, table: str, columns: str, ordered: str) -> Iterator[tuple[object, ...]]:
    sql = f"SELECT {columns} FROM {table} ORDER BY {ordered or columns}"  # noqa: S608 - names from the schema
    return (tuple(row) for row in db.execute(sql))


@contextmanager
def rebuilt(store: Store, node: Node, deployment: Deployment) -> Iterator[Rebuilt]:
    """Reads the whole chain into a database beside `store`'s, which is removed at the end. Raises ChainError."""
    path = store.path.with_name("rebuilt.db")
    remove(path)
    shadow = Store(path)
    try:
        follower = Follower(shadow, node, deployment)
        while follower.step():
            pass
        shadow.close()
        yield Rebuilt(store, path)
    finally:
        shadow.close()
        remove(path)
