"""Whoever came first writes first, and nobody waits for ever (ledger/store/turns.py)."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ledger.errors import StoreBusy
from ledger.store import database
from ledger.store.database import Store
from ledger.store.turns import Turns
from tests.gateway_process import ROOT, until


def test_turns_come_in_the_order_of_asking(tmp_path: Path) -> None:
    turns, order = Turns(tmp_path / "db"), list[int]()

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


def test_who_gives_up_leaves_no_gap(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "db")
    with turns.mine(0), turns.mine(0.01) as second:
        assert not second
    with turns.mine(0) as third:
        assert third, "what nobody held is free"


def test_a_turn_ends_with_an_error(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "db")
    with pytest.raises(ZeroDivisionError), turns.mine(0):
        raise ZeroDivisionError
    with turns.mine(0) as got:
        assert got


def test_a_process_that_writes_all_the_time_lets_another_in(tmp_path: Path) -> None:
    """Each holds the lock for a while and asks again at once: none gets two turns more than the other while both ask."""
    order = tmp_path / "order"
    code = (
        "import sys, time; from pathlib import Path; from ledger.store.turns import Turns\n"
        "turns, order, me = Turns(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3]\n"
        "print('up', flush=True); sys.stdin.readline()\n"
        "for _ in range(40):\n"
        "    with turns.mine(60) as got, order.open('a') as file:\n"
        "        file.write(me); end = time.monotonic() + 0.005\n"
        "        while time.monotonic() < end: pass\n"
    )
    line = [sys.executable, "-c", code, str(tmp_path / "db"), str(order)]
    both = [
        subprocess.Popen([*line, me], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for me in "ab"
    ]
    for each in both:
        assert each.stdout and each.stdout.readline() == "up\n"
    for each in both:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in both:
        each.communicate(timeout=120)
    said = order.read_text()
    together = said[: max(said.rindex("a"), said.rindex("b")) + 1].rstrip(said[-1])
    assert len(said) == 80
    assert "aaaa" not in together[4:] and "bbbb" not in together[4:], said


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
