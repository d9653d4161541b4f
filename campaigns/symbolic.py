"""Proofs by halmos over the committed contracts (contracts/symbolic): each property in every state, for all values.

A property passes when no path breaks its claim, no solver gave up, no path was cut short. To show that it could fail, the
same run is made with `false` in the place of every claim, and with planted false claims: all of those must be refuted.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from campaigns import analysis, evidence
from campaigns.outcome import Outcome

NAME = "symbolic"
COMMAND = "./scripts/campaign symbolic"
SOURCES = ("contracts/src/**/*.sol", "contracts/symbolic/*.sol", "campaigns/symbolic.py", "campaigns/analysis.lock")
FOLDER = evidence.ROOT / "contracts" / "symbolic"
DEPLOYED = ("CustodyLedger", "PartyRegistry", "ProductRegistry")
SOLVER, ALL = 120, 1800
"""Seconds: one query, after which its property counts as not shown; one whole run of halmos."""
PASS, REFUTED = 0, 1
OUTCOMES = {PASS: "proved", REFUTED: "refuted", 2: "timeout", 3: "stuck", 4: "all paths revert", 5: "error"}
"""halmos's own exit codes of a test (`Exitcode` in its `__main__`)."""

_DOC = re.compile(r"/// @notice (.+)\n(?:\s*/// @custom:bounds (.+)\n)?\s*function (check_\w+)")


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    env = {**analysis.environment(), "FOUNDRY_PROFILE": "symbolic"}
    subprocess.run(["forge", "build"], cwd=evidence.ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    if differing := [name for name in DEPLOYED if not _as_committed(name)]:
        return Outcome(False, {"not the committed build": differing})
    began = time.monotonic()
    proofs, reached = _halmos(env, "Proofs$"), _halmos(env, "Refuted$", "--early-exit")
    documents = {found[2]: found for path in sorted(FOLDER.glob("*.sol")) for found in _DOC.findall(path.read_text())}
    told = [_told(name, result, documents) for name, result in proofs.items()]
    planted = [_told(name, result, documents) for name, result in reached.items() if name.startswith("check_planted_")]
    vacuous = [name for name in proofs if OUTCOMES.get(reached.get(name, {}).get("exitcode")) != "refuted"]
    bad = [one["name"] for one in told if one["outcome"] != "proved" or one["paths_cut"]]
    bad += [one["name"] for one in planted if one["outcome"] != "refuted"]
    result = {
        "seconds": round(time.monotonic() - began),
        "proved": sum(one["outcome"] == "proved" for one in told),
        "solver_seconds_at_most": SOLVER,
        "properties": told,
        "planted": planted,
        "refuted_with_false_in_place_of_the_claim": len(proofs) - len(vacuous),
    }
    ok = bool(told) and bool(planted) and not bad and not vacuous
    if ok:
        evidence.write(NAME, command=COMMAND, seed=None, n=len(told), hash_=hash_, result=result)
    return Outcome(ok, {"not shown": ", ".join(bad) or "none", "never reached": ", ".join(vacuous) or "none", **result})


def _as_committed(name: str) -> bool:
    built = json.loads((evidence.ROOT / "out" / "symbolic" / f"{name}.sol" / f"{name}.json").read_text())
    committed = json.loads((evidence.ROOT / "contracts" / "abi" / f"{name}.json").read_text())
    return bool(built["bytecode"]["object"] == committed["bytecode"])


def _halmos(env: dict[str, str], contracts: str, *more: str) -> dict[str, dict[str, Any]]:
    """Results by name of property; halmos's own report goes to stderr. RuntimeError if it left none."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["halmos", "--forge-build-out", "out/symbolic", "--match-contract", contracts, "--no-status"]
        command += ["--solver-threads", "1", "--solver-timeout-assertion", f"{SOLVER}s", "--json-output", str(report)]
        halmos = subprocess.Popen(
            [*command, *more], cwd=evidence.ROOT, env={**env, "TMPDIR": folder}, stdout=sys.stderr
        )
        try:
            halmos.wait(ALL)
        except subprocess.TimeoutExpired:
            halmos.kill()  # it does not end on a milder signal while a solver runs
            raise
        if not report.exists():
            raise RuntimeError(f"halmos ended with {halmos.returncode} and no report")
        told = json.loads(report.read_text())["test_results"]
    return {test["name"].split("(")[0]: test for tests in told.values() for test in tests}


def _told(name: str, result: dict[str, Any], documents: dict[str, tuple[str, str, str]]) -> dict[str, Any]:
    what, bounds, _ = documents[name]
    return {
        "name": name,
        "what": what,
        "bounds": bounds or "one event of any fields, content of 2 bytes",
        "outcome": OUTCOMES.get(result["exitcode"], str(result["exitcode"])),
        "paths": (result["num_paths"] or [0])[0],
        "paths_cut": (result["num_bounded_loops"] or 0) + (result["num_paths"] or [0, 0, 0])[2],
        "seconds": round((result["time"] or [0])[0], 1),
    }
