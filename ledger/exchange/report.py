"""What an import did with each event of its document."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from ledger.exchange.document import Json


class Result(StrEnum):
    """`refused`: a law or a form forbids it. `skipped`: it was not put to the ledger; the detail says why."""

    RECORDED = "recorded"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One event, by its index in the document. `id`: the custody event (`0x...`), None unless recorded.

    `derived`: ids of handovers derived for it. `because`: index of the event whose failure is the root cause, None if
    this one failed by itself or did not fail. `parts`: further custody events of the same fact, or those recorded
    before a later part was refused.
    """

    index: int
    id: str | None
    result: Result
    law: str | None
    detail: str
    derived: tuple[str, ...] = ()
    because: int | None = None
    parts: tuple[str, ...] = ()

    def as_json(self) -> Json:
        row: Json = {
            "index": self.index,
            "id": self.id,
            "result": self.result.value,
            "law": self.law,
            "detail": self.detail,
            "derived": list(self.derived),
            "because": self.because,
        }
        return row | ({"parts": list(self.parts)} if self.parts else {})


@dataclass(frozen=True, slots=True)
class Report:
    """Rows in the order of the document; parties and products (URIs) that it names and the ledger does not know."""

    rows: tuple[Row, ...]
    unknown_parties: tuple[str, ...] = ()
    unknown_products: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        found = Counter(row.result.value for row in self.rows)
        return {result.value: found[result.value] for result in Result}

    def as_json(self) -> Json:
        return {
            "rows": [row.as_json() for row in self.rows],
            "counts": self.counts(),
            "unknownParties": list(self.unknown_parties),
            "unknownProducts": list(self.unknown_products),
        }
