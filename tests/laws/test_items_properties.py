"""Promise: of every Pack of a batch, any index's proof shows its serial, and shows no other serial, index or batch."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refusal
from ledger.items import tree
from ledger.items.proof import ItemProof, PackItems, judge, prove, was_issued
from ledger.items.serial import ALPHABET, index_of, label_key, serial, typed

PROFILE = settings(derandomize=True, deadline=None, max_examples=60)
SIZES = st.one_of(st.sampled_from((1, 2, 1023, 1024, 1025)), st.integers(1, 1200))
words = st.binary(min_size=32, max_size=32)


def packed(key: bytes, batch: bytes, sizes: list[int]) -> list[tuple[PackItems, list[bytes]]]:
    """Pack after Pack, each beginning where the one before ends."""
    made, first = [], 0
    for count in sizes:
        nodes = list(tree.nodes(key, batch, first, count))
        made.append((PackItems(first, count, tree.root(nodes)), nodes))
        first += count
    return made


@PROFILE
@given(words, words, words, st.lists(SIZES, min_size=1, max_size=3), st.data())
def test_a_proof_is_of_one_serial_of_one_batch(
    secret: bytes, batch: bytes, other: bytes, sizes: list[int], data: st.DataObject
) -> None:
    key = label_key(secret, batch)
    made = packed(key, batch, sizes)
    packs = [pack for pack, _ in made]
    pack, nodes = data.draw(st.sampled_from(made))
    index = pack.first + data.draw(st.integers(0, pack.count - 1))
    one, proof = serial(key, index), prove(key, batch, pack, nodes, index)
    assert was_issued(key, one) and judge(batch, packs, one, proof) == "registered"

    place = data.draw(st.integers(4, 19))
    near = one[:place] + data.draw(st.sampled_from(ALPHABET.replace(one[place], ""))) + one[place + 1 :]
    assert judge(batch, packs, near, proof) == "not_issued" and not was_issued(key, near)

    if other != batch:  # under the same roots, which another batch never has
        assert judge(other, packs, one, proof) == "not_issued"
        assert serial(label_key(secret, other), index) != one

    elsewhere = data.draw(st.integers(0, sum(sizes) - 1))
    if elsewhere != index:
        moved = ItemProof(elsewhere, proof.leaf, proof.path)
        for asked, shown in ((serial(key, elsewhere), proof), (serial(key, elsewhere), moved)):
            with pytest.raises(Refusal, match="ItemProofWrong"):
                judge(batch, packs, asked, shown)


@PROFILE
@given(words, words, SIZES, st.integers(1, 5_000))
def test_beyond_the_count_nothing_was_issued(secret: bytes, batch: bytes, count: int, beyond: int) -> None:
    key = label_key(secret, batch)
    packs = [pack for pack, _ in packed(key, batch, [count])]
    assert judge(batch, packs, serial(key, count - 1 + beyond), None) == "not_issued"


@PROFILE
@given(words, words, SIZES, st.integers(0, 2_000))
def test_a_root_binds_where_its_items_begin(secret: bytes, batch: bytes, count: int, first: int) -> None:
    key = label_key(secret, batch)
    at, behind = (tree.root(list(tree.nodes(key, batch, start, count))) for start in (first, first + 1))
    assert at != behind


@PROFILE
@given(words, st.integers(0, 2**20 - 1))
def test_a_serial_is_read_back_as_it_is_and_as_it_is_typed(key: bytes, index: int) -> None:
    one = serial(key, index)
    assert index_of(one) == index and typed(one) == one and typed(one.lower()) == one
