"""A development chain that is lost, again and again, under a gateway with events in it (reference/reliability.md, F8 and F9).

A round takes the newest blocks away (an older journal comes back) and waits until every acknowledged event is final again; then
it wipes the chain, counts what the gateway acknowledges once it knows, stops it, and puts the ledger back by `nguon reanchor`.
The oracle reads the node's logs: each acknowledged id once, none besides, and the head that was there before.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from campaigns import evidence
from campaigns.outcome import Outcome
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import decode_log
from ledger.chain.node import LOG_RANGE, Node
from ledger.events.model import SignedEvent
from tests.devnet_process import devnet
from tests.gateway_process import Gateway, gateway, until

NAME = "lost_chain"
COMMAND = "./scripts/campaign lost_chain"
SOURCES = (
    "contracts/src/**/*.sol", "ledger/projection/follower.py", "ledger/projection/projector.py",
    "ledger/submit/*.py", "ledger/store/*.py", "ledger/bindings/*.py",
    "gateway/worker.py", "gateway/reanchoring.py", "gateway/rewriting.py",
    "hardhat-free-devnet/devnet/*.py", "campaigns/lost_chain.py",
)  # fmt: skip
ROUNDS = 10
EVENTS = 200  # acknowledged in each round: half of them in the blocks that are lost
WHEN = "2025-11-20T07:30:00+07:00"


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    with tempfile.TemporaryDirectory(prefix="nguon-lost-chain-") as folder:
        result = _rounds(Path(folder))
    ok = not (result["lost"] or result["doubled"] or result["foreign"] or result["heads_differing"])
    evidence.write(NAME, command=COMMAND, seed=None, n=result["acknowledged"], hash_=hash_, result=result)
    return Outcome(ok, result)


def _rounds(folder: Path) -> dict[str, Any]:
    ids: list[str] = []
    seconds: dict[str, list[float]] = {"refused_after": [], "final_again_after": [], "reanchored_in": []}
    kept_on_wrong_chain = differing = 0
    port, coop = 0, ""
    journal = folder / "devnet" / "journal.jsonl"
    for number in range(1, ROUNDS + 1):
        with devnet(folder, beat=0.05, port=port) as chain:
            port = int(chain.rpc.rpartition(":")[2])
            with gateway(folder, chain.rpc, "--standstill", "0.5") as nguon:
                coop = coop or nguon.party("coop", "producer")
                ids += _acknowledged(nguon, coop, EVENTS // 2)
                nguon.final(ids[-1])
                older = journal.read_bytes()
                ids += _acknowledged(nguon, coop, EVENTS // 2)
                nguon.final(ids[-1])
                chain.kill()
                journal.write_bytes(older)
                with devnet(folder, beat=0.05, port=port) as poorer:
                    began = time.monotonic()
                    until(lambda nguon=nguon: not nguon.is_ready(), "the loss is noticed")
                    until(lambda nguon=nguon: nguon.is_ready(), "the index is level again")
                    nguon.final(*ids[-EVENTS:])
                    seconds["final_again_after"].append(time.monotonic() - began)
                    before = nguon.health()["ledger_head"]
                    poorer.kill()
                shutil.rmtree(folder / "devnet")
                with devnet(folder, beat=0.05, port=port):
                    began = time.monotonic()
                    until(lambda nguon=nguon: nguon.health()["wrong_chain"], "the wipe is noticed")
                    seconds["refused_after"].append(time.monotonic() - began)
                    answers = [nguon.operator.post("/v1/events", json=_event(coop, f"wrong-{n}")) for n in range(20)]
                    kept_on_wrong_chain += sum(answer.status_code == 202 for answer in answers)
        began = time.monotonic()
        done = _reanchor(folder)
        seconds["reanchored_in"].append(time.monotonic() - began)
        differing += done["ledger_head"] != before or not done["ok"]
        print(f"  round {number}: {len(ids)} acknowledged", flush=True)
    with devnet(folder, beat=0.05, port=port) as chain, gateway(folder, chain.rpc):
        found = Counter(_on_chain(folder, chain.rpc))
    return {
        "rounds": ROUNDS,
        "acknowledged": len(ids),
        "lost": len(set(ids) - found.keys()),
        "doubled": sum(times > 1 for times in found.values()),
        "foreign": len(found.keys() - set(ids)),
        "heads_differing": differing,
        "acknowledged_once_the_chain_was_known_wrong": kept_on_wrong_chain,
        **{
            f"{name}_s": {"median": sorted(all)[len(all) // 2], "most": max(all)}
            for name, all in _rounded(seconds).items()
        },
    }


def _rounded(seconds: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: [round(each, 1) for each in all] for name, all in seconds.items()}


def _event(coop: str, place: str) -> dict[str, Any]:
    return {"kind": "Observe", "party": coop, "occurred_at": WHEN, "place": f"urn:nguon:test:{place}"}


def _acknowledged(nguon: Gateway, coop: str, count: int) -> list[str]:
    answer = nguon.operator.post("/v1/events", json={"events": [_event(coop, f"p{n}") for n in range(count)]})
    answer.raise_for_status()
    return [each["id"] for each in answer.json()["results"]]


def _reanchor(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "gateway.reanchoring", "--data", str(folder), "--json"]
    told = subprocess.run(command, cwd=evidence.ROOT, capture_output=True, text=True, check=False)
    if not told.stdout:
        raise RuntimeError(told.stderr)
    document: dict[str, Any] = json.loads(told.stdout)
    return document


def _on_chain(folder: Path, rpc: str) -> list[str]:
    node, deployment = Node(rpc), Deployment.load(folder / "ledger.json")
    height = node.height()
    said = [
        decode_log(log.topics, log.data)
        for first in range(deployment.start, height + 1, LOG_RANGE)
        for log in node.logs((deployment.ledger,), first, min(height, first + LOG_RANGE - 1))
    ]
    return ["0x" + each.id.hex() for each in said if isinstance(each, SignedEvent)]
