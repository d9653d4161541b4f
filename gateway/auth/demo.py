"""Accounts for whoever tries Nguon out. WORTHLESS: their names, their password and the operator's second factor stand on
this page and on the start page, so they guard nothing, and are made on the development chain alone.

Their names to sign in with have no digits at their end, so none is ever drawn for anybody else.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

import pyotp
from devnet.settings import DEVNET_CHAIN_ID

from gateway.auth import passwords
from gateway.auth.people import People, Person, as_typed, checked
from gateway.auth.roles import PersonRole
from gateway.auth.vault import Vault
from ledger.errors import Refusal
from ledger.events.identifiers import party_id
from ledger.store import audit_log
from ledger.store.database import Store

PASSWORD: Final = "khong-phai-mat-khau"  # noqa: S105 - it says itself that it is none
SECOND_FACTOR: Final = "NGUONDEMOWORTHLESSNGUONDEMO23456"
JAR: Final = ("09520000002022", "H400-2611-A")
"""The lot behind the demo's scan link: GTIN and lot."""

_GLN: Final = "https://id.gs1.org/417/"
_MAIN: Final = {"vien-an": "9520000101015", "ngoc-hien": "9520000101077", "dam-doi": "9520000001032"}
_ROLES: Final = {
    PersonRole.RECORDER: "ghi",
    PersonRole.SHIPPER: "giao",
    PersonRole.PROCESSOR: "lam",
    PersonRole.MANAGER: "quan-ly",
}


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is what the people's page shows, `party` the URI of one of the demo's parties or None for the Union."""

    sign_in: str
    name: str
    roles: PersonRole
    party: str | None = None
    scope: str | None = None

    @property
    def id(self) -> str:
        """Always the same, so that making it again finds it; in the form of everybody's."""
        return sha256(f"demo account {self.sign_in}".encode()).hexdigest()[:32]


def accounts(chain_id: int) -> tuple[Account, ...]:
    """Raises `DevelopmentOnly` for any other chain, lest a password that everybody knows open something."""
    if chain_id != DEVNET_CHAIN_ID:
        raise Refusal("DevelopmentOnly")
    of_parties = [
        Account(f"{word}-{place}", f"Thử {word}", role, _GLN + gln)
        for place, gln in _MAIN.items()
        for role, word in _ROLES.items()
    ]
    return (
        *of_parties,
        Account("kiem-tra", "Thử kiểm tra", PersonRole.AUDITOR, scope=f"party {_GLN}{_MAIN['ngoc-hien']}"),
        Account("van-hanh", "Thử vận hành", PersonRole.OPERATOR),
    )


class DemoAccounts:
    def __init__(self, store: Store, vault: Vault, people: People, chain_id: int) -> None:
        self._store = store
        self._vault = vault
        self._people = people
        self._chain_id = chain_id

    def make(self, actor: str) -> int:
        """Makes those that are missing; how many there are. Whoever was ended stays so. Raises `DevelopmentOnly`."""
        wanted = accounts(self._chain_id)
        missing = [(each, passwords.chosen(PASSWORD)) for each in wanted if self._people.find(each.id) is None]
        with self._store.write() as db:
            for each, password in missing:
                operator = PersonRole.OPERATOR in each.roles
                factor = self._vault.seal(SECOND_FACTOR, f"second factor {each.id}") if operator else None
                done = db.execute(
                    "INSERT OR IGNORE INTO people (id, party, roles, scope, sign_in, name, password, second_factor,"
                    " second_step, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        each.id,
                        party := party_id(each.party) if each.party else None,
                        int(each.roles),
                        checked(party, each.roles, each.scope),
                        self._vault.mac("sign-in", as_typed(each.sign_in)),
                        self._vault.seal(json.dumps([each.name, each.sign_in]), f"name {each.id}"),
                        self._vault.seal(password, f"password {each.id}"),
                        factor,
                        0 if operator else None,  # set up: no code was taken yet
                        int(time.time()),
                    ),
                )
                if done.rowcount:
                    audit_log.keep(db, "people", (each.id,), actor, "demo account made")
        return len(wanted)

    def there(self) -> list[tuple[Account, Person]]:
        """Those with which one can sign in as the start page says: not ended, and with the worthless password still."""
        if self._chain_id != DEVNET_CHAIN_ID:
            return []
        found = [(each, self._people.find(each.id)) for each in accounts(self._chain_id)]
        return [(each, person) for each, person in found if person and _opens(self._people.password(person.id))]


def code_now() -> str:
    """Of the operator's second factor."""
    return pyotp.TOTP(SECOND_FACTOR).now()


@lru_cache(maxsize=64)
def _opens(kept: str | None) -> bool:
    return kept is not None and passwords.fits(kept, PASSWORD)
