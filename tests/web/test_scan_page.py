"""The page behind the QR code in a real browser: fits a cheap phone, loads nothing from elsewhere, needs no JavaScript."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, Response

from tests.web.story_fixture import GTIN, LOT, word

ADDRESS = f"/01/{GTIN}/10/BKM-261121%2FA"
UNKNOWN = f"/01/{GTIN}/10/NONE"
RECALLED, INGREDIENT, LAW, REVIEW, STALE, CERTIFIED = (
    f"/01/{GTIN}/10/{lot}" for lot in ("RECALLED", "INGREDIENT", "LAW", "REVIEW", "STALE", "CERTIFIED")
)
FIRST_LOAD_BYTES = 60 * 1024
LEGIBLE_PX = 16
TOUCH_PX = 40

Scheme = Literal["light", "dark"]

# Contrast by WCAG 2 of every text against the nearest opaque ground behind it, where it misses AA.
LOW_CONTRAST = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest('.skip')) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 40)}`);
  }
  return low;
}"""
TOO_WIDE = """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('.skip, .dot') &&
  (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)).map(e => e.outerHTML.slice(0, 90))"""
TOO_SMALL = """limit => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() &&
  parseFloat(getComputedStyle(e).fontSize) < limit).map(e => e.outerHTML.slice(0, 90))"""
TOO_LOW = """([touched, limit]) => [...document.querySelectorAll(touched)].filter(e => e.checkVisibility() &&
  e.getBoundingClientRect().height < limit).map(e => `${e.getBoundingClientRect().height} ${e.textContent}`)"""
PAGES = {
    "scan": ADDRESS,
    "product": f"/01/{GTIN}",
    "recalled": RECALLED,
    "ingredient": INGREDIENT,
    "law": LAW,
    "review": REVIEW,
    "stale": STALE,
    "unknown": UNKNOWN,
    "unavailable": f"/01/{GTIN}/10/AWAY",
    "certified": CERTIFIED,
}
LANGUAGES = ("vi", "en", "th", "bn")
AUTONYMS = {"vi": "Tiếng Việt", "en": "English", "th": "ไทย", "bn": "বাংলা"}
TOUCHED = ".languages a, .jump a, .button, .phone, .relatives a, .product .facts a, summary"


@dataclass
class Seen:
    """What the browser did and said while a page was open."""

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    weight: int = 0


@contextmanager
def opened(browser: Browser, address: str, width: int, height: int = 844, scheme: Scheme = "light") -> Iterator[Seen]:
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale="vi-VN",
        color_scheme=scheme,
    )
    seen = Seen(context.new_page())
    seen.page.on("console", lambda message: seen.said.append(message.text))
    seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
    seen.page.on("requestfailed", lambda request: seen.said.append(f"failed: {request.url}"))
    responses: list[Response] = []

    def answered(response: Response) -> None:
        responses.append(response)

    seen.page.on("response", answered)
    seen.page.goto(address, wait_until="networkidle")
    seen.requests = [response.url for response in responses]
    seen.weight = sum(
        len(response.body()) for response in responses if response.status not in (204, 307)
    )  # without a body
    try:
        yield seen
    finally:
        context.close()


def seen_at(kinds: Iterable[str], *widths: int) -> list[tuple[str, int, str]]:
    """Each kind of page in each language once, its widths in turn; every width in all four with NGUON_ALL=1."""
    if os.environ.get("NGUON_ALL") == "1":
        return [(name, width, code) for name in kinds for width in widths for code in LANGUAGES]
    return [
        (name, widths[(turn + place) % len(widths)], code)
        for turn, name in enumerate(kinds)
        for place, code in enumerate(LANGUAGES)
    ]


