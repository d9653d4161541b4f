"""Promise: one thing has one id, however its name is spelled, and a mistyped name is refused (spec, section 1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Refusal
from ledger.events.identifiers import (
    batch_id,
    gln13,
    gtin14,
    is_gtin_uri,
    keccak,
    lot_bytes,
    party_id,
    party_uri,
    place_id,
    place_uri,
    product_id,
    product_uri,
)
from ledger.gs1.values import check_digit

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/identifiers.json").read_text())
CANONICAL: dict[str, Callable[[str], str]] = {"party": party_uri, "product": product_uri, "place": place_uri}
GTIN_URI = "https://id.gs1.org/01/09529999001016"


def test_keccak_is_ethereums_and_not_sha3() -> None:
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@pytest.mark.parametrize("case", VECTORS["checkDigits"], ids=lambda case: case["body"])
def test_check_digits(case: dict[str, Any]) -> None:
    assert check_digit(case["body"]) == case["digit"]


@pytest.mark.parametrize("place", range(13))
def test_every_single_wrong_digit_of_a_gtin_is_noticed(place: int) -> None:
    right = gtin14("09529999001016")
    for digit in set("0123456789") - {right[place]}:
        with pytest.raises(Refusal, match="WrongCheckDigit"):
            gtin14(right[:place] + digit + right[place + 1 :])


def test_wrong_check_digit_says_which_was_expected() -> None:
    with pytest.raises(Refusal) as caught:
        gln13("9529999000018")
    assert caught.value == Refusal("WrongCheckDigit", text="9529999000018", expected=9)


@pytest.mark.parametrize("text", ["9529999001016", "009529999001016", "", "0952999900101x", "٠٩٥٢٩٩٩٩٠٠١٠١٦"])
def test_a_gtin_has_exactly_fourteen_ascii_digits(text: str) -> None:
    with pytest.raises(Refusal, match="NotAnIdentifier"):
        gtin14(text)


@pytest.mark.parametrize("case", VECTORS["parties"], ids=lambda case: case["text"])
def test_party_spellings(case: dict[str, Any]) -> None:
    assert party_uri(case["text"]) == case["uri"]
    assert party_id(case["text"]) == party_id(case["uri"].encode()) == bytes.fromhex(case["id"][2:])


@pytest.mark.parametrize("case", VECTORS["products"], ids=lambda case: case["text"])
def test_product_spellings(case: dict[str, Any]) -> None:
    assert product_uri(case["text"]) == case["uri"]
    assert product_id(case["text"]) == product_id(case["uri"].encode()) == bytes.fromhex(case["id"][2:])


@pytest.mark.parametrize("case", VECTORS["places"], ids=lambda case: case["text"])
def test_place_spellings(case: dict[str, Any]) -> None:
    owner = bytes.fromhex(case["owner"][2:])
    assert place_uri(case["text"]) == case["uri"]
    assert place_id(owner, case["text"]) == keccak(owner + case["uri"].encode()) == bytes.fromhex(case["id"][2:])


@pytest.mark.parametrize("kind", CANONICAL)
def test_a_canonical_uri_is_its_own_canonical_form(kind: str) -> None:
    for case in VECTORS[{"party": "parties", "product": "products", "place": "places"}[kind]]:
        assert CANONICAL[kind](case["uri"]) == case["uri"]


@pytest.mark.parametrize("case", VECTORS["batches"], ids=lambda case: case["lot"][:12])
def test_batches(case: dict[str, Any]) -> None:
    product, origin, lot = product_id(case["product"]), party_id(case["origin"]), case["lot"].encode()
    assert batch_id(product, origin, lot) == keccak(product + origin + lot) == bytes.fromhex(case["id"][2:])


def test_nobody_can_squat_anothers_lot() -> None:
    product = product_id("09529999001016")
    assert batch_id(product, party_id("9529999000019"), b"L1") != batch_id(product, party_id("9529999000026"), b"L1")


def test_a_batch_id_needs_ids_of_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        batch_id(b"\x01" * 31, b"\x02" * 33, b"L")


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: f"{case['what']} {case['text'][:40]}")
def test_what_is_no_identifier_is_refused_by_name(case: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        CANONICAL[case["what"]](case["text"])
    assert caught.value.law == case["law"]


@pytest.mark.parametrize("case", VECTORS["lots"], ids=lambda case: f"{case['product'][:8]} {case['lot'][:24]!r}")
def test_lots(case: dict[str, Any]) -> None:
    product = product_uri(case["product"])
    if case["law"] is None:
        assert lot_bytes(product, case["lot"]) == case["lot"].encode()
        return
    with pytest.raises(Refusal) as caught:
        lot_bytes(product, case["lot"])
    assert caught.value.law == case["law"]


def test_only_a_gtin_has_gs1_lots() -> None:
    assert is_gtin_uri(product_uri("09529999001016"))
    assert not is_gtin_uri("urn:epc:idpat:sgtin:9529999.0.*.*")


def test_valid_public_digital_links_of_a_gtin_alone_have_one_canonical_form() -> None:
    """GS1's own parse vectors: links that name a GTIN and nothing else give the canonical URI of that GTIN."""
    path = ROOT.parent / "shared/vectors/gs1-digital-link/gs1_dl_parse.json"
    if not path.exists():
        pytest.skip("public GS1 Digital Link vectors are not here")
    compared = 0
    for case in json.loads(path.read_text()):
        element = case["elements"]
        if case["valid"] and element.startswith("^01") and len(element) == 17 and not any_option(case):
            assert product_uri(case["uri"]) == f"https://id.gs1.org/01/{element[3:]}"
            compared += 1
    assert compared >= 5


def any_option(case: dict[str, Any]) -> bool:
    return any(case["options"][name] for name in ("permitZeroSuppressedGTIN", "permitUnknownAIs", "convenienceAlphas"))
