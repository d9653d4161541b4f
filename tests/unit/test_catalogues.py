"""Every word of the pages comes from a catalogue, in every language there is; adding a catalogue adds a language."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from gateway.pages.languages import LOCALES, Language, Languages

GATEWAY = Path(__file__).parents[2] / "gateway"
KEYWORDS = {"_": None, "text": None, "rich": None, "mark": None, "count": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
CATALOGUES = sorted((path.parent.parent.name, path.stem) for path in LOCALES.glob("*/LC_MESSAGES/*.po"))
CODES = [code for code, domain in CATALOGUES if domain == "nguon"]
ROOMS = {
    "people": ("accounts/", "auth/", "pages/templates/people/"),
    "portal": ("portal/", "pages/templates/portal/"),
    "operating": ("operating/", "pages/templates/operating/"),
    "auditing": ("auditing/", "pages/templates/auditing/"),
}
"""Where the words for people who sign in stand; those of everybody's pages stand elsewhere, and what both need in BOTH."""
BOTH = "pages/languages.py"

# What a page must never say of goods (reliability reference, 6.4), in the languages it speaks.
BANNED = re.compile(
    r"genuine|authentic|100 ?%|guarant|blockchain|\bfake\b|counterfeit|[\u2713\u2714\u2705]|chính hãng|hàng thật|hàng giả"
    r"|đảm bảo|bảo đảm|cam kết|xác thực",
    re.IGNORECASE,
)


def room(file: str) -> str:
    return next((domain for domain, places in ROOMS.items() if file.startswith(places)), "nguon")


@cache
def extracted() -> list[tuple[str, str | tuple[str, ...]]]:
    """(file, message) of all that pages say: reading every module takes seconds, so it is done once."""
    found = extract_from_dir(GATEWAY, method_map=METHODS, keywords=KEYWORDS)
    return [(file, message if isinstance(message, str) else tuple(message)) for file, _, message, _, _ in found]


def msgids_used(domain: str) -> set[str | tuple[str, ...]]:
    return {
        message
        for file, message in extracted()
        if room(file) == domain or (file == BOTH and domain in ("people", "nguon"))
    }


