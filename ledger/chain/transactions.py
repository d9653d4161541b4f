"""Signed transactions: legacy, EIP-155, at gas price 0, with every field stated (reference/engines.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import rlp
from eth_account import Account
from rlp.exceptions import RLPException

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
    return bytes.fromhex(Account.from_key(private_key).address[2:])


def sign_transaction(
    private_key: bytes, chain_id: int, nonce: int, to: bytes | None, data: bytes, gas: int = RECORD_GAS
) -> RawTransaction:
    """The transaction's bytes; `to` None deploys. Signing the same fields again gives the same bytes (RFC 6979)."""
    fields: dict[str, object] = {
        "chainId": chain_id, "nonce": nonce, "gasPrice": 0, "gas": gas, "value": 0, "data": data, "to": to or b"",
    }  # fmt: skip
    signed = Account.sign_transaction(fields, private_key)
    return RawTransaction(bytes(signed.hash), bytes(signed.raw_transaction))


def read_transaction(raw: bytes) -> Told:
    """Of a legacy transaction. Raises ValueError for what is none."""
    try:
        nonce, _, _, to, _, data, *signature = rlp.decode(raw)
        if len(signature) != 3:
            raise ValueError("no signed legacy transaction")
        sender = bytes.fromhex(Account.recover_transaction(raw)[2:])
    except (RLPException, TypeError, AttributeError) as error:
        raise ValueError("no legacy transaction") from error
    except Exception as error:  # keys that do not fit: eth_keys has its own tree of errors
        raise ValueError("its signature is none") from error
    return Told(sender, int.from_bytes(nonce, "big"), to, data)
