"""The pages that move goods, in a real browser at a real gateway: four languages, a phone and a desk; nothing that axe finds,
nothing too wide, too small or too pale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.devnet_process import devnet
from tests.gateway_process import gateway
from tests.portal_desk import Clerk
from tests.signed_in import Someone, someone
from tests.web.test_account_pages import Stage, context, languages, looked_at

AT = "2026-11-20T07:30:00+07:00"
CRAB = {"vi": "Cua biển Năm Căn loại một sống", "en": "Live Năm Căn mud crab, first class"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A cooperative with goods in stock (a lot of them recalled), on their way from it, sold by it, weighed by it and of it."""
    folder = tmp_path_factory.mktemp("moving")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as nguon:
        names = {nguon.name("coop"): "HTX Tân Duyệt", nguon.name("store"): "Vựa cua Năm Căn"}
        entries = [{"uri": uri, "roles": ["producer"], "profile": {"name": name}} for uri, name in names.items()]
        assert nguon.operator.post("/v1/parties", json={"parties": entries}).status_code < 300
        coop, store = names
        crab = nguon.product(coop, open=True, profile={"name": CRAB})
        sums = {"NC-2411-A": 100_000, "NC-2411-B": 42_500, "TD-7": 15_000, "TD-8": 9_000}
        for lot, quantity in sums.items():
            out = [{"product": crab, "lot": lot, "quantity": quantity}]
            nguon.record({"kind": "Commission", "party": coop, "occurred_at": AT, "outputs": out})
        goods = {"party": coop, "occurred_at": AT, "product": crab}
        nguon.record(goods | {"kind": "Ship", "lot": "NC-2411-A", "quantity": 30_000, "to": store})
        nguon.record(goods | {"kind": "Ship", "lot": "NC-2411-B", "quantity": 2_500, "to": store})
        nguon.record(goods | {"kind": "Sell", "lot": "TD-7", "quantity": 5_000})
        batches = [{"product": crab, "lot": "TD-8"}]
        nguon.record({"kind": "Recall", "party": coop, "occurred_at": AT, "batches": batches})
        out = [{"product": crab, "lot": "VUA-1", "quantity": 80_000}]
        nguon.record({"kind": "Commission", "party": store, "occurred_at": AT, "outputs": out})
        ship = {"kind": "Ship", "party": store, "occurred_at": AT, "product": crab, "lot": "VUA-1", "quantity": 40_000}
        shipped = nguon.record(ship | {"to": coop})["id"]
        receive = {"kind": "Receive", "party": coop, "occurred_at": AT, "shipment": shipped, "quantity": 40_000}
        nguon.final(nguon.record(receive | {"product": crab, "lot": "VUA-1"})["id"])
        manager = someone(nguon, coop, "manager", name="Nguyễn Thị Lan")
        lan, be = Clerk(manager), Clerk(someone(nguon, store, "manager", name="Trần Văn Bé", at="192.0.2.7"))
        slip = {"product": crab, "quantity_unit": "kg"}
        be.opens("/portal/weigh").fills("/portal/weigh", quantity="4,5", sender=coop, lot="TD-7", **slip)
        assert be.answer.status_code == 200, be.says
        for quantity in ("7", "6,8"):
            lan.opens("/portal/weigh").fills("/portal/weigh", quantity=quantity, sender=store, lot="VUA-1", **slip)
        declined = re.search(r"/portal/slips/([0-9a-f]{32})/decline", be.opens().answer.text)
        assert declined and be.person.device.send(f"/portal/slips/{declined[1]}/decline").status_code == 303
        yield Stage(nguon, coop, manager, Someone("", "", manager.device, ""))


WAYS = {
    "ship": ".task[href*=ship]",
    "sent": ".parcels a[href*=sent]",
    "weigh": ".task[href*=weigh]",
    "sell": ".task[href*=sell]",
    "return": ".task[href*=return]",
    "slips": "",
    "wrong": ".task[href*=ship]",
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", WAYS)
def test_every_page_reads_in_four_languages(
    browser: Browser, stage: Stage, artefacts: Path, name: str, width: int
) -> None:
    with context(browser, stage, width, "manager") as opened:
        page = opened.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for code in languages(width):
            answer = page.goto(f"{stage.nguon.url}/portal?lang={code}")
            assert answer and answer.status == 200
            if WAYS[name]:
                page.locator(WAYS[name]).first.click()
            fill(page, name)
            looked_at(page, code, width, artefacts / f"moving-{name}-{width}-{code}.png")
        assert [each for each in said if name != "wrong" or "422" not in each] == [], "nothing to complain of"


def fill(page: Page, name: str) -> None:
    """As far as it takes to see all that a page has."""
    if name in ("ship", "sell", "wrong"):
        page.locator(".pick input[type=checkbox]").first.check()
        page.locator("summary").click()
    if name == "wrong":
        page.locator(".pick .amount input").first.fill("9999")
        with page.expect_navigation():
            page.locator("form.sheet > button").click()
        assert page.locator("[role=alert]").count() == 1


def test_the_pages_work_without_scripts_and_amounts_show_where_a_lot_is_ticked(browser: Browser, stage: Stage) -> None:
    with context(browser, stage, 360, "manager", java_script_enabled=False) as opened:
        page = opened.new_page()
        page.goto(f"{stage.nguon.url}/portal/ship?lang=vi")
        first, second = page.locator(".pick").nth(0), page.locator(".pick").nth(1)
        first.locator("input[type=checkbox]").check()
        assert first.locator(".amount").is_visible() and not second.locator(".amount").is_visible()
        page.locator("select#to").select_option(label="Vựa cua Năm Căn")
        page.locator("form.sheet > button").click()
        page.wait_for_url("**/portal?lang=vi")
        assert "Giao hàng: 70" in page.locator("main").inner_text()
        page.locator("form[action*=take-back] .danger").click()
        page.locator("form[action*=take-back]").wait_for(state="detached")
