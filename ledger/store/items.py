"""Rows of items: label secrets, kept nodes, the Packs of a batch and which of its items were voided.

Inside the caller's transaction. Packs and voids are read from the events themselves, those recorded and those still on their
way: nothing of them is kept twice.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.canonical import content as contents
from ledger.canonical.body import decode_body
from ledger.errors import Refusal
from ledger.events.identifiers import batch_id
from ledger.events.model import Event, Kind, Make, Note, Shape
from ledger.items.proof import PackItems
from ledger.store import audit_log

VOIDED: Final = "nguon:voided"
"""The member of an Observe's content that says which items' labels were spoiled."""


Secret = tuple[bytes, int, bytes]
"""A label secret as it is kept: party, version, sealed bytes (ledger/signing/label_secrets.py)."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One Pack of a batch: its event, by which party, its items; `final`: recorded on the chain."""

    event: bytes
    party: bytes
    items: PackItems
    final: bool


def secret_of(db: sqlite3.Connection, party: bytes) -> Secret | None:
    row = db.execute("SELECT party, version, sealed FROM label_secrets WHERE party = ?", (party,)).fetchone()
    return tuple(row) if row else None


def secrets_kept(db: sqlite3.Connection) -> list[Secret]:
    return [tuple(row) for row in db.execute("SELECT party, version, sealed FROM label_secrets ORDER BY party")]


def keep_secret(db: sqlite3.Connection, secret: Secret) -> None:
    db.execute("INSERT INTO label_secrets VALUES (?, ?, ?, ?)", (*secret, int(time.time())))
    audit_log.keep(db, "label_secrets", (secret[0],), audit_log.GATEWAY, "label secret drawn")


def reseal(db: sqlite3.Connection, party: bytes, sealed: bytes) -> None:
    db.execute("UPDATE label_secrets SET sealed = ? WHERE party = ?", (sealed, party))
    audit_log.keep(db, "label_secrets", (party,), audit_log.OPERATOR, "label secret rewrapped")


def keep_nodes(db: sqlite3.Connection, pen: audit_log.Pen, event: bytes, nodes: Sequence[bytes]) -> None:
    row = (event, b"".join(nodes))
    db.execute("INSERT INTO pack_nodes VALUES (?, ?)", row)
    pen.row("pack_nodes", (event,), row, audit_log.GATEWAY, "items drawn")


def nodes_of(db: sqlite3.Connection, event: bytes) -> list[bytes] | None:
    row = db.execute("SELECT nodes FROM pack_nodes WHERE event = ?", (event,)).fetchone()
    return [bytes(row[0][at : at + 32]) for at in range(0, len(row[0]), 32)] if row else None


def packs(db: sqlite3.Connection, batch: bytes, origin: bytes, lot: bytes) -> list[Packed]:
    """All of a batch, in the order of their items. Its origin alone packs into it."""
    found = []
    for id, event, final in _events(db, batch, origin, Kind.PACK, lot):
        if isinstance(event, Make) and batch_id(event.outputs[0].product, origin, event.outputs[0].lot) == batch:
            items = PackItems(event.first_index, event.outputs[0].quantity, event.items_root)
            found.append(Packed(id, origin, items, final))
    return sorted(found, key=lambda each: each.items.first)


def voids(db: sqlite3.Connection, batch: bytes, origin: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(event, first index, how many) that the batch's packer voided, in any order. What anybody else says of it is nothing."""
    for id, event, _ in _events(db, batch, origin, Kind.OBSERVE, VOIDED.encode()):
        if isinstance(event, Note) and batch in event.batches:
            try:
                told = contents.check(event.content).get(VOIDED, [])
            except Refusal:
                continue
            yield from ((id, each["first"], each["count"]) for each in told)


def _events(
    db: sqlite3.Connection, batch: bytes, party: bytes, kind: Kind, holding: bytes
) -> Iterator[tuple[bytes, Event, bool]]:
    """A party's events of this kind whose bytes hold this text: recorded ones of the batch, and all that are on their way."""
    recorded = (
        "SELECT e.id, e.shape, e.body FROM links l JOIN events e ON e.seq = l.event"
        " WHERE l.subject = ? AND e.kind = ? AND e.party = ? AND instr(e.body, ?)"
    )
    seen = set()
    for id, shape, body in db.execute(recorded, (batch, kind, party, holding)).fetchall():
        if id not in seen:
            seen.add(id)
            yield id, decode_body(Shape(shape), body), True
    coming = (
        "SELECT id, shape, body FROM outbox INDEXED BY outbox_open WHERE state NOT IN ('final', 'dead')"
        " AND party = ? AND shape = ? AND instr(body, ?)"
    )
    for id, shape, body in db.execute(coming, (party, kind.shape, holding)).fetchall():
        event = decode_body(Shape(shape), body)
        if id not in seen and event.kind == kind:
            yield id, event, False
