"""What a party's own pages need of the projection: names by id, what it may make, what it did lately."""

from __future__ import annotations

import sqlite3

from ledger.projection.present import Json, Presenter
from ledger.store import outbox


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

    def yields(self) -> list[tuple[str, str, int]]:
        """Input and output product (URI), most output in base units per million of input."""
        sql = (
            "SELECT i.uri AS input, o.uri AS output, y.per_million FROM yields y "
            "JOIN products i ON i.id = y.input JOIN products o ON o.id = y.output ORDER BY i.number, o.number"
        )
        return [(row["input"], row["output"], int(row["per_million"])) for row in self._db.execute(sql)]
