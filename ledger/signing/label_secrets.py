"""The secret of a party's labels at rest: sealed under the key-encryption key, no database (docs/spec/items.md, section 1).

One for each party and for ever: from it the key of every batch is derived. So a backup that was made once opens the labels of
batches that were packed later, and neither a renewed signing key nor a changed key-encryption key changes any label.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Final

from cryptography.exceptions import InvalidTag

from ledger.errors import Refusal
from ledger.signing.keystore import KeyEncryptionKey

VERSION: Final = 1
_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """As it may be stored: of no use without the key-encryption key, and under another party's id. `party`: 32 bytes."""

    party: bytes
    version: int
    sealed: bytes

    @property
    def associated(self) -> bytes:
        """What the encryption is bound to."""
        return b"nguon label secret" + self.party + bytes((self.version,))


def draw_secret(kek: KeyEncryptionKey, party: bytes) -> SealedSecret:
    unsealed = SealedSecret(party, VERSION, b"")
    return replace(unsealed, sealed=kek.wrap(secrets.token_bytes(_LENGTH), unsealed.associated))


def open_secret(kek: KeyEncryptionKey, sealed: SealedSecret) -> bytes:
    """32 bytes. Raises `LabelSecretNotOpened(party)`: another key-encryption key, altered bytes, another party."""
    try:
        return kek.unwrap(sealed.sealed, sealed.associated)
    except (InvalidTag, ValueError) as error:
        raise Refusal("LabelSecretNotOpened", party=sealed.party) from error


def rewrap_secret(old: KeyEncryptionKey, new: KeyEncryptionKey, sealed: SealedSecret) -> SealedSecret:
    """The same secret under a new key-encryption key. Raises `LabelSecretNotOpened(party)`."""
    return replace(sealed, sealed=new.wrap(open_secret(old, sealed), sealed.associated))
