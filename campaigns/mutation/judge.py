"""Whether the tests notice a mutant: forge runs them in a working copy whose compiled ledger is the mutant's.

Tests deploy the ledger from its compiled file (World.sol, `_newLedger`) or from contracts/abi (the campaign of invariants):
both are replaced, so no test is compiled again. The working copy is in `cache/`, which git ignores; the checkout is only read.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devnet.compiler import ROOT

WORK = ROOT / "cache" / "mutation" / "work"
FORGE = ROOT / "node_modules" / ".bin" / "forge"
ELSEWHERE = "InvariantsTest|GasTest|CouncilTest|RegistriesTest|RotatingTest"
"""Not the tests of the registries, which ask the ledger nothing, nor of gas: a copy is not optimized."""
SLOW = "^testFuzz|_of_every_length|every_word_|whatever_the_gas|out_of_gas|every_vector|two_hundred|any_law_allows"
"""Tests that take longer than all others together: asked when these noticed nothing."""
ENDLESS = 240
"""Seconds after which a mutant that is still running counts as noticed; the unchanged ledger needs four."""

STEPS: Mapping[str, tuple[list[str], dict[str, str]]] = {
    "quick": (["--no-match-contract", ELSEWHERE, "--no-match-test", SLOW], {}),
    "slow": (["--no-match-contract", ELSEWHERE, "--match-test", SLOW], {}),
    "invariants": (
        ["--match-contract", "InvariantsTest"],
        {"FOUNDRY_INVARIANT_RUNS": "10", "FOUNDRY_INVARIANT_DEPTH": "100"},
    ),
}
"""In this order; what one does not notice is given to the next. Of the last only little: campaigns/invariants.py runs more."""


class NotJudged(Exception):
    """forge did not say which tests failed, or the unchanged ledger does not pass."""


@dataclass(frozen=True)
class Killer:
    """The test that noticed: `file` from the root, `test` as forge names it (`setUp()` too), and the step."""

    step: str
    file: str
    test: str


class Judge:
    """Owns the working copy. Raises NotJudged if the ledger without a change does not pass all steps."""

    def __init__(self, original: str) -> None:
        _copy()
        _forge(["build"], {}, check=True)
        self._artifact = WORK / "out/forge/CustodyLedger.sol/CustodyLedger.json"
        self._committed = WORK / "contracts/abi/CustodyLedger.json"
        self._compiled: dict[str, Any] = json.loads(self._artifact.read_text("utf-8"))
        if killer := self.killer(original) or self.season(original):
            raise NotJudged(f"the ledger as it is does not pass {killer.test} of {killer.file}")

    def killer(self, code: str, known: Killer | None = None) -> Killer | None:
        """The first test that fails on this creation code, or None. `known` noticed it once: it is asked first, alone."""
        self._deploy(code)
        if known and (WORK / known.file).exists():
            only = [] if known.test == "setUp()" else ["--match-test", f"^{known.test.partition('(')[0]}$"]
            if found := self._run(known.step, ["--match-path", known.file, *only]):
                return found
        for step in ("quick", "slow"):
            if found := self._run(step, STEPS[step][0]):
                return found
        return None

    def season(self, code: str) -> Killer | None:
        """As `killer`, for the invariants: what no other test noticed."""
        self._deploy(code)
        return self._run("invariants", STEPS["invariants"][0])

    def _deploy(self, code: str) -> None:
        self._compiled["bytecode"]["object"] = "0x" + code
        self._artifact.write_text(json.dumps(self._compiled), "utf-8")
        self._committed.write_text(json.dumps({"bytecode": "0x" + code}), "utf-8")

    def _run(self, step: str, arguments: list[str]) -> Killer | None:
        try:
            told = _forge(["test", "--json", "--fail-fast", *arguments], STEPS[step][1])
        except subprocess.TimeoutExpired:
            return Killer(step, "", "no end")
        if told.returncode == 0:
            return None
        try:
            suites: dict[str, Any] = json.loads(told.stdout)
        except ValueError as error:
            raise NotJudged(told.stdout[-1000:] + told.stderr[-1000:]) from error
        failed = [
            (suite.partition(":")[0], test)
            for suite, found in suites.items()
            for test, result in found["test_results"].items()
            if result["status"] == "Failure"
        ]
        if not failed:
            raise NotJudged(told.stdout[-1000:] + told.stderr[-1000:])
        return Killer(step, *min(failed))


def _copy() -> None:
    """The contracts, tests and settings as they are now. What forge compiled there before stays, if it is still theirs."""
    WORK.mkdir(parents=True, exist_ok=True)
    for name in ("contracts", "tests"):
        shutil.rmtree(WORK / name, ignore_errors=True)
    shutil.copytree(ROOT / "contracts", WORK / "contracts")
    shutil.copytree(ROOT / "tests/vectors", WORK / "tests/vectors")
    shutil.copy(ROOT / "foundry.toml", WORK / "foundry.toml")
    shutil.rmtree(WORK / "out/forge/CustodyLedger.sol", ignore_errors=True)  # a mutant's; forge would not see that
    for name in ("node_modules", "hardhat-free-devnet"):
        link = WORK / name
        if not link.is_symlink():
            link.symlink_to(ROOT / name)


def _forge(
    arguments: list[str], settings: Mapping[str, str], *, check: bool = False
) -> subprocess.CompletedProcess[str]:
    """Failures that forge remembers are forgotten first: each mutant meets the same inputs."""
    for name in ("cache/fuzz", "cache/invariant", "cache/test-failures"):
        remembered: Path = WORK / name
        if remembered.is_dir():
            shutil.rmtree(remembered)
        else:
            remembered.unlink(missing_ok=True)
    told = subprocess.run(
        [str(FORGE), *arguments],
        cwd=WORK,
        env={**os.environ, "FOUNDRY_PROFILE": "lite", **settings},
        capture_output=True,
        text=True,
        timeout=ENDLESS if not check else None,
    )
    if check and told.returncode:
        raise NotJudged(told.stdout[-2000:] + told.stderr[-2000:])
    return told
