"""Quantities as documents write them, in base units (docs/spec/event.md, section 2): exact, or refused.

Units of measure: UN/ECE Recommendation 20, common codes. In EPCIS a quantity without a unit counts pieces.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any, Final

from ledger.errors import Refusal
from ledger.events.model import UINT96_MAX, Unit

# Common code → base unit, and how many of it one is.
UNITS_OF_MEASURE: Final[dict[str | None, tuple[Unit, Decimal]]] = {
    "GRM": (Unit.GRAM, Decimal(1)),
    "HGM": (Unit.GRAM, Decimal(100)),
    "KGM": (Unit.GRAM, Decimal(1_000)),
    "DTN": (Unit.GRAM, Decimal(100_000)),
    "TNE": (Unit.GRAM, Decimal(1_000_000)),
    "MGM": (Unit.GRAM, Decimal("0.001")),
    "LBR": (Unit.GRAM, Decimal("453.59237")),
    "ONZ": (Unit.GRAM, Decimal("28.349523125")),
    "MLT": (Unit.MILLILITRE, Decimal(1)),
    "CLT": (Unit.MILLILITRE, Decimal(10)),
    "LTR": (Unit.MILLILITRE, Decimal(1_000)),
    "HLT": (Unit.MILLILITRE, Decimal(100_000)),
    "MTQ": (Unit.MILLILITRE, Decimal(1_000_000)),
    None: (Unit.PIECE, Decimal(1)),
    "EA": (Unit.PIECE, Decimal(1)),
    "H87": (Unit.PIECE, Decimal(1)),
    "C62": (Unit.PIECE, Decimal(1)),
}

_DIGITS = 200  # a number that passed the door has at most 40 characters and an exponent within ±40: nothing is rounded
_BASE = {Unit.GRAM: "grams", Unit.MILLILITRE: "millilitres", Unit.PIECE: "pieces"}


def base_units(quantity: Any, uom: Any) -> tuple[int, Unit]:
    """`Decimal("420.5"), "KGM"` → `(420500, Unit.GRAM)`.

    Raises `UnknownUom(reason)`, `NotWholeBaseUnits(reason)` for what is no number, negative or no whole number of base
    units, and `QuantityOverflow()` beyond uint96.
    """
    if not (uom is None or isinstance(uom, str)) or uom not in UNITS_OF_MEASURE:
        raise Refusal("UnknownUom", reason=f"unit of measure {uom!r} is not one this import converts")
    unit, factor = UNITS_OF_MEASURE[uom]
    written = f"{quantity} {uom or 'pieces'}"[:80]
    if isinstance(quantity, bool) or not isinstance(quantity, int | Decimal):
        raise Refusal("NotWholeBaseUnits", reason=f"quantity {written} is not a number")
    number = Decimal(quantity)
    if number < 0:
        raise Refusal("NotWholeBaseUnits", reason=f"{written} is negative")
    with localcontext() as context:
        context.prec = _DIGITS
        exact = number * factor
        if exact != exact.to_integral_value():
            reason = f"{written} is {exact.normalize():f} {_BASE[unit]}, not a whole number of them"
            raise Refusal("NotWholeBaseUnits", reason=reason)
        if exact > UINT96_MAX:
            raise Refusal("QuantityOverflow")
        return int(exact), unit
