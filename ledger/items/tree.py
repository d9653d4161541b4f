"""The tree of a Pack's items: RFC 6962's, over leaves that bind batch, index and serial (docs/spec/items.md, 2).

Of a thousand items one node is kept: a Pack of a million has 977, and from them and the label key any proof is made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Final

from ledger.items.serial import serials

BLOCK: Final = 1024
"""Leaves under one kept node; the last one may have fewer."""
_LEAF: Final = b"\x00nguon.item"


def leaf(batch: bytes, index: int, serial: bytes) -> bytes:
    """`batch` 32 bytes, `serial` 20 bytes of ASCII. The serial cannot be read from it: a leaf may be shown to anybody."""
    return sha256(_LEAF + batch + index.to_bytes(4, "big") + serial).digest()


def leaves(key: bytes, batch: bytes, first: int, count: int) -> Iterator[bytes]:
    start = _LEAF + batch
    for index, each in enumerate(serials(key, first, count), first):
        yield sha256(start + index.to_bytes(4, "big") + each).digest()


def nodes(key: bytes, batch: bytes, first: int, count: int) -> Iterator[bytes]:
    """One for each BLOCK of `count` items from index `first` on, in order; memory is that of one block."""
    making = leaves(key, batch, first, count)
    while block := list(islice(making, BLOCK)):
        yield root(block)


def root(level: Sequence[bytes]) -> bytes:
    """Of leaves or of nodes. Pairs from the left; a last one without a neighbour goes up as it is, which is RFC 6962's tree."""
    if not level:
        raise ValueError("no items, no tree")
    while len(level) > 1:
        level = above(level)
    return level[0]


def above(level: Sequence[bytes]) -> list[bytes]:
    joined = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
    return [*joined, level[-1]] if len(level) % 2 else joined


def path(level: Sequence[bytes], at: int) -> list[bytes]:
    """The siblings on the way from place `at` of a level to the root, from below."""
    found = []
    while len(level) > 1:
        sibling = at ^ 1
        if sibling < len(level):
            found.append(level[sibling])
        level, at = above(level), at >> 1
    return found
