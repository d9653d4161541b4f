"""An EPCIS 2.0 JSON-LD file as its events and the vocabularies of its header; nothing is interpreted here.

Source: EPCIS 2.0 JSON binding, EPCISDocument and EPCISQueryDocument. Numbers are `int` or `Decimal`, never floats, so
that a quantity is what was written.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from ledger.canonical.strict_json import strict_loads
from ledger.errors import Refusal

Json = dict[str, Any]

_DEPTH: Final = 64  # real documents reach 12


@dataclass(frozen=True, slots=True)
class Document:
    """`events` in the order of the file, each as it stands (it may be no object); `vocabularies` of the header."""

    events: tuple[Any, ...]
    vocabularies: tuple[Json, ...]


def read_document(data: bytes) -> Document:
    """The document in a file. Raises `NotAnEpcisDocument(reason)`, a plain sentence, if it is none."""
    root = read_json(data, "NotAnEpcisDocument")
    kind = root.get("type")
    body = _object(root, "epcisBody", "the document")
    if kind == "EPCISQueryDocument":
        body = _object(_object(body, "queryResults", "epcisBody"), "resultsBody", "queryResults")
    elif kind != "EPCISDocument":
        _refuse(f"its type is {kind!r}, not EPCISDocument or EPCISQueryDocument")
    events = body.get("eventList")
    if not isinstance(events, list):
        _refuse("it has no eventList")
    return Document(tuple(events), tuple(_vocabularies(root)))


def read_json(data: bytes, law: str) -> Json:
    """A strict JSON object in UTF-8, with or without byte order mark. Raises `law(reason)`, a plain sentence."""
    try:
        root = strict_loads(data.removeprefix(BOM_UTF8), _DEPTH)
    except Refusal as refusal:
        raise Refusal(law, reason=f"it cannot be read as JSON: {refusal.numbers['reason']}") from refusal
    if not isinstance(root, dict):
        raise Refusal(law, reason="it holds no JSON object")
    return root


def _vocabularies(root: Json) -> Sequence[Json]:
    header = root.get("epcisHeader")
    master = header.get("epcisMasterData") if isinstance(header, dict) else None
    found = master.get("vocabularyList", []) if isinstance(master, dict) else []
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        _refuse("the vocabularyList of its master data is not a list of vocabularies")
    return found


def _object(parent: Json, name: str, where: str) -> Json:
    child = parent.get(name)
    if not isinstance(child, dict):
        _refuse(f"{where} has no {name}")
    return child


def _refuse(reason: str) -> NoReturn:
    raise Refusal("NotAnEpcisDocument", reason=reason)
