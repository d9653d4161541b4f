"""Who is signed in on which device. The browser holds a random 256-bit secret, the database its MAC.

A session is read from the shared database at every request, so what one worker ends is ended for all. Its secret is never one
that came from outside: whoever gains or loses a right gets a new one.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from gateway.auth.people import end_sessions
from gateway.auth.vault import Vault
from ledger.errors import Refusal
from ledger.store import audit_log
from ledger.store.database import Store

Stage = Literal["enrolling", "half", "whole"]
_SEEN_EVERY: Final = 60
_HALF: Final = 10 * 60


@dataclass(frozen=True, slots=True)
class Lasts:
    """Seconds: without being used, and at most."""

    idle: int
    most: int


OF_A_PARTY: Final = Lasts(7 * 24 * 3600, 30 * 24 * 3600)
"""A clerk on a phone: signing in again every morning would cost more than the paper book does."""
OF_THE_UNION: Final = Lasts(30 * 60, 12 * 3600)


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    person: str
    stage: Stage
    device: str
    created_at: int
    seen_at: int


class Sessions:
    def __init__(self, store: Store, vault: Vault, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._vault = vault
        self._now = now

    def begin(self, person: str, stage: Stage, device: str, before: str | None = None) -> str:
        """The secret for a cookie. `before`, a session of the same person, ends in the same commit."""
        id, secret, now = secrets.token_hex(16), secrets.token_urlsafe(32), int(self._now())
        with self._store.write() as db:
            may = "SELECT 1 FROM people WHERE id = ? AND password IS NOT NULL AND ended_at IS NULL"
            if not db.execute(may, (person,)).fetchone():
                raise Refusal("SignInRefused")  # ended or recovered while the password was being reckoned
            for row in db.execute(f"{_SESSION} WHERE s.person = ?", (person,)).fetchall():
                if row["id"] == before or self._is_over(row):
                    _end(db, row["id"], f"person/{person}")
            db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    id,
                    person,
                    self._vault.mac("session", secret),
                    stage,
                    self._vault.seal(device, f"device {id}"),
                    now,
                    now,
                ),
            )
            audit_log.keep(db, "sessions", (id,), f"person/{person}", "session begun")
        return secret

    def find(self, secret: str) -> Session | None:
        """The session of a cookie, unless it is over; to the minute it is noted that it was used."""
        mac = self._vault.mac("session", secret)
        row = self._store.read().execute(f"{_SESSION} WHERE s.mac = ?", (mac,)).fetchone()
        if row is None or self._is_over(row):
            return None
        now = int(self._now())
        if now - row["seen_at"] > _SEEN_EVERY:
            with self._store.write() as db:
                db.execute("UPDATE sessions SET seen_at = ? WHERE id = ?", (now, row["id"]))
        return self._session(row)

    def of(self, person: str) -> list[Session]:
        """The latest used first."""
        rows = self._store.read().execute(f"{_SESSION} WHERE s.person = ? ORDER BY s.seen_at DESC", (person,))
        return [self._session(row) for row in rows.fetchall() if not self._is_over(row)]

    def end(self, id: str, person: str) -> None:
        """One of this person; another's is left alone."""
        with self._store.write() as db:
            if db.execute("SELECT 1 FROM sessions WHERE id = ? AND person = ?", (id, person)).fetchone():
                _end(db, id, f"person/{person}")

    def end_others(self, person: str, but: str) -> None:
        with self._store.write() as db:
            end_sessions(db, person, f"person/{person}", but)

    def _is_over(self, row: sqlite3.Row) -> bool:
        lasts = OF_THE_UNION if row["party"] is None else OF_A_PARTY
        now, most = self._now(), lasts.most if row["stage"] == "whole" else _HALF
        return row["ended_at"] is not None or now - row["seen_at"] > lasts.idle or now - row["created_at"] > most

    def _session(self, row: sqlite3.Row) -> Session:
        device = self._vault.open(row["device"], f"device {row['id']}")
        return Session(row["id"], row["person"], row["stage"], device, row["created_at"], row["seen_at"])


_SESSION: Final = "SELECT s.*, p.party, p.ended_at FROM sessions s JOIN people p ON p.id = s.person"


def _end(db: sqlite3.Connection, id: str, actor: str) -> None:
    db.execute("DELETE FROM sessions WHERE id = ?", (id,))
    audit_log.keep(db, "sessions", (id,), actor, "session ended")


def device_of(browser: str) -> str:
    """What a browser says of itself, in two words: a person recognises their own devices by that."""
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
               ("Mac OS", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"))  # fmt: skip
    programs = (
        ("Edg", "Edge"),
        ("SamsungBrowser", "Samsung"),
        ("Firefox", "Firefox"),
        ("Chrom", "Chrome"),
        ("Safari", "Safari"),
    )
    found = [next((name for sign, name in table if sign in browser), "") for table in (programs, systems)]
    return " · ".join(filter(None, found)) or "?"
