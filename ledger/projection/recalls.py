"""What a party may recall, what a recall of it reaches, and what it has recalled. Functions work inside one snapshot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.canonical.body import decode_body
from ledger.events.lineage import downstream
from ledger.events.model import ZERO32, Kind, Note, RecallFlag, Role, Shape
from ledger.events.rules.state import BatchState
from ledger.store import outbox
from ledger.store.view import batch_of, edge_of, holding_of, shipment_of

WALK_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Reached:
    """A batch and who has something of it: quantities by party, `on_the_way` by receiver, `sold` by seller (out of the ledger).
    `itself`: it is to be recalled; else it was made of one that is."""

    batch: BatchState
    itself: bool
    held: dict[bytes, int]
    on_the_way: dict[bytes, int]
    sold: dict[bytes, int]


def recallable(db: sqlite3.Connection, party: bytes, lot: str, most: int) -> list[BatchState]:
    """Batches that it made or whose brand is its own, and that it has not recalled; `lot` is part of their lot. By product,
    the latest made first as far as lots say."""
    sql = (
        "SELECT b.* FROM batches b JOIN products p ON p.id = b.product WHERE (b.origin = ? OR p.brand_owner = ?)"
        " AND instr(lower(CAST(b.lot AS TEXT)), lower(?)) ORDER BY p.number, b.lot DESC"
    )
    found = (batch_of(row) for row in db.execute(sql, (party, party, lot)))
    return [each for each in found if not each.recalled & capacities(db, each, party)][:most]


def capacities(db: sqlite3.Connection, batch: BatchState, party: bytes) -> int:
    """The flags that a recall by this party sets (docs/spec/law.md, Recall)."""
    row = db.execute("SELECT brand_owner FROM products WHERE id = ?", (batch.product,)).fetchone()
    roles = db.execute("SELECT roles FROM parties WHERE id = ?", (party,)).fetchone()
    return (
        (RecallFlag.ORIGIN if batch.origin == party else 0)
        | (RecallFlag.BRAND_OWNER if row and row["brand_owner"] == party else 0)
        | (RecallFlag.INSPECTORS if roles and roles["roles"] & Role.INSPECTOR else 0)
    )


def reach(db: sqlite3.Connection, batches: Iterable[bytes]) -> tuple[list[Reached], bool]:
    """These and all that was made of them, these first; and whether that is all (a walk has a limit)."""
    chosen, whole = list(batches), True
    found: dict[bytes, None] = {}
    for batch in chosen:
        walk = downstream(batch, lambda b: [edge_of(row) for row in _rows(db, "edges", "input", b)], WALK_LIMIT)
        whole = whole and not walk.truncated
        found |= dict.fromkeys(walk.depths)
    order = [*chosen, *(batch for batch in found if batch not in chosen)]
    return [each for batch in order if (each := _reached(db, batch, batch in chosen)) is not None], whole


def recalled_by(db: sqlite3.Connection, party: bytes) -> dict[bytes, list[BatchState]]:
    """Recalls of this party, by the id of the event that started each, newest last: the batches on which it still stands."""
    standing: dict[bytes, list[BatchState]] = {}
    seen: set[bytes] = set()
    for recall, note in reversed(list(_recalls(db, party))):
        for id in note.batches:
            row = next(iter(_rows(db, "batches", "id", id)), None)
            state = batch_of(row) if row else None
            if state is None or id in seen or not state.recalled & capacities(db, state, party):
                continue
            seen.add(id)
            standing.setdefault(recall, []).append(state)
    return dict(reversed(standing.items()))


def _recalls(db: sqlite3.Connection, party: bytes) -> Iterator[tuple[bytes, Note]]:
    """Which recall each belongs to, and what it says."""
    rows = db.execute(
        "SELECT id, shape, body FROM events WHERE party = ? AND kind = ? ORDER BY seq", (party, Kind.RECALL)
    ).fetchall()
    events = [(row["id"], decode_body(Shape(row["shape"]), row["body"])) for row in rows]
    events += [
        (row.id, row.signed.event) for row in outbox.pending_of(db, party) if row.signed.event.kind == Kind.RECALL
    ]
    for id, event in events:
        if isinstance(event, Note):
            yield (id if event.target == ZERO32 else event.target), event


def _reached(db: sqlite3.Connection, id: bytes, itself: bool) -> Reached | None:
    row = next(iter(_rows(db, "batches", "id", id)), None)
    if row is None:
        return None
    holdings = {each["party"]: holding_of(each) for each in _rows(db, "holdings", "batch", id)}
    on_the_way: dict[bytes, int] = {}
    for shipment in (shipment_of(each) for each in _rows(db, "shipments", "batch", id)):
        if shipment.open:
            on_the_way[shipment.receiver] = on_the_way.get(shipment.receiver, 0) + shipment.open
    held = {party: each.quantity for party, each in holdings.items() if each.quantity}
    sold = {party: each.sold for party, each in holdings.items() if each.sold}
    return Reached(batch_of(row), itself, held, on_the_way, sold)


def _rows(db: sqlite3.Connection, table: str, column: str, id: bytes) -> list[sqlite3.Row]:
    return db.execute(f"SELECT * FROM {table} WHERE {column} = ?", (id,)).fetchall()  # noqa: S608 - literals above
