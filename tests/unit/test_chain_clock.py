"""A wrong clock of this machine judges no event: the chain's time does (reference/reliability.md, F13)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ledger.chain.clock import PLAUSIBLE, TRUSTED, ChainClock

DAY = 86_400
CHAIN = 1_800_000_000


@dataclass
class Machine:
    """Its clock, which somebody may set, and the time since it was started, which nobody sets."""

    own: float = CHAIN
    up: float = 1_000.0

    def runs(self, seconds: float) -> None:
        self.own += seconds
        self.up += seconds

    def clock(self) -> ChainClock:
        return ChainClock(lambda: self.own, lambda: self.up)


def test_a_clock_that_agrees_is_believed() -> None:
    machine = Machine()
    clock = machine.clock()
    assert clock.now() == CHAIN, "before the first block there is nothing else"
    clock.seen(CHAIN - 2)
    machine.runs(10)
    assert clock.now() == CHAIN + 10
    machine.own += PLAUSIBLE - 3
    assert clock.now() == machine.own


@pytest.mark.parametrize("wrong", [DAY, -DAY, 61 + 2, -61 - 2])
def test_a_clock_that_is_wrong_is_not(wrong: float) -> None:
    """Wrong from the start, or set while it runs."""
    machine = Machine(own=CHAIN + wrong)
    clock = machine.clock()
    clock.seen(CHAIN - 2)
    machine.runs(10)
    assert clock.now() == CHAIN + 8
    machine.own -= wrong
    assert clock.now() == CHAIN + 10
    machine.own += wrong
    assert clock.now() == CHAIN + 8


def test_an_old_block_says_nothing() -> None:
    """A machine that was paused counts wrongly: after an hour without a block its own clock is better."""
    machine = Machine()
    clock = machine.clock()
    clock.seen(CHAIN)
    machine.up += TRUSTED + 1
    machine.own += 3 * DAY
    assert clock.now() == machine.own
