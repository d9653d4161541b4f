"""Two gateways serve one data folder: together they acknowledge nothing twice, one leads, and either may be lost or stopped.

The oracle reads the node's logs, not our tables.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, Json, gateway, until

NUMBERS = count()
AT = "2025-11-20T07:30:00+07:00"


class Pair:
    """Both workers, and the goods that they serve."""

    def __init__(self, first: Gateway, second: Gateway) -> None:
        self.both = (first, second)
        self.coop = first.party("coop", "producer")
        self.shop = first.party("shop", "retailer")
        self.crab = first.product(self.coop)

    @property
    def leader(self) -> Gateway:
        return next(each for each in self.both if leads(each))

    def caught(self, quantity: int) -> str:
        lot = f"L{next(NUMBERS)}"
        output = {"product": self.crab, "lot": lot, "quantity": quantity}
        event = {"kind": "Commission", "party": self.coop, "occurred_at": AT, "outputs": [output]}
        assert self.both[0].record(event, params={"wait": "final"})["status"] == 200
        return lot

    def ship(self, lot: str, quantity: int) -> Json:
        return {"kind": "Ship", "party": self.coop, "occurred_at": AT, "product": self.crab, "lot": lot,
                "quantity": quantity, "to": self.shop}  # fmt: skip

    def seen(self) -> Json:
        return {"kind": "Observe", "party": self.coop, "occurred_at": AT, "place": f"urn:nguon:pond:{next(NUMBERS)}"}

    def on_chain(self) -> Counter[str]:
        return Counter(self.both[0].on_chain())


def leads(worker: Gateway) -> bool:
    return bool(worker.operator.get("/health/ready").json()["leads"])


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    with (
        devnet(folder, beat=0.05) as chain,
        gateway(folder, chain.rpc, name="a") as first,
        gateway(folder, chain.rpc, name="b") as second,
    ):
        yield Pair(first, second)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("workers")) as running:
        yield running


def at_once(workers: tuple[Gateway, ...], posts: list[tuple[Json, dict[str, Any]]]) -> list[httpx.Response]:
    """All these posts in parallel, to one worker after the other."""
    with ThreadPoolExecutor(len(posts)) as pool:
        asked = [
            pool.submit(workers[place % len(workers)].operator.post, "/v1/events", json=body, **more)
            for place, (body, more) in enumerate(posts)
        ]
    return [each.result() for each in asked]


def test_one_leads(two: Pair) -> None:
    assert sorted(leads(each) for each in two.both) == [False, True]


def test_the_same_post_a_hundred_times_in_parallel_is_one_event(two: Pair) -> None:
    lot = two.caught(1_000)
    key = {"headers": {"Idempotency-Key": f"same-{lot}"}}
    answers = at_once(two.both, [(two.ship(lot, 10), key)] * 100)
    assert {answer.status_code for answer in answers} <= {200, 202}
    (id,) = {answer.json()["id"] for answer in answers}
    assert sorted(answer.json()["already"] for answer in answers).count(False) == 1
    two.both[1].final(id)
    assert two.on_chain()[id] == 1

    other = two.both[1].operator.post("/v1/events", json=two.ship(lot, 11), **key)
    assert (other.status_code, other.json()["law"]) == (409, "IdempotencyKeyReused")


def test_goods_that_only_one_can_have_are_promised_once(two: Pair) -> None:
    """Ten kilograms, forty posts of one kilogram to two workers that know nothing of each other: ten are acknowledged."""
    lot = two.caught(10_000)
    answers = at_once(two.both, [(two.ship(lot, 1_000), {})] * 40)
    kept = [answer.json()["id"] for answer in answers if answer.status_code in (200, 202)]
    refused = [answer.json()["law"] for answer in answers if answer.status_code == 422]
    assert (len(kept), refused) == (10, ["MoreThanHeld"] * 30)
    two.both[0].final(*kept)
    found = two.on_chain()
    assert [found[id] for id in kept] == [1] * 10


def test_registry_changes_by_both_at_once_are_all_made(two: Pair) -> None:
    uris = [two.both[0].name("party") for _ in range(8)]

    def admit(place: int) -> int:
        body = {"parties": [{"uri": uris[place], "roles": ["producer"]}]}
        return two.both[place % 2].operator.post("/v1/parties", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(admit, range(8))) == [200] * 8
    known = {party["id"] for party in two.both[1].operator.get("/v1/parties").json()}
    assert set(uris) <= known


def all_stopped(pid: int) -> bool:
    """The signal is on its way when `kill` returns; a thread may still begin something."""
    states = [path.read_text().rpartition(")")[2].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(state == "T" for state in states)


def stop_outside_of_a_transaction(worker: Gateway, folder: Path) -> None:
    """SQLite has one lock for writers, and a process that was stopped while it held it keeps all others out: then they say
    503, and there is nothing to follow. So it is stopped while it holds nothing."""
    store = sqlite3.connect(folder / "nguon.db", timeout=0, isolation_level=None)
    while True:
        os.kill(worker.process.pid, signal.SIGSTOP)
        until(lambda: all_stopped(worker.process.pid), "every thread of it stands still")
        try:
            store.execute("BEGIN IMMEDIATE")
            store.execute("ROLLBACK")
        except sqlite3.OperationalError:
            os.kill(worker.process.pid, signal.SIGCONT)
            continue
        store.close()
        return


def test_while_a_stopped_one_holds_the_database_the_others_say_so(two: Pair) -> None:
    """No event is acknowledged, none is lost, and nothing is a fault: the client asks again. One that starts meanwhile waits."""
    store = sqlite3.connect(two.both[0].data / "nguon.db", timeout=60, isolation_level=None)
    store.execute("BEGIN IMMEDIATE")
    one = two.both[0]
    with ThreadPoolExecutor(1) as pool:
        try:
            third = pool.submit(_comes_up, one.data, one.rpc)
            answer = two.both[1].operator.post("/v1/events", json=two.seen(), timeout=120)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert two.both[1].operator.get("/v1/ledger").status_code == 200
            log = one.data / "third.log"
            until(lambda: "waiting at the start: another process holds" in log.read_text(), "it waits and says so")
        finally:
            store.execute("ROLLBACK")
        assert third.result(), "it came up afterwards"
    assert two.both[1].record(two.seen(), params={"wait": "final"})["status"] == 200


def _comes_up(data: Path, rpc: str) -> bool:
    with gateway(data, rpc, name="third") as nguon:
        return nguon.is_ready()


def test_a_leader_stopped_beyond_its_lease_is_followed_and_so_is_a_killed_one(tmp_path: Path) -> None:
    """The stopped one wakes up, finds itself deposed, and doubles nothing; when its follower is killed it leads again."""
    with pair(tmp_path) as two:
        zombie = two.leader
        other = next(each for each in two.both if each is not zombie)
        ids = [zombie.record(two.seen())["id"] for _ in range(5)]
        stop_outside_of_a_transaction(zombie, folder=tmp_path)
        try:
            ids += [other.record(two.seen())["id"] for _ in range(5)]
            until(lambda: leads(other), "the other one leads")
            other.final(*ids)
        finally:
            os.kill(zombie.process.pid, signal.SIGCONT)
        ids += [each.record(two.seen())["id"] for each in two.both for _ in range(5)]
        other.final(*ids)
        zombie.final(*ids)
        assert leads(other) and not leads(zombie)
        assert two.on_chain() == dict.fromkeys(ids, 1)

        ids += [other.record(two.seen())["id"] for _ in range(5)]
        other.kill()
        ids += [zombie.record(two.seen())["id"] for _ in range(5)]
        zombie.final(*ids)
        assert leads(zombie)
        assert two.on_chain() == dict.fromkeys(ids, 1)
