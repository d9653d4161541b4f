"""Whoever may sign may put anything that is JSON into an allowed member; a page and the API must still be told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.pages.formats import day, instant
from gateway.pages.languages import Languages
from gateway.pages.rendering import Pages
from gateway.verification.page import page_key, scan_page
from ledger.canonical.content import ALLOWED, ALLOWED_ILMD
from ledger.projection.present import _profile, _text_only
from tests.web.story_fixture import story

ODD: tuple[Any, ...] = (0, 1, -(2**53) + 1, True, None, [], [1], {}, {"a": 1}, "", "x" * 300, [[{"a": [None]}]])
LANGUAGE = Languages.load().by_code["vi"]
PAGES = Pages()


@pytest.mark.parametrize("member", sorted(ALLOWED))
def test_any_value_of_any_member_still_makes_a_page(member: str) -> None:
    for value in ODD:
        told = story()
        for event in told["journey"]:
            event["content"] = event["content"] | {member: value}
            event["captured_at"] = _text_only(event["content"].get("nguon:captured"))
        assert "<html" in PAGES.render("scan.html", LANGUAGE, page=scan_page(told, LANGUAGE, date(2026, 11, 24)))


@pytest.mark.parametrize("member", sorted(ALLOWED_ILMD))
def test_any_value_of_any_master_datum_still_makes_a_page(member: str) -> None:
    for value in ODD:
        told = story()
        for event in told["journey"]:
            event["content"] = event["content"] | {"ilmd": {member: value}}
        assert "<html" in PAGES.render("scan.html", LANGUAGE, page=scan_page(told, LANGUAGE, date(2026, 11, 24)))


@pytest.mark.parametrize("value", ODD)
def test_what_is_no_time_is_no_time(value: Any) -> None:
    assert instant(value) is None
    assert day(value) is None


@pytest.mark.parametrize(
    "stored",
    ["[" * 8_000, '{"x":NaN}', '{"x":1e999}', '{"x":1.5}', '{"name":"\\ud800"}', "no JSON", "[1]", '{"a":1,"a":2}'],
)
def test_an_odd_profile_counts_as_an_empty_one(stored: str) -> None:
    assert _profile(stored) == {}
    assert _profile('{"name":"HTX"}') == {"name": "HTX"}


def test_profiles_of_unexpected_shape_do_not_break_the_page() -> None:
    told = story()
    told["product"]["profile"] = {
        "shelf_life_days": "long",
        "standards": {"vi": 3},
        "ocop_stars": 99,
        "warnings": [1],
        "description": {"vi": None},
        "brand": 7,
    }
    told["origin"] = {"id": "urn:x", "name": {"th": "สหกรณ์"}, "profile": None}
    told["journey"][3]["content"] = {
        "nguon:reason": {"x": 1},
        "sensorElementList": [1, {"sensorReport": 5}],
        "_sd": "x",
        "cbvmda:certificationList": {"a": 1},
        "nguon:documents": 5,
    }
    told["quantities"]["made"] = 2**96 - 1
    told["product"]["unit"] = "g"
    today = date(2026, 11, 24)
    assert "สหกรณ์" in PAGES.render("scan.html", LANGUAGE, page=scan_page(told, LANGUAGE, today))
    assert page_key(told, LANGUAGE, today)
