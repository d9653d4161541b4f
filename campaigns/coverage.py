"""All lines, functions and branches of contracts/src are run by the contract tests, seasons of random acts left out.

Looked at twice. forge's count takes a branch that reverts for one way instead of two, and leaves out conditions inside an
expression. So `probes` asks each condition for both outcomes, and each body whether it was entered, in an instrumented copy.
One more condition is planted there that no test makes true: a look that misses it sees nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import solcx
from devnet.compiler import LAUNCHER, SETTINGS

from campaigns import evidence, probes
from campaigns.outcome import Outcome

NAME = "coverage"
COMMAND = "./scripts/campaign coverage"
SOURCES = (
    "contracts/src/**/*.sol",
    "contracts/test/*.sol",
    "campaigns/coverage.py",
    "campaigns/probes.py",
)
SRC = Path("contracts/src")
TESTS = ("--no-match-contract", "Invariants")
PLANTED = "0000"
PLANTED_TEST = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Seen} from "../src/Seen.sol";

contract PlantedTest {
    function test_planted() external pure {
        Seen.no("0000");
    }
}
"""

Counts = dict[str, dict[str, list[int]]]
"""File → lines, functions, branches, outcomes, bodies → [hit, found]."""


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    try:
        counts, missing = _forge()
        seen, asked = _look()
    except RuntimeError as failed:
        return Outcome(False, {"failed": str(failed)})
    missing += probes.unseen(asked, seen)
    if {PLANTED + "+", PLANTED + "-"} & seen != {PLANTED + "-"}:
        missing.append("the planted condition was not seen as it is")
    for probe in asked:
        kind = "outcomes" if probe.condition else "bodies"
        both = counts[f"{SRC}/{probe.file}"].setdefault(kind, [0, 0])
        both[0] += len(seen.intersection(probe.wanted))
        both[1] += len(probe.wanted)
    for line in missing:
        print(f"  {line}", flush=True)
    kinds = ("lines", "functions", "branches", "outcomes", "bodies")
    totals = {kind: [sum(file.get(kind, [0, 0])[i] for file in counts.values()) for i in (0, 1)] for kind in kinds}
    whole = all(hit == found > 0 for hit, found in totals.values())
    result = {
        "totals": totals,
        "conditions": sum(probe.condition for probe in asked),
        "missing": missing,
        "files": counts,
    }
    n = totals["lines"][1] + totals["outcomes"][1] + totals["bodies"][1]
    evidence.write(NAME, command=COMMAND, seed=None, n=n, hash_=hash_, result=result)
    told = {kind: f"{hit} of {found}" for kind, (hit, found) in totals.items()}
    return Outcome(whole and not missing, {**told, "missing": missing})


def _forge() -> tuple[Counts, list[str]]:
    """What forge counts, and a line for each place that it says was not hit."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "lcov.info"
        _run(evidence.ROOT, "coverage", *TESTS, "--report", "lcov", "--report-file", str(report))
        text = report.read_text("utf-8")
    counts: Counts = defaultdict(dict)
    missing = []
    for record in text.split("end_of_record"):
        file = re.search(r"^SF:(.+)$", record, re.MULTILINE)
        if not file or not file[1].startswith(f"{SRC}/"):
            continue
        for kind, key in (("lines", "DA"), ("functions", "FNDA"), ("branches", "BRDA")):
            hits = re.findall(rf"^{key}:(.+)$", record, re.MULTILINE)
            missed = [told for told in hits if re.search(r"^0,\D" if key == "FNDA" else r",(0|-)$", told)]
            counts[file[1]][kind] = [len(hits) - len(missed), len(hits)]
            missing += [f"{file[1]}: not hit, says forge: {key}:{told}" for told in missed]
    return counts, missing


def _look() -> tuple[set[str], list[probes.Probe]]:
    """What the probes in a copy of the contracts saw, and the probes."""
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("contracts", "tests/vectors"):
            shutil.copytree(evidence.ROOT / name, copy / name)
        for name in ("hardhat-free-devnet", "node_modules", ".venv"):
            (copy / name).symlink_to(evidence.ROOT / name)
        settings = (evidence.ROOT / "foundry.toml").read_text("utf-8")
        allowed = settings.replace(
            "fs_permissions = [", f'fs_permissions = [\n    {{ access = "read-write", path = "{probes.FOLDER}" }},'
        )
        (copy / "foundry.toml").write_text(allowed, "utf-8")
        (copy / "contracts" / "test" / "Planted.t.sol").write_text(PLANTED_TEST, "utf-8")
        (copy / probes.FOLDER).mkdir()
        asked = _planted(copy / SRC)
        _run(copy, "test", *TESTS)
        return {path.name for path in (copy / probes.FOLDER).iterdir()}, asked


def _planted(folder: Path) -> list[probes.Probe]:
    sources = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.sol"))}
    trees = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {f"{SRC}/{name}": {"content": path.read_text("utf-8")} for name, path in sources.items()},
            "settings": {
                "remappings": SETTINGS["remappings"],
                "stopAfter": "parsing",
                "outputSelection": {"*": {"": ["ast"]}},
            },
        },
        solc_binary=LAUNCHER,
        base_path=evidence.ROOT,
        allow_paths=[evidence.ROOT, (evidence.ROOT / "node_modules").resolve()],
    )["sources"]
    asked: list[probes.Probe] = []
    for name, path in sources.items():
        planted, more = probes.plant(name, path.read_bytes(), trees[f"{SRC}/{name}"]["ast"], len(asked) + 1)
        path.write_bytes(planted)
        asked += more
    (folder / probes.LIBRARY).write_text(probes.SOURCE, "utf-8")
    return asked


def _run(folder: Path, *arguments: str) -> None:
    forge = [str(evidence.ROOT / "node_modules" / ".bin" / "forge"), *arguments]
    env = {**os.environ, "FOUNDRY_PROFILE": "lite"}
    done = subprocess.run(forge, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"forge {arguments[0]}:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
