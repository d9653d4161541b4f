"""Reads the projection as stories: one batch with its journey, where it came from, where it went. Never asks the node."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from ledger.errors import ChainError, NotFound, Refusal
from ledger.events import identifiers
from ledger.events.lineage import Edge, Walk, downstream, not_traced, recalled, upstream
from ledger.events.model import Custody, RecallFlag, Role, Status
from ledger.events.rules.state import BatchState
from ledger.projection.attested import attested
from ledger.projection.conversions import Conversions, seen
from ledger.projection.days import changes_on, signed_on
from ledger.projection.desk import Desk
from ledger.projection.present import Json, Presenter, hexed, timestamp
from ledger.projection.unrecorded import never_recorded
from ledger.store import outbox, private
from ledger.store.database import Store
from ledger.store.lease import chain_is_wrong, verified_at
from ledger.store.view import batch_of, edge_of, shipment_of

WALK_LIMIT = 500
FOLLOW_SECONDS = 30.0
CHAIN_WORDS = {"none": "unsealed development chain"}


class Reader:
    def __init__(self, store: Store, lag: Callable[[], float | None], sealing: str = "none") -> None:
        """`lag()`: seconds since the index was level with the chain; None if it never was since the start."""
        self._store = store
        self._lag = lag
        self._chain = CHAIN_WORDS.get(sealing, sealing)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Names, products and latest events for a party's own pages, as of one moment."""
        with self._store.snapshot() as db:
            yield Desk(db)

    def event(self, id: bytes) -> Json:
        """An acknowledged or recorded event. Raises NotFound."""
        with self._store.snapshot() as db:
            presenter = Presenter(db)
            row = db.execute("SELECT * FROM events WHERE id = ?", (id,)).fetchone()
            if row is not None:
                return presenter.event(row)
            kept = outbox.find(db, id)
            if kept is None:
                raise NotFound(f"no event {hexed(id)} is known here")
            return presenter.pending(
                id, kept.signed.event, kept.party, kept.signed.signature, kept.state, kept.law
            )  # fmt: skip

    def day(self, party: bytes, day: date) -> tuple[list[Json], list[Json]]:
        """Events, and changes of keys, that were signed in a party's name on a day (ledger/projection/days.py)."""
        with self._store.snapshot() as db:
            return signed_on(db, party, day), changes_on(db, party, day)

    def kept(self, id: bytes) -> outbox.OutboxRow | None:
        """An event as this gateway acknowledged it; None if it did not."""
        return outbox.find(self._store.read(), id)

    def is_final(self, id: bytes) -> bool:
        return self._store.read().execute("SELECT 1 FROM events WHERE id = ?", (id,)).fetchone() is not None

    def state(self, id: bytes) -> str | None:
        """The state of an event in one word (DESIGN, section 2); None for an unknown one."""
        if self.is_final(id):
            return "final"
        row = self._store.read().execute("SELECT state FROM outbox WHERE id = ?", (id,)).fetchone()
        return row["state"] if row else None

    def name(self, id: bytes) -> str | None:
        """URI of a party or product, product and lot of a batch, by its hash."""
        db = self._store.read()
        for table in ("parties", "products"):
            row = db.execute(f"SELECT uri FROM {table} WHERE id = ?", (id,)).fetchone()  # noqa: S608 - literals above
            if row:
                return str(row["uri"])
        sql = "SELECT p.uri, b.lot FROM batches b JOIN products p ON p.id = b.product WHERE b.id = ?"
        row = db.execute(sql, (id,)).fetchone()
        return f"{row['uri']} lot {row['lot'].decode('utf-8', 'replace')}" if row else None

    def unit(self, id: bytes) -> int | None:
        """Base unit of a product, or of a batch's product."""
        sql = (
            "SELECT unit FROM products WHERE id = ? UNION ALL "
            "SELECT p.unit FROM batches b JOIN products p ON p.id = b.product WHERE b.id = ?"
        )
        row = self._store.read().execute(sql, (id, id)).fetchone()
        return int(row["unit"]) if row else None

    def position(self) -> Json:
        """How far this index has followed the chain, and how long ago it was level with it (`lag_seconds`; None before the
        first time, and while the node answers for another ledger). `verified_at`: when it last was, also before this start."""
        db = self._store.read()
        lag = None if chain_is_wrong(db) else self._lag()
        verified = verified_at(db)
        row = db.execute("SELECT block, time FROM cursor").fetchone()
        head = db.execute("SELECT head FROM heads WHERE subject = ?", (b"ledger",)).fetchone()
        count = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        return {
            "block": row["block"] if row else None,
            "time": timestamp(row["time"]) if row else None,
            "ledger_head": hexed(head["head"]) if head else None,
            "events": count,
            "chain": self._chain,
            "lag_seconds": None if lag is None else int(lag),
            "verified_at": None if verified is None else timestamp(verified),
        }

    def wait_for(self, block: int, seconds: float = FOLLOW_SECONDS) -> None:
        """Returns when this index has followed the chain to here: what is asked next is answered by it. Raises ChainError."""
        end = time.monotonic() + seconds
        while (self.position()["block"] or 0) < block:
            if time.monotonic() > end:
                raise ChainError("the change is final, but the index has not followed yet")
            time.sleep(0.02)

    def outbox(self) -> Json:
        """How many acknowledged events are in each state, and when the oldest of the open ones was accepted."""
        return outbox.counted(self._store.read())

    def unrecorded(self, limit: int) -> list[Json]:
        """Acknowledged events that are dead, or wait as stuck for their signer's Void: the latest first."""
        with self._store.snapshot() as db:
            return never_recorded(db, Presenter(db), limit)

    def conversions(self, source: str, output: str, limit: int) -> Conversions:
        """What was made of a product so far (ledger/projection/conversions.py), by URIs: the latest first."""
        with self._store.snapshot() as db:
            return seen(db, identifiers.product_id(source), identifiers.product_id(output), limit)

    def wrong_chain(self) -> str | None:
        """Why nothing may be recorded now: the node answers for another ledger."""
        return chain_is_wrong(self._store.read())

    def story(self, product: str, lot: str, origin: str | None = None) -> Json | None:
        """The document of a batch, None if no batch has this product and lot. Several origins: the maker's first."""
        with self._store.snapshot() as db:
            found = self._named(db, product, lot, origin)
            if not found:
                return None
            return self._story(db, Presenter(db), found)

    def batch(self, product: str, lot: str, origin: str | None = None) -> bytes | None:
        """The id of the batch that `story` tells of."""
        with self._store.snapshot() as db:
            found = self._named(db, product, lot, origin)
            return found[0].id if found else None

    def parties(self, uri: str | None = None) -> list[Json]:
        """All parties by number, or the one with this URI."""
        with self._store.snapshot() as db:
            presenter = Presenter(db)
            rows = db.execute("SELECT * FROM parties WHERE ? IS NULL OR uri = ? ORDER BY number", (uri, uri)).fetchall()
            return [
                presenter.party(row["id"])
                | {
                    "status": Status(row["status"]).name.lower(),
                    "roles": [role.name.lower() for role in Role if role & row["roles"] and role.name],
                    "role_bits": row["roles"],
                    "signers": [
                        {
                            "address": hexed(s["address"]), "from": timestamp(int(s["valid_from"])),
                            "to": timestamp(int(s["valid_to"])), "custody": Custody(s["custody"]).name.lower(),
                        }
                        for s in db.execute("SELECT * FROM signers WHERE party = ? ORDER BY address", (row["id"],))
                    ],
                }
                for row in rows
            ]  # fmt: skip

    def products(self, uri: str | None = None) -> list[Json]:
        """All products by number, or the one with this URI."""
        with self._store.snapshot() as db:
            presenter = Presenter(db)
            rows = db.execute(
                "SELECT * FROM products WHERE ? IS NULL OR uri = ? ORDER BY number", (uri, uri)
            ).fetchall()
            makers = "SELECT party FROM makers WHERE product = ? ORDER BY party"
            return [
                presenter.product(row["id"])
                | {
                    "stage": row["stage"],
                    "open": bool(row["open"]),
                    "brand_owner": presenter.party(row["brand_owner"])["id"],
                    "makers": [presenter.party(m["party"])["id"] for m in db.execute(makers, (row["id"],))],
                }
                for row in rows
            ]

    def yields(self) -> list[Json]:
        sql = (
            "SELECT i.uri AS input, o.uri AS output, y.per_million FROM yields y "
            "JOIN products i ON i.id = y.input JOIN products o ON o.id = y.output ORDER BY i.number, o.number"
        )
        rows = self._store.read().execute(sql)
        return [{"input": r["input"], "output": r["output"], "per_million": int(r["per_million"])} for r in rows]

    def disclosures(self, id: bytes) -> dict[str, Any]:
        """The private fields of an event that are still kept here, for its own party."""
        return private.fields_of(self._store.read(), id)

    def _named(self, db: sqlite3.Connection, product: str, lot: str, origin: str | None) -> list[BatchState]:
        try:
            uri = identifiers.product_uri(product)
            lot_bytes = identifiers.lot_bytes(uri, lot)
            party = identifiers.party_id(identifiers.party_uri(origin)) if origin is not None else None
        except Refusal:
            return []
        rows = db.execute(
            "SELECT b.* FROM batches b LEFT JOIN products p ON p.id = b.product WHERE b.product = ? AND b.lot = ? ORDER BY"
            " b.origin = p.brand_owner OR EXISTS (SELECT 1 FROM makers m WHERE m.product = b.product AND m.party = b.origin)"
            " DESC, b.outside, b.id",
            (identifiers.product_id(uri), lot_bytes),
        )
        return [batch_of(row) for row in rows if party is None or row["origin"] == party]

    def _story(self, db: sqlite3.Connection, presenter: Presenter, found: list[BatchState]) -> Json:
        batch = found[0]
        up = upstream(batch.id, lambda b: _edges(db, "output", b), WALK_LIMIT)
        down = downstream(batch.id, lambda b: _edges(db, "input", b), WALK_LIMIT)
        mark = not_traced(batch.id, lambda b: _outside(db, b), lambda b: _edges(db, "output", b), WALK_LIMIT)
        ingredients = recalled(batch.id, lambda b: _recalled(db, b), lambda b: _edges(db, "output", b), WALK_LIMIT)
        now = int(time.time())
        position = self.position()
        head = db.execute("SELECT head FROM heads WHERE subject = ?", (batch.id,)).fetchone()
        goods = self._goods(db, presenter, batch)
        story = goods | {
            "others": [{"batch": hexed(b.id), "origin": presenter.party(b.origin)} for b in found[1:]],
            "state": {
                "open": batch.open_until >= now,
                "open_until": timestamp(batch.open_until) if batch.open_until else None,
                "not_traced": batch.outside,
                "not_traced_inherited": mark.marked and not batch.outside,
                "items": batch.items,
                "adjusted": batch.adjusted,
                "recalled_by": [flag.name.lower() for flag in RecallFlag if flag & batch.recalled and flag.name],
                "recalled_ingredients": [presenter.batch(b) for b in ingredients.sources],
                "recall_known": not ingredients.truncated,
                "under_review": self._review(db, [batch.id, *up.others]),
            },
            "head": hexed(head["head"]) if head else None,
            "journey": self._journey(db, presenter, batch.id),
            "upstream": self._walk(db, presenter, up, "input", with_journey=True),
            "downstream": self._walk(db, presenter, down, "output", with_journey=False),
            "lineage_complete": not (up.truncated or down.truncated),
            "as_of": position,
        }
        return story | attested(db, presenter, story)

    def audit(self) -> Json | None:
        """The last audit of the records (docs/spec/audit.md, section 3); None if there was none."""
        with self._store.snapshot() as db:
            row = db.execute("SELECT * FROM audits ORDER BY seq DESC LIMIT 1").fetchone()
            if row is None:
                return None
            reviews = db.execute("SELECT count(*) FROM reviews").fetchone()[0]
            told = {name: row[name] for name in ("scope", "block", "good", "bad")}
            return told | {"finished_at": timestamp(row["finished_at"]), "batches_under_review": reviews}

    def _review(self, db: sqlite3.Connection, batches: Iterable[bytes]) -> Json | None:
        """Since when the records of one of these batches are under review, and which check they failed; None if none is."""
        sql = "SELECT since, why FROM reviews WHERE batch = ?"
        found = [row for batch in batches if (row := db.execute(sql, (batch,)).fetchone())]
        first = min(found, key=lambda row: row["since"], default=None)
        return {"since": timestamp(first["since"]), "check": first["why"]} if first else None

    def _goods(self, db: sqlite3.Connection, presenter: Presenter, batch: BatchState) -> Json:
        holdings = db.execute("SELECT * FROM holdings WHERE batch = ? ORDER BY party", (batch.id,)).fetchall()
        shipments = [shipment_of(r) for r in db.execute("SELECT * FROM shipments WHERE batch = ?", (batch.id,))]
        held = sum(int(row["quantity"]) for row in holdings)
        return presenter.batch(batch.id) | {
            "quantities": {
                "made": batch.made, "consumed": batch.consumed, "held": held,
                "on_the_way": sum(s.open for s in shipments), "sold": batch.sold, "disposed": batch.disposed,
                "adjusted_up": batch.adjusted_up, "adjusted_down": batch.adjusted_down,
            },
            "holdings": [
                {"party": presenter.party(r["party"]), "quantity": int(r["quantity"]), "sold": int(r["sold"])}
                for r in holdings
            ],
            "shipments": [
                {
                    "id": hexed(s.id), "from": presenter.party(s.sender), "to": presenter.party(s.receiver),
                    "shipped": s.shipped, "open": s.open,
                }
                for s in shipments
            ],
        }  # fmt: skip

    def _journey(self, db: sqlite3.Connection, presenter: Presenter, subject: bytes) -> list[Json]:
        sql = "SELECT DISTINCT e.* FROM links l JOIN events e ON e.seq = l.event WHERE l.subject = ? ORDER BY e.seq"
        return [presenter.event(row) for row in db.execute(sql, (subject,))]

    def _walk(
        self, db: sqlite3.Connection, presenter: Presenter, walk: Walk, side: str, *, with_journey: bool
    ) -> list[Json]:
        shown = []
        for batch in walk.others:
            depth = walk.depths[batch]
            edge = _nearest(walk, batch, side)
            entry = presenter.batch(batch) | {
                "depth": depth,
                "quantity": edge.quantity,
                "into" if side == "input" else "from": hexed(edge.output if side == "input" else edge.input),
            }
            if with_journey:
                entry["journey"] = self._journey(db, presenter, batch)
            shown.append(entry)
        return shown


def _nearest(walk: Walk, batch: bytes, side: str) -> Edge:
    touching = [e for e in walk.edges if (e.input if side == "input" else e.output) == batch]
    return min(touching, key=lambda e: walk.depths[e.output if side == "input" else e.input])


def _edges(db: sqlite3.Connection, column: str, batch: bytes) -> list[Edge]:
    sql = f"SELECT * FROM edges WHERE {column} = ? ORDER BY event"  # noqa: S608 - column is a literal above
    return [edge_of(row) for row in db.execute(sql, (batch,))]


def _recalled(db: sqlite3.Connection, batch: bytes) -> bool:
    row = db.execute("SELECT recalled FROM batches WHERE id = ?", (batch,)).fetchone()
    return bool(row and row["recalled"])


def _outside(db: sqlite3.Connection, batch: bytes) -> bool:
    row = db.execute("SELECT outside FROM batches WHERE id = ?", (batch,)).fetchone()
    return bool(row and row["outside"])
