"""Serials and trees of two batches: Packs at the sizes where a tree changes its shape, proofs, and serials that are no item's."""

from __future__ import annotations

from typing import Any

from ledger.events.identifiers import keccak
from ledger.items import tree
from ledger.items.proof import PackItems, prove
from ledger.items.serial import label_key, serial
from tests.vectors.source.events import hexed

SIZES = (1, 2, 3, 1023, 1024, 1025, 2049)


def item_vectors() -> dict[str, Any]:
    secret = keccak(b"nguon vectors: label secret")
    batches = [_batch(secret, keccak(b"nguon vectors: batch " + name)) for name in (b"one", b"another")]
    return {"secret": hexed(secret), "batches": batches}


def _batch(secret: bytes, batch: bytes) -> dict[str, Any]:
    """One Pack after the other, so that all but the first begin in the middle of the batch."""
    key, first, packs = label_key(secret, batch), 0, []
    for count in SIZES:
        nodes = list(tree.nodes(key, batch, first, count))
        pack = PackItems(first, count, tree.root(nodes))
        shown = sorted({first, first + count // 2, first + count - 1})
        packs.append({
            "first": first, "count": count, "nodes": len(nodes), "root": hexed(pack.root),
            "items": [_item(key, batch, pack, nodes, index) for index in shown],
        })  # fmt: skip
        first += count
    invented = [
        f"{serial(key, 7)[:-1]}{'0' if serial(key, 7)[-1] != '0' else '1'}",
        serial(key, first),
        serial(key, 2**20 - 1),
    ]
    return {"batch": hexed(batch), "label_key": hexed(key), "packs": packs, "not_issued": invented}


def _item(key: bytes, batch: bytes, pack: PackItems, nodes: list[bytes], index: int) -> dict[str, Any]:
    proof = prove(key, batch, pack, nodes, index)
    return {
        "index": index, "serial": serial(key, index), "leaf": hexed(proof.leaf), "path": [hexed(each) for each in proof.path],
    }  # fmt: skip
