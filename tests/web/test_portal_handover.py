"""Promise: two people of two cooperatives in two browsers hand over 100 kg of live crab of which 97 live: both see the same, the
ledger balances, the 3 kg are a loss with reason. On a phone of 360 px, in Vietnamese; taps are counted, digits apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, Json, gateway, until
from tests.signed_in import Someone, someone
from tests.web.test_account_pages import looked_at

WIDTH = 360
LOT = "CUA-2411"


@dataclass
class Phone:
    """Somebody's browser. `taps` counts what a finger does, `digits` what it types."""

    page: Page
    url: str
    taps: int = 0
    digits: int = 0
    pictures: list[str] = field(default_factory=list)

    def today(self) -> Phone:
        self.page.goto(f"{self.url}/portal")
        self.taps = self.digits = 0
        return self

    def tap(self, what: Locator) -> None:
        what.tap()
        self.taps += 1

    def presses(self, role: Any, words: str) -> None:
        """A link or a button: another page follows."""
        with self.page.expect_navigation():
            self.tap(self.page.get_by_role(role, name=words))

    def choose(self, label: str, words: str) -> None:
        """A list opens with one tap, and its line is another."""
        self.page.get_by_label(label).select_option(label=words)
        self.taps += 2

    def types(self, label: str, digits: str) -> None:
        """Where the field has the keyboard already, no tap is needed to write into it."""
        what = self.page.get_by_label(label, exact=True)
        if not what.evaluate("each => each === document.activeElement"):
            self.tap(what)
        what.fill(digits)
        self.digits += len(digits)

    @property
    def says(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())


@dataclass
class Quay:
    nguon: Gateway
    coop: str
    store: str
    crab: str
    lan: Phone
    be: Phone

    @property
    def path(self) -> str:
        return f"/v1/batches/{quote(self.crab, safe='')}/{LOT}"

    def sold_by(self, kind: str) -> list[Json]:
        return [each for each in self.nguon.operator.get(f"{self.path}/journey").json() if each["kind"] == kind]


def phone(browser: Browser, nguon: Gateway, who: Someone, open_: ExitStack) -> Phone:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 740}, device_scale_factor=2, is_mobile=True, has_touch=True, locale="vi-VN"
    )
    open_.callback(context.close)
    cookie: Any = {"name": "nguon-session", "value": who.device.cookie, "url": nguon.url, "httpOnly": True}
    context.add_cookies([cookie])
    return Phone(context.new_page(), nguon.url)


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Quay]:
    folder = tmp_path_factory.mktemp("quay")
    with ExitStack() as open_:
        chain = open_.enter_context(devnet(folder, beat=0.05))
        nguon = open_.enter_context(gateway(folder, chain.rpc))
        parties = {
            "HTX Tân Duyệt": nguon.name("tan-duyet"),
            "HTX Cua Năm Căn": nguon.name("nam-can"),
            "Cửa hàng Đầm Dơi": nguon.name("dam-doi"),
        }
        entries = [
            {"uri": uri, "roles": ["producer", "processor"], "profile": {"name": {"vi": name}}}
            for name, uri in parties.items()
        ]
        assert nguon.operator.post("/v1/parties", json={"parties": entries}).status_code < 300
        coop, store, _ = parties.values()
        crab = nguon.product(coop, profile={"name": {"vi": "Cua biển sống", "en": "Live mud crab"}})
        lan = someone(nguon, coop, "shipper", "recorder", name="Nguyễn Thị Lan", at="192.0.2.21")
        be = someone(nguon, store, "shipper", "recorder", name="Trần Văn Bé", at="192.0.2.22")
        phones = [phone(browser, nguon, each, open_) for each in (lan, be)]
        yield Quay(nguon, coop, store, crab, *phones)


