"""Promise 4, down to the seals: QBFT's published rules, on headers that test validators of our own made and sealed. No live Besu
ever made one of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import coincurve
import pytest
from rlp import encode as rlp_encode

from ledger.events.identifiers import keccak
from ledger.proof.bundle import Bundle, write
from ledger.proof.mpt import decode_rlp
from ledger.proof.seal import QBFT_MIX, quorum
from ledger.proof.trust import Epoch, TrustedLedger
from ledger.proof.verify import Verdict, verify
from ledger.signing.signer import ORDER, address_of
from tests.proof_world import NOW, ProofWorld, header, journey

CONVERSIONS = ((1, 2), (2, 3))
KEYS = sorted((keccak(b"test validator %d" % n) for n in range(7)), key=address_of)
VANITY = bytes(32)


class Sealing:
    """A bundle of the test world whose block `validators` of four or so seal, in every way that a test asks for."""

    def __init__(self) -> None:
        self.world = ProofWorld()
        batches = journey(self.world)
        self.bundle = self.world.lawful().bundle(*batches, conversions=CONVERSIONS)
        self.state_root = decode_rlp(self.bundle.header)[3]

    def trusted(self, keys: Sequence[bytes], first: int = 0) -> TrustedLedger:
        epochs = (Epoch(first, tuple(sorted(map(address_of, keys)))),)
        return replace(self.world.trusted, scheme="qbft", epochs=epochs)

    def sealed(
        self,
        keys: Sequence[bytes],
        listed: Sequence[bytes] = (),
        round: bytes = b"\2",
        vote: Any = (),
        proposer: bytes = address_of(KEYS[0]),
        mix: bytes = QBFT_MIX,
        seals: list[bytes] | None = None,
    ) -> Bundle:
        def with_extra(round: bytes, seals: list[bytes]) -> bytes:
            extra = rlp_encode([VANITY, [address_of(key) for key in listed], list(vote), round, seals])
            return header(self.state_root, extra, proposer, mix)

        digest = keccak(with_extra(round, []))
        made = [coincurve.PrivateKey(key).sign_recoverable(digest, hasher=None) for key in keys]
        encoded = with_extra(round, made if seals is None else seals)
        return replace(self.bundle, header=encoded, block_hash=keccak(with_extra(b"", [])))


@pytest.fixture(scope="module")
def sealing() -> Sealing:
    return Sealing()


def checked(bundle: Bundle, trusted: TrustedLedger) -> Verdict:
    return verify(write(bundle), [trusted], NOW)


def failed(bundle: Bundle, trusted: TrustedLedger) -> str | None:
    return checked(bundle, trusted).failed_step


@pytest.mark.parametrize("validators", range(1, 8))
def test_a_quorum_is_needed_and_enough(sealing: Sealing, validators: int) -> None:
    keys = KEYS[:validators]
    needed = quorum(validators)
    assert 3 * needed >= 2 * validators > 3 * (needed - 1)
    verdict = checked(sealing.sealed(keys[:needed]), sealing.trusted(keys))
    assert verdict.accepted and verdict.answers
    assert verdict.answers["recorded"]["sealed_by"] == ["0x" + address_of(key).hex() for key in keys[:needed]]
    assert failed(sealing.sealed(keys[: needed - 1]), sealing.trusted(keys)) == "seal"


def test_one_validator_does_not_count_twice(sealing: Sealing) -> None:
    assert failed(sealing.sealed([*KEYS[:2], KEYS[0]]), sealing.trusted(KEYS[:4])) == "seal"


def test_a_stranger_among_the_seals_is_refused_though_the_others_suffice(sealing: Sealing) -> None:
    assert failed(sealing.sealed([*KEYS[:3], KEYS[6]]), sealing.trusted(KEYS[:4])) == "seal"


def test_a_header_that_names_its_own_validators_proves_nothing(sealing: Sealing) -> None:
    own = sealing.sealed(KEYS[4:7], listed=KEYS[4:7], proposer=address_of(KEYS[4]))
    assert failed(own, sealing.trusted(KEYS[:4])) == "seal"
    assert checked(sealing.sealed(KEYS[:3], listed=KEYS[:4]), sealing.trusted(KEYS[:4])).accepted
    assert failed(sealing.sealed(KEYS[:3], listed=KEYS[:5]), sealing.trusted(KEYS[:4])) == "seal"


def test_the_set_is_that_of_the_blocks_epoch(sealing: Sealing) -> None:
    four, later = sealing.trusted(KEYS[:4]), Epoch(9, tuple(address_of(key) for key in KEYS[3:7]))
    rotated = replace(four, epochs=(*four.epochs, later))
    assert failed(sealing.sealed(KEYS[:3]), rotated) == "seal"  # the block is 9
    assert checked(sealing.sealed(KEYS[3:6], proposer=address_of(KEYS[3])), rotated).accepted
    assert checked(sealing.sealed(KEYS[:3]), replace(four, epochs=(*four.epochs, replace(later, first=10)))).accepted
    assert failed(sealing.sealed(KEYS[:3]), sealing.trusted(KEYS[:4], first=10)) == "seal"


def test_seals_stand_for_the_round_that_is_written(sealing: Sealing) -> None:
    good = sealing.sealed(KEYS[:3], round=b"\2")
    extra = decode_rlp(decode_rlp(good.header)[12])
    other = sealing.sealed(KEYS[:3], round=b"\3", seals=extra[4])
    assert other.block_hash == good.block_hash, "the hash leaves the round out"
    assert failed(other, sealing.trusted(KEYS[:4])) == "seal"


def test_votes_are_part_of_what_is_sealed(sealing: Sealing) -> None:
    for vote in ((address_of(KEYS[6]), b"\xff"), (address_of(KEYS[6]), b"")):
        assert checked(sealing.sealed(KEYS[:3], vote=vote), sealing.trusted(KEYS[:4])).accepted
    assert failed(sealing.sealed(KEYS[:3], vote=(b"\1", b"\xff")), sealing.trusted(KEYS[:4])) == "block"


@pytest.mark.parametrize("other", [{"mix": bytes(32)}, {"proposer": bytes(20)}])
def test_what_qbft_fixes_is_looked_at(sealing: Sealing, other: dict[str, bytes]) -> None:
    assert failed(sealing.sealed(KEYS[:3], **other), sealing.trusted(KEYS[:4])) == "seal"


def test_a_seal_has_one_spelling(sealing: Sealing) -> None:
    """(r, n - s) recovers to the same validator elsewhere; here it is another byte, so it is refused."""
    good = sealing.sealed(KEYS[:3])
    seals = decode_rlp(decode_rlp(good.header)[12])[4]
    first = seals[0]
    high = ORDER - int.from_bytes(first[32:64], "big")
    mirrored = first[:32] + high.to_bytes(32, "big") + bytes([first[64] ^ 1])
    assert failed(sealing.sealed(KEYS[:3], seals=[mirrored, *seals[1:]]), sealing.trusted(KEYS[:4])) == "seal"
    by_27 = first[:64] + bytes([first[64] + 27])
    assert failed(sealing.sealed(KEYS[:3], seals=[by_27, *seals[1:]]), sealing.trusted(KEYS[:4])) == "seal"


def test_an_unsealed_block_is_no_sealed_one_and_the_other_way_round(sealing: Sealing) -> None:
    assert failed(sealing.bundle, sealing.trusted(KEYS[:4])) == "block"
    assert failed(sealing.sealed(KEYS[:3]), sealing.world.trusted) == "block"


def test_every_byte_of_a_sealed_header_counts(sealing: Sealing) -> None:
    good = sealing.sealed(KEYS[:4])
    trusted = sealing.trusted(KEYS[:4])
    assert checked(good, trusted).accepted
    for place in range(0, len(good.header), 7):
        other = bytearray(good.header)
        other[place] ^= 1
        assert failed(replace(good, header=bytes(other)), trusted) in ("block", "seal"), place
