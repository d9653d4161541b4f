"""Merkle-Patricia proofs: what stands under a key of a trie, or that nothing does (Ethereum's "Modified Merkle Patricia Trie").

Nodes come as one heap; each is found by the keccak256 that its parent names, so that none can be changed and none misplaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rlp import decode as rlp_decode
from rlp.exceptions import RLPException

from ledger.events.identifiers import keccak

EMPTY_ROOT: Final = keccak(b"\x80")
"""Root of a trie in which nothing stands."""

Item = bytes | list[Any]


class ProofFailed(Exception):
    """A node is missing or malformed, so that nothing can be said about the key. The text says which."""


class Nodes:
    """RLP-encoded trie nodes of any number of proofs. `get` remembers which were needed."""

    def __init__(self, heap: Mapping[bytes, bytes]) -> None:
        """`heap`: nodes by hash, as `heap_of` makes it."""
        self._by_hash = heap
        self._decoded: dict[bytes, list[Any]] = {}

    @property
    def used(self) -> list[bytes]:
        """The nodes that some answer so far depended on, ascending."""
        return sorted(self._by_hash[each] for each in self._decoded)

    def get(self, root: bytes, key: bytes) -> bytes:
        """The value under `key`, itself hashed first as in Ethereum's state; empty bytes when the trie proves that none is there.

        Raises ProofFailed.
        """
        if root == EMPTY_ROOT:
            return b""
        path = keccak(key).hex()
        found: Item = root
        node = self._node(root)
        while True:
            if len(node) == 17:
                if not path:
                    found = node[16]
                    break
                found, path = node[int(path[0], 16)], path[1:]
            elif len(node) == 2:
                leaf, part = _compact(node[0])
                if leaf and part == path:
                    found = node[1]
                    break
                if leaf or not path.startswith(part):
                    return b""
                found, path = node[1], path[len(part) :]
            else:
                raise ProofFailed("a node of a trie has 2 or 17 items")
            if found == b"":
                return b""
            node = found if isinstance(found, list) else self._node(found)
        if not isinstance(found, bytes):
            raise ProofFailed("a node holds a list where a value is due")
        return found

    def _node(self, digest: bytes) -> list[Any]:
        if (known := self._decoded.get(digest)) is not None:
            return known
        encoded = self._by_hash.get(digest)
        if encoded is None:
            raise ProofFailed(f"the node 0x{digest.hex()} is missing")
        node = decode_rlp(encoded)
        if not isinstance(node, list):
            raise ProofFailed("a node of a trie is no list")
        self._decoded[digest] = node
        return node


def heap_of(nodes: Iterable[bytes]) -> dict[bytes, bytes]:
    return {keccak(node): node for node in nodes}


def decode_rlp(data: bytes) -> Item:
    """Nested lists of bytes. Raises ProofFailed for all that is not the one RLP encoding of something."""
    try:
        found: Item = rlp_decode(data)
    except (RLPException, RecursionError, ValueError, TypeError) as error:
        raise ProofFailed("these bytes are no RLP") from error
    return found


def number(item: Any) -> int:
    """An RLP integer: big-endian without leading zeros, at most 32 bytes. Raises ProofFailed."""
    if not isinstance(item, bytes) or len(item) > 32 or item[:1] == b"\0":
        raise ProofFailed("an integer is due: at most 32 bytes, no zero in front")
    return int.from_bytes(item, "big")


def _compact(item: Any) -> tuple[bool, str]:
    """(is a leaf, nibbles) of the hex-prefix encoding."""
    if not isinstance(item, bytes) or not item or item[0] >> 4 > 3:
        raise ProofFailed("a node has no path")
    nibbles, kind = item.hex(), item[0] >> 4
    if not kind & 1 and nibbles[1] != "0":
        raise ProofFailed("a path is padded with something")
    return kind > 1, nibbles[1:] if kind & 1 else nibbles[2:]
