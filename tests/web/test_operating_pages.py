"""The Union's pages in a real browser at a real gateway: four languages, a phone and a desk, with and without JavaScript; nothing
that axe finds, nothing too wide, too small or too pale."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from tests.devnet_process import devnet
from tests.gateway_process import gateway
from tests.operated import one_event_dies
from tests.signed_in import someone
from tests.web.test_account_pages import Stage, context, languages, looked_at

AT = "2025-11-20T07:30:00+07:00"
PARTIES = {
    "dam-doi": ("Hợp tác xã Ba khía Đầm Dơi", "Dam Doi Salted Crab Cooperative", ["producer", "processor", "packer"]),
    "tan-duyet": ("Hợp tác xã Rừng ngập mặn Tân Duyệt", "Tan Duyet Mangrove Cooperative", ["producer"]),
    "xe-tai": ("Vận tải Cà Mau", "Ca Mau Carriers", ["carrier"]),
    "ha-noi": ("Cửa hàng Đặc sản Hà Nội", "Hanoi Specialities", ["retailer"]),
    "quality": ("Trung tâm Chất lượng vùng 5", "Quality Centre 5", ["inspector"]),
    "nam-can": ("Cơ sở chế biến Năm Căn", "Nam Can Plant", ["processor"]),
}
CRAB, SALTED, JAR = "urn:nguon:ba-khia-song", "urn:nguon:ba-khia-muoi", "https://id.gs1.org/01/09520000002015"
PRODUCTS = (
    (CRAB, "Ba khía sống", "g", 0, True),
    (SALTED, "Ba khía muối", "g", 1, False),
    (JAR, "Ba khía Đầm Dơi muối sẵn, hũ 400 g", "pieces", 2, False),
)


def uri(name: str) -> str:
    return f"urn:nguon:htx:{name}"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("operating")
    coop = uri("tan-duyet")
    with devnet(folder, beat=0.05) as chain:
        with gateway(folder, chain.rpc) as first:
            parties = [
                {"uri": uri(name), "roles": roles, "profile": {"name": {"vi": vi, "en": en}}}
                for name, (vi, en, roles) in PARTIES.items()
            ]
            assert first.operator.post("/v1/parties", json={"parties": parties}).status_code == 200
            products = [
                {"uri": id, "unit": unit, "stage": rank, "brand_owner": uri("dam-doi"), "open": is_open,
                 "makers": [uri("nam-can")] if rank else [], "profile": {"name": {"vi": name}}}
                for id, name, unit, rank, is_open in PRODUCTS
            ]  # fmt: skip
            assert first.operator.post("/v1/products", json={"products": products}).status_code == 200
            first.declare(CRAB, SALTED, 1_120_000)
            first.declare(SALTED, JAR, 2_500)
            for lot, out in (("1", 104_000), ("2", 111_500)):
                crab = {"product": CRAB, "lot": lot, "quantity": 100_000}
                goods = {"product": SALTED, "lot": lot, "quantity": out}
                made = {"party": uri("dam-doi"), "occurred_at": AT}
                first.record({"kind": "Commission", **made, "outputs": [crab]})
                first.final(first.record({"kind": "Transform", **made, "inputs": [crab], "outputs": [goods]})["id"])
            caught = [{"product": CRAB, "lot": "20-11", "quantity": 50_000}]
            first.final(first.record({"kind": "Commission", "party": coop, "occurred_at": AT, "outputs": caught})["id"])
        ship = {"kind": "Ship", "party": coop, "occurred_at": AT, "product": CRAB, "lot": "20-11", "quantity": 30_000}
        with one_event_dies(folder, chain.rpc, ship | {"to": uri("dam-doi")}, coop) as nguon:
            operator = someone(nguon, None, "operator", name="Phạm Quốc Việt", at="192.0.2.4")
            yield Stage(nguon, coop, operator, operator)


def suspending(page: Page) -> None:
    page.locator("button.danger").click()


def roles(page: Page) -> None:
    page.locator("input[value=inspector]").check()
    page.locator("form[action*=roles] button").click()


def proposed(most: str, source: str = CRAB, output: str = SALTED) -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        page.locator("summary.button").click()
        page.locator("#from").fill("100")
        page.locator("#most").fill(most)
        page.locator("#input").select_option(source)
        page.locator("#output").select_option(output)
        page.locator("details[open] button").click()

    return fill


def admitted(id: str) -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        page.locator("summary.button").click()
        page.locator("#uri").fill(id)
        page.locator("#name_vi").fill("Tổ hợp tác Lúa tôm Thới Bình")
        page.locator("#name_en").fill("Thoi Binh Rice and Shrimp Group")
        page.locator("details[open] input[value=producer]").check()
        page.locator("details[open] button").click()

    return fill


def opened(page: Page) -> None:
    page.locator("summary.button").click()


def nothing(page: Page) -> None:
    pass


COOP, PLANT = (
    f"/operating/parties/{quote(uri('tan-duyet'), safe='')}",
    f"/operating/parties/{quote(uri('nam-can'), safe='')}",
)
SHOWN: dict[str, tuple[str, Callable[[Page], None]]] = {
    "network": ("/operating", nothing),
    "parties": ("/operating/parties", nothing),
    "admit": ("/operating/parties", opened),
    "admit-asked": ("/operating/parties", admitted("urn:nguon:tht:thoi-binh")),
    "admit-wrong": ("/operating/parties", admitted("9520000001011")),
    "party": (COOP, nothing),
    "suspend-asked": (PLANT, suspending),
    "roles-asked": (PLANT, roles),
    "products": ("/operating/products", opened),
    "product": (f"/operating/products/{quote(JAR, safe='')}", nothing),
    "yields": ("/operating/yields", opened),
    "yield-asked": ("/operating/yields", proposed("115")),
    "yield-less": ("/operating/yields", proposed("108")),
    "yield-wrong": ("/operating/yields", proposed("1.150")),
    "dead": ("/operating/dead", nothing),
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", SHOWN)
def test_every_page_reads_in_four_languages(
    browser: Browser, stage: Stage, artefacts: Path, name: str, width: int
) -> None:
    path, act = SHOWN[name]
    with context(browser, stage, width, "operator") as opened_context:
        page = opened_context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for code in languages(width):
            answer = page.goto(f"{stage.nguon.url}{path}?lang={code}")
            assert answer and answer.status == 200
            act(page)
            looked_at(page, code, width, artefacts / f"operating-{name}-{width}-{code}.png")
            if "wrong" in name:
                assert page.locator("[role=alert]").count() == 1
        # a form that is refused is answered with 422, of which the browser tells, too
        assert [each for each in said if "422" not in each] == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_yield_is_declared_by_hand(browser: Browser, stage: Stage, scripts: bool) -> None:
    most = "116" if scripts else "117"
    with context(browser, stage, 360, "operator", java_script_enabled=scripts) as opened_context:
        page = opened_context.new_page()
        page.goto(f"{stage.nguon.url}/operating?lang=vi")
        page.get_by_role("link", name="Định mức chế biến").click()
        proposed(most)(page)
        asked = page.locator("main").inner_text()
        assert f"Từ 100 kg Ba khía sống được nhiều nhất {most} kg Ba khía muối." in asked.replace(
            "\N{NO-BREAK SPACE}", " "
        )
        page.get_by_role("button", name="Công nhận định mức").click()
        page.wait_for_url(re.compile("done="))
        assert "Đã xong" in page.locator("main").inner_text()
        declared = {
            (each["input"], each["output"]): each["per_million"]
            for each in stage.nguon.operator.get("/v1/yields").json()
        }
        assert declared[CRAB, SALTED] == int(most) * 10_000
