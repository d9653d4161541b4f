"""The projection again, from the chain alone, in a new database file; the old one is not touched.

| the process dies | what is true after it |
|---|---|
| while building | an unfinished file beside the database; the next rebuild removes it |
| after the new file is whole | both files are there; nothing has changed |
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node
from ledger.errors import StoreError
from ledger.projection.follower import Follower
from ledger.store.database import PROJECTION_TABLES, Store
from ledger.store.files import attached, fsync, read_only, remove, settle
from ledger.store.rows import TableDigest, columns, digest, tables

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Compared:
    """One table, as the chain says it and as it stands in the live database (None: that has no such table, or no file)."""

    table: str
    rebuilt: TableDigest
    live: TableDigest | None

    @property
    def equal(self) -> bool:
        return self.rebuilt == self.live


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`block`: up to which both were read. `kept`: rows taken over, by table, that no chain knows."""

    path: Path
    block: int
    events: int
    tables: tuple[Compared, ...]
    kept: dict[str, int]
    live_is_there: bool

    @property
    def equal(self) -> bool:
        return all(each.equal for each in self.tables)


def rebuild(live: Path, new: Path, node: Node, deployment: Deployment, say: Say = lambda _: None) -> Rebuilt:
    """Builds `new` up to the live database's own block and holds every table of the projection against the live one.

    With no live database it goes up to the newest block. What no chain knows is copied over from the live database.
    `new` must not exist; it appears when it is whole, and on disk. Raises ChainError, and Divergence when the chain shows
    what the model refuses.
    """
    if new.exists():
        raise StoreError(f"{new} is there already: move it away first")
    building = new.with_name(new.name + ".building")
    remove(building)
    there = live.exists()
    with closing(Store(building)) as store:
        follower = Follower(store, node, deployment)
        # Twice: the long way without holding the live database's state, then the few blocks that came meanwhile.
        follow(follower, _cursor(live) if there else None, say)
        with attached(building, **({"live": live} if there else {})) as db:
            if there:
                follow(follower, _block(db, "live"), say)
            compared = tuple(
                Compared(table, digest(db, table), _readable(db, table) if there else None)
                for table in PROJECTION_TABLES
            )
            block = _block(db, "main")
            events = db.execute("SELECT count(*) FROM main.events").fetchone()[0]
    kept = _keep(building, live) if there else {}
    settle(building)
    building.replace(new)
    fsync(new.parent)
    return Rebuilt(new, block or 0, events, compared, kept, there)


def follow(follower: Follower, until: int | None, say: Say) -> None:
    """Up to this block, or to the newest."""
    while left := follower.step(until):
        position = follower.position()
        say(f"followed to block {position.block if position else 0}, {left} to come")
    position = follower.position()
    say(f"followed to block {position.block if position else 0}")


def _readable(db: sqlite3.Connection, table: str) -> TableDigest | None:
    try:
        return digest(db, table, "live")
    except sqlite3.DatabaseError:
        return None  # damaged


def _keep(building: Path, live: Path) -> dict[str, int]:
    """Copies over what is no function of the chain. What the chain has recorded is final, whatever the old index said."""
    db = sqlite3.connect(building, isolation_level=None)
    try:
        db.execute("ATTACH DATABASE ? AS live", (str(live),))
        db.execute("BEGIN IMMEDIATE")
        db.execute("PRAGMA defer_foreign_keys=ON")
        kept = {}
        for table in tables(db):
            if table in PROJECTION_TABLES:
                continue
            names = ", ".join(columns(db, table))
            copied = db.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM live.{table}")  # noqa: S608
            kept[table] = copied.rowcount
        db.execute("DELETE FROM main.sqlite_sequence")
        db.execute("INSERT INTO main.sqlite_sequence SELECT * FROM live.sqlite_sequence")
        db.execute("UPDATE main.outbox SET state = 'final', law = NULL WHERE id IN (SELECT id FROM main.events)")
        db.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        raise StoreError(f"what no chain knows cannot be read from {live}: restore a backup ({error})") from error
    finally:
        db.close()
    return kept


def _cursor(path: Path) -> int | None:
    db = sqlite3.connect(read_only(path), uri=True)
    try:
        row = db.execute("SELECT block FROM cursor").fetchone()
    except sqlite3.DatabaseError:
        return None  # damaged: as far as the chain goes
    finally:
        db.close()
    return row[0] if row else None


def _block(db: sqlite3.Connection, schema: str) -> int | None:
    row = db.execute(f"SELECT block FROM {schema}.cursor").fetchone()  # noqa: S608 - a literal
    return row[0] if row else None
