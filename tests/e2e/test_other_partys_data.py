"""Promise: what is another party's is never seen and never changed. Random calls by the people and keys of one party with the
identifiers of the other's people, sessions, keys and private fields; everything that comes back is looked through."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest

from gateway.app import ROUTERS
from gateway.auth.actions import every_route_says
from gateway.auth.asking import DOORS
from ledger.events.identifiers import party_id
from tests.conftest import ALL
from tests.gateway_process import Gateway, client
from tests.signed_in import Device, Someone, invited, path_of, someone

CALLS = 5_000 if ALL else 500
PARTYS = ("recorder", "shipper", "processor", "manager")
TABLES = ("people", "invitations", "sessions", "api_keys", "disclosures")


class Victim:
    """A party with people, devices, keys, an open invitation and a private field. `secrets`: what nobody else may ever see."""

    def __init__(self, nguon: Gateway) -> None:
        self.data = nguon.data / "nguon.db"
        self.party = nguon.party("victim", "producer")
        self.people = [
            someone(nguon, self.party, role, at="203.0.113.200", name=f"Bí Mật {role}") for role in PARTYS[-2:]
        ]
        waiting = invited(nguon, self.party, "recorder", name="Chờ Mời Kín")
        made = nguon.operator.post(f"{path_of(self.party)}/api-keys", json={}).json()
        event = {"kind": "Observe", "party": self.party, "occurred_at": "2025-11-20T07:30:00+07:00",
                 "place": "urn:nguon:pond:victim", "private": {"price_vnd": 145_731_977, "household": "Hộ ông Kín"}}  # fmt: skip
        self.event = nguon.record(event, params={"wait": "final"})["id"]
        self.keys = [made["id"]]
        self.ids = [*(each.id for each in self.people), waiting["id"]]
        self.sessions = [row[0] for row in self._rows("SELECT id FROM sessions WHERE person IN (?, ?)", *self.ids[:2])]
        self.codes = [waiting["invitation"]["code"], *(each.code for each in self.people)]
        names = [each.name for each in self.people]
        self.secrets = [
            *self.ids, *self.sessions, *names, waiting["sign_in"], *self.codes, made["api_key"].split("_", 2)[2],
            "Bí Mật", "Chờ Mời Kín", "145731977", "Hộ ông Kín",
        ]  # fmt: skip

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        db = sqlite3.connect(self.data, timeout=60)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def rows(self) -> dict[str, list[Any]]:
        """All that is kept about it, but when its sessions were last used."""
        mine = "SELECT id FROM people WHERE party = ?"
        party = party_id(self.party)
        return {
            "people": self._rows("SELECT * FROM people WHERE party = ? ORDER BY id", party),
            "invitations": self._rows(f"SELECT * FROM invitations WHERE person IN ({mine}) ORDER BY person", party),
            "sessions": self._rows(
                f"SELECT id, person, mac, stage FROM sessions WHERE person IN ({mine}) ORDER BY id", party
            ),
            "api_keys": self._rows("SELECT * FROM api_keys WHERE party = ? ORDER BY id", party),
            "events": self._rows("SELECT id FROM outbox WHERE party = ? ORDER BY seq", party),
        }


class Attackers:
    def __init__(self, nguon: Gateway, victim: Victim) -> None:
        self.party = nguon.party("attacker", "producer", "processor", "packer")
        self.victim = victim
        self.people = [
            someone(nguon, self.party, role, at=f"203.0.113.{210 + place}") for place, role in enumerate(PARTYS)
        ]
        self.programs = [nguon.as_party(self.party), *(self._scoped(nguon, scope) for scope in PARTYS)]
        described = client(nguon.url).get("/openapi.json").json()["paths"]
        self.api = [(method.upper(), path) for path, methods in described.items() for method in methods]
        told = every_route_says([route for each in ROUTERS for route in each.routes], DOORS)
        self.pages = sorted({(method, path) for method, path, _ in told if (method, path) not in self.api})

    def _scoped(self, nguon: Gateway, scope: str) -> Any:
        made = nguon.operator.post(f"{path_of(self.party)}/api-keys", json={"scopes": [scope]}).json()
        return client(nguon.url, made["api_key"])

    def call(self, dice: random.Random) -> tuple[str, str, str]:
        """One random call at what is the victim's: the route, the path that was sent, and all that came back."""
        victim = self.victim
        method, path = dice.choice(self.api if dice.random() < 0.5 else self.pages)
        ids = [*victim.ids, *victim.sessions, *victim.keys, victim.party, victim.event]
        values = {
            "id": dice.choice(ids), "key": dice.choice([*victim.keys, *victim.ids]), "name": dice.choice(ids),
            "product": dice.choice(ids), "gtin": "09520000002015", "lot": dice.choice(ids), "day": "2026-11-24",
        }  # fmt: skip
        if path.startswith("/v1/parties/"):
            values["id"] = victim.party
        filled = path.format(**{name: quote(value, safe="") for name, value in values.items()})
        asked = {"party": victim.party, "idempotency_key": "x", "lang": dice.choice(("vi", "en", "th", "bn"))}
        if (method, path) in self.api:
            body = dice.choice((
                {"name": "Ai", "roles": ["manager"], "party": victim.party}, {"scopes": ["manager"], "days": 9}, {},
                {"kind": "Observe", "party": victim.party, "occurred_at": "2025-11-20T07:30:00+07:00", "place": "urn:nguon:p:1"},
            ))  # fmt: skip
            more = {} if method in ("GET", "DELETE") else {"json": body}
            answer = dice.choice(self.programs).request(method, filled, params=asked, **more)
        else:
            person = dice.choice(self.people)
            answer = self._page(dice, person.device, person, method, filled, asked)
        assert answer.status_code < 500, (method, path, answer.text)
        return f"{method} {path}", filled, answer.text + str(answer.headers)

    def _page(self, dice: random.Random, device: Device, person: Someone, method: str, path: str, asked: Any) -> Any:
        if not device.is_in():
            device.sign_in(person.name)
        if method == "GET":
            return device.http.get(path, params=asked)
        victim = self.victim
        fields = {"party": victim.party, "name": "Ai", "role": list(PARTYS[: dice.randint(1, 4)]), "code": "0" * 20,
                  "password": "một mật khẩu nào đó", "id": dice.choice(victim.ids)}  # fmt: skip
        return device.http.post(path, params=asked, data=fields | {"token": device.token()})


