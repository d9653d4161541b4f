"""How often the rule about unusual visits is right: simulated jars, honest and cloned, and who scans a code to harm its maker.

How people scan is assumed, not measured (docs/spec/visits.md, section 4, says from where); what the rule makes of it is counted.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final

from campaigns import evidence
from campaigns.outcome import Outcome
from gateway.visits.pattern import THRESHOLD, WINDOW_DAYS, Day, unusual

NAME = "visits"
COMMAND = "./scripts/campaign visits"
SOURCES = ("gateway/visits/pattern.py", "campaigns/visits.py")
SEED = 63
JARS = 100_000
"""Of one household each; of the other kinds fewer."""
CLONED = 2_000
THRESHOLDS = (4, 8, 10, 12, 16)
SELLING_DAYS = 60
RATES = (2, 10, 20)
COPIES = (5, 20, 50, 100, 500)
SHOPS = (1, 5)
MOST_FALSE = 0.001
"""Of jars in households, of which every one is looked at."""

Look = tuple[int, str]
"""Day and network."""
Rule = Callable[[list[Day], date, int], object]
_FIRST: Final = date(2026, 1, 1)


def household(drawn: random.Random, name: str, start: int = 0, mobiles: int = 400) -> Iterator[Look]:
    """Who opened it looks, and one or two with them; at home or by telephone, where the network is one of a city's; some again on
    later days."""
    for _ in range(1 + _poisson(drawn, 0.4)):
        day = start
        yield day, _network(drawn, name, mobiles)
        while drawn.random() < 0.3:
            day += 1 + _poisson(drawn, 2)
            yield day, _network(drawn, name, mobiles)


def _network(drawn: random.Random, home: str, mobiles: int) -> str:
    return home if drawn.random() < 0.6 else f"mobile {drawn.randrange(mobiles)}"


def jar(drawn: random.Random) -> Iterator[Look]:
    """Before it is bought, half of all jars are looked at on the shelf by somebody who leaves them there."""
    for _ in range(_poisson(drawn, 0.5)):
        yield drawn.randrange(30), f"mobile {drawn.randrange(400)}"
    yield from household(drawn, "home", 30)


def given_on(drawn: random.Random) -> Iterator[Look]:
    """A present: two more households, a few days later each, and one of them gives it on again."""
    yield from jar(drawn)
    start = 30
    for home in ("second", "third"):
        start += 1 + drawn.randrange(10)
        yield from household(drawn, home, start)


def display(drawn: random.Random) -> Iterator[Look]:
    """One jar stands open to all in a shop for two months; two a day look, a third of them in the shop's own network."""
    for day in range(60):
        for _ in range(_poisson(drawn, 2)):
            yield day, "shop" if drawn.random() < 1 / 3 else f"mobile {drawn.randrange(400)}"


def photo(drawn: random.Random) -> Iterator[Look]:
    """A buyer shows the label to many: thirty look on that day, a third as many on each day after."""
    yield from jar(drawn)
    for after in range(6):
        for _ in range(_poisson(drawn, 30 / 3**after)):
            yield 31 + after, f"mobile {drawn.randrange(2_000)}"


def cloned(drawn: random.Random, copies: int, shops: int, rate: int) -> Iterator[Look]:
    """One serial on so many jars, sold within two months in so many cities, to households of which `rate` % look."""
    for _ in range(sum(drawn.random() * 100 < rate for _ in range(copies))):
        city = drawn.randrange(shops)
        for day, network in household(drawn, f"home {drawn.random()}", drawn.randrange(SELLING_DAYS)):
            yield day, f"{city} {network}"


def smeared(networks: int, days: int) -> Iterator[Look]:
    """Somebody who wants a rival's jar to look copied scans it over and over."""
    for day in range(days):
        for scan in range(200):
            yield day, f"network {scan % networks}"


def flagged(looks: Iterable[Look], rule: Rule, threshold: int) -> bool:
    """Whether on any day the page said so."""
    by_day: dict[int, set[str]] = {}
    for day, network in looks:
        by_day.setdefault(day, set()).add(network)
    days = [Day(_FIRST + timedelta(day), len(found), len(found)) for day, found in sorted(by_day.items())]
    return any(rule(days[: at + 1], each.day, threshold) is not None for at, each in enumerate(days))


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    before = evidence.earlier(NAME, hash_)
    told = before["result"] if before else simulated(JARS, CLONED)
    shown = is_right(told)
    if shown and not before:
        evidence.write(NAME, command=COMMAND, seed=SEED, n=told["trials"], hash_=hash_, result=told)
    return Outcome(shown, {"trials": told["trials"], "false_alarms": told["honest"]["household"]["alarms"], **told})


def is_right(told: dict[str, Any]) -> bool:
    """False alarms are as rare as promised at the threshold in force, mass copying is found, and one alone harms nobody."""
    at = str(THRESHOLD)
    mass = told["cloned"]["rate 10 %"]["500 copies, 1 city"][at]
    household = told["honest"]["household"][at]
    return bool(household <= 100 * MOST_FALSE and mass >= 99 and not told["smeared"]["1 network, 30 days"][at])


def simulated(jars: int, clones: int, rule: Rule = unusual) -> dict[str, Any]:
    """Shares in % of jars for which the page says "unusual" on some day, by threshold."""
    drawn = random.Random(SEED)
    kinds = {"household": (jar, jars), "given on twice": (given_on, jars // 5), "photo shown round": (photo, clones),
             "on display": (display, clones)}  # fmt: skip
    trials = 0

    def shares(make: Callable[[], Iterator[Look]], n: int) -> dict[str, Any]:
        nonlocal trials
        trials += n
        counts = dict.fromkeys(THRESHOLDS, 0)
        for _ in range(n):
            looks = list(make())
            for threshold in THRESHOLDS:  # rising: what one does not find, none of the next finds
                if len(looks) < threshold or not flagged(looks, rule, threshold):
                    break
                counts[threshold] += 1
        return {
            "n": n, "alarms": counts[THRESHOLD],
            **{str(each): round(100 * count / n, 2) for each, count in counts.items()},
        }  # fmt: skip

    honest = {name: shares(lambda make=make: make(drawn), n) for name, (make, n) in kinds.items()}
    copied = {
        f"rate {rate} %": {
            f"{copies} copies, {shops} {'city' if shops == 1 else 'cities'}": shares(
                lambda copies=copies, shops=shops, rate=rate: cloned(drawn, copies, shops, rate), clones
            )
            for copies in COPIES
            for shops in SHOPS
        }
        for rate in RATES
    }
    harmed = {
        f"{networks} network{'s' if networks > 1 else ''}, {days} days": {
            str(threshold): flagged(smeared(networks, days), rule, threshold) for threshold in THRESHOLDS
        }
        for networks in (1, 2, 4, 20)
        for days in (2, 3, 6, 30)
    }
    return {
        "threshold": THRESHOLD, "window_days": WINDOW_DAYS, "trials": trials,
        "honest": honest, "cloned": copied, "smeared": harmed,
    }  # fmt: skip


def _poisson(drawn: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, drawn.random()
    while product > limit:
        count += 1
        product *= drawn.random()
    return count
