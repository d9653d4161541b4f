"""Promise: a serial is issued or it is not, a stranger can see which, and a million of them take the memory of a thousand.

The numbers behind: docs/spec/items.md; vectors in tests/vectors/items.json, here made again by hand.
"""

from __future__ import annotations

import hmac
import json
import os
import random
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Refusal
from ledger.events.identifiers import lot_bytes
from ledger.items import tree
from ledger.items.proof import ItemProof, PackItems, judge, prove, was_issued
from ledger.items.serial import ALPHABET, LENGTH, index_of, label_key, serial, serials, typed
from tests.conftest import ALL

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors/items.json").read_text())
BATCHES = pytest.mark.parametrize("case", VECTORS["batches"], ids=lambda case: case["batch"][:10])
MILLION = 1_000_000
TRIED = MILLION if ALL else 20_000


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def by_hand(key: bytes, index: int) -> str:
    number = (index << 80) + int.from_bytes(hmac.new(key, index.to_bytes(4, "big"), "sha256").digest()[:10], "big")
    return "".join(ALPHABET[number >> 5 * (19 - place) & 31] for place in range(20))


def root_by_hand(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + root_by_hand(leaves[:k]) + root_by_hand(leaves[k:])).digest()


def packs_of(case: dict[str, Any]) -> list[PackItems]:
    return [PackItems(each["first"], each["count"], unhex(each["root"])) for each in case["packs"]]


@BATCHES
def test_serials_and_roots_are_what_hands_make(case: dict[str, Any]) -> None:
    batch = unhex(case["batch"])
    key = hmac.new(unhex(VECTORS["secret"]), b"nguon.label-key" + batch, "sha256").digest()
    assert key == unhex(case["label_key"]) == label_key(unhex(VECTORS["secret"]), batch)
    for pack in case["packs"]:
        first, count = pack["first"], pack["count"]
        made = [by_hand(key, index) for index in range(first, first + count)]
        assert [each.decode() for each in serials(key, first, count)] == made
        leaves = [
            sha256(b"\x00nguon.item" + batch + index.to_bytes(4, "big") + each.encode()).digest()
            for index, each in enumerate(made, first)
        ]
        assert root_by_hand(leaves) == unhex(pack["root"])
        assert len(list(tree.nodes(key, batch, first, count))) == pack["nodes"] == -(-count // 1024)


@BATCHES
def test_each_proof_of_the_file_shows_its_item_and_no_other(case: dict[str, Any]) -> None:
    batch, packs = unhex(case["batch"]), packs_of(case)
    shown = [item for pack in case["packs"] for item in pack["items"]]
    for item in shown:
        proof = ItemProof(item["index"], unhex(item["leaf"]), tuple(map(unhex, item["path"])))
        assert judge(batch, packs, item["serial"], proof) == "registered"
        other = item["serial"][:-1] + ("0" if item["serial"][-1] != "0" else "1")
        assert judge(batch, packs, other, proof) == "not_issued"
        elsewhere = next(each for each in shown if each["index"] != item["index"])
        with pytest.raises(Refusal, match="ItemProofWrong"):
            judge(batch, packs, elsewhere["serial"], proof)
        for at in range(len(proof.path)):
            bent = (*proof.path[:at], bytes(32), *proof.path[at + 1 :])
            with pytest.raises(Refusal, match="ItemProofWrong"):
                judge(batch, packs, item["serial"], ItemProof(proof.index, proof.leaf, bent))
    for invented in case["not_issued"]:
        assert (
            not was_issued(unhex(case["label_key"]), invented)
            or index_of(invented) >= packs[-1].first + packs[-1].count
        )


@BATCHES
def test_beyond_the_last_item_and_in_a_pack_without_serials_the_count_is_the_proof(case: dict[str, Any]) -> None:
    batch, packs, key = unhex(case["batch"]), packs_of(case), unhex(case["label_key"])
    end = packs[-1].first + packs[-1].count
    assert judge(batch, packs, serial(key, end), None) == "not_issued"
    bare = [*packs, PackItems(end, 10, bytes(32))]
    assert judge(batch, bare, serial(key, end), None) == "not_issued"
    with pytest.raises(Refusal, match="ItemProofWrong"):
        judge(batch, packs, serial(key, end - 1), None)


def test_a_serial_is_fit_for_gs1_for_a_qr_code_and_for_eyes() -> None:
    assert len(set(ALPHABET)) == 32 and not set("ILOU") & set(ALPHABET)
    assert ALPHABET.isascii() and ALPHABET.upper() == ALPHABET and ALPHABET.isalnum()
    one = serial(bytes(32), 0)
    assert len(one) == LENGTH and lot_bytes("https://id.gs1.org/01/09520000002015", one)
    assert serial(bytes(32), 2**20 - 1).startswith("ZZZZ")


@pytest.mark.parametrize("index", [0, 1, 31, 32, 1023, 1024, 2**20 - 1])
def test_a_serial_says_its_index(index: int) -> None:
    assert index_of(serial(b"k" * 32, index)) == index


@pytest.mark.parametrize("index", [-1, 2**20])
def test_a_batch_has_no_item_beyond_the_contracts_limit(index: int) -> None:
    with pytest.raises(ValueError, match="no item"):
        serial(bytes(32), index)


@pytest.mark.parametrize(
    "text", ["", "0" * 19, "0" * 21, "O" * 20, "0" * 19 + "u", "0" * 19 + "Đ", "0" * 19 + "\n", "０" * 20]
)
def test_what_is_no_serial_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="SerialForm"):
        index_of(text)


