"""Mutants of assembly: opcodes for their neighbours, numbers one more, statements left out, arguments swapped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

OPCODES = {
    "add": "sub", "sub": "add", "and": "or", "or": "and", "shl": "shr", "shr": "shl", "lt": "gt", "gt": "lt",
}  # fmt: skip
SWAPPED = {"shl", "shr", "sub", "keccak256", "calldatacopy", "returndatacopy", "log2"}
"""Where the order matters, and not where a swap would only write anywhere."""


def walk(node: Any, raw: bytes) -> Iterator[tuple[int, int, str, str]]:
    """First byte, end byte, operator, new text."""
    if isinstance(node, list):
        for one in node:
            yield from walk(one, raw)
    if not isinstance(node, dict):
        return
    kind = node.get("nodeType", "")
    if kind == "YulFunctionCall":
        yield from _call(node, raw)
    elif kind == "YulLiteral" and node["kind"] == "number":
        yield *_span(node), "yul-literal", str(int(node["value"], 0) + 1)
    elif kind in ("YulExpressionStatement", "YulAssignment"):
        yield *_span(node), "yul-statement", ""
    for child in node.values():
        yield from walk(child, raw)


def _call(node: dict[str, Any], raw: bytes) -> Iterator[tuple[int, int, str, str]]:
    name, arguments = node["functionName"]["name"], node["arguments"]
    if name in OPCODES:
        yield *_span(node["functionName"]), "yul-opcode", OPCODES[name]
    if name == "not":
        yield *_span(node), "yul-opcode", _text(arguments[0], raw)
    if name in SWAPPED:
        for one, next_ in pairwise(arguments):
            (start, middle), (following, end) = _span(one), _span(next_)
            yield start, end, "yul-swap", _text(next_, raw) + raw[middle:following].decode() + _text(one, raw)


def _span(node: dict[str, Any]) -> tuple[int, int]:
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def _text(node: dict[str, Any], raw: bytes) -> str:
    start, end = _span(node)
    return raw[start:end].decode()
