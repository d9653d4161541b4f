"""The documents say what is there: links, files, functions, laws, words. Each test names the promise it keeps."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.problems import OWN_LAWS
from ledger.cli import VERBS
from ledger.events.door_laws import DOOR_LAWS
from ledger.events.form_laws import FORM_LAWS
from ledger.events.laws import CHAIN_LAWS, LAWS
from ledger.events.registry_laws import COUNCIL_LAWS

ROOT = Path(__file__).resolve().parents[1]
TREE = (
    "campaigns",
    "chaos",
    "contracts",
    "docs",
    "examples",
    "gateway",
    "hardhat-free-devnet",
    "ledger",
    "scripts",
    "tests",
    ".ci",
)
OPEN_ZEPPELIN = "AccessManage"  # its errors begin so
THE_CALL = {"OnlySelf", "OutOfGas", "PredecessorHeadDiffers"}  # end a call, judge no event
DESIGN_WORDS = [
    "batch", "item", "event", "party", "place", "holding", "shipment", "consignment", "submission", "acting fields", "content",
    "private field", "head", "record", "final", "bundle", "log",
]  # fmt: skip
STATES = ["accepted", "signed", "submitted", "mined", "final", "refused", "dead", "stuck"]


def _pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


PAGES = _pages()


# ── links and files ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        assert found.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in _anchors(found), f"{target}: no such heading"


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """Backticked paths from the top of the checkout; a pattern or a made-up end (`…`, `{x}`, `*`) is none."""
    for code in re.findall(r"`([^`\n]+)`", page.read_text("utf-8")):
        for word in code.split():
            name = word.strip(".,;()").removeprefix("./")
            if name.startswith(tuple(f"{top}/" for top in TREE)) and not re.search(r"[…{}*<>$=]", name):
                assert (ROOT / name).exists(), f"{name} is not there"


def test_the_commands_of_the_readme_exist_and_can_be_executed() -> None:
    named = set(re.findall(r"(?<![\w/])\./(scripts/\w+)", _text("README.md")))
    assert {"scripts/start", "scripts/stop", "scripts/test"} <= named
    for name in named:
        assert os.access(ROOT / name, os.X_OK), f"{name} cannot be executed"
    words = set(re.findall(r"\.venv/bin/nguon (?:--\w+ )*([a-z]+)", _text("README.md")))
    assert {"show", "import", "verify"} <= words <= set(VERBS)


def test_the_readme_names_every_option_of_start() -> None:
    options = set(re.findall(r'add_argument\("(--[a-z-]+)"', _text("gateway/stack.py")))
    table = _text("README.md").split("Its options:")[1].split("\n\n")[1]
    assert set(re.findall(r"`(--[a-z-]+)", table)) == options


def test_the_readme_names_the_packages_that_tests_need() -> None:
    packages = re.search(r'^packages="(.+)"$', _text("scripts/test"), re.MULTILINE)
    assert packages and f"apt-get install -y --no-install-recommends {packages[1]}" in _text("README.md")


def test_the_readme_states_no_time_without_its_source() -> None:
    """A row of the times table is not measured, or says in its last column on what and when it was."""
    before, _, after = _text("README.md").partition("## Times")
    table, _, rest = after.partition("\n## ")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("| ")
    ]
    assert len(rows) > 1
    for what, taken, source in rows[1:]:
        assert taken == "not measured yet" or re.search(r"\d{4}-\d\d-\d\d", source), f"{what}: measured when, on what?"
    assert not re.search(r"\d\s?(ms|seconds|minutes|events/s|tx/s|TPS|times (as|faster))\b", before + rest)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_figure_beside_its_evidence_is_the_one_that_the_run_wrote(page: Path) -> None:
    """Of a line that names a file of docs/evidence, every figure is in such a file; of a table's row, in its last cell."""
    for line in page.read_text("utf-8").splitlines():
        files = re.findall(r"docs/evidence/[a-z_]+\.json", line)
        if not files:
            continue
        said = re.sub(r"`[^`]*`|\d{4}-\d\d-\d\d", "", line.rstrip(" |").rpartition("|")[2])
        known = {number for file in files for number in _numbers(json.loads(_text(file)))}
        for figure in re.findall(r"\d[\d,]*(?:\.\d+)?", said):
            number = float(figure.replace(",", "").rstrip("."))
            assert number in known, f"{figure} is not in {', '.join(files)}: {line}"


def _numbers(told: Any) -> set[float]:
    """All numbers of a document, and how many members its lists have."""
    if isinstance(told, bool | str) or told is None:
        return set()
    if isinstance(told, int | float):
        return {float(told), round(float(told), 2), round(float(told), 1), float(round(told))}
    parts = list(told.values()) if isinstance(told, dict) else told
    return {float(len(parts))}.union(*map(_numbers, parts))


# ── the laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _written_laws() -> tuple[set[str], set[str]]:
    """Names in docs/spec/law.md: laws, and the errors of the call as a whole."""
    laws, _, call = _text("docs/spec/law.md").partition("## The call as a whole")
    named = re.compile(r"`([A-Z][a-z]+(?:[A-Z][a-z]*)+)(?=[(`])")
    others = {"AdjustUp", "AdjustDown", "CustodyLedger", "SignedEvent", "SignerChange", "SignerSet", "PartyRolesSet"}
    return set(named.findall(laws)) - others, set(named.findall(call)) - others


