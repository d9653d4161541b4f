"""Drafts as text, for as long as they wait to be signed (ledger/recording/waiting.py). What is read was written here."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from ledger.events.model import Kind, Provenance
from ledger.recording.drafts import (
    BatchName,
    Draft,
    MakeDraft,
    MoveDraft,
    NoteDraft,
    OutputDraft,
    RecallDraft,
    VoidDraft,
)

_CLASSES: Final[dict[str, type[Any]]] = {
    each.__name__: each for each in (BatchName, OutputDraft, MakeDraft, MoveDraft, NoteDraft, RecallDraft, VoidDraft)
}
_TUPLES: Final = {"inputs", "outputs", "batches"}
_BYTES: Final = {"id", "items_root", "shipment", "mends", "target", "recall", "signer"}


def dump(drafts: Sequence[Draft]) -> str:
    """Begins with 16 random bytes, which go with the row: nobody guesses what was private in it from digests that stay."""
    told = [secrets.token_hex(16), *(_out(each) for each in drafts)]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def load(text: str) -> tuple[Draft, ...]:
    return tuple(_in(each) for each in json.loads(text)[1:])


def _out(value: Any) -> Any:
    if is_dataclass(value):
        told = {each.name: _out(getattr(value, each.name)) for each in fields(value)}
        return {"is": type(value).__name__, **told}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_out(each) for each in value]
    return value


def _in(told: Mapping[str, Any]) -> Any:
    made = _CLASSES[told["is"]]
    return made(**{name: _field(name, value) for name, value in told.items() if name != "is"})


def _field(name: str, value: Any) -> Any:
    if name in _TUPLES:
        return tuple((_in(each[0]), each[1]) if isinstance(each, list) else _in(each) for each in value)
    if name in _BYTES and value is not None:
        return bytes.fromhex(value)
    if name == "kind":
        return Kind(value)
    if name == "provenance":
        return Provenance(value)
    return _in(value) if isinstance(value, dict) and "is" in value and name == "batch" else value
