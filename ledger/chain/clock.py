"""What time it is on the chain: the time that judges events. A machine's own clock is believed while it agrees.

A block that was just made tells the chain's time; from then on a steady clock counts. When this machine's clock is further from
that than a minute, it is wrong, or the chain's is, and either way the contracts go by the chain's (reference/reliability.md, F13).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)

PLAUSIBLE = 60.0  # seconds between a right clock and a fresh block's time: clocks of machines differ, blocks have beats
TRUSTED = 3600.0  # seconds for which a block's time is counted on: a machine that was paused counts wrongly


def since_boot() -> float:
    """Seconds; goes on while the machine sleeps, and nobody sets it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class _Seen:
    block_time: int
    at: float


class ChainClock:
    def __init__(self, own: Callable[[], float] = time.time, steady: Callable[[], float] = since_boot) -> None:
        self._own = own
        self._steady = steady
        self._seen: _Seen | None = None
        self._said = False

    def seen(self, block_time: int) -> None:
        """A block with this time, in seconds since 1970, was made a moment ago."""
        self._seen = _Seen(block_time, self._steady())

    def now(self) -> float:
        """Seconds since 1970, as the chain would say them."""
        own, seen = self._own(), self._seen
        if seen is None or (passed := self._steady() - seen.at) > TRUSTED:
            return own
        counted = seen.block_time + passed
        wrong = abs(own - counted) > PLAUSIBLE
        if wrong and not self._said:
            log.error("this machine's clock is %+.0f s from the chain's, by which events are judged", own - counted)
        self._said = wrong
        return counted if wrong else own
