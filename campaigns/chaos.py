"""A thousand kills and ten thousand acknowledged events: nothing lost, nothing doubled, no nonce missing (chaos/).

Runs add up: each round is a fresh chain and a seed that the evidence does not have yet. The self-test goes first: figures
of a harness that finds no planted mistake are worth nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from campaigns import evidence
from campaigns.outcome import Outcome
from chaos import selftest
from chaos.run import Plan, Report
from chaos.run import run as one_run

NAME = "chaos"
COMMAND = "./scripts/campaign chaos"
SOURCES = (
    "ledger/bindings/*.py",
    "ledger/canonical/*.py",
    "ledger/chain/*.py",
    "ledger/events/**/*.py",
    "ledger/projection/follower.py",
    "ledger/projection/projector.py",
    "ledger/recording/*.py",
    "ledger/signing/*.py",
    "ledger/store/*.py",
    "ledger/store/migrations/0001_spine.sql",
    "ledger/submit/*.py",
    "gateway/capture/*.py",
    "gateway/worker.py",
    "chaos/*.py",
    "hardhat-free-devnet/**/*.py",
    "contracts/abi/*.json",
)
"""The write path, from the post to the index."""
KILLS, EVENTS = 1_000, 10_000
ROUND_KILLS, ROUND_EVENTS = 100, 1_000
"""Of a round: some minutes; a round that is broken off is lost."""
ZEROS = ("lost", "duplicates", "nonce_gaps", "refused", "strange", "ended_alone", "troubles")
SUMS = ("kills", "acknowledged", "on_chain", *ZEROS, "transactions", "freezes", "seconds")
COUNTS = ("deaths", "freezes_at", "faults_by_kind", "answers")


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    before = evidence.earlier(NAME, hash_)
    seeds: list[int] = before["seed"] if before else []
    told: dict[str, Any] = before["result"] if before else {"self_test": _self_test()}
    if unfound := [each["defect"] for each in told["self_test"] if not each["found"]]:
        return Outcome(False, {"not_found": unfound, "self_test": told["self_test"]})
    while told.get("kills", 0) < KILLS or told["acknowledged"] < EVENTS:
        seed = len(seeds) + 1
        with TemporaryDirectory(prefix="nguon-chaos-") as folder:
            report = asyncio.run(one_run(Plan(seed, ROUND_KILLS, ROUND_EVENTS), Path(folder)))
        if not report.ok:
            return Outcome(False, {**report.figures, **report.details})
        seeds, told = [*seeds, seed], _added(told, report)
        evidence.write(NAME, command=COMMAND, seed=seeds, n=told["kills"], hash_=hash_, result=told)
        print(f"  {told['kills']:,} kills, {told['acknowledged']:,} acknowledged, seeds 1–{seed}", flush=True)
    return Outcome(True, told)


def _added(told: dict[str, Any], report: Report) -> dict[str, Any]:
    figures, details = report.figures, report.details
    sums = {name: round(told.get(name, 0) + figures[name], 1) for name in SUMS}
    bounds = {"bound95": round(3 / sums["kills"], 6), "bound95_events": round(3 / sums["acknowledged"], 6)}
    counts = {name: dict((Counter(told.get(name, {})) + Counter(details[name])).most_common()) for name in COUNTS}
    return {**sums, **bounds, **counts, "self_test": told["self_test"]}


def _self_test() -> list[dict[str, Any]]:
    with TemporaryDirectory(prefix="nguon-chaos-") as folder:
        defects: list[dict[str, Any]] = asyncio.run(selftest.run(Path(folder), 1))["defects"]
    for each in defects:
        del each["examples"]
    return defects
