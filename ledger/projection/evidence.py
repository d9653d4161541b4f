"""What a bundle tells of a batch, read from the projection: its events, those of its ancestors, whoever and whatever they name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from ledger.canonical.body import decode_body
from ledger.events.identifiers import keccak
from ledger.events.lineage import Edge, upstream
from ledger.events.model import ZERO32, LinkRole, Make, Move, Shape
from ledger.store.view import edge_of

MOST_BATCHES = 500
MOVES_SHOWN = 200
"""A batch that was moved more often shows its Moves as bare links."""


@dataclass(frozen=True, slots=True)
class Told:
    """`batches`: the one asked for, then its ancestors by id, each with (event id, kind, role) of its links. `events`: (shape,
    body, signature) of those that stand whole. `parties`, `products`: (uri, profile) by id. `conversions`: numbers of products."""

    batches: list[tuple[bytes, list[tuple[bytes, int, int]]]]
    events: list[tuple[int, bytes, bytes]]
    parties: list[tuple[str, str]]
    products: list[tuple[str, str]]
    signers: list[bytes]
    conversions: list[tuple[int, int]]


def lineage(db: sqlite3.Connection, batch: bytes) -> list[bytes] | None:
    """The batch, then its ancestors by id; None where there are too many."""
    walk = upstream(batch, partial(_inputs, db), MOST_BATCHES)
    return None if walk.truncated else [batch, *sorted(walk.others)]


def version(db: sqlite3.Connection, batches: Iterable[bytes]) -> bytes:
    """Changes whenever something is recorded about one of these batches, or in a registry; also with a history that was lost."""
    heads = [_head(db, subject) for subject in (b"parties", b"products", *batches)]
    return keccak(b"".join(heads))


def told(db: sqlite3.Connection, batches: list[bytes]) -> Told:
    """Of a lineage: which events stand whole is fixed by docs/spec/bundle.md, section 1, as is their order."""
    links = {batch: _links(db, batch) for batch in batches}
    making = {row["seq"] for rows in links.values() for row in rows if row["role"] == LinkRole.MADE}
    whole: set[int] = set(making)
    for batch, rows in links.items():
        moves = sum(row["role"] == LinkRole.MOVED for row in rows)
        for row in rows:
            others = row["role"] == LinkRole.INPUT and batch != batches[0]  # unless it made something here
            if not others and not (row["role"] == LinkRole.MOVED and moves > MOVES_SHOWN):
                whole.add(row["seq"])
    named = dict.fromkeys(row["seq"] for rows in links.values() for row in rows if row["seq"] in whole)
    rows = [db.execute("SELECT * FROM events WHERE seq = ?", (seq,)).fetchone() for seq in named]
    parties, products = _named(db, rows)
    return Told(
        [(batch, [(row["id"], row["kind"], row["role"]) for row in links[batch]]) for batch in batches],
        [(row["shape"], row["body"], row["signature"]) for row in rows],
        [_registered(db, "parties", id) for id in sorted(parties)],
        [_registered(db, "products", id) for id in sorted(products)],
        sorted({row["signer"] for row in rows}),
        _conversions(db, batches, making),
    )


def _named(db: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> tuple[set[bytes], set[bytes]]:
    parties: set[bytes] = set()
    products: set[bytes] = set()
    for row in rows:
        parties.add(row["party"])
        event = decode_body(Shape(row["shape"]), row["body"])
        if isinstance(event, Make):
            products.update(output.product for output in event.outputs)
        elif isinstance(event, Move):
            parties.update(each for each in (event.to, event.holder) if each != ZERO32)
    for product in products:
        parties.add(db.execute("SELECT brand_owner FROM products WHERE id = ?", (product,)).fetchone()[0])
    return parties, products


def _conversions(db: sqlite3.Connection, batches: list[bytes], making: set[int]) -> list[tuple[int, int]]:
    """Pairs of different products, input and output, of all that made these batches."""
    sql = (
        "SELECT DISTINCT i.number, o.number FROM edges e JOIN batches a ON a.id = e.input JOIN batches b ON b.id = e.output"
        " JOIN products i ON i.id = a.product JOIN products o ON o.id = b.product WHERE e.event = ? AND i.id != o.id"
    )
    return sorted({(row[0], row[1]) for seq in making for row in db.execute(sql, (seq,))})


def _links(db: sqlite3.Connection, batch: bytes) -> list[sqlite3.Row]:
    sql = (
        "SELECT e.seq, e.id, e.kind, l.role FROM links l JOIN events e ON e.seq = l.event WHERE l.subject = ?"
        " ORDER BY l.event, l.step"
    )
    return db.execute(sql, (batch,)).fetchall()


def _registered(db: sqlite3.Connection, table: str, id: bytes) -> tuple[str, str]:
    row = db.execute(f"SELECT uri, profile FROM {table} WHERE id = ?", (id,)).fetchone()  # noqa: S608 - literals above
    return row["uri"], row["profile"]


def _inputs(db: sqlite3.Connection, batch: bytes) -> list[Edge]:
    return [edge_of(row) for row in db.execute("SELECT * FROM edges WHERE output = ?", (batch,))]


def _head(db: sqlite3.Connection, subject: bytes) -> bytes:
    row = db.execute("SELECT head FROM heads WHERE subject = ?", (subject,)).fetchone()
    return bytes(row["head"]) if row else bytes(32)
