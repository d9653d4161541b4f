"""The JSON reader for every door: it accepts less than `json`, never more."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

from ledger.errors import Refusal

_BRACKETS = re.compile(r"[\[\]{}]")
_NUMBER_LENGTH: Final = 40
_EXPONENT_LIMIT: Final = 40


def strict_loads(data: bytes, max_depth: int) -> Any:
    """JSON bytes -> values; a number with a fraction or an exponent becomes a Decimal, never a float.

    Raises `JsonForm(reason)`: no UTF-8 (a byte order mark is none), no JSON, nested deeper than `max_depth`, a member
    twice, NaN or Infinity, a number of over 40 characters or with an exponent beyond ±40, a lone surrogate.
    """
    value = loads_with_surrogates(data, max_depth)
    if b"\\u" in data:  # a lone surrogate can only come from an escape
        _refuse_surrogates(value)
    return value


def loads_with_surrogates(data: bytes, max_depth: int) -> Any:
    """As `strict_loads`, for a reader that looks for lone surrogates itself, to say where they are."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("JsonForm", reason="not UTF-8") from error
    _limit_depth(text, max_depth)
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except ValueError as error:
        raise Refusal("JsonForm", reason="not JSON") from error


def _limit_depth(text: str, limit: int) -> None:
    """Counts brackets outside strings before the parser may recurse on them. A backslash outside of a string, at which the
    parser stops, may mislead it from there on."""
    unescaped = text.replace("\\\\", "").replace('\\"', "") if "\\" in text else text
    depth = 0
    for bracket in _BRACKETS.findall("".join(unescaped.split('"')[::2])):
        depth += 1 if bracket in "[{" else -1
        if depth > limit:
            raise Refusal("JsonForm", reason="nested too deeply")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refusal("JsonForm", reason="a member twice")
    return members


def _integer(text: str) -> int:
    if len(text) > _NUMBER_LENGTH:
        raise Refusal("JsonForm", reason="a number too long")
    return int(text)


def _decimal(text: str) -> Decimal:
    exponent = re.split("[eE]", text)[1:]
    if len(text) > _NUMBER_LENGTH or (exponent and abs(int(exponent[0])) > _EXPONENT_LIMIT):
        raise Refusal("JsonForm", reason="a number too long")
    return Decimal(text)


def _constant(text: str) -> Any:
    raise Refusal("JsonForm", reason=f"{text} is no JSON number")


def _refuse_surrogates(value: object) -> None:
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise Refusal("JsonForm", reason="a lone surrogate")
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_surrogates(name)
            _refuse_surrogates(member)
    elif isinstance(value, list):
        for element in value:
            _refuse_surrogates(element)
