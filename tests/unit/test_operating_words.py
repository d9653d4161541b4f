"""The Union's pages have words for every law, kind, role and state they can meet, and they are the ledger's own."""

from __future__ import annotations

import pytest

from gateway.operating.laws import KINDS, TITLES
from gateway.operating.words import CUSTODY, ROLES, STATES, STATUS, UNITS, folded, moment, said
from gateway.operating.yields import amount
from gateway.pages.languages import SIGNED_IN, Languages
from ledger.errors import ChainError, Refusal, WrongChain
from ledger.events.laws import COUNCIL_LAWS, LAWS, REGISTRY_LAWS, explain
from ledger.events.model import FOREVER, Custody, Kind, Role, Status
from ledger.store.outbox import STATES as KEPT

LANGUAGES = Languages.load(domains=SIGNED_IN).by_code


def test_the_titles_are_those_of_the_laws() -> None:
    assert {law: LAWS[law].title for law in TITLES} == TITLES


def test_each_kind_role_state_and_custody_has_its_word() -> None:
    assert set(KINDS) == {kind.word for kind in Kind}
    assert set(ROLES) == set(Role)
    assert set(STATES) == set(KEPT)
    assert set(STATUS) == {each.name.lower() for each in Status}
    assert set(CUSTODY) == {each.name.lower() for each in Custody}
    assert set(UNITS) == {"g", "ml", "pieces"}


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    "law", [*(law.name for law in (*REGISTRY_LAWS, *COUNCIL_LAWS)), "NotAnIdentifier", "NoKeyHere"]
)
def test_every_law_of_the_registries_is_a_sentence_with_its_numbers(law: str, code: str) -> None:
    """Also a law that has no words of its own here: it is quoted."""
    arguments = LAWS[law].arguments.split(", ") if LAWS[law].arguments else []
    numbers = {each.split()[-1]: b"\1" * 32 if "bytes" in each else "x" if " " not in each else 7 for each in arguments}
    sentence = said(Refusal(law, **numbers), LANGUAGES[code], lambda _: "Tân Duyệt")
    assert sentence and "{" not in sentence
    if code != "en":
        assert sentence != explain(Refusal(law, **numbers), lambda _: None)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_chain_that_is_away_and_a_wrong_one_are_told_apart(code: str) -> None:
    away, wrong = (said(each, LANGUAGES[code], lambda _: None) for each in (ChainError("x"), WrongChain("y")))
    assert away != wrong and "x" not in away.split()


@pytest.mark.parametrize(
    ("typed", "unit", "base"),
    [("100", "g", 100_000), (" 1,5 ", "g", 1_500), ("1.25", "ml", 1_250), ("0,125", "g", 125), ("0", "g", 0),
     ("250", "pieces", 250), ("999999999", "g", 999_999_999_000), ("00,5", "g", 500)],
)  # fmt: skip
def test_an_amount_as_people_write_it(typed: str, unit: str, base: int) -> None:
    assert amount(typed, unit) == base


@pytest.mark.parametrize(
    ("typed", "unit", "reason"),
    [("1.150", "g", "thousands"), ("12,500", "ml", "thousands"), ("1,5", "pieces", "whole"), ("", "g", "amount"),
     ("-1", "g", "amount"), ("1e3", "g", "amount"), ("1.2345", "g", "amount"), ("১০", "g", "amount"), ("1 000", "g", "amount"),
     ("1,000,000", "g", "amount"), ("9999999999", "g", "amount")],
)  # fmt: skip
def test_an_amount_that_can_be_read_two_ways_or_none_is_refused(typed: str, unit: str, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        amount(typed, unit)
    assert (refused.value.law, refused.value.numbers["reason"]) == ("ProposalForm", reason)


def test_a_name_is_found_without_its_accents() -> None:
    assert folded("Hợp tác xã ĐẦM DƠI") == "hop tac xa dam doi"


def test_times_without_end_have_words() -> None:
    english = LANGUAGES["en"]
    assert [moment(each, english) for each in (0, FOREVER)] == ["the beginning", "further notice"]
    assert moment(1_795_000_000, english) == "18 Nov 2026, 18:06"
    assert moment(2**63, english) == str(2**63), "beyond any calendar"
