"""EPCs and class ids as documents write them: which party, which product and lot, which logistic unit.

Sources: GS1 EPC Tag Data Standard (`urn:epc:...`), GS1 Digital Link, GDST's URNs (reference: the example documents).
A key written in several ways becomes one canonical URI (docs/spec/event.md, section 1).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ledger.errors import Refusal
from ledger.events import identifiers
from ledger.gs1.values import check_digit

_LGTIN = re.compile(r"urn:epc:class:lgtin:(\d{6,12})\.(\d{1,7})\.(\S+)")
_PGLN = re.compile(r"urn:epc:id:pgln:(\d{6,12})\.(\d{0,6})")
_SSCC = re.compile(r"urn:epc:id:sscc:(\d{6,12})\.(\d)(\d+)")
_GDST_LOT_CLASS = ":product:lot:class:"
_GDST_CLASS = ":product:class:"
_SEPARATORS = ".:/"


class NotMapped(Exception):
    """What a document says has no counterpart here; the event is skipped. The text says why, in plain words."""


@dataclass(frozen=True, slots=True, order=True)
class Lot:
    """A batch as documents name it: canonical product URI and lot. Who made it they leave open."""

    product: str
    lot: str


def read_party(text: object) -> str:
    """Canonical URI of a party. `urn:epc:id:pgln:...` becomes its GLN. Raises `NotAnIdentifier`, `WrongCheckDigit`."""
    if not isinstance(text, str):
        raise Refusal("NotAnIdentifier", text=str(text), expected="the URI of a party")
    pgln = _PGLN.fullmatch(text.strip())
    if pgln and len(body := pgln[1] + pgln[2]) == 12:
        return identifiers.party_uri(body + str(check_digit(body)))
    return identifiers.party_uri(text)


def read_product(text: str) -> str:
    """Canonical URI of a product class, as master data lists it."""
    pattern = re.fullmatch(r"urn:epc:idpat:sgtin:(\d{6,12})\.(\d{1,7})\.\*", text.strip())
    return identifiers.product_uri(_gtin(pattern[1], pattern[2])) if pattern else identifiers.product_uri(text)


def read_lot(text: object, products: Collection[str]) -> Lot:
    """Product and lot of a class id. `products`: canonical URIs of the master data; the longest that fits is the product.

    Raises `NotMapped` for single items and for classes without a lot, `Refusal` for wrong check digits and lots.
    """
    if not isinstance(text, str):
        raise NotMapped(f"{text!r} is no class id")
    lgtin = _LGTIN.fullmatch(text.strip())
    if lgtin:
        return _lot(identifiers.product_uri(_gtin(lgtin[1], lgtin[2])), unquote(lgtin[3]))
    if text.startswith(("urn:epc:idpat:", "urn:epc:class:")):
        raise NotMapped(f"{text} names a product without a lot")
    if text.startswith("urn:epc:id:"):
        raise NotMapped(f"{text} is a single item, not a lot")
    if text.startswith(("http://", "https://", "HTTP://", "HTTPS://")):
        return _link(text)
    return _urn(text, products)


def container(text: object) -> str | None:
    """One name for a logistic unit (SSCC), however written; None if `text` is none.

    An SSCC whose length is wrong (the example documents have such) stands for itself as written.
    """
    if not isinstance(text, str):
        return None
    urn = _SSCC.fullmatch(text.strip())
    if urn:
        digits = urn[2] + urn[1] + urn[3]
        return f"urn:epc:id:sscc:{urn[1]}.{urn[2]}{urn[3]}" if len(digits) != 17 else _sscc(digits)
    segments = urlsplit(text).path.split("/") if text.lower().startswith("http") else []
    if len(segments) >= 2 and segments[-2] == "00" and re.fullmatch(r"\d{18}", segments[-1]):
        return _sscc(segments[-1][:17])
    return None


def _sscc(digits: str) -> str:
    return f"https://id.gs1.org/00/{digits}{check_digit(digits)}"


def _gtin(prefix: str, reference: str) -> str:
    """GTIN-14 of a company prefix and an item reference whose first digit is the indicator."""
    body = reference[0] + prefix + reference[1:]
    if len(body) != 13:
        raise Refusal("NotAnIdentifier", text=f"{prefix}.{reference}", expected="13 digits of company prefix and item")
    return body + str(check_digit(body))


def _link(text: str) -> Lot:
    segments = urlsplit(text).path.split("/")
    if "01" not in segments[:-1]:
        raise NotMapped(f"{text} names no product")
    at = len(segments) - 1 - segments[::-1].index("01")
    pairs = dict(zip(segments[at::2], segments[at + 1 :: 2], strict=False))
    if "21" in pairs:
        raise NotMapped(f"{text} is a single item, not a lot")
    if "10" not in pairs:
        raise NotMapped(f"{text} names a product without a lot")
    return _lot(identifiers.product_uri(identifiers.gtin14(pairs["01"])), unquote(pairs["10"]))


def _urn(text: str, products: Collection[str]) -> Lot:
    named = text.strip().replace(_GDST_LOT_CLASS, _GDST_CLASS, 1)
    fitting = [
        uri for uri in products if named.startswith(uri) and named[len(uri) : len(uri) + 1] in tuple(_SEPARATORS)
    ]
    if fitting:
        product = max(fitting, key=len)
        return _lot(product, named[len(product) + 1 :])
    head, dot, lot = named.rpartition(".")
    if _GDST_LOT_CLASS in text and dot:
        return _lot(identifiers.product_uri(head), lot)
    raise NotMapped(f"{text} is a lot of no product that the master data names")


def _lot(product: str, lot: str) -> Lot:
    identifiers.lot_bytes(product, lot)
    return Lot(product, lot)
