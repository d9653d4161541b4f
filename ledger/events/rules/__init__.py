"""The law: a pure model of what the contracts accept and do, in the order of docs/spec/law.md.

`check` says what an event would change, or raises the `Refusal` that the contract would log. It writes nothing.
"""

from __future__ import annotations

from ledger.events.model import Event, Make, Move
from ledger.events.rules.act import Act
from ledger.events.rules.every import check_every
from ledger.events.rules.make import check_make
from ledger.events.rules.move import check_move
from ledger.events.rules.note import check_note
from ledger.events.rules.state import Changes, View
from ledger.events.rules.views import MemoryState, Overlay

__all__ = ["Changes", "MemoryState", "Overlay", "View", "check", "check_unsigned"]


def check(view: View, event_id: bytes, event: Event, recovered: bytes | None, block_time: int) -> Changes:
    """What `event` does to `view` in a block of time `block_time` (seconds).

    `event_id` is the signing digest; `recovered` the address its signature gives, None if it gives none.
    Raises `Refusal` with the first law of docs/spec/law.md that forbids the event, numbers named as there.
    """
    party = check_every(view, event, recovered, block_time)
    changes = Changes(nonces=[(event.signer, event.nonce)])
    act = Act(view, event_id, party, block_time, changes)
    if isinstance(event, Make):
        check_make(act, event)
    elif isinstance(event, Move):
        check_move(act, event)
    else:
        check_note(act, event)
    return changes


def check_unsigned(view: View, event_id: bytes, event: Event, block_time: int) -> Changes:
    """`check` before there is a signature: as if `event.signer` had signed."""
    return check(view, event_id, event, event.signer, block_time)
