"""How often somebody may try. Kept in the database, so that all workers count together and none forgets at a restart.

The generic cell rate algorithm: one number for each subject, the time at which everything is allowed again. Subjects are MACs
of an account or an address; a row whose time has come says nothing and is deleted, so there are never more rows than tries
within the longest window.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from gateway.auth.vault import Vault
from ledger.errors import Refusal
from ledger.store.database import Store


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` tries at once, then one every `seconds`."""

    name: str
    burst: int
    seconds: float


ACCOUNT: Final = Limit("account", 10, 300.0)
"""Of guessing one password or second factor: ten, then 288 a day."""
ADDRESS: Final = Limit("address", 60, 20.0)
"""A cooperative's people may all come from one address."""


class Limits:
    def __init__(self, store: Store, vault: Vault, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._vault = vault
        self._now = now

    def take(self, *tries: tuple[Limit, str]) -> None:
        """Counts one try of each, before it is known whether it succeeds: parallel guesses are counted too.

        Raises `TooManyTries` and counts nothing when one of them has none left.
        """
        subjects = [(limit, self._subject(limit, who)) for limit, who in tries]
        self._check(subjects)  # a flood is turned away without a transaction
        with self._store.write() as db:
            self._check(subjects)
            now = self._now()
            db.execute("DELETE FROM tries WHERE free_at <= ?", (now,))
            for limit, subject in subjects:
                db.execute(
                    "INSERT INTO tries VALUES (?, ?) ON CONFLICT DO UPDATE SET free_at = free_at + ?",
                    (subject, now + limit.seconds, limit.seconds),
                )

    def forget(self, limit: Limit, who: str) -> None:
        """Of an account whose owner just proved who they are."""
        with self._store.write() as db:
            db.execute("DELETE FROM tries WHERE subject = ?", (self._subject(limit, who),))

    def _check(self, subjects: list[tuple[Limit, bytes]]) -> None:
        now = self._now()
        for limit, subject in subjects:
            row = self._store.read().execute("SELECT free_at FROM tries WHERE subject = ?", (subject,)).fetchone()
            over = 0.0 if row is None else row["free_at"] - now - (limit.burst - 1) * limit.seconds
            if over > 0:
                raise Refusal("TooManyTries", seconds=math.ceil(over))

    def _subject(self, limit: Limit, who: str) -> bytes:
        return self._vault.mac(f"tries {limit.name}", who)


def network(address: str) -> str:
    """An IPv4 address as it stands; of IPv6 the first 64 bits, which one subscriber has."""
    try:
        told = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Address(int(told) >> 64 << 64)) if isinstance(told, IPv6Address) else str(told)
