"""The scan page as a function of the story: never greener than the evidence, complete, and deaf to markup in data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from babel.messages.pofile import read_po

from gateway.pages.languages import LOCALES, Language, Languages
from gateway.pages.links import batch_path
from gateway.pages.rendering import Pages
from gateway.verification.badge import snippet
from gateway.verification.journey import STEP_LIMIT, in_ledger_order
from gateway.verification.page import scan_page
from gateway.verification.verdict import LAG_LIMIT_S
from tests.unit.scan_words import CHAIN, FOUR, NOT_NOW, REGISTERED
from tests.unit.test_catalogues import BANNED
from tests.web.page_text import Text
from tests.web.story_fixture import (
    GTIN,
    LOT,
    SALT,
    certified_jar,
    event,
    every_kind,
    jar_with_a_recalled_ingredient,
    line,
    recalled_jar,
    story,
    word,
)

Story = dict[str, Any]
TODAY = date(2026, 11, 24)
PAGES = Pages()
PRODUCT = f"https://id.gs1.org/01/{GTIN}"


def html(told: Story, code: str = "en", today: date = TODAY) -> str:
    language = PAGES.languages.by_code[code]
    return PAGES.render("scan.html", language, page=scan_page(told, language, today))


def shown(told: Story, code: str = "en", today: date = TODAY) -> str:
    return Text(html(told, code, today)).text


# The verdict


def test_registered_is_said_in_exact_words_with_the_state_of_the_chain() -> None:
    said = shown(story())
    assert "Registered · lot code, the same on every pack A code can be copied" in said
    assert "Unsealed development chain" in said
    assert "Đã đăng ký · mã theo lô, giống nhau trên mọi gói" in shown(story(), "vi")
    assert "ลงทะเบียนแล้ว · รหัสล็อต เหมือนกันทุกบรรจุภัณฑ์" in shown(story(), "th")
    assert "নিবন্ধিত · লট কোড, সব প্যাকেটে একই" in shown(story(), "bn")


@pytest.mark.parametrize("code", FOUR)
def test_what_the_chain_leaves_shown_is_said_in_the_page_s_language(code: str) -> None:
    said = shown(story(), code)
    in_short = CHAIN[code].split(":")[0]
    assert said.count(in_short) == 2, "under the verdict, and beside the chain"
    assert CHAIN[code] in said
    assert code == "en" or "development" not in said


def test_a_chain_that_says_something_else_of_itself_is_quoted() -> None:
    told = story()
    told["as_of"]["chain"] = {"vi": "Chuỗi khác", "en": "another chain"}
    assert shown(told, "vi").count("Chuỗi khác") == 2 and shown(told, "th").count("another chain") == 2
    assert CHAIN["vi"].split(":")[0] not in shown(told, "vi")


def lagging(told: Story) -> None:
    told["as_of"]["lag_seconds"] = LAG_LIMIT_S + 1


def without_lag(told: Story) -> None:
    del told["as_of"]["lag_seconds"]


def without_as_of(told: Story) -> None:
    told["as_of"] = None


def before_any_block(told: Story) -> None:
    told["as_of"]["block"] = None


def from_the_future(told: Story) -> None:
    told["as_of"]["lag_seconds"] = -5


def not_final(told: Story) -> None:
    told["journey"][0]["state"] = "mined"


def without_its_making(told: Story) -> None:
    del told["journey"][0]


@pytest.mark.parametrize(
    "spoil", [lagging, without_lag, without_as_of, before_any_block, from_the_future, not_final, without_its_making]
)
@pytest.mark.parametrize("code", FOUR)
def test_the_verdict_is_never_greener_than_the_evidence(spoil: Callable[[Story], None], code: str) -> None:
    told = story()
    spoil(told)
    said = html(told, code)
    assert NOT_NOW[code] in said
    assert REGISTERED[code] not in said
    assert "verdict-registered" not in said


def test_an_unfinished_step_is_marked() -> None:
    told = story()
    told["journey"][-1].update(state="submitted", block=None, recorded_at=None)
    assert "sent, not yet on the ledger" in shown(told)
    assert "Registered · lot code" in shown(told)


@pytest.mark.parametrize("code", FOUR)
def test_no_word_promises_more_than_a_signature_can(code: str) -> None:
    assert BANNED.findall(shown(story(), code)) == []


# The first screen


@pytest.mark.parametrize("code", ["vi", "en"])
def test_the_first_screen_names_product_lot_producer_dates_quantity_and_signers(code: str) -> None:
    said = shown(story(), code).split({"vi": "Hành trình", "en": "Journey"}[code])[0]
    wanted = {
        "vi": [
            "Ba khía muối Đầm Dơi, hũ 250 g",
            LOT,
            "HTX Ba khía Đầm Dơi",
            "Ấp Tân Điền",
            "+84 290 3000 000",
            "19/11/2026",
            "21/11/2026",
            "20/05/2027",
            "1.800 sản phẩm",
            "HTX Ba khía Đầm Dơi và 3 đơn vị khác",
        ],
        "en": [
            "Đầm Dơi salted three-striped crab, 250 g jar",
            LOT,
            "Tân Điền hamlet",
            "+84 290 3000 000",
            "19 Nov 2026",
            "21 Nov 2026",
            "20 May 2027",
            "1,800 pieces",
            "Đầm Dơi Three-striped Crab Cooperative and 3 others",
        ],
    }[code]
    assert [part for part in wanted if part not in said] == []


@pytest.mark.parametrize("inherited", [True, False])
def test_goods_not_traced_before_a_point_carry_a_banner_that_names_the_point(inherited: bool) -> None:
    assert "Not traced before a point sea salt, lot MUOI-2610: no records before 10 Nov 2026." in shown(story())
    told = story()
    told["state"].update(not_traced=not inherited, not_traced_inherited=inherited)
    told["upstream"] = []
    assert "Not traced before a point Something that went into this lot came without records." in shown(told)


def test_goods_traced_from_the_start_carry_no_such_banner() -> None:
    told = story()
    told["state"]["not_traced_inherited"] = False
    told["upstream"] = told["upstream"][:2]
    assert "Not traced" not in shown(told)


def test_goods_past_their_date_and_a_lot_destroyed_are_said_first() -> None:
    assert "Past its date Good until 20 May 2027." in shown(story(), today=date(2027, 5, 21))
    assert "Past its date" not in shown(story(), today=date(2027, 5, 20))
    told = story()
    told["quantities"].update(held=0, on_the_way=0, sold=0, disposed=1_800)
    assert "Lot destroyed" in shown(told)


def test_a_lot_code_that_two_producers_use_is_said_with_a_link_to_each() -> None:
    told = story()
    other = {"id": "https://id.gs1.org/417/9521234500001", "name": "HTX Ba khía Rạch Gốc", "profile": {}}
    told["others"] = [{"batch": word("other"), "origin": other}]
    assert "Check which name is on the pack. Also registered by: HTX Ba khía Rạch Gốc" in shown(told)
    link = "?lang=en&amp;origin=https%3A%2F%2Fid.gs1.org%2F417%2F9521234500001"
    assert f'href="{link}"' in html(told)
    asked = PAGES.render(
        "scan.html",
        PAGES.languages.by_code["en"],
        page=scan_page(told, PAGES.languages.by_code["en"], TODAY, "urn:x:a/b"),
    )
    assert 'href="?lang=vi&amp;origin=urn%3Ax%3Aa%2Fb"' in asked, "the other language is of the same producer's lot"
    assert f'href="/v1/batches/{GTIN}/BKM-261121%2FA?origin=urn%3Ax%3Aa%2Fb"' in asked


# The journey


def test_steps_stand_once_each_in_ledger_order_across_all_ancestors() -> None:
    ids = [told["id"] for told, _ in in_ledger_order(story())]
    assert ids == [word(f"event {number}") for number in range(1, 15)]
    page = html(story())
    places = [page.index(f"<code>{identity}</code>") for identity in ids]
    assert places == sorted(places)
    assert [page.count(f"<code>{identity}</code>") for identity in ids] == [1] * 14


def test_what_is_not_on_the_ledger_yet_comes_last() -> None:
    told = story()
    told["journey"][0].update(position=None, block=None, state="accepted")
    assert in_ledger_order(told)[-1][0]["id"] == told["journey"][0]["id"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Đầm Dơi Three-striped Crab Cooperative bought 90 kg of sea salt (lot MUOI-2610) from outside this ledger.",
        "Tân Thuận Crab Gatherers' Group brought in 420 kg of live three-striped crab (lot BK-261118).",
        "Tân Thuận Crab Gatherers' Group sent 420 kg of live three-striped crab to Đầm Dơi Three-striped Crab Cooperative.",
        "received 412 kg of live three-striped crab from Tân Thuận Crab Gatherers' Group. Short: 412 kg of the 420 kg sent had"
        " arrived by then. Still on the way or missing: 8 kg.",
        "reported 8 kg of live three-striped crab lost on the way. Reason: died.",
        "took 6.5 kg of live three-striped crab out as a loss. Reason: spoiled.",
        "made 455 kg of salted three-striped crab (lot MUOI-CHUM-07) from 405.5 kg of live three-striped crab (lot BK-261118)"
        " and 80 kg of sea salt (lot MUOI-2610).",
        "Cà Mau Cooperative Union noted an observation on salted three-striped crab. Measured: temperature 4 °C"
        " Certificate, as stated: HACCP · HC-2026-0117 2 private details, not public.",
        "packed 450 kg of salted three-striped crab (lot MUOI-CHUM-07) into 1,800 pieces of Đầm Dơi salted three-striped crab,",
        "Cà Mau OCOP Shop sold 200 pieces of Đầm Dơi salted three-striped crab, 250 g jar.",
        "This handover was left out of the source document and was derived from it.",
        "19 Nov 2026, 05:10 Tân Thuận",
        "entered 08:40 · recorded 08:41",
        "Place: GLN 9521234000006",
    ],
)
def test_each_step_is_told_in_plain_words(sentence: str) -> None:
    assert sentence in shown(story())


def test_a_second_receipt_closes_the_gap_of_the_first() -> None:
    told = story()
    second = event(
        15,
        "Receive",
        told["journey"][2]["party"],
        "11-22T09:00",
        batch_ref=told["journey"][2]["batch_ref"],
        quantity=2,
        target=told["journey"][1]["id"],
    )
    told["journey"].append(second)
    assert shown(told).count("Short:") == 2, "the raw crab's and the shop's first; not the receipt that completes it"


def test_opening_stock_says_that_nothing_before_it_is_traced() -> None:
    told = story()
    told["upstream"][2]["journey"][0]["provenance"] = "opening_stock"
    assert "counted 90 kg of sea salt (lot MUOI-2610) already in stock. Nothing before this is traced." in shown(told)


def test_content_that_is_not_canonical_is_named_and_not_shown() -> None:
    told = story()
    told["journey"][3].update(content_canonical=False, content={"nguon:reason": "words out of form"})
    said = shown(told)
    assert "The rest of this record is not in canonical form and is not shown." in said
    assert "words out of form" not in said


def test_a_long_journey_is_cut_at_the_ancestors_and_says_so() -> None:
    told = story()
    salt = {"batch": word("salt"), "product": SALT, "lot": "MUOI-2610"}
    told["upstream"][2]["journey"] += [
        event(number, "Sell", told["origin"], "11-20T01:00", batch_ref=salt, quantity=1) for number in range(100, 400)
    ]
    page = html(told)
    assert f"{314 - STEP_LIMIT} further steps are left out here; the JSON has them." in page
    assert [own["id"] for own in told["journey"] if f"<code>{own['id']}</code>" not in page] == []
    assert len(page.encode()) < 50_000


# Quantities, lists, proof


def test_quantities_and_losses_are_told_in_plain_words() -> None:
    said = shown(story())
    for words in (
        "1,800 pieces made in all.",
        "Still held 1,298 pieces On the way 300 pieces Sold 200 pieces Lost or destroyed 2 pieces",
        "Đầm Dơi Three-striped Crab Cooperative holds 900 pieces.",
        "Cà Mau OCOP Shop holds 398 pieces and has sold 200 pieces.",
        "Hà Nội Specialities Market has not yet received 300 pieces that Đầm Dơi Three-striped Crab Cooperative sent on 23 Nov",
        "8 kg of live three-striped crab (lot BK-261118): died, 19 Nov 2026",
    ):
        assert words in said
    assert "Not explained" not in said


def test_a_lineage_that_goes_farther_says_so() -> None:
    words = "goes farther than this page follows it"
    assert words not in shown(story())
    assert words in shown({**story(), "lineage_complete": False})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            {"bizStep": "inspecting", "disposition": "conformant"},
            "inspected salted three-striped crab. Result as stated: in order",
        ),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-storing"}, "noted how salted three-striped crab is stored."),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:sensor_reporting"}, "measured salted three-striped crab."),
        ({"bizTransactionList": [{"type": "testres", "bizTransaction": "urn:x:0417"}]}, "Test report: urn:x:0417"),
    ],
)
def test_observations_are_told_by_their_step_and_result(content: dict[str, Any], said: str) -> None:
    told = story()
    told["upstream"][0]["journey"][1]["content"] = content
    assert said in shown(told)


def test_a_dead_record_names_its_law() -> None:
    told = story()
    told["journey"][-1].update(state="dead", law="MoreThanHeld", block=None, position=None)
    assert "never reached the ledger (MoreThanHeld)" in shown(told)


def test_a_quantity_that_the_records_do_not_explain_is_shown() -> None:
    told = story()
    told["quantities"]["held"] -= 98
    assert "Not explained by the records shown 98 pieces" in shown(told)


def test_the_law_s_items_are_shown_or_named_as_missing() -> None:
    language = PAGES.languages.by_code["en"]
    page = scan_page(story(), language, TODAY)
    assert [item.number for item in page.circular] == list(range(1, 11))
    assert [item.label for item in page.circular if item.value is None] == ["Picture"]
    assert page.circular[6].value == f"GTIN {GTIN} · GLN 9521234000006 · lot {LOT} · 21 Nov 2026"
    assert [item.number for item in page.decree] == list(range(1, 9))
    assert [item.label for item in page.decree if item.value is None] == ["Other data the state asks for"]
    bare = story()
    bare["product"] = {"id": PRODUCT, "gtin": GTIN, "unit": "pieces", "name": None, "profile": {}}
    bare["origin"] = {"id": "urn:nguon:party:x", "name": "HTX", "profile": {}}
    missing = [item.number for item in scan_page(bare, language, TODAY).circular if item.value is None]
    assert missing == [2, 4, 8, 9, 10]
    assert shown(bare).count("not stated") >= 5


def test_the_page_says_what_it_does_not_prove_and_where_the_records_are() -> None:
    page = html(story())
    for words in (
        "What this page proves, and what it does not",
        "can be copied",
        "a signature says who stated it",
        "a verifier and a trust file obtained elsewhere",
    ):
        assert words in page
    assert f'href="/v1/batches/{GTIN}/BKM-261121%2FA"' in page
    assert f'href="/v1/labels/{GTIN}/BKM-261121%2FA/qr.svg"' in page
    assert word("head of the jars") in page and word("head of the ledger") in page


# Words and markup


def pseudo(code: str) -> Languages:
    """A language whose every message is its English one in brackets."""
    with (LOCALES / "vi" / "LC_MESSAGES" / "nguon.po").open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if message.id:
            message.string = f"⟦{message.id}⟧" if isinstance(message.id, str) else (f"⟦{message.id[1]}⟧",)
    return Languages([Language.of(code, catalogue)])


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def outside_brackets(text: str) -> str:
    depth, kept = 0, []
    for character in text:
        depth += character == "⟦"
        kept.append(character if depth == 0 else " ")
        depth -= character == "⟧"
    assert depth == 0
    return "".join(kept)


@pytest.mark.parametrize("make", [story, recalled_jar, jar_with_a_recalled_ingredient, every_kind, certified_jar])
def test_no_word_of_the_pages_stands_outside_the_catalogues(make: Callable[[], Story]) -> None:
    pages = Pages(pseudo("vi"))
    language = pages.languages.by_code["vi"]
    told = make()
    told["others"] = [{"batch": word("other"), "origin": told["origin"]}]
    told["state"].update(open=True, open_until="2026-11-25T00:00:00Z")
    told["downstream"] = [{**line("jar", 5), "origin": told["origin"], "depth": 1, "into": word("x")}]
    told["quantities"].update(held=0, disposed=1_700)
    for step in told["journey"]:
        step["state"] = "mined"
    page = scan_page(told, language, date(2028, 1, 1))
    cut = replace(page, journey=replace(page.journey, left_out=3), balance=replace(page.balance, more=2))
    written = pages.render("scan.html", language, page=cut)
    written += pages.render("unknown.html", language, shown={"product": GTIN, "lot": LOT, "code": GTIN})
    written += pages.render("unavailable.html", language, shown={"product": GTIN, "lot": LOT})
    written += pages.render("product.html", language, name=GTIN, about=None, product=GTIN)
    parsed = Text(written)
    labels = [
        value or ""
        for _, attrs in parsed.tags
        for key, value in attrs.items()
        if key in ("alt", "aria-label", "title", "placeholder", "content")
    ]
    left = " ".join(outside_brackets(text) for text in [parsed.text, *labels])
    shared = f"{snippet('badge.svg?lang=vi', '/01/', LOT)} {batch_path(PRODUCT, LOT)}/card.png website summary_large_image km"
    data = " ".join(
        [*strings(told), shared, "kg Tiếng Việt Nguon GTIN GLN utf-8 width=device-width, initial-scale=1 light dark"]
    )
    assert [found for found in re.findall(r"[^\W\d_]{2,}", left) if found not in data] == []
    assert parsed.text.count("⟦") > 150


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>&amp;\u202eevil\x00{page}{{7*7}}%(n)s"


def hostile(value: Any, key: str = "") -> Any:
    """The story with markup, bidirectional controls and template syntax in every text that a party can choose."""
    if isinstance(value, dict):
        return {name: hostile(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner, key) for inner in value]
    fixed = ("unit", "kind", "provenance", "state", "occurred_at", "captured_at", "recorded_at", "time", "open_until")
    return value + HOSTILE if isinstance(value, str) and key not in fixed else value


@pytest.mark.parametrize("make", [story, recalled_jar, jar_with_a_recalled_ingredient, every_kind, certified_jar])
@pytest.mark.parametrize("code", ["vi", "en"])
def test_markup_in_any_field_stays_text(make: Callable[[], Story], code: str) -> None:
    good, bad = Text(html(make(), code)), Text(html(hostile(make()), code))
    assert {tag for tag, _ in bad.tags} <= {tag for tag, _ in good.tags}
    names = {name for _, attrs in bad.tags for name in attrs}
    assert names <= {name for _, attrs in good.tags for name in attrs}
    assert "<script>alert(1)</script>" in bad.text, "shown, as text"
    assert "\u202e" not in bad.text and "\x00" not in bad.text and "49" not in bad.text.replace(LOT, "").split()
    links = [attrs["href"] or "" for tag, attrs in bad.tags if tag == "a"]
    assert [link for link in links if not link.startswith(("?lang=", "#", "/"))] == [], (
        "neither site nor phone is one now"
    )


@pytest.mark.parametrize(
    "site", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b", "ftp://x"]
)
def test_only_a_web_address_becomes_a_link(site: str) -> None:
    told = story()
    told["origin"]["profile"]["url"] = site
    told["origin"]["profile"]["phone"] = "javascript:1"
    links = [attrs["href"] or "" for tag, attrs in Text(html(told)).tags if tag == "a"]
    assert [link for link in links if not link.startswith(("?lang=", "#", "/"))] == []
