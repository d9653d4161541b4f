"""API keys: `pk_<8-character id>_<43 characters>`, 256 random bits. Only HMAC-SHA256 under a pepper is kept
(reference/reliability.md, section 8.4): a copy of the database opens nothing. A key is read at every request, so one that is
revoked is refused by every worker from the next request on.
"""

from __future__ import annotations

import hmac
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gateway.auth.actions import Principal
from gateway.auth.roles import OF_A_PARTY, PersonRole
from ledger.errors import Refusal
from ledger.store import audit_log
from ledger.store.database import Store

YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is told of a key: never its secret. Times in seconds since 1970."""

    id: str
    party: bytes | None
    scopes: PersonRole
    created_at: int
    expires_at: int | None
    revoked_at: int | None


class ApiKeys:
    def __init__(self, store: Store, pepper: bytes, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._pepper = pepper
        self._now = now

    def create(
        self, party: bytes | None, scopes: PersonRole = OF_A_PARTY, days: int = YEAR, actor: str = "operator"
    ) -> str:
        """A new key, shown this once. The operator's own (no party) has no end."""
        identifier, secret, now = secrets.token_hex(4), secrets.token_urlsafe(32), int(self._now())
        kept, until = (PersonRole.OPERATOR, None) if party is None else (scopes, now + days * 24 * 3600)
        with self._store.write() as db:
            db.execute(
                "INSERT INTO api_keys (id, party, mac, roles, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
                (identifier, party, self._mac(secret), int(kept), now, until),
            )
            audit_log.keep(db, "api_keys", (identifier,), actor, "API key created")
        return f"pk_{identifier}_{secret}"

    def revoke(self, identifier: str, actor: str = "operator") -> None:
        with self._store.write() as db:
            revoked = db.execute(
                "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (int(self._now()), identifier)
            )
            if revoked.rowcount:
                audit_log.keep(db, "api_keys", (identifier,), actor, "API key revoked")

    def of(self, party: bytes) -> list[ApiKey]:
        """All that a party ever had, the newest first."""
        sql = "SELECT * FROM api_keys WHERE party = ? ORDER BY created_at DESC, id"
        return [_told(row) for row in self._store.read().execute(sql, (party,)).fetchall()]

    def find(self, identifier: str) -> ApiKey | None:
        row = self._store.read().execute("SELECT * FROM api_keys WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else _told(row)

    def principal(self, authorization: str | None) -> Principal:
        """Who holds the key in an Authorization header. Raises `NotAuthenticated`, the same for every cause."""
        scheme, _, key = (authorization or "").partition(" ")
        parts = key.strip().split("_", 2)
        if scheme.lower() == "bearer" and len(parts) == 3 and parts[0] == "pk":
            sql = "SELECT * FROM api_keys WHERE id = ? AND revoked_at IS NULL"
            row = self._store.read().execute(sql, (parts[1],)).fetchone()
            if row is not None and hmac.compare_digest(row["mac"], self._mac(parts[2])):
                told = _told(row)
                if told.expires_at is None or told.expires_at > self._now():
                    actor = "operator" if told.party is None else f"key/{told.id}"
                    return Principal(told.party, told.scopes, actor)
        raise Refusal("NotAuthenticated")

    def _mac(self, secret: str) -> bytes:
        return hmac.digest(self._pepper, secret.encode(), sha256)


def _told(row: Any) -> ApiKey:
    scopes = PersonRole(row["roles"])
    return ApiKey(row["id"], row["party"], scopes, row["created_at"], row["expires_at"], row["revoked_at"])


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
