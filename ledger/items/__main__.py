"""The nodes of a large Pack, hashed in a process of its own: standard input has key, batch, first index and count, standard output
gets the nodes. For ledger/recording/drawing.py, whose own process goes on serving."""

from __future__ import annotations

import sys
from typing import Final

from ledger.items import tree

ASKED: Final = 32 + 32 + 4 + 4
"""Bytes of what is asked."""


def asked(key: bytes, batch: bytes, first: int, count: int) -> bytes:
    return key + batch + first.to_bytes(4, "big") + count.to_bytes(4, "big")


def main() -> None:
    told = sys.stdin.buffer.read(ASKED)
    first, count = (int.from_bytes(told[at : at + 4], "big") for at in (64, 68))
    for node in tree.nodes(told[:32], told[32:64], first, count):
        sys.stdout.buffer.write(node)


if __name__ == "__main__":
    main()
