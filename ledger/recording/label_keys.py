"""The secrets of parties' labels: drawn once each, sealed in the store (docs/spec/items.md, section 1).

If the process dies while one is drawn, it is on disk and has made no label, or it is not there.
"""

from __future__ import annotations

import sqlite3
import threading

from ledger.items.serial import label_key
from ledger.recording.rewrapping import KeyEncryptionKeys
from ledger.signing.label_secrets import SealedSecret, draw_secret, open_secret
from ledger.store import items
from ledger.store.database import Store


class LabelKeys:
    """The label secrets kept here, opened when first needed."""

    def __init__(self, store: Store, keks: KeyEncryptionKeys) -> None:
        self._store = store
        self._keks = keks
        self._open: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def find(self, db: sqlite3.Connection, party: bytes, batch: bytes) -> bytes | None:
        """The key of a party's batch; None if the party's labels are not made here. Raises `LabelSecretNotOpened(party)`."""
        with self._lock:
            if party not in self._open:
                kept = items.secret_of(db, party)
                if kept is None:
                    return None
                self._open[party] = open_secret(self._keks.in_force(db), SealedSecret(*kept))
            return label_key(self._open[party], batch)

    def ensure(self, party: bytes) -> None:
        """Draws the party's secret if there is none yet: on disk before anything is made from it."""
        if items.secret_of(self._store.read(), party) is None:
            with self._store.write() as db:
                if items.secret_of(db, party) is None:
                    drawn = draw_secret(self._keks.in_force(db), party)
                    items.keep_secret(db, (party, drawn.version, drawn.sealed))
