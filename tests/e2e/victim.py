"""A party with something of every kind that is kept here, and what of it nobody else may ever see or change."""

from __future__ import annotations

import json
import sqlite3
from base64 import urlsafe_b64decode
from typing import Any

from ledger.events.identifiers import party_id
from tests.gateway_process import Gateway, until
from tests.signed_in import invited, path_of, someone

WHEN = "2025-11-20T07:30:00+07:00"
PRICE, HOUSEHOLD = 145_731_977, "Hộ ông Kín"
PARTYS = ("recorder", "shipper", "processor", "manager")
CHANGING = {"seen_at"}
PASSING = {"tries"}


class Victim:
    """`of`: identifiers by what stands before them in an address (`/people/{id}`); `secrets`: what nobody else may see."""

    def __init__(self, nguon: Gateway) -> None:
        self.data = nguon.data / "nguon.db"
        self.party = nguon.party("victim", "producer")
        until(lambda: nguon.operator.post(f"{path_of(self.party)}/keys/renew").json().get("finished"), "a new key")
        self.people = [
            someone(nguon, self.party, role, at="203.0.113.200", name=f"Bí Mật {role}") for role in PARTYS[-2:]
        ]
        waiting = invited(nguon, self.party, "recorder", name="Chờ Mời Kín")
        made = nguon.operator.post(f"{path_of(self.party)}/api-keys", json={}).json()
        buyer = nguon.party("buyer", "producer")
        nguon.product(buyer, makers=(self.party,))
        self.product, self.lot = nguon.product(self.party), "KIN-1"
        goods = {"product": self.product, "lot": self.lot}
        said = {"party": self.party, "occurred_at": WHEN}
        private = {"price_vnd": PRICE, "household": HOUSEHOLD}
        nguon.record(said | {"kind": "Commission", "outputs": [goods | {"quantity": 900}]}, params={"wait": "final"})
        ship = said | goods | {"kind": "Ship", "quantity": 400, "to": buyer}
        self.shipment = nguon.record(ship, params={"wait": "final"})["id"]
        seen = said | {"kind": "Observe", "place": "urn:nguon:pond:victim", "private": private}
        self.key_of_event = "bí mật 7f3a"
        self.event = nguon.record(
            seen, params={"wait": "final"}, headers={"Idempotency-Key": self.key_of_event.encode().hex()}
        )["id"]
        ids = [*(each.id for each in self.people), waiting["id"]]
        sessions = [row[0] for row in self._rows("SELECT id FROM sessions WHERE person IN (?, ?)", *ids[:2])]
        self.of = {
            "people": ids, "devices": sessions, "api-keys": [made["id"]], "parties": [self.party], "products": [self.product],
            "events": [self.event, self.shipment], "shipments": [self.shipment],
        }  # fmt: skip
        self.sign_ins = [waiting["sign_in"], *(each.name for each in self.people)]
        kept = [row[0] for row in self._rows("SELECT disclosure FROM disclosures WHERE event = ?", _bytes(self.event))]
        salts = [json.loads(urlsafe_b64decode(each + "=" * (-len(each) % 4)))[0] for each in kept]
        codes = [waiting["invitation"]["code"], *(each.code for each in self.people)]
        self.secrets = [
            *ids, *sessions, *self.sign_ins, *codes, *kept, *salts, made["api_key"].split("_", 2)[2], "Bí Mật", "Chờ Mời Kín",
            str(PRICE), f"{PRICE:,}", f"{PRICE:,}".replace(",", "."), HOUSEHOLD, self.key_of_event.encode().hex(),
        ]  # fmt: skip
        assert len(kept) == 2 and all(len(each) > 5 for each in self.secrets)

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        db = sqlite3.connect(self.data, timeout=60)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def rows(self) -> dict[str, list[Any]]:
        """All rows of all tables that name it, its people or its event, by table; but when its sessions were last used."""
        names = {"party": [party_id(self.party)], "person": self.of["people"], "event": [_bytes(self.event)]}
        names |= {other: names["party"] for other in ("origin", "brand_owner", "sender", "receiver")}
        found: dict[str, list[Any]] = {}
        for (table,) in self._rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
            columns = [row[1] for row in self._rows(f"SELECT * FROM pragma_table_info('{table}')")]
            naming = [column for column in columns if column in names]
            if table in PASSING or not naming:
                continue
            told = ", ".join(f'"{column}"' for column in columns if column not in CHANGING)
            which = " OR ".join(f'"{column}" IN ({", ".join("?" * len(names[column]))})' for column in naming)
            rows = self._rows(
                f"SELECT {told} FROM {table} WHERE {which}", *(each for column in naming for each in names[column])
            )
            if rows or {"party", "person"} & {*naming}:
                found[table] = sorted(rows, key=repr)
        return found


def _bytes(id: str) -> bytes:
    return bytes.fromhex(id.removeprefix("0x"))
