"""The page of one item, in exact words: never greener than what is known of its serial, its looks and its lot's records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gateway.pages.rendering import Pages
from gateway.verification.page import page_key, scan_page
from gateway.verification.scanned import Looks, ScannedItem
from gateway.visits.store import Visits
from ledger.labels.issued import State
from tests.unit.test_catalogues import BANNED
from tests.web.page_text import Text
from tests.web.scan_app import Reader, Table, scan_app
from tests.web.story_fixture import (
    GTIN,
    LOT,
    PUBLIC_URL,
    jar_on_a_lost_chain,
    jar_under_review,
    jar_with_a_recalled_ingredient,
    recalled_jar,
    story,
)

Story = dict[str, Any]
PAGES = Pages()
CODES = list(PAGES.languages.by_code)
TODAY = date(2026, 11, 24)
SERIAL = "00030123456789ABCDEF"
NONE = Looks(0, None, date(2026, 11, 1), None)
SOME = Looks(3, date(2026, 11, 20), date(2026, 11, 1), None)
ONE = Looks(1, date(2026, 11, 20), date(2026, 11, 1), None)
MANY = Looks(40, date(2026, 11, 20), date(2026, 11, 1), (31, 4))
WORDS = {
    "first": ("Registered · first look Issued by", "Đã đăng ký · lần xem đầu tiên Do"),
    "one": (
        "Registered · seen before (1 time, first on 20 Nov 2026)",
        "Đã đăng ký · đã từng được xem (1 lượt, lần đầu ngày 20/11/2026)",
    ),
    "some": (
        "Registered · seen before (3 times, first on 20 Nov 2026)",
        "Đã đăng ký · đã từng được xem (3 lượt, lần đầu ngày 20/11/2026)",
    ),
    "unusual": (
        "Check: unusual pattern · more looks at this code than one pack explains",
        "Cần kiểm tra: lượt xem bất thường · mã này được xem nhiều hơn mức của một gói",
    ),
    "voided": (
        "Check: voided label · its packer declared this label spoiled",
        "Cần kiểm tra: tem đã hủy · nơi đóng gói đã báo tem này hỏng",
    ),
    "not issued": (
        "Not issued · the code is unknown to this registry",
        "Chưa từng cấp mã này · sổ đăng ký này không có mã này",
    ),
    "elsewhere": (
        "Could not verify now · another gateway gave the packs of this lot their serials",
        "Hiện chưa kiểm tra được · số sê-ri của lô này do một cổng khác cấp",
    ),
    "not final": (
        "Could not verify now · the record that issued this code is not final yet",
        "Hiện chưa kiểm tra được · bản ghi cấp mã này chưa được chốt trên sổ cái",
    ),
    "no counts": (
        "Could not verify now · whether this code was seen before is not known",
        "Hiện chưa kiểm tra được · chưa biết mã này đã từng được xem hay chưa",
    ),
}
ITEMS = {
    "first": ScannedItem(SERIAL, "registered", True, NONE),
    "one": ScannedItem(SERIAL, "registered", True, ONE),
    "some": ScannedItem(SERIAL, "registered", True, SOME),
    "unusual": ScannedItem(SERIAL, "registered", True, MANY),
    "voided": ScannedItem(SERIAL, "voided", True, None),
    "not issued": ScannedItem(SERIAL, "not_issued", True, None),
    "elsewhere": ScannedItem(SERIAL, "elsewhere", True, None),
    "not final": ScannedItem(SERIAL, "registered", False, NONE),
    "no counts": ScannedItem(SERIAL, "registered", True, None),
}
GREEN = ("first", "one", "some")


def html(item: ScannedItem, code: str = "en", told: Story | None = None) -> str:
    language = PAGES.languages.by_code[code]
    return PAGES.render("scan.html", language, page=scan_page(told or story(), language, TODAY, item=item))


def said(item: ScannedItem, code: str = "en", told: Story | None = None) -> str:
    return Text(html(item, code, told)).text


@pytest.mark.parametrize("name", ITEMS)
def test_every_verdict_is_said_in_exact_words(name: str) -> None:
    for code, words in zip(("en", "vi"), WORDS[name], strict=True):
        told = said(ITEMS[name], code)
        assert words in told, told[:400]
        assert SERIAL in told and BANNED.findall(told) == []


@pytest.mark.parametrize("code", CODES)
def test_no_two_verdicts_read_alike_in_any_language(code: str) -> None:
    language = PAGES.languages.by_code[code]
    verdicts = [scan_page(story(), language, TODAY, item=item).verdict for item in ITEMS.values()]
    assert len({(each.word, each.rest) for each in verdicts}) == len(ITEMS)
    if code != "en":
        english = PAGES.languages.by_code["en"]
        first = scan_page(story(), english, TODAY, item=ITEMS["first"]).verdict
        assert verdicts[0].word != first.word and verdicts[0].rest != first.rest


@pytest.mark.parametrize("name", ITEMS)
def test_only_an_item_that_is_known_in_full_is_green(name: str) -> None:
    assert ("verdict-registered" in html(ITEMS[name])) == (name in GREEN)


@pytest.mark.parametrize("name", ITEMS)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (recalled_jar, "Recalled · Do not eat it."),
        (jar_with_a_recalled_ingredient, "Contains a recalled ingredient · Do not eat it."),
        (jar_under_review, "Records under review ·"),
        (jar_on_a_lost_chain, "Could not verify now · the chain cannot be reached"),
    ],
)
def test_what_speaks_against_the_lot_stands_above_what_is_known_of_the_item(
    name: str, make: Callable[[], Story], words: str
) -> None:
    told = said(ITEMS[name], told=make())
    assert words in told and "Registered ·" not in told
    besides = "no pack of this lot was given this serial" in told
    assert besides == (name == "not issued" and make is not jar_on_a_lost_chain), "said where it is known"


def test_behind_the_chain_it_is_said_of_when_the_knowledge_is() -> None:
    assert "Last verified against the chain at" in said(ITEMS["first"], told=jar_on_a_lost_chain())


def test_a_page_is_kept_for_these_looks_only() -> None:
    language = PAGES.languages.by_code["en"]
    keys = {page_key(story(), language, TODAY, item=item) for item in (*ITEMS.values(), None)}
    assert len(keys) == len(ITEMS) + 1


# Over HTTP

PRODUCT = f"https://id.gs1.org/01/{GTIN}"
ADDRESS = f"/01/{GTIN}/10/BKM-261121%2FA/21/"
BROWSER = {"user-agent": "Mozilla/5.0 Firefox/140.0", "sec-fetch-site": "same-origin", "sec-fetch-dest": "empty"}


@pytest.fixture
def http(tmp_path: Path) -> TestClient:
    states: dict[str, State] = {SERIAL: "registered", SERIAL.replace("A", "B"): "voided"}
    issued = Table({serial: state for serial, state in states.items() if state != "malformed"})
    visits = Visits(tmp_path / "visits.db")
    return TestClient(scan_app(Reader({(PRODUCT, LOT): story()}), PUBLIC_URL, issued=issued, visits=visits))


def test_a_fetched_page_counts_nothing_and_a_shown_one_counts_once_for_others(http: TestClient) -> None:
    address, other = ADDRESS + SERIAL + "?lang=en", {**BROWSER, "user-agent": "Mozilla/5.0 another"}
    visit = f"/visits/{story()['batch']}/{SERIAL}"
    for _ in range(3):
        page = http.get(address, headers=BROWSER)
        assert "Registered · first look" in Text(page.text).text
        assert f'data-visit="{visit}"' in page.text and f'<noscript><img src="{visit}/picture.svg"' in page.text
    assert page.headers["content-security-policy"].endswith("script-src 'self'; connect-src 'self'")
    assert "set-cookie" not in page.headers
    for _ in range(2):
        assert http.post(visit, headers=BROWSER).status_code == 204
    assert "Registered · first look" in Text(http.get(address, headers=BROWSER).text).text, "it was oneself"
    assert "seen before (1 time" in Text(http.get(address, headers=other).text).text
    picture = http.get(visit + "/picture.svg", headers={**other, "sec-fetch-dest": "image"})
    assert picture.headers["content-type"] == "image/svg+xml" and picture.headers["cache-control"] == "no-store"
    assert "seen before (2 times" in Text(http.get(address, headers={"user-agent": "a third"}).text).text


def test_invented_serials_are_not_issued_not_counted_and_answered_alike(http: TestClient) -> None:
    near, far = SERIAL[:-1] + "0", "Z" * 20
    bodies = []
    for serial in (near, far, "abc", "%3Cb%3E", "x" * 300):
        answer = http.get(
            f"/p/{GTIN}/BKM-261121%2FA/{serial}?lang=en"
        )  # what is no serial, the resolver refuses before
        assert answer.status_code == 404 and "Not issued ·" in Text(answer.text).text
        assert "data-visit" not in answer.text and "<bdi><b>" not in answer.text and "x" * 81 not in answer.text
        bodies.append(answer.text.replace(serial, "SERIAL"))
    assert bodies[0] == bodies[1]
    for serial in (near, far, "abc"):
        counted = http.post(f"/visits/{story()['batch']}/{serial}", headers=BROWSER)
        known = http.post(f"/visits/{story()['batch']}/{SERIAL}", headers=BROWSER)
        assert (counted.status_code, counted.headers, counted.content) == (known.status_code, known.headers, b"")
    assert http.post("/visits/0x12/abc", headers=BROWSER).status_code == 204


def test_without_its_counts_the_page_does_not_say_first_look(http: TestClient, tmp_path: Path) -> None:
    (tmp_path / "visits.db").write_bytes(b"no database at all" * 100)
    told = Text(http.get(ADDRESS + SERIAL + "?lang=en").text).text
    assert "Could not verify now · whether this code was seen before is not known" in told
    assert http.post(f"/visits/{story()['batch']}/{SERIAL}", headers=BROWSER).status_code == 204


def test_an_unknown_lot_is_unknown_with_a_serial_too(http: TestClient) -> None:
    answer = http.get(f"/01/{GTIN}/10/NONE/21/{SERIAL}?lang=en")
    assert answer.status_code == 404 and "This code is unknown to this registry" in Text(answer.text).text
