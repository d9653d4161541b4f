"""What a party has entered, of every form: what waits, what was refused, what is asked of it; and who else may know of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from ledger.events.identifiers import party_id
from tests.database_files import opened
from tests.gateway_process import Gateway
from tests.signed_in import Someone

STOCK, LOST = 900 * 10**9, 23_456_789_171
SHIPPED, WEIGHED, CAME = 12_345_678_917, 34_567_891_713, 56_789_171_393
HARVESTED, BROUGHT, AT_ONCE, A_UNIT = 45_678_917_139, 67_891_713_957, 78_917_139_577, 89_171_395_771
PRICES = ("913957717", "913.957.717", "913,957,717")
CARRIER, BUYER, HOUSEHOLDS, UNIT = "Đò Kín Tiếng", "Bà Mua Kín", ("Hộ Kín Trước", "Hộ Kín Sau"), "giỏ kín tiếng"


@dataclass
class Goods:
    """`batch`: its id."""

    product: str
    lot: str
    batch: str

    @property
    def key(self) -> str:
        return self.batch[2:18]


class Entered:
    """By the manager of a party, and by the one of its neighbour, who buys from it and sells to it.

    `ids`: of drafts by what they are; `secrets`: what nobody but the party may know; `told`: those of them that the neighbour
    sees (docs/spec/portal.md, section 2); `each_told`: one of each of these it does see.
    """

    def __init__(
        self, nguon: Gateway, party: str, neighbour: str, by: Someone, beside: Someone, goods: Goods, incoming: str
    ) -> None:
        """`goods`: STOCK of it is held. `incoming`: a Ship of the neighbour's to the party, of at least CAME."""
        product = {"product": goods.product, "lot": goods.lot}
        sold = _amount(STOCK - LOST, f"quantity_{goods.key}")
        self.ids = {"refused": self._post(by, "/portal/sell", goods=goods.key, price=PRICES[0], buyer=BUYER, **sold)}
        said = {"kind": "Ship", "party": party, "to": neighbour, "occurred_at": "2025-11-20T07:30:00+07:00"}
        nguon.record(said | product | {"quantity": LOST + 1})  # now it cannot be signed any more
        refused = by.device.send(f"/portal/drafts/{self.ids['refused']}/sign")
        assert refused.status_code == 422, refused.text
        round_ = {"product": goods.product, "unit": "g"}
        self.ids["signed"] = self._post(
            by, "/portal/collect", lot="KIN-V1", note=f"{HOUSEHOLDS[0]} {AT_ONCE}\n{HOUSEHOLDS[1]} 5", **round_
        )
        assert by.device.send(f"/portal/drafts/{self.ids['signed']}/sign").status_code == 303
        slip = {"sender": party, **product}
        self.ids["slip signed"] = self._post(beside, "/portal/weigh", **slip, **_amount(77, "quantity"))
        assert by.device.send(f"/portal/slips/{self.ids['slip signed']}/agree").status_code == 303
        self.ids |= {
            "ship": self._post(
                by, "/portal/ship", goods=goods.key, to=neighbour, carrier=CARRIER, **_amount(SHIPPED, f"quantity_{goods.key}")
            ),
            "harvest": self._post(by, "/portal/harvest", product=goods.product, lot="KIN-V2", **_amount(HARVESTED, "quantity")),
            "round": self._post(by, "/portal/collect", lot="KIN-V3", note=f"{HOUSEHOLDS[1]} {BROUGHT}", **round_),
            "answer": self._post(by, f"/portal/receive/{incoming}", rest="on_the_way", **_amount(CAME, "arrived")),
            "slip": self._post(beside, "/portal/weigh", **slip, **_amount(WEIGHED, "quantity")),
        }  # fmt: skip
        unit = by.device.send("/portal/units", product=goods.product, name=UNIT, factor=str(A_UNIT), factor_unit="g")
        assert unit.status_code == 303, unit.text
        with opened(nguon.data / "nguon.db") as db:
            sql = "UPDATE drafts SET sign_at = sign_at + 86400 WHERE party = ? AND law IS NULL AND asked_by IS NULL"
            db.execute(sql, (party_id(party),))  # the looking may take longer than ten minutes
            waits = {row[0] for row in db.execute("SELECT id FROM drafts WHERE law IS NULL").fetchall()}
            (law,) = db.execute("SELECT law FROM drafts WHERE id = ?", (self.ids["refused"],)).fetchone()
        assert (
            law == "MoreThanHeld"
            and {self.ids[each] for each in ("ship", "harvest", "round", "answer", "slip")} <= waits
        )
        left = STOCK - (LOST + 1) - 77 - SHIPPED
        self.told = [self.ids["ship"], self.ids["slip"], *_written(SHIPPED, WEIGHED, CAME)]
        self.each_told = [
            {self.ids["ship"]},
            {self.ids["slip"]},
            *({*_written(each)} for each in (SHIPPED, WEIGHED, CAME)),
        ]
        self.secrets = [
            *self.told, *(self.ids[each] for each in ("refused", "signed", "slip signed", "harvest", "round", "answer")),
            *_written(HARVESTED, BROUGHT, AT_ONCE, A_UNIT, STOCK - LOST, left),
            CARRIER, BUYER, *HOUSEHOLDS, UNIT, *PRICES,
        ]  # fmt: skip

    @staticmethod
    def _post(who: Someone, path: str, **fields: Any) -> str:
        """The id under which it is entered."""
        id = secrets.token_hex(16)
        answer = who.device.send(path, draft=id, **fields)
        assert answer.status_code == 303, answer.text
        return id


def _amount(grams: int, field: str) -> dict[str, str]:
    return {field: str(grams), f"{field}_unit": "g"}


def _written(*grams: int) -> list[str]:
    """As tables, forms and pages write them."""
    return [
        text
        for each in grams
        for comma in [f"{each / 1000:,.3f}"]
        for text in (str(each), comma, comma.replace(",", ""), comma.translate(str.maketrans(",.", ".,")))
    ]
