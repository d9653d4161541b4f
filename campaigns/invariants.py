"""A million random acts, with everything that must always be true looked at after each (contracts/test/Invariants.t.sol).

Runs add up: each round draws a seed that the evidence does not have yet, until a million calls stand for these contracts.
"""

from __future__ import annotations

import os
import re
import subprocess

from campaigns import evidence
from campaigns.outcome import Outcome

NAME = "invariants"
COMMAND = "./scripts/campaign invariants"
SOURCES = (
    "contracts/src/**/*.sol",
    "contracts/test/World.sol",
    "contracts/test/Invariants.t.sol",
    "contracts/test/campaign/*.sol",
)
CALLS = 1_000_000
RUNS, DEPTH = 500, 200
"""Of a round: about ten minutes; a round that is broken off is lost."""
LEAST = 0.1
"""Share of a handler's calls that have to succeed: else it tests refusals alone."""

_TOTALS = re.compile(r"calls: (\d+), reverts: (\d+)")
_HANDLER = re.compile(r"^\s+(\w+): (\d+) (\d+) (\d+)\s*$", re.MULTILINE)

Handlers = dict[str, dict[str, int]]


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    before = evidence.earlier(NAME, hash_)
    seeds: list[int] = before["seed"] if before else []
    calls: int = before["n"] if before else 0
    handlers: Handlers = before["result"]["handlers"] if before else {}
    while calls < CALLS:
        seed = len(seeds) + 1
        done, found = _round(seed)
        if not found:
            return Outcome(False, {"seed": seed, "calls": calls, "failed": done})
        seeds, calls = [*seeds, seed], calls + RUNS * DEPTH
        for name, counts in found.items():
            sums = handlers.setdefault(name, {"calls": 0, "done": 0, "skipped": 0})
            for what, value in counts.items():
                sums[what] += value
        evidence.write(NAME, command=COMMAND, seed=seeds, n=calls, hash_=hash_, result=_result(handlers))
        print(f"  {calls:,} calls, seeds {seeds[0]}–{seeds[-1]}", flush=True)
    poor = [name for name, counts in handlers.items() if counts["done"] < LEAST * counts["calls"]]
    return Outcome(
        not poor, {"calls": calls, "seeds": len(seeds), "violations": 0, "below_a_tenth": poor, **_result(handlers)}
    )


def _result(handlers: Handlers) -> dict[str, object]:
    return {"violations": 0, "reverts": 0, "handlers": handlers}


def _round(seed: int) -> tuple[str, Handlers]:
    """What forge said where it failed, and the counts where it did not (forge repeats its last run to show what it
    printed: the handlers' counts are of one run more than the calls)."""
    env = {
        **os.environ,
        "FOUNDRY_PROFILE": "lite",
        "FOUNDRY_INVARIANT_RUNS": str(RUNS),
        "FOUNDRY_INVARIANT_DEPTH": str(DEPTH),
    }
    forge = ["node_modules/.bin/forge", "test", "--match-contract", "InvariantsTest", "--fuzz-seed", hex(seed), "-vv"]
    told = subprocess.run(forge, cwd=evidence.ROOT, env=env, capture_output=True, text=True)
    totals = _TOTALS.search(told.stdout)
    if told.returncode or not totals or int(totals[1]) != RUNS * DEPTH or int(totals[2]):
        return told.stdout[-4000:] + told.stderr[-1000:], {}
    # the campaign prints running totals after every run: the last table is of them all
    table = told.stdout[told.stdout.rfind("handler  ") :]
    return "", {
        name: {"calls": int(calls), "done": int(done), "skipped": int(skipped)}
        for name, calls, done, skipped in _HANDLER.findall(table)
    }
