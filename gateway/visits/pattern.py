"""Whether the looks at one item are still those at one pack: a pure rule over counts by day (docs/spec/visits.md, section 3).

It never says "copied": many people may look at one pack in a shop. It says that one pack alone seldom gives such counts.
Every change of a figure here changes the table of docs/spec/visits.md, which `./scripts/campaign visits` writes anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

WINDOW_DAYS: Final = 30
"""What is older no longer counts: an item that was conspicuous once becomes quiet again."""
THRESHOLD: Final = 10
A_DAY: Final = 4
"""Networks that one day adds at most: a label whose photo goes round for an evening is not copied for that."""
LONE_DAYS: Final = 4
"""Days with a single network add at most so much together: one household, or one who wants to harm, may come every day."""


@dataclass(frozen=True, slots=True)
class Day:
    """`visits` of one item by different devices, from `networks` different networks, both of one day."""

    day: date
    visits: int
    networks: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """Why: networks, each counted once a day, and the days they came on."""

    networks: int
    days: int


def score(days: Iterable[Day], today: date) -> int:
    """Grows with every further network and day; 0 for no visits."""
    recent = _recent(days, today)
    lone = sum(1 for each in recent if each.networks == 1)
    return min(lone, LONE_DAYS) + sum(min(each.networks, A_DAY) for each in recent if each.networks > 1)


def unusual(days: Iterable[Day], today: date, threshold: int = THRESHOLD) -> Unusual | None:
    """None while it looks like one pack."""
    recent = _recent(days, today)
    if score(recent, today) < threshold:
        return None
    return Unusual(sum(each.networks for each in recent), len(recent))


def _recent(days: Iterable[Day], today: date) -> list[Day]:
    return [each for each in days if 0 <= (today - each.day).days < WINDOW_DAYS and each.networks > 0]
