"""Promise: what the coverage campaign asks of a source is every condition both ways and every body, and nothing passes unasked."""

from __future__ import annotations

import pytest
import solcx
from devnet.compiler import LAUNCHER

from campaigns import probes

SOURCE = """
contract Asked {
    modifier once() { _; }
    function one(uint256 a, bool b) external once returns (uint256) {
        // nước: a place is counted in bytes
        if (a > 1 && (b || a == 7)) return b ? 1 : 2;
        while (a != 0) --a;
        for (;;) { require(!b, "b"); break; }
        try this.one(a, b) returns (uint256 c) { return c; } catch { return 3; }
    }
    function none() external virtual;
}
"""
# `((` and `>` stand around what is asked, `.` behind the begin of a body.
PLANTED = """
contract Asked {
    modifier once() {. _; }
    function one(uint256 a, bool b) external once returns (uint256) {.
        // nước: a place is counted in bytes
        if (((a > 1> && (((b> || ((a == 7>)) return ((b> ? 1 : 2;
        while (((a != 0>) --a;
        for (;;) { require(((!b>, "b"); break; }
        try this.one(a, b) returns (uint256 c) {. return c; } catch {. return 3; }
    }
    function none() external virtual;
}

import {Seen} from "../Seen.sol";
"""


def parsed(source: str) -> probes.Node:
    settings = {"stopAfter": "parsing", "outputSelection": {"*": {"": ["ast"]}}}
    sources = {"a.sol": {"content": source}}
    told = {"language": "Solidity", "sources": sources, "settings": settings}
    tree: probes.Node = solcx.compile_standard(told, solc_binary=LAUNCHER)["sources"]["a.sol"]["ast"]
    return tree


def test_every_condition_and_every_body_is_asked_once() -> None:
    planted, asked = probes.plant("ledger/a.sol", SOURCE.encode(), parsed(SOURCE), 5)
    numbers = [probe.number for probe in asked]
    assert numbers == [f"{number:04}" for number in range(5, 15)]
    text = planted.decode()
    for number in numbers:
        asked_here = f' Seen.here("{number}");', f') ? Seen.yes("{number}") : Seen.no("{number}"))'
        assert sum(map(text.count, asked_here)) == 1
        text = text.replace(asked_here[0], ".").replace(asked_here[1], ">")
    assert text == PLANTED
    said = [(probe.line, probe.text) for probe in asked if probe.condition]
    assert sorted(said) == [(6, "a == 7"), (6, "a > 1"), (6, "b"), (6, "b"), (7, "a != 0"), (8, "!b")]


def test_what_no_test_brought_about_is_named() -> None:
    asked = [probes.Probe("0001", "a.sol", 3, "a > 1", True), probes.Probe("0002", "b.sol", 9, "", False)]
    assert probes.unseen(asked, {"0001+", "0001-", "0002."}) == []
    assert probes.unseen(asked, {"0001-"}) == ["a.sol:3: never true: a > 1", "b.sol:9: never entered"]
    assert probes.unseen(asked, {"0001+", "0002."}) == ["a.sol:3: never false: a > 1"]


def test_assembly_that_branches_cannot_be_asked() -> None:
    source = "contract A { function f() external { assembly { if callvalue() { stop() } } } }"
    with pytest.raises(ValueError, match="assembly"):
        probes.plant("a.sol", source.encode(), parsed(source), 1)
