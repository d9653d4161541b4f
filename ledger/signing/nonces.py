"""Nonces: a random lane of 64 bits, drawn anew in each process, and a counter of 32 bits in it (docs/spec/event.md, section 2).

Nothing of it is stored: a process that starts again, on a restored copy of the database as well, can never give a nonce
that an earlier one gave. Consecutive nonces keep the contract's bitmap cheap; only the first of a lane opens a new word.
"""

from __future__ import annotations

import secrets
from typing import Final

LANE_BITS: Final = 64
COUNTER_BITS: Final = 32


class Lanes:
    """One per process, used by one thread at a time."""

    def __init__(self) -> None:
        self._next: dict[bytes, int] = {}

    def peek(self, signer: bytes) -> int:
        """The nonce that this signer's next event takes; the same again until `take`."""
        if signer not in self._next:
            self._next[signer] = secrets.randbits(LANE_BITS) << COUNTER_BITS
        return self._next[signer]

    def take(self, signer: bytes) -> None:
        """The nonce was given to an event. After the last of a lane a new lane is drawn."""
        nonce = self.peek(signer) + 1
        if nonce % (1 << COUNTER_BITS) == 0:
            del self._next[signer]
        else:
            self._next[signer] = nonce
