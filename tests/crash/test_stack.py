"""`scripts/start` and `scripts/stop`: what is started is written down, ended exactly, and never doubled; and what a gateway
says of itself while its chain is away."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from devnet.process import Process

from gateway.worker import Worker
from ledger.errors import WrongChain
from ledger.recording import Undertaker
from ledger.store.database import Store
from ledger.store.lease import Lease, chain_is_wrong
from ledger.submit.submitter import Progress
from tests.command_line import nguon_runs
from tests.devnet_process import devnet
from tests.gateway_process import gateway, until

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 120


def command(verb: str, data: Path, *arguments: str) -> list[str]:
    """What scripts/start and scripts/stop run once scripts/setup has nothing to do."""
    return [sys.executable, "-m", "gateway.stack", verb, "--data", str(data), *arguments]


def run(verb: str, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(verb, data, *arguments), cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False
    )


def start(data: Path, *arguments: str) -> dict[str, Any]:
    done = run("start", data, "--detach", "--json", "--port", "0", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def alive(pids: dict[str, int]) -> list[str]:
    return [name for name, pid in pids.items() if Process.of(pid)]


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    run("stop", folder)


def test_start_twice_stop_twice(data: Path) -> None:
    """The JSON's shape, the record, a page to scan; a second start finds the same; stop ends that and nothing else."""
    said = start(data)
    assert set(said) == {"gateway", "rpc", "pids", "links"}
    assert set(said["pids"]) == {"devnet", "gateway"} == set(alive(said["pids"]))
    for address in (said["gateway"], said["rpc"], *said["links"].values()):
        assert re.match(r"http://127\.0\.0\.1:\d+", address)
    assert re.match(re.escape(said["gateway"]) + r"/01/\d{14}/10/.", said["links"]["scan"])
    for link in said["links"].values():
        assert httpx.get(link, follow_redirects=True).status_code == 200, link
    written = json.loads((data / "stack.json").read_text())
    assert {name: written[name] for name in ("gateway", "rpc", "links")} | {"pids": said["pids"]} == said
    for name, process in written["processes"].items():
        assert Process(process["pid"], process["started"]).alive, name

    assert start(data) == said

    foreign = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        # As if a pid had been used again: another process stands where the record names one, with another start time.
        written["processes"]["devnet"]["pid"], kept = foreign.pid, written["processes"]["devnet"]
        (data / "stack.json").write_text(json.dumps(written))
        first = run("stop", data)
        assert first.returncode == 0
        assert foreign.poll() is None, "a process that was not started here was ended"
        assert alive(said["pids"]) == ["devnet"]
        written["processes"] = {"devnet": kept | {"pid": said["pids"]["devnet"]}}
        (data / "stack.json").write_text(json.dumps(written))
        assert "Stopped devnet" in run("stop", data).stdout
    finally:
        foreign.communicate(b"\n")
    assert not alive(said["pids"])
    assert not (data / "stack.json").exists()
    last = run("stop", data)
    assert (last.returncode, last.stdout) == (0, "Nothing of this data folder was running.\n")


def test_killed_with_9_and_started_again(data: Path) -> None:
    """Identical head of the chain and of the ledger, one half killed or both; and the record of the dead harms nobody."""
    said = start(data, "--no-demo")
    assert said["links"] == {}
    key = (data / "secrets" / "operator-api-key").read_text()
    party = {"uri": "urn:nguon:test:one", "roles": ["producer"]}
    headers = {"Authorization": f"Bearer {key}"}
    made = httpx.post(said["gateway"] + "/v1/parties", json={"parties": [party]}, headers=headers, timeout=60)
    assert made.status_code == 200, made.text
    event = {
        "kind": "Observe", "party": party["uri"], "occurred_at": "2025-11-20T07:30:00+07:00", "place": "urn:nguon:test:pond",
    }  # fmt: skip
    kept = httpx.post(said["gateway"] + "/v1/events?wait=final", json=event, headers=headers, timeout=60)
    assert kept.status_code == 200, kept.text

    def heads(running: dict[str, Any]) -> tuple[Any, ...]:
        call = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest", False]}
        block = httpx.post(running["rpc"], json=call).json()["result"]
        as_of = httpx.get(running["gateway"] + "/v1/ledger").json()["as_of"]
        return block["hash"], as_of["ledger_head"], as_of["events"], as_of["block"]

    before = heads(said)
    for victims in (["gateway"], ["devnet", "gateway"]):
        for name in victims:
            os.kill(said["pids"][name], signal.SIGKILL)
        dead = {name: said["pids"][name] for name in victims}
        until(lambda dead=dead: not alive(dead), "they are dead")
        again = start(data, "--no-demo")
        assert heads(again) == before
        assert not set(again["pids"].values()) & set(said["pids"].values())
        assert not alive(said["pids"]), "the half that lived was left behind"
        said = again


