"""The people who sign in: rows of `people` and `invitations`, each change with its entry in the audit log.

A person belongs to one party, or to the Union (an operator, an auditor). Who may change whom is not decided here but in
`gateway/auth/actions.py`. Every change of somebody's rights ends all their sessions.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.auth import passwords, second_factor
from gateway.auth.roles import OF_A_PARTY, OF_THE_UNION, PersonRole
from gateway.auth.vault import Vault
from ledger.errors import Refusal
from ledger.store import audit_log
from ledger.store.database import Store

INVITATION_SECONDS: Final = 3 * 24 * 3600
LONGEST_NAME: Final = 60
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none looks like another
_CODE: Final = 20  # of 32 letters each: 100 random bits
_SCOPES: Final = ("party", "product", "area")


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    party: bytes | None
    roles: PersonRole
    scope: str | None
    name: str
    sign_in: str
    has_password: bool
    invited_until: int | None
    ended_at: int | None

    @property
    def needs_second_factor(self) -> bool:
        return PersonRole.OPERATOR in self.roles


class People:
    def __init__(self, store: Store, vault: Vault, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._vault = vault
        self._now = now

    def find(self, id: str) -> Person | None:
        row = self._store.read().execute(f"{_PERSON} WHERE p.id = ?", (id,)).fetchone()
        return None if row is None else self._person(row)

    def of(self, party: bytes | None) -> list[Person]:
        """All of a party, or the Union's own, by name; those who ended last."""
        rows = self._store.read().execute(f"{_PERSON} WHERE p.party IS ?", (party,)).fetchall()
        return sorted(map(self._person, rows), key=lambda each: (each.ended_at is not None, each.name.casefold()))

    def invite(
        self, name: str, party: bytes | None, roles: PersonRole, scope: str | None, actor: str
    ) -> tuple[Person, str]:
        """A new person, and the code with which they choose their password: shown now and never again."""
        shown = " ".join(name.split())
        if not 0 < len(shown) <= LONGEST_NAME or not shown.isprintable():
            raise Refusal("PersonForm", reason="name")
        told = checked(party, roles, scope)
        id = secrets.token_hex(16)
        with self._store.write() as db:
            sign_in = self._free(db, shown)
            sealed = self._vault.seal(json.dumps([shown, sign_in]), f"name {id}")
            db.execute(
                "INSERT INTO people (id, party, roles, scope, sign_in, name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (id, party, int(roles), told, self._vault.mac("sign-in", sign_in), sealed, int(self._now())),
            )
            audit_log.keep(db, "people", (id,), actor, "person invited")
            code = self._code(db, id, actor)
        person = self.find(id)
        assert person is not None  # nobody is ever deleted
        return person, code

    def change(self, id: str, roles: PersonRole, scope: str | None, actor: str) -> None:
        """Other roles. Whoever is signed in must sign in again."""
        person = self._there(id)
        told = checked(person.party, roles, scope)
        if (person.roles ^ roles) & PersonRole.OPERATOR:
            raise Refusal("PersonForm", reason="operator")  # an operator has a second factor: invited as one
        with self._store.write() as db:
            db.execute("UPDATE people SET roles = ?, scope = ? WHERE id = ?", (int(roles), told, id))
            audit_log.keep(db, "people", (id,), actor, "roles changed")
            end_sessions(db, id, actor)

    def recover(self, id: str, actor: str) -> str:
        """A new code. The old password, second factor and sessions are gone at once."""
        self._there(id)
        with self._store.write() as db:
            db.execute(
                "UPDATE people SET password = NULL, second_factor = NULL, second_step = NULL WHERE id = ?", (id,)
            )
            audit_log.keep(db, "people", (id,), actor, "access recovered")
            end_sessions(db, id, actor)
            return self._code(db, id, actor)

    def end(self, id: str, actor: str) -> None:
        self._there(id)
        with self._store.write() as db:
            db.execute(
                "UPDATE people SET ended_at = ?, password = NULL, second_factor = NULL, second_step = NULL WHERE id = ?",
                (int(self._now()), id),
            )
            audit_log.keep(db, "people", (id,), actor, "person ended")
            end_sessions(db, id, actor)
            _withdraw(db, id, actor)

    def invited(self, code: str) -> Person:
        """Whose code it is. Raises `InvitationRefused`, the same for a wrong, a used and a late one."""
        row = self._invitation(self._store.read(), code)
        person = self.find(row["person"])
        assert person is not None
        return person

    def accept(self, code: str, password: str) -> Person:
        """The password is set and the code used up, in one commit. An operator's second factor begins here."""
        person = self.invited(code)
        owner = f"password {person.id}"
        sealed = self._vault.seal(passwords.chosen(password, person.name, person.sign_in), owner)
        secret = second_factor.new_secret() if person.needs_second_factor else None
        with self._store.write() as db:
            if self._invitation(db, code)["person"] != person.id:
                raise Refusal("InvitationRefused")
            _withdraw(db, person.id, f"person/{person.id}")
            db.execute(
                "UPDATE people SET password = ?, second_factor = ? WHERE id = ?",
                (sealed, secret and self._vault.seal(secret, f"second factor {person.id}"), person.id),
            )
            audit_log.keep(db, "people", (person.id,), f"person/{person.id}", "password chosen")
            end_sessions(db, person.id, f"person/{person.id}")
        return person

    def signing_in(self, sign_in: str, password: str) -> Person:
        """Raises `SignInRefused`, the same and as slowly for an unknown name, a wrong password and somebody who ended."""
        mac = self._vault.mac("sign-in", as_typed(sign_in))
        row = self._store.read().execute(f"{_PERSON} WHERE p.sign_in = ?", (mac,)).fetchone()
        if not passwords.fits(self._kept(row), password):
            raise Refusal("SignInRefused")
        return self._person(row)

    def password(self, id: str) -> str | None:
        """The hash of it; None for whoever has none or was ended."""
        return self._kept(self._store.read().execute("SELECT * FROM people WHERE id = ?", (id,)).fetchone())

    def second_factor(self, id: str) -> tuple[str, int | None]:
        """The secret, and the last step that was taken; None: it was never shown to work."""
        row = self._store.read().execute("SELECT second_factor, second_step FROM people WHERE id = ?", (id,)).fetchone()
        if row is None or row["second_factor"] is None:
            raise Refusal("SignInRefused")
        return self._vault.open(row["second_factor"], f"second factor {id}"), row["second_step"]

    def prove(self, id: str, code: str) -> None:
        """Takes a code of the second factor, once. Raises `SecondFactorRefused`."""
        with self._store.write() as db:
            secret, last = self.second_factor(id)
            step = second_factor.step_of(secret, code, last)
            if step is None:
                raise Refusal("SecondFactorRefused")
            db.execute("UPDATE people SET second_step = ? WHERE id = ?", (step, id))
            audit_log.keep(db, "people", (id,), f"person/{id}", "second factor shown")

    def _kept(self, row: sqlite3.Row | None) -> str | None:
        if row is None or row["password"] is None or row["ended_at"] is not None:
            return None
        return self._vault.open(row["password"], f"password {row['id']}")

    def _there(self, id: str) -> Person:
        person = self.find(id)
        if person is None or person.ended_at is not None:
            raise Refusal("PersonForm", reason="ended")
        return person

    def _person(self, row: sqlite3.Row) -> Person:
        name, sign_in = json.loads(self._vault.open(row["name"], f"name {row['id']}"))
        until, known = row["expires_at"], row["password"] is not None
        roles = PersonRole(row["roles"])
        return Person(row["id"], row["party"], roles, row["scope"], name, sign_in, known, until, row["ended_at"])

    def _free(self, db: sqlite3.Connection, name: str) -> str:
        """A name to sign in with that nobody has. Digits are drawn, so that it tells nobody who else is here."""
        while True:
            drawn = f"{_slug(name)}-{secrets.randbelow(9_000) + 1_000}"
            if not db.execute(
                "SELECT 1 FROM people WHERE sign_in = ?", (self._vault.mac("sign-in", drawn),)
            ).fetchone():
                return drawn

    def _code(self, db: sqlite3.Connection, id: str, actor: str) -> str:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(_CODE))
        now = int(self._now())
        db.execute(
            "INSERT OR REPLACE INTO invitations VALUES (?, ?, ?, ?)",
            (id, self._vault.mac("invitation", drawn), now, now + INVITATION_SECONDS),
        )
        audit_log.keep(db, "invitations", (id,), actor, "invitation made")
        return "-".join(drawn[place : place + 4] for place in range(0, _CODE, 4))

    def _invitation(self, db: sqlite3.Connection, code: str) -> sqlite3.Row:
        typed = "".join(code.split()).replace("-", "").upper().translate(str.maketrans("OIL", "011"))
        mac = self._vault.mac("invitation", typed)
        row: sqlite3.Row | None = db.execute("SELECT * FROM invitations WHERE mac = ?", (mac,)).fetchone()
        if row is None or row["expires_at"] <= self._now():
            raise Refusal("InvitationRefused")
        return row


