"""A party with something of every kind that is kept here, and what of it nobody else may ever see or change."""

from __future__ import annotations

import json
import sqlite3
from base64 import urlsafe_b64decode
from typing import Any

from ledger.events.identifiers import party_id
from tests.e2e.entered import CAME, STOCK, Entered, Goods
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
        self.party = nguon.party("victim", "producer", "packer")
        until(lambda: nguon.operator.post(f"{path_of(self.party)}/keys/renew").json().get("finished"), "a new key")
        self.people = [
            someone(nguon, self.party, role, at="203.0.113.200", name=f"Bí Mật {role}") for role in PARTYS[-2:]
        ]
        waiting = invited(nguon, self.party, "recorder", name="Chờ Mời Kín")
        made = nguon.operator.post(f"{path_of(self.party)}/api-keys", json={}).json()
        buyer = nguon.party("buyer", "producer")
        self.buyer = party_id(buyer)
        self.neighbour = someone(nguon, buyer, "manager", at="203.0.113.201")
        theirs = nguon.product(buyer, makers=(self.party,))
        self.product, self.lot = nguon.product(self.party), "KIN-1"
        goods = {"product": self.product, "lot": self.lot}
        said = {"party": self.party, "occurred_at": WHEN}
        sent = {"party": buyer, "occurred_at": WHEN}
        came = {"product": theirs, "lot": "L-1", "quantity": CAME + 900}
        private = {"price_vnd": PRICE, "household": HOUSEHOLD}
        nguon.record(
            said | {"kind": "Commission", "outputs": [goods | {"quantity": STOCK + 400}]}, params={"wait": "final"}
        )
        nguon.record(sent | {"kind": "Commission", "outputs": [came]})
        incoming = nguon.record(sent | came | {"kind": "Ship", "to": self.party})["id"]
        ship = said | goods | {"kind": "Ship", "quantity": 400, "to": buyer}
        self.shipment = nguon.record(ship, params={"wait": "final"})["id"]
        seen = said | {"kind": "Observe", "place": "urn:nguon:pond:victim", "private": private}
        self.key_of_event = "bí mật 7f3a"
        self.event = nguon.record(
            seen, params={"wait": "final"}, headers={"Idempotency-Key": self.key_of_event.encode().hex()}
        )["id"]
        batch = nguon.batch(self.product, self.lot)["batch"]
        self._pack(nguon)
        self.entered = entered = Entered(
            nguon, self.party, buyer, self.people[-1], self.neighbour, Goods(self.product, self.lot, batch), incoming
        )
        until(self._all_final, "all that was signed is final")
        ids = [*(each.id for each in self.people), waiting["id"]]
        sessions = [row[0] for row in self._rows("SELECT id FROM sessions WHERE person IN (?, ?)", *ids[:2])]
        self.of = {
            "people": ids, "devices": sessions, "api-keys": [made["id"]], "parties": [self.party], "products": [self.product],
            "events": [self.event, self.shipment], "shipments": [self.shipment],
            "drafts": [each for name, each in entered.ids.items() if "slip" not in name],
            "slips": [entered.ids["slip"], entered.ids["slip signed"]],
            "receive": [f"{entered.ids['ship']}.0", incoming, self.shipment],
            "sent": [self.shipment, incoming],
            "stock": [batch],
            "auditing": [batch],
        }  # fmt: skip
        self.sign_ins = [waiting["sign_in"], *(each.name for each in self.people)]
        kept = [
            row[0]
            for table in ("disclosures", "private_rows")
            for row in self._rows(
                f"SELECT disclosure FROM {table} WHERE event IN (SELECT id FROM outbox WHERE party = ?)",
                party_id(self.party),
            )
        ]
        salts = [json.loads(urlsafe_b64decode(each + "=" * (-len(each) % 4)))[0] for each in kept]
        codes = [waiting["invitation"]["code"], *(each.code for each in self.people)]
        self.secrets = [
            *ids, *sessions, *self.sign_ins, *codes, *kept, *salts, made["api_key"].split("_", 2)[2], "Bí Mật", "Chờ Mời Kín",
            str(PRICE), f"{PRICE:,}", f"{PRICE:,}".replace(",", "."), HOUSEHOLD, self.key_of_event.encode().hex(),
            *entered.secrets,
        ]  # fmt: skip
        assert len(kept) == 4 and all(len(each) > 5 for each in self.secrets)

    def _pack(self, nguon: Gateway) -> None:
        """Items, and so a label secret."""
        raw, jar = nguon.product(self.party), nguon.product(self.party, unit="pieces", stage=1)
        nguon.declare(raw, jar, 2_000)
        said = {"party": self.party, "occurred_at": WHEN}
        goods = {"product": raw, "lot": "KIN-0", "quantity": 1_000}
        nguon.record(said | {"kind": "Commission", "outputs": [goods]}, params={"wait": "final"})
        packed = {"outputs": [{"product": jar, "lot": "KIN-9", "quantity": 2}], "items": True}
        nguon.record(said | packed | {"kind": "Pack", "inputs": [goods]}, params={"wait": "final"})

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        db = sqlite3.connect(self.data, timeout=60)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def _all_final(self) -> bool:
        sql = "SELECT 1 FROM outbox WHERE party IN (?, ?) AND state <> 'final'"
        return not self._rows(sql, party_id(self.party), self.buyer)

    def rows(self) -> dict[str, list[Any]]:
        """All rows of all tables that name it, its people or its event, by table; but when its sessions were last used."""
        events = [row[0] for row in self._rows("SELECT id FROM outbox WHERE party = ?", party_id(self.party))]
        names = {"party": [party_id(self.party)], "person": self.of["people"], "event": events}
        names |= {other: names["party"] for other in ("origin", "brand_owner", "sender", "receiver", "asked_by")}
        found: dict[str, list[Any]] = {}
        for (table,) in self._rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
            columns = [row[1] for row in self._rows(f"SELECT * FROM pragma_table_info('{table}')")]
            naming = [column for column in columns if column in names]
            if table in PASSING or not naming:
                continue
            told = ", ".join(f'"{column}"' for column in columns if column not in CHANGING)
            which = " OR ".join(f'"{column}" IN ({", ".join("?" * len(names[column]))})' for column in naming)
            if table == "drafts":  # anybody may weigh its goods and ask it to agree
                which = f"({which}) AND (asked_by IS NULL OR asked_by = x'{self.buyer.hex()}')"
            rows = self._rows(
                f"SELECT {told} FROM {table} WHERE {which}", *(each for column in naming for each in names[column])
            )
            if rows or {"party", "person"} & {*naming}:
                found[table] = sorted(rows, key=repr)
        return found


def _bytes(id: str) -> bytes:
    return bytes.fromhex(id.removeprefix("0x"))
