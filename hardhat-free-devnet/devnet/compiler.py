"""The contracts, compiled: `python -m devnet.compiler` writes contracts/abi/*.json, `--check` compares with them.

py-solc-x drives the pinned npm package `solc` through the launcher beside this package; nothing is downloaded.
The same sources always give the same bytes: no metadata hash is appended and no path enters the files.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import solcx
from solcx.exceptions import SolcError
from solcx.wrapper import get_version_str_from_solc_binary

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "hardhat-free-devnet" / "solc"
ABI = ROOT / "contracts" / "abi"

#: Contract name → its source, from the project's root.
CONTRACTS: Mapping[str, str] = {
    "PartyRegistry": "contracts/src/PartyRegistry.sol",
    "ProductRegistry": "contracts/src/ProductRegistry.sol",
    "CustodyLedger": "contracts/src/CustodyLedger.sol",
    "AccessManager": "node_modules/@openzeppelin/contracts/access/manager/AccessManager.sol",
}

EVM_VERSION = "london"  # what every permissioned engine runs
SETTINGS: Mapping[str, Any] = {
    "evmVersion": EVM_VERSION,
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 1_000_000},
    "remappings": ["@openzeppelin/=node_modules/@openzeppelin/"],
    "viaIR": True,
}


def compile_contracts() -> dict[str, dict[str, Any]]:
    """Contract name → the content of its file in contracts/abi: `contract`, `compiler`, `evmVersion`, `settings`,
    `abi`, `bytecode`, `runtimeBytecode` (both 0x-prefixed hex; immutables are zero in the latter).

    Raises `solcx.exceptions.SolcError` when a contract does not compile.
    """
    wanted = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]
    output = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {source: {"content": (ROOT / source).read_text("utf-8")} for source in CONTRACTS.values()},
            "settings": {**SETTINGS, "outputSelection": {source: {name: wanted} for name, source in CONTRACTS.items()}},
        },
        solc_binary=LAUNCHER,
        base_path=ROOT,
        allow_paths=[ROOT, (ROOT / "node_modules").resolve()],  # a second checkout links to the first one's packages
    )
    version = get_version_str_from_solc_binary(LAUNCHER)
    return {name: _artifact(name, version, output["contracts"][source][name]) for name, source in CONTRACTS.items()}


def _artifact(name: str, version: str, compiled: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "contract": name,
        "compiler": version,
        "evmVersion": EVM_VERSION,
        "settings": dict(SETTINGS),
        "abi": compiled["abi"],
        "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
        "runtimeBytecode": "0x" + compiled["evm"]["deployedBytecode"]["object"],
    }


def render(artifact: Mapping[str, Any]) -> str:
    """The file's text: stable order, one line per value, a newline at the end."""
    return json.dumps(artifact, indent=1, ensure_ascii=False) + "\n"


def differences(built: Mapping[str, Mapping[str, Any]], folder: Path = ABI) -> list[str]:
    """Where the files in `folder` are not `built`, as plain sentences; empty when all is as it should be."""
    found = []
    for name, artifact in built.items():
        file = folder / f"{name}.json"
        if not file.exists():
            found.append(f"{name}.json is missing from contracts/abi: run `python -m devnet.compiler`.")
        elif file.read_text("utf-8") != render(artifact):
            found.append(f"{name}.json is not what its source compiles to: run `python -m devnet.compiler`.")
    return found


def write(folder: Path = ABI) -> None:
    """Compile and write every file. Each is written beside its place and renamed, so a reader never sees half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, artifact in compile_contracts().items():
        draft = folder / f".{name}.json"
        draft.write_text(render(artifact), "utf-8")
        draft.replace(folder / f"{name}.json")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m devnet.compiler", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed files and write nothing")
    try:
        if not parser.parse_args(arguments).check:
            write()
            print(f"Wrote {', '.join(f'{name}.json' for name in CONTRACTS)} to contracts/abi.")
            return 0
        found = differences(compile_contracts())
    except SolcError as error:
        print(f"The contracts do not compile.\n{error.message}", file=sys.stderr)
        return 1
    for sentence in found:
        print(sentence, file=sys.stderr)
    if not found:
        print("contracts/abi is what the sources compile to.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
