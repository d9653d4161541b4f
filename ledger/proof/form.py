"""Reading our own JSON files strictly: exact members, exact types, one spelling of every byte string."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")
MOST_INTEGER = 2**53 - 1


class FormError(Exception):
    """The file says something that its form does not have. The text says where."""


def members(value: Any, where: str, *names: str) -> list[Any]:
    """The values of an object that has exactly these members, in this order."""
    if not isinstance(value, dict):
        raise FormError(f"{where}: an object is due")
    if unknown := sorted(value.keys() - set(names)):
        raise FormError(f"{where}: there is no member {unknown[0]!r}")
    if missing := [name for name in names if name not in value]:
        raise FormError(f"{where}: the member {missing[0]!r} is missing")
    return [value[name] for name in names]


def each(value: Any, where: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise FormError(f"{where}: a list is due")
    return tuple(read(one, f"{where}[{place}]") for place, one in enumerate(value))


def number(value: Any, where: str, most: int = MOST_INTEGER) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise FormError(f"{where}: an integer from 0 to {most} is due")
    return value


def text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise FormError(f"{where}: a string is due")
    return value


def octets(value: Any, where: str, length: int | None = None) -> bytes:
    """`0x` and lower-case hexadecimal digits, of `length` bytes where it is given."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise FormError(f"{where}: 0x and lower-case hexadecimal digits are due")
    found = bytes.fromhex(value[2:])
    if length is not None and len(found) != length:
        raise FormError(f"{where}: {length} bytes are due, not {len(found)}")
    return found


def constant(value: Any, where: str, due: Any) -> None:
    if type(value) is not type(due) or value != due:
        raise FormError(f"{where}: {due!r} is due")


def hexed(value: bytes) -> str:
    return "0x" + value.hex()
