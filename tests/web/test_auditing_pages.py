"""The auditors' pages in a real browser at a real gateway: four languages, a phone and a desk; nothing that axe finds, nothing
too wide, too small or too pale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, gateway
from tests.signed_in import Device, someone
from tests.web.test_account_pages import Stage, context, languages, looked_at

AT = "2025-11-20T07:30:00+07:00"
CRAB, SALTED = "urn:nguon:ba-khia-song", "urn:nguon:ba-khia-muoi"
COOP, PLANT, SHOP = "https://id.gs1.org/417/9520000101015", "urn:nguon:htx:ngoc-hien", "urn:nguon:cua-hang:ca-mau"
PARTIES = (
    (COOP, "Hợp tác xã Tôm rừng Viên An", "producer", "Xã Viên An, Ngọc Hiển, Cà Mau"),
    (PLANT, "Hợp tác xã Chế biến Thủy sản Ngọc Hiển", "processor", "Thị trấn Rạch Gốc, Ngọc Hiển, Cà Mau"),
    (SHOP, "Cửa hàng Đặc sản Đất Mũi", "retailer", "Phường 8, thành phố Cà Mau"),
)
PRODUCTS = ((CRAB, COOP, "Ba khía sống", 0), (SALTED, PLANT, "Ba khía Rạch Gốc muối sẵn", 1))


@dataclass
class Audited(Stage):
    """Signs in as an auditor of an area, an auditor of nothing, or the operator."""

    auditors: dict[str, Device]
    batch: str

    def cookie(self, of: str) -> str | None:
        return self.auditors[of].cookie


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder = tmp_path_factory.mktemp("auditing")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as nguon:
        batch = traded(nguon)
        people = {
            name: someone(nguon, None, "auditor", at=f"192.0.2.{20 + number}", scope=scope)
            for number, (name, scope) in enumerate((("area", "area Ngọc Hiển"), ("none", "area Huyện U Minh")))
        }
        people["operator"] = someone(nguon, None, "operator", at="192.0.2.30", name="Phạm Quốc Việt")
        devices = {name: each.device for name, each in people.items()}
        yield Audited(nguon, COOP, people["operator"], people["operator"], devices, batch)


def traded(nguon: Gateway) -> str:
    """Crab brought in, sent on, salted, partly lost, corrected and sold; then the crab is recalled. The id of the salted lot."""
    parties = [
        {"uri": uri, "roles": [role], "profile": {"name": {"vi": name}, "address": address}}
        for uri, name, role, address in PARTIES
    ]
    assert nguon.operator.post("/v1/parties", json={"parties": parties}).status_code == 200
    products = [
        {"uri": uri, "unit": "g", "stage": stage, "brand_owner": owner, "profile": {"name": {"vi": name}}}
        for uri, owner, name, stage in PRODUCTS
    ]
    assert nguon.operator.post("/v1/products", json={"products": products}).status_code == 200
    nguon.declare(CRAB, SALTED, 1_120_000)
    crab, salted = {"product": CRAB, "lot": "BK-20-11"}, {"product": SALTED, "lot": "MUOI-2611"}
    coop, plant = {"party": COOP, "occurred_at": AT}, {"party": PLANT, "occurred_at": AT}
    caught = {"kind": "Commission", "outputs": [crab | {"quantity": 1_234_500}]}
    kept = {"household": ["Hộ ông Chín", "Hộ bà Tư"], "price_vnd": 145_000, "scale": "Cân điện tử số 3"}
    nguon.record(coop | caught | {"private": kept})
    nguon.record(coop | crab | {"kind": "Ship", "quantity": 1_000_000, "to": PLANT})
    nguon.record(plant | crab | {"kind": "Receive", "quantity": 1_000_000})
    used, made = crab | {"quantity": 900_000}, salted | {"quantity": 950_000}
    salting = {"kind": "Transform", "inputs": [used], "outputs": [made], "private": {"recipe": "muối 18 %"}}
    done = nguon.record(plant | salting)["id"]
    nguon.record(plant | salted | {"kind": "Dispose", "quantity": 12_500, "content": {"nguon:reason": "spoiled"}})
    nguon.record(plant | salted | {"kind": "AdjustDown", "quantity": 2_500, "mends": done})
    nguon.record(plant | salted | {"kind": "Ship", "quantity": 400_000, "to": SHOP})
    recalled = {"kind": "Recall", "batches": [crab], "content": {"nguon:reason": "spoiled"}}
    nguon.final(nguon.record(coop | recalled)["id"])
    return str(nguon.batch(SALTED, "MUOI-2611")["batch"])


SHOWN = {
    "list": ("area", "/auditing"),
    "empty": ("none", "/auditing"),
    "batch": ("area", "/auditing/{batch}"),
    "all": ("operator", "/auditing"),
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", SHOWN)
def test_every_page_reads_in_four_languages(
    browser: Browser, stage: Audited, artefacts: Path, name: str, width: int
) -> None:
    of, path = SHOWN[name]
    with context(browser, stage, width, of) as opened:
        page = opened.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for code in languages(width):
            answer = page.goto(f"{stage.nguon.url}{path.format(batch=stage.batch)}?lang={code}")
            assert answer and answer.status == 200
            looked_at(page, code, width, artefacts / f"auditing-{name}-{width}-{code}.png")
        assert said == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_an_auditor_finds_a_lot_reads_its_journey_and_takes_the_table_along(
    browser: Browser, stage: Audited, tmp_path: Path, scripts: bool
) -> None:
    with context(browser, stage, 360, "area", java_script_enabled=scripts) as opened:
        page = opened.new_page()
        page.goto(f"{stage.nguon.url}/auditing?lang=vi")
        page.locator("#lot").fill("muoi")
        page.get_by_role("button", name="Tìm").click()
        page.get_by_role("link", name="MUOI-2611").click()
        text = page.locator("main").inner_text().replace("\N{NO-BREAK SPACE}", " ")
        assert "có nguyên liệu bị thu hồi" in text and "muối 18 %" in text and "Số lượng khớp." in text
        assert page.locator(".steps tbody tr").count() == 4
        page.get_by_role("link", name="Về danh sách lô").click()
        with page.expect_download() as given:
            page.get_by_role("button", name="Tải về").click()
        given.value.save_as(tmp_path / "table.csv")
        assert "Ba khía Rạch Gốc muối sẵn" in (tmp_path / "table.csv").read_text("utf-8-sig")
