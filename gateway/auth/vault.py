"""What is kept about people is kept under the pepper, a secret file beside the database: MACs of what is only compared,
AES-256-GCM of what must be read again. Without that file the database names nobody and opens nothing."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Vault:
    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper
        self._cipher = AESGCM(HKDF(SHA256(), 32, None, b"nguon: what is sealed about people").derive(pepper))

    def mac(self, purpose: str, secret: str) -> bytes:
        """32 bytes. The purpose is part of it: a secret of one kind is never taken for one of another."""
        return hmac.digest(self._pepper, f"{purpose}\0{secret}".encode(), sha256)

    def seal(self, text: str, owner: str) -> bytes:
        """Opens only for the same owner: sealed values cannot be exchanged between rows."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), owner.encode())

    def open(self, sealed: bytes, owner: str) -> str:
        """Raises cryptography's InvalidTag for what was altered or is somebody else's."""
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.encode()).decode()
