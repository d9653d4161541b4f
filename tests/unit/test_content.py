"""Promise: a content has one spelling, hides nothing from a reader and never contradicts an acting field (spec, 4)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.canonical.content import ALLOWED, ALLOWED_ILMD, REPEATED, check, encode
from ledger.canonical.strict_json import strict_loads
from ledger.errors import Refusal

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/content.json").read_text())
GDST = ROOT.parent / "shared/vectors/gdst/valid/gdst_data_withmasterdata.jsonld"


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["name"])
def test_accepted(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["hex"][2:])
    assert encode(case["values"]) == data
    assert encode(check(data)) == data


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_refused_by_the_right_law(case: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        check(bytes.fromhex(case["hex"][2:]))
    assert caught.value == Refusal(case["law"], **case["numbers"])


def test_every_law_of_content_has_a_vector() -> None:
    assert {case["law"] for case in VECTORS["refused"]} == {
        "ContentTooLong",
        "ContentNotCanonical",
        "ContentNumber",
        "ContentText",
        "ContentRepeatsActingField",
        "ContentFieldNotAllowed",
        "ContentFieldForm",
    }


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"nguon:entered": 1.0}, Refusal("ContentNumber", path="/nguon:entered")),
        ({"nguon:entered": [Decimal("1.5")]}, Refusal("ContentNumber", path="/nguon:entered/0")),
        ({"nguon:entered": 2**53}, Refusal("ContentNumber", path="/nguon:entered")),
        ({"nguon:reason": "\u202e"}, Refusal("ContentText", path="/nguon:reason", reason="a bidirectional control")),
        ({"nguon:reason": "\ud800"}, Refusal("ContentText", path="/nguon:reason", reason="a lone surrogate")),
        ({"nguon:derived": {1: 2}}, Refusal("ContentNotCanonical", reason="a member's name is no string")),
        ({"nguon:derived": {"é": 1, "e\u0301": 2}}, Refusal("ContentNotCanonical", reason="a member twice")),
        ({"nguon:derived": b"x"}, Refusal("ContentNotCanonical", reason="no JSON: bytes")),
        ({"nguon:derived": [[[[[[[[[[1]]]]]]]]]]}, Refusal("ContentNotCanonical", reason="nested too deeply")),
        ({"nguon:reason": "x" * 8200}, Refusal("ContentTooLong", length=8219, limit=8192)),
        ({"action": "ADD"}, Refusal("ContentRepeatsActingField", field="action")),
        ({"price": "1"}, Refusal("ContentFieldNotAllowed", field="price")),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, Refusal) else None,
)
def test_what_check_would_refuse_is_not_even_encoded(values: dict[str, Any], refusal: Refusal) -> None:
    with pytest.raises(Refusal) as caught:
        encode(values)
    assert caught.value == refusal


def test_encoding_leaves_the_callers_values_alone() -> None:
    values = {"nguon:derived": {"e\u0301": ["e\u0301"]}}
    encode(values)
    assert values == {"nguon:derived": {"e\u0301": ["e\u0301"]}}


def test_no_field_is_both_allowed_and_repeated() -> None:
    assert not REPEATED & (ALLOWED | ALLOWED_ILMD)


def test_the_gdst_document_fits_once_the_repeated_fields_are_gone() -> None:
    if not GDST.exists():
        pytest.skip("public GDST vectors are not here")
    events = strict_loads(GDST.read_bytes(), 20)["epcisBody"]["eventList"]
    assert len(events) == 17
    for event in events:
        rest = {name: value for name, value in event.items() if name not in REPEATED}
        if "ilmd" in rest:
            rest["ilmd"] = {name: value for name, value in rest["ilmd"].items() if name not in REPEATED}
        assert check(encode(rest)) == rest


@pytest.mark.parametrize("name", sorted(REPEATED))
def test_each_repeated_field_is_refused_where_it_could_stand(name: str) -> None:
    for values in ({name: "x"}, {"ilmd": {name: "x"}}):
        with pytest.raises(Refusal, match="ContentRepeatsActingField"):
            encode(values)


class TestStrictJson:
    """What the door of every JSON reader refuses, and what it must let through unharmed."""

    @pytest.mark.parametrize(
        ("data", "value"),
        [
            (b'{"a": [1, 2.50, -1e3, true, null, "\\u00e9\\ud83e\\udd80"]}',
             {"a": [1, Decimal("2.50"), Decimal("-1e3"), True, None, "é🦀"]}),
            (b' "]]]]{{{{\\"[[[[" ', ']]]]{{{{"[[[['),
            (b"79228162514264337593543950335", 2**96 - 1),
        ],
    )  # fmt: skip
    def test_read(self, data: bytes, value: Any) -> None:
        assert strict_loads(data, 3) == value

    def test_a_fraction_keeps_its_digits(self) -> None:
        assert str(strict_loads(b"10.50", 1)) == "10.50"

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b'{"a":1,"a":1}', "a member twice"),
            (b'[{"a":{"b":1,"\\u0062":2}}]', "a member twice"),
            (b"[[[[1]]]]", "nested too deeply"),
            (b"[" * 100_000, "nested too deeply"),
            (b'"\\\\"[[[[', "nested too deeply"),
            (b"NaN", "NaN is no JSON number"),
            (b"[Infinity]", "Infinity is no JSON number"),
            (b"1e41", "a number too long"),
            (b"1E-999999999", "a number too long"),
            (b"1" * 41, "a number too long"),
            (b"0." + b"1" * 5000, "a number too long"),
            (b'"\\ud800"', "a lone surrogate"),
            (b'{"\\udc00":1}', "a lone surrogate"),
            (b'["\\ud83e\\ud83e"]', "a lone surrogate"),
            (b"\xef\xbb\xbf1", "not JSON"),
            (b"", "not JSON"),
            (b"[1,]", "not JSON"),
            (b"{} {}", "not JSON"),
            (b"'a'", "not JSON"),
            (b'"a\nb"', "not JSON"),
            (b"01", "not JSON"),
            (b"\xff", "not UTF-8"),
            ('"é"'.encode("utf-16"), "not UTF-8"),
        ],
        ids=lambda value: repr(value)[:30],
    )
    def test_refused(self, data: bytes, reason: str) -> None:
        with pytest.raises(Refusal) as caught:
            strict_loads(data, 3)
        assert caught.value == Refusal("JsonForm", reason=reason)
