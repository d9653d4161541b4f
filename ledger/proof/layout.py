"""Where the contracts keep what proofs read: slots and words of docs/spec/ledger.md, section 3.

`contracts/test/Storage.t.sol` freezes them on the contracts' side, `tests/unit/test_proof_layout.py` on this one.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.events.identifiers import keccak
from ledger.events.model import RecallFlag, Role

LEDGER_ID: Final = 0
LEDGER_HEAD: Final = 1
COUNTS: Final = 2

OUTSIDE, COMMISSION_ONLY, MOVED, ADJUSTED = 1, 2, 4, 8
"""Marks of a batch; the recall flags stand above them."""
RECALLED_SHIFT: Final = 4


def head_slot(subject: bytes) -> int:
    """CustodyLedger: the head of a batch or place."""
    return _mapped(subject, 4)


def batch_slot(batch: bytes) -> int:
    return _mapped(batch, 5)


def profile_slot(id: bytes) -> int:
    """Both registries: the digest of a profile."""
    return _mapped(id, 4)


def party_slot(party: bytes) -> int:
    return _mapped(party, 5)


def signer_slot(address: bytes) -> int:
    return _mapped(bytes(12) + address, 6)


def product_slot(product: bytes) -> int:
    return _mapped(product, 5)


def yield_slot(source: int, output: int) -> int:
    """By the numbers of two products."""
    inner = _mapped(source.to_bytes(32, "big"), 7)
    return _mapped(output.to_bytes(32, "big"), inner)


class BatchWord(NamedTuple):
    """`product`, `origin`: numbers, 0 for no such batch. `open_until`: block time, 0 once closed early."""

    product: int
    origin: int
    open_until: int
    items: int
    marks: int

    @property
    def recalled(self) -> RecallFlag:
        return RecallFlag(self.marks >> RECALLED_SHIFT & 7)


class PartyWord(NamedTuple):
    """`number` 0: no such party."""

    number: int
    status: int
    roles: Role


class SignerWord(NamedTuple):
    """An address's membership of party `party` (a number, 0: none) at block times `valid_from <= t < valid_to`."""

    party: int
    valid_from: int
    valid_to: int
    custody: int


class ProductWord(NamedTuple):
    """`number` 0: no such product. `brand_owner`: a party's number."""

    number: int
    unit: int
    stage: int
    brand_owner: int
    open: int


def batch_word(word: int) -> BatchWord:
    return BatchWord(*_parts(word, 32, 32, 64, 32, 8))


def party_word(word: int) -> PartyWord:
    found, status, roles = _parts(word, 32, 8, 8)
    return PartyWord(found, status, Role(roles))


def signer_word(word: int) -> SignerWord:
    return SignerWord(*_parts(word, 32, 64, 64, 8))


def product_word(word: int) -> ProductWord:
    return ProductWord(*_parts(word, 32, 8, 16, 32, 8))


def _mapped(key: bytes, slot: int) -> int:
    return int.from_bytes(keccak(key + slot.to_bytes(32, "big")), "big")


def _parts(word: int, *bits: int) -> list[int]:
    """Fields of a word, from the lowest bit upwards."""
    found = []
    for each in bits:
        found.append(word & (1 << each) - 1)
        word >>= each
    return found