def catalogue(code: str, domain: str = "nguon") -> Catalog:
    with (LOCALES / code / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def messages(code: str, domain: str = "nguon") -> list[Message]:
    return [message for message in catalogue(code, domain) if message.id]


def forms(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_vietnamese_and_english_are_there() -> None:
    assert {"vi", "en"} <= set(CODES)


@pytest.mark.parametrize("room", ROOMS)
def test_people_sign_in_in_four_languages(room: str) -> None:
    assert {code for code, domain in CATALOGUES if domain == room} == {"vi", "en", "th", "bn"}
    assert next(iter(Languages.load(domains=(room,)).by_code)) == "vi"


@pytest.mark.parametrize(("code", "domain"), CATALOGUES)
def test_every_message_used_is_in_the_catalogue_and_none_besides(code: str, domain: str) -> None:
    used = msgids_used(domain)
    held = {message.id if isinstance(message.id, str) else tuple(message.id) for message in messages(code, domain)}
    assert used
    assert used - held == set(), "in templates or code, not in the catalogue"
    assert held - used == set(), "in the catalogue, used nowhere"


@pytest.mark.parametrize(("code", "domain"), CATALOGUES)
def test_every_message_is_translated_with_its_values(code: str, domain: str) -> None:
    plurals = catalogue(code, domain).num_plurals
    for message in messages(code, domain):
        translated = forms(message.string)
        assert all(form.strip() for form in translated), f"{code}: nothing said for {message.id!r}"
        assert not message.fuzzy, message.id
        if not isinstance(message.id, str):
            assert len(translated) == plurals, message.id
        wanted = set().union(*(fields(form) for form in forms(message.id)))
        assert all(fields(form) <= wanted for form in translated), f"{code}: unknown value in {message.id!r}"
        assert set().union(*(fields(form) for form in translated)) == wanted, f"{code}: value lost in {message.id!r}"


def test_vietnamese_is_not_english_left_standing() -> None:
    same = {str(message.id) for message in messages("vi") if message.id == message.string}
    assert same == {"{party}: {kind}.", "HH:mm"}


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("code", ["vi", "th", "bn"])
def test_no_word_for_people_is_english_left_standing(code: str, room: str) -> None:
    same = {str(message.id) for message in messages(code, room) if message.id == message.string}
    assert same <= {"HH:mm", "d MMM y", "d MMM y, HH:mm", "kg", "g", "ml", "{deed}: {what}"}


@pytest.mark.parametrize("code", CODES)
def test_no_catalogue_promises_more_than_a_signature_can(code: str) -> None:
    said = [form for message in messages(code) for form in forms(message.string)]
    assert [form for form in said if BANNED.search(form)] == []


def test_a_catalogue_added_is_a_language_added(tmp_path: Path) -> None:
    """Thai and Bengali come later: a file is enough, and what it lacks is said in English."""
    for code in CODES:
        (tmp_path / code / "LC_MESSAGES").mkdir(parents=True)
        source = LOCALES / code / "LC_MESSAGES" / "nguon.po"
        (tmp_path / code / "LC_MESSAGES" / "nguon.po").write_bytes(source.read_bytes())
    added = tmp_path / "th" / "LC_MESSAGES" / "nguon.po"
    added.parent.mkdir(parents=True)
    added.write_text(
        'msgid ""\nmsgstr "Language: th\\nContent-Type: text/plain; charset=utf-8\\n'
        'Plural-Forms: nplurals=1; plural=0;\\n"\n\nmsgid "Lot"\nmsgstr "ล็อต"\n\n'
        'msgid "{n} piece"\nmsgid_plural "{n} pieces"\nmsgstr[0] "{n} ชิ้น"\n',
        encoding="utf-8",
    )
    languages = Languages.load(tmp_path)
    thai = languages.choose("th", None)
    assert list(languages.by_code) == ["vi", "en", "th"]
    assert (thai.autonym, thai.text("Lot"), thai.quantity(1_200, "pieces")) == ("ไทย", "ล็อต", "1,200 ชิ้น")
    assert thai.text("Journey") == "Journey"


@pytest.mark.parametrize(
    ("asked", "header", "chosen"),
    [
        (None, None, "vi"),
        (None, "", "vi"),
        (None, "de-DE,de;q=0.9", "vi"),
        (None, "en-AU,en;q=0.9,vi;q=0.8", "en"),
        (None, "fr, en;q=0.4, vi;q=0.6", "vi"),
        (None, "en;q=0, vi;q=0.1", "vi"),
        (None, "EN-au", "en"),
        (None, "en;q=nonsense,,;;,\x00", "vi"),
        ("en", "vi", "en"),
        ("vi", "en", "vi"),
        ("xx", "en", "en"),
        ("../vi", None, "vi"),
    ],
)
def test_language_by_link_then_by_browser_then_vietnamese(asked: str | None, header: str | None, chosen: str) -> None:
    assert Languages.load().choose(asked, header).code == chosen


@pytest.fixture(scope="module")
def vietnamese() -> Language:
    return Languages.load().by_code["vi"]


@pytest.fixture(scope="module")
def english() -> Language:
    return Languages.load().by_code["en"]


@pytest.mark.parametrize(
    ("amount", "unit", "vi", "en"),
    [
        (999, "g", "999 g", "999 g"),
        (1_000, "g", "1 kg", "1 kg"),
        (405_500, "g", "405,5 kg", "405.5 kg"),
        (1_234_567, "g", "1.234,567 kg", "1,234.567 kg"),
        (1_500, "ml", "1,5 l", "1.5 l"),
        (1, "pieces", "1 sản phẩm", "1 piece"),
        (1_800, "pieces", "1.800 sản phẩm", "1,800 pieces"),
        (2**96 - 1, "g", "79.228.162.514.264.337.593.543.950,335 kg", "79,228,162,514,264,337,593,543,950.335 kg"),
    ],
)
def test_quantities_are_exact(
    amount: int, unit: str, vi: str, en: str, vietnamese: Language, english: Language
) -> None:
    shown = [language.quantity(amount, unit).replace("\N{NO-BREAK SPACE}", " ") for language in (vietnamese, english)]
    assert shown == [vi, en]


def test_times_are_vietnamese_time(vietnamese: Language, english: Language) -> None:
    late = "2026-11-20T18:30:00Z"
    assert (vietnamese.moment(late), vietnamese.date(late)) == ("01:30, 21/11/2026", "21/11/2026")
    assert (english.moment(late), english.date(late)) == ("21 Nov 2026, 01:30", "21 Nov 2026")
    assert vietnamese.moment(late, after="2026-11-20T17:30:00Z") == "01:30"
    assert vietnamese.moment(late, after="2026-11-20T16:30:00Z") == "01:30, 21/11/2026"
    assert vietnamese.moment("yesterday") is None and vietnamese.date(None) is None
    assert vietnamese.moment("2026-11-20T18:30:00") is None, "a time without its offset is no instant"
