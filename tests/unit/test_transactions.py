"""Promise: a transaction written by hand has the bytes that eth-account writes, and what is read of it is what was written."""

from __future__ import annotations

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.transactions import address_of, read_transaction, sign_transaction

KEYS = st.integers(1, 2**255).map(lambda number: number.to_bytes(32, "big"))
SOMEONE = st.binary(min_size=20, max_size=20)


@given(KEYS, st.integers(1, 2**40), st.integers(0, 2**63), st.none() | SOMEONE, st.binary(max_size=200))
def test_the_bytes_are_eth_accounts(key: bytes, chain_id: int, nonce: int, to: bytes | None, data: bytes) -> None:
    ours = sign_transaction(key, chain_id, nonce, to, data, gas=21_000)
    fields = {
        "chainId": chain_id, "nonce": nonce, "gasPrice": 0, "gas": 21_000, "value": 0, "data": data, "to": to or b"",
    }  # fmt: skip
    theirs = Account.sign_transaction(fields, key)
    assert (ours.raw, ours.hash) == (bytes(theirs.raw_transaction), bytes(theirs.hash))
    assert "0x" + address_of(key).hex() == Account.from_key(key).address.lower()
    told = read_transaction(ours.raw)
    assert (told.sender, told.nonce, told.to, told.data) == (address_of(key), nonce, to or b"", data)


@given(st.integers(0, 400), st.integers(1, 255))
def test_changed_bytes_are_no_transaction_or_anothers(place: int, by: int) -> None:
    key = b"\7" * 32
    raw = bytearray(sign_transaction(key, 31337, 5, b"\1" * 20, b"data" * 80).raw)
    raw[place % len(raw)] ^= by
    try:
        told = read_transaction(bytes(raw))
    except ValueError:
        return
    assert told.sender != address_of(key)


@pytest.mark.parametrize("raw", [b"", b"\xc0", b"\x02\xf8", b"\xc1\x80", b"\xff" * 90])
def test_what_is_no_transaction_says_so(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"transaction|signature"):
        read_transaction(raw)
