"""slither over contracts/src: each finding of high or medium impact is fixed, or explained in static.toml for its function.

An explanation whose finding is gone is an error. slither runs `forge clean` where it works, so it works in a copy, and there
finds a contract with planted defects too: a slither that does not see these sees nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from campaigns import analysis, evidence
from campaigns.outcome import Outcome

NAME = "static"
COMMAND = "./scripts/campaign static"
EXPLAINED = evidence.ROOT / "campaigns" / "static.toml"
SOURCES = (
    "contracts/src/**/*.sol",
    "campaigns/static.py",
    "campaigns/static.toml",
    "campaigns/analysis.lock",
)
GATED = ("High", "Medium")
PLANTED = "contracts/src/Planted.sol"
PLANTED_SOURCE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

contract Planted {
    mapping(address owner => uint256 amount) private _owed;

    function take() external {
        uint256 amount = _owed[msg.sender];
        (bool done,) = msg.sender.call{value: amount}("");
        require(done);
        _owed[msg.sender] = 0;
    }

    function send(address payable to) external {
        to.transfer(address(this).balance);
    }

    function act(address target, bytes calldata code) external {
        require(tx.origin == address(1));
        (bool done,) = target.delegatecall(code);
        require(done);
    }
}
"""
PLANTED_CHECKS = {"reentrancy-eth", "arbitrary-send-eth", "controlled-delegatecall", "tx-origin"}

Finding = Mapping[str, Any]
"""As slither's JSON has it."""

Place = tuple[str, str]
"""Detector, and `Contract.function` (or `Contract`) that it speaks of."""


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    try:
        found, analysed = _slither()
    except RuntimeError as failed:
        return Outcome(False, {"failed": str(failed)})
    result, wrong = judged(found, explanations(EXPLAINED.read_text("utf-8")))
    for line in wrong:
        print(f"  {line}", flush=True)
    evidence.write(
        NAME, command=COMMAND, seed=None, n=analysed["detectors"], hash_=hash_, result={**analysed, **result}
    )
    return Outcome(not wrong, {**analysed, **result["impacts"], **result})


def judged(found: Iterable[Finding], why: Mapping[Place, str]) -> tuple[dict[str, Any], list[str]]:
    """What was found in our contracts, and a line for each thing that must not be so."""
    found = list(found)
    planted = {one["check"] for one in found if _file(one) == PLANTED}
    ours = [one for one in found if _file(one) != PLANTED]
    gated = [one for one in ours if one["impact"] in GATED]
    places = {_place(one) for one in gated}
    wrong = [f"unexplained: {one['check']}: {one['description'].strip()}" for one in gated if _place(one) not in why]
    wrong += [f"explained, but gone: {' '.join(place)}" for place in sorted(why.keys() - places)]
    wrong += [f"planted, but not found: {check}" for check in sorted(PLANTED_CHECKS - planted)]
    result = {
        "impacts": _counts(one["impact"] for one in ours),
        "below_the_gate": _counts(one["check"] for one in ours if one["impact"] not in GATED),
        "explained": [{"check": check, "at": at, "why": why[check, at]} for check, at in sorted(places & why.keys())],
        "planted_and_found": sorted(PLANTED_CHECKS & planted),
        "wrong": wrong,
    }
    return result, wrong


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def explanations(text: str) -> dict[Place, str]:
    """Place → why it is none. ValueError where one is said twice, or says nothing."""
    why: dict[Place, str] = {}
    for entry in tomllib.loads(text)["explained"]:
        for at in entry["at"]:
            place = (entry["check"], at)
            if place in why or not entry["why"].strip():
                raise ValueError(f"{EXPLAINED.name}: {' '.join(place)} is explained twice or not at all")
            why[place] = " ".join(entry["why"].split())
    return why


def _slither() -> tuple[list[Finding], dict[str, int]]:
    """Its findings, and how many contracts (interfaces, libraries and the planted one too) it read with how many detectors."""
    env = {**analysis.environment(), "FOUNDRY_PROFILE": "lite"}
    env["PATH"] += f"{os.pathsep}{evidence.ROOT / 'node_modules' / '.bin'}"
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(evidence.ROOT / "contracts" / "src", copy / "contracts" / "src")
        shutil.copy(evidence.ROOT / "foundry.toml", copy)
        for name in ("hardhat-free-devnet", "node_modules", ".venv"):
            (copy / name).symlink_to(evidence.ROOT / name)
        (copy / PLANTED).write_text(PLANTED_SOURCE, "utf-8")
        command = ["slither", ".", "--filter-paths", "node_modules", "--json", "found.json"]
        told = subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True)
        analysed = re.search(r"analyzed \((\d+) contracts with (\d+) detectors\)", told.stderr)
        if not analysed or not (copy / "found.json").exists():
            raise RuntimeError(f"slither ended with {told.returncode}:\n{told.stdout[-1000:]}{told.stderr[-3000:]}")
        report = json.loads((copy / "found.json").read_text("utf-8"))
    if not report["success"]:
        raise RuntimeError(f"slither: {report['error']}")
    return report["results"].get("detectors", []), {"contracts": int(analysed[1]), "detectors": int(analysed[2])}


def _file(finding: Finding) -> str:
    return str(finding["elements"][0]["source_mapping"]["filename_relative"])


def _place(finding: Finding) -> Place:
    """A local variable stands for its function, and a statement too."""
    part = finding["elements"][0]
    while part["type"] not in ("function", "contract"):
        part = part["type_specific_fields"]["parent"]
    if part["type"] == "contract":
        return finding["check"], part["name"]
    return finding["check"], f"{part['type_specific_fields']['parent']['name']}.{part['name']}"
