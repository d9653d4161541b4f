"""A party's day: all that was signed in its name, by keys that are kept here and by any other (threat T6).

Whoever reads it every evening finds out within a day that somebody else signs with the party's keys.
"""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta, timezone

from ledger.projection.present import Json, Presenter, hexed, timestamp
from ledger.store import outbox

VIETNAM = timezone(timedelta(hours=7))


def number(day: date) -> int:
    """As it is signed: 20261124."""
    return day.year * 10_000 + day.month * 100 + day.day


def signed_on(db: sqlite3.Connection, party: bytes, day: date) -> list[Json]:
    """Events acknowledged here on that day (Vietnam's), in their order, then those that came to the chain another way.

    Each as `GET /v1/events/{id}` shows it, and `signed`: "here" or "elsewhere", `at`: when it was acknowledged or recorded.
    """
    span = _span(day)
    presenter = Presenter(db)
    kept = db.execute(
        "SELECT id FROM outbox WHERE party = ? AND accepted_at >= ? AND accepted_at < ? ORDER BY seq", (party, *span)
    ).fetchall()
    strange = db.execute(
        "SELECT * FROM events WHERE party = ? AND recorded_at >= ? AND recorded_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = events.id) ORDER BY seq",
        (party, *span),
    ).fetchall()
    return [_kept(db, presenter, row["id"]) for row in kept] + [_strange(presenter, row) for row in strange]


def changes_on(db: sqlite3.Connection, party: bytes, day: date) -> list[Json]:
    """Changes of the party's keys that were signed here on that day, in its name, whether they came to the chain or not."""
    sql = "SELECT * FROM rotations WHERE party = ? AND created_at >= ? AND created_at < ? ORDER BY rotation, created_at"
    return [
        {
            "signer": hexed(row["signer"]), "from": timestamp(int(row["valid_from"])), "to": timestamp(int(row["valid_to"])),
            "rotation": row["rotation"], "at": timestamp(row["created_at"]),
        }
        for row in db.execute(sql, (party, *_span(day)))
    ]  # fmt: skip


def _span(day: date) -> tuple[int, int]:
    begin = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    return int(begin.timestamp()), int((begin + timedelta(days=1)).timestamp())


def _kept(db: sqlite3.Connection, presenter: Presenter, id: bytes) -> Json:
    row = outbox.find(db, id)
    assert row is not None, "it was found in this snapshot"
    recorded = db.execute("SELECT * FROM events WHERE id = ?", (id,)).fetchone()
    event = row.signed.event
    shown = (
        presenter.event(recorded)
        if recorded
        else presenter.pending(id, event, row.party, row.signature, row.state, row.law)
    )
    intent = db.execute("SELECT event FROM intents WHERE signer = ? AND nonce = ?", (event.signer, str(event.nonce)))
    found = intent.fetchone()
    here = found is not None and found["event"] == id
    return shown | {"signed": "here" if here else "elsewhere", "at": timestamp(row.accepted_at)}


def _strange(presenter: Presenter, row: sqlite3.Row) -> Json:
    return presenter.event(row) | {"signed": "elsewhere", "at": timestamp(row["recorded_at"])}
