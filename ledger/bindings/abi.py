"""The committed build output in contracts/abi/, and encoding by it.

Strings travel as bytes: what a log holds need not be valid UTF-8, and no reader may fail on it (docs/spec/event.md, section 6).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from ledger.chain.node import Log
from ledger.errors import ChainError
from ledger.events.identifiers import keccak

ABI_FOLDER = Path(__file__).resolve().parents[2] / "contracts" / "abi"


@dataclass(frozen=True, slots=True)
class LogType:
    name: str
    topic: bytes
    arguments: tuple[tuple[str, str, bool], ...]  # name, type, indexed

    def read(self, log: Log) -> dict[str, Any]:
        plain = [(name, kind) for name, kind, indexed in self.arguments if not indexed]
        values = dict(
            zip((n for n, _ in plain), decode([_bytes_for_string(k) for _, k in plain], log.data), strict=True)
        )
        indexed = [(name, kind) for name, kind, is_indexed in self.arguments if is_indexed]
        for (name, kind), topic in zip(indexed, log.topics[1:], strict=True):
            values[name] = decode([kind], topic)[0]
        return {name: values[name] for name, _, _ in self.arguments}


class Contract:
    """One contract's artefact: selectors, logs, errors, bytecode."""

    def __init__(self, name: str) -> None:
        artefact = json.loads((ABI_FOLDER / f"{name}.json").read_text())
        self.name = name
        self.bytecode = bytes.fromhex(artefact["bytecode"].removeprefix("0x"))
        self.runtime = bytes.fromhex(artefact["runtimeBytecode"].removeprefix("0x"))
        self._entries: list[dict[str, Any]] = artefact["abi"]
        self.logs = {log.topic: log for log in map(_log_type, self._of("event"))}
        self.errors = {
            keccak(_signature(entry).encode())[:4]: (
                entry["name"],
                tuple((i["name"], i["type"]) for i in entry["inputs"]),
            )
            for entry in self._of("error")
        }

    def creation(self, *arguments: Any) -> bytes:
        inputs = next(self._of("constructor"))["inputs"]
        return self.bytecode + encode([_canonical(i) for i in inputs], arguments)

    def call(self, function: str, *arguments: Any) -> bytes:
        types = [_canonical(i) for i in self._function(function)["inputs"]]
        values = [v.encode() if t == "string" else v for t, v in zip(types, arguments, strict=True)]
        return self.selector(function) + encode([_bytes_for_string(t) for t in types], values)

    def selector(self, function: str) -> bytes:
        return keccak(_signature(self._function(function)).encode())[:4]

    def read_call(self, data: bytes) -> tuple[str, tuple[Any, ...]]:
        """The function that `data` calls, and its arguments. ValueError for what is no whole call of this contract."""
        entry = next((each for each in self._of("function") if self.selector(each["name"]) == data[:4]), None)
        if entry is None:
            raise ValueError(f"{self.name} has no such function")
        types = [_bytes_for_string(_canonical(i)) for i in entry["inputs"]]
        try:
            values = decode(types, data[4:])
        except DecodingError as error:
            raise ValueError(f"these are no arguments of {entry['name']}") from error
        if encode(types, values) != data[4:]:
            raise ValueError(f"the arguments of {entry['name']} are not written as the ABI writes them")
        return entry["name"], tuple(values)

    def result(self, function: str, data: bytes) -> tuple[Any, ...]:
        if not data:
            raise ChainError(f"{self.name}.{function} answered nothing: is the contract deployed?")
        return tuple(decode([_bytes_for_string(_canonical(o)) for o in self._function(function)["outputs"]], data))

    def error(self, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """A custom error's name and arguments; None if this contract has none such."""
        known = self.errors.get(data[:4])
        if known is None:
            return None
        name, arguments = known
        values = decode([_bytes_for_string(kind) for _, kind in arguments], data[4:])
        return name, {n: _readable(k, v) for (n, k), v in zip(arguments, values, strict=True)}

    def _of(self, kind: str) -> Any:
        return (entry for entry in self._entries if entry["type"] == kind)

    def _function(self, name: str) -> dict[str, Any]:
        return next(entry for entry in self._of("function") if entry["name"] == name)


@cache
def contract(name: str) -> Contract:
    return Contract(name)


def _canonical(entry: dict[str, Any]) -> str:
    kind: str = entry["type"]
    if kind.startswith("tuple"):
        return "(" + ",".join(_canonical(part) for part in entry["components"]) + ")" + kind.removeprefix("tuple")
    return kind


def _signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(_canonical(i) for i in entry['inputs'])})"


def _log_type(entry: dict[str, Any]) -> LogType:
    arguments = tuple((i["name"], _canonical(i), bool(i["indexed"])) for i in entry["inputs"])
    return LogType(entry["name"], keccak(_signature(entry).encode()), arguments)


def _bytes_for_string(kind: str) -> str:
    return kind.replace("string", "bytes")


def _readable(kind: str, value: Any) -> Any:
    if kind == "address":
        return bytes.fromhex(value[2:])
    return value.decode("utf-8", "replace") if kind == "string" else value
