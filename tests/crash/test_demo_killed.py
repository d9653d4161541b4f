"""Acknowledged is kept (promise 1), from outside: gateway, keeper and Anvil killed with -9 in the middle of the demo, started
again on the same data, the demo run again to its end. The oracle walks the chain's logs over RPC and reads no table of ours."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import RECORDED_TOPIC
from ledger.cli.season import season
from ledger.cli.story import jar
from tests.devnet_process import Devnet, devnet
from tests.gateway_process import Gateway, gateway, until

NGUON = str(Path(sys.executable).with_name("nguon"))
KEYS = {key: posted for told in (jar, season) for key, posted in told(date(2026, 11, 24)).keys().items()}
"""Idempotency-Key by the demo's own key of an event."""


class Running:
    """Devnet and gateway on one data folder, as often as they are started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open = ExitStack()

    def __enter__(self) -> Running:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def start(self) -> None:
        self._open.close()
        self.chain: Devnet = self._open.enter_context(devnet(self.folder, beat=0.05))
        self.gateway: Gateway = self._open.enter_context(gateway(self.folder, self.chain.rpc))
        found = {"gateway": self.gateway.url, "rpc": self.chain.rpc}
        (self.folder / "stack.json").write_text(json.dumps(found))

    def kill(self, order: list[str]) -> None:
        pids = {
            "gateway": self.gateway.process.pid,
            "keeper": self.chain.process.pid,
            "anvil": self.chain.anvil_pid,
        }
        for name in order:
            with suppress(ProcessLookupError):  # Anvil dies with its keeper
                os.kill(pids[name], signal.SIGKILL)
        self.gateway.process.wait()
        self.chain.process.wait()

    def nguon(self, *arguments: str) -> subprocess.Popen[str]:
        line = [NGUON, "--json", "--data", str(self.folder), *arguments]
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def said(self, *arguments: str) -> dict[str, Any]:
        process = self.nguon(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        found: dict[str, Any] = json.loads(out)
        return found

    def acknowledged(self) -> dict[str, str]:
        """What the gateway gave 202 for so far, by the demo's key: asked by Idempotency-Key, as a client would."""
        found = {}
        for key, posted in KEYS.items():
            answer = self.gateway.operator.get("/v1/events", params={"idempotency_key": posted})
            if answer.status_code == 200:
                found[key] = answer.json()["id"]
        return found


def recorded(chain: Devnet, ledger: bytes) -> list[str]:
    """Ids of all recorded events, in order, from the node's logs."""
    topics = ["0x" + topic.hex() for topic in RECORDED_TOPIC.values()]
    wanted = {"address": "0x" + ledger.hex(), "fromBlock": "0x0", "toBlock": "latest", "topics": [topics]}
    return [log["topics"][1] for log in chain.call("eth_getLogs", wanted)]


def acknowledgements(process: subprocess.Popen[str]) -> Iterator[int]:
    """The demo's own word for how many events were acknowledged, as it comes."""
    assert process.stderr is not None
    for line in process.stderr:
        if said := re.match(r"(\d+) of \d+ events acknowledged", line):
            yield int(said.group(1))


def killed_in_the_demo(folder: Path, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    kept: dict[str, str] = {}
    with Running(folder) as running:
        for kill in range(kills):
            demo = running.nguon("demo")
            # A kill among the registry changes, then ones after some acknowledgements, as many as the demo tells of.
            if kill:
                after = chance.choice([10, 40, 120, 250])
                for count in acknowledgements(demo):
                    if count >= after:
                        break
                seen = running.acknowledged()
                assert len(seen) >= count >= after
                assert {key: seen.get(key) for key in kept} == kept, "an acknowledged event has another id, or none"
                kept |= seen
            else:
                blocks = chance.randint(2, 4)
                until(lambda blocks=blocks: running.chain.height() >= blocks, "registry changes under way")
            order = ["gateway", "keeper", "anvil"]
            chance.shuffle(order)
            running.kill(order)
            demo.communicate(timeout=60)
            running.start()
            now = running.acknowledged()
            assert {key: now.get(key) for key in kept} == kept, "an acknowledged event was lost"
        assert kept
        done = running.said("demo")["events"]
        assert list(done) == list(KEYS)
        assert {key: done[key] for key in kept} == kept

        ledger = Deployment.load(folder / "ledger.json").ledger
        found = Counter(recorded(running.chain, ledger))
        assert found == Counter(done.values()), "each of the demo's events is there once, and nothing else"
        verdict = running.said("verify")
        assert (verdict["ok"], verdict["events"]) == (True, len(KEYS))
        position = running.gateway.operator.get("/v1/ledger").json()["as_of"]
        custody = contract("CustodyLedger")
        call = {"to": "0x" + ledger.hex(), "data": "0x" + custody.call("ledgerHead").hex()}
        assert running.chain.call("eth_call", call, "latest") == position["ledger_head"] == verdict["ledger_head"]


def test_killed_in_the_middle_of_the_demo(tmp_path: Path) -> None:
    killed_in_the_demo(tmp_path, seed=1, kills=2)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_killed_in_the_middle_of_the_demo_campaign(tmp_path: Path, seed: int) -> None:
    killed_in_the_demo(tmp_path, seed, kills=5)
