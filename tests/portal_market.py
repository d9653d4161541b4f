"""Two parties with a clerk each, for tests of the portal: goods that move between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.gateway_process import Gateway, Json, until
from tests.portal_desk import Clerk
from tests.signed_in import someone

AT = "2026-10-15T05:30:00+07:00"


@dataclass
class Market:
    """Two parties with a clerk each; the first has 100 kg of crab of lot A and 40 kg of lot B."""

    nguon: Gateway
    coop: str
    store: str
    crab: str
    lan: Clerk
    be: Clerk

    def stock(self, lot: str = "A") -> Json:
        """With what is signed and not final yet; nothing of what waits."""
        told: Json = self.nguon.operator.get(f"/v1/batches/{quote(self.crab, safe='')}/{lot}/stock").json()
        return told["batches"][0]

    def holds(self, party: str, lot: str = "A") -> int:
        return int(self.stock(lot)["holdings"].get(party, 0))

    def on_the_way(self, lot: str = "A") -> int:
        return sum(int(each["open"]) for each in self.stock(lot)["shipments"])

    def signed(self, kind: str, lot: str = "A", count: int = 1) -> list[Json]:
        """All events of this kind, once there are so many and they are final."""
        path = f"/v1/batches/{quote(self.crab, safe='')}/{lot}/journey"

        def found() -> list[Json]:
            answer = self.nguon.operator.get(path)
            journey = answer.json() if answer.status_code == 200 else []  # no such batch yet
            told = [each for each in journey if each["kind"] == kind]
            return told if len(told) >= count else []

        return until(found, f"{count} {kind} of lot {lot}") if count else found()

    @property
    def untouched(self) -> bool:
        """Nothing was signed since the harvest; what waits is not signed."""
        return (self.holds(self.coop), self.on_the_way(), self.holds(self.store)) == (100_000, 0, 0)

    def ship(self, lot: str = "A", **more: Any) -> None:
        self.lan.opens("/portal/ship")
        self.lan.fills("/portal/ship", goods=self.lan.ticks(lot), to=self.store, **more)
        assert self.lan.answer.url.path == "/portal", self.lan.says


def market_of(nguon: Gateway) -> Market:
    coop, store = nguon.party("htx-tan-duyet", "producer"), nguon.party("cua-nam-can", "processor", "retailer")
    crab = nguon.product(coop, profile={"name": {"vi": "Cua biển", "en": "Mud crab"}}, makers=(coop,))
    for lot, grams in (("A", 100_000), ("B", 40_000)):
        out = [{"product": crab, "lot": lot, "quantity": grams}]
        nguon.record({"kind": "Commission", "party": coop, "occurred_at": AT, "outputs": out})
    lan = Clerk(someone(nguon, coop, "manager", name="Nguyễn Thị Lan", at="192.0.2.11"))
    be = Clerk(someone(nguon, store, "manager", name="Trần Văn Bé", at="192.0.2.12"))
    return Market(nguon, coop, store, crab, lan, be)


def refused(clerk: Clerk, words: str) -> str:
    """Said in these words on the form that was sent; what was typed still stands there."""
    assert clerk.answer.status_code >= 400 and 'role="alert"' in clerk.answer.text, clerk.says
    alert = re.search(r'role="alert">([^<]+)<', clerk.answer.text)
    assert alert and words in alert[1].replace("\N{NO-BREAK SPACE}", " ").replace("&#39;", "'"), clerk.says
    return clerk.answer.text


def done(clerk: Clerk) -> str:
    assert clerk.answer.status_code == 200 and clerk.answer.url.path == "/portal", clerk.says
    return clerk.says.replace("\N{NO-BREAK SPACE}", " ")


def signed_ship(market: Market, lot: str = "A") -> Clerk:
    """Signed, and on its way; the sender's Today."""
    market.ship(lot)
    path, form = market.lan.opens().form("/portal/drafts")
    market.lan.answer = market.lan.sends(path.replace("take-back", "sign"), form)
    assert "On its way from you" in done(market.lan)
    return market.lan