def test_a_busy_port_is_one_sentence(data: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = run("start", data, "--detach", "--json", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Port {port} is in use: choose another with --port, or stop what uses it.\n"
    assert not (data / "stack.json").exists()


def test_a_data_folder_in_use_is_one_sentence(data: Path) -> None:
    """Somebody else keeps the chain of this folder, and no record says so: nothing is started and nothing is ended."""
    data.mkdir()
    with devnet(data) as chain:
        done = run("start", data, "--detach", "--json", "--port", "0")
        assert (done.returncode, done.stdout) == (1, "")
        assert re.fullmatch(
            r"The development chain did not start\. .* already kept by another process.*\n", done.stderr
        )
        assert chain.process.poll() is None
        assert not (data / "stack.json").exists()


def test_a_foreground_start_ends_everything(data: Path) -> None:
    """Ctrl-C; SIGTERM takes the same way, as the next test shows."""
    process = subprocess.Popen(
        command("start", data, "--json", "--port", "0", "--no-demo"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert alive(said["pids"]) == ["devnet", "gateway"]
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE) == 130
    process.stdout.close()
    assert not alive(said["pids"])
    assert not (data / "stack.json").exists()


def test_ended_in_the_middle_of_a_start(data: Path) -> None:
    """Nothing is left running, whatever had been started by then."""
    process = subprocess.Popen(command("start", data, "--json", "--port", "0"), cwd=ROOT, stderr=subprocess.PIPE)
    written = until(lambda: json.loads((data / "stack.json").read_text()), "something was started")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert not alive({name: each["pid"] for name, each in written["processes"].items()})
    assert not (data / "stack.json").exists()


def test_a_gateway_whose_chain_goes_and_comes(tmp_path: Path) -> None:
    """Not ready, with its reason, while reads go on and events are acknowledged; ready again with the chain on its port,
    and what was acknowledged in between becomes final. A second gateway on the folder is refused in one sentence."""
    with devnet(tmp_path, beat=0.05) as chain:
        port = chain.rpc.rpartition(":")[2]
        with gateway(tmp_path, chain.rpc) as running:
            coop = running.party("coop", "producer")
            event = {
                "kind": "Observe",
                "party": coop,
                "occurred_at": "2025-11-20T07:30:00+07:00",
                "place": "urn:nguon:test:p",
            }

            def ready() -> httpx.Response:
                return httpx.get(running.url + "/health/ready")

            assert (ready().status_code, ready().json()["why"]) == (200, None)
            chain.kill()
            away = until(lambda: (found := ready()).status_code == 503 and found, "not ready")
            assert "gave no usable answer" in away.json()["why"]
            assert httpx.get(running.url + "/health/live").status_code == 200
            assert running.operator.get("/v1/parties").json()[0]["id"] == coop
            kept = running.record(event)
            assert kept["state"] in ("accepted", "signed")
            assert (
                running.operator.post("/v1/parties", json={"parties": [{"uri": running.name("late")}]}).status_code
                == 503
            )

            other = [sys.executable, "-m", "gateway", "--data", str(tmp_path), "--rpc", chain.rpc, "--port", "0"]
            second = subprocess.run(other, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)
            assert second.returncode == 1
            assert re.fullmatch(
                r"The gateway cannot start: another one serves .* under the name gateway\.\n", second.stderr
            )

            with devnet(tmp_path, beat=0.05, port=int(port)):
                until(lambda: ready().status_code == 200, "ready again")
                running.final(kept["id"])


def test_a_stack_whose_chain_is_lost(data: Path) -> None:
    """It starts all the same, serves what it knows, says that nothing can be recorded and what to do; and that mends it."""
    said = start(data, "--no-demo")
    key = (data / "secrets" / "operator-api-key").read_text()
    client = httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=60)
    party = {"uri": "urn:nguon:test:one", "roles": ["producer"]}
    assert client.post(said["gateway"] + "/v1/parties", json={"parties": [party]}).status_code == 200
    run("stop", data)
    shutil.rmtree(data / "devnet")
    done = run("start", data, "--detach", "--json", "--port", "0")
    assert done.returncode == 0 and "Nothing can be recorded: " in done.stderr and "nguon reanchor" in done.stderr
    said = json.loads(done.stdout)
    assert said["links"] == {}, "no demo goes onto another's chain"
    assert [each["id"] for each in client.get(said["gateway"] + "/v1/parties").json()] == [party["uri"]]
    run("stop", data)
    mended = nguon_runs("--data", data, "reanchor")
    assert mended.code == 0, mended.err
    said = start(data, "--no-demo")
    assert client.get(said["gateway"] + "/health/ready").status_code == 200
    client.close()


class Failing:
    """Stands still once with what nobody thought of; then works."""

    def __init__(self) -> None:
        self.looks = 0
        self.worked = threading.Event()

    def step(self) -> Any:
        self.looks += 1
        if self.looks == 1:
            raise ZeroDivisionError("nobody thought of this")
        self.worked.set()
        return Progress()


class Nothing:
    """Nobody entered anything."""

    def step(self) -> int:
        return 0


NOTHING = Nothing()


def test_a_worker_outlives_what_nobody_thought_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A thread that ended would let acknowledged events lie for ever, behind a gateway that goes on acknowledging."""
    monkeypatch.setattr("gateway.worker.STANDSTILL", 0.01)

    class Following:
        def step(self) -> int:
            return 0

    failing = Failing()
    store = Store(tmp_path / "nguon.db")
    lease = Lease(store, "worker")
    undertaker = Undertaker(store, None, lease.check)  # type: ignore[arg-type]  # nothing is refused here
    worker = Worker(lease, Following(), failing, undertaker, NOTHING, lambda: None)  # type: ignore[arg-type]
    worker.start()
    try:
        assert failing.worked.wait(30)
        until(lambda: worker.trouble is None, "the trouble is over")
    finally:
        worker.stop()


def test_a_follower_outlives_a_database_that_is_held_while_it_tells_of_another_ledger(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It tells it as soon as it can: until then nobody knows that nothing may be recorded."""
    monkeypatch.setattr("ledger.store.database.PATIENCE", 0.01)
    monkeypatch.setattr("gateway.worker.RETRY", 0.01)
    found, held = threading.Event(), threading.Event()

    class Following:
        def step(self) -> int:
            found.set()
            assert held.wait(30)
            raise WrongChain("another ledger")

    store = Store(tmp_path / "nguon.db")
    lease = Lease(store, "worker")
    undertaker = Undertaker(store, None, lease.check)  # type: ignore[arg-type]  # nothing is refused here
    submitter = Failing()
    worker = Worker(lease, Following(), submitter, undertaker, NOTHING, lambda: None)  # type: ignore[arg-type]
    worker.start()
    try:
        assert found.wait(30)
        with store.write():
            held.set()
            until(lambda: "holds the database" in (worker.trouble or ""), "the database is held")
        until(lambda: chain_is_wrong(store.read()) == "another ledger", "it is told")
    finally:
        worker.stop()
