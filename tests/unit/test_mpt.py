"""Promise: a proof says what a trie holds, and that it holds nothing else. Tries are built by `tests/tries.py`, which shares no
line with the reader."""

from __future__ import annotations

import random

import pytest
from rlp import encode as rlp_encode

from ledger.events.identifiers import keccak
from ledger.proof.mpt import EMPTY_ROOT, Nodes, ProofFailed, decode_rlp, heap_of, number
from tests.tries import trie


@pytest.mark.parametrize("size", [1, 2, 3, 17, 400])
@pytest.mark.parametrize("length", [1, 33])
def test_what_is_there_is_found_and_what_is_not_is_shown_to_be_absent(size: int, length: int) -> None:
    """Short values make nodes that stand within their parents."""
    items = {b"key %d" % n: bytes([n % 255 + 1]) * length for n in range(size)}
    root, made = trie(items)
    nodes = Nodes(heap_of(made))
    assert all(nodes.get(root, key) == value for key, value in items.items())
    assert [nodes.get(root, b"no key %d" % n) for n in range(50)] == [b""] * 50
    assert nodes.used == sorted(made)


def test_a_known_root() -> None:
    """One key: the leaf can be written by hand."""
    leaf = rlp_encode([b"\x20" + keccak(b"k"), b"v" * 40])
    assert trie({b"k": b"v" * 40}) == (keccak(leaf), [leaf])
    assert Nodes({}).get(EMPTY_ROOT, b"k") == b""


def test_any_node_missing_or_changed_is_missed() -> None:
    items = {b"key %d" % n: b"value" * 8 for n in range(60)}
    root, made = trie(items)
    rng = random.Random(7)
    for place, node in enumerate(made):
        altered = bytearray(node)
        altered[rng.randrange(len(node))] ^= 1 << rng.randrange(8)
        for others in (made[:place] + made[place + 1 :], [*made[:place], bytes(altered), *made[place + 1 :]]):
            nodes = Nodes(heap_of(others))
            failures = 0
            for key, value in items.items():
                try:
                    assert nodes.get(root, key) == value
                except ProofFailed:
                    failures += 1
            assert failures


@pytest.mark.parametrize(
    "node",
    [
        rlp_encode([b"\x20" + keccak(b"k")]),
        rlp_encode([b"\x40" + keccak(b"k"), b"v"]),
        rlp_encode([b"\x21" + keccak(b"k"), b"v"]),
        rlp_encode([b"", b"v"]),
        rlp_encode([[b"\x20"], b"v"]),
        rlp_encode([b"\x20" + keccak(b"k"), [b"v"]]),
        rlp_encode(b"no list at all, but long enough to be one"),
        b"\xf8\x00" + bytes(40),
    ],
)
def test_a_node_that_is_none_proves_nothing(node: bytes) -> None:
    with pytest.raises(ProofFailed):
        Nodes(heap_of([node])).get(keccak(node), b"k")


@pytest.mark.parametrize(
    "data", [b"", b"\x81\x05", b"\xb8\x01a", b"\x82a", b"aa", b"\xc1", b"\xc0" * 2, b"\xff" * 9, b"\xc1" * 5000]
)
def test_rlp_has_one_spelling(data: bytes) -> None:
    with pytest.raises(ProofFailed):
        decode_rlp(data)


def test_an_integer_has_one_spelling() -> None:
    assert [number(b""), number(b"\1"), number(b"\xff" * 32)] == [0, 1, 2**256 - 1]
    for wrong in (b"\0", b"\0\1", b"\1" * 33, [], None):
        with pytest.raises(ProofFailed):
            number(wrong)