@pytest.mark.parametrize(("name", "width", "code"), seen_at(PAGES, 320, 360, 390, 1280))
def test_the_page_fits_and_reads_at_every_width(
    browser: Browser, site: str, artefacts: Path, name: str, width: int, code: str
) -> None:
    with opened(browser, f"{site}{PAGES[name]}?lang={code}", width) as seen:
        page = seen.page
        page.screenshot(path=artefacts / f"{name}-{width}-{code}.png", full_page=True, scale="css")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(TOO_WIDE) == []
        assert page.evaluate(TOO_SMALL, LEGIBLE_PX) == []
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18
        assert page.evaluate(TOO_LOW, [TOUCHED, TOUCH_PX]) == [], f"a finger needs {TOUCH_PX} px"
        assert page.evaluate(LOW_CONTRAST) == []
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(LOW_CONTRAST) == []
        assert page.locator("html").get_attribute("lang") == code
        assert page.locator("h1").count() == 1
        switch = [link.get_attribute("lang") for link in page.locator(".languages a").all()]
        assert sorted(str(each) for each in switch) == sorted(LANGUAGES)
        assert page.locator(".languages a[aria-current]").get_attribute("lang") == code


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("address", [ADDRESS, UNKNOWN, CERTIFIED])
def test_nothing_comes_from_elsewhere_nothing_is_stored_and_little_is_sent(
    browser: Browser, site: str, width: int, address: str
) -> None:
    with opened(browser, site + address, width) as seen:
        assert len(seen.requests) >= 2, "page and style"
        assert [url for url in seen.requests if not url.startswith(site + "/")] == []
        print(f"{address} at {width} px: {seen.weight:,} of {FIRST_LOAD_BYTES:,} bytes")
        assert seen.weight <= FIRST_LOAD_BYTES
        assert seen.page.context.cookies() == []
        assert seen.page.evaluate("localStorage.length + sessionStorage.length") == 0
        complaints = [line for line in seen.said if not (address == UNKNOWN and "404 (Not Found)" in line)]
        assert complaints == []
        assert seen.page.locator("script").count() == 0


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_first_screen_of_a_phone_holds_what_a_buyer_asks_first(
    browser: Browser, site: str, artefacts: Path, code: str
) -> None:
    with opened(browser, f"{site}{ADDRESS}?lang={code}", 390) as seen:
        seen.page.screenshot(path=artefacts / f"first-screen-{code}.png")
        parts = [
            ".verdict .words",
            ".verdict .chain",
            ".banner",
            "h1",
            ".lot",
            ".phone",
            ".product .facts > div >> nth=-1",
        ]
        below = {}
        for part in parts:
            box = seen.page.locator(part).first.bounding_box()
            assert box is not None, part
            if box["y"] + box["height"] > 844:
                below[part] = box["y"] + box["height"]
        assert below == {}


@pytest.mark.parametrize(("name", "width", "code"), seen_at(("recalled", "ingredient"), 390))
def test_the_first_screen_of_a_phone_holds_the_recall_and_what_it_is_about(
    browser: Browser, site: str, artefacts: Path, name: str, width: int, code: str
) -> None:
    with opened(browser, f"{site}{PAGES[name]}?lang={code}", width) as seen:
        page = seen.page
        page.screenshot(path=artefacts / f"first-screen-{name}-{code}.png")
        tops = []
        for part in (".verdict .words", ".verdict .words ~ p", ".verdict .chain", "h1", ".lot"):
            box = page.locator(part).first.bounding_box()
            assert box is not None and box["y"] + box["height"] <= 844, part
            tops.append(box["y"])
        assert tops == sorted(tops) and tops[0] < 150, "the recall stands above everything"
        said = page.locator(".verdict strong").inner_text()
        assert said.casefold() == page.title().split(":")[0].casefold(), "in words, not in colour alone"
        red, green, blue = (
            int(part)
            for part in re.findall(
                r"\d+", page.locator(".verdict").evaluate("e => getComputedStyle(e).backgroundColor")
            )
        )
        assert red > 3 * max(green, blue), "in the alert colour"


