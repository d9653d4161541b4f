"""Acknowledged is kept (promise 1) by a real gateway whose disk is full, whose disk fails, or whose database refuses one row:
no 202 without the row, and what was acknowledged is on the chain once, by the node's logs."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.database_files import read
from tests.devnet_process import devnet
from tests.gateway_process import ROOT, Gateway, Json, client, gateway, until

NUMBERS = count()
AT = "2025-11-20T07:30:00+07:00"
SIZE = 24 * 2**20
BLOCK = 4096


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "nguon-test", str(folder)]
    if os.geteuid() or subprocess.run(line, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def seen(party: str) -> Json:
    return {"kind": "Observe", "party": party, "occurred_at": AT, "place": f"urn:nguon:pond:{next(NUMBERS)}"}


def post(asked: Gateway, event: Json) -> httpx.Response:
    """With the event's place as its key, so that a repeat is harmless."""
    return asked.operator.post("/v1/events", json=event, headers={"Idempotency-Key": event["place"]})


def filled(disk: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(BLOCK)):
            pass
    assert os.statvfs(disk).f_bavail == 0
    return ballast


def whole(data: Path) -> None:
    with read(data / "nguon.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def on_the_chain_once(asked: Gateway, *ids: str) -> None:
    asked.final(*ids)
    found = asked.on_chain()
    assert [found.count(id) for id in ids] == [1] * len(ids)
    assert len(found) == len(set(found))


def test_a_full_disk_takes_nothing_and_loses_nothing_and_when_freed_it_goes_on_by_itself(
    disk: Path, tmp_path: Path
) -> None:
    with devnet(tmp_path, beat=0.05) as chain, gateway(disk, chain.rpc) as nguon:
        coop = nguon.party("coop", "producer")
        acknowledged = [nguon.record(seen(coop))["id"] for _ in range(5)]

        ballast = filled(disk)
        refused: list[Json] = []
        while len(refused) < 5:
            event = seen(coop)
            answer = post(nguon, event)
            if answer.status_code == 202:  # it found room in a block that was half full
                acknowledged.append(answer.json()["id"])
                continue
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["title"] == "The database cannot be used now"
            refused.append(event)
        assert nguon.operator.get(f"/v1/events/{acknowledged[0]}").status_code == 200
        until(lambda: "disk is full" in (nguon.operator.get("/health/ready").json()["why"] or ""), "it says why")

        ballast.unlink()
        until(lambda: nguon.operator.get("/health/ready").status_code == 200, "it is ready again")
        kept = [post(nguon, event) for event in refused]
        assert {answer.status_code for answer in kept} <= {200, 202}
        assert not any(answer.json()["already"] for answer in kept)
        on_the_chain_once(nguon, *acknowledged, *(answer.json()["id"] for answer in kept))
        assert len(nguon.on_chain()) == len(acknowledged) + len(kept)
        whole(disk)
        assert "Traceback" not in (disk / "gateway.log").read_text()


def test_killed_on_a_full_disk_it_starts_again_once_there_is_room(disk: Path, tmp_path: Path) -> None:
    """While there is none, a start ends with one sentence or serves; it never ends with a traceback."""
    with devnet(tmp_path, beat=0.05) as chain:
        with gateway(disk, chain.rpc) as nguon:
            coop = nguon.party("coop", "producer")
            chain_ids = [nguon.record(seen(coop))["id"] for _ in range(20)]
            ballast = filled(disk)
            nguon.kill()
        line = [sys.executable, "-m", "gateway", "--data", str(disk), "--rpc", chain.rpc, "--port", "0"]
        said = tmp_path / "said"
        with said.open("wb") as log, subprocess.Popen(line, cwd=ROOT, stdout=log, stderr=log) as process:
            try:
                until(
                    lambda: process.poll() is not None or "full" in said.read_text(), "it ends, or says what is wrong"
                )
            finally:
                process.kill()
        assert "Traceback" not in said.read_text(), said.read_text()
        ballast.unlink()
        with gateway(disk, chain.rpc) as nguon:
            on_the_chain_once(nguon, *chain_ids)
            whole(disk)


def test_a_commit_that_fails_ends_the_process_and_the_next_start_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    """The disk takes no byte more, not by being full: whether the commit is there can only be read from disk (exit code 70)."""
    with devnet(tmp_path, beat=0.05) as chain:
        with gateway(tmp_path, chain.rpc) as nguon:
            coop = nguon.party("coop", "producer")
            acknowledged = [nguon.record(seen(coop))["id"] for _ in range(5)]
            written = (tmp_path / "nguon.db-wal").stat().st_size
            resource.prlimit(nguon.process.pid, resource.RLIMIT_FSIZE, (written, resource.RLIM_INFINITY))
            unsure = seen(coop)
            with suppress(httpx.HTTPError):  # a worker's own commit may have been the one that failed
                answer = post(nguon, unsure)
                assert answer.status_code != 202
            assert nguon.process.wait(60) == 70
        with gateway(tmp_path, chain.rpc) as nguon:
            again = post(nguon, unsure)
            assert again.status_code in (200, 202)
            on_the_chain_once(nguon, *acknowledged, again.json()["id"])
            whole(tmp_path)


def test_a_row_that_cannot_be_inserted_leaves_nothing_of_its_request(tmp_path: Path) -> None:
    """The second of three, after it was signed. Nothing of the three is there, and the same request is taken afterwards."""
    with devnet(tmp_path, beat=0.05) as chain, gateway(tmp_path, chain.rpc) as nguon:
        coop = nguon.party("coop", "producer")
        nguon.final(nguon.record(seen(coop))["id"])
        body = {"events": [seen(coop) for _ in range(3)]}
        key = {"Idempotency-Key": "three"}
        with closing(sqlite3.connect(tmp_path / "nguon.db", isolation_level=None, timeout=60)) as db:
            tables = ("outbox", "intents", "idempotency", "disclosures")
            before = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
            db.execute(
                "CREATE TRIGGER spite BEFORE INSERT ON outbox WHEN (SELECT count(*) FROM outbox) >= 2"
                " BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
            answer = nguon.operator.post("/v1/events", json=body, headers=key)
            assert (answer.status_code, answer.json()["title"]) == (500, "A fault of ours; it was noted")
            assert {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables} == before
            db.execute("DROP TRIGGER spite")
        # After a fault of ours the server closes the line.
        again = client(nguon.url, nguon.operator.headers["authorization"].removeprefix("Bearer "))
        kept = again.post("/v1/events", json=body, headers=key)
        assert kept.status_code == 202, kept.text
        ids = [each["id"] for each in kept.json()["results"]]
        on_the_chain_once(nguon, *ids)
        assert len(nguon.on_chain()) == 4