_PERSON: Final = "SELECT p.*, i.expires_at FROM people p LEFT JOIN invitations i ON i.person = p.id"


def checked(party: bytes | None, roles: PersonRole, scope: str | None) -> str | None:
    """The scope as it is kept. Raises `PersonForm` for roles that do not go together, or with where somebody belongs."""
    if not roles or roles & ~(OF_A_PARTY if party is not None else OF_THE_UNION):
        raise Refusal("PersonForm", reason="roles")
    if PersonRole.AUDITOR not in roles:
        return None
    kind, _, what = " ".join((scope or "").split()).partition(" ")
    if PersonRole.OPERATOR in roles or kind not in _SCOPES or not 0 < len(what) <= 256:
        raise Refusal("PersonForm", reason="scope")
    return f"{kind} {what}"


def as_typed(sign_in: str) -> str:
    return "".join(sign_in.split()).casefold()[:100]


def end_sessions(db: sqlite3.Connection, person: str, actor: str, but: str | None = None) -> None:
    for row in db.execute("SELECT id FROM sessions WHERE person = ? AND id IS NOT ?", (person, but)).fetchall():
        db.execute("DELETE FROM sessions WHERE id = ?", (row["id"],))
        audit_log.keep(db, "sessions", (row["id"],), actor, "session ended")


def _withdraw(db: sqlite3.Connection, person: str, actor: str) -> None:
    if db.execute("DELETE FROM invitations WHERE person = ?", (person,)).rowcount:
        audit_log.keep(db, "invitations", (person,), actor, "invitation used up")


def _slug(name: str) -> str:
    """The last word in plain letters: Nguyễn Thị Lan is `lan`."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D")).casefold()
    words = ["".join(each for each in word if each.isascii() and each.isalnum()) for word in plain.split()]
    return next((word[:20] for word in reversed(words) if word), "nguon")
