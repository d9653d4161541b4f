"""Promises: a certificate's state is never greener than what was signed; the way is drawn from what parties state and from nothing
else; a badge is text whatever stands in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from gateway.verification.badge import badge_svg, snippet
from gateway.verification.page import scan_page
from gateway.verification.stops import position_of
from tests.unit.test_scan_render import PAGES, TODAY, Story, hostile, shown
from tests.web.page_text import Text
from tests.web.story_fixture import certified_jar, story, word


def states(told: Story, today: date = TODAY) -> dict[str, tuple[str, str]]:
    language = PAGES.languages.by_code["en"]
    return {each.title: (each.word, each.state) for each in scan_page(told, language, today).certificates}


def test_each_certificate_has_its_state_and_those_that_stand_come_first() -> None:
    found = states(certified_jar())
    coop, union = "Đầm Dơi Three-striped Crab Cooperative", "Cà Mau Cooperative Union"
    assert found == {
        "OCOP · 4 stars · 148/QĐ-UBND": ("confirmed", f"Confirmed by {union} on 23 Nov 2026."),
        "VietGAP · VG-0117": ("stated", f"Stated by {coop}. No inspector has confirmed it."),
        "HACCP · HC-2026-0117": ("stated", f"Stated by {union}. No inspector has confirmed it."),
        "ASC · ASC-2024-11": ("expired", "Expired on 31 Jan 2025."),
        "BAP · 2 stars · BAP-88": ("withdrawn", f"Withdrawn by {coop} on 23 Nov 2026."),
    }
    assert [word for word, _ in found.values()] == ["confirmed", "stated", "stated", "expired", "withdrawn"]
    assert f"OCOP · 4 stars · 148/QĐ-UBND (Confirmed by {union} on 23 Nov 2026)" in shown(certified_jar())
    assert states(certified_jar(), date(2029, 1, 1))["OCOP · 4 stars · 148/QĐ-UBND"] == (
        "expired",
        f"Expired on 29 Dec 2028. {union} had confirmed it.",
    )
    assert states(certified_jar(), date(2025, 1, 1))["OCOP · 4 stars · 148/QĐ-UBND"][0] == "not_yet"


def no_inspector(told: Story) -> None:
    told["inspectors"] = []


def not_final_yet(told: Story) -> None:
    told["places"][0]["journey"][1]["state"] = "submitted"


def of_another_place(told: Story) -> None:
    told["places"][0]["journey"][1]["place"] = "urn:nguon:place:elsewhere"


def by_itself(told: Story) -> None:
    told["places"][0]["journey"][1]["party"] = told["origin"]
    told["inspectors"].append(told["origin"]["id"])


def out_of_form(told: Story) -> None:
    told["places"][0]["journey"][1]["content_canonical"] = False


def naming_another_event(told: Story) -> None:
    told["places"][0]["journey"][1]["content"]["certificationInfo"] = "urn:nguon:event:" + word("another")


@pytest.mark.parametrize(
    "spoil", [no_inspector, not_final_yet, of_another_place, by_itself, out_of_form, naming_another_event]
)
def test_nothing_but_an_inspectors_final_word_on_the_same_thing_confirms(spoil: Callable[[Story], None]) -> None:
    told = certified_jar()
    spoil(told)
    assert states(told)["OCOP · 4 stars · 148/QĐ-UBND"][0] == "stated"
    assert "Confirmed by" not in shown(told)


def test_a_stranger_withdraws_nothing() -> None:
    told = certified_jar()
    told["journey"][-1]["party"] = told["journey"][2]["party"]
    assert states(told)["BAP · 2 stars · BAP-88"][0] == "stated"


def test_the_way_is_drawn_from_what_the_parties_state_with_distances() -> None:
    language = PAGES.languages.by_code["en"]
    way = scan_page(story(), language, TODAY).way
    assert [stop.name for stop in way.stops][:2] == [
        "Đầm Dơi Three-striped Crab Cooperative",
        "Tân Thuận Crab Gatherers' Group",
    ]
    assert "2 → 1: 16 km" in way.legs and "1 → 3: 22 km" in way.legs and len(way.lines) == 2
    points = {stop.number: (stop.x, stop.y) for stop in way.stops}
    assert points[3][1] < points[1][1] < points[2][1], "north at the top"  # type: ignore[operator]
    assert points[2][0] > points[1][0] > points[3][0], "east at the right"  # type: ignore[operator]
    stripped = without(story(), "coordinates")
    bare = scan_page(stripped, language, TODAY).way
    assert not bare.drawn and bare.lines == () and "2 → 1: distance not known" in bare.legs
    assert "nothing can be drawn" in shown(stripped)


def without(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: without(inner, name) for key, inner in value.items() if key != name}
    return [without(inner, name) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "stated", ["x", {"latitude": 1}, {"latitude": "91", "longitude": "0"}, {"latitude": [], "longitude": {}}]
)
def test_a_position_that_is_none_is_not_drawn(stated: Any) -> None:
    assert position_of({"profile": {"coordinates": stated, "places": stated}}, "urn:x") is None


def test_a_badge_is_text_whatever_the_lot_is_called() -> None:
    told = hostile(certified_jar())
    picture = badge_svg(told, PAGES.languages.by_code["en"]).decode()
    assert {tag for tag, _ in Text(picture).tags} == {"svg", "title", "rect", "path", "text"}
    assert "&lt;script" in picture and "\u202e" not in picture
    pasted = snippet('/b?"><script>', "javascript:'\"", '"><img src=x onerror=alert(1)>')
    assert [tag for tag, _ in Text(pasted).tags] == ["a", "img"]
