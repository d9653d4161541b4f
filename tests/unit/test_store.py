"""The Store: a connection lives as long as its thread, a failed transaction leaves nothing, new events go before stuck ones."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from ledger.errors import StoreBusy, StoreError
from ledger.store import outbox
from ledger.store.database import Store
from ledger.store.outbox import OPEN


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _burst(store: Store, size: int) -> None:
    """Threads that all read at once, and end."""
    together = threading.Barrier(size)

    def read() -> None:
        store.read().execute("SELECT 1").fetchone()
        together.wait(60)

    threads = [threading.Thread(target=read) for _ in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_that_end_leave_no_connection_open(tmp_path: Path) -> None:
    """Three files a connection. A thread that has just ended may still hold its own: three bursts' worth is allowed of twelve."""
    store = Store(tmp_path / "nguon.db")
    store.read()
    before = _open_files()
    for _ in range(12):
        _burst(store, 10)
    assert _open_files() < before + 3 * 10 * 3
    store.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "nguon.db")

    def broken() -> None:
        with store.write() as db:
            db.execute("INSERT INTO heads VALUES (x'00', x'01')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert store.read().execute("SELECT count(*) FROM heads").fetchone()[0] == 0
    store.close()


def test_a_full_disk_is_said_and_nothing_of_the_transaction_is_there_and_the_next_one_is_taken(tmp_path: Path) -> None:
    store = Store(tmp_path / "nguon.db")
    (pages,) = store.read().execute("PRAGMA page_count").fetchone()
    store.read().execute(f"PRAGMA max_page_count={pages}")
    big = bytes(100_000)

    def keep() -> None:
        with store.write() as db:
            db.execute("INSERT INTO meta VALUES ('small', x'01')")
            db.execute("INSERT INTO meta VALUES ('big', ?)", (big,))

    with pytest.raises(StoreBusy, match="the disk is full"):
        keep()
    assert store.read().execute("SELECT count(*) FROM meta").fetchone()[0] == 0
    store.read().execute("PRAGMA max_page_count=1000000")
    keep()
    assert store.read().execute("SELECT count(*) FROM meta").fetchone()[0] == 2
    store.close()


def test_a_database_that_cannot_be_opened_and_one_that_is_none_are_said_and_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreBusy, match="cannot be opened"):
        Store(tmp_path / "folder")
    text = "this is a letter and no database " * 100
    (tmp_path / "letter").write_text(text)
    with pytest.raises(StoreError, match="damaged"):
        Store(tmp_path / "letter")
    assert (tmp_path / "letter").read_text() == text


def test_a_wrong_statement_is_a_fault_of_ours_and_not_of_the_disk(tmp_path: Path) -> None:
    store = Store(tmp_path / "nguon.db")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.read().execute("SELECT * FROM nowhere")
    store.close()


def test_stuck_events_stand_behind_new_ones(tmp_path: Path) -> None:
    store = Store(tmp_path / "nguon.db")
    with store.write() as db:
        for number, attempts in enumerate((3, 0, 5, 0)):
            db.execute(
                "INSERT INTO outbox (id, party, shape, body, signature, state, attempts, accepted_at)"
                " VALUES (?, x'00', 2, x'', x'', 'accepted', ?, 0)",
                (bytes([number]) * 32, attempts),
            )
    rows = store.read().execute(f"{OPEN} AND state = 'accepted' ORDER BY attempts > 0, seq").fetchall()
    assert [row["seq"] for row in rows] == [2, 4, 1, 3]
    assert "ORDER BY attempts > 0, seq" in (Path(outbox.__file__)).read_text()
    store.close()


def test_no_two_migrations_have_one_number() -> None:
    """The second would never run: the tables of the first are taken for its."""
    numbers = [
        int(path.name[:4]) for path in (Path(__file__).parents[2] / "ledger" / "store" / "migrations").glob("*.sql")
    ]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
