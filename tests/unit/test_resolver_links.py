"""Promise: whatever a code holds, its links stay on this host and keep lot and serial; of several links the best is chosen."""

from __future__ import annotations

from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pages.languages import Languages
from gateway.resolver.links import Link, best, default_path, links_of, listed, relation_of
from ledger.gs1.link import build

GTIN = "09529999001016"
SET_82 = st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#$@[\\]^`{|}~")
VALUES = st.text(SET_82, min_size=1, max_size=20).filter(lambda text: text not in (".", ".."))
ENGLISH = Languages.load().by_code["en"]
HTML, JSON = Link("r", "/p/x", "", "text/html", ("vi", "en")), Link("r", "/v1/x", "", "application/json")


@given(lot=VALUES, serial=st.none() | VALUES)
def test_every_link_stays_on_this_host_and_keeps_the_code(lot: str, serial: str | None) -> None:
    link = build([("01", GTIN), ("10", lot), *([("21", serial)] if serial else [])])
    for each in links_of(link, True, ENGLISH, ["vi", "en"]):
        target = urlsplit(urljoin("https://own.example/01/x/10/y", each.path))
        assert (target.scheme, target.netloc, target.path, target.query) == ("https", "own.example", each.path, "")
    segments = [unquote(each) for each in default_path(link).split("/")]
    assert segments == ["", "p", GTIN, lot, *([serial] if serial else [])]


@pytest.mark.parametrize(
    ("accept", "languages", "chosen"),
    [
        ("*/*", "", [HTML, JSON]),
        ("", "", [HTML, JSON]),
        ("*/*", "en-AU", [HTML]),
        ("application/json", "en", [JSON]),
        ("application/*, text/html;q=0.5", "vi", [JSON]),
        ("text/html, */*;q=0.1", "", [HTML]),
        ("text/html;q=0, */*", "vi", [JSON]),
        ("application/pdf", "th", [HTML, JSON]),
        ("text/html;q=none, application/json;q=-1, ;;,", "*", [HTML]),
    ],
)
def test_the_best_is_chosen_by_media_type_then_by_language(accept: str, languages: str, chosen: list[Link]) -> None:
    assert best([HTML, JSON], accept, languages) == chosen


def test_a_link_set_is_asked_for_by_its_own_name() -> None:
    name = "application/linkset+json"
    assert listed(f"text/html, {name.upper()} ; q=0.1", name)
    assert not any(listed(accept, name) for accept in ("*/*", "application/*", f"{name};q=0", "", "x" * 5_000 + name))


def test_a_type_of_no_known_vocabulary_is_none() -> None:
    assert relation_of("https://www.gs1.org/voc/pip") == relation_of("gs1:pip") == "https://ref.gs1.org/voc/pip"
    assert relation_of("pip") is relation_of("https://evil.example/voc/pip") is None
