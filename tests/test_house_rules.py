"""The rules of the house, executable. Each test names the rule it keeps; what it finds is printed with its place."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {".py", ".sol", ".js", ".ts"}
MOST_LINES, AIM = 500, 200
NAMELESS = {"util", "utils", "helper", "helpers", "common", "misc", "stuff"}
OURS = ("gateway", "hardhat-free-devnet", "ledger")
LAUNCHER = "gateway/stack.py"


@cache
def _files() -> tuple[Path, ...]:
    """What is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return tuple(path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file())


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _python(*tops: str) -> Iterator[tuple[str, ast.Module]]:
    for path in _files():
        if path.suffix == ".py" and _name(path).startswith(tuple(f"{top}/" for top in tops)):
            yield _name(path), _parsed(path)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno


def _texts() -> Iterator[tuple[str, str]]:
    for path in _files():
        data = path.read_bytes()
        if b"\0" not in data:
            yield _name(path), data.decode("utf-8", "replace")


def _places(pattern: str, *but: str) -> list[str]:
    search = re.compile(pattern)
    return [
        f"{name}:{number}: {found[0]}"
        for name, text in _texts()
        if name not in but
        for number, line in enumerate(text.splitlines(), 1)
        if (found := search.search(line))
    ]


def test_every_room_and_module_has_a_name_of_its_own() -> None:
    for path in _files():
        if path.suffix in SOURCES:
            words = {part.removesuffix(path.suffix).lower() for part in path.relative_to(ROOT).parts}
            assert not words & NAMELESS, f"{_name(path)} says nothing about what is in it"


def test_no_source_file_is_longer_than_500_lines() -> None:
    lengths = {_name(p): len(p.read_text("utf-8").splitlines()) for p in _files() if p.suffix in SOURCES}
    long = {name: lines for name, lines in lengths.items() if lines > AIM}
    if long:
        shown = ", ".join(f"{name} {lines}" for name, lines in sorted(long.items(), key=lambda each: -each[1]))
        warnings.warn(f"over {AIM} lines, which is the aim: {shown}", stacklevel=1)
    assert not {name: lines for name, lines in lengths.items() if lines > MOST_LINES}


def test_the_ledger_is_a_library_without_a_web_framework() -> None:
    found = [
        f"{name}:{line}: {module}"
        for name, tree in _python("ledger")
        for module, line in _imports(tree)
        if module.split(".")[0] in {"fastapi", "starlette", "uvicorn", "jinja2", "pydantic", "gateway", "devnet"}
    ]
    assert not found


