"""The ledger's sources, and the compiler on them: the syntax tree, and many altered copies in one run.

Altered copies are compiled as the everyday tests are (not optimized: a third of the time), through the project's own
launcher. One run takes several copies, because starting the compiler costs half of what one compilation does.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import subprocess
from collections.abc import Mapping
from typing import Any

from devnet.compiler import LAUNCHER, ROOT, SETTINGS

LEDGER = "contracts/src/CustodyLedger.sol"
OUR_PATHS = (LEDGER, *sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "contracts/src/ledger").glob("*.sol")))
"""What is altered: the ledger and everything of ours that is compiled into it."""

PLAIN: Mapping[str, Any] = {**SETTINGS, "optimizer": {"enabled": False}, "viaIR": False}
OPTIMIZED: Mapping[str, Any] = {**SETTINGS, "viaIR": False}
"""Not by way of the intermediate language, which takes ten times as long: for comparing code, either will do."""

Change = tuple[str, int, int, str]
"""Path, first byte, end byte, the text that stands there instead."""


class CompilerFailed(Exception):
    """The compiler itself failed, or refused the sources as they are."""


def compile_json(
    sources: Mapping[str, str], settings: Mapping[str, Any], selection: Mapping[str, Any]
) -> dict[str, Any]:
    """The compiler's answer; errors in the sources are in it."""
    told = subprocess.run(
        [str(LAUNCHER), "--base-path", str(ROOT), "--allow-paths", _allowed(), "--standard-json"],
        input=json.dumps(
            {
                "language": "Solidity",
                "sources": {path: {"content": text} for path, text in sources.items()},
                "settings": {**settings, "outputSelection": selection},
            }
        ),
        capture_output=True,
        text=True,
        env={**os.environ},
    )
    if told.returncode:
        raise CompilerFailed(told.stderr[-2000:])
    answer: dict[str, Any] = json.loads(told.stdout)
    return answer


def _allowed() -> str:
    return f"{ROOT},{(ROOT / 'node_modules').resolve()}"


def read() -> dict[str, str]:
    """Path → text of all that the ledger imports of ours, the interfaces among them."""
    interfaces = sorted((ROOT / "contracts/src/interfaces").glob("*.sol"))
    paths = [*OUR_PATHS, *(p.relative_to(ROOT).as_posix() for p in interfaces)]
    return {path: (ROOT / path).read_text("utf-8") for path in paths}


def trees(sources: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Path → syntax tree, typed."""
    answer = compile_json(sources, PLAIN, {"*": {"": ["ast"]}})
    if wrong := _errors(answer):
        raise CompilerFailed(wrong[0]["formattedMessage"])
    return {path: answer["sources"][path]["ast"] for path in sources}


def changed(text: str, change: Change) -> str:
    """Places are counted in bytes, as the compiler counts them."""
    _, start, end, new = change
    raw = text.encode()
    return (raw[:start] + new.encode() + raw[end:]).decode()


def codes(
    sources: Mapping[str, str], changes: Mapping[str, Change | None], settings: Mapping[str, Any] = PLAIN
) -> dict[str, str | None]:
    """Name → creation code of the ledger with that one change (None: with no change), as hex; None if it is no program.

    Copies that do not compile are left out one after the other, until the rest does.
    """
    found: dict[str, str | None] = dict.fromkeys(changes)
    folders = {f"m{i}/": name for i, name in enumerate(changes)}
    while folders:
        answer = _compiled_together(sources, {folder: changes[name] for folder, name in folders.items()}, settings)
        wrong = _errors(answer)
        if not wrong:
            for folder, name in folders.items():
                code = answer["contracts"][f"{folder}{LEDGER}"]["CustodyLedger"]["evm"]["bytecode"]["object"]
                found[name] = code
            break
        where = {error.get("sourceLocation", {}).get("file", "").partition("/")[0] + "/" for error in wrong}
        bad = where & set(folders)
        if not bad:  # the compiler does not say which: one by one
            if len(folders) > 1:
                for name in folders.values():
                    found.update(codes(sources, {name: changes[name]}, settings))
            break
        folders = {folder: name for folder, name in folders.items() if folder not in bad}
    return found


def _compiled_together(
    sources: Mapping[str, str], changes: Mapping[str, Change | None], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Each folder has what comes to be another program by its change; the rest is read once, for all."""
    copies = dict(sources)
    remappings = list(settings["remappings"])
    for folder, change in changes.items():
        other = _importers(sources, change[0]) if change else {LEDGER}
        for path, text in sources.items():
            if path in other:
                copies[folder + path] = changed(text, change) if change and path == change[0] else text
            else:
                remappings.append(f"{folder}:{folder}{path}={path}")
    selection = {f"{folder}{LEDGER}": {"CustodyLedger": ["evm.bytecode.object"]} for folder in changes}
    return compile_json(copies, {**settings, "remappings": remappings}, selection)


def _importers(sources: Mapping[str, str], path: str) -> set[str]:
    """The source itself and all that import it, if only through others."""
    imports = {
        one: {
            posixpath.normpath(f"{posixpath.dirname(one)}/{found}") for found in re.findall(r'from "(\.[^"]+)"', text)
        }
        for one, text in sources.items()
    }
    found, new = {path}, {path}
    while new:
        new = {one for one, used in imports.items() if used & new} - found
        found |= new
    return found | {LEDGER}


def _errors(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [error for error in answer.get("errors", []) if error["severity"] == "error"]


def hash_of(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        digest.update(f"{len(raw)}\0".encode() + raw)
    return digest.hexdigest()[:32]
