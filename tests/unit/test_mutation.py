"""The mutation campaign can fail: its mutants are the expected ones, and one that no test notices is reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from campaigns.mutation import arguments, result, sources
from campaigns.mutation.judge import Killer
from campaigns.mutation.mutants import Mutant, made_of
from campaigns.mutation.verdicts import Verdicts

PATH = "contracts/src/Tiny.sol"
TINY = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;
contract Tiny {
    uint256 private constant LIMIT = 7;
    uint256 internal sum; // „ü“ takes more bytes than letters
    error Above(uint256 given, uint256 limit);
    function add(uint256 given) external returns (bool) {
        if (given == 0 || given > LIMIT) revert Above(given, LIMIT);
        sum += given;
        return !(given < 2);
    }
    function at(uint256 place) external pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := shl(3, calldataload(place))
        }
    }
}
"""
EXPECTED = [
    "Tiny.sol:4 literal: 7 → 6",
    "Tiny.sol:4 literal: 7 → 8",
    "Tiny.sol:8 logical: given == 0 || given > LIMIT → (given == 0)",
    "Tiny.sol:8 logical: given == 0 || given > LIMIT → (given > LIMIT)",
    "Tiny.sol:8 condition: given == 0 || given > LIMIT → false",
    "Tiny.sol:8 condition: given == 0 || given > LIMIT → true",
    "Tiny.sol:8 literal: 0 → 1",
    "Tiny.sol:8 relational: given > LIMIT → given >= LIMIT",
    "Tiny.sol:8 swap: given, LIMIT → LIMIT, given",
    "Tiny.sol:9 arithmetic: sum += given → sum -= given",
    "Tiny.sol:9 statement: sum += given; → nothing",
    "Tiny.sol:10 return: !(given < 2) → false",
    "Tiny.sol:10 return: !(given < 2) → true",
    "Tiny.sol:10 relational: given < 2 → given <= 2",
    "Tiny.sol:10 literal: 2 → 1",
    "Tiny.sol:10 literal: 2 → 3",
    "Tiny.sol:14 yul-statement: value := shl(3, calldataload(place)) → nothing",
    "Tiny.sol:14 yul-opcode: shl → shr",
    "Tiny.sol:14 yul-literal: 3 → 4",
    "Tiny.sol:14 yul-swap: 3, calldataload(place) → calldataload(place), 3",
]


@pytest.fixture(scope="module")
def tiny() -> list[Mutant]:
    return made_of({PATH: TINY}, sources.trees({PATH: TINY}))


def test_the_mutants_of_a_source_are_the_expected_ones_in_the_order_of_its_text(tiny: list[Mutant]) -> None:
    assert sorted(one.id for one in tiny) == sorted(EXPECTED)
    places = [one.change[1] for one in tiny]
    assert places == sorted(places)


def test_the_same_source_gives_the_same_mutants(tiny: list[Mutant]) -> None:
    assert made_of({PATH: TINY}, sources.trees({PATH: TINY})) == tiny


def test_a_mutant_differs_from_its_source_in_its_one_place(tiny: list[Mutant]) -> None:
    for one in tiny:
        text = sources.changed(TINY, one.change)
        assert text != TINY
        _, start, end, new = one.change
        raw = TINY.encode()
        assert text.encode() == raw[:start] + new.encode() + raw[end:]
        differing = [a for a, b in zip(TINY.splitlines(), text.splitlines(), strict=True) if a != b]
        assert differing == [TINY.splitlines()[one.line - 1]]


def test_every_source_of_ours_that_the_ledger_is_compiled_from_is_altered() -> None:
    read = {path for path in sources.read() if "/interfaces/" not in path}
    assert read == set(sources.OUR_PATHS)
    assert sources.LEDGER in read and "contracts/src/ledger/State.sol" in read


def test_a_mutant_that_no_test_notices_is_reported() -> None:
    kinds = {f"A.sol:{i} literal: 1 → 2": "killed" for i in range(19)} | {"B.sol:1 literal: 1 → 2": "survived"}
    found = result.told(kinds, ["quick"] * 19, 20, [])
    assert (found["score"], found["without_argument"]) == (0.95, ["B.sol:1 literal: 1 → 2"])
    assert not result.good(found), "the score is enough, an argument is missing"

    said = [arguments.Argument("B.sol:* literal: 1 → 2", False, "nobody can reach it")]
    found = result.told(kinds, ["quick"] * 19, 20, said)
    assert result.good(found)
    assert found["survived"] == {"B.sol:1 literal: 1 → 2": "nobody can reach it"}
    assert not result.good(result.told({**kinds, "C.sol:1": "survived"}, ["quick"] * 19, 21, said))


def test_an_equivalent_mutant_is_named_and_not_counted() -> None:
    kinds = {"A.sol:1": "killed", "A.sol:2": "survived", "A.sol:3": "stillborn", "A.sol:4": "duplicate"}
    found = result.told(kinds, ["invariants"], 4, [arguments.Argument("A.sol:2", True, "the same in all cases")])
    assert (found["score"], found["equivalent"]) == (1.0, {"A.sol:2": "the same in all cases"})
    assert (found["killed_by"]["invariants"], found["stillborn"], found["duplicates"]) == (1, 1, 1)


def test_an_argument_that_no_survivor_needs_is_an_error() -> None:
    said = [arguments.Argument("A.sol:9 *", True, "it is gone"), arguments.Argument("A.sol:1", True, "it was killed")]
    found = result.told({"A.sol:1": "killed"}, ["quick"], 1, said)
    assert found["idle_arguments"] == ["A.sol:1", "A.sol:9 *"]
    assert not result.good(found)


def test_a_campaign_that_was_broken_off_shows_nothing() -> None:
    assert not result.good(result.told({"A.sol:1": "killed"}, ["quick"], 2, []))


def test_a_pattern_stands_for_itself_and_its_stars_for_anything() -> None:
    pattern = arguments.Argument("State.sol:* bits: a[b] | (c) → a*", True, "")
    assert pattern.covers("State.sol:12 bits: a[b] | (c) → a & c")
    assert not pattern.covers("State.sol:12 bits: ab | c → a")


def test_the_arguments_that_are_written_have_words() -> None:
    said = arguments.read()
    assert len({one.pattern for one in said}) == len(said)
    assert all(len(one.text.split()) >= 5 for one in said)


def test_a_verdict_stands_only_while_what_it_came_from_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.json"
    verdicts = Verdicts(file)
    verdicts.compiled("killed", "60")
    verdicts.spoken("killed", Killer("quick", "contracts/test/Making.t.sol", "test_it()"))
    verdicts.compiled("survived", "61")
    verdicts.spoken("survived", None)
    verdicts.compiled("stillborn", None)
    verdicts.keep(["killed", "survived", "stillborn"])
    again = Verdicts(file)
    assert [again.judged(one) for one in ("killed", "survived", "unheard of")] == [True, True, False]
    assert again.code_of("stillborn") is None and again.code_of("unheard of") is False

    told = json.loads(file.read_text("utf-8"))
    told["killed"]["of"] = told["survived"]["of"] = "other tests"
    file.write_text(json.dumps(told), "utf-8")
    again = Verdicts(file)
    assert not again.judged("killed") and not again.judged("survived")
    assert again.killer_of("killed") == Killer("quick", "contracts/test/Making.t.sol", "test_it()"), "asked first"
    told["killed"]["sources"] = "other sources"
    file.write_text(json.dumps(told), "utf-8")
    assert Verdicts(file).code_of("killed") is False
