"""Signing an event and finding who signed it (docs/spec/event.md, section 3).

secp256k1 over the event id, RFC 6979, low `s`, 64 bytes by EIP-2098: signing again gives the same bytes.
"""

from __future__ import annotations

from typing import Final, Protocol

import coincurve

from ledger.canonical.typed_data import Domain, SignerChange, event_id, signer_change_digest
from ledger.errors import Refusal
from ledger.events.identifiers import keccak
from ledger.events.model import Event, SignedEvent

ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1's group."""
_LOW: Final = (1 << 255) - 1


class Signer(Protocol):
    """Something that signs events as one address: a key in this process, a key in another one, a machine."""

    @property
    def address(self) -> bytes:
        """20 bytes."""
        ...

    def sign(self, event: Event) -> SignedEvent:
        """The event with its id and signature. Raises `NotThisSigner` when it names another signer."""
        ...


class SigningKey:
    """A private key (32 bytes, else ValueError) in this process's memory."""

    __slots__ = ("_key", "address")

    def __init__(self, private_key: bytes) -> None:
        self._key = _private(private_key)
        self.address = _address(self._key.public_key)

    def sign(self, digest: bytes) -> bytes:
        """64 bytes by EIP-2098, the same each time."""
        return compact(self._key.sign_recoverable(digest, hasher=None))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(0x{self.address.hex()})"


class Unsigned:
    """An event that its signer is about to sign: between its id and its signature the guard writes down what is intended."""

    __slots__ = ("_key", "event", "id")

    def __init__(self, key: SigningKey, id: bytes, event: Event) -> None:
        self._key = key
        self.id = id
        self.event = event

    def sign(self) -> SignedEvent:
        return SignedEvent(self.id, self.event, self._key.sign(self.id))


class LocalSigner:
    """A key in this process's memory, which signs typed events of one ledger, changes of its own party's keys, and nothing else."""

    __slots__ = ("_domain", "_key")

    def __init__(self, private_key: bytes, domain: Domain) -> None:
        self._key = SigningKey(private_key)
        self._domain = domain

    @property
    def address(self) -> bytes:
        return self._key.address

    def sign(self, event: Event) -> SignedEvent:
        return self.prepare(event).sign()

    def prepare(self, event: Event) -> Unsigned:
        """The event with its id and no signature yet. Raises `NotThisSigner`."""
        if event.signer != self.address:
            raise Refusal("NotThisSigner", claimed=event.signer, signer=self.address)
        return Unsigned(self._key, event_id(self._domain, event), event)

    def sign_change(self, registry: Domain, change: SignerChange) -> bytes:
        """64 bytes by EIP-2098. `registry`: the domain with the PartyRegistry as its contract."""
        return self._key.sign(signer_change_digest(registry, change))

    def __repr__(self) -> str:
        return f"LocalSigner(0x{self.address.hex()})"


def address_of(private_key: bytes) -> bytes:
    """The 20-byte address of a private key. Raises ValueError for what is no key."""
    return _address(_private(private_key).public_key)


def compact(signature: bytes) -> bytes:
    """`r ‖ s ‖ recovery id` (65 bytes) -> `r ‖ vs` (64 bytes, EIP-2098). libsecp256k1 gives a low `s` always."""
    return signature[:32] + bytes((signature[32] | signature[64] << 7,)) + signature[33:64]


def recover(digest: bytes, signature: bytes) -> bytes | None:
    """The address that signed the digest, or None: not 64 bytes, `r` or `s` out of range, high `s`, no such point."""
    if len(signature) != 64:
        return None
    vs = int.from_bytes(signature[32:], "big")
    s = vs & _LOW
    if not 0 < int.from_bytes(signature[:32], "big") < ORDER or not 0 < s <= ORDER // 2:
        return None
    full = signature[:32] + s.to_bytes(32, "big") + bytes((vs >> 255,))
    try:
        return _address(coincurve.PublicKey.from_signature_and_message(full, digest, hasher=None))
    except Exception:  # coincurve raises the bare class when the point does not exist
        return None


def verify(domain: Domain, signed: SignedEvent) -> bool:
    """Whether the id is this event's on this ledger and its signature is the named signer's."""
    return signed.id == event_id(domain, signed.event) and recover(signed.id, signed.signature) == signed.event.signer


def _private(private_key: bytes) -> coincurve.PrivateKey:
    if len(private_key) != 32:  # coincurve would pad a shorter one in silence
        raise ValueError(f"a private key has 32 bytes, not {len(private_key)}")
    return coincurve.PrivateKey(private_key)


def _address(key: coincurve.PublicKey) -> bytes:
    return keccak(key.format(compressed=False)[1:])[12:]