@pytest.mark.timeout(3_600 if ALL else 300)
def test_nothing_of_another_partys_is_seen_or_changed(nguon: Gateway) -> None:
    victim = Victim(nguon)
    attackers = Attackers(nguon, victim)
    before = victim.rows()
    assert all(before.values()), "there is something to be seen and changed of every kind"
    dice, asked, seen = random.Random(31), Counter[str](), []
    for _ in range(CALLS):
        route, sent, back = attackers.call(dice)
        asked[route] += 1
        # What the caller sent itself may come back: whoever sends an id has it already.
        seen += [(route, secret) for secret in victim.secrets if secret in back and secret not in sent]
    assert not seen, seen[:5]
    assert victim.rows() == before
    assert set(asked) == {f"{method} {path}" for method, path in [*attackers.api, *attackers.pages]}, (
        "every route was tried"
    )
    print(f"random calls: {sum(asked.values())}, visible: {len(seen)}, changed: 0")


def test_the_looking_sees_what_is_there(nguon: Gateway) -> None:
    """The control: the victim's own manager sees the names, so that a page which showed them would have been found."""
    victim = Victim(nguon)
    page = victim.people[-1].device.http.get("/people").text
    assert {"Bí Mật", "Chờ Mời Kín"} <= {each for each in victim.secrets if each in page}
