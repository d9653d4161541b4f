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
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ledger.errors import Refusal
from ledger.events.identifiers import batch_id, lot_bytes, product_id, product_uri
from ledger.events.model import Kind, Make, SignedEvent
from ledger.items import tree
from ledger.items.__main__ import asked
from ledger.recording.drafts import Draft, MakeDraft
from ledger.recording.label_keys import LabelKeys
from ledger.recording.trial import Trial

MOST_HERE: Final = 20_000
"""Items: a fifth of a second."""
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
    """The party has a secret."""
    key = labels.find(db, party, place.batch)
    assert key is not None, "it was ensured"
    nodes = nodes_of(key, place)
    return Drawn(place, tuple(nodes), tree.root(nodes))


def nodes_of(key: bytes, place: Place) -> list[bytes]:
    """Of many items they are hashed in another process: in a thread of ours they would take the time of all who ask."""
    if place.count <= MOST_HERE:
        return list(tree.nodes(key, place.batch, place.first, place.count))
    told = asked(key, place.batch, place.first, place.count)
    made = subprocess.run([sys.executable, "-m", "ledger.items"], input=told, stdout=subprocess.PIPE, check=True).stdout
    return [made[at : at + 32] for at in range(0, len(made), 32)]


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
