"""The keys this gateway signs with, sealed in the store and opened when first needed.

A party may have several here, one after the other (ledger/recording/renewing.py). Which one signs is decided inside the
transaction that records: the newest that the index knows as valid. So all workers go over to a new key with one commit.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal
from ledger.events.model import FOREVER
from ledger.recording.label_keys import LabelKeys
from ledger.recording.rewrapping import KeyEncryptionKeys
from ledger.signing.keystore import SealedKey, open_key, seal_key
from ledger.signing.signer import LocalSigner, address_of
from ledger.store import audit_log
from ledger.store.database import Store

CAPTURE_MARGIN = 60
"""Seconds. What is acknowledged is lawful now and in a block a minute from now: a batch about to close takes no more, and a
signer about to end signs no more, or a promise could be given that no block can keep (DESIGN, section 4)."""


@dataclass(frozen=True, slots=True)
class KeyHere:
    """A key of a party, and its interval as the index has it; both None while it is not registered as that party's."""

    address: bytes
    valid_from: int | None
    valid_to: int | None
    custody: int | None

    def signs(self, now: int) -> bool:
        """Now, and in a block a while from now."""
        return self.valid_from is not None and self.valid_from <= now and not self.ends(now)

    def ends(self, now: int) -> bool:
        return self.valid_to is not None and self.valid_to != FOREVER and self.valid_to <= now + CAPTURE_MARGIN


def present(db: sqlite3.Connection, clock: Callable[[], float]) -> int:
    """By the clock, and never before a block that was followed: no later block will be."""
    row = db.execute("SELECT time FROM cursor").fetchone()
    return max(int(clock()), row["time"] if row else 0)


def keys_here(db: sqlite3.Connection, party: bytes) -> Iterator[KeyHere]:
    """Newest first."""
    sql = (
        "SELECT k.address, s.valid_from, s.valid_to, s.custody FROM keys k"
        " LEFT JOIN signers s ON s.address = k.address AND s.party = k.party WHERE k.party = ? ORDER BY k.created_at DESC"
    )
    for address, valid_from, valid_to, custody in db.execute(sql, (party,)):
        known = valid_from is not None
        yield KeyHere(address, int(valid_from) if known else None, int(valid_to) if known else None, custody)


class Keyring:
    def __init__(self, store: Store, keks: KeyEncryptionKeys, domain: Domain) -> None:
        self._store = store
        self._keks = keks
        self._domain = domain
        self.labels = LabelKeys(store, keks)
        self._open: dict[bytes, LocalSigner] = {}
        self._lock = threading.Lock()

    def address(self, party: bytes) -> bytes:
        """The party's newest key here, for its admission; made and sealed now if there is none that has not ended.

        On disk before anybody hears of it. Looking and making are one transaction, so two admissions at once find one key.
        """
        with self._store.write() as db:
            newest = next(keys_here(db, party), None)
            if newest is not None and not newest.ends(present(db, time.time)):
                return newest.address
            return self.make(db, party)

    def make(self, db: sqlite3.Connection, party: bytes) -> bytes:
        """A new key, sealed, in the caller's transaction; its address."""
        sealed = seal_key(self._keks.in_force(db), party, new_private_key())
        (newest,) = db.execute("SELECT max(created_at) FROM keys WHERE party = ?", (party,)).fetchone()
        created_at = max(int(time.time()), (newest or 0) + 1)  # no two of a party at one time: this is their order
        db.execute(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?)",
            (sealed.address, party, sealed.version, sealed.wrapped, sealed.sealed, created_at),
        )
        audit_log.keep(db, "keys", (sealed.address,), audit_log.GATEWAY, "key created")
        return sealed.address

    def signer(self, db: sqlite3.Connection, party: bytes, now: int) -> LocalSigner:
        """Of the caller's transaction: the party's newest key that signs; if none does, the newest, and the law says why not.

        Raises `NoKeyHere` when this gateway holds no key of the party, `KeyEncryptionKeyAway` or `SealedKeyNotOpened`.
        """
        newest = None
        for key in keys_here(db, party):
            newest = newest or key
            if key.signs(now):
                return self.opened(db, key.address)
        if newest is None:
            raise Refusal("NoKeyHere", party=party)
        return self.opened(db, newest.address)

    def opened(self, db: sqlite3.Connection, address: bytes) -> LocalSigner:
        with self._lock:
            if address not in self._open:
                sql = "SELECT party, address, version, wrapped_key, sealed_key FROM keys WHERE address = ?"
                sealed = SealedKey(*db.execute(sql, (address,)).fetchone())
                self._open[address] = LocalSigner(open_key(self._keks.in_force(db), sealed), self._domain)
            return self._open[address]


def new_private_key() -> bytes:
    """32 random bytes that are a key."""
    while True:
        candidate = secrets.token_bytes(32)
        try:
            address_of(candidate)
        except ValueError:
            continue
        return candidate
