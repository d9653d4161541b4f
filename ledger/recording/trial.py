"""What would be: drafts on top of what is final and pending, judged by the same rules, signed by nobody, kept nowhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.canonical import content as contents
from ledger.canonical.disclosure import seal_statement
from ledger.canonical.typed_data import Domain, event_id
from ledger.errors import Refusal
from ledger.events.lineage import Edge, not_traced, recalled
from ledger.events.rules import Changes, Overlay, check_unsigned
from ledger.events.rules.state import BatchState, ShipmentState
from ledger.recording.drafts import Draft, MoveDraft
from ledger.recording.keyring import CAPTURE_MARGIN, keys_here
from ledger.recording.resolve import Resolver, Stamp
from ledger.store.view import batch_of, edge_of, shipment_of

WALK_LIMIT = 500
"""Ancestors looked at; a batch with more counts as marked."""


@dataclass(frozen=True, slots=True)
class Held:
    """A batch of which a party has something in its stock. `quantity` and `sold` in base units."""

    batch: BatchState
    quantity: int
    sold: int


@dataclass(frozen=True, slots=True)
class Marks:
    """What a batch inherits: goods not traced before some point, an ingredient that is recalled."""

    not_traced: bool
    recalled_ingredient: bool


class Trial:
    """For one thread. To decide by, it lives within one transaction."""

    def __init__(
        self, db: sqlite3.Connection, overlay: Overlay, domain: Domain, now: int, ahead: int = CAPTURE_MARGIN
    ) -> None:
        """What is tried is lawful now and `ahead` seconds from now."""
        self._db = db
        self._overlay = overlay
        self._domain = domain
        self._now = now
        self._ahead = ahead
        self.tried: set[bytes] = set()
        """Ids under which events were tried: no real event has them."""
        self._nonce = 2**95  # no lane of ours goes so far up: what is tried takes no nonce of what is signed

    def add(self, party: bytes, draft: Draft) -> Changes:
        """What it would change; it counts for what is tried after it. Raises Refusal, and then it changes nothing."""
        key = next(iter(keys_here(self._db, party)), None)
        if key is None:
            raise Refusal("NoKeyHere", party=party)
        content = contents.encode(seal_statement(draft.content, draft.private, draft.private_tables).content)
        self._nonce += 1
        event = Resolver(self._db, self._overlay).event(draft, Stamp(key.address, self._nonce, party, content))
        id = event_id(self._domain, event)
        changes = check_unsigned(self._overlay, id, event, self._now)
        check_unsigned(self._overlay, id, event, self._now + self._ahead)
        self._overlay.apply(changes)
        self.tried.add(id)
        return changes

    def first_refused(self, party: bytes, groups: Sequence[tuple[str, Sequence[Draft]]]) -> tuple[str, Refusal] | None:
        """The first of the named groups that the law would not let through, after those before it."""
        for name, drafts in groups:
            for draft in drafts:
                try:
                    self.add(party, draft)
                except Refusal as refusal:
                    return name, refusal
        return None

    def stock(self, party: bytes) -> list[Held]:
        """All that a party holds, newest batch last as far as it is known."""
        found = {row["batch"] for row in self._db.execute("SELECT batch FROM holdings WHERE party = ?", (party,))}
        found |= {batch for batch, holder in self._overlay.holdings if holder == party}
        return [held for batch in sorted(found) if (held := self._held(batch, party)) is not None]

    def shipments(self, party: bytes) -> Iterator[tuple[ShipmentState, BatchState]]:
        """Open ones from or to a party."""
        sql = "SELECT * FROM shipments WHERE (sender = ? OR receiver = ?) AND open <> '0'"
        stored = [shipment_of(row) for row in self._db.execute(sql, (party, party))]
        found = {(each.id, each.batch): each for each in stored}
        found |= self._overlay.shipments
        for each in found.values():
            batch = self._overlay.batch(each.batch)
            if batch is not None and each.open > 0 and party in (each.sender, each.receiver):
                yield each, batch

    def shipment(self, id: bytes) -> ShipmentState | None:
        """By the id of its Ship."""
        batch = self.batch_of_shipment(id)
        return self._overlay.shipment(id, batch) if batch else None

    def batch(self, id: bytes) -> BatchState | None:
        return self._overlay.batch(id)

    def batch_of(self, draft: MoveDraft, party: bytes) -> bytes:
        """The batch that a draft of this party moves. Raises Refusal where its name means nothing, or more than one thing."""
        resolver = Resolver(self._db, self._overlay)
        if draft.batch is not None:
            return resolver.batch(draft.batch, party)
        return self.batch_of_shipment(draft.shipment or b"") or b""

    def batch_of_shipment(self, shipment: bytes) -> bytes | None:
        for each in self._overlay.shipments.values():
            if each.id == shipment:
                return each.batch
        row = self._db.execute("SELECT batch FROM shipments WHERE id = ?", (shipment,)).fetchone()
        return bytes(row["batch"]) if row else None

    def made_by(self, party: bytes, product: bytes) -> list[BatchState]:
        """Batches of a product of which this party is the origin."""
        rows = self._db.execute("SELECT * FROM batches WHERE origin = ? AND product = ?", (party, product))
        found = {row["id"]: batch_of(row) for row in rows}
        found |= {b.id: b for b in self._overlay.batches.values() if (b.origin, b.product) == (party, product)}
        return list(found.values())

    def open_lots(self, party: bytes) -> list[BatchState]:
        """Batches of which this party is the origin, made here and still open; the one that closes last comes first."""
        rows = self._db.execute("SELECT * FROM batches WHERE origin = ? AND open_until > ?", (party, self._now))
        known = {row["id"] for row in rows} | self._overlay.batches.keys()
        found = [batch for id in known if (batch := self._overlay.batch(id)) is not None]
        mine = [b for b in found if b.origin == party and b.open_until > self._now and not (b.outside or b.recalled)]
        return sorted(mine, key=lambda b: (-b.open_until, b.id))

    def marks(self, batch: bytes) -> Marks:
        mark = not_traced(batch, lambda id: self._is(id, "outside"), self._edges, WALK_LIMIT)
        ingredients = recalled(batch, lambda id: self._is(id, "recalled"), self._edges, WALK_LIMIT)
        return Marks(mark.marked, ingredients.marked)

    def _is(self, batch: bytes, what: Literal["outside", "recalled"]) -> bool:
        state = self._overlay.batch(batch)
        return state is not None and bool(getattr(state, what))

    def _edges(self, output: bytes) -> set[Edge]:
        rows = self._db.execute("SELECT * FROM edges WHERE output = ?", (output,))
        return {edge_of(row) for row in rows} | self._overlay.edges.get(output, set())

    def _held(self, batch: bytes, party: bytes) -> Held | None:
        state, holding = self._overlay.batch(batch), self._overlay.holding(batch, party)
        if state is None or holding is None or not (holding.quantity or holding.sold):
            return None
        return Held(state, holding.quantity, holding.sold)
