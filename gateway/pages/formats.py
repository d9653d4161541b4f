"""Numbers, measures and times as a locale writes them. Exact: nothing is rounded."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

_DIGITS: Final = 64
VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_LARGER: Final = {"g": "kg", "ml": "l"}
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


@lru_cache(maxsize=4_096)
def number(value: int | Decimal, locale: Locale) -> str:
    """All digits of it, up to three decimals: a quantity may have 29 digits, one more than decimals hold by default."""
    with localcontext(prec=_DIGITS):
        return format_decimal(value, format="#,##0.###", locale=locale)


def measure(amount: int, unit: str, locale: Locale) -> str:
    """From 1,000 g or ml upwards in kg or l with up to three decimals; below, and in any other unit, as it stands."""
    shown: int | Decimal = amount
    if unit in _LARGER and abs(amount) >= 1_000:
        shown, unit = Decimal(f"{amount}e-3"), _LARGER[unit]
    return number(shown, locale) + _NO_BREAK + unit


def instant(text: object) -> datetime | None:
    """An RFC 3339 instant in Vietnamese time; None for what is none: whoever signs may put anything in a content."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        return moment.astimezone(VIETNAM) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def day(text: object) -> date | None:
    """The day in Vietnam of an instant, or the day itself where only a day is given (`2026-12-01`)."""
    if isinstance(text, str) and len(text) == len("2026-12-01"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    moment = instant(text)
    return moment.date() if moment else None


def day_written(day: date, pattern: str, locale: Locale) -> str:
    return format_date(day, pattern, locale=locale)


def moment_written(moment: datetime, pattern: str, locale: Locale) -> str:
    return format_datetime(moment, pattern, tzinfo=VIETNAM, locale=locale)
