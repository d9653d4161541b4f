"""What is known of a serial, and the proof that shows it to a stranger (docs/spec/items.md, 3).

A proof shows the leaf that was issued at an index. Is it the serial's own, the serial was issued; is it another, then another
serial was issued in its place, and which one stays hidden in the leaf. Beyond the last item the count of items is the proof.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.canonical.disclosure import verify_inclusion
from ledger.errors import Refusal
from ledger.events.model import ZERO32
from ledger.items import tree
from ledger.items.serial import index_of, serial

Known = Literal["registered", "not_issued"]


@dataclass(frozen=True, slots=True)
class PackItems:
    """What a Pack signed of its items: `count` of them from index `first` of the batch on, under `root`; zero: no serials."""

    first: int
    count: int
    root: bytes

    def holds(self, index: int) -> bool:
        return self.first <= index < self.first + self.count


@dataclass(frozen=True, slots=True)
class ItemProof:
    """`leaf`: issued at `index` of the batch; `path`: from its sibling up to the Pack's root."""

    index: int
    leaf: bytes
    path: tuple[bytes, ...]


def prove(key: bytes, batch: bytes, pack: PackItems, nodes: Sequence[bytes], index: int) -> ItemProof:
    """For an index that the Pack holds, from its label key and its kept nodes: a thousand leaves are made anew, not a million."""
    if not pack.holds(index):
        raise ValueError(f"the Pack has no item {index}")
    number, at = divmod(index - pack.first, tree.BLOCK)
    start = number * tree.BLOCK
    block = list(tree.leaves(key, batch, pack.first + start, min(tree.BLOCK, pack.count - start)))
    return ItemProof(index, block[at], (*tree.path(block, at), *tree.path(nodes, number)))


def was_issued(key: bytes, text: str) -> bool:
    """Whether this is the serial of the item that it says it is of; whether there is such an item the Packs say."""
    return hmac.compare_digest(serial(key, index_of(text)), text)


def judge(batch: bytes, packs: Sequence[PackItems], text: str, proof: ItemProof | None) -> Known:
    """What a stranger concludes who has the batch's Packs from the chain, all of them. Trusts nobody's word.

    Raises `SerialForm(length)`, or `ItemProofWrong(index)` where the proof shows nothing about this serial.
    """
    index = index_of(text)
    pack = next((each for each in packs if each.holds(index)), None)
    if pack is None or pack.root == ZERO32:
        return "not_issued"  # so many items there are and no more; or no item of this Pack bears a serial
    if proof is None or proof.index != index:
        raise Refusal("ItemProofWrong", index=index)
    if not verify_inclusion(proof.leaf, index - pack.first, pack.count, proof.path, pack.root):
        raise Refusal("ItemProofWrong", index=index)
    return "registered" if proof.leaf == tree.leaf(batch, index, text.encode("ascii")) else "not_issued"
