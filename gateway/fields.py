"""Types of request fields: strict, with the JSON schema that is true of them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_HEX = re.compile(r"0x[0-9a-fA-F]*")
MOST_BYTES = 128 * 1024
_DIGITS = re.compile(r"[0-9]{1,30}")


def _moment(value: Any) -> int:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("a time with its offset is expected, as 2026-11-20T07:30:00+07:00")
    try:
        seconds = int(datetime.fromisoformat(value.upper().replace("Z", "+00:00")).timestamp())
    except OverflowError:  # an offset that leads out of the calendar
        seconds = -1
    if seconds < 0:
        raise ValueError("a time after 1970 is expected")
    return seconds


def _hex(length: int) -> Any:
    def read(value: Any) -> bytes:
        if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 2 + 2 * length:
            raise ValueError(f"0x and {2 * length} hexadecimal digits are expected")
        return bytes.fromhex(value[2:])

    return read


def _unsigned(bits: int, expected: str) -> Any:
    def read(value: Any) -> int:
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if type(value) is not int or not 0 <= value < 1 << bits:
            raise ValueError(f"{expected} is expected")
        return value

    return read


def _unsigned_type(bits: int, expected: str) -> Any:
    """An unsigned number as a JSON integer, or as a decimal string where JSON readers would lose digits."""
    schema = {
        "anyOf": [
            {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
            {"type": "string", "pattern": "^[0-9]{1,30}$"},
        ],
        "description": f"{expected}, of {bits} bits",
    }
    return Annotated[int, BeforeValidator(_unsigned(bits, expected)), WithJsonSchema(schema)]


def _bytes_type(length: int) -> Any:
    schema = {"type": "string", "pattern": f"^0x[0-9a-fA-F]{{{2 * length}}}$"}
    return Annotated[
        bytes, BeforeValidator(_hex(length)), PlainSerializer(lambda v: "0x" + v.hex()), WithJsonSchema(schema)
    ]


def _call_data(value: Any) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) % 2 or len(value) > 2 + 2 * MOST_BYTES:
        raise ValueError(f"0x and hexadecimal digits of at most {MOST_BYTES} bytes are expected")
    return bytes.fromhex(value[2:])


Moment = Annotated[
    int,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "example": "2026-11-20T07:30:00+07:00"}),
]
Whole = _unsigned_type(96, "a whole number of base units (g, ml or pieces)")
Uint64 = _unsigned_type(64, "a whole number")
Uint96 = _unsigned_type(96, "a whole number")
Bytes32 = _bytes_type(32)
Address = _bytes_type(20)
Signature = _bytes_type(64)
CallData = Annotated[
    bytes,
    BeforeValidator(_call_data),
    PlainSerializer(lambda v: "0x" + v.hex()),
    WithJsonSchema({"type": "string", "pattern": "^0x([0-9a-fA-F]{2})*$", "maxLength": 2 + 2 * MOST_BYTES}),
]
"""Bytes of any length as the ABI writes them."""
