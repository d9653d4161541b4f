"""The whole law on the scan page: a recall stands above all else, and the kinds beside the first nine are told in plain words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from gateway.verification.journey import STEP_LIMIT
from gateway.verification.page import scan_page
from gateway.verification.verdict import LAG_LIMIT_S
from ledger.events.model import Kind, RecallFlag
from tests.unit.scan_words import ACT, CONTAINS, FOUR, NOT_KNOWN, RECALLED, REGISTERED, REVIEW
from tests.unit.test_catalogues import BANNED
from tests.unit.test_scan_render import PAGES, TODAY, html, shown
from tests.web.page_text import Text
from tests.web.story_fixture import (
    COOPERATIVE,
    GATHERERS,
    HANOI,
    LOTS,
    SHOP,
    UNION,
    event,
    every_kind,
    jar_with_a_recalled_ingredient,
    recalled_jar,
    story,
    word,
)

Story = dict[str, Any]
JAR = {**LOTS["jar"], "origin": COOPERATIVE}


def verdict(page: str) -> str:
    """The text of the first section: what a reader sees before anything else."""
    start = page.index("<section")
    return Text(page[start : page.index("</section>", start)]).text


def title(page: str) -> str:
    return page[page.index("<title>") + 7 : page.index("</title>")]


def recalled_now(told: Story, *flags: str) -> Story:
    told["state"]["recalled_by"] = list(flags)
    return told


# The verdict (DESIGN, promise 7 and section 7)


@pytest.mark.parametrize(("code", "said"), RECALLED.items())
def test_a_recalled_jar_says_so_first_with_what_to_do_and_in_the_title(code: str, said: str) -> None:
    page = html(recalled_jar(), code)
    assert verdict(page).startswith(f"{said} · {ACT[code]}")
    assert title(page).startswith(f"{said}: ")
    assert "verdict-recalled" in page and "verdict-registered" not in page
    assert REGISTERED[code] not in Text(page).text


def test_a_recall_names_who_in_which_capacity_when_and_why() -> None:
    said = verdict(html(recalled_jar()))
    assert "Recalled by Đầm Dơi Three-striped Crab Cooperative (the producer), 24 Nov 2026. Reason: spoiled." in said
    assert "Recalled by Cà Mau Cooperative Union (an inspector), 24 Nov 2026." in said
    assert "It also contains a recalled ingredient: salted three-striped crab, lot MUOI-CHUM-07 and live three" in said


@pytest.mark.parametrize("code", FOUR)
def test_a_lot_whose_records_an_audit_found_wrong_is_never_called_registered(code: str) -> None:
    word, chain, beside = REVIEW[code]
    told = story()
    told["state"]["under_review"] = {"since": "2026-11-24T08:00:00Z", "check": "the chain's logs"}
    page = html(told, code)
    assert verdict(page).startswith(word) and chain in verdict(page) and "15:00" in verdict(page)
    assert "verdict-unverified" in page and REGISTERED[code] not in Text(page).text
    told["state"]["under_review"]["check"] = "the audit log"
    assert chain not in verdict(html(told, code))
    recalled_now(told, "origin")
    assert verdict(html(told, code)).startswith(RECALLED[code])
    assert beside in verdict(html(told, code))


@pytest.mark.parametrize("flag", [flag.name.lower() for flag in RecallFlag if flag.name])
def test_each_flag_alone_is_a_recall_even_if_no_event_tells_of_it(flag: str) -> None:
    page = html(recalled_now(story(), flag))
    words = {"origin": "the producer", "brand_owner": "the brand owner", "inspectors": "an inspector"}[flag]
    assert verdict(page).startswith(f"Recalled · {ACT['en']} Recalled by {words}.")


def test_a_flag_of_unknown_name_is_a_recall_too() -> None:
    assert verdict(html(recalled_now(story(), "somebody"))).startswith("Recalled · ")


@pytest.mark.parametrize(("code", "said"), CONTAINS.items())
def test_a_recalled_ingredient_is_said_first_named_and_linked(code: str, said: str) -> None:
    page = html(jar_with_a_recalled_ingredient(), code)
    assert verdict(page).startswith(f"{said} · {ACT[code]}")
    assert title(page).startswith(f"{said}: ")
    assert page.count(f'href="/p/urn%3Anguon%3Aproduct%3Aba-khia-tuoi/BK-261118?lang={code}"') == 2, "verdict and list"
    assert page.count('<b class="missing">') == 1, "marked in the list of ingredients"
    if code == "en":
        assert "Recalled by Tân Thuận Crab Gatherers' Group (the producer), 24 Nov 2026." in verdict(page)


def test_more_recalled_ingredients_than_the_first_screen_holds_are_counted() -> None:
    told = jar_with_a_recalled_ingredient()
    told["state"]["recalled_ingredients"] *= 5
    assert "2 more recalled ingredients." in verdict(html(told))


def forgotten(told: Story) -> None:
    told["state"]["recall_known"] = False


def unsaid(told: Story) -> None:
    del told["state"]["recall_known"]


def no_flags(told: Story) -> None:
    del told["state"]["recalled_by"]


def no_ingredients(told: Story) -> None:
    del told["state"]["recalled_ingredients"]


@pytest.mark.parametrize("spoil", [forgotten, unsaid, no_flags, no_ingredients])
@pytest.mark.parametrize("code", FOUR)
def test_what_is_not_known_of_recalls_is_never_called_registered(spoil: Callable[[Story], None], code: str) -> None:
    told = story()
    spoil(told)
    page = html(told, code)
    assert NOT_KNOWN[code] in verdict(page)
    assert "verdict-unverified" in page and "verdict-registered" not in page


@pytest.mark.parametrize("make", [recalled_jar, jar_with_a_recalled_ingredient])
def test_a_recall_outlives_a_lost_chain_a_cut_walk_and_an_unfinished_record(make: Callable[[], Story]) -> None:
    told = make()
    told["as_of"]["lag_seconds"] = LAG_LIMIT_S + 1
    told["journey"][0]["state"] = "mined"
    told["state"]["recall_known"] = False
    page = html(told)
    assert "verdict-recalled" in page and "Could not verify now" not in verdict(page)
    assert "this is what was last known" in verdict(page) and "more may be recalled" in verdict(page)


def test_a_recall_lifted_in_every_capacity_leaves_its_steps_alone() -> None:
    page = html(every_kind())
    assert verdict(page).startswith("Registered") and not title(page).startswith("Recalled")
    assert "lifted its recall of" in Text(page).text


def test_a_recall_that_was_lifted_is_not_told_as_in_force_beside_one_that_is() -> None:
    told = recalled_now(every_kind(), "origin")
    told["journey"].append(event(40, "Recall", COOPERATIVE, "11-24T00:40", batches=[JAR], batch_ref=JAR))
    said = verdict(html(told))
    assert "Recalled by Đầm Dơi Three-striped Crab Cooperative (the producer)" in said
    assert "Union" not in said


def test_no_capacity_is_claimed_that_the_story_does_not_fix() -> None:
    told = recalled_now(story(), "brand_owner", "inspectors")
    for number, who in ((15, UNION), (16, HANOI)):
        told["journey"].append(event(number, "Recall", who, f"11-24T00:{number}", batches=[JAR], batch_ref=JAR))
    said = verdict(html(told))
    assert said.count("(brand owner or inspector)") == 2
    one = recalled_now(story(), "brand_owner")
    one["journey"].append(event(15, "Recall", UNION, "11-24T00:15", batches=[JAR], batch_ref=JAR))
    assert "Cà Mau Cooperative Union (the brand owner)" in verdict(html(one))


# The steps


@pytest.mark.parametrize(
    "sentence",
    [
        "Hà Nội Specialities Market did not accept 60 pieces of Đầm Dơi salted three-striped crab, 250 g jar; it went back to"
        " Đầm Dơi Three-striped Crab Cooperative. Reason: damaged.",
        "Đầm Dơi Three-striped Crab Cooperative took back 40 pieces of Đầm Dơi salted three-striped crab, 250 g jar that was"
        " on the way to Hà Nội Specialities Market.",
        "Cà Mau OCOP Shop took back 3 pieces of Đầm Dơi salted three-striped crab, 250 g jar that it had sold, from a buyer.",
        "Cà Mau OCOP Shop corrected its record: 4 pieces of Đầm Dơi salted three-striped crab, 250 g jar less. This is a"
        " correction, not a loss. The record it corrects, 23 Nov 2026: Cà Mau OCOP Shop sold 200 pieces",
        "Cà Mau Cooperative Union, as inspector, corrected the stock of Cà Mau OCOP Shop: 12 pieces of Đầm Dơi salted",
        "corrected the information in an earlier record on Đầm Dơi salted three-striped crab, 250 g jar. Quantities stay as"
        " they are. The record it corrects, 21 Nov 2026: Đầm Dơi Three-striped Crab Cooperative packed 450 kg",
        "Best before, as corrected: 1 May 2027",
        "Cà Mau Cooperative Union (brand owner or inspector) recalled Đầm Dơi salted three-striped crab, 250 g jar (lot BKM",
        "Cà Mau Cooperative Union (brand owner or inspector) lifted its recall of Đầm Dơi salted three-striped crab, 250 g",
        "Cà Mau Cooperative Union, as inspector, sent 405 pieces of Đầm Dơi salted three-striped crab, 250 g jar back to Đầm"
        " Dơi Three-striped Crab Cooperative. Cà Mau OCOP Shop, which held it, was suspended.",
        "received 405 pieces of Đầm Dơi salted three-striped crab, 250 g jar from Cà Mau OCOP Shop.",
    ],
)
def test_each_kind_of_the_whole_law_is_told_in_plain_words(sentence: str) -> None:
    assert sentence in shown(every_kind())


@pytest.mark.parametrize("code", FOUR)
@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.word)
def test_no_kind_is_left_to_its_bare_name(kind: Kind, code: str) -> None:
    told = story()
    told["journey"].append(event(30, kind.word, COOPERATIVE, "11-24T00:30", batch_ref=JAR, quantity=1, to=SHOP))
    step = scan_page(told, PAGES.languages.by_code[code], TODAY).journey.steps[-1]
    assert f": {kind.word}." not in step.sentence


def test_an_origin_s_correction_is_no_inspector_s() -> None:
    told = story()
    up = event(15, "AdjustUp", COOPERATIVE, "11-24T00:15", batch_ref=JAR, quantity=5, target=told["journey"][0]["id"])
    told["journey"].append(up)
    said = shown(told)
    assert "Cooperative corrected its record: 5 pieces of Đầm Dơi salted three-striped crab, 250 g jar more." in said
    steps = scan_page(told, PAGES.languages.by_code["en"], TODAY).journey.steps
    assert [
        step.sentence for step in steps if "corrected its record" in step.sentence and "inspector" not in step.sentence
    ]


def test_a_cascade_names_the_lot_it_is_told_of_and_counts_the_others() -> None:
    said = shown(recalled_jar())
    assert "recalled Đầm Dơi salted three-striped crab, 250 g jar (lot BKM-261121/A) and 2 more lots." in said


def test_what_was_rejected_is_not_still_on_the_way() -> None:
    told = story()
    to_hanoi = told["journey"][-1]["id"]
    for number, kind, quantity in ((15, "Reject", 100), (16, "Receive", 150)):
        acting = {"batch_ref": JAR, "quantity": quantity, "target": to_hanoi}
        told["journey"].append(event(number, kind, HANOI, f"11-24T00:{number}", **acting))
    assert (
        "Short: 150 pieces of the 300 pieces sent had arrived by then. Still on the way or missing: 50 pieces."
        in shown(told)
    )


def correct(who: Story, **acting: Any) -> Story:
    told = story()
    ilmd = {"ilmd": {"cbvmda:itemExpirationDate": "2026-12-01"}}
    packed = told["journey"][0]["id"]
    given = {"target": packed, "batches": [JAR], "batch_ref": JAR, "content": ilmd, **acting}
    told["journey"].append(event(15, "Correct", who, "11-24T00:15", **given))
    return told


def test_a_corrected_date_counts() -> None:
    assert "Past its date Good until 1 Dec 2026." in shown(correct(COOPERATIVE), today=date(2026, 12, 2))


@pytest.mark.parametrize(
    "told",
    [
        correct(SHOP),
        correct(COOPERATIVE, target=word("none")),
        correct(COOPERATIVE, position=8),
        correct(COOPERATIVE, batches=[LOTS["salt"]], batch_ref=LOTS["salt"]),
    ],
    ids=["another party's", "unknown", "later", "another batch's"],
)
def test_a_correction_that_readers_ignore_is_said_to_change_nothing(told: Story) -> None:
    said = shown(told, today=date(2026, 12, 2))
    assert "names no earlier record of this organisation on these goods, so it changes nothing" in said
    assert "Past its date" not in said and "The record it corrects" not in said


def test_a_recall_is_never_among_the_steps_left_out() -> None:
    told = jar_with_a_recalled_ingredient()
    told["upstream"][2]["journey"] += [
        event(number, "Sell", COOPERATIVE, "11-20T01:00", batch_ref=LOTS["salt"], quantity=1)
        for number in range(100, 200)
    ]
    page = scan_page(told, PAGES.languages.by_code["en"], TODAY)
    assert len(page.journey.steps) == STEP_LIMIT and page.journey.left_out
    assert [step.tone for step in page.journey.steps].count("recalled") == 1


# Quantities


def test_corrections_are_lines_of_their_own_and_the_sums_add_up() -> None:
    said = shown(every_kind())
    for words in (
        "1,800 pieces made in all. Corrected upwards + 12 pieces",
        "Corrected downwards: a correction, not a loss − 4 pieces As corrected, in all 1,808 pieces",
        "An inspector has corrected a quantity of this lot upwards.",
        "Still held 1,409 pieces On the way 200 pieces Sold 197 pieces Lost or destroyed 2 pieces",
        "Quantity 1,808 pieces",
    ):
        assert words in said
    assert "Not explained" not in said
    figures = every_kind()["quantities"]
    parts = (figures[key] for key in ("held", "on_the_way", "sold", "consumed", "disposed"))
    assert figures["made"] + figures["adjusted_up"] - figures["adjusted_down"] == sum(parts)


def test_without_corrections_no_such_line_stands() -> None:
    assert "orrected" not in shown(story())


def test_a_correction_is_not_among_the_losses() -> None:
    language = PAGES.languages.by_code["en"]
    assert scan_page(every_kind(), language, TODAY).balance.losses == scan_page(story(), language, TODAY).balance.losses


def test_a_lot_all_corrected_away_is_not_a_lot_destroyed() -> None:
    told = story()
    told["quantities"].update(held=0, on_the_way=0, sold=0, disposed=0, adjusted_down=1_800)
    said = shown(told)
    assert "Lot destroyed" not in said and "As corrected, in all 0 pieces" in said


# Words


@pytest.mark.parametrize("make", [recalled_jar, jar_with_a_recalled_ingredient, every_kind])
@pytest.mark.parametrize("code", FOUR)
def test_no_word_promises_more_than_a_signature_can(make: Callable[[], Story], code: str) -> None:
    assert BANNED.findall(shown(make(), code)) == []


def test_profiles_and_lists_of_unexpected_shape_do_not_break_a_recall() -> None:
    told = copy.deepcopy(recalled_jar())
    told["journey"][-1].update(batches=[], batch_ref=None, occurred_at=None, content={"nguon:reason": {"x": 1}})
    told["upstream"] = []
    told["state"]["recalled_ingredients"] = [{"batch": word("?"), "product": None, "origin": None, "lot": None}]
    told["journey"].append(event(17, "Lift", GATHERERS, "11-24T00:17", batches=[], target=None))
    assert verdict(html(told)).startswith("Recalled · ")