def test_a_hundred_kilos_of_live_crab_of_which_97_live(quay: Quay, artefacts: Path) -> None:
    lan, be = quay.lan, quay.be
    lan.today()
    lan.presses("link", "Thu hoạch")
    lan.types("Số lượng", "100")
    lan.page.get_by_label("Lô", exact=True).fill(LOT)
    lan.presses("button", "Lưu")

    lan.today()
    lan.presses("link", "Giao hàng")
    lan.choose("Bên nhận", "HTX Cua Năm Căn")
    looked_at(lan.page, "vi", WIDTH, artefacts / "handover-1-ship.png")
    lan.presses("button", "Giao hàng")
    assert (lan.taps, lan.digits) == (4, 0), "the only lot is ticked, all of it proposed, and the list takes two taps"
    assert f"Giao hàng: 100 kg Cua biển sống, lô {LOT} cho HTX Cua Năm Căn" in lan.says
    looked_at(lan.page, "vi", WIDTH, artefacts / "handover-2-sender-today.png")

    be.today()
    assert f"Hàng đang về từ HTX Tân Duyệt 100 kg Cua biển sống, lô {LOT}" in be.says
    looked_at(be.page, "vi", WIDTH, artefacts / "handover-3-receiver-today.png")
    be.presses("link", "100 kg")
    be.types("Nhận được, còn tốt", "97")
    be.tap(be.page.get_by_label("chết dọc đường"))
    looked_at(be.page, "vi", WIDTH, artefacts / "handover-4-receive.png")
    be.presses("button", "Lưu")
    assert (be.taps, be.digits) == (3, 2), "the digits are typed once"
    assert f"Nhận hàng: 97 kg Cua biển sống, lô {LOT}" in be.says
    assert f"Hao hụt: 3 kg Cua biển sống, lô {LOT} (chết dọc đường)" in be.says

    lan.today()
    assert f"100 kg Cua biển sống, lô {LOT} đã nhận 97 kg và 3 kg chết dọc đường: sắp ký" in lan.says, (
        "both see the same"
    )
    assert "Lấy lại" not in lan.says, "what the other has is not taken back"
    looked_at(lan.page, "vi", WIDTH, artefacts / "handover-5-sender-after.png")

    be.presses("button", "Ký ngay")
    assert f"Hàng đang có 97 kg Cua biển sống lô {LOT}" in be.says and "Hàng đang về" not in be.says
    assert "Hàng bạn đang giao đi" not in lan.today().says and "Chưa có gì" in lan.says
    looked_at(be.page, "vi", WIDTH, artefacts / "handover-6-receiver-has-it.png")

    until(lambda: quay.sold_by("Dispose") and quay.sold_by("Receive"), "final")
    batch = quay.nguon.operator.get(quay.path).json()
    parts = {name: int(batch["quantities"][name]) for name in ("held", "on_the_way", "sold", "consumed", "disposed")}
    assert int(batch["quantities"]["made"]) == sum(parts.values()) == 100_000
    assert parts == {"held": 97_000, "on_the_way": 0, "sold": 0, "consumed": 0, "disposed": 3_000}
    assert {each["party"]["id"]: int(each["quantity"]) for each in batch["holdings"] if int(each["quantity"])} == {
        quay.store: 97_000
    }
    (ship,), (receive,), (loss,) = (quay.sold_by(kind) for kind in ("Ship", "Receive", "Dispose"))
    assert (ship["party"]["id"], ship["to"]["id"], int(ship["quantity"])) == (quay.coop, quay.store, 100_000)
    assert (receive["party"]["id"], receive["target"], int(receive["quantity"])) == (quay.store, ship["id"], 97_000)
    assert (loss["party"]["id"], loss["target"], int(loss["quantity"])) == (quay.store, ship["id"], 3_000)
    assert loss["content"]["nguon:reason"] == "dead_on_the_way"
    assert receive["content"]["nguon:entered"] == [{"unit": "kg", "value": "97"}]

    answer = lan.page.goto(f"{quay.nguon.url}/p/{quote(quay.crab, safe='')}/{LOT}?lang=vi")
    assert answer and answer.status == 200
    told = lan.says
    lan.page.screenshot(path=artefacts / "handover-7-scan.png", full_page=True)
    for words in ("HTX Tân Duyệt", "HTX Cua Năm Căn", "100 kg", "97 kg", "3 kg", "chết dọc đường"):
        assert words in told


def test_the_second_time_takes_fewer_taps(quay: Quay) -> None:
    """Whom it went to and what of it died are proposed as they were last time; all of it is received with one tap."""
    lan, be = quay.lan, quay.be
    assert httpx.get(f"{quay.nguon.url}/health/ready").status_code == 200
    for lot in ("CUA-2", "CUA-3"):
        out = [{"product": quay.crab, "lot": lot, "quantity": 50_000}]
        event = {"kind": "Commission", "party": quay.coop, "occurred_at": "2026-10-15T05:30:00+07:00", "outputs": out}
        quay.nguon.record(event)
        lan.today()
        lan.presses("link", "Giao hàng")
        lan.presses("button", "Giao hàng")
        assert (lan.taps, lan.digits) == (2, 0)
    be.today()
    be.presses("link", "lô CUA-2")
    be.types("Nhận được, còn tốt", "48,5")
    be.presses("button", "Lưu")
    assert (be.taps, be.digits) == (2, 4) and "1,5 kg Cua biển sống, lô CUA-2 (chết dọc đường)" in be.says
    be.today()
    be.presses("button", "Đã nhận đủ")
    assert (be.taps, be.digits) == (1, 0) and "Nhận hàng: 50 kg Cua biển sống, lô CUA-3" in be.says
