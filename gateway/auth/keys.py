"""API keys: `pk_<8-character id>_<43 characters>`, 256 random bits. Only HMAC-SHA256 under a pepper is kept
(reference/reliability.md, section 8.4): a copy of the database opens nothing."""

from __future__ import annotations

import hmac
import os
import secrets
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ledger.errors import Refusal
from ledger.store import audit_log
from ledger.store.database import Store


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: a party by its id, or the operator."""

    party: bytes | None

    @property
    def is_operator(self) -> bool:
        return self.party is None


class ApiKeys:
    def __init__(self, store: Store, pepper: bytes) -> None:
        self._store = store
        self._pepper = pepper

    def create(self, party: bytes | None) -> str:
        """A new key, shown this once."""
        identifier, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        with self._store.write() as db:
            db.execute(
                "INSERT INTO api_keys (id, party, mac, created_at) VALUES (?, ?, ?, ?)",
                (identifier, party, self._mac(secret), int(time.time())),
            )
            audit_log.keep(db, "api_keys", (identifier,), "operator", "API key created")
        return f"pk_{identifier}_{secret}"

    def revoke(self, identifier: str) -> None:
        with self._store.write() as db:
            revoked = db.execute(
                "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (int(time.time()), identifier)
            )
            if revoked.rowcount:
                audit_log.keep(db, "api_keys", (identifier,), "operator", "API key revoked")

    def principal(self, authorization: str | None) -> Principal:
        """Who holds the key in an Authorization header. Raises `NotAuthenticated`, the same for every cause."""
        scheme, _, key = (authorization or "").partition(" ")
        parts = key.strip().split("_", 2)
        if scheme.lower() == "bearer" and len(parts) == 3 and parts[0] == "pk":
            sql = "SELECT party, mac FROM api_keys WHERE id = ? AND revoked_at IS NULL"
            row = self._store.read().execute(sql, (parts[1],)).fetchone()
            if row is not None and hmac.compare_digest(row["mac"], self._mac(parts[2])):
                return Principal(row["party"])
        raise Refusal("NotAuthenticated")

    def _mac(self, secret: str) -> bytes:
        return hmac.digest(self._pepper, secret.encode(), sha256)


def load_or_create_secret(path: Path, length: int = 32) -> bytes:
    """Random bytes in a file readable by its owner alone; made at the first start. On disk before this returns."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    write_secret(path, secrets.token_bytes(length))
    return path.read_bytes()


def write_secret(path: Path, value: bytes) -> None:
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
