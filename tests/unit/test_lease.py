"""One worker leads, without comparing clocks, and a deposed one can commit nothing (promise 1: two workers)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.store.database import Store
from ledger.store.lease import BEAT, PATIENCE, Deposed, Lease, chain_is_wrong, verified_at

DAY = 86_400.0


class Clock:
    """One worker's monotonic clock; every worker's has a zero of its own."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "nguon.db")


class Two:
    """Two workers of one database, whose clocks are days apart."""

    def __init__(self, store: Store) -> None:
        self.clocks = Clock(5.0), Clock(5.0 + DAY)
        self.first, self.second = (Lease(store, name, clock) for name, clock in zip("ab", self.clocks, strict=True))

    def elapse(self, seconds: float) -> None:
        for clock in self.clocks:
            clock.now += seconds


def test_one_leads_as_long_as_it_beats(store: Store) -> None:
    two = Two(store)
    for _ in range(50):
        assert two.first.hold()
        assert not two.second.hold()
        two.elapse(BEAT)


def test_a_silent_leader_is_followed_after_patience_and_not_before(store: Store) -> None:
    two = Two(store)
    assert two.first.hold() and not two.second.hold()
    two.elapse(PATIENCE - 0.1)
    assert not two.second.hold()
    two.elapse(0.2)
    assert two.second.hold()
    assert not two.first.hold()


def test_a_deposed_leader_changes_nothing(store: Store) -> None:
    """It was stopped in the middle of its work, and wakes up: its next commit finds another's fence."""
    two = Two(store)
    assert two.first.hold() and not two.second.hold()
    two.elapse(PATIENCE)
    assert two.second.hold()
    with pytest.raises(Deposed), store.write() as db:
        two.first.check(db)
        db.execute("INSERT INTO meta VALUES ('x', 'y')")
    assert store.read().execute("SELECT count(*) FROM meta").fetchone()[0] == 0
    with pytest.raises(Deposed):
        two.first.wrong_chain("nonsense")
    with store.write() as db:
        two.second.check(db)


def test_both_see_the_silence_and_one_takes_over(store: Store) -> None:
    two, third = Two(store), Lease(store, "c", Clock(0.0))
    assert third.hold()
    assert not two.first.hold() and not two.second.hold()
    two.elapse(PATIENCE)
    assert [two.first.hold(), two.second.hold()] == [True, False]


def test_who_starts_again_under_its_name_leads_at_once(store: Store) -> None:
    """The name's lock was free, so the process that led under it is dead."""
    assert Lease(store, "a", Clock(0.0)).hold()
    assert Lease(store, "a", Clock(0.0)).hold()
    assert not Lease(store, "b", Clock(0.0)).hold()


def test_who_ends_lets_go(store: Store) -> None:
    two = Two(store)
    assert two.first.hold() and not two.second.hold()
    two.first.let_go()
    assert two.second.hold()
    two.first.let_go()
    assert two.second.hold(), "who leads no longer lets go of nothing"


def test_the_others_know_when_the_leader_was_level_by_their_own_clock(store: Store) -> None:
    two = Two(store)
    assert two.first.hold() and not two.second.hold()
    assert (two.first.lag(), two.second.lag()) == (None, None)
    two.first.level()
    two.elapse(BEAT)
    assert two.first.hold()
    assert (two.first.lag(), two.second.lag()) == (BEAT, 0.0)
    two.elapse(30)
    assert (two.first.lag(), two.second.lag()) == (30 + BEAT, 30.0)


def test_who_was_level_and_ends_before_its_next_beat_has_said_so(store: Store) -> None:
    """Else a start while the chain is away could not say of when its pages are."""
    two = Two(store)
    assert two.first.hold() and verified_at(store.read()) is None
    two.first.level()
    two.first.let_go()
    assert verified_at(store.read()) is not None


def test_a_wrong_chain_is_known_to_all(store: Store) -> None:
    two = Two(store)
    assert two.first.hold()
    two.first.wrong_chain("another ledger")
    assert chain_is_wrong(store.read()) == "another ledger"
    two.first.wrong_chain(None)
    assert chain_is_wrong(store.read()) is None
