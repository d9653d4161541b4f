"""Which key-encryption key is in force, and how another one comes into force while several gateways run.

The database names the key in force by its id; the keys themselves are files. Whoever seals or opens looks at the id in its own
transaction and takes the key that has it, reading the files again when it knows none. So a worker that runs on needs no restart.
`rewrap` makes (a) a new key in `key-encryption-key.next`, on disk; (b) one commit in which every sealed key is wrapped anew and
the id is the new key's; (c) the new file in the old one's place.

| the process dies | what is true | what finishes it |
|---|---|---|
| before a | nothing changed | |
| after a | the old key is in force; the new one has sealed nothing | the next `rewrap` takes the new key that lies there |
| after b | the new key is in force, and is read from `.next` | the next `rewrap`, backup or start of a gateway does c |
| after c | done; the old key is gone | |
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.errors import Refusal, StoreError
from ledger.signing.keystore import KeyEncryptionKey, SealedKey, open_key, rewrap_key
from ledger.signing.label_secrets import SealedSecret, open_secret, rewrap_secret
from ledger.store import audit_log, items, meta
from ledger.store.database import Store
from ledger.store.files import fsync

CURRENT: Final = "key-encryption-key"
NEXT: Final = "key-encryption-key.next"

Say = Callable[[str], None]


class KeyEncryptionKeys:
    """Those in a folder of secrets. One per process, for any number of threads."""

    def __init__(self, secrets: Path) -> None:
        self._secrets = secrets
        self._loaded: dict[bytes, KeyEncryptionKey] = {}

    def in_force(self, db: sqlite3.Connection) -> KeyEncryptionKey:
        """The key that sealed what this transaction sees. Raises `KeyEncryptionKeyAway`."""
        id = meta.get(db, meta.KEK) or b""
        if id not in self._loaded:
            self._loaded = self._read()
        try:
            return self._loaded[id]
        except KeyError:
            raise Refusal("KeyEncryptionKeyAway") from None

    def lone(self) -> bytes | None:
        """The id of the key in the folder when there is just one, so that no database need say which."""
        ids = list(self._read())
        return ids[0] if len(ids) == 1 else None

    def _read(self) -> dict[bytes, KeyEncryptionKey]:
        found = {}
        for name in (NEXT, CURRENT):  # in this order: a key that moves from one to the other meanwhile is not missed
            with suppress(FileNotFoundError):
                key = KeyEncryptionKey.load(self._secrets / name)
                found[key.id] = key
        return found


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """`id` of the key that is in force now, and how many sealed keys were wrapped anew."""

    id: bytes
    keys: int


def ready(store: Store, secrets: Path) -> KeyEncryptionKeys:
    """What a start needs: a fresh database gets its key, a rewrap that a crash left unfinished is finished.

    Raises `KeyEncryptionKeyAway` when the key in force is not there, and never makes another one in its place.
    """
    with alone(secrets):
        return _ready(store, secrets)


def rewrap(store: Store, secrets: Path, say: Say = lambda _: None) -> Rewrapped:
    """Puts a new key-encryption key in force. Gateways may run. Raises `KeyEncryptionKeyAway`, StoreBusy."""
    with alone(secrets):
        old_keys = _ready(store, secrets)
        path = secrets / NEXT
        new = KeyEncryptionKey.load(path) if path.exists() else KeyEncryptionKey.create(path)
        say("the new key-encryption key is on disk")
        with store.write() as db:
            old = old_keys.in_force(db)
            sealed = _sealed(db)
            for each in sealed:
                wrapped = rewrap_key(old, new, each).wrapped
                db.execute("UPDATE keys SET wrapped_key = ? WHERE address = ?", (wrapped, each.address))
                audit_log.keep(db, "keys", (each.address,), audit_log.OPERATOR, "key rewrapped")
            for secret in _secrets(db):
                items.reseal(db, secret.party, rewrap_secret(old, new, secret).sealed)
            meta.put(db, meta.KEK, new.id, audit_log.OPERATOR, "key-encryption key changed")
        say(f"{len(sealed)} keys are wrapped anew")
        _put_in_place(secrets)
        say("the new key-encryption key has taken the old one's place")
        return Rewrapped(new.id, len(sealed))


@contextmanager
def settled(database: Path, secrets: Path) -> Iterator[bytes]:
    """No rewrap is unfinished, and none begins meanwhile. The id of the key in force, which is in `key-encryption-key`."""
    with alone(secrets):
        store = Store(database)
        id = _ready(store, secrets).in_force(store.read()).id
        store.close()
        yield id


@contextmanager
def alone(secrets: Path) -> Iterator[None]:
    """No other process makes, changes or copies a key-encryption key of this folder meanwhile."""
    try:
        descriptor = os.open(secrets, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise StoreError(f"{secrets} is not there") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _ready(store: Store, secrets: Path) -> KeyEncryptionKeys:
    keys = KeyEncryptionKeys(secrets)
    if meta.get(store.read(), meta.KEK) is None:
        _begin(store, secrets)
    key = keys.in_force(store.read())
    path = secrets / NEXT
    if path.exists() and KeyEncryptionKey.load(path).id == key.id:
        _put_in_place(secrets)
    return keys


def _begin(store: Store, secrets: Path) -> None:
    """The first start. Keys that are there already must open."""
    path = secrets / CURRENT
    with store.write() as db:
        sealed = _sealed(db)
        if sealed and not path.exists():
            raise Refusal("KeyEncryptionKeyAway")
        key = KeyEncryptionKey.load(path) if path.exists() else KeyEncryptionKey.create(path)
        for each in sealed:
            open_key(key, each)
        for secret in _secrets(db):
            open_secret(key, secret)
        meta.put(db, meta.KEK, key.id, audit_log.GATEWAY, "key-encryption key taken")


def _put_in_place(secrets: Path) -> None:
    (secrets / NEXT).replace(secrets / CURRENT)
    fsync(secrets)


def _sealed(db: sqlite3.Connection) -> list[SealedKey]:
    sql = "SELECT party, address, version, wrapped_key, sealed_key FROM keys ORDER BY address"
    return [SealedKey(*row) for row in db.execute(sql)]


def _secrets(db: sqlite3.Connection) -> list[SealedSecret]:
    """Those of labels."""
    return [SealedSecret(*each) for each in items.secrets_kept(db)]
