"""Answers about serials, from the Packs of their batch and the party's label secret. Nothing is looked up by serial.

Whether a serial is nearly right or far off, as much is computed and as much is shown: an answer teaches nobody how to guess.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.errors import NotFound, Refusal
from ledger.events.model import ZERO32
from ledger.items import tree
from ledger.items.proof import ItemProof, prove, was_issued
from ledger.items.serial import index_of, serials
from ledger.recording.drawing import Place, nodes_of
from ledger.recording.label_keys import LabelKeys
from ledger.store import items
from ledger.store.audit_log import Pen
from ledger.store.database import Store
from ledger.store.items import Packed

Answer = Literal["registered", "not_issued", "voided", "elsewhere"]
State = Answer | Literal["malformed"]
"""`elsewhere`: another gateway drew the serials of this Pack, and this one cannot tell."""
MOST_AT_ONCE = 1_024
"""Labels of which the serials are in memory together."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of a serial, and what shows it. `issued`: how many items the batch has, in all its Packs. `proof`: the leaf
    at the serial's own index, or, where the batch has no such item, at any other, so that all answers look alike; None for a
    batch whose items bear no serials. `voided_by`: the Observe that says so."""

    state: Answer
    batch: bytes
    serial: str
    index: int
    issued: int
    pack: Packed | None
    proof: ItemProof | None
    voided_by: bytes | None


@dataclass(frozen=True, slots=True)
class Label:
    index: int
    serial: str


class Issued:
    """One per process, for any number of threads."""

    def __init__(self, store: Store, labels: LabelKeys) -> None:
        self._store = store
        self._labels = labels
        self._drawing = threading.Lock()
        self._strange: set[bytes] = set()

    def state_of(self, batch: bytes, serial: str) -> State:
        """In one word, for a page. Raises NotFound for an unknown batch."""
        try:
            return self._looked(batch, serial, with_proof=False).state
        except Refusal as refusal:
            if refusal.law != "SerialForm":
                raise
            return "malformed"

    def shown(self, batch: bytes, serial: str) -> Shown:
        """With its proof. Raises `SerialForm(length)`, NotFound for an unknown batch."""
        return self._looked(batch, serial, with_proof=True)

    def packs(self, batch: bytes, origin: bytes, lot: bytes) -> list[Packed]:
        """Those with serials that were drawn here, for printing; also while they are on their way to the chain."""
        with self._store.snapshot() as db:
            found = items.packs(db, batch, origin, lot)
            key = self._labels.find(db, origin, batch)
        return [each for each in found if key is not None and self._nodes(key, batch, each)]

    def range(self, origin: bytes, batch: bytes, packs: Sequence[Packed], first: int, count: int) -> Iterator[Label]:
        """`count` labels from index `first` on, as far as there are any; of voided ones none. Memory does not grow with `count`."""
        with self._store.snapshot() as db:
            key = self._labels.find(db, origin, batch)
            voided = [(at, at + many) for _, at, many in items.voids(db, batch, origin)]
        if key is None:
            return
        for pack in packs:
            start = max(first, pack.items.first)
            end = min(first + count, pack.items.first + pack.items.count)
            for at in range(start, end, MOST_AT_ONCE):
                for index, each in enumerate(serials(key, at, min(MOST_AT_ONCE, end - at)), at):
                    if not any(low <= index < high for low, high in voided):
                        yield Label(index, each.decode("ascii"))

    def _looked(self, batch: bytes, text: str, with_proof: bool) -> Shown:
        index = index_of(text)
        with self._store.snapshot() as db:
            row = db.execute("SELECT origin, lot FROM batches WHERE id = ?", (batch,)).fetchone()
            if row is None:
                raise NotFound("no such batch is known here")
            origin, lot = bytes(row["origin"]), bytes(row["lot"])
            packs = items.packs(db, batch, origin, lot)
            key = self._labels.find(db, origin, batch)
            voids = list(items.voids(db, batch, origin))
        issued = packs[-1].items.first + packs[-1].items.count if packs else 0
        looked = index if index < issued else index % issued if issued else 0
        pack = next((each for each in packs if each.items.holds(looked)), None)
        if pack is not None and pack.items.root == ZERO32:  # its items bear none: another Pack's leaf stands in
            pack = next((each for each in packs if each.items.root != ZERO32), None)
            looked = pack.items.first + looked % pack.items.count if pack else 0
        nodes = self._nodes(key, batch, pack) if key and pack else None
        if pack is not None and (key is None or nodes is None):
            blind: Answer = "elsewhere" if looked == index else "not_issued"
            return Shown(blind, batch, text, index, issued, pack, None, None)
        right = was_issued(key or bytes(32), text) and looked == index and pack is not None
        voided = next((event for event, first, count in voids if right and first <= index < first + count), None)
        proof = prove(key, batch, pack.items, nodes, looked) if with_proof and key and pack and nodes else None
        state: Answer = "not_issued" if not right else "registered" if voided is None else "voided"
        return Shown(state, batch, text, index, issued, pack, proof, voided)

    def _nodes(self, key: bytes, batch: bytes, pack: Packed) -> list[bytes] | None:
        """Kept, or made again: after the loss of the database they are not there. None where other serials were drawn."""
        if pack.items.root == ZERO32 or pack.event in self._strange:
            return None
        found = items.nodes_of(self._store.read(), pack.event)
        if found is not None:
            return found
        with self._drawing:
            found = items.nodes_of(self._store.read(), pack.event)
            if found is not None:
                return found
            made = nodes_of(key, Place(batch, pack.items.first, pack.items.count))
            if tree.root(made) != pack.items.root:
                self._strange.add(pack.event)
                return None
            with self._store.write() as db:
                if items.nodes_of(db, pack.event) is None:  # nor has another worker meanwhile
                    pen = Pen(db)
                    items.keep_nodes(db, pen, pack.event, made)
                    pen.end()
            return made
