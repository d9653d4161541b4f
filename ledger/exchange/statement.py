"""What of a document's event becomes public content and what becomes private (docs/spec/event.md, section 4).

Members on the allow-list are content; what the acting fields say is dropped; everything else is a private field, so that
nothing of the source is lost and nothing unknown is published.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any, Final

from ledger.canonical.content import ALLOWED, ALLOWED_ILMD, MAX_INTEGER, REPEATED
from ledger.exchange.document import Json

_PREFIXES: Final = ("cbvmda:", "gdst:")
_VOCABULARIES: Final = ("https://ref.gs1.org/cbv/", "https://gs1.org/cbv/", "cbv:")
_LABELLED: Final = {"bizStep": "BizStep-", "disposition": "Disp-"}

# Members that are ours to write, never a document's; and members that only structure the document.
_OURS: Final = frozenset(name for name in ALLOWED if name.startswith(("nguon:", "_")))
_STRUCTURE: Final = frozenset({"@context", "errorDeclaration"})


def split(event: Json) -> tuple[Json, Json]:
    """`(content, private)` of an event. Private members of `ilmd` are named `ilmd.` and their name."""
    content: Json = {}
    private: Json = {}
    for name, value in event.items():
        known = known_as(name, ALLOWED | REPEATED)
        if known in REPEATED | _STRUCTURE or value is None:
            continue
        if name == "ilmd" and isinstance(value, dict):
            _split_ilmd(value, content, private)
        elif known in ALLOWED - _OURS:
            content[known] = exact(bare(known, value) if known in _LABELLED else value)
        else:
            private[name] = exact(value)
    return content, private


def known_as(name: str, allowed: frozenset[str]) -> str:
    """The allowed spelling of a name: `certificationList` is `cbvmda:certificationList`; else the name as it stands."""
    if name in allowed or ":" in name:
        return name
    return next((prefix + name for prefix in _PREFIXES if prefix + name in allowed), name)


def bare(member: str, value: Any) -> Any:
    """A business step or disposition of the standard vocabulary as its bare word; any other value as it stands."""
    if isinstance(value, str):
        for vocabulary in _VOCABULARIES:
            if value.startswith(start := vocabulary + _LABELLED[member]):
                return value.removeprefix(start)
    return value


def exact(value: Any) -> Any:
    """JSON that content may hold: whole numbers as integers, all others as decimal strings; strings in NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Decimal):
        return exact(int(value)) if value == value.to_integral_value() else f"{value:f}"
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return str(value)
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", name): exact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [exact(element) for element in value]
    return value


def _split_ilmd(ilmd: Json, content: Json, private: Json) -> None:
    public: Json = {}
    for name, value in ilmd.items():
        known = known_as(name, ALLOWED_ILMD | REPEATED)
        if known in REPEATED:
            continue
        if known in ALLOWED_ILMD:
            public[known] = exact(value)
        else:
            private[f"ilmd.{name}"] = exact(value)
    if public:
        content["ilmd"] = public
