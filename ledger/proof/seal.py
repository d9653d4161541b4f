"""Block headers: what a header says, what its block's hash is, and who sealed it (docs/spec/bundle.md, section 4).

A sealing scheme is two functions; the trust file names the one to use, never the header. `qbft` implements the published rules
of Besu's QBFT; it was tried on headers that our own test validators made and sealed, not on a live Besu.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from rlp import encode as rlp_encode

from ledger.events.identifiers import keccak
from ledger.proof.mpt import ProofFailed, decode_rlp, number
from ledger.proof.trust import TrustedLedger
from ledger.signing.signer import compact, recover

LENGTHS: Final = (32, 32, 20, 32, 32, 32, 256)
"""Of parentHash, ommersHash, coinbase, stateRoot, transactionsRoot, receiptsRoot, logsBloom."""
_DIFFICULTY, _NUMBER, _TIME, _EXTRA, _MIX, _NONCE = 7, 8, 11, 12, 13, 14
FIELDS: Final = range(15, 23)
"""A header has the fifteen of the beginning, and of the later ones a first part."""

NO_OMMERS: Final = keccak(rlp_encode([]))
QBFT_MIX: Final = b"ctical byzantine fault tolerance"  # 32 bytes, as Besu has them


@dataclass(frozen=True, slots=True)
class Header:
    fields: tuple[bytes, ...]

    @property
    def number(self) -> int:
        return number(self.fields[_NUMBER])

    @property
    def time(self) -> int:
        """Seconds since 1970."""
        return number(self.fields[_TIME])

    @property
    def state_root(self) -> bytes:
        return self.fields[3]

    def with_extra(self, extra: bytes) -> bytes:
        """keccak256 of this header with other extraData."""
        return keccak(rlp_encode([*self.fields[:_EXTRA], extra, *self.fields[_EXTRA + 1 :]]))


class Scheme(Protocol):
    def block_hash(self, header: Header) -> bytes:
        """Raises ProofFailed for a header that this scheme does not have."""
        ...

    def sealed_by(self, header: Header, trusted: TrustedLedger) -> tuple[bytes, ...]:
        """The validators whose seals stand on the block; empty where nobody seals. Raises ProofFailed."""
        ...


def read_header(encoded: bytes) -> Header:
    """Raises ProofFailed."""
    fields = decode_rlp(encoded)
    if not isinstance(fields, list) or len(fields) not in FIELDS or not all(isinstance(f, bytes) for f in fields):
        raise ProofFailed("a header is a list of 15 to 22 byte strings")
    if any(len(f) != n for f, n in zip(fields, LENGTHS, strict=False)):
        raise ProofFailed("a field of the header has another length")
    if len(fields[_MIX]) != 32 or len(fields[_NONCE]) != 8:
        raise ProofFailed("a field of the header has another length")
    for place in range(_DIFFICULTY, _EXTRA):
        number(fields[place])
    return Header(tuple(fields))


class Unsealed:
    """A development chain: whoever runs it makes any block."""

    def block_hash(self, header: Header) -> bytes:
        return header.with_extra(header.fields[_EXTRA])

    def sealed_by(self, header: Header, trusted: TrustedLedger) -> tuple[bytes, ...]:
        return ()


class Extra(NamedTuple):
    """A QBFT header's extraData, taken apart."""

    vanity: bytes
    validators: list[bytes]
    vote: Any
    round: bytes
    seals: list[bytes]


class Qbft:
    def block_hash(self, header: Header) -> bytes:
        extra = read_extra(header.fields[_EXTRA])
        return header.with_extra(rlp_encode([extra.vanity, extra.validators, extra.vote, b"", []]))

    def sealed_by(self, header: Header, trusted: TrustedLedger) -> tuple[bytes, ...]:
        extra = read_extra(header.fields[_EXTRA])
        validators = trusted.validators(header.number)
        if not validators:
            raise ProofFailed(f"the trust file names no validators for block {header.number}")
        _require_fixed(header, validators, extra)
        digest = header.with_extra(rlp_encode([extra.vanity, extra.validators, extra.vote, extra.round, []]))
        found = [recover(digest, _compact(seal)) for seal in extra.seals]
        sealed = sorted({each for each in found if each is not None and each in validators})
        if len(sealed) != len(extra.seals):
            raise ProofFailed("a seal is not a validator's, or a validator's second one")
        if len(sealed) < (needed := quorum(len(validators))):
            raise ProofFailed(f"{len(sealed)} of {len(validators)} validators sealed it, {needed} are needed")
        return tuple(sealed)


def quorum(validators: int) -> int:
    """ceil(2N/3)."""
    return -(-2 * validators // 3)


def read_extra(encoded: bytes) -> Extra:
    """Raises ProofFailed."""
    parts = decode_rlp(encoded)
    if not isinstance(parts, list) or len(parts) != 5:
        raise ProofFailed("extraData is not [vanity, validators, vote, round, seals]")
    vanity, validators, vote, round_, seals = parts
    if not isinstance(vanity, bytes) or len(vanity) != 32:
        raise ProofFailed("the vanity has 32 bytes")
    if not _all(validators, 20) or not _all(seals, 65) or not _is_vote(vote):
        raise ProofFailed("validators, vote or seals of extraData have another form")
    if number(round_) >= 1 << 32:
        raise ProofFailed("the round is too large")
    return Extra(vanity, validators, vote, round_, seals)


def _require_fixed(header: Header, validators: Sequence[bytes], extra: Extra) -> None:
    """What QBFT fixes. A header's own list of validators proves nothing, but it must not contradict the pinned one."""
    fields = header.fields
    fixed = (fields[1], number(fields[_DIFFICULTY]), fields[_MIX], fields[_NONCE])
    if fixed != (NO_OMMERS, 1, QBFT_MIX, bytes(8)):
        raise ProofFailed("ommers, difficulty, mixHash or nonce is not QBFT's")
    if fields[2] not in validators:
        raise ProofFailed("the proposer is no validator")
    if extra.validators and extra.validators != list(validators):
        raise ProofFailed("the header lists other validators than the trust file")


def _all(items: Any, length: int) -> bool:
    return isinstance(items, list) and all(isinstance(one, bytes) and len(one) == length for one in items)


def _is_vote(vote: Any) -> bool:
    if vote == []:
        return True
    return isinstance(vote, list) and len(vote) == 2 and _all(vote[:1], 20) and vote[1] in (b"", b"\xff")


def _compact(seal: bytes) -> bytes:
    """r ‖ s ‖ v -> EIP-2098. A high s, or a v other than 0 and 1, recovers to nobody."""
    return compact(seal) if seal[64] in (0, 1) and seal[32] < 0x80 else b""


SCHEMES: Final[dict[str, Scheme]] = {"unsealed": Unsealed(), "qbft": Qbft()}
