"""The numbers of a refusal in a clerk's words: quantities with their unit, times as dates, ids by name.

`Words` fills templates such as `wanted {wanted:quantity}, held {held:quantity}`, where `{wanted-held:quantity}` is a
difference. It never fails: what it cannot read in the way asked for, it shows as it stands, a missing number as `?`.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from ledger.events.model import FOREVER, Kind, Role, Unit
from ledger.events.quantities import format_quantity

Names = Callable[[bytes], str | None]

_LAST_SECOND = 253_402_300_799  # the end of the year 9999: no calendar goes further
_SHOWN = 80  # characters of a text: an error quotes, it does not reprint


def measure(quantity: int, unit: Unit | None) -> str:
    """`quantity` base units in plain words: `9876 kg`, `1.5 l`, `300 g`, `1 piece`; the bare number without a unit."""
    if unit is None:
        return str(quantity)
    number, symbol = format_quantity(quantity, unit)
    if unit == Unit.PIECE:
        symbol = "piece" if quantity == 1 else "pieces"
    return f"{number} {symbol}"


_PERSON_FORM: Final = {
    "name": "a name has 1 to 60 letters",
    "roles": "these roles do not go together, or not with where the person belongs",
    "scope": "an auditor has one scope: party URI, product URI or area NAME",
    "operator": "an operator is invited as one, with a second factor",
    "ended": "there is no such person any more",
    "self": "nobody changes or ends themselves",
}


class Words(string.Formatter):
    """Fills templates with a refusal's numbers.

    `names` gives the name of a 32-byte id or a 20-byte address, or None; `unit` is that of the quantities, if known.
    """

    def __init__(self, names: Names, unit: Unit | None) -> None:
        self._names = names
        self._unit = unit
        self._ways: dict[str, Callable[[Any], str | None]] = {
            "quantity": lambda value: measure(value, self._unit) if _is_number(value) else None,
            "name": lambda value: self._names(value) if isinstance(value, bytes) else None,
            "time": _time,
            "kind": lambda value: Kind(value).word if _is_number(value) and value in {*Kind} else None,
            "roles": _roles,
            "person": _PERSON_FORM.get,
        }

    def say(self, template: str, numbers: Mapping[str, Any]) -> str:
        return self.vformat(template, (), numbers)

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        first, minus, second = field_name.partition("-")
        if not minus:
            return kwargs.get(first), field_name
        pair: tuple[Any, Any] = kwargs.get(first), kwargs.get(second)
        return pair[0] - pair[1] if all(map(_is_number, pair)) else None, field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        way = self._ways.get(format_spec)
        return (way(value) if way else None) or _plain(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _plain(value: object) -> str:
    if value is None:
        return "?"
    if isinstance(value, bytes):
        return f"0x{value.hex()}" if len(value) <= 20 else f"0x{value[:8].hex()}…"
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _time(value: Any) -> str | None:
    if not _is_number(value) or not 0 <= value <= _LAST_SECOND:
        return "for ever" if value == FOREVER else None
    return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _roles(value: Any) -> str | None:
    if not _is_number(value):
        return None
    return " or ".join(role.name.lower() for role in Role if role.name and role & value) or None
