"""The Store seam on SQLite: connections, migrations, one durable transaction.

WAL with `synchronous=FULL`: a commit that returned survives kill -9 and power loss (reference/reliability.md, section 4.3).
Every write transaction begins IMMEDIATE, so what it read cannot change under it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.errors import StoreBusy, StoreError
from ledger.store.turns import Turns

PATIENCE = 10.0
MIGRATIONS = Path(__file__).parent / "migrations"

PROJECTION_TABLES = (
    "cursor", "checkpoints", "governance",
    "parties", "signers", "products", "makers", "yields", "batches", "holdings", "shipments", "nonces",
    "events", "links", "edges", "heads", "registry_changes", "skips",
)  # fmt: skip


_UNUSABLE = {
    sqlite3.SQLITE_BUSY: f"another process holds the database for over {PATIENCE:.0f} s",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the database cannot be written",
    sqlite3.SQLITE_IOERR: "the disk fails",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_PROTOCOL: "the database cannot be locked",
}
"""What may pass. All of it is said before a commit or, of a full disk, instead of it: nothing was changed."""
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


Fence = Callable[[sqlite3.Connection], None]
"""Asked inside a transaction whether it may still commit; raises when not."""


def unfenced(_: sqlite3.Connection) -> None:
    """For who is alone with a database."""


class _Connection(sqlite3.Connection):
    """Says in our words what SQLite cannot do."""

    def execute(self, *asked: Any) -> sqlite3.Cursor:
        """Raises StoreBusy, StoreError, and as they are the errors of a wrong statement."""
        try:
            return super().execute(*asked)
        except sqlite3.DatabaseError as error:
            _name(error)
            raise

    def executemany(self, *asked: Any) -> sqlite3.Cursor:
        try:
            return super().executemany(*asked)
        except sqlite3.DatabaseError as error:
            _name(error)
            raise


def _name(error: sqlite3.DatabaseError) -> None:
    """Raises what it is in our words, if it is anything but a wrong statement."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _UNUSABLE:
        raise StoreBusy(f"{_UNUSABLE[code]} ({error})") from error
    if code in _BROKEN:
        raise StoreError(f"the database is damaged: {error}") from error


class _Hold:
    """A thread's hold on a connection. It ends with the thread, and the next thread that comes takes the connection over."""

    __slots__ = ("_idle", "connection")

    def __init__(self, connection: sqlite3.Connection, idle: deque[sqlite3.Connection]) -> None:
        self.connection = connection
        self._idle = idle

    def __del__(self) -> None:
        self._idle.append(self.connection)


class Store:
    """A database file. `read()` gives this thread's connection, `write()` one durable transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._idle: deque[sqlite3.Connection] = deque()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._turns = Turns(path)
        self._migrate()

    def read(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit: each SELECT sees the latest commit."""
        hold: _Hold | None = getattr(self._local, "hold", None)
        if hold is None:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._open()
            hold = self._local.hold = _Hold(connection, self._idle)
        return hold.connection

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Several SELECTs over one state of the database."""
        connection = self.read()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            _undo(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction. If the process dies before the end, nothing of it is there; after the end, all of it is.

        Raises StoreBusy when the database cannot be used just now, and nothing was changed: another process holds it for
        longer than PATIENCE (a stopped one, say, in the middle of its own transaction), the disk is full or does not answer.
        Raises StoreError when the commit itself fails: whether it is on disk is then unknown, so the process must stop.
        """
        with self._turns.mine(PATIENCE) as got:
            if not got:
                raise StoreBusy(_UNUSABLE[sqlite3.SQLITE_BUSY])
            connection = self.read()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                _undo(connection)
                raise
            try:
                connection.execute("COMMIT")
            except (sqlite3.Error, StoreBusy) as error:
                if _is_full(error):
                    _undo(connection)  # the record of the commit found no room, so there is none
                    raise
                raise StoreError(f"the database could not commit: {error}") from error

    @contextmanager
    def attached(self, path: Path, name: str) -> Iterator[None]:
        """Another database file, read by this thread under this name."""
        connection = self.read()
        connection.execute(f"ATTACH ? AS {name}", (str(path),))
        try:
            yield
        finally:
            connection.execute(f"DETACH {name}")

    def close(self) -> None:
        """Closes what no other thread is using."""
        self._local = threading.local()  # this thread's connection is idle now
        while self._idle:
            self._idle.pop().close()
        self._turns.close()

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, factory=_Connection
            )
        except sqlite3.DatabaseError as error:
            _name(error)
            raise
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-16384")
        return connection

    def _migrate(self) -> None:
        connection = self.read()
        for script in sorted(MIGRATIONS.glob("*.sql")):
            number = int(script.name.split("_")[0])
            if connection.execute("PRAGMA user_version").fetchone()[0] >= number:
                continue
            # executescript commits on its own; the whole file and its number are one transaction written out.
            whole = f"BEGIN IMMEDIATE;\n{script.read_text()}\nPRAGMA user_version={number};\nCOMMIT;"
            try:
                connection.executescript(whole)
            except sqlite3.DatabaseError as error:
                _name(error)
                raise


def _undo(connection: sqlite3.Connection) -> None:
    """SQLite may have ended the transaction by itself when the disk failed."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _is_full(error: Exception) -> bool:
    cause = error.__cause__
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL
