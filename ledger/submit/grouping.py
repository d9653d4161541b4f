"""How many events one transaction can carry. Pure: bytes and gas are bounded from the events alone, without asking the node.

An estimate by the node would see none of the submissions in flight and cost as much as recording. The bounds below are
above what the committed contracts take with every slot cold and new (tests/crash/test_write_path.py measures them).
"""

from __future__ import annotations

from ledger.events.model import Event, Kind, Make, Move, Note
from ledger.signing.known import Known
from ledger.store.outbox import OutboxRow

MOST_EVENTS = 100
MOST_BYTES = 64 * 1024  # of call data
MOST_GAS = 12_000_000  # of 15 million: what is left pays for a new nonce word of each event, and for doubt

_CALL = 4 + 2 * 32
_ITEM = 6 * 32  # offset, shape, place and length of the body, signature
_NEW_WORD, _OLD_WORD = 22_100, 5_000  # storage writes by EIP-2929, cold


def call_bytes(body: bytes) -> int:
    """Call data that an event of this encoding adds to `record`, in bytes."""
    return _ITEM + -(-len(body) // 32) * 32


def gas_bound(event: Event, body: bytes) -> int:
    """Gas that this event takes at most. Not counted: the transaction's own 21,000, and a nonce word's first use."""
    return 34_000 + 32 * len(body) + _storage(event)


def _storage(event: Event) -> int:
    nonce = _OLD_WORD
    if isinstance(event, Make):
        # an input: batch, head, holding, and its yield read; an output: batch, head, holding, lot and product read
        pairs = len(event.inputs) * len(event.outputs)
        return nonce + len(event.inputs) * 4 * _OLD_WORD + len(event.outputs) * 4 * _NEW_WORD + pairs * 2 * _OLD_WORD
    if isinstance(event, Move):
        # holding, head, batch; a Ship opens a shipment, a Receive may open a holding
        return nonce + 3 * _OLD_WORD + (2 * _NEW_WORD if event.kind in (Kind.SHIP, Kind.RECEIVE) else _OLD_WORD)
    assert isinstance(event, Note), "there are three shapes"
    return nonce + max(1, len(event.batches)) * _NEW_WORD


def split(rows: list[OutboxRow], known: Known | None = None) -> tuple[list[OutboxRow], list[OutboxRow]]:
    """The first of these rows, in order, that one transaction can carry, one at least; and the others.

    An event that came back counts double each time, so one that is dearer than its bound ends alone and never takes its
    neighbours with it.
    """
    size, gas = _CALL, 0
    for place, row in enumerate(rows):
        signed = known.find(row.id, row.body, row.signature) if known else None
        event = (signed or row.signed).event
        size += call_bytes(row.body)
        gas += gas_bound(event, row.body) << min(row.attempts, 10)
        if place and (place == MOST_EVENTS or size > MOST_BYTES or gas > MOST_GAS):
            return rows[:place], rows[place:]
    return rows, []