def test_a_serial_may_be_typed_as_it_is_read() -> None:
    one = serial(b"k" * 32, 70_000)
    slow = one.lower().replace("0", "o").replace("1", "l")
    assert typed(" ".join((slow[:5], slow[5:10], slow[10:15])) + "-" + slow[15:]) == one
    with pytest.raises(Refusal, match="SerialForm"):
        index_of(typed("Đầm Dơi"))


def test_of_random_serials_none_was_issued() -> None:
    """Sampled; a million with NGUON_ALL=1. 2⁻⁸⁰ each: one that is registered is a fault, not luck."""
    key, numbers = label_key(os.urandom(32), os.urandom(32)), random.Random(1)
    for _ in range(TRIED):
        assert not was_issued(key, "".join(numbers.choices(ALPHABET, k=LENGTH)))


def test_of_the_neighbours_of_issued_serials_none_was_issued() -> None:
    """One letter changed, and the MAC of the item before under this item's index."""
    key, numbers, before = label_key(os.urandom(32), os.urandom(32)), random.Random(2), serial(bytes(32), 0)
    for number in range(TRIED // 2):
        one = serial(key, number)
        place = numbers.randrange(LENGTH)
        near = one[:place] + numbers.choice(ALPHABET.replace(one[place], "")) + one[place + 1 :]
        assert was_issued(key, one) and not was_issued(key, near) and not was_issued(key, one[:4] + before[4:])
        before = one


@pytest.fixture(scope="module")
def largest() -> Iterator[tuple[bytes, bytes, PackItems, list[bytes]]]:
    """A Pack as large as a batch can be."""
    batch = os.urandom(32)
    key = label_key(os.urandom(32), batch)
    nodes = list(tree.nodes(key, batch, 0, 2**20))
    yield key, batch, PackItems(0, 2**20, tree.root(nodes)), nodes


def test_any_item_of_the_largest_pack_is_proved_from_a_thousand_nodes(
    largest: tuple[bytes, bytes, PackItems, list[bytes]],
) -> None:
    key, batch, pack, nodes = largest
    assert len(nodes) == 1024
    for index in (0, 1, 1023, 1024, 2**19, 2**20 - 1, *random.Random(3).sample(range(2**20), 20)):
        proof = prove(key, batch, pack, nodes, index)
        assert len(proof.path) == 20
        assert judge(batch, [pack], serial(key, index), proof) == "registered"


def peak(work: Any) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_pack(largest: tuple[bytes, bytes, PackItems, list[bytes]]) -> None:
    """What grows is the kept nodes: 32 bytes and an object for a thousand items."""
    key, batch, pack, nodes = largest

    def made(count: int) -> int:
        return peak(lambda: tree.root(list(tree.nodes(key, batch, 0, count))))

    small, large = made(2**13), made(2**15)
    assert large - small < 2 * (2**15 - 2**13) // 1024 * 100
    assert large < 400_000
    assert peak(lambda: prove(key, batch, pack, nodes, 777_777)) < 400_000
    assert peak(lambda: sum(1 for _ in serials(key, 900_000, 5_000))) < 20_000
