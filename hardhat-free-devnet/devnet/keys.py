"""The development chain's keys. WORTHLESS: anybody can derive them from this page, so they guard nothing.

A key is `keccak256("Nguon development chain, worthless key: " ‖ name)`. They exist so that a fresh chain always gets
the same deployer, and with it the same contract addresses. On a real network keys come from a keystore.
"""

from __future__ import annotations

from dataclasses import dataclass

from coincurve import PrivateKey
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from devnet.settings import DEVNET_CHAIN_ID, DevnetError

NAMES = ("deployer", "council", "relayer")
_PREFIX = b"Nguon development chain, worthless key: "


@dataclass(frozen=True, slots=True)
class WorthlessKey:
    """`private` is 32 bytes, `address` the checksummed address. Both are public knowledge."""

    name: str
    private: bytes
    address: str


def worthless(name: str, chain_id: int) -> WorthlessKey:
    """The fixed key of `deployer`, `council` or `relayer`.

    Raises DevnetError for another name, and for any chain but the development chain, lest a public key guard something.
    """
    if chain_id != DEVNET_CHAIN_ID:
        raise DevnetError(
            f"The worthless keys, which everybody knows, work on the development chain {DEVNET_CHAIN_ID} alone, "
            f"not on chain {chain_id}."
        )
    if name not in NAMES:
        raise DevnetError(f"There is no worthless key {name!r}; there are {', '.join(NAMES)}.")
    private = keccak(_PREFIX + name.encode("ascii"))
    public = PrivateKey(private).public_key.format(compressed=False)[1:]
    return WorthlessKey(name, private, to_checksum_address(keccak(public)[-20:]))
