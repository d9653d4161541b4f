"""Signed transactions: legacy, EIP-155, at gas price 0, with every field stated (reference/engines.md, section 3).

By hand, of ten lines: eth-account, which tests compare it with, takes a second to be imported by every process.
"""

from __future__ import annotations

from dataclasses import dataclass

import coincurve
import rlp
from rlp.exceptions import RLPException

from ledger.events.identifiers import keccak

RECORD_GAS = 15_000_000  # a transaction's ceiling, under EIP-7825's 16,777,216


@dataclass(frozen=True, slots=True)
class RawTransaction:
    hash: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What a signed transaction says: by whom, which of theirs, to whom, and its call data."""

    sender: bytes
    nonce: int
    to: bytes
    data: bytes


def address_of(private_key: bytes) -> bytes:
    return _address(coincurve.PrivateKey(private_key).public_key)


def sign_transaction(
    private_key: bytes, chain_id: int, nonce: int, to: bytes | None, data: bytes, gas: int = RECORD_GAS
) -> RawTransaction:
    """The transaction's bytes; `to` None deploys. Signing the same fields again gives the same bytes (RFC 6979)."""
    fields = [nonce, 0, gas, to or b"", 0, data]
    digest = keccak(rlp.encode([*fields, chain_id, 0, 0]))
    signature = coincurve.PrivateKey(private_key).sign_recoverable(digest, hasher=None)
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:64]))
    raw = bytes(rlp.encode([*fields, signature[64] + 35 + 2 * chain_id, r, s]))
    return RawTransaction(keccak(raw), raw)


def read_transaction(raw: bytes) -> Told:
    """Of a legacy transaction under EIP-155. Raises ValueError for what is none."""
    try:
        nonce, price, gas, to, value, data, v, r, s = rlp.decode(raw)
        chain_id, recovery = divmod(int.from_bytes(v, "big") - 35, 2)
        if chain_id < 1 or len(r) > 32 or len(s) > 32:
            raise ValueError("no transaction under EIP-155")
        digest = keccak(rlp.encode([nonce, price, gas, to, value, data, chain_id, 0, 0]))
        signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes((recovery,))
        sender = _address(coincurve.PublicKey.from_signature_and_message(signature, digest, hasher=None))
        return Told(sender, int.from_bytes(nonce, "big"), to, data)
    except (RLPException, TypeError, AttributeError) as error:
        raise ValueError("no legacy transaction") from error
    except Exception as error:  # keys that do not fit: coincurve raises a plain one
        raise ValueError("its signature is none") from error


def _address(key: coincurve.PublicKey) -> bytes:
    return keccak(key.format(compressed=False)[1:])[-20:]
