"""A nonce is given once, by whatever process: a random lane in each, and a counter without gaps in it."""

from __future__ import annotations

from ledger.signing.nonces import COUNTER_BITS, Lanes

SIGNER, OTHER = b"\x01" * 20, b"\x02" * 20


def test_a_refused_draft_uses_no_nonce_and_a_signed_one_its_own() -> None:
    lanes = Lanes()
    first = lanes.peek(SIGNER)
    assert lanes.peek(SIGNER) == first
    lanes.take(SIGNER)
    assert lanes.peek(SIGNER) == first + 1


def test_processes_and_signers_have_lanes_of_their_own() -> None:
    lanes = [Lanes() for _ in range(50)]
    drawn = {each.peek(signer) >> COUNTER_BITS for each in lanes for signer in (SIGNER, OTHER)}
    assert len(drawn) == 100


def test_after_the_last_of_a_lane_a_new_one_is_drawn() -> None:
    lanes = Lanes()
    lane = lanes.peek(SIGNER) >> COUNTER_BITS
    lanes._next[SIGNER] = (lane + 1 << COUNTER_BITS) - 1
    lanes.take(SIGNER)
    assert lanes.peek(SIGNER) >> COUNTER_BITS != lane
    assert lanes.peek(SIGNER) % (1 << COUNTER_BITS) == 0
