"""Drawing the items of a Pack: their serials, the tree over them, its root for the packer to sign.

A million take seconds, so they are drawn before the transaction that records: it finds them drawn, or, should another Pack of
the batch have come between, draws them itself. What the law would refuse is drawn for nobody.

| the process dies | what is true |
|---|---|
| while items are drawn | nothing was recorded |
| after | the Pack and its nodes are there, both or neither |
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ledger.errors import Refusal
from ledger.events.identifiers import batch_id, lot_bytes, product_id, product_uri
from ledger.events.model import Kind, Make, SignedEvent
from ledger.items import tree
from ledger.recording.drafts import Draft, MakeDraft
from ledger.recording.label_keys import LabelKeys
from ledger.recording.trial import Trial

Wish = tuple[Draft | SignedEvent, str | None]
"""What is to be recorded, and under which Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where items stand: `count` of them from index `first` of the batch on."""

    batch: bytes
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Drawn:
    place: Place
    nodes: tuple[bytes, ...]
    root: bytes


def draw(labels: LabelKeys, db: sqlite3.Connection, party: bytes, place: Place) -> Drawn:
    """The party has a secret. Between two thousands of items other threads may take their turn."""
    key = labels.find(db, party, place.batch)
    assert key is not None, "it was ensured"
    nodes = []
    for node in tree.nodes(key, place.batch, place.first, place.count):
        nodes.append(node)
        time.sleep(0)
    return Drawn(place, tuple(nodes), tree.root(nodes))


def wants_items(wish: Draft | SignedEvent) -> bool:
    return isinstance(wish, MakeDraft) and wish.items


def places(trial: Trial, db: sqlite3.Connection, party: bytes, wishes: Sequence[Wish]) -> dict[int, Place]:
    """Of those wishes that ask for items, that the law lets through and that are not recorded yet, by their number."""
    found = {}
    for number, (wish, key) in enumerate(wishes):
        if isinstance(wish, SignedEvent) or _is_recorded(db, party, key):
            continue
        with suppress(Refusal):
            place = _place(trial, party, wish)
            trial.add(party, wish)
            if place is not None:
                found[number] = place
    return found


def place_of(event: Make, party: bytes) -> Place:
    (output,) = event.outputs
    return Place(batch_id(output.product, party, output.lot), event.first_index, output.quantity)


def _place(trial: Trial, party: bytes, draft: Draft) -> Place | None:
    """Before it is tried: where its items would begin."""
    if not (isinstance(draft, MakeDraft) and draft.items and draft.kind is Kind.PACK and draft.outputs):
        return None
    output = draft.outputs[0]
    uri = product_uri(output.product)
    batch = batch_id(product_id(uri), party, lot_bytes(uri, output.lot))
    known = trial.batch(batch)
    return Place(batch, known.items if known else 0, output.quantity)


def _is_recorded(db: sqlite3.Connection, party: bytes, key: str | None) -> bool:
    sql = "SELECT 1 FROM idempotency WHERE party = ? AND key = ?"
    return key is not None and db.execute(sql, (party, key)).fetchone() is not None
