"""A Merkle-Patricia trie built from scratch, so that proofs can be made of what no chain would ever hold."""

from __future__ import annotations

from typing import Any

from rlp import encode as rlp_encode

from ledger.events.identifiers import keccak
from ledger.proof.mpt import EMPTY_ROOT


def trie(items: dict[bytes, bytes]) -> tuple[bytes, list[bytes]]:
    """Root and all nodes of the trie that holds these values under the keccak256 of these keys."""
    nodes: list[bytes] = []
    pairs = {keccak(key).hex(): value for key, value in items.items() if value}
    if not pairs:
        return EMPTY_ROOT, nodes
    root = _node(pairs, nodes)
    if not isinstance(root, bytes):  # a small root is hashed all the same
        nodes.append(rlp_encode(root))
        root = keccak(nodes[-1])
    return root, nodes


def _node(pairs: dict[str, bytes], nodes: list[bytes]) -> Any:
    """What a parent holds for this part: the node's hash, or the node itself where it is shorter."""
    paths = sorted(pairs)
    if len(paths) == 1:
        node: list[Any] = [_compact(paths[0], leaf=True), pairs[paths[0]]]
    elif shared := _shared(paths[0], paths[-1]):
        rest = {path[len(shared) :]: value for path, value in pairs.items()}
        node = [_compact(shared, leaf=False), _node(rest, nodes)]
    else:
        below = {n: {p[1:]: v for p, v in pairs.items() if p[0] == n} for n in "0123456789abcdef"}
        node = [_node(part, nodes) if part else b"" for part in below.values()] + [b""]
    encoded = rlp_encode(node)
    if len(encoded) < 32:
        return node
    nodes.append(encoded)
    return keccak(encoded)


def _shared(first: str, last: str) -> str:
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=True)) if a != b), len(first))
    return first[:length]


def _compact(nibbles: str, *, leaf: bool) -> bytes:
    odd = len(nibbles) % 2
    return bytes.fromhex(f"{2 * leaf + odd}{'' if odd else '0'}{nibbles}")
