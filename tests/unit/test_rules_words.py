"""Every refusal is explained in plain words with its numbers, and explaining never fails."""

from __future__ import annotations

import ast
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refusal
from ledger.events.door_laws import DOOR_LAWS
from ledger.events.form_laws import FORM_LAWS
from ledger.events.law_table import Law
from ledger.events.laws import CHAIN_LAWS, LAWS, describe, explain
from ledger.events.model import FOREVER, Unit
from ledger.events.plain_words import measure
from ledger.events.registry_laws import COUNCIL_LAWS

ROOT = Path(__file__).parents[2]
FARM, SHOP = b"\x01" * 32, b"\x02" * 32


def names(id: bytes) -> str | None:
    return {FARM: "Đầm Dơi"}.get(id)


def argument_names(law: Law) -> list[str]:
    return [argument.split()[-1] for argument in law.arguments.split(",") if argument]


def test_the_tuna_of_the_sample_document() -> None:
    refusal = Refusal("MoreThanHeld", batch=SHOP, party=FARM, wanted=10_000_000, held=9_876_000)
    words = describe(refusal, names, Unit.GRAM)
    assert words.detail == "wanted 10000 kg, held 9876 kg: 124 kg out of nothing"
    assert (words.expected, words.found) == ("at most 9876 kg", "10000 kg")
    assert explain(refusal, names) == "wanted 10000000, held 9876000: 124000 out of nothing"


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (
            Refusal("NotMaker", product=SHOP, party=FARM),
            "Đầm Dơi is not a maker of 0x0202020202020202…",
        ),
        (
            Refusal("RoleMissing", party=FARM, needed=7),
            "Đầm Dơi lacks the role producer or processor or packer",
        ),
        (
            Refusal("SignerNotValid", signer=bytes(20), **{"from": 0, "to": FOREVER}, blockTime=2**63),
            f"0x{'00' * 20} may sign from 1970-01-01 00:00:00 UTC to for ever, not at {2**63}",
        ),
        (Refusal("UnknownKind", kind=13), "kind Reject is not recorded by this ledger"),
        (Refusal("UnknownKind", kind=99), "kind 99 is not recorded by this ledger"),
        (Refusal("TooManyItems"), "? items in one batch, ? too many"),
    ],
)
def test_numbers_are_said_in_words(refusal: Refusal, sentence: str) -> None:
    assert explain(refusal, names) == sentence


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [
        (999, Unit.GRAM, "999 g"),
        (1_000, Unit.GRAM, "1 kg"),
        (1_050, Unit.MILLILITRE, "1.05 l"),
        (-1_500, Unit.GRAM, "-1.5 kg"),
        (0, Unit.GRAM, "0 g"),
        (1, Unit.PIECE, "1 piece"),
        (2000, Unit.PIECE, "2000 pieces"),
        (7, None, "7"),
    ],
)
def test_a_quantity_is_exact_and_short(quantity: int, unit: Unit | None, words: str) -> None:
    assert measure(quantity, unit) == words


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_every_law_has_a_title_and_speaks_only_of_its_arguments(law: Law) -> None:
    assert law.title.endswith(".")
    known = set(argument_names(law))
    for template in filter(None, (law.sentence, law.expected, law.found)):
        for _, field, _, _ in string.Formatter().parse(template):
            assert field is None or set(field.split("-")) <= known


def test_no_law_is_named_twice() -> None:
    assert len(LAWS) == len(CHAIN_LAWS) + len(COUNCIL_LAWS) + len(FORM_LAWS) + len(DOOR_LAWS)


def test_every_refusal_raised_anywhere_is_a_law_with_words() -> None:
    """A new `Refusal("SomeLaw", ...)` anywhere must come with its row in the table."""
    raised: dict[str, str] = {}
    for path in (*(ROOT / "ledger").rglob("*.py"), *(ROOT / "gateway").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name("Refusal"), args=[ast.Constant(str(law)), *_]):
                    raised[law] = path.name
    assert len(raised) > 60
    assert {law: path for law, path in raised.items() if law not in LAWS} == {}


ODD: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 2**64, 2**96, 2**256 - 1, 253_402_300_800, [], [1], 0.5, float("nan"), Unit.GRAM])
    | st.sampled_from(["", "{", "{0}", "lô số 1", "\ud800", "x" * 1000])
    | st.binary(max_size=40)
)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.sampled_from(sorted(LAWS)), st.sampled_from([None, *Unit]), st.data())
def test_explaining_never_fails(name: str, unit: Unit | None, data: st.DataObject) -> None:
    arguments = [argument for argument in argument_names(LAWS[name]) if data.draw(st.integers(0, 9))]
    numbers = {argument: data.draw(ODD, argument) for argument in arguments}
    words = describe(Refusal(name, **numbers), names, unit)
    assert words.title
    assert words.detail


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(["wanted", "from", "batch"]), ODD))
def test_a_law_without_words_is_shown_as_it_stands(numbers: dict[str, Any]) -> None:
    refusal = Refusal("OfTomorrow", **numbers)
    assert explain(refusal, names) == str(refusal)
