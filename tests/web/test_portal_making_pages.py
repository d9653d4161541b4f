"""The portal's pages that make goods, in a real browser at a real gateway: four languages, a phone and a desk; nothing that axe
finds, nothing too wide, too small or too pale; and a kitchen's day on a phone, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, gateway
from tests.portal_desk import Clerk
from tests.signed_in import Someone, someone
from tests.web.test_account_pages import Stage, context, languages, looked_at

NBSP = "\N{NO-BREAK SPACE}"
NOTE = "Tư Đen 12,5\nÚt Mười 7\nNguyễn Thị Hồng Nhung (ấp Tân Điền) 100"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A cooperative that collects, salts and packs, with something of each in stock and a few entries that wait."""
    folder = tmp_path_factory.mktemp("making")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as nguon:
        coop = nguon.party("hop-tac-xa-dam-doi", "producer", "processor", "packer")
        crab, salted, jar = products(nguon, coop)
        packed_with_codes(nguon, coop, salted, jar)
        manager = someone(nguon, coop, "manager", name="Nguyễn Thị Lan")
        clerk = Clerk(manager)
        clerk.opens("/portal/collect", lang="vi").fills("/portal/collect", note=NOTE)
        clerk.opens("/portal/harvest").fills("/portal/harvest", quantity="80", product=crab, lot="DD-24-1")
        clerk.opens("/portal/process").fills("/portal/process", used1="60", made0="62", made1="1")
        clerk.opens("/portal/bought", product=salted).fills("/portal/bought", quantity="30", who="Bảy", lot="MN-7")
        clerk.opens("/portal/pack").fills("/portal/pack", used1="20", quantity="50")
        assert "50" in clerk.opens().says and clerk.says.count("Take back") == 5, clerk.says
        yield Stage(nguon, coop, manager, Someone("", "", manager.device, ""))


def packed_with_codes(nguon: Gateway, coop: str, salted: str, jar: str) -> None:
    told = {"party": coop, "occurred_at": "2025-11-20T07:30:00+07:00"}
    made = {"kind": "Commission", "outputs": [{"product": salted, "lot": "M-24", "quantity": 20_000}]}
    goods = {
        "inputs": [{"product": salted, "lot": "M-24", "quantity": 20_000}],
        "outputs": [{"product": jar, "lot": "HU-24", "quantity": 50}],
    }
    nguon.final(*(nguon.record(told | each)["id"] for each in (made, {"kind": "Pack", "items": True} | goods)))


def products(nguon: Gateway, coop: str) -> tuple[str, str, str]:
    """Crab → salted crab and roe → jars."""

    def called(vi: str, en: str, **more: object) -> dict[str, object]:
        return {"name": {"vi": vi, "en": en}, **more}

    crab = nguon.product(coop, profile=called("Ba khía sống", "Live three-striped crab"))
    salted = nguon.product(coop, stage=1, profile=called("Ba khía muối", "Salted three-striped crab"))
    roe = nguon.product(coop, stage=1, profile=called("Gạch ba khía", "Crab roe"))
    jar = nguon.product(
        coop, stage=2, unit="pieces", uri="https://id.gs1.org/01/09520000002022",
        profile=called("Ba khía muối Đầm Dơi, hũ 400 g", "Đầm Dơi salted crab, 400 g jar", shelf_life_days=180),
    )  # fmt: skip
    nguon.declare(crab, salted, 1_150_000)
    nguon.declare(crab, roe, 100_000)
    nguon.declare(salted, jar, 2_500)
    return crab, salted, jar


PAGES = ("today", "harvest", "collect", "process", "pack", "bought", "opening-stock", "stock", "batch", "labels")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_reads_in_four_languages(
    browser: Browser, stage: Stage, artefacts: Path, name: str, width: int
) -> None:
    with context(browser, stage, width, "manager") as opened:
        page = opened.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for code in languages(width):
            path = {"today": "/portal", "batch": "/portal/stock", "labels": "/portal/stock"}.get(
                name, f"/portal/{name}"
            )
            answer = page.goto(f"{stage.nguon.url}{path}?lang={code}")
            assert answer and answer.status == 200
            if name == "batch":
                page.locator(".stock a", has_text="MN-7").click()
            if name == "labels":
                page.locator(".stock a", has_text="HU-24").click()
                page.locator("a[href*='/portal/labels/']").click()
            looked_at(page, code, width, artefacts / f"making-{name}-{width}-{code}.png")
        assert said == [], "the browser has nothing to complain of, its content policy included"


@pytest.mark.parametrize("code", languages(360))
def test_what_went_wrong_reads_as_well(browser: Browser, stage: Stage, artefacts: Path, code: str) -> None:
    with context(browser, stage, 360, "manager") as opened:
        page = opened.new_page()
        page.goto(f"{stage.nguon.url}/portal/process?lang={code}")
        page.locator("button[name=more]").click()
        page.locator("#used1").fill("10")
        page.locator("#made0").fill("50")
        keep(page)
        assert page.locator("[role=alert]").count() == 1
        looked_at(page, code, 360, artefacts / f"making-wrong-process-360-{code}.png")
        page.goto(f"{stage.nguon.url}/portal/collect?lang={code}")
        page.locator("#note").fill("Tư Đen\nÚt 7")
        keep(page)
        assert "1" in page.locator("[role=alert]").inner_text()
        looked_at(page, code, 360, artefacts / f"making-wrong-collect-360-{code}.png")
        page.locator("#note").fill("Út 7\nTám 9")
        page.locator("button[name=add_up]").click()
        assert f"16{NBSP}kg" in page.locator("[role=status]").inner_text()
        looked_at(page, code, 360, artefacts / f"making-sum-360-{code}.png")


def keep(page: Page) -> None:
    page.locator("main form.sheet button:not(.second)").click()
    page.wait_for_load_state()


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_kitchens_day_on_a_phone(browser: Browser, stage: Stage, scripts: bool) -> None:
    with context(browser, stage, 360, "manager", java_script_enabled=scripts) as opened:
        page = opened.new_page()
        lot = "co" if scripts else "khong"
        for path, typed in (
            ("collect", {"note": "Tư Đen 12,5\nÚt Mười 7"}),
            ("process", {"used1": "5", "made0": "5"}),
            ("pack", {"used1": "2", "quantity": "5"}),
        ):
            page.goto(f"{stage.nguon.url}/portal?lang=vi")
            page.locator(f".task[href*='/{path}']").click()
            for name, value in typed.items():
                page.locator(f"#{name}").fill(value)
            page.locator("#lot").fill(f"{lot}-{path}")
            keep(page)
            page.wait_for_url(re.compile(r"/portal\?"))
            assert f"{lot}-{path}" in page.locator(".entered").first.inner_text()
