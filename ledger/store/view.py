"""The projection as the rules see it, and what an accepted event writes into it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ledger.events.lineage import Edge
from ledger.events.model import RecallFlag, Role, Status, Unit
from ledger.events.rules.state import (
    BatchState,
    Changes,
    HoldingState,
    PartyState,
    ProductState,
    ShipmentState,
    SignerState,
)

T = TypeVar("T")


class StoredView:
    """Final state, read from the projection tables. One of these lives within one transaction."""

    def __init__(self, connection: sqlite3.Connection, registries: dict[object, Any] | None = None) -> None:
        """`registries`: what was read of them, for who knows that no block was followed meanwhile."""
        self._db = connection
        self._registries = {} if registries is None else registries
        self._asked_nonce: tuple[tuple[bytes, int] | None, bool] = (None, False)  # an event is judged at two times

    def _one(self, sql: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return row

    def _registered(self, make: Callable[[sqlite3.Row], T], sql: str, *values: bytes) -> T | None:
        key = (sql, *values)
        try:
            found: T | None = self._registries[key]
        except KeyError:
            row = self._one(sql, *values)
            found = self._registries[key] = None if row is None else make(row)
        return found

    def signer(self, address: bytes) -> SignerState | None:
        return self._registered(_signer_of, "SELECT * FROM signers WHERE address = ?", address)

    def party(self, id: bytes) -> PartyState | None:
        return self._registered(_party_of, "SELECT * FROM parties WHERE id = ?", id)

    def product(self, id: bytes) -> ProductState | None:
        return self._registered(_product_of, "SELECT * FROM products WHERE id = ?", id)

    def is_maker(self, product: bytes, party: bytes) -> bool:
        sql = "SELECT 1 FROM makers WHERE product = ? AND party = ?"
        return self._registered(bool, sql, product, party) is not None

    def yield_per_million(self, input: bytes, output: bytes) -> int | None:
        sql = "SELECT per_million FROM yields WHERE input = ? AND output = ?"
        return self._registered(_yield_of, sql, input, output) or None

    def batch(self, id: bytes) -> BatchState | None:
        row = self._one("SELECT * FROM batches WHERE id = ?", id)
        return None if row is None else batch_of(row)

    def holding(self, batch: bytes, party: bytes) -> HoldingState | None:
        row = self._one("SELECT * FROM holdings WHERE batch = ? AND party = ?", batch, party)
        return None if row is None else holding_of(row)

    def shipment(self, id: bytes, batch: bytes) -> ShipmentState | None:
        row = self._one("SELECT * FROM shipments WHERE id = ? AND batch = ?", id, batch)
        return None if row is None else shipment_of(row)

    def nonce_used(self, signer: bytes, nonce: int) -> bool:
        if self._asked_nonce[0] != (signer, nonce):
            sql = "SELECT 1 FROM nonces WHERE signer = ? AND nonce = ?"
            self._asked_nonce = ((signer, nonce), self._one(sql, signer, str(nonce)) is not None)
        return self._asked_nonce[1]


def _signer_of(row: sqlite3.Row) -> SignerState:
    return SignerState(row["party"], int(row["valid_from"]), int(row["valid_to"]), row["custody"])


def _party_of(row: sqlite3.Row) -> PartyState:
    return PartyState(row["number"], row["id"], Status(row["status"]), Role(row["roles"]))


def _product_of(row: sqlite3.Row) -> ProductState:
    return ProductState(
        row["number"], row["id"], Unit(row["unit"]), row["stage"], row["brand_owner"], bool(row["open"])
    )


def _yield_of(row: sqlite3.Row) -> int:
    return int(row["per_million"])


def batch_of(row: sqlite3.Row) -> BatchState:
    return BatchState(
        id=row["id"],
        product=row["product"],
        origin=row["origin"],
        lot=row["lot"],
        open_until=row["open_until"],
        outside=bool(row["outside"]),
        commission_only=bool(row["commission_only"]),
        moved=bool(row["moved"]),
        items=row["items"],
        made=int(row["made"]),
        consumed=int(row["consumed"]),
        sold=int(row["sold"]),
        disposed=int(row["disposed"]),
        adjusted=bool(row["adjusted"]),
        adjusted_up=int(row["adjusted_up"]),
        adjusted_down=int(row["adjusted_down"]),
        recalled=RecallFlag(row["recalled"]),
    )


def holding_of(row: sqlite3.Row) -> HoldingState:
    return HoldingState(int(row["quantity"]), int(row["sold"]), bool(row["ever_held"]))


def shipment_of(row: sqlite3.Row) -> ShipmentState:
    return ShipmentState(row["id"], row["batch"], row["sender"], row["receiver"], int(row["open"]), int(row["shipped"]))


def edge_of(row: sqlite3.Row) -> Edge:
    return Edge(row["input"], int(row["quantity"]), row["output"])


def write_changes(db: sqlite3.Connection, several: Sequence[tuple[int, Changes]]) -> None:
    """Writes what events do, each with its place in the ledger, in their order. Heads and the events' own rows are the
    follower's."""
    db.executemany(
        "INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                b.id, b.product, b.origin, b.lot, b.open_until, b.outside, b.commission_only, b.moved, b.items,
                str(b.made), str(b.consumed), str(b.sold), str(b.disposed),
                str(b.adjusted_up), str(b.adjusted_down), b.adjusted, int(b.recalled),
            )
            for _, changes in several
            for b in changes.batches.values()
        ],
    )  # fmt: skip
    db.executemany(
        "INSERT OR REPLACE INTO holdings VALUES (?, ?, ?, ?, ?)",
        [
            (batch, party, str(h.quantity), str(h.sold), h.ever_held)
            for _, changes in several
            for (batch, party), h in changes.holdings.items()
        ],
    )
    db.executemany(
        "INSERT OR REPLACE INTO shipments VALUES (?, ?, ?, ?, ?, ?)",
        [
            (s.id, s.batch, s.sender, s.receiver, str(s.open), str(s.shipped))
            for _, changes in several
            for s in changes.shipments.values()
        ],
    )
    db.executemany(
        "INSERT INTO nonces VALUES (?, ?)",
        [(signer, str(nonce)) for _, changes in several for signer, nonce in changes.nonces],
    )
    db.executemany(
        "INSERT INTO links VALUES (?, ?, ?, ?)",
        [
            (subject, event, step, int(role))
            for event, changes in several
            for step, (_, subject, role) in enumerate(changes.links)
        ],
    )
    db.executemany(
        "INSERT INTO edges VALUES (?, ?, ?, ?)",
        [(edge.input, edge.output, event, str(edge.quantity)) for event, changes in several for edge in changes.edges],
    )
