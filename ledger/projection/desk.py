"""What a party's own pages need of the projection: names by id, what it may make, what it did lately."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from ledger.events.model import Kind, LinkRole, Make
from ledger.projection.present import Json, Presenter
from ledger.store import outbox, private

LATELY: Final = 100
"""Events."""


class Desk:
    """Lives within one snapshot."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._presenter = Presenter(db)

    def party(self, id: bytes) -> Json:
        """`id` (URI), `name`, `profile`; for an unknown one its id in hexadecimal."""
        return self._presenter.party(id)

    def product(self, id: bytes) -> Json:
        """`id` (URI), `gtin`, `unit`, `name`, `profile`."""
        return self._presenter.product(id)

    def roles(self, party: bytes) -> int:
        """Bits of `Role`; 0 for an unknown party."""
        row = self._db.execute("SELECT roles FROM parties WHERE id = ?", (party,)).fetchone()
        return int(row["roles"]) if row else 0

    def makes(self, party: bytes) -> list[Json]:
        """Products of which this party may be the maker, by number, each with its `stage`."""
        rows = self._db.execute(
            "SELECT id, stage FROM products p WHERE open OR brand_owner = ?"
            " OR EXISTS (SELECT 1 FROM makers m WHERE m.product = p.id AND m.party = ?) ORDER BY number",
            (party, party),
        ).fetchall()
        return [self.product(row["id"]) | {"stage": row["stage"]} for row in rows]

    def products(self) -> list[Json]:
        rows = self._db.execute("SELECT id, stage FROM products ORDER BY number").fetchall()
        return [self.product(row["id"]) | {"stage": row["stage"]} for row in rows]

    def parties(self, but: bytes) -> list[Json]:
        """All active ones but this, by name."""
        rows = self._db.execute(
            "SELECT id FROM parties WHERE status = 1 AND id <> ? ORDER BY number", (but,)
        ).fetchall()
        return sorted((self.party(row["id"]) for row in rows), key=lambda party: str(party["name"]))

    def recent(self, party: bytes, most: int) -> list[Json]:
        """What it signed lately, newest first; also what is not final yet."""
        open_ = [row for row in outbox.pending_of(self._db, party)]
        shown = [
            self._presenter.pending(row.id, row.signed.event, row.party, row.signature, row.state, row.law)
            for row in reversed(open_)
        ]
        rows = self._db.execute(
            "SELECT * FROM events WHERE party = ? ORDER BY recorded_at DESC, seq DESC LIMIT ?", (party, most)
        )
        known = {row.id for row in open_}
        return [*shown, *(self._presenter.event(row) for row in rows if row["id"] not in known)][:most]

    def receivers(self, party: bytes) -> list[str]:
        """To whom it shipped lately (URIs), the last one first."""
        ships = [each["to"]["id"] for each in self.recent(party, LATELY) if each["kind"] == "Ship" and each["to"]]
        return list(dict.fromkeys(ships))

    def received(self, party: bytes) -> list[tuple[str, Json]]:
        """What it received lately, newest first and each once: by whom it was sent (URI), and the batch by name."""
        found: dict[tuple[str, str], Json] = {}
        for each in self.recent(party, LATELY):
            if each["kind"] == "Receive" and each["target"] and each["batch_ref"]["product"]:
                shipment = bytes.fromhex(each["target"][2:])
                row = self._db.execute("SELECT sender FROM shipments WHERE id = ?", (shipment,)).fetchone()
                if row is not None:
                    sender = str(self.party(row["sender"])["id"])
                    found.setdefault((sender, each["batch_ref"]["batch"]), each["batch_ref"])
        return [(sender, batch) for (sender, _), batch in found.items()]

    def last_of(self, party: bytes, product: bytes, kind: Kind) -> Json | None:
        """The latest event of this kind by which a party made something of this product; also what is not final yet."""
        for row in reversed(outbox.pending_of(self._db, party)):
            event = row.signed.event
            if event.kind == kind and isinstance(event, Make) and product in [each.product for each in event.outputs]:
                return self._presenter.pending(row.id, event, row.party, row.signature, row.state, row.law)
        sql = (
            "SELECT e.* FROM batches b JOIN links l ON l.subject = b.id JOIN events e ON e.seq = l.event"
            " WHERE b.origin = ? AND b.product = ? AND e.kind = ? AND l.role = ? ORDER BY e.seq DESC LIMIT 1"
        )
        found = self._db.execute(sql, (party, product, kind, LinkRole.MADE)).fetchone()
        return self._presenter.event(found) if found else None

    def rounds(self, party: bytes, table: str, most: int) -> list[list[Any]]:
        """Rows of the party's own latest private tables of this name, newest table first."""
        return private.recent_rows(self._db, party, table, most)

    def yields(self) -> list[tuple[str, str, int]]:
        """Input and output product (URI), most output in base units per million of input."""
        sql = (
            "SELECT i.uri AS input, o.uri AS output, y.per_million FROM yields y "
            "JOIN products i ON i.id = y.input JOIN products o ON o.id = y.output ORDER BY i.number, o.number"
        )
        return [(row["input"], row["output"], int(row["per_million"])) for row in self._db.execute(sql)]
