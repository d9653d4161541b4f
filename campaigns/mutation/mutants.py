"""Mutants: copies of a source with one small mistake in it, as a person might make it.

They are made from the compiler's typed syntax tree, in the order of the text, so the same source always gives the same
ones. Operators (the name is part of a mutant's id):

    relational   < and <=, > and >=, == and != for each other (boundaries of loops among them)
    arithmetic   + and -, * and /, % to *, ** to *; += and -= for each other; ++ and -- for each other
    bits         & and |, << and >> for each other, |= to &=, ~ left out
    logical      of && and ||: each of their two sides alone; ! left out
    condition    of an if or a choice: always true, always false (a law that is never, or always, applied)
    statement    one statement left out
    literal      a number one more, and one less where it is compared or has a name; another last byte in a string; true
                 and false for each other
    return       zero (true and false) instead of what is returned
    swap         two adjacent arguments of one type change places
    yul-…        likewise in assembly (yul.py)

Left out is what any test notices that notices another one: && for ||, where each side alone is tried; == for !=, and ! left
out, where the whole is tried as true and as false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from campaigns.mutation import yul
from campaigns.mutation.sources import Change

Node = dict[str, Any]

BINARY = {
    "<": ("relational", "<="), "<=": ("relational", "<"), ">": ("relational", ">="), ">=": ("relational", ">"),
    "==": ("relational", "!="), "!=": ("relational", "=="),
    "+": ("arithmetic", "-"), "-": ("arithmetic", "+"), "*": ("arithmetic", "/"), "/": ("arithmetic", "*"),
    "%": ("arithmetic", "*"), "**": ("arithmetic", "*"),
    "&": ("bits", "|"), "|": ("bits", "&"), "<<": ("bits", ">>"), ">>": ("bits", "<<"),
}  # fmt: skip
COMPARED = {"<", "<=", ">", ">=", "==", "!="}
ASSIGNMENT = {
    "+=": ("arithmetic", "-="),
    "-=": ("arithmetic", "+="),
    "|=": ("bits", "&="),
}
LEFT_OUT = {"ExpressionStatement", "EmitStatement", "RevertStatement", "Continue", "Break"}
"""A `return` left out gives zero, as the operator `return` does."""


@dataclass(frozen=True)
class Mutant:
    id: str
    path: str
    line: int
    operator: str
    change: Change


def made_of(sources: Mapping[str, str], trees: Mapping[str, Node]) -> list[Mutant]:
    """All mutants of the sources that have a tree here, in the order of paths, places and operators."""
    return [one for path, tree in trees.items() for one in _of_source(path, sources[path].encode(), tree)]


def _of_source(path: str, raw: bytes, tree: Node) -> list[Mutant]:
    text = _Text(raw)
    drafts = sorted({(start, end, operator, new) for start, end, operator, new in _walk(tree, text)})
    seen: dict[str, int] = {}
    made = []
    for start, end, operator, new in drafts:
        line = raw.count(b"\n", 0, start) + 1
        id_ = f"{path.rsplit('/', 1)[-1]}:{line} {operator}: {_shown(text.at(start, end))} → {_shown(new) or 'nothing'}"
        seen[id_] = seen.get(id_, 0) + 1
        if seen[id_] > 1:
            id_ += f" ({seen[id_]})"
        made.append(Mutant(id_, path, line, operator, (path, start, end, new)))
    return made


def _shown(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


Draft = tuple[int, int, str, str]
"""First byte, end byte, operator, new text."""


class _Text:
    """`decided`: nodes (by number) that are tried as true and as false. `bounds`: literals that are tried on both sides.
    `fixed`: literals that have no neighbour: `bytes32(1)` is no Solidity."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.decided: set[int] = set()
        self.bounds: set[int] = set()
        self.fixed: set[int] = set()

    def at(self, start: int, end: int) -> str:
        return self.raw[start:end].decode()

    def of(self, node: Node) -> str:
        return self.at(*span(node))


def span(node: Node) -> tuple[int, int]:
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def _walk(node: Any, text: _Text, returned: Node | None = None) -> Iterator[Draft]:
    """`returned` is the type of the only value of the function around the node, if it has just one."""
    if isinstance(node, list):
        for one in node:
            yield from _walk(one, text, returned)
    if not isinstance(node, dict):
        return
    kind = node.get("nodeType", "")
    if kind == "InlineAssembly":
        yield from yul.walk(node["AST"], text.raw)
        return
    if kind in ("ImportDirective", "PragmaDirective"):
        return
    if kind == "FunctionDefinition":
        values = node["returnParameters"]["parameters"]
        returned = values[0]["typeDescriptions"] if len(values) == 1 else None
    yield from _OPERATORS.get(kind, _none)(node, text, returned)
    for key, child in node.items():
        if key not in ("typeName", "typeDescriptions", "documentation", "baseFunctions", "overrides"):
            yield from _walk(child, text, returned)


