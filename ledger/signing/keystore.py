"""Private keys at rest: envelope encryption, no database.

Each private key is encrypted under a data key of its own, the data key under the key-encryption key (KEK), both with
AES-256-GCM and with `party id ‖ address ‖ version` as associated data: a sealed key moved to another party's row, or
renamed to another address, does not open. Changing the KEK re-wraps data keys and touches no private key.
The KEK lives in a file of its own, never in the database; who holds only one of the two holds nothing.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import Refusal
from ledger.signing.signer import address_of

VERSION: Final = 1
ID_LENGTH: Final = 16
_KEY_LENGTH: Final = 32
_NONCE_LENGTH: Final = 12


class KeyEncryptionKey:
    """32 bytes that open every sealed key. Never shown, logged or stored in the database."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _KEY_LENGTH:
            raise ValueError(f"a key-encryption key has {_KEY_LENGTH} bytes, not {len(secret)}")
        self._secret = secret

    @classmethod
    def create(cls, path: Path) -> KeyEncryptionKey:
        """A new random key in a new file, readable by its owner alone, on disk before this returns.

        Raises FileExistsError rather than replace a key: what it sealed could never be opened again.
        If the process dies here, either the whole file is there or none (at worst a stray `.new` file beside it).
        """
        key = cls(secrets.token_bytes(_KEY_LENGTH))
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(key._secret)
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)  # a rename that refuses to replace: two creators cannot both win
        finally:
            temporary.unlink()
        _fsync_directory(path.parent)
        return key

    @classmethod
    def load(cls, path: Path) -> KeyEncryptionKey:
        """The key in a file. Raises FileNotFoundError, `KeyFileOpenToOthers(path, mode)` or `KeyFileDamaged(path)`."""
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Refusal("KeyFileOpenToOthers", path=str(path), mode=f"{mode:04o}")
            secret = file.read(_KEY_LENGTH + 1)
        if len(secret) != _KEY_LENGTH:
            raise Refusal("KeyFileDamaged", path=str(path))
        return cls(secret)

    @property
    def id(self) -> bytes:
        """16 bytes that name this key and say nothing of it: they may stand in the database, and in a backup."""
        return hmac.digest(self._secret, b"nguon key-encryption key id", "sha256")[:ID_LENGTH]

    def wrap(self, data_key: bytes, associated: bytes) -> bytes:
        return _encrypt(self._secret, data_key, associated)

    def unwrap(self, wrapped: bytes, associated: bytes) -> bytes:
        return _decrypt(self._secret, wrapped, associated)

    def __repr__(self) -> str:
        return "KeyEncryptionKey(not shown)"


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A private key as it may be stored: bytes of no use without the KEK.

    `party` 32 bytes, `address` 20; `wrapped` is the data key and `sealed` the private key, each as nonce ‖ ciphertext.
    """

    party: bytes
    address: bytes
    version: int
    wrapped: bytes
    sealed: bytes

    @property
    def associated(self) -> bytes:
        """What both encryptions are bound to."""
        return self.party + self.address + bytes((self.version,))


def seal_key(kek: KeyEncryptionKey, party: bytes, private_key: bytes) -> SealedKey:
    """A private key (32 bytes) of a party (32-byte id), sealed. Raises ValueError for what is no key or no id."""
    if len(party) != 32:
        raise ValueError(f"a party id has 32 bytes, not {len(party)}")
    unsealed = SealedKey(party, address_of(private_key), VERSION, b"", b"")
    data_key = secrets.token_bytes(_KEY_LENGTH)
    return replace(
        unsealed,
        wrapped=kek.wrap(data_key, unsealed.associated),
        sealed=_encrypt(data_key, private_key, unsealed.associated),
    )


def open_key(kek: KeyEncryptionKey, sealed: SealedKey) -> bytes:
    """The private key. Raises `SealedKeyNotOpened(address)`: wrong KEK, altered bytes, another party or version;
    `SealedKeyOfAnotherAddress(address, actual)` if what was sealed is not this address's key."""
    try:
        private_key = _decrypt(kek.unwrap(sealed.wrapped, sealed.associated), sealed.sealed, sealed.associated)
    except (InvalidTag, ValueError) as error:
        raise Refusal("SealedKeyNotOpened", address=sealed.address) from error
    actual = address_of(private_key)
    if actual != sealed.address:
        raise Refusal("SealedKeyOfAnotherAddress", address=sealed.address, actual=actual)
    return private_key


def rewrap_key(old: KeyEncryptionKey, new: KeyEncryptionKey, sealed: SealedKey) -> SealedKey:
    """The same sealed key under a new KEK. Raises `SealedKeyNotOpened(address)`."""
    try:
        data_key = old.unwrap(sealed.wrapped, sealed.associated)
    except (InvalidTag, ValueError) as error:
        raise Refusal("SealedKeyNotOpened", address=sealed.address) from error
    return replace(sealed, wrapped=new.wrap(data_key, sealed.associated))


def _encrypt(key: bytes, plain: bytes, associated: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_LENGTH)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def _decrypt(key: bytes, data: bytes, associated: bytes) -> bytes:
    return AESGCM(key).decrypt(data[:_NONCE_LENGTH], data[_NONCE_LENGTH:], associated)


def _fsync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
