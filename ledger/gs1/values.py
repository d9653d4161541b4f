"""Whether a value is one of its Application Identifier: characters, lengths, check digits, dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from ledger.gs1.dictionary import FORMS

_SETS: Final = {
    "N": "0-9",
    "X": "!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z",
    "Y": "#\\-/0-9A-Z",
    "Z": "\\-0-9A-Z_a-z",
}
_COMPONENT = re.compile(r"(?P<kind>[NXYZ])(?P<least>\.\.)?(?P<most>\d+)(?P<checks>(?::\w+)*)")
_82: Final = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_32: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
SET_82: Final = f"[{_SETS['X']}]"
"""One character of GS1's set 82, as a regular expression."""


def check_digit(body: str) -> int:
    """GS1 check digit of the digits before it: from the right, weights 3, 1, 3, 1, ..."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -weighted % 10


def check_pair(body: str) -> str:
    """The two check characters of a Global Model Number before them, at most 23 characters of set 82."""
    weighted = sum(_82.index(each) * prime for each, prime in zip(reversed(body), _PRIMES, strict=False)) % 1021
    return _32[weighted // 32] + _32[weighted % 32]


def _is_day(text: str, least: int = 1) -> bool:
    """YYMMDD, or MMDD after any number of digits. Years are taken as 20YY, which tells leap years right from 1901 to 2099."""
    year, month, day = int(text[:-4]), int(text[-4:-2]), int(text[-2:])
    if not 1 <= month <= 12:
        return False
    return least <= day <= _DAYS[month - 1] - (month == 2 and year % 4 != 0)


_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "check_digit": lambda text: int(text[-1]) == check_digit(text[:-1]),
    "check_pair": lambda text: len(text) > 2 and text[-2:] == check_pair(text[:-2]),
    "day": _is_day,
    "day_or_month": lambda text: _is_day(text, least=0),
    "long_day": lambda text: _is_day(text) and (text[2:4] != "00" or int(text[:4]) % 400 == 0 or text[4:] != "0229"),
    "hour": lambda text: int(text) < 24,
    "sixtieth": lambda text: int(text) < 60,
    "hour_minute": lambda text: int(text[:2]) < 24 and int(text[2:]) < 60,
    "piece_of_total": lambda text: 0 < int(text[:2]) <= int(text[2:]),
    "zero": lambda text: text == "0",
    "not_zero": lambda text: int(text) > 0,
    "no_leading_zero": lambda text: text == "0" or text[0] != "0",
    "zero_or_one": lambda text: text in "01",
    "winding": lambda text: text in "019",
    "hyphen": lambda text: text == "-",
    "not_digits_alone": lambda text: not text.isdigit(),
}


@cache
def _compiled(form: str) -> tuple[re.Pattern[str], tuple[tuple[str, ...], ...]]:
    pattern, checks, tails = "", [], 0
    for part in form.split():
        component = _COMPONENT.fullmatch(part.strip("[]"))
        if component is None:
            raise ValueError(f"{part} is no component of a value")
        if part.startswith("["):
            pattern, tails = pattern + "(?:", tails + 1
        least = "1," if component["least"] else ""
        pattern += f"([{_SETS[component['kind']]}]{{{least}{component['most']}}})"
        checks.append(tuple(component["checks"].split(":")[1:]))
    return re.compile(pattern + ")?" * tails), tuple(checks)


def fault(ai: str, value: str) -> str | None:
    """Why `value` is none of the AI, in a few words; None if it is one."""
    if ai not in FORMS:
        return f"there is no Application Identifier {ai[:8]}"
    pattern, checks = _compiled(FORMS[ai])
    found = pattern.fullmatch(value)
    if found is None:
        return f"({ai}) has the form {_said(FORMS[ai])}"
    for text, names in zip(found.groups(), checks, strict=True):
        for name in names:
            if text is not None and not _CHECKS[name](text):
                if name == "check_digit":
                    return f"the check digit of ({ai}) would be {check_digit(text[:-1])}"
                return f"({ai}) holds no {name.replace('_', ' ')}"
    return None


def _said(form: str) -> str:
    return re.sub(r":\w+", "", form)