def test_nothing_of_ours_reads_the_environment() -> None:
    """Configuration comes from the command line, once. Only the launcher touches it: it hands it on to what it starts,
    with no proxy between our own programs. Tests may ask whether they run in CI."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in _python(*OURS)
        for node in ast.walk(tree)
        if name != LAUNCHER
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {a.name for a in node.names} & {"environ", "getenv"}
        )
    ]
    assert not found


def test_only_the_chain_room_speaks_to_a_node() -> None:
    found = [
        f"{name}:{line}: {module}"
        for name, tree in _python(*OURS)
        for module, line in _imports(tree)
        if module.split(".")[0] == "web3" and not name.startswith("ledger/chain/")
    ]
    assert not found


def test_no_float_comes_near_anything_that_is_hashed() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in _python("ledger/canonical", "ledger/events")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]
    assert not found


def test_tests_use_no_mocks() -> None:
    found = [
        f"{name}:{line}: {module}"
        for name, tree in _python("tests")
        for module, line in _imports(tree)
        if re.search(r"(^|\.)mock$|^(pytest_mock|responses|respx|requests_mock)(\.|$)", module)
    ]
    assert not found


def test_tests_wait_for_something_and_never_just_sleep() -> None:
    """A sleep stands only inside a loop of a function that looks at a clock and gives up: a wait with a deadline."""
    found = []
    for name, tree in _python("tests"):
        waits = {
            id(call)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and _looks_at_a_clock(function)
            for loop in ast.walk(function)
            if isinstance(loop, ast.While)
            for call in ast.walk(loop)
        }
        found += [f"{name}:{node.lineno}" for node in ast.walk(tree) if _is_sleep(node) and id(node) not in waits]
    assert not found


def _is_sleep(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Attribute) and node.func.attr == "sleep")
        or (isinstance(node.func, ast.Name) and node.func.id == "sleep")
    )


def _looks_at_a_clock(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "monotonic" for node in ast.walk(function))


def test_no_committed_file_names_a_package_registry() -> None:
    hosts = ("py" + "pi.org", "pythonhosted" + ".org", "npm" + "js.", "npm" + "js.org", "yarn" + "pkg.com", "crates" + ".io",
             "soliditylang" + ".org/bin", "gh" + "cr.io", "docker" + ".io", "proxy.golang" + ".org")  # fmt: skip
    assert not _places("|".join(map(re.escape, hosts)), "package-lock.json")
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]


def test_no_committed_file_names_a_path_of_somebodys_machine() -> None:
    assert not _places(r"(?<![\w.~-])/(work|root|home/\w+|Users/\w+)/")


def test_nothing_is_left_to_be_done_in_a_comment() -> None:
    assert not _places(r"\b(TO" + r"DO|FIX" + r"ME)\b", "LICENSE", "package-lock.json", "requirements.lock")


def test_every_script_can_be_executed_and_makes_its_own_setting() -> None:
    scripts = [path for path in _files() if _name(path).startswith("scripts/") and path.read_bytes().startswith(b"#!")]
    assert {path.name for path in scripts} >= {"setup", "start", "stop", "test"}
    for path in [*scripts, ROOT / ".ci" / "run"]:
        assert os.access(path, os.X_OK), f"{_name(path)} cannot be executed"
        text = path.read_text("utf-8")
        ready = path.name == "setup" or re.search(r'scripts/setup|"scripts" / "setup"|\./scripts/test\b', text)
        assert ready, f"{_name(path)} does not call setup"
    for name in ("up", "down", "reset"):
        assert os.access(ROOT / "hardhat-free-devnet" / name, os.X_OK), f"hardhat-free-devnet/{name} cannot be executed"


def test_worthless_keys_come_from_one_place_that_knows_the_chain() -> None:
    """`devnet.keys.worthless` refuses every chain but the development chain, so nobody takes a key past it."""
    for name, tree in _python(*OURS):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "devnet.keys":
                assert [alias.name for alias in node.names] == ["worthless"], f"{name}:{node.lineno}"
            assert not (isinstance(node, ast.Import) and any(a.name == "devnet.keys" for a in node.names)), name
    inside = ("hardhat-free-devnet/devnet/keys.py",)
    assert not _places(r"Nguon development chain, worthless" + " key", *inside)


def test_no_key_stands_in_the_code() -> None:
    """Nor one of those that everybody knows: the first account of Anvil and Hardhat, and the words it comes from."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in _python(*OURS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str | bytes)
        and re.fullmatch(
            r"(0x)?[0-9a-fA-F]{64}", node.value if isinstance(node.value, str) else node.value.decode("latin-1")
        )
    ]
    assert not found
    assert not _places("ac0974bec39a" + "17e3|test test test test test " + "test")


def test_every_locked_package_has_a_version_and_a_hash_and_no_address() -> None:
    for name in ("requirements.lock", "campaigns/analysis.lock", "scripts/node.lock", "scripts/uv.lock"):
        text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
        assert "://" not in text, f"{name} names an address"
        locked = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert locked
        for line in locked:
            assert re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), f"{name}: {line[:60]}"
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [
        name
        for name, package in packages.items()
        if name and "integrity" not in package and not package.get("inBundle")
    ]


# Words that the house has another word for (docs/glossary.md), as they would stand in a name.
OTHER_WORDS = {
    "transaction_batch": "submission", "tx_batch": "submission", "event_batch": "submission", "batch_of_events": "submission",
    "batch_transaction": "submission", "event_log": "log", "solidity_event": "log", "contract_event": "log",
    "organisation": "party", "organization": "party", "company": "party", "stakeholder": "party", "tenant": "party",
    "user": "party or signer", "location": "place", "site": "place", "warehouse": "place",
    "transfer": "shipment", "custody_event": "event", "trace_event": "event", "inventory": "holding",
    "blockchain": "chain", "asset_id": "batch", "token_id": "batch", "lot_id": "batch",
}  # fmt: skip


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")


def test_names_are_those_of_the_glossary() -> None:
    """Modules, classes and functions. Words of others (EPCIS, HTTP, SQL) stay theirs: they are looked up, not defined."""
    found = []
    for path, tree in _python("gateway", "ledger"):
        names = [(Path(path).stem, 1)]
        names += [
            (node.name, node.lineno)
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        for name, line in names:
            for other, ours in OTHER_WORDS.items():
                if f"_{other}_" in f"_{_snake(name)}_":
                    found.append(f"{path}:{line}: {name}: say {ours}")
    assert not found


def test_the_rooms_of_the_node_call_a_solidity_event_a_log() -> None:
    found = [
        f"{name}:{node.lineno}: {node.name}"
        for name, tree in _python("ledger/chain", "ledger/bindings")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and "event" in _snake(node.name).split("_")
    ]
    assert not found