def _none(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    return iter(())


def _binary(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    (start, end), operator = span(node), node["operator"]
    left, right = text.of(node["leftExpression"]), text.of(node["rightExpression"])
    sides = (node["leftExpression"]["id"], node["rightExpression"]["id"])
    if operator in COMPARED:
        text.bounds.update(sides)
    if operator in BINARY and not (operator in ("==", "!=") and node["id"] in text.decided):
        name, other = BINARY[operator]
        plain = not re.search(r"[&|]|<<|>>", operator)  # else the new operator would bind otherwise
        yield start, end, name, f"{left} {other} {right}" if plain else f"(({left}) {other} ({right}))"
    if operator in ("&&", "||"):
        text.decided.update(sides)
        yield start, end, "logical", f"({left})"
        yield start, end, "logical", f"({right})"


def _unary(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    (start, end), operator, inner = span(node), node["operator"], text.of(node["subExpression"])
    if operator == "~" or (operator == "!" and node["id"] not in text.decided):
        yield start, end, "logical" if operator == "!" else "bits", f"({inner})"
    elif operator in ("++", "--") and node["prefix"]:
        yield start, end, "arithmetic", ("--" if operator == "++" else "++") + inner


def _assignment(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    if node["operator"] in ASSIGNMENT:
        name, other = ASSIGNMENT[node["operator"]]
        yield *span(node), name, f"{text.of(node['leftHandSide'])} {other} {text.of(node['rightHandSide'])}"


def _condition(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    text.decided.add(node["condition"]["id"])
    for value in ("true", "false"):
        yield *span(node["condition"]), "condition", value
    for body in ("trueBody", "falseBody"):  # an `if` that is one statement; leaving out the first is `if (false)`
        if body == "falseBody" and node.get(body) and node[body]["nodeType"] in LEFT_OUT:
            yield *_whole(node[body], text), "statement", "{}"


def _block(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    for statement in node["statements"]:
        if statement["nodeType"] in LEFT_OUT:
            yield *_whole(statement, text), "statement", ""


def _whole(statement: Node, text: _Text) -> tuple[int, int]:
    """The statement with its semicolon, which the compiler does not count in."""
    start, end = span(statement)
    return start, end + 1 if text.raw[end : end + 1] == b";" else end


def _literal(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    (start, end), written = span(node), text.of(node)
    if node["kind"] == "number" and node["id"] not in text.fixed:
        number = re.match(r"0x[0-9a-fA-F_]+|[0-9_]+", written)
        if number and (node["value"] or "").lower() == number[0].replace("_", "").lower():
            value = int(node["value"], 0)
            for near in (value - 1, value + 1) if node["id"] in text.bounds and value else (value + 1,):
                yield start, end, "literal", f"{near}{written[number.end() :]}"
    elif node["kind"] == "bool":
        yield start, end, "literal", "false" if node["value"] == "true" else "true"
    elif node["kind"] == "hexString":
        yield start, end, "literal", f'hex"{node["hexValue"][:-2]}{int(node["hexValue"][-2:], 16) ^ 1:02x}"'
    elif node["kind"] == "string" and node["value"]:
        yield start, end, "literal", f'"{node["value"][:-1]}{chr(ord(node["value"][-1]) ^ 1)}"'


def _return(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    if returned is None or not node.get("expression"):
        return
    type_ = returned["typeString"]
    text.decided.add(node["expression"]["id"])
    zeros = ["false", "true"] if type_ == "bool" else [zero] if (zero := _zero(type_)) else []
    for zero in zeros:
        if _shown(text.of(node["expression"])) != zero:
            yield *span(node["expression"]), "return", zero


def _zero(type_: str) -> str | None:
    if re.fullmatch(r"u?int\d+|address|bytes\d+", type_):
        return f"{type_}(0)"
    return f"{type_}.wrap(0)" if re.fullmatch(r"[A-Z]\w+", type_) else None  # a user's value type


def _call(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    arguments = node["arguments"]
    if node["kind"] == "typeConversion" and node["typeDescriptions"]["typeString"].startswith("bytes"):
        text.fixed.add(arguments[0]["id"])
    for one, next_ in pairwise(arguments):
        (start, middle), (following, end) = span(one), span(next_)
        first, second = text.of(one), text.of(next_)
        if _class(one) == _class(next_) and first != second:
            yield start, end, "swap", second + text.at(middle, following) + first


def _class(argument: Node) -> str:
    """Its type; all numbers written out are one."""
    type_: str = argument["typeDescriptions"]["typeString"]
    return "number" if type_.startswith("int_const") else type_.removesuffix(" memory").removesuffix(" storage ref")


def _named(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    if node["constant"] and node.get("value"):
        text.bounds.add(node["value"]["id"])
    return iter(())


def _bracketed(node: Node, text: _Text, returned: Node | None) -> Iterator[Draft]:
    if node["id"] in text.decided and len(node["components"]) == 1:
        text.decided.add(node["components"][0]["id"])
    return iter(())


_OPERATORS = {
    "VariableDeclaration": _named,
    "TupleExpression": _bracketed,
    "BinaryOperation": _binary,
    "UnaryOperation": _unary,
    "Assignment": _assignment,
    "IfStatement": _condition,
    "Conditional": _condition,
    "Block": _block,
    "UncheckedBlock": _block,
    "Literal": _literal,
    "Return": _return,
    "FunctionCall": _call,
}
