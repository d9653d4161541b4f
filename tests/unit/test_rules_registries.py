"""A door refuses a registry change by the law that the registry would name (docs/spec/law.md, Registries)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rules_world import NOW, UNKNOWN, World, party, product, signer

from ledger.errors import Refusal
from ledger.events.identifiers import keccak
from ledger.events.model import DAY, FOREVER
from ledger.events.rules import registries
from ledger.events.rules.state import SignerState
from ledger.events.rules.views import MemoryState

FRESH = b"\x07" * 20
FARM, CRAB = party("farm"), product("crab")


def refused(judge: Callable[..., None], *arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        judge(World().state, *arguments)
    return caught.value


def signer_of(party_id: bytes = FARM, from_: int = NOW, to: int = FOREVER, custody: int = 1) -> SignerState:
    return SignerState(party_id, from_, to, custody)


def test_admission_in_the_order_of_the_law() -> None:
    long = b"p" * 8193
    known = b"urn:example:party:farm"
    assert refused(registries.check_admit, known, 64, long) == Refusal("AlreadyRegistered", id=keccak(known))
    assert refused(registries.check_admit, b"", 64, long) == Refusal("UriLength", length=0)
    assert refused(registries.check_admit, b"u" * 257, 64, long) == Refusal("UriLength", length=257)
    assert refused(registries.check_admit, b"u", 64, long) == Refusal("UnknownRoles", roles=64)
    assert refused(registries.check_admit, b"u", 32, long) == Refusal("InspectorApart", roles=32)
    assert refused(registries.check_admit, b"u", 31, long) == Refusal("ProfileTooLong", length=8193, limit=8192)
    registries.check_admit(World().state, b"u" * 256, 31, long[:-1])


def test_changes_of_a_party() -> None:
    state = World().state
    unknown = Refusal("UnknownParty", party=UNKNOWN)
    assert refused(registries.check_status, UNKNOWN, 3) == unknown
    assert refused(registries.check_status, FARM, 3) == Refusal("UnknownStatus", status=3)
    assert refused(registries.check_status, FARM, 0) == Refusal("UnknownStatus", status=0)
    registries.check_status(state, FARM, 2)
    assert refused(registries.check_roles, UNKNOWN, 64) == unknown
    assert refused(registries.check_roles, FARM, 64) == Refusal("UnknownRoles", roles=64)
    assert refused(registries.check_roles, FARM, 33) == Refusal("InspectorApart", roles=33)
    registries.check_roles(state, FARM, 31)
    assert refused(registries.check_inspector, UNKNOWN) == unknown
    registries.check_inspector(state, FARM)
    assert refused(registries.check_party_profile, UNKNOWN, b"") == unknown
    registries.check_party_profile(state, FARM, b"p" * 8192)


def test_a_signers_laws_in_order() -> None:
    unknown = refused(registries.check_signer, UNKNOWN, signer("shop"), signer_of(UNKNOWN, to=0, custody=0), NOW)
    assert unknown == Refusal("UnknownParty", party=UNKNOWN)
    taken = refused(registries.check_signer, FARM, signer("shop"), signer_of(to=0, custody=0), NOW)
    assert taken == Refusal("SignerTaken", signer=signer("shop"))
    assert refused(registries.check_signer, FARM, bytes(20), signer_of(to=0), NOW) == Refusal("ZeroSigner")
    empty = refused(registries.check_signer, FARM, FRESH, signer_of(to=NOW, custody=0), NOW)
    assert empty == Refusal("EmptyInterval", **{"from": NOW, "to": NOW})
    custody = refused(registries.check_signer, FARM, FRESH, signer_of(from_=1, to=2, custody=4), NOW)
    assert custody == Refusal("UnknownCustody", custody=4)
    past = refused(registries.check_signer, FARM, FRESH, signer_of(from_=1, to=NOW - 1), NOW)
    assert past == Refusal("IntervalInPast", to=NOW - 1, blockTime=NOW)
    registries.check_signer(World().state, FARM, FRESH, signer_of(from_=1, to=NOW), NOW)


def test_an_interval_keeps_its_beginning_and_once_ended_stays_ended() -> None:
    state = World().state
    present = signer("farm")
    registries.check_signer(state, FARM, present, signer_of(from_=NOW - DAY, to=NOW), NOW)
    moved = refused(registries.check_signer, FARM, present, signer_of(from_=NOW - DAY + 1), NOW)
    assert moved == Refusal("IntervalInPast", to=FOREVER, blockTime=NOW)
    state.set_signer(present, signer_of(from_=NOW - DAY, to=NOW))
    with pytest.raises(Refusal) as ended:
        registries.check_signer(state, FARM, present, signer_of(from_=NOW - DAY), NOW)
    assert ended.value == Refusal("IntervalInPast", to=NOW, blockTime=NOW)
    registries.check_signer(state, FARM, present, signer_of(from_=NOW - DAY), NOW - 1)


def rotate(
    state: MemoryState, address: bytes, shall: SignerState, given: int = 2, recovered: bytes | None = signer("farm")
) -> None:
    """The farm, which has rotated twice, signs that `address` shall be `shall`."""
    registries.check_rotation(state, address, shall, given, 2, recovered, NOW)


def rotation_refused(state: MemoryState, *arguments: Any, **more: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        rotate(state, *arguments, **more)
    return caught.value


def test_a_rotations_laws_in_order() -> None:
    state = World().state
    shop = signer_of(party("shop"), custody=0)
    own = signer_of(custody=0)
    ended = b"\x09" * 20
    state.set_signer(ended, signer_of(from_=NOW - DAY, to=NOW))
    nobody = Refusal("BadSignature", claimed=bytes(20), recovered=bytes(20))
    assert rotation_refused(state, FRESH, shop, 1, None) == nobody
    assert rotation_refused(state, FRESH, shop, 1, bytes(20)) == nobody
    assert rotation_refused(state, FRESH, shop, 1, FRESH) == Refusal("UnknownSigner", signer=FRESH)
    late = rotation_refused(state, FRESH, shop, 1, ended)
    assert late == Refusal("SignerNotValid", signer=ended, **{"from": NOW - DAY, "to": NOW}, blockTime=NOW)
    assert rotation_refused(state, FRESH, shop, 1) == Refusal("NotYourParty", party=party("shop"))
    assert rotation_refused(state, FRESH, own, 1) == Refusal("RotationOutOfTurn", given=1, expected=2)
    assert rotation_refused(state, FRESH, own, 3) == Refusal("RotationOutOfTurn", given=3, expected=2)
    assert rotation_refused(state, FRESH, own) == Refusal("UnknownCustody", custody=0)
    rotate(state, FRESH, signer_of())


def test_a_suspended_party_can_only_shorten_an_interval() -> None:
    world = World()
    world.suspend("farm")
    present = world.state.signers[signer("farm")]
    suspended = Refusal("PartySuspended", party=FARM)
    rotate(world.state, signer("farm"), replace(present, to=NOW))
    for address, shall in (
        (FRESH, signer_of(to=NOW + 1)),
        (signer("farm"), present),
        (signer("farm"), replace(present, to=NOW + 1, custody=2)),
        (signer("farm"), replace(present, to=NOW + 1, from_=NOW)),
        (signer("shop"), replace(world.state.signers[signer("shop")], party=FARM, to=NOW + 1)),
    ):
        assert rotation_refused(world.state, address, shall, 1) == suspended
    shortened = replace(present, to=NOW + 1)
    assert rotation_refused(world.state, signer("farm"), shortened, 1).law == "RotationOutOfTurn"
    world.state.set_signer(signer("farm"), shortened)
    assert rotation_refused(world.state, signer("farm"), replace(shortened, to=NOW + 2)) == suspended


def test_products() -> None:
    state = World().state
    known = b"urn:example:product:crab"
    assert refused(registries.check_product, known, 4, UNKNOWN, b"") == Refusal("AlreadyRegistered", id=CRAB)
    assert refused(registries.check_product, b"", 4, UNKNOWN, b"") == Refusal("UriLength", length=0)
    assert refused(registries.check_product, b"u", 4, UNKNOWN, b"") == Refusal("UnknownParty", party=UNKNOWN)
    assert refused(registries.check_product, b"u", 4, FARM, b"p" * 8193) == Refusal("UnknownUnit", unit=4)
    assert refused(registries.check_product, b"u", 3, FARM, b"p" * 8193).law == "ProfileTooLong"
    registries.check_product(state, b"u", 3, FARM, b"p" * 8192)


def test_makers_and_profiles_of_products() -> None:
    state = World().state
    assert refused(registries.check_maker, UNKNOWN, UNKNOWN) == Refusal("UnknownParty", party=UNKNOWN)
    assert refused(registries.check_maker, UNKNOWN, FARM) == Refusal("UnknownProduct", product=UNKNOWN)
    registries.check_maker(state, CRAB, FARM)
    assert refused(registries.check_product_profile, UNKNOWN, b"") == Refusal("UnknownProduct", product=UNKNOWN)
    assert refused(registries.check_product_profile, CRAB, b"p" * 8193).law == "ProfileTooLong"
    registries.check_product_profile(state, CRAB, b"p")


def test_a_yield_rises_in_stage_so_that_no_cycle_pumps_mass() -> None:
    state = World().state
    assert refused(registries.check_yield, UNKNOWN, CRAB) == Refusal("UnknownProduct", product=UNKNOWN)
    assert refused(registries.check_yield, CRAB, UNKNOWN) == Refusal("UnknownProduct", product=UNKNOWN)
    assert refused(registries.check_yield, CRAB, CRAB) == Refusal("StageNotRising", input=10, output=10)
    assert refused(registries.check_yield, product("raw"), CRAB) == Refusal("StageNotRising", input=20, output=10)
    registries.check_yield(state, CRAB, product("raw"))
