"""Whoever came first writes first, and nobody waits for ever (ledger/store/turns.py)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ledger.errors import StoreBusy
from ledger.store import database
from ledger.store.database import Store
from ledger.store.turns import Turns
from tests.gateway_process import until


def test_turns_come_in_the_order_of_asking() -> None:
    turns, order = Turns(), list[int]()

    def take(number: int) -> None:
        with turns.mine(60) as got:
            assert got
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    with turns.mine(0) as got:
        assert got
        for number, thread in enumerate(threads, 1):
            thread.start()
            until(lambda number=number: len(turns._waiting) == number, "it waits")
    for thread in threads:
        thread.join(60)
    assert order == list(range(8))


def test_who_gives_up_leaves_no_gap() -> None:
    turns = Turns()
    with turns.mine(0), turns.mine(0.01) as second:
        assert not second
    with turns.mine(0) as third:
        assert third, "what nobody held is free"


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.mine(0):
        raise ZeroDivisionError
    with turns.mine(0) as got:
        assert got


def test_a_writer_that_waits_too_long_for_its_neighbour_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    store = Store(tmp_path / "nguon.db")
    said: list[BaseException] = []

    def second() -> None:
        try:
            with store.write():
                pass
        except StoreBusy as busy:
            said.append(busy)

    with store.write():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(60)
    assert len(said) == 1 and "holds the database" in str(said[0])
    with store.write() as db:
        assert db.in_transaction
    store.close()
