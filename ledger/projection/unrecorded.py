"""What was acknowledged and is not on the chain: dead, or stuck until its signer voids it (ledger/recording/burying.py)."""

from __future__ import annotations

import sqlite3

from ledger.projection.present import Json, Presenter, timestamp
from ledger.store import outbox


def never_recorded(db: sqlite3.Connection, presenter: Presenter, limit: int) -> list[Json]:
    """As events that are not final are told, with `accepted_at` and how often the chain refused them (`attempts`)."""
    return [
        presenter.pending(row.id, row.signed.event, row.party, row.signed.signature, row.state, row.law)
        | {"accepted_at": timestamp(row.accepted_at), "attempts": row.attempts}
        for row in outbox.dead_or_stuck(db, limit)
    ]
