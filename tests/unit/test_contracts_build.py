"""Promise: what is deployed is what the sources say, and runs on every permissioned engine (`london`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from devnet.compiler import ABI, CONTRACTS, differences, main, render

PUSH0, PUSH1, PUSH32, MCOPY = 0x5F, 0x60, 0x7F, 0x5E
#: Later than london: MCOPY, PUSH0, TLOAD, TSTORE, BLOBHASH, BLOBBASEFEE.
LATER_THAN_LONDON = {MCOPY, PUSH0, 0x5C, 0x5D, 0x49, 0x4A}
SIZE_LIMIT = 24_576


def committed(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ABI / f"{name}.json").read_text("utf-8"))
    return loaded


def opcodes(code: bytes) -> set[int]:
    """The opcodes of a contract, walked one by one: what PUSH carries is data, not code."""
    found, at = set(), 0
    while at < len(code):
        found.add(code[at])
        at += 1 + (code[at] - PUSH1 + 1 if PUSH1 <= code[at] <= PUSH32 else 0)
    return found


def test_the_committed_build_is_what_the_sources_compile_to() -> None:
    assert main(["--check"]) == 0


def test_a_changed_file_and_a_missing_file_are_named(tmp_path: Path) -> None:
    built = {name: committed(name) for name in CONTRACTS}
    for name, artifact in built.items():
        (tmp_path / f"{name}.json").write_text(render(artifact), "utf-8")
    assert differences(built, tmp_path) == []

    (tmp_path / "PartyRegistry.json").write_text(render({**built["PartyRegistry"], "abi": []}), "utf-8")
    (tmp_path / "CustodyLedger.json").unlink()
    changed, missing = differences(built, tmp_path)
    assert changed.startswith("PartyRegistry.json is not what its source compiles to")
    assert missing.startswith("CustodyLedger.json is missing")


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_build_is_for_london_and_names_no_path(name: str) -> None:
    artifact = committed(name)
    assert artifact["contract"] == name
    assert artifact["evmVersion"] == artifact["settings"]["evmVersion"] == "london"
    assert artifact["settings"]["metadata"] == {"appendCBOR": False, "bytecodeHash": "none"}
    assert str(Path.home()) not in json.dumps(artifact)
    assert str(ABI.parents[1]) not in json.dumps(artifact)


@pytest.mark.parametrize("name", CONTRACTS)
def test_no_opcode_is_later_than_london_and_the_size_is_deployable(name: str) -> None:
    code = bytes.fromhex(committed(name)["runtimeBytecode"].removeprefix("0x"))
    assert 0 < len(code) <= SIZE_LIMIT
    assert not opcodes(code) & LATER_THAN_LONDON


def test_the_walk_sees_code_and_not_pushed_data() -> None:
    assert PUSH0 not in opcodes(bytes([PUSH1, PUSH0, PUSH1 + 1, PUSH0, MCOPY]))
    assert PUSH0 in opcodes(bytes([PUSH1, 0, PUSH0]))
