"""`nguon audit records`, `rebuild`, `backup`, `restore` beside a gateway that runs, and one that starts on what was restored."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.command_line import Said, nguon_says
from tests.database_files import opened
from tests.devnet_process import devnet
from tests.gateway_process import Gateway, gateway

WHEN = "2025-11-20T07:30:00+07:00"


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with devnet(tmp_path_factory.mktemp("records"), beat=0.05) as running:
        yield running.rpc


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records data")


@contextmanager
def running(data: Path, chain: str) -> Iterator[Gateway]:
    with gateway(data, chain) as nguon:
        (data / "stack.json").write_text(json.dumps({"gateway": nguon.url, "rpc": chain}))
        yield nguon


def says(data: Path, *arguments: object) -> Said:
    said = nguon_says("--data", data, "--json", *arguments)
    assert "Traceback" not in said.err, said.err
    return said


def commission(nguon: Gateway, coop: str, crab: str, lot: str) -> str:
    event = {"kind": "Commission", "party": coop, "occurred_at": WHEN, "private": {"price": lot},
             "outputs": [{"product": crab, "lot": lot, "quantity": 1_000}]}  # fmt: skip
    return str(nguon.record(event, headers={"Idempotency-Key": lot})["id"])


def test_beside_a_gateway_that_takes_events_and_after_its_database_came_back(
    chain: str, data: Path, tmp_path: Path
) -> None:
    with running(data, chain) as nguon:
        coop = nguon.party("coop", "producer")
        crab = nguon.product(coop)
        ids = [commission(nguon, coop, crab, f"L{i}") for i in range(20)]
        stop = threading.Event()

        def keep_on() -> None:
            number = 0
            while not stop.is_set():
                ids.append(commission(nguon, coop, crab, f"M{number}"))
                nguon.final(ids[-1])
                number += 1

        busy = threading.Thread(target=keep_on)
        busy.start()
        try:
            for scope in ("--full", "--incremental", "--incremental", "--full"):
                said = says(data, "audit", "records", scope)
                assert said.code == 0, said.json["findings"][:3]
            said = says(data, "rebuild")
            assert said.code == 0 and said.json["equal"], said.json
            made = says(data, "backup", tmp_path / "backup", "--keys", tmp_path / "keys")
            assert made.code == 0, made
        finally:
            stop.set()
            busy.join()
        nguon.final(*ids)
        refused = says(data, "restore", tmp_path / "backup")
        assert refused.code == 1 and "stop it first" in refused.err
        assert says(data, "rebuild", "--replace", "--out", tmp_path / "other.db").code == 1
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {
        "key-encryption-key", "pepper", "operator-api-key", "manifest.json",
    }  # fmt: skip
    assert not [
        path for path in (tmp_path / "keys").iterdir() if path.name != "manifest.json" and path.stat().st_mode & 0o077
    ]
    secret = (tmp_path / "keys" / "key-encryption-key").read_bytes()
    assert all(secret not in path.read_bytes() for path in (tmp_path / "backup").iterdir())

    elsewhere = tmp_path / "elsewhere"  # another disk, with nothing on it
    said = says(elsewhere, "restore", tmp_path / "backup", "--keys", tmp_path / "keys")
    assert (said.code, said.json["before"]) == (0, None)
    with running(elsewhere, chain) as nguon:
        nguon.final(*ids)  # those after the backup too: the chain has them
        again = commission(nguon, coop, crab, "AFTER")
        nguon.final(again)
        assert commission(nguon, coop, crab, "L0") == ids[0], "an Idempotency-Key is kept in the backup"
        said = says(elsewhere, "audit", "records")
        assert said.code == 0, said.json["findings"][:3]


def test_what_was_edited_is_named_and_its_page_says_that_the_records_are_under_review(chain: str, data: Path) -> None:
    with running(data, chain) as nguon:
        coop = nguon.party("edited", "producer")
        crab = nguon.product(coop, uri="urn:nguon:test:edited:crab")  # names are counted from 0 in each process
        nguon.final(commission(nguon, coop, crab, "E1"))
        id = nguon.batch(crab, "E1")["batch"]
        page = f"/p/{quote(crab, safe='')}/E1?lang=en"
        assert says(data, "audit", "records", "--incremental").code == 0
        assert "Registered" in nguon.operator.get(page).text
        assert nguon.operator.get("/health/audit").json()["good"]

        edit(data, id, "999999")
        for scope in ("--incremental", "--full"):
            said = says(data, "audit", "records", scope)
            assert said.code == 1
            (found,) = said.json["findings"]
            assert found["key"].startswith(id) and found["batches"] == [id]
            assert [found[name] for name in ("table", "column", "expected", "found")] == [
                "holdings", "quantity", "'1000'", "'999999'",
            ]  # fmt: skip
        shown = nguon.operator.get(page).text
        assert "Records under review" in shown and "compared with the chain" in shown and "Registered" not in shown
        assert "Hồ sơ đang được xem xét lại" in nguon.operator.get(page.replace("=en", "=vi")).text
        health = nguon.operator.get("/health/audit").json()
        assert not health["good"] and (health["last"]["bad"], health["last"]["batches_under_review"]) == (1, 1)

        edit(data, id, "1000")
        plain = nguon_says("--data", data, "audit", "records", "--incremental")
        assert plain.code == 0 and "Nothing differs." in plain.out
        assert "Registered" in nguon.operator.get(page).text
        assert nguon.operator.get("/health/audit").json()["good"]


def edit(data: Path, batch: str, quantity: str) -> None:
    with opened(data / "nguon.db") as db:
        db.execute("UPDATE holdings SET quantity = ? WHERE batch = ?", (quantity, bytes.fromhex(batch[2:])))
