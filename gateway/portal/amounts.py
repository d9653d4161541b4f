"""What a clerk types as a quantity, in base units: digits of their language, in a unit of the trade. Exact, never rounded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from gateway.pages.languages import mark
from ledger.errors import Refusal
from ledger.events.model import UINT96_MAX


@dataclass(frozen=True, slots=True)
class TradeUnit:
    """`factor`: base units in one. `words` is a message of the catalogue, or the party's own word; then it has a `version`."""

    name: str
    words: str
    factor: int
    version: int | None = None


BUILT_IN: Final[dict[str, tuple[TradeUnit, ...]]] = {
    "g": (
        TradeUnit("kg", mark("kg"), 1_000),
        TradeUnit("g", mark("g"), 1),
        TradeUnit("ta", mark("quintal (100 kg)"), 100_000),
        TradeUnit("tan", mark("tonne"), 1_000_000),
    ),
    "ml": (TradeUnit("l", mark("litre"), 1_000), TradeUnit("ml", mark("ml"), 1)),
    "pieces": (TradeUnit("piece", mark("piece"), 1), TradeUnit("chuc", mark("ten"), 10)),
}
"""By base unit, the usual one first."""

_NUMBER = re.compile(r"\d+(?:[.,\s]\d{3})*(?:[.,]\d+)?|\d+(?:[.,]\d+)?")
_MOST: Final = 40


def number(text: str, decimal_comma: bool) -> Fraction:
    """`1.200,5` (vi), `1,200.5` (en) and `1200.5` alike. A mark before exactly three digits parts thousands where the language
    does so, else it is the decimal mark. Raises `QuantityForm`."""
    shown = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text.strip())
    shown = shown.replace("\N{NO-BREAK SPACE}", " ")
    if len(shown) > _MOST or not _NUMBER.fullmatch(shown):
        raise Refusal("QuantityForm", value=text[:_MOST])
    thousands, decimal = (".", ",") if decimal_comma else (",", ".")
    whole = shown.replace(" ", "")
    if thousands in whole and decimal not in whole:
        parts = whole.split(thousands)
        if (
            len(parts) == 2 and len(parts[1]) != 3
        ):  # no thousands are written so: it is the other country's decimal mark
            whole = whole.replace(thousands, decimal)
    whole = whole.replace(thousands, "").replace(decimal, ".")
    try:
        return Fraction(whole)
    except ValueError as error:
        raise Refusal("QuantityForm", value=text[:_MOST]) from error


def base_units(text: str, unit: TradeUnit, decimal_comma: bool) -> int:
    """Raises `QuantityForm`, `QuantityZero`, `NotWholeBaseUnits`, `QuantityOverflow`."""
    amount = number(text, decimal_comma) * unit.factor
    if amount.denominator != 1:
        raise Refusal("NotWholeBaseUnits", value=text, code=unit.name)
    if not amount:
        raise Refusal("QuantityZero")
    if amount.numerator > UINT96_MAX:
        raise Refusal("QuantityOverflow")
    return amount.numerator


def proposed(quantity: int, units: Sequence[TradeUnit], decimal_comma: bool) -> tuple[str, TradeUnit]:
    """A quantity as somebody would type it, without marks between thousands, and in which unit: the first that fits it."""
    unit = next(each for each in units if not quantity * 1_000 % each.factor)  # the base unit does
    thousandths = quantity * 1_000 // unit.factor
    typed = f"{thousandths // 1_000}.{thousandths % 1_000:03}".rstrip("0").rstrip(".")
    return typed.replace(".", ",") if decimal_comma else typed, unit


def entered(text: str, unit: TradeUnit) -> list[dict[str, Any]]:
    """As it was typed, for the content (docs/spec/event.md, section 4); with a party's own unit, what that was then."""
    own = {"factor": unit.factor, "version": unit.version} if unit.version is not None else {}
    return [{"value": text.strip(), "unit": unit.name} | own]


def written(quantity: int, units: Sequence[TradeUnit], said: object, decimal_comma: bool) -> tuple[str, str]:
    """How a quantity stands in its field again: value and unit. `said` is the entry of the content; where it would not mean
    this quantity any more, the quantity stands in the first unit that says it exactly."""
    if isinstance(said, dict) and isinstance(said.get("value"), str):
        for unit in units:
            if unit.name == said.get("unit") and _means(said["value"], unit, quantity, decimal_comma):
                return said["value"], unit.name
    for unit in units:
        whole, rest = divmod(quantity * 1_000, unit.factor)
        if unit.version is None and not rest:
            thousandths = f"{whole % 1_000:03}".rstrip("0")
            return f"{whole // 1_000}{',' if decimal_comma else '.'}{thousandths}".rstrip(",."), unit.name
    return str(quantity), units[0].name


def _means(text: str, unit: TradeUnit, quantity: int, decimal_comma: bool) -> bool:
    try:
        return base_units(text, unit, decimal_comma) == quantity
    except Refusal:
        return False


def named(units: Sequence[TradeUnit], name: str) -> TradeUnit:
    """The first where none is named. Raises `UnknownUnitCode`."""
    if not name:
        return units[0]
    for unit in units:
        if unit.name == name:
            return unit
    raise Refusal("UnknownUnitCode", code=name[:_MOST])
