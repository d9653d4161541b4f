"""A fact: one event of a document in the ledger's words, before it is known who holds what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from json import dumps
from typing import Any, Final

from ledger.errors import Refusal
from ledger.events.model import Kind, Unit
from ledger.exchange.document import Json
from ledger.exchange.epc import Lot, NotMapped
from ledger.exchange.statement import exact

Fault = Refusal | NotMapped

NO_TIME: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Goods:
    """A quantity of a lot in base units; None where the document gives none.

    `entered`: value and unit as the document writes them. `inside`: the logistic unit the goods are in.
    """

    lot: Lot
    quantity: int | None = None
    unit: Unit | None = None
    entered: tuple[str, str] | None = None
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What event number `index` of a document states, as far as it could be read; `fault` is what is wrong with it.

    `goods` are outputs, moved or observed lots; `containers` are logistic units that stand for what is in them.
    `fills` and `empties` name the logistic unit that an aggregation packs or unpacks. `source` is who hands over.
    `left_out` counts the single items named. `content` and `private` as in a draft.
    """

    index: int
    event: Any
    fault: Fault | None = None
    event_id: str | None = None
    party: str = ""
    time: datetime = NO_TIME
    step: str = ""
    kind: Kind | None = None
    goods: tuple[Goods, ...] = ()
    inputs: tuple[Goods, ...] = ()
    containers: tuple[str, ...] = ()
    to: str | None = None
    source: str | None = None
    fills: str | None = None
    empties: str | None = None
    left_out: int = 0
    content: Json = field(default_factory=dict)
    private: Json = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the event as JSON, hex: the same event gives the same, however its file is laid out."""
        text = dumps(exact(self.event), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return sha256(text.encode("ascii")).hexdigest()


def merged(goods: Iterable[Goods]) -> tuple[Goods, ...]:
    """Lines of the same lot, unit and container as one, in order of first mention."""
    lines: dict[tuple[Lot, Unit | None, str | None], Goods] = {}
    for line in goods:
        key = (line.lot, line.unit, line.inside)
        before = lines.get(key)
        if before is None:
            lines[key] = line
        else:
            total = None if before.quantity is None or line.quantity is None else before.quantity + line.quantity
            lines[key] = Goods(line.lot, total, line.unit, None, line.inside)
    return tuple(lines.values())
