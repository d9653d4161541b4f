"""Names of parties, products, batches and places (docs/spec/event.md, section 1).

An id is keccak256 of a canonical URI. A function that takes text brings it into canonical form first, so that one key
written in several ways has one id; a function given bytes hashes them as they stand, as a log holds them.

What is accepted as text, for a party, a product or a place:

* the bare key: 13 digits (GLN) for a party or a place, 14 digits (GTIN) for a product;
* a GS1 Digital Link of that key on any host, with any stem, query and fragment: it becomes `https://id.gs1.org/...`;
* a URN (`urn:` in lower case), kept as it stands, `urn:epc:...` and `urn:gdst:...` included.

Everything else is refused: `NotAnIdentifier(text, expected)`, or `WrongCheckDigit(text, expected)`.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

import sha3

from ledger.errors import Refusal
from ledger.events.model import LOT_LIMIT, URI_LIMIT
from ledger.gs1.link import CANONICAL_STEM
from ledger.gs1.values import SET_82, check_digit

CANONICAL_HOST: Final = CANONICAL_STEM
_GTIN, _PARTY_GLN, _PLACE_GLN, _EXTENSION = "01", "417", "414", "254"

_CSET82 = re.compile(rf"{SET_82}{{1,20}}")
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9\-]{0,30}:[\x21-\x7e]+")
_LINK = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+(?P<path>/[^?#\s]*)(?:\?[^#\s]*)?(?:#\S*)?")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


def keccak(data: bytes) -> bytes:
    """Ethereum's keccak256, 32 bytes."""
    digest: bytes = sha3.keccak_256(data).digest()
    return digest


def gtin14(text: str) -> str:
    """The 14 digits of a GTIN, surrounding blanks removed. Shorter GTINs are refused, not padded."""
    return _key(text, 14, "GTIN of 14 digits")


def gln13(text: str) -> str:
    """The 13 digits of a GLN, surrounding blanks removed."""
    return _key(text, 13, "GLN of 13 digits")


def party_uri(text: str) -> str:
    """`9529999000019`, `https://any.host/417/9529999000019` or a URN -> canonical party URI."""
    return _canonical(text, _PARTY_GLN, "GLN of 13 digits, Digital Link /417/ or URN")


def product_uri(text: str) -> str:
    """`09529999001016`, `https://any.host/01/09529999001016` or a URN -> canonical product URI, never with a lot."""
    return _canonical(text, _GTIN, "GTIN of 14 digits, Digital Link /01/ or URN")


def place_uri(text: str) -> str:
    """`9529999000019`, `https://any.host/414/9529999000019[/254/POND-3]` or a URN -> canonical place URI."""
    return _canonical(text, _PLACE_GLN, "GLN of 13 digits, Digital Link /414/ or URN")


def party_id(uri: str | bytes) -> bytes:
    """32-byte id of a party."""
    return keccak(uri if isinstance(uri, bytes) else party_uri(uri).encode("ascii"))


def product_id(uri: str | bytes) -> bytes:
    """32-byte id of a product."""
    return keccak(uri if isinstance(uri, bytes) else product_uri(uri).encode("ascii"))


def batch_id(product: bytes, origin: bytes, lot: bytes) -> bytes:
    """32-byte id of the batch that `origin` (party id) made of `product` (product id) under `lot` (its bytes)."""
    return keccak(_id32(product) + _id32(origin) + lot)


def place_id(owner: bytes, uri: str | bytes) -> bytes:
    """32-byte id of a place of `owner` (party id)."""
    return keccak(_id32(owner) + (uri if isinstance(uri, bytes) else place_uri(uri).encode("ascii")))


def is_gtin_uri(uri: str) -> bool:
    """Whether a canonical product URI is a GTIN's, so that its lots follow GS1's rules."""
    return uri.startswith(f"{CANONICAL_HOST}/{_GTIN}/")


def lot_bytes(product: str, lot: str) -> bytes:
    """The bytes of a lot of a product (canonical URI).

    Under a GTIN 1-20 characters of GS1's set 82, else 1-64 printable ASCII characters without space.
    Raises `LotForm(lot, allowed)`.
    """
    if is_gtin_uri(product):
        if not _CSET82.fullmatch(lot):
            raise Refusal("LotForm", lot=lot, allowed="1-20 characters of GS1 set 82")
    elif len(lot) > LOT_LIMIT or not _PRINTABLE.fullmatch(lot):
        raise Refusal("LotForm", lot=lot, allowed="1-64 printable ASCII characters without space")
    return lot.encode("ascii")


def _key(text: str, length: int, expected: str) -> str:
    digits = text.strip()
    if len(digits) != length or not (digits.isascii() and digits.isdigit()):
        raise Refusal("NotAnIdentifier", text=text, expected=expected)
    right = check_digit(digits[:-1])
    if int(digits[-1]) != right:
        raise Refusal("WrongCheckDigit", text=digits, expected=right)
    return digits


def _canonical(text: str, key: str, expected: str) -> str:
    refusal = Refusal("NotAnIdentifier", text=text, expected=expected)
    stripped = text.strip()
    if len(stripped) > URI_LIMIT:
        raise refusal
    if stripped.isascii() and stripped.isdigit():
        return f"{CANONICAL_HOST}/{key}/{_value(key, stripped)}"
    if _URN.fullmatch(stripped):
        return stripped
    link = _LINK.fullmatch(stripped)
    if link is None:
        raise refusal
    segments = link["path"].split("/")
    extension = ""
    if key == _PLACE_GLN and len(segments) >= 4 and segments[-2] == _EXTENSION:
        value = unquote(segments[-1], errors="replace")
        if not _CSET82.fullmatch(value):
            raise refusal
        extension = f"/{_EXTENSION}/{quote(value, safe='')}"
        segments = segments[:-2]
    if len(segments) < 3 or segments[-2] != key:
        raise refusal
    return f"{CANONICAL_HOST}/{key}/{_value(key, segments[-1])}{extension}"


def _value(key: str, digits: str) -> str:
    return gtin14(digits) if key == _GTIN else gln13(digits)


def _id32(value: bytes) -> bytes:
    if len(value) != 32:
        raise ValueError(f"an id has 32 bytes, not {len(value)}")
    return value
