"""A fault at every call to the kernel for files and sockets that one cycle makes, from an opened database to a final event
(tests/crash/sweep.py).

Runs add up: what the evidence has is not run again while the sources are the same. Before, and each time, a planted defect has
to be found: an id that is acknowledged before its commit.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from campaigns import evidence
from campaigns.outcome import Outcome
from tests.crash.sweep import Case, Result, Sweep, ledger

NAME = "sweep"
COMMAND = "./scripts/campaign sweep"
SOURCES = (
    "ledger/chain/*.py",
    "ledger/projection/follower.py",
    "ledger/projection/projector.py",
    "ledger/recording/*.py",
    "ledger/signing/*.py",
    "ledger/store/*.py",
    "ledger/store/migrations/0001_spine.sql",
    "ledger/submit/*.py",
    "tests/crash/ledger_parts.py",
    "tests/crash/sweep*.py",
    "campaigns/sweep.py",
)
OFTEN = 50
"""Cases between two looks at what came of them: a run that is broken off loses no more."""


def run() -> Outcome:
    if shutil.which("strace") is None:
        return Outcome(False, {"failed": "strace is missing: apt-get install -y --no-install-recommends strace"})
    hash_ = evidence.sources(*SOURCES)
    before = evidence.earlier(NAME, hash_)
    figures: dict[str, Any] = before["result"] if before else {"planted_found": 0, "violations": 0, "not_reached": 0}
    with TemporaryDirectory() as folder, ledger(Path(folder)) as (rpc, deployment):
        figures["planted_found"] = _planted(Sweep(Path(folder) / "planted", rpc, deployment, hasty=True))
        sweep = Sweep(Path(folder) / "sweep", rpc, deployment)
        done = figures.setdefault("calls", {})
        cases = [case for case in sweep.cases() if case.nth > done.get(case.call, {}).get(case.fault, {}).get("to", 0)]
        for number, case in enumerate(cases, 1):
            result = sweep.run(case)
            _count(figures, result)
            if result.wrong:
                print(f"  {case}: {'; '.join(result.wrong)}\n{result.why}", file=sys.stderr, flush=True)
            if number % OFTEN == 0 or number == len(cases):
                evidence.write(NAME, command=COMMAND, seed=None, n=_reached(figures), hash_=hash_, result=figures)
                print(f"  {number} of {len(cases)}", file=sys.stderr, flush=True)
    ok = bool(figures["planted_found"]) and not figures["violations"]
    return Outcome(ok, {"injections": _reached(figures), **figures})


def _planted(sweep: Sweep) -> int:
    """In how many of the kills that come first the planted defect shows."""
    killed = [case for case in sweep.cases() if case.fault == "KILL" and case.call == "pwrite64"]
    return sum(bool(sweep.run(case).wrong) for case in killed[:30])


def _count(figures: dict[str, Any], result: Result) -> None:
    """Of each call and fault: how often it took place, up to the how-manieth, and how the process ended."""
    case: Case = result.case
    of = figures["calls"].setdefault(case.call, {}).setdefault(case.fault, {"faults": 0, "to": 0, "ends": {}})
    of["to"] = case.nth
    if not result.reached:
        figures["not_reached"] += 1
        return
    of["faults"] += 1
    said = f"{result.end}, {'acknowledged' if result.acknowledged else 'not acknowledged'}"
    of["ends"] = dict(Counter(of["ends"]) + Counter([said]))
    figures["violations"] += bool(result.wrong)


def _reached(figures: dict[str, Any]) -> int:
    return sum(of["faults"] for faults in figures["calls"].values() for of in faults.values())
