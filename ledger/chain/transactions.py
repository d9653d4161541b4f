"""Signed transactions: legacy, EIP-155, at gas price 0, with every field stated (reference/engines.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

from eth_account import Account

RECORD_GAS = 15_000_000  # a transaction's ceiling, under EIP-7825's 16,777,216


@dataclass(frozen=True, slots=True)
class RawTransaction:
    hash: bytes
    raw: bytes


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
