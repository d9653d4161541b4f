"""The keys this gateway signs with, one party each, sealed in the store and opened when first needed."""

from __future__ import annotations

import secrets
import threading
import time

from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal
from ledger.signing.keystore import KeyEncryptionKey, SealedKey, open_key, seal_key
from ledger.signing.signer import LocalSigner, Signer, address_of
from ledger.store import audit_log
from ledger.store.database import Store

NEWEST = "SELECT * FROM keys WHERE party = ? ORDER BY created_at DESC, address LIMIT 1"


class Keyring:
    def __init__(self, store: Store, kek: KeyEncryptionKey, domain: Domain) -> None:
        self._store = store
        self._kek = kek
        self._domain = domain
        self._open: dict[bytes, Signer] = {}
        self._lock = threading.Lock()

    def address(self, party: bytes) -> bytes:
        """The party's key here, made and sealed now if there is none; on disk before anybody hears of it.

        Looking and making are one transaction, so two admissions at once find one key.
        """
        sealed = seal_key(self._kek, party, new_private_key())
        with self._store.write() as db:
            row = db.execute(NEWEST, (party,)).fetchone()
            if row is not None:
                return bytes(row["address"])
            db.execute(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?)",
                (sealed.address, party, sealed.version, sealed.wrapped, sealed.sealed, int(time.time())),
            )
            audit_log.keep(db, "keys", (sealed.address,), audit_log.GATEWAY, "key created")
        return sealed.address

    def signer(self, party: bytes) -> Signer:
        """The party's signer. Raises `NoKeyHere` when this gateway holds no key of the party."""
        with self._lock:
            row = self._store.read().execute(NEWEST, (party,)).fetchone()
            if row is None:
                raise Refusal("NoKeyHere", party=party)
            if row["address"] not in self._open:
                sealed = SealedKey(
                    party=party, address=row["address"], version=row["version"],
                    wrapped=row["wrapped_key"], sealed=row["sealed_key"],
                )  # fmt: skip
                self._open[row["address"]] = LocalSigner(open_key(self._kek, sealed), self._domain)
            return self._open[row["address"]]


def new_private_key() -> bytes:
    """32 random bytes that are a key."""
    while True:
        candidate = secrets.token_bytes(32)
        try:
            address_of(candidate)
        except ValueError:
            continue
        return candidate
