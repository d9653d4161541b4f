"""Promise: content bytes have one form; what is written can be read; what can be read was written so (spec, section 4)."""

from __future__ import annotations

import json
import unicodedata
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.canonical.content import ALLOWED, ALLOWED_ILMD, MAX_INTEGER, check, encode
from ledger.canonical.disclosure import Disclosed, disclose, open_disclosure, open_row, prove_row, seal_table
from ledger.canonical.strict_json import strict_loads
from ledger.errors import Refusal

PROFILE = settings(derandomize=True, deadline=None, max_examples=200)
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
speakable = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=BIDI), max_size=12)
scalars = st.one_of(speakable, st.integers(-MAX_INTEGER, MAX_INTEGER), st.booleans(), st.none())
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(speakable, inner, max_size=3)),
    max_leaves=8,
)
members = st.sampled_from(sorted(ALLOWED - {"ilmd", "_sd", "_sd_tables", "nguon:voided"}))
contents = st.tuples(
    st.dictionaries(members, values, max_size=4),
    st.dictionaries(st.sampled_from(sorted(ALLOWED_ILMD)), values, max_size=3),
).map(lambda pair: pair[0] | ({"ilmd": pair[1]} if pair[1] else {}))


def composed(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {composed(name): composed(member) for name, member in value.items()}
    return [composed(each) for each in value] if isinstance(value, list) else value


@PROFILE
@given(contents)
def test_what_is_encoded_reads_back_the_same_up_to_nfc(content: dict[str, Any]) -> None:
    try:
        data = encode(content)
    except Refusal as refusal:
        assert refusal.law in ("ContentTooLong", "ContentNotCanonical"), "too long, too deep, or two names one in NFC"
        return
    assert check(data) == composed(content)
    assert encode(check(data)) == data
    assert json.loads(data) == composed(content), "an ordinary reader sees the same"


@PROFILE
@given(contents, st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_matter(content: dict[str, Any], random: Any) -> None:
    names = list(content)
    random.shuffle(names)
    try:
        data = encode(content)
    except Refusal:
        return
    assert encode({name: content[name] for name in names}) == data


@PROFILE
@given(contents, st.integers(0, 500), st.binary(min_size=1, max_size=3))
def test_any_altered_bytes_are_refused_or_another_canonical_content(
    content: dict[str, Any], at: int, patch: bytes
) -> None:
    try:
        data = encode(content)
    except Refusal:
        return
    altered = data[: at % len(data)] + patch + data[at % len(data) + 1 :]
    try:
        read = check(altered)
    except Refusal as refusal:
        assert refusal.law.startswith("Content")
    else:
        assert encode(read) == altered, "no two spellings of one content"


@PROFILE
@given(st.binary(max_size=200))
def test_any_bytes_are_content_or_refused_by_a_law(data: bytes) -> None:
    try:
        assert encode(check(data)) == data
    except Refusal as refusal:
        assert refusal.law.startswith("Content")


documents = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(-(10**30), 10**30), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=10,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@PROFILE
@given(documents, st.integers(0, 6), st.booleans())
def test_the_strict_reader_reads_what_json_reads_down_to_the_depth(value: Any, limit: int, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only, indent=limit).encode("utf-8")
    if depth(value) <= limit:
        assert strict_loads(data, limit) == value
    else:
        try:
            strict_loads(data, limit)
        except Refusal as refusal:
            assert refusal.numbers["reason"] == "nested too deeply"
        else:
            raise AssertionError("deeper than the limit")


@PROFILE
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_fraction_comes_through_exactly(value: Decimal) -> None:
    assert strict_loads(f"{value:f}".encode(), 0) == value


@PROFILE
@given(speakable, values, st.binary(min_size=16, max_size=16))
def test_a_disclosure_says_what_was_sealed(name: str, value: Any, salt: bytes) -> None:
    assert open_disclosure(disclose(name, value, salt)[0]) == Disclosed(name, value)


@PROFILE
@given(st.lists(values, min_size=1, max_size=40), st.data())
def test_any_row_of_any_table_is_proven(rows: list[Any], data: st.DataObject) -> None:
    table = seal_table("t", rows)
    row = data.draw(st.integers(0, len(rows) - 1))
    assert open_row(table.disclosures[row], prove_row(table.disclosures, row), table.member) == Disclosed(
        row, rows[row]
    )
