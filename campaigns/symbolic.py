"""Proofs by halmos over the committed contracts (contracts/symbolic): each property in every state, for all values.

A property is shown when no path breaks its claim, no solver gave up and no path was cut short, and when the same run with
`false` in the place of its claim is refuted: else the claim is never reached. Planted false claims must be refuted too.

Runs add up: what is shown for these sources stays in the evidence, and the next run goes on from there.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from campaigns import analysis, evidence
from campaigns.outcome import Outcome

NAME = "symbolic"
COMMAND = "./scripts/campaign symbolic"
SOURCES = (
    "contracts/src/**/*.sol",
    "contracts/abi/*.json",
    "contracts/symbolic/*.sol",
    "campaigns/symbolic.py",
    "campaigns/analysis.lock",
)
FOLDER = evidence.ROOT / "contracts" / "symbolic"
DEPLOYED = ("CustodyLedger", "PartyRegistry", "ProductRegistry")
SOLVER, ALL = 600, 3600
"""Seconds: of one query, and of one run of halmos. Ten times what an idle machine needs: a timeout counts as not shown."""
PROVED, REFUTED = 0, 1
OUTCOMES = {PROVED: "proved", REFUTED: "refuted", 2: "timeout", 3: "stuck", 4: "all paths revert", 5: "error"}
"""halmos's own exit codes of a test (`Exitcode` in its `__main__`)."""
BOUNDS = "one event with its fields in full width, content of 2 bytes"
"""Where a property says nothing else in `@custom:bounds`."""

_DOC = re.compile(r"/// @notice (.+)\n(?:\s*/// @custom:bounds (.+)\n)?\s*function (check_\w+)")

Told = dict[str, Any]


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    before = evidence.earlier(NAME, hash_)
    shown: dict[str, Told] = {one["name"]: one for one in before["result"]["properties"]} if before else {}
    planted: dict[str, Told] = {one["name"]: one for one in before["result"]["planted"]} if before else {}
    env = {**analysis.environment(), "FOUNDRY_PROFILE": "symbolic", "FOUNDRY_LINT_LINT_ON_BUILD": "false"}
    build = ["forge", "build", "--ast", "--force"]  # halmos reads the ASTs, which a build of another kind left out
    subprocess.run(build, cwd=evidence.ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    if differing := [name for name in DEPLOYED if not _as_committed(name)]:
        return Outcome(False, {"not the committed build": differing})
    wanted, false = _documents(FOLDER.glob("*Proofs.sol")), _documents([FOLDER / "Refuted.sol"])
    failed: list[str] = []
    for name, (what, bounds) in {**wanted, **false}.items():
        into, of = (shown, _property) if name in wanted else (planted, _planted)
        if name in into:
            continue
        found, why = of(env, name)
        print(f"  {name}: {why or 'shown'}", file=sys.stderr, flush=True)
        if why:
            failed.append(f"{name} ({why})")
            continue
        into[name] = {"name": name, "what": what, "bounds": bounds, **found}
        result = _result(shown, planted, wanted)
        evidence.write(NAME, command=COMMAND, seed=None, n=len(shown), hash_=hash_, result=result)
    ok = not failed and set(shown) == set(wanted) and set(planted) == set(false) and bool(wanted) and bool(false)
    return Outcome(ok, {"not shown": ", ".join(failed) or "none", **_result(shown, planted, wanted)})


def _result(shown: dict[str, Told], planted: dict[str, Told], wanted: dict[str, Any]) -> Told:
    return {
        "proved": len(shown),
        "of": len(wanted),
        "timeouts": 0,
        "paths_cut": 0,
        "planted_refuted": len(planted),
        "solver_seconds_at_most": SOLVER,
        "properties": list(shown.values()),
        "planted": list(planted.values()),
    }


def _property(env: dict[str, str], name: str) -> tuple[Told, str]:
    """What the evidence says of it, and why it is not shown: empty where it is."""
    proof = _halmos(env, "Proofs$", name)
    outcome = OUTCOMES.get(proof["exitcode"], str(proof["exitcode"]))
    if outcome != "proved":
        return {}, outcome
    paths, _, stuck = proof["num_paths"]
    if stuck or proof["num_bounded_loops"]:
        return {}, "paths cut short"
    if _halmos(env, "Refuted$", name, "--early-exit")["exitcode"] != REFUTED:
        return {}, "not refuted with false in the place of its claim"
    return {"paths": paths, "seconds": round(proof["time"][0], 1), "refuted_with_false_for_its_claim": True}, ""


def _planted(env: dict[str, str], name: str) -> tuple[Told, str]:
    result = _halmos(env, "Refuted$", name, "--early-exit")
    outcome = OUTCOMES.get(result["exitcode"], str(result["exitcode"]))
    if outcome != "refuted":
        return {}, outcome
    return {"outcome": outcome, "seconds": round(result["time"][0], 1)}, ""


def _as_committed(name: str) -> bool:
    built = json.loads((evidence.ROOT / "out" / "symbolic" / f"{name}.sol" / f"{name}.json").read_text("utf-8"))
    committed = json.loads((evidence.ROOT / "contracts" / "abi" / f"{name}.json").read_text("utf-8"))
    return bool(built["bytecode"]["object"] == committed["bytecode"])


def _documents(files: Iterable[Path]) -> dict[str, tuple[str, str]]:
    """What each property says of itself, and its bounds, by its name; ValueError where one says nothing."""
    told: dict[str, tuple[str, str]] = {}
    for path in sorted(files):
        text = path.read_text("utf-8")
        found = {name: (what, bounds or BOUNDS) for what, bounds, name in _DOC.findall(text)}
        if dumb := set(re.findall(r"function (check_\w+)", text)) - set(found):
            raise ValueError(f"{path.name}: without @notice: {', '.join(sorted(dumb))}")
        told |= found
    return told


def _halmos(env: dict[str, str], contracts: str, name: str, *more: str) -> Told:
    """halmos's result of one property; a run that is out of time counts as a timeout. RuntimeError if it left no report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["halmos", "--forge-build-out", "out/symbolic", "--match-contract", contracts]
        command += ["--match-test", rf"^{name}\(", "--no-status", "--loop", "2", "--solver-threads", "1"]
        command += ["--solver-timeout-assertion", f"{SOLVER}s", "--json-output", str(report), *more]
        # in a session of its own, for its solvers to end with it: it does not end on a milder signal while one runs
        with subprocess.Popen(
            command, cwd=evidence.ROOT, env={**env, "TMPDIR": folder}, stdout=sys.stderr, start_new_session=True
        ) as halmos:
            try:
                halmos.wait(ALL)
            except subprocess.TimeoutExpired:
                return {"exitcode": 2}
            finally:
                if halmos.poll() is None:
                    os.killpg(halmos.pid, signal.SIGKILL)
        if not report.exists():
            raise RuntimeError(f"halmos ended with {halmos.returncode} and no report of {name}")
        (told,) = (test for tests in json.loads(report.read_text("utf-8"))["test_results"].values() for test in tests)
    return dict(told)
