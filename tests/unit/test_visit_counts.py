"""Promises: looks at an item are counted without who looked; one household, one persistent network and one popular evening raise
no alarm; and the published figures would not be those of a rule that sleeps."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import visits as campaign
from gateway.pages.formats import VIETNAM
from gateway.visits.pattern import A_DAY, LONE_DAYS, THRESHOLD, WINDOW_DAYS, Day, Unusual, score, unusual
from gateway.visits.people import is_person
from gateway.visits.store import DEVICES, KEEP_DAYS, Visits

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
BATCH = bytes(range(32))
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
)


def days(*networks: int) -> list[Day]:
    """Of the days up to today, the last one today."""
    first = TODAY - timedelta(len(networks) - 1)
    return [Day(first + timedelta(at), count, count) for at, count in enumerate(networks)]


# The rule


def test_a_household_and_one_who_comes_every_day_stay_quiet() -> None:
    assert unusual([], TODAY) is None
    assert unusual(days(2, 1, 0, 1), TODAY) is None
    assert unusual(days(*[1] * WINDOW_DAYS), TODAY) is None and score(days(*[1] * WINDOW_DAYS), TODAY) == LONE_DAYS


def test_one_day_alone_raises_no_alarm_however_many_come() -> None:
    assert A_DAY < THRESHOLD and unusual(days(1_000), TODAY) is None and unusual(days(1_000, 1_000), TODAY) is None


def test_many_networks_on_several_days_are_unusual_and_it_says_how_many() -> None:
    assert unusual(days(3, 4, 0, 7), TODAY) == Unusual(14, 3)


def test_what_is_a_month_ago_counts_no_longer() -> None:
    seen = days(5, 5, 5)
    assert unusual(seen, TODAY + timedelta(WINDOW_DAYS - 3)) and not unusual(seen, TODAY + timedelta(WINDOW_DAYS))
    assert unusual(seen, TODAY - timedelta(9)) is None, "nor what a clock set back puts into the future"


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(0, 39))
def test_a_further_look_never_lowers_the_score(counts: list[int], at: int) -> None:
    more = [count + (place == at) for place, count in enumerate(counts)]
    assert score(days(*more), TODAY) >= score(days(*counts), TODAY)


# The published table


def test_the_rule_shows_what_its_table_promises_and_one_that_sleeps_does_not() -> None:
    assert campaign.is_right(campaign.simulated(1_500, 12))
    assert not campaign.is_right(campaign.simulated(20, 12, lambda days, today, threshold: None)), "never says anything"
    assert not campaign.is_right(campaign.simulated(20, 12, lambda days, today, threshold: True)), "always alarmed"


def test_the_published_table_is_the_one_that_the_simulator_wrote() -> None:
    told = json.loads((ROOT / "docs/evidence/visits.json").read_text())["result"]
    page = (ROOT / "docs/spec/visits.md").read_text("utf-8")
    rows = {f"honest: {name}": each for name, each in told["honest"].items()}
    for rate, copied in told["cloned"].items():
        rows |= {f"cloned, {rate}: {name.split(',')[0]}": each for name, each in copied.items() if "1 city" in name}
    shares = [
        [name, f"{each['n']:,}", *(f"{each[str(t)]:.2f}" for t in campaign.THRESHOLDS)] for name, each in rows.items()
    ]
    harm = [
        [name, *("yes" if each[str(t)] else "no" for t in campaign.THRESHOLDS)]
        for name, each in told["smeared"].items()
    ]
    published = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    numbers = [row for row in published if re.match(r"honest|cloned|\d+ networks?,", row[0])]
    assert numbers == shares + harm
    assert told["threshold"] == THRESHOLD and f"From **{THRESHOLD}** on" in page


# Who counts


def sent(**changed: str | None) -> dict[str, str]:
    told = {"user-agent": PHONE, "sec-fetch-site": "same-origin", "sec-fetch-dest": "empty", "host": "nguon.example"}
    headers = told | {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in headers.items() if value is not None}


def test_somebody_at_a_browser_counts_with_javascript_and_without() -> None:
    assert is_person("POST", sent())
    assert is_person("GET", sent(sec_fetch_dest="image"))
    assert is_person("POST", sent(sec_fetch_site=None, sec_fetch_dest=None, origin="https://nguon.example"))


@pytest.mark.parametrize(
    ("method", "changed"),
    [
        ("HEAD", {"sec_fetch_dest": "image"}),
        ("GET", {"sec_fetch_dest": "document"}),
        ("GET", {"sec_fetch_site": None, "sec_fetch_dest": None}),
        ("POST", {"sec_fetch_site": "cross-site"}),
        ("POST", {"sec_fetch_site": "none"}),
        ("POST", {"sec_fetch_site": None, "sec_fetch_dest": None}),
        ("POST", {"sec_fetch_site": None, "sec_fetch_dest": None, "origin": "https://nguon.example.org"}),
        ("POST", {"sec_fetch_site": None, "sec_fetch_dest": None, "origin": "null"}),
        ("POST", {"purpose": "prefetch"}),
        ("POST", {"sec_purpose": "prefetch;prerender"}),
        ("POST", {"x_moz": "prefetch"}),
        ("POST", {"user_agent": None}),
        ("POST", {"user_agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"}),
        ("POST", {"user_agent": "WhatsApp/2.23.20.0"}),
        ("POST", {"user_agent": "TelegramBot (like TwitterBot)"}),
        ("POST", {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}),
        ("POST", {"user_agent": "python-httpx/0.28"}),
    ],
)
def test_previews_prefetchers_and_other_sites_do_not_count(method: str, changed: dict[str, str | None]) -> None:
    assert not is_person(method, sent(**changed))


# What is kept


class Calendar:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 9, tzinfo=VIETNAM)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def visits(tmp_path: Path, calendar: Calendar) -> Iterator[Visits]:
    yield Visits(tmp_path / "visits.db", calendar)


def test_a_visit_is_a_device_and_a_day_and_ones_own_is_not_counted_for_oneself(
    visits: Visits, calendar: Calendar
) -> None:
    for _ in range(3):
        visits.count(BATCH, 7, "203.0.113.9", PHONE)
    own, other = (visits.seen(BATCH, 7, address, PHONE) for address in ("203.0.113.200", "198.51.100.1"))
    assert (own.visits, own.first) == (0, None), "the same neighbourhood of addresses and the same browser"
    assert (other.visits, other.first, other.since) == (1, calendar.now.date(), calendar.now.date())
    assert visits.seen(BATCH, 8, "198.51.100.1", PHONE).visits == 0
    calendar.now += timedelta(1)
    assert visits.seen(BATCH, 7, "203.0.113.9", PHONE).visits == 1, "who looked yesterday is not known any more"


def test_one_network_adds_little_however_many_names_its_browsers_take(visits: Visits) -> None:
    for number in range(50):
        visits.count(BATCH, 7, "203.0.113.9", f"browser {number}")
        visits.count(BATCH, 7, f"2001:db8:7:{number:x}::1", f"browser {number}")
    assert visits.seen(BATCH, 7, "198.51.100.1", PHONE).visits == 2 * DEVICES


def test_many_networks_on_several_days_become_an_alarm_that_ends(visits: Visits, calendar: Calendar) -> None:
    for _ in range(4):
        for network in range(3):
            visits.count(BATCH, 7, f"203.0.{network}.9", PHONE)
        calendar.now += timedelta(1)
    assert visits.seen(BATCH, 7, "", "").unusual == Unusual(12, 4)
    calendar.now += timedelta(WINDOW_DAYS)
    assert visits.seen(BATCH, 7, "", "").unusual is None


def test_nothing_in_the_file_tells_who_and_after_midnight_nothing_could(
    visits: Visits, calendar: Calendar, tmp_path: Path
) -> None:
    visits.count(BATCH, 7, "203.0.113.9", PHONE)
    with sqlite3.connect(tmp_path / "visits.db") as db:
        ((key,),) = db.execute("SELECT key FROM key_of_the_day").fetchall()
        macs = [row[0] for row in db.execute("SELECT mac FROM seen_today")]
    db.close()
    assert len(key) == 32 and len(macs) == 2
    held = whole(tmp_path)
    assert key in held and all(mac in held for mac in macs)
    for told in (b"203.0.113", bytes([203, 0, 113]), b"Mozilla", b"Android", b"Chrome"):
        assert told not in held
    calendar.now += timedelta(1)
    visits.sweep()
    held = whole(tmp_path)
    assert key not in held and not any(mac in held for mac in macs), "overwritten, not only let go"
    assert visits.seen(BATCH, 7, "", "").visits == 1


def whole(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_after_a_season_only_the_first_day_and_a_sum_are_left(
    visits: Visits, calendar: Calendar, tmp_path: Path
) -> None:
    first = calendar.now.date()
    for day in (0, 1, KEEP_DAYS + 5):
        calendar.now += timedelta(day)
        visits.count(BATCH, 7, f"203.0.{day}.1", PHONE)
    visits.sweep()
    seen = visits.seen(BATCH, 7, "", "")
    assert (seen.visits, seen.first) == (3, first)
    with sqlite3.connect(tmp_path / "visits.db") as db:
        assert db.execute("SELECT count(*) FROM days").fetchone() == (1,)
        assert db.execute("SELECT first, visits FROM earlier").fetchall() == [(first.isoformat(), 2)]
    db.close()


def test_a_file_that_cannot_be_read_is_said_and_never_taken_for_no_looks(visits: Visits, tmp_path: Path) -> None:
    (tmp_path / "visits.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        visits.seen(BATCH, 7, "", "")