def test_without_javascript_the_page_is_the_same(browser: Browser, site: str) -> None:
    with opened(browser, f"{site}{ADDRESS}?lang=vi", 390) as seen:
        told = seen.page.locator("body").inner_text()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site}{ADDRESS}?lang=vi")
    assert page.locator("body").inner_text() == told
    record = page.locator(".timeline details").first
    full = record.get_by_text(word("event 1"))
    assert not full.is_visible()
    record.locator("summary").click()
    assert full.is_visible(), "the whole event id, one tap away"
    context.close()


def test_the_language_switch_keeps_the_lot(browser: Browser, site: str) -> None:
    with opened(browser, site + ADDRESS, 390) as seen:
        page = seen.page
        assert page.locator("html").get_attribute("lang") == "vi", "the phone's language"
        for code in ("th", "bn", "vi", "en"):
            page.get_by_role("link", name=AUTONYMS[code], exact=True).click()
            page.wait_for_url(f"**lang={code}")
            assert page.locator("html").get_attribute("lang") == code
            assert LOT in page.locator(".lot").inner_text()
        assert page.locator(".lot").inner_text() == f"Lot {LOT}"
        page.get_by_role("link", name="Quantities").click()
        assert page.locator("#quantities").bounding_box() is not None


@pytest.mark.parametrize(
    ("locale", "code"), [("vi-VN", "vi"), ("en-GB", "en"), ("th-TH", "th"), ("bn-BD", "bn"), ("de-DE", "vi")]
)
def test_the_page_comes_in_the_language_of_the_phone(browser: Browser, site: str, locale: str, code: str) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(site + ADDRESS)
    assert page.locator("html").get_attribute("lang") == code
    context.close()


def test_the_keyboard_finds_the_content_first(browser: Browser, site: str) -> None:
    with opened(browser, f"{site}{ADDRESS}?lang=en", 1280) as seen:
        seen.page.keyboard.press("Tab")
        skip = seen.page.get_by_role("link", name="Skip to the content")
        box = skip.bounding_box()
        assert box is not None and box["x"] >= 0, "the skip link shows itself once focused"
        seen.page.keyboard.press("Enter")
        assert seen.page.evaluate("document.activeElement.id") == "main"
        landmarks = [seen.page.get_by_role(role).count() for role in ("banner", "main", "contentinfo")]
        assert landmarks == [1, 1, 1]


def test_on_paper_the_page_keeps_its_words_and_loses_its_buttons(browser: Browser, site: str, artefacts: Path) -> None:
    with opened(browser, f"{site}{ADDRESS}?lang=vi", 794) as seen:
        seen.page.emulate_media(media="print")
        seen.page.screenshot(path=artefacts / "scan-print-vi.png", full_page=True, scale="css")
        assert not seen.page.locator(".jump").is_visible()
        assert seen.page.locator(".verdict .words").is_visible()
        assert seen.page.locator(".timeline > li").count() == 14


@pytest.mark.parametrize("code", LANGUAGES)
def test_an_unknown_code_has_a_page_that_reads_as_well(browser: Browser, site: str, artefacts: Path, code: str) -> None:
    with opened(browser, f"{site}{UNKNOWN}?lang={code}", 390, scheme="dark") as seen:
        seen.page.screenshot(path=artefacts / f"unknown-{code}.png")
        assert seen.page.evaluate(TOO_WIDE) == []
        assert seen.page.evaluate(LOW_CONTRAST) == []
        assert "NONE" in seen.page.locator("main").inner_text()


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_qr_image_opens_this_page(browser: Browser, site: str, kind: str) -> None:
    with opened(browser, f"{site}/v1/labels/{GTIN}/BKM-261121%2FA/qr.{kind}", 390) as seen:
        (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(seen.page.screenshot())).convert("L"))
        assert code.text == site + ADDRESS
        seen.page.goto(code.text)
        assert LOT in seen.page.locator(".lot").inner_text()
