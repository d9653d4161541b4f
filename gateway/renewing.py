"""The renewal of a party's key, step by step, as far as it can be brought while somebody waits."""

from __future__ import annotations

import time
from collections.abc import Callable

from ledger.bindings import registries
from ledger.errors import Refusal
from ledger.recording import Renewals
from ledger.recording.renewing import Standing
from ledger.submit import Council

DRAIN_SECONDS = 30.0
LOOK = 0.1


def renew(
    renewals: Renewals,
    council: Council,
    registry: bytes,
    party: bytes,
    followed: Callable[[int], None],
    seconds: float = DRAIN_SECONDS,
) -> tuple[bytes, Standing]:
    """The new key's address, and what still stands of the old ones after this time. `followed` returns when the index has this
    block. Raises the Refusal that the registry names, ChainError; asking again goes on from wherever this ended."""
    end = time.monotonic() + seconds
    key = renewals.begin(party)
    while True:
        step = renewals.next(party, key, followed)
        if isinstance(step, Standing):
            if step.finished or time.monotonic() > end:
                return key, step
            time.sleep(LOOK)
            continue
        try:
            followed(council.relay(registry, registries.rotate(step.change, step.signature)))
        except Refusal as refusal:
            if refusal.law != "RotationOutOfTurn" or time.monotonic() > end:
                raise
            # somebody else's change took the number, perhaps this very one: the index tells
