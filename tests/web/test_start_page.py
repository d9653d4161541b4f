"""The page at `/`, in a real browser: four languages, a phone and a desk, before the demo and with its accounts; and somebody
who was told nothing but the address gets in, by what stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from gateway.auth.demo import PASSWORD, SECOND_FACTOR
from tests.command_line import nguon_runs
from tests.devnet_process import devnet
from tests.gateway_process import Gateway, gateway
from tests.web.test_account_pages import languages, looked_at


@pytest.fixture(scope="module")
def nguon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("start")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as running:
        (folder / "stack.json").write_text(json.dumps({"gateway": running.url, "rpc": chain.rpc}))
        yield running


def opened(browser: Browser, width: int) -> Page:
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
    )
    return context.new_page()


def read(browser: Browser, nguon: Gateway, width: int, artefacts: Path, name: str) -> Iterator[Page]:
    """The page in each language, looked at."""
    page = opened(browser, width)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for code in languages(width):
        answer = page.goto(f"{nguon.url}/?lang={code}")
        assert answer and answer.status == 200
        looked_at(page, code, width, artefacts / f"start-{name}-{width}-{code}.png")
        yield page
    assert said == []
    page.context.close()


def test_without_the_demo_it_names_no_account(browser: Browser, nguon: Gateway, artefacts: Path) -> None:
    for page in read(browser, nguon, 360, artefacts, "empty"):
        words = page.locator("main").inner_text()
        assert PASSWORD not in words and SECOND_FACTOR[:4] not in words
        assert page.locator("main a").count() == 1, "to sign in; there is no jar to look at"


@pytest.fixture(scope="module")
def shown(nguon: Gateway) -> Gateway:
    """The same with the demo on it."""
    told = nguon_runs("--json", "--data", nguon.data, "demo")
    assert told.code == 0, told.err
    return nguon


@pytest.mark.parametrize("width", [360, 1280])
def test_with_the_demo_it_reads_in_four_languages(
    browser: Browser, shown: Gateway, artefacts: Path, width: int
) -> None:
    for page in read(browser, shown, width, artefacts, "demo"):
        assert page.locator("main li").count() == 14
        assert PASSWORD in page.locator("main").inner_text()


def test_from_the_page_to_the_jar(browser: Browser, shown: Gateway) -> None:
    page = opened(browser, 360)
    page.goto(f"{shown.url}/?lang=vi")
    page.locator("main .links a").nth(1).click()
    page.wait_for_url(re.compile(r"/p/\d{14}/"))
    assert "Ba khía muối" in page.locator("h1").inner_text()
    page.context.close()


def test_the_operator_gets_in_by_what_stands_on_the_page(browser: Browser, shown: Gateway) -> None:
    page, beside = opened(browser, 360), opened(browser, 360)
    page.goto(f"{shown.url}/?lang=vi")
    page.locator("main .links a").first.click()
    page.locator("#name").fill("van-hanh")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url(re.compile("/second-factor"))
    beside.goto(f"{shown.url}/?lang=vi")
    (digits,) = re.findall(r"\b\d{6}\b", beside.locator("main").inner_text())
    page.locator("#code").fill(digits)
    page.locator("main button").click()
    page.wait_for_url(re.compile("/operating|/devices"))
    page.goto(f"{shown.url}/?lang=vi")
    assert page.locator("nav.rooms a").count() >= 2, "the rooms of whoever is signed in"
    for each in (page, beside):
        each.context.close()
