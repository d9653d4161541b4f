"""What a party's own pages need of the projection: names by id, what it may make, what it did lately."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ledger.events.model import Kind, LinkRole, Make
from ledger.events.rules.state import BatchState
from ledger.projection import attested, recalls
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
        """Products of which this party may be the maker, each with its `stage`: its own, what it is named for, what is open to
        all, so that the first is never a stranger's."""
        rows = self._db.execute(
            "SELECT id, stage, brand_owner = ?1 AS own,"
            " EXISTS (SELECT 1 FROM makers m WHERE m.product = p.id AND m.party = ?1) AS named"
            " FROM products p WHERE own OR named OR open ORDER BY own DESC, named DESC, number",
            (party,),
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

    def corrected(self, event: Json, party: bytes) -> dict[str, int]:
        """By batch (`0x…`), what adjustments of this party's goods that name the event add or take away, final or not."""
        found: dict[str, int] = {}
        for each in self._adjustments(event, party):
            if each["target"] == event["id"]:
                batch, up = each["batch_ref"]["batch"], each["kind"] == Kind.ADJUST_UP.word
                found[batch] = found.get(batch, 0) + (each["quantity"] if up else -each["quantity"])
        return found

    def _adjustments(self, event: Json, party: bytes) -> Iterator[Json]:
        sql = (
            "SELECT DISTINCT e.* FROM links l JOIN events e ON e.seq = l.event WHERE l.subject = ? AND e.kind IN (?, ?)"
        )
        own, kinds = self._presenter.party(party)["id"], (Kind.ADJUST_UP, Kind.ADJUST_DOWN)
        for batch in batches_of(event):
            for row in self._db.execute(sql, (bytes.fromhex(batch[2:]), *kinds)):
                shown = self._presenter.event(row)
                if own in (shown["party"]["id"], (shown["holder"] or {}).get("id")):
                    yield shown
        for kept in outbox.pending_of(self._db, party):
            if kept.signed.event.kind in kinds:
                yield self._presenter.pending(kept.id, kept.signed.event, party, kept.signature, kept.state, kept.law)

    def recallable(self, party: bytes, lot: str, most: int) -> list[BatchState]:
        return recalls.recallable(self._db, party, lot, most)

    def reach(self, batches: Iterable[bytes]) -> tuple[list[recalls.Reached], bool]:
        return recalls.reach(self._db, batches)

    def recalled_by(self, party: bytes) -> dict[bytes, list[BatchState]]:
        return recalls.recalled_by(self._db, party)

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

    def certificates(self, party: bytes | None, most: int) -> tuple[list[Json], list[Json], list[str]]:
        """Latest Observes that speak of certificates, all that was said of the same, and who inspects (attested.py)."""
        found = attested.latest(self._db, party, most)
        return found, attested.about(self._db, found), attested.inspectors(self._db)

    def yields(self) -> list[tuple[str, str, int]]:
        """Input and output product (URI), most output in base units per million of input."""
        sql = (
            "SELECT i.uri AS input, o.uri AS output, y.per_million FROM yields y "
            "JOIN products i ON i.id = y.input JOIN products o ON o.id = y.output ORDER BY i.number, o.number"
        )
        return [(row["input"], row["output"], int(row["per_million"])) for row in self._db.execute(sql)]


def batches_of(event: Json) -> list[str]:
    """Whose quantities an event changes, `0x…`."""
    moved = [event["batch_ref"]] if event["batch_ref"] and event["quantity"] is not None else []
    return [each["batch"] for each in (*event["inputs"], *event["outputs"], *moved)]
