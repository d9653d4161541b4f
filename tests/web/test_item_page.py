"""The page of one item in a real browser: every verdict on the first screen of a small phone, little sent, nobody else asked; that
somebody looks is said once, with JavaScript and without."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import ALL
from tests.web.conftest import ELSEWHERE, FIRST, INVENTED, LOOKED_AT, PENDING, SEEN, UNUSUAL, VOIDED
from tests.web.story_fixture import GTIN
from tests.web.test_scan_page import (
    FIRST_LOAD_BYTES,
    LEGIBLE_PX,
    LOW_CONTRAST,
    TOO_LOW,
    TOO_SMALL,
    TOO_WIDE,
    TOUCH_PX,
    TOUCHED,
    opened,
)

OWN_LOT = "BKM-261121%2FA"
VERDICTS = {
    "first": (OWN_LOT, FIRST),
    "seen": (OWN_LOT, SEEN),
    "unusual": (OWN_LOT, UNUSUAL),
    "voided": (OWN_LOT, VOIDED),
    "not-issued": (OWN_LOT, INVENTED),
    "not-final": (OWN_LOT, PENDING),
    "elsewhere": (OWN_LOT, ELSEWHERE),
    "recalled": ("RECALLED", INVENTED),
    "ingredient": ("INGREDIENT", FIRST),
    "review": ("REVIEW", FIRST),
    "stale": ("STALE", FIRST),
}
SCREEN = 740


def address(lot: str, serial: str) -> str:
    return f"/01/{GTIN}/10/{lot}/21/{serial}"


@pytest.mark.parametrize(
    ("name", "code"),
    [(name, code) for name in VERDICTS for code in ("vi", "en") if ALL or code == "vi" or name in ("seen", "recalled")],
)
def test_the_first_screen_of_a_small_phone_has_the_verdict_the_goods_and_who_made_them(
    browser: Browser, site: str, artefacts: Path, name: str, code: str
) -> None:
    with opened(browser, f"{site}{address(*VERDICTS[name])}?lang={code}", 360, SCREEN) as seen:
        page = seen.page
        page.screenshot(path=artefacts / f"item-{name}-360-{code}.png", scale="css")
        below = {}
        for part in (".verdict .words", ".verdict .words ~ p", "h1", ".product .facts dd b"):
            box = page.locator(part).first.bounding_box()
            assert box is not None, part
            if box["y"] + box["height"] > SCREEN:
                below[part] = box["y"] + box["height"]
        assert below == {}
        assert page.evaluate(TOO_WIDE) == [] and page.evaluate(TOO_SMALL, LEGIBLE_PX) == []
        assert page.evaluate(TOO_LOW, [TOUCHED, TOUCH_PX]) == []
        assert page.evaluate(LOW_CONTRAST) == []
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize("name", ["first", "not-issued"])
def test_little_is_sent_nobody_else_is_asked_and_nothing_is_stored(browser: Browser, site: str, name: str) -> None:
    with opened(browser, site + address(*VERDICTS[name]), 360, SCREEN) as seen:
        print(f"the page of an item, {name}: {seen.weight / 1024:.1f} KB in {len(seen.requests)} answers")
        assert seen.weight <= FIRST_LOAD_BYTES
        assert len(seen.requests) >= 2 and [url for url in seen.requests if not url.startswith(site + "/")] == []
        assert seen.page.context.cookies() == []
        assert seen.page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert [line for line in seen.said if not (name == "not-issued" and "404 (Not Found)" in line)] == []


@pytest.mark.parametrize("javascript", [True, False])
def test_that_somebody_looks_is_said_once_and_the_page_is_whole_without_javascript(
    browser: Browser, site: str, javascript: bool
) -> None:
    where, told = f"{site}{address(OWN_LOT, LOOKED_AT[javascript])}?lang=en", []
    for agent in ("Mozilla/5.0 one", "Mozilla/5.0 another"):
        context = browser.new_context(
            java_script_enabled=javascript, user_agent=agent, viewport={"width": 360, "height": 740}
        )
        page = context.new_page()
        sent: list[str] = []
        page.on(
            "response", lambda response, sent=sent: "/visits/" in response.url and sent.append(response.request.method)
        )
        for _ in range(2):
            page.goto(where, wait_until="networkidle")
        deadline = time.monotonic() + 30
        while not sent and time.monotonic() < deadline:
            page.wait_for_timeout(50)
        assert set(sent) == {"POST" if javascript else "GET"}
        told.append(page.locator(".verdict .words").inner_text())
        assert page.locator(".timeline > li").count() == 14
        context.close()
    assert "first look" in told[0] and "seen before (1 time" in told[1]
