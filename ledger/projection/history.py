"""All that made a ledger, in the order in which it was made: changes of the registries, and events with their signatures."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ledger.canonical.body import decode_body
from ledger.events.model import Shape, SignedEvent


@dataclass(frozen=True, slots=True)
class Change:
    """One transaction to the authority or a registry."""

    sender: bytes
    target: bytes
    input: bytes


@dataclass(frozen=True, slots=True)
class PastBlock:
    """What a block did, at its time in seconds since 1970."""

    time: int
    acts: list[Change | SignedEvent]


ACTS = """
    SELECT block, log_index, time, sender, target, input, NULL AS id, NULL AS shape, NULL AS signature FROM governance
    UNION ALL SELECT block, log_index, recorded_at, NULL, NULL, body, id, shape, signature FROM events
    ORDER BY block, log_index
"""


def past_blocks(db: sqlite3.Connection) -> Iterator[PastBlock]:
    """Every block that changed the ledger, from the projection alone."""
    for _, rows in groupby(db.execute(ACTS), key=lambda row: row["block"]):
        found = list(rows)
        yield PastBlock(found[0]["time"], [_act(row) for row in found])


def _act(row: sqlite3.Row) -> Change | SignedEvent:
    if row["id"] is None:
        return Change(row["sender"], row["target"], row["input"])
    return SignedEvent(row["id"], decode_body(Shape(row["shape"]), row["input"]), row["signature"])
