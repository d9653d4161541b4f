"""Promise: nothing can be left out: a head commits to every link before it, and to the part each subject played (spec, 5)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak as other_keccak

from ledger.canonical.heads import CHANGES, Link, Tag, advance, links, registry_change, seed, start
from ledger.events.identifiers import batch_id, place_id
from ledger.events.model import ZERO32, Input, Kind, LinkRole, Make, Move, Note, Output

LEDGER, PARTY, OWNER = b"\x0a" * 32, b"\x0b" * 32, b"\x0c" * 32
RAW, OTHER, PRODUCT, BYPRODUCT = (bytes((each,)) * 32 for each in range(1, 5))
TRANSFORM = Make(
    b"\x05" * 20, 1, 2, Kind.TRANSFORM, 0, (Input(RAW, 1), Input(OTHER, 2)),
    (Output(PRODUCT, b"L1", 3, 0), Output(BYPRODUCT, b"L2", 4, 0)), ZERO32, 0, b"{}",
)  # fmt: skip
SHIP = Move(b"\x05" * 20, 1, 2, Kind.SHIP, RAW, ZERO32, OWNER, 3, ZERO32, b"{}")
OBSERVE = Note(b"\x05" * 20, 1, 2, Kind.OBSERVE, (), ZERO32, b"urn:x:pond", ZERO32, b"{}")


def test_seed_and_step_are_the_specs() -> None:
    assert seed(Tag.BATCH, LEDGER, RAW) == other_keccak(b"nguon.batch" + LEDGER + RAW)
    assert seed(Tag.LEDGER, LEDGER) == other_keccak(b"nguon.ledger" + LEDGER + bytes(32))
    assert advance(RAW, Kind.SHIP, LinkRole.MOVED, OTHER) == other_keccak(RAW + b"\x0b\x03" + OTHER)


def test_a_stored_zero_means_the_seed() -> None:
    assert start(ZERO32, Tag.PLACE, LEDGER, RAW) == seed(Tag.PLACE, LEDGER, RAW)
    assert start(OTHER, Tag.PLACE, LEDGER, RAW) == OTHER


def test_seeds_of_different_things_differ() -> None:
    seeds = {seed(tag, ledger, RAW) for tag in Tag for ledger in (LEDGER, OWNER)}
    assert len(seeds) == 2 * len(Tag)


def test_a_head_changes_with_kind_role_id_and_order() -> None:
    base = advance(RAW, Kind.SHIP, LinkRole.MOVED, OTHER)
    assert base != advance(RAW, Kind.SELL, LinkRole.MOVED, OTHER)
    assert base != advance(RAW, Kind.SHIP, LinkRole.NOTED, OTHER)
    assert base != advance(RAW, Kind.SHIP, LinkRole.MOVED, RAW)
    one, two = (Kind.SHIP, LinkRole.MOVED, RAW), (Kind.SELL, LinkRole.MOVED, OTHER)
    assert advance(advance(LEDGER, *one), *two) != advance(advance(LEDGER, *two), *one)


def test_inputs_come_before_outputs_each_in_order() -> None:
    assert links(TRANSFORM, PARTY) == [
        Link(Tag.BATCH, RAW, LinkRole.INPUT),
        Link(Tag.BATCH, OTHER, LinkRole.INPUT),
        Link(Tag.BATCH, batch_id(PRODUCT, PARTY, b"L1"), LinkRole.MADE),
        Link(Tag.BATCH, batch_id(BYPRODUCT, PARTY, b"L2"), LinkRole.MADE),
    ]


def test_a_move_links_its_batch() -> None:
    assert links(SHIP, PARTY) == [Link(Tag.BATCH, RAW, LinkRole.MOVED)]


def test_an_observed_place_is_its_owners_or_else_the_signers() -> None:
    assert links(OBSERVE, PARTY) == [Link(Tag.PLACE, place_id(PARTY, b"urn:x:pond"), LinkRole.NOTED)]
    assert links(replace(OBSERVE, owner=OWNER), PARTY) == [
        Link(Tag.PLACE, place_id(OWNER, b"urn:x:pond"), LinkRole.NOTED)
    ]


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (Kind.OBSERVE, LinkRole.NOTED),
        (Kind.CORRECT, LinkRole.NOTED),
        (Kind.RECALL, LinkRole.RECALLED),
        (Kind.LIFT, LinkRole.RECALLED),
    ],
)
def test_the_role_of_a_noted_batch_shows_a_recall(kind: Kind, role: LinkRole) -> None:
    note = replace(OBSERVE, kind=kind, batches=(RAW, OTHER), place=b"")
    assert links(note, PARTY) == [Link(Tag.BATCH, RAW, role), Link(Tag.BATCH, OTHER, role)]


def test_a_void_links_nothing_but_the_ledger() -> None:
    assert links(replace(OBSERVE, kind=Kind.VOID, place=b"", target=OTHER), PARTY) == []


def test_a_registry_change_is_the_hash_of_its_log_arguments() -> None:
    word = lambda number: number.to_bytes(32, "big")  # noqa: E731
    assert registry_change(Tag.PARTIES, 2, [RAW, 2]) == other_keccak(RAW + word(2))
    assert registry_change(Tag.PARTIES, 5, [RAW, b"\x09" * 20, 1, 2**64 - 1, 3]) == other_keccak(
        RAW + bytes(12) + b"\x09" * 20 + word(1) + word(2**64 - 1) + word(3)
    )
    assert registry_change(Tag.PRODUCTS, 4, [RAW, b"\xff"]) == other_keccak(
        RAW + word(64) + word(1) + b"\xff" + bytes(31)
    ), "a profile that is no UTF-8"


def test_every_change_of_the_spec_is_known() -> None:
    assert [change.log for change in CHANGES[Tag.PARTIES].values()] == [
        "PartyAdmitted", "PartyStatusSet", "PartyRolesSet", "PartyProfileSet", "SignerSet",
    ]  # fmt: skip
    assert [change.log for change in CHANGES[Tag.PRODUCTS].values()] == [
        "ProductRegistered", "MakerSet", "YieldSet", "ProductProfileSet",
    ]  # fmt: skip
