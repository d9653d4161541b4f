"""The stories of the demo, as they are read from examples/: what must hold before anything is posted."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import pairwise

import pytest

from ledger.cli.season import VIETNAM, _filled, _quantity, season
from ledger.cli.story import MOST, Story, groups, jar

TODAY = date(2026, 11, 24)


@pytest.fixture(params=[jar, season])
def story(request: pytest.FixtureRequest) -> Story:
    told: Story = request.param(TODAY)
    return told


def test_nothing_is_told_of_the_future_and_all_in_its_order() -> None:
    morning = datetime.combine(TODAY, time(), VIETNAM)
    moments = [datetime.fromisoformat(deed.event["occurred_at"]) for deed in season(TODAY).deeds if deed.event]
    assert max(moments) < morning
    assert all(earlier <= later for earlier, later in pairwise(moments))


def test_a_group_needs_nothing_of_itself_and_what_it_needs_came_before(story: Story) -> None:
    known: set[str] = set()
    for group in groups(story.deeds):
        assert len(group) <= MOST
        assert all({*deed.needs.values()} <= known for deed in group)
        known |= {deed.key for deed in group}
    assert len(known) == len(story.deeds), "no two deeds have one key"


def test_the_keys_are_those_of_every_other_day(story: Story) -> None:
    """A demo that was broken off yesterday finds today what it put."""
    again = {"demo": jar, "season": season}[story.name](date(2027, 3, 1))
    assert again.keys() == story.keys()
    assert len(set(story.keys().values())) == len(story.keys()) == sum(not deed.suspends for deed in story.deeds)


def test_a_step_that_says_what_there_is_not_is_an_error() -> None:
    run = {"lot": "A", "night1": 120, "drip": 5}
    assert _quantity("night1 + 30 - drip", run) == 145
    assert _filled("{lot}-{date+2}", run, datetime(2026, 12, 30, tzinfo=VIETNAM)) == "A-2027-01-01"
    with pytest.raises(KeyError):
        _quantity("night3", run)
    with pytest.raises(KeyError):
        _filled({"a": ["{nothing}"]}, run)