def _contract_errors() -> set[str]:
    found = set()
    for name in ("PartyRegistry", "ProductRegistry", "CustodyLedger"):
        entries = json.loads(_text(f"contracts/abi/{name}.json"))["abi"]
        found |= {entry["name"] for entry in entries if entry["type"] == "error"}
    return {name for name in found if not name.startswith(OPEN_ZEPPELIN)}


def test_every_written_law_is_an_error_of_the_contracts_and_the_other_way_round() -> None:
    laws, call = _written_laws()
    assert call == THE_CALL
    assert laws == _contract_errors() - THE_CALL


def test_every_law_of_the_contracts_has_words_and_no_other_claims_to_be_one() -> None:
    assert {law.name for law in CHAIN_LAWS} == _written_laws()[0]


def test_no_two_laws_have_one_name() -> None:
    assert len(LAWS) == len(CHAIN_LAWS) + len(COUNCIL_LAWS) + len(FORM_LAWS) + len(DOOR_LAWS)


def test_every_law_that_a_page_names_exists() -> None:
    for page in PAGES:
        for law in re.findall(r"(?:\bby|refused as) `([A-Z][a-z]+[A-Z]\w+)`", page.read_text("utf-8")):
            assert law in LAWS or law in OWN_LAWS, f"{page.relative_to(ROOT)}: {law} is no law"


# ── the words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("word", [*DESIGN_WORDS, *STATES])
def test_the_glossary_has_each_word_of_the_design(word: str) -> None:
    assert re.search(rf"^\| \*\*{word}\*\* \| \S", _text("docs/glossary.md"), re.MULTILINE)


def test_a_word_has_one_meaning() -> None:
    words, _, states = _text("docs/glossary.md").partition("## States")
    for part in (words, states):
        named = re.findall(r"^\| \*\*([^*]+)\*\*", part, re.MULTILINE)
        assert len(named) == len(set(named))


def test_the_states_are_those_of_the_database() -> None:
    """All but `refused`, which is kept nowhere."""
    kept = re.search(r"state IN \(([^)]*'final'[^)]*)\)", _text("ledger/store/migrations/0001_spine.sql"))
    assert kept and set(re.findall(r"'(\w+)'", kept[1])) == set(STATES) - {"refused"}


# ── the life of an event ─────────────────────────────────────────────────────────────────────────────────────────────────

ROOMS = {"Capture": 4, "Anchor": 4, "Index": 4, "Page": 4}
NOT_COUNTED = {"gateway", "gateway/auth", "ledger/events", "ledger/canonical", "ledger/bindings", "hardhat-free-devnet"}
ENTERED = {  # called by no function of ours that the page names: by FastAPI, a thread, a transaction, the keeper's loop
    "StrictRequest.json", "by_key", "post", "Worker._submit", "Worker._follow", "record", "Keeper._seal", "batch",
    "lot_page",
}  # fmt: skip


@cache
def _functions(name: str) -> dict[str, str]:
    """Functions of a file by qualified name, with their text. Of several Solidity functions of one name, all."""
    text = _text(name)
    if name.endswith(".sol"):
        found: dict[str, str] = {}
        for part in re.split(r"\n(?=    function )", text)[1:]:
            word = re.match(r"    function (\w+)", part)
            assert word
            found[word[1]] = found.get(word[1], "") + part
        return found
    bodies: dict[str, str] = {}
    for node in ast.parse(text).body:
        for function in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
                bodies[prefix + function.name] = ast.get_source_segment(text, function) or ""
    return bodies


def _walk(section: str) -> list[tuple[str, str]]:
    """(file, function) in the order of the section."""
    steps: list[tuple[str, str]] = []
    file = ""
    for code in re.findall(r"`([^`\n]+)`", section):
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)+\.(py|sol)", code):
            file = code
        elif called := re.fullmatch(r"([\w.]+)\(\)", code):
            assert file, f"{code} stands before any file"
            steps.append((file, called[1]))
    return steps


def _section(name: str) -> str:
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", _text("docs/life-of-an-event.md"), re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {name}"
    return found[1]


def _room(file: str) -> str:
    parts = file.split("/")
    return parts[0] if parts[0] in ("contracts", "hardhat-free-devnet") or len(parts) == 2 else "/".join(parts[:2])


@pytest.mark.parametrize("name", ROOMS)
def test_each_function_is_in_the_file_that_is_named_before_it(name: str) -> None:
    steps = _walk(_section(name))
    assert len(steps) > 5
    for file, function in steps:
        assert function in _functions(file), f"{file} has no {function}"


@pytest.mark.parametrize("name", ROOMS)
def test_each_function_is_called_by_one_that_was_named_before_it(name: str) -> None:
    seen = ""
    for file, function in _walk(_section(name)):
        word = function.rsplit(".", 1)[-1]
        assert function in ENTERED or re.search(rf"(?<![\w\"']){word}\b", seen), f"nobody named so far calls {function}"
        seen += _functions(file)[function].partition("\n")[2]  # without the line that names it


@pytest.mark.parametrize(("name", "count"), ROOMS.items())
def test_the_event_visits_the_rooms_in_the_order_that_is_written_and_no_others(name: str, count: int) -> None:
    section = _section(name)
    written = re.search(r"^Rooms: (.+)$", section, re.MULTILINE)
    assert written
    rooms = re.findall(r"`([^`]+)`", written[1])
    visited = dict.fromkeys(_room(file) for file, _ in _walk(section))
    assert [room for room in visited if room not in NOT_COUNTED] == rooms
    assert len(rooms) == count


def test_every_stage_says_what_is_true_if_the_process_dies() -> None:
    for name in ROOMS:
        section = _section(name)
        assert "process dies" in section, name
