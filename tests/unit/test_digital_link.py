"""Promise: a GS1 Digital Link is read and written as GS1's own reference does it, on all of its public test cases.

The cases are beside the checkout (`shared/vectors/gs1-digital-link`). What is read otherwise: EXCEPTIONS, each with a reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refusal
from ledger.gs1.dictionary import FORMS, QUALIFIERS, is_attribute, is_fixed
from ledger.gs1.link import LINK_LIMIT, DigitalLink, bracketed, build, parse
from ledger.gs1.percent import escaped, unescaped
from ledger.gs1.values import check_pair, fault

Case = dict[str, Any]
GTIN = "09529999001016"
_NAMES = "deprecated names for Application Identifiers: GS1's default is off, and no label of ours has one"
_PADDED = (
    "a GTIN of fewer than 14 digits, padded: GS1's default is off, and padding would give one product several addresses"
)
_UNKNOWN = "an Application Identifier that is in no dictionary: GS1's default is to refuse it, and nothing here knows what it says"
EXCEPTIONS = {
    ("https://a/gtin/12312312312333", "convenienceAlphas"): _NAMES,
    ("https://a/gtin/12312312312333/ser/ABC123", "convenienceAlphas"): _NAMES,
    ("https://a/sscc/006141411234567890", "convenienceAlphas"): _NAMES,
    ("https://a/01/2112345678900", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://a/01/416000336108", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://a/01/02345673", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://a/8004/9520614141234567?01=2112345678900", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://a/8004/9520614141234567?01=02345673", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://brand.example.com/01/9520123456788", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://brand.example.com/some-extra/pathinfo/01/9520123456788", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://example.com/01/9520123456788?3103=000195&3922=0299&17=201225", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://id.gs1.org/01/9520123456788?3103=000195&3922=0299&17=201225", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://id.gs1.org/01/9520123456788?17=201225&3103=000195&3922=0299", "permitZeroSuppressedGTIN"): _PADDED,
    ("https://example.com/01/09520123456788?99=XYZ&89=ABC123", "permitUnknownAIs"): _UNKNOWN,
    ("(01)12312312312326(99)000001(89)XXX(95)INT", "permitUnknownAIs"): _UNKNOWN,
}  # fmt: skip
"""(Address or elements, the option of GS1's library that is on) → why this project does not offer it."""


def cases(folder: Path, name: str) -> list[Case]:
    found: list[Case] = json.loads((folder / "gs1-digital-link" / f"gs1_dl_{name}.json").read_text("utf-8"))
    return found


def reason(case: Case, text: str) -> str | None:
    return next(
        (EXCEPTIONS[text, option] for option, on in case["options"].items() if on and (text, option) in EXCEPTIONS),
        None,
    )


def read(text: str) -> DigitalLink | None:
    try:
        return parse(text)
    except Refusal as refusal:
        assert refusal.law == "DigitalLinkForm" and refusal.numbers["reason"]
        return None


def test_every_public_address_is_read_as_gs1_reads_it(shared_vectors: Path) -> None:
    found = cases(shared_vectors, "parse")
    assert len(found) == 118
    wrong = []
    for case in found:
        link = read(case["uri"])
        if case["valid"] and reason(case, case["uri"]):
            assert link is None, f"{case['uri']} is read after all: it is no exception"
        elif (link.element_string if link else "") != case["elements"] or (link is not None) != case["valid"]:
            wrong.append((case, link))
    assert not wrong


def test_every_public_element_string_is_written_as_gs1_writes_it(shared_vectors: Path) -> None:
    found = cases(shared_vectors, "generate")
    assert len(found) == 22
    for case in found:
        try:
            stem = {} if case["stem"] is None else {"stem": case["stem"]}
            made = build(bracketed(case["elements"]), **stem).uri
        except Refusal:
            made = None
        expected = None if case["valid"] and reason(case, case["elements"]) else case["uri"]
        assert made == expected, case


def test_every_public_percent_code_is_read_and_written_as_gs1_does(shared_vectors: Path) -> None:
    found = cases(shared_vectors, "percent")
    assert len(found) == 31
    for case in found:
        does = unescaped if case["op"] == "unescape" else escaped
        assert (does(case["input"]), does(case["input"], query=True)) == (case["path"], case["query"]), case


def test_every_exception_is_a_public_case_that_needs_its_option(shared_vectors: Path) -> None:
    found = {
        (case.get("uri") if name == "parse" else case["elements"], option)
        for name in ("parse", "generate")
        for case in cases(shared_vectors, name)
        for option, on in case["options"].items()
        if on and case["valid"]
    }
    assert EXCEPTIONS.keys() <= found


# ── the table is the dictionary ─────────────────────────────────────────────────────────────────────────────────────────

CHECKS = {
    "csum": "check_digit", "csumalpha": "check_pair", "yymmd0": "day_or_month", "yymmdd": "day", "yyyymmdd": "long_day",
    "hhmi": "hour_minute", "hh": "hour", "mi": "sixtieth", "ss": "sixtieth", "zero": "zero", "nonzero": "not_zero",
    "nozeroprefix": "no_leading_zero", "yesno": "zero_or_one", "winding": "winding", "hyphen": "hyphen",
    "pieceoftotal": "piece_of_total", "hasnondigit": "not_digits_alone",
}  # fmt: skip
UNCHECKED = {
    "gcppos1", "gcppos2", "pcenc", "iso3166", "iso3166999", "iso3166alpha2", "iso4217", "iso5218", "latitude", "longitude", "iban",
    "mediatype", "packagetype", "importeridx", "posinseqslash", "couponcode", "couponposoffer",
}  # fmt: skip
"""They need lists of codes or licences (ledger/gs1/dictionary.py says so)."""


def entries(folder: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """AI, flags, form in our words, attributes."""
    for line in (folder / "gs1-digital-link/gs1-syntax-dictionary.txt").read_text("utf-8").splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        ais, rest = words[0], words[1:]
        flags = rest.pop(0) if re.fullmatch(r"[*?]+", rest[0]) else ""
        form = []
        while rest and re.match(r"\[?[NXYZ][.\d]", rest[0]):
            form.append(component(rest.pop(0)))
        first, _, last = ais.partition("-")
        for number in range(int(first), int(last or first) + 1):
            yield str(number).zfill(len(first)), flags, " ".join(form), rest


def component(written: str) -> str:
    kind, *linters = written.replace("[", "").replace("]", "").split(",")
    assert set(linters) <= CHECKS.keys() | UNCHECKED, f"{written}: a check nobody decided on"
    told = ":".join([kind, *(CHECKS[each] for each in linters if each in CHECKS)])
    return f"[{told}]" if written.startswith("[") else told


def test_the_table_says_what_gs1s_dictionary_says(shared_vectors: Path) -> None:
    found = list(entries(shared_vectors))
    assert len(found) > 400 and {ai for ai, *_ in found} == set(FORMS)
    for ai, flags, form, rest in found:
        assert FORMS[ai] == form, ai
        assert (is_fixed(ai), is_attribute(ai)) == ("*" in flags, "?" in flags), ai
        keys = [each.removeprefix("dlpkey").lstrip("=") for each in rest if each.startswith("dlpkey")]
        assert (ai in QUALIFIERS) == bool(keys), ai
        if keys:
            assert QUALIFIERS[ai] == tuple(tuple(each.split(",")) for each in keys[0].split("|") if each), ai


# ── beyond the public cases ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ai", "right", "wrong"),
    [
        ("01", GTIN, "09529999001017"),
        ("8013", "1987654Ad4X4bL5ttr2310c2K", "1987654Ad4X4bL5ttr2310c2L"),
        ("17", "261200", "261232"),
        ("7006", "280229", "270229"),
        ("7003", "2612312359", "2612312400"),
        ("8008", "26123123", "26123124"),
        ("8006", "095299990010160203", "095299990010160302"),
        ("7250", "20240229", "21000229"),
        ("8003", "0" + "9529999000019", "1" + "9529999000019"),
        ("8011", "0", "01"),
        ("4321", "1", "2"),
        ("10", "A" * 20, "A" * 21),
        ("10", "a%/b", "a b"),
        ("10", "A", "Ca_tr\xe1"),
        ("21", "!", ""),
        ("8030", "a-_Z", "a+/Z"),
        ("8010", "0#A", "0a"),
        ("4330", "001000-", "001000+"),
        ("7007", "261101261103", "261101261"),
        ("8001", "0001000010010" + "1", "0000000010010" + "1"),
    ],
)
def test_a_value_is_checked_by_its_form(ai: str, right: str, wrong: str) -> None:
    assert fault(ai, right) is None
    assert fault(ai, wrong)


def test_check_pairs_find_a_slip_of_any_character() -> None:
    body = "1987654Ad4X4bL5ttr2310c"
    assert check_pair(body) == "2K"
    for place in range(len(body)):
        assert check_pair(body[:place] + "z" + body[place + 1 :]) != "2K"


@pytest.mark.parametrize(
    "address",
    [
        f"https://a/01/{GTIN}/10/L%00T", f"https://a/01/{GTIN}/10/LOT%0d%0aX-Evil:%201", f"https://a/01/{GTIN}/10/LOT\r\nX: 1",
        f"https://a/01/{GTIN}/10/C\xe1", f"https://a/01/{GTIN}/10/C%C3%A1", f"https://a/01/{GTIN}/10/..%2f..%2f\x00",
        f"https://a/01/{GTIN}/10/A/10/B", f"https://a/01/{GTIN}/01/{GTIN}/x", f"https://a/01/{GTIN}/21/S/10/L", f"https://a/01/{GTIN}/10//21/S",
        f"https://a/01/{GTIN}/10/L?%31%37=261231", f"https://a/01/{GTIN}?21=S", f"https://a/01/{GTIN}?17=991399", f"https://a/01/{GTIN}?0=1",
        "https://a/415/9529999000019", f"https://a/01/{GTIN}/235/T/10/L", f"https://a/%30%31/{GTIN}", f"https://a@b/01/{GTIN}",
        f"https://a/01/{GTIN}/10/" + "A" * LINK_LIMIT, f"javascript://a/01/{GTIN}", f"https:///01/{GTIN}", f"//a/01/{GTIN}",
        f"https://a/01/{GTIN}\\@evil.example", "https://a/01/" + "\u0660" * 14,
    ],
)  # fmt: skip
def test_what_is_hostile_is_no_link(address: str) -> None:
    assert read(address) is None


def test_a_link_walks_up_to_its_key() -> None:
    link = parse(f"https://shop.example/x/01/{GTIN}/10/A%2fB/21/S?17=261231#top")
    assert link.canonical == f"https://id.gs1.org/01/{GTIN}/10/A%2FB/21/S"
    assert [each.uri for each in link.levels()] == [
        f"https://shop.example/x/01/{GTIN}{rest}" for rest in ("/10/A%2FB/21/S", "/10/A%2FB", "")
    ]
    assert (link.value("10"), link.value("22"), link.attributes) == ("A/B", None, (("17", "261231"),))


VALUES = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#$@[\\]^`{|}~"), min_size=1, max_size=20
)


@given(lot=VALUES, serial=st.none() | VALUES, internal=st.none() | VALUES)
def test_what_is_written_is_read_back(lot: str, serial: str | None, internal: str | None) -> None:
    elements = [
        ("01", GTIN),
        ("10", lot),
        *([("21", serial)] if serial else []),
        *([("99", internal)] if internal else []),
    ]
    link = build(elements, "https://shop.example")
    assert parse(link.uri) == link and list(link.elements) == elements


@given(
    st.text(max_size=80)
    | st.text(alphabet="/01?&=%ab+.:#@" + GTIN, max_size=80).map(lambda tail: f"https://a/01/{GTIN}{tail}")
)
def test_anything_is_read_or_refused(text: str) -> None:
    link = read(text)
    if link is not None:
        again = parse(link.uri)
        assert (again.key, again.qualifiers, again.attributes) == (link.key, link.qualifiers, link.attributes)
