"""A look at what tests make the contracts do that is not forge's: each place of the sources is asked to say that it was there.

In a copy of the sources every condition `c` (of if, for, while, `?:`, require; of `&&` and `||` each side, which say all about
the whole) becomes `((c) ? Seen.yes("0007") : Seen.no("0007"))`, which takes nothing of the stack while `c` is computed. Every
body of a function, modifier and catch begins with `Seen.here("0008")`. Each leaves an empty file, `seen/0007+`, `seen/0007-`,
`seen/0008.`, which outlives a call that reverts.

Not places of the sources, so not looked at: what the compiler adds (overflow, bounds of arrays, decoding).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]

FOLDER = "seen"
LIBRARY = "Seen.sol"
SOURCE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev Leaves a file by forge's `writeFile(string,string)`. What the last call returned stays readable behind it: the
/// identity precompile returns it once more. Called through a pointer that says it is pure, so that any function may call.
library Seen {
    function yes(bytes4 number) internal pure returns (bool) {
        _pure(_write)(number, "+");
        return true;
    }

    function no(bytes4 number) internal pure returns (bool) {
        _pure(_write)(number, "-");
        return false;
    }

    function here(bytes4 number) internal pure {
        _pure(_write)(number, ".");
    }

    function _pure(function(bytes4, bytes1) internal view seen)
        private
        pure
        returns (function(bytes4, bytes1) internal pure same)
    {
        assembly ("memory-safe") {
            same := seen
        }
    }

    function _write(bytes4 number, bytes1 outcome) private view {
        bytes32 name = bytes32("seen/") | bytes32(number) >> 40 | bytes32(outcome) >> 72;
        assembly ("memory-safe") {
            let free := mload(0x40)
            let size := returndatasize()
            returndatacopy(add(free, 164), 0, size)
            mstore(free, shl(224, 0x897e0a97))
            mstore(add(free, 4), 64)
            mstore(add(free, 36), 128)
            mstore(add(free, 68), 10)
            mstore(add(free, 100), name)
            mstore(add(free, 132), 0)
            pop(staticcall(gas(), 0x7109709ECfa91a80626fF3989D68f67F5b1DD12D, free, 164, 0, 0))
            pop(staticcall(gas(), 4, add(free, 164), size, 0, 0))
        }
    }
}
"""

_ASSEMBLY = ("YulIf", "YulSwitch", "YulForLoop")


@dataclass(frozen=True, slots=True)
class Probe:
    """A place that is asked: a condition, which must come out both ways, or the begin of a body."""

    number: str
    file: str
    line: int
    text: str
    condition: bool

    @property
    def wanted(self) -> tuple[str, ...]:
        return (self.number + "+", self.number + "-") if self.condition else (self.number + ".",)


def plant(file: str, source: bytes, tree: Node, first: int) -> tuple[bytes, list[Probe]]:
    """The source with its probes, numbered from `first`; `tree` is solc's syntax tree, `file` the source's path below the
    folder of the library. ValueError where assembly branches: nothing could be asked there."""
    probes: list[Probe] = []
    added: list[tuple[int, int, int, str]] = []  # place, closing before opening, outer before inner, text
    for node, condition in _places(tree):
        start, length, _ = map(int, node["src"].split(":"))
        number = f"{first + len(probes):04}"
        text = " ".join(source[start : start + length].decode().split()) if condition else ""
        probes.append(Probe(number, file, source.count(b"\n", 0, start) + 1, text, condition))
        if condition:
            added.append((start, 1, -length, "(("))
            added.append((start + length, 0, length, f') ? Seen.yes("{number}") : Seen.no("{number}"))'))
        else:
            added.append((start + 1, 1, 0, f' Seen.here("{number}");'))
    up = "../" * file.count("/") or "./"
    planted = source + f'\nimport {{Seen}} from "{up}{LIBRARY}";\n'.encode()
    for place, _, _, words in sorted(added, reverse=True):
        planted = planted[:place] + words.encode() + planted[place:]
    return planted, probes


def _places(tree: Node) -> Iterator[tuple[Node, bool]]:
    """(node, whether it is a condition)."""
    for node in _nodes(tree):
        kind = node["nodeType"]
        if kind in _ASSEMBLY:
            raise ValueError(f"assembly that branches, at {node['src']}")
        if kind in ("FunctionDefinition", "ModifierDefinition") and node.get("body"):
            yield node["body"], False
        elif kind == "TryCatchClause":
            yield node["block"], False
        for condition in _conditions(node):
            if not _sides(condition):
                yield condition, True


def _conditions(node: Node) -> list[Node]:
    if node["nodeType"] in ("IfStatement", "Conditional", "WhileStatement", "DoWhileStatement", "ForStatement"):
        return [node["condition"]] if node.get("condition") else []
    if node["nodeType"] == "FunctionCall" and node["expression"].get("name") in ("require", "assert"):
        return [node["arguments"][0]]
    return _sides(node) if node["nodeType"] == "BinaryOperation" else []


def _sides(node: Node) -> list[Node]:
    """The two of `&&` and `||`, as each of them is asked."""
    while node["nodeType"] == "TupleExpression" and len(node["components"]) == 1:
        node = node["components"][0]
    if node["nodeType"] == "BinaryOperation" and node["operator"] in ("&&", "||"):
        return [node["leftExpression"], node["rightExpression"]]
    return []


def _nodes(part: object) -> Iterator[Node]:
    if isinstance(part, Mapping):
        if "nodeType" in part:
            yield part
        for inner in part.values():
            yield from _nodes(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _nodes(inner)


def unseen(probes: Iterable[Probe], seen: set[str]) -> list[str]:
    """A line for each outcome that no test brought about."""
    how = {"+": "never true", "-": "never false", ".": "never entered"}
    return [
        f"{probe.file}:{probe.line}: {how[name[-1]]}{': ' + probe.text if probe.text else ''}"
        for probe in probes
        for name in probe.wanted
        if name not in seen
    ]
