"""What came out of what, by the events on the ledger: against this a proposed yield is read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ledger.canonical.body import decode_body
from ledger.events.model import Make, Shape

_MADE = (
    "SELECT DISTINCT e.seq, e.shape, e.body, e.party FROM batches o JOIN edges d ON d.output = o.id"
    " JOIN batches i ON i.id = d.input JOIN events e ON e.seq = d.event"
    " WHERE o.product = ? AND i.product = ? ORDER BY e.seq DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Conversions:
    """Input and output of each, in base units. `mixed`: how many more had other ingredients too, so that nobody can say what
    came of this one."""

    made: tuple[tuple[int, int], ...]
    mixed: int

    @property
    def together(self) -> tuple[int, int]:
        return sum(used for used, _ in self.made), sum(made for _, made in self.made)

    def above(self, per_million: int) -> int:
        """How many of them a yield of so much would not allow."""
        return sum(made * 1_000_000 > used * per_million for used, made in self.made)


def seen(db: sqlite3.Connection, source: bytes, output: bytes, limit: int) -> Conversions:
    """The latest `limit` conversions of one product into another, by their ids."""
    made, mixed = [], 0
    for row in db.execute(_MADE, (output, source, limit)).fetchall():
        event = decode_body(Shape(row["shape"]), row["body"])
        assert isinstance(event, Make)  # no other event has edges
        used = [(_product(db, each.batch), each.quantity) for each in event.inputs]
        if {product for product, _ in used} == {source}:
            out = sum(each.quantity for each in event.outputs if each.product == output)
            made.append((sum(quantity for _, quantity in used), out))
        else:
            mixed += 1
    return Conversions(tuple(made), mixed)


def _product(db: sqlite3.Connection, batch: bytes) -> bytes | None:
    row = db.execute("SELECT product FROM batches WHERE id = ?", (batch,)).fetchone()
    return row["product"] if row else None
