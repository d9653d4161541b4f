"""Quantities: from what people and documents write to whole base units, and back (docs/spec/event.md, section 2).

Base units are the gram, the millilitre and the piece. Everything is exact: a value that is no whole number of base
units is refused, never rounded.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ledger.errors import Refusal
from ledger.events.model import UINT96_MAX, Unit

SYMBOL: Final = {Unit.GRAM: "g", Unit.MILLILITRE: "ml", Unit.PIECE: "pcs"}
"""Unit symbols, language-neutral."""

BASE_CODE: Final = {Unit.GRAM: "GRM", Unit.MILLILITRE: "MLT", Unit.PIECE: "H87"}
"""The UN/ECE Recommendation 20 code of each base unit."""

REC20: Final[dict[str, tuple[Unit, Fraction]]] = {
    "MGM": (Unit.GRAM, Fraction(1, 1000)),
    "GRM": (Unit.GRAM, Fraction(1)),
    "HGM": (Unit.GRAM, Fraction(100)),
    "KGM": (Unit.GRAM, Fraction(1000)),
    "DTN": (Unit.GRAM, Fraction(100_000)),
    "TNE": (Unit.GRAM, Fraction(1_000_000)),
    "LBR": (Unit.GRAM, Fraction("453.59237")),
    "ONZ": (Unit.GRAM, Fraction("28.349523125")),
    "MLT": (Unit.MILLILITRE, Fraction(1)),
    "CMQ": (Unit.MILLILITRE, Fraction(1)),
    "CLT": (Unit.MILLILITRE, Fraction(10)),
    "DLT": (Unit.MILLILITRE, Fraction(100)),
    "LTR": (Unit.MILLILITRE, Fraction(1000)),
    "DMQ": (Unit.MILLILITRE, Fraction(1000)),
    "HLT": (Unit.MILLILITRE, Fraction(100_000)),
    "MTQ": (Unit.MILLILITRE, Fraction(1_000_000)),
    "H87": (Unit.PIECE, Fraction(1)),
    "EA": (Unit.PIECE, Fraction(1)),
    "C62": (Unit.PIECE, Fraction(1)),
    "NAR": (Unit.PIECE, Fraction(1)),
    "PR": (Unit.PIECE, Fraction(2)),
    "DZN": (Unit.PIECE, Fraction(12)),
    "CEN": (Unit.PIECE, Fraction(100)),
    "MIL": (Unit.PIECE, Fraction(1000)),
}
"""UN/ECE Recommendation 20 code -> base unit and how many of it one is."""

_PLAIN = re.compile(r"[0-9]{1,40}(?:\.[0-9]{1,40})?")
_LARGE: Final = {Unit.GRAM: "kg", Unit.MILLILITRE: "l"}


def unit_of(code: str) -> Unit:
    """The base unit of a Rec 20 code. Raises `UnknownUnitCode(code)`."""
    return _factor(code)[0]


def to_base_units(value: int | Decimal | str, code: str, unit: Unit | None = None) -> int:
    """`("124.5", "KGM")` -> 124500. `unit`, when given, is the product's base unit.

    Raises `QuantityForm(value)` (not a plain non-negative decimal), `UnknownUnitCode(code)`,
    `UnitMismatch(code, unit)`, `NotWholeBaseUnits(value, code)`, `QuantityOverflow()` beyond uint96.
    Zero passes: that it moves nothing is the law's `QuantityZero`.
    """
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, bool | float) or not _PLAIN.fullmatch(text):
        raise Refusal("QuantityForm", value=str(value))
    base, factor = _factor(code)
    if unit is not None and unit is not base:
        raise Refusal("UnitMismatch", code=code, unit=SYMBOL[unit])
    amount = Fraction(text) * factor
    if amount.denominator != 1:
        raise Refusal("NotWholeBaseUnits", value=text, code=code)
    if amount.numerator > UINT96_MAX:
        raise Refusal("QuantityOverflow")
    return amount.numerator


def from_base_units(quantity: int, code: str) -> Decimal:
    """`(124500, "KGM")` -> Decimal("124.5"), exact. Raises `UnknownUnitCode(code)`, or `NotWholeBaseUnits` for a code
    in which the quantity has no finite decimal (12 pieces in a third of something)."""
    amount = Fraction(quantity) / _factor(code)[1]
    places = 0
    while (amount * 10**places).denominator != 1:
        places += 1
        if places > 40:
            raise Refusal("NotWholeBaseUnits", value=str(quantity), code=code)
    return Decimal(_decimal_text((amount * 10**places).numerator, places))


def format_quantity(quantity: int, unit: Unit) -> tuple[str, str]:
    """`(124000, Unit.GRAM)` -> `("124", "kg")`: an exact decimal with a point, and a symbol; pages localise both.

    Kilograms and litres from 1,000 base units on; below, and for pieces, the base unit.
    """
    if unit in _LARGE and abs(quantity) >= 1000:
        return _decimal_text(quantity, 3), _LARGE[unit]
    return str(quantity), SYMBOL[unit]


def _factor(code: str) -> tuple[Unit, Fraction]:
    try:
        return REC20[code]
    except KeyError as error:
        raise Refusal("UnknownUnitCode", code=code) from error


def _decimal_text(number: int, places: int) -> str:
    """`number` ÷ 10^places, written without trailing zeros."""
    if places == 0:
        return str(number)
    digits = str(abs(number)).rjust(places + 1, "0")
    whole, part = digits[:-places], digits[-places:].rstrip("0")
    return ("-" if number < 0 else "") + whole + (f".{part}" if part else "")
