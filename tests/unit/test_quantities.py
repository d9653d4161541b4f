"""Promise: no quantity out of nothing, and none by rounding: what is not exact is refused (spec, section 2)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger.errors import Refusal
from ledger.events.model import UINT96_MAX, Unit
from ledger.events.quantities import BASE_CODE, REC20, format_quantity, from_base_units, to_base_units, unit_of


@pytest.mark.parametrize(
    ("value", "code", "quantity"),
    [
        ("124.5", "KGM", 124_500),
        (Decimal("9876.0"), "KGM", 9_876_000),
        (Decimal("1E+3"), "GRM", 1000),
        (12, "DZN", 144),
        ("0.001", "KGM", 1),
        ("0.000001", "TNE", 1),
        ("2.5", "DTN", 250_000),
        ("1000", "MGM", 1),
        ("0.75", "LTR", 750),
        ("1.5", "PR", 3),
        ("100000", "LBR", 45_359_237),
        ("0", "EA", 0),
        (str(UINT96_MAX), "H87", UINT96_MAX),
    ],
)
def test_exact_conversions(value: str | int | Decimal, code: str, quantity: int) -> None:
    assert to_base_units(value, code) == quantity


@pytest.mark.parametrize(
    ("value", "code", "law"),
    [
        ("0.0001", "KGM", "NotWholeBaseUnits"),
        ("1.5", "EA", "NotWholeBaseUnits"),
        ("1", "LBR", "NotWholeBaseUnits"),
        ("1", "MGM", "NotWholeBaseUnits"),
        ("1", "KG", "UnknownUnitCode"),
        ("1", "kgm", "UnknownUnitCode"),
        ("-1", "KGM", "QuantityForm"),
        ("1,5", "KGM", "QuantityForm"),
        ("1.000.000", "KGM", "QuantityForm"),
        ("1e3", "KGM", "QuantityForm"),
        (" 1", "KGM", "QuantityForm"),
        ("१", "KGM", "QuantityForm"),
        ("", "KGM", "QuantityForm"),
        (Decimal("NaN"), "KGM", "QuantityForm"),
        (Decimal("1E+50"), "KGM", "QuantityForm"),
        (True, "EA", "QuantityForm"),
        (str(UINT96_MAX + 1), "EA", "QuantityOverflow"),
    ],
)
def test_refusals(value: str | int | Decimal, code: str, law: str) -> None:
    with pytest.raises(Refusal) as caught:
        to_base_units(value, code)
    assert caught.value.law == law


def test_a_float_is_refused_though_it_looks_exact() -> None:
    with pytest.raises(Refusal, match="QuantityForm"):
        to_base_units(1.5, "KGM")  # type: ignore[arg-type]


def test_kilograms_of_goods_counted_in_pieces_are_refused() -> None:
    with pytest.raises(Refusal) as caught:
        to_base_units("1", "KGM", Unit.PIECE)
    assert caught.value == Refusal("UnitMismatch", code="KGM", unit="pcs")


@pytest.mark.parametrize("code", REC20)
def test_there_and_back(code: str) -> None:
    quantity = 360_000
    assert unit_of(code) is REC20[code][0]
    if code in ("LBR", "ONZ"):  # a gram is no finite decimal of a pound
        with pytest.raises(Refusal, match="NotWholeBaseUnits"):
            from_base_units(quantity, code)
    else:
        assert to_base_units(from_base_units(quantity, code), code) == quantity


@pytest.mark.parametrize("unit", Unit)
def test_base_codes_are_one_base_unit(unit: Unit) -> None:
    assert to_base_units(7, BASE_CODE[unit], unit) == 7


@pytest.mark.parametrize(
    ("quantity", "unit", "shown"),
    [
        (124_000, Unit.GRAM, ("124", "kg")),
        (124_500, Unit.GRAM, ("124.5", "kg")),
        (1001, Unit.GRAM, ("1.001", "kg")),
        (999, Unit.GRAM, ("999", "g")),
        (22_000_000, Unit.GRAM, ("22000", "kg")),
        (0, Unit.GRAM, ("0", "g")),
        (-1500, Unit.GRAM, ("-1.5", "kg")),
        (1_750, Unit.MILLILITRE, ("1.75", "l")),
        (20_000, Unit.PIECE, ("20000", "pcs")),
    ],
)
def test_quantities_for_people_are_exact(quantity: int, unit: Unit, shown: tuple[str, str]) -> None:
    assert format_quantity(quantity, unit) == shown
