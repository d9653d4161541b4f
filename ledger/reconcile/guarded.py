"""The sign guard's rows against what was kept: which ledger is signed for, and one intent for each event of a key of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ledger.canonical.body import decode_body
from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal
from ledger.events.model import Shape
from ledger.reconcile.report import Finding, shown
from ledger.store.meta import KEK, LEDGER


def ledger(db: sqlite3.Connection, domain: Domain) -> Iterator[Finding]:
    """The database signs for this ledger and names no other."""
    found = dict(db.execute("SELECT name, value FROM main.meta").fetchall())
    value = found.pop(LEDGER, None)
    found.pop(KEK, None)
    if value != domain.separator and (value is not None or db.execute("SELECT 1 FROM main.intents").fetchone()):
        yield Finding("meta", LEDGER, "value", shown("meta", domain.separator), shown("meta", value), "the domain")
    for name in found:
        yield Finding("meta", str(name), "name", f"{LEDGER} or {KEK}", str(name), "what is kept there")


def intents(db: sqlite3.Connection) -> Iterator[Finding]:
    """What was about to be signed is what was kept, under its own nonce."""
    ours = {bytes(row[0]) for row in db.execute("SELECT address FROM main.keys")}
    kept = {}
    for id, shape, body in db.execute("SELECT id, shape, body FROM main.outbox"):
        try:
            event = decode_body(Shape(shape), body)
        except (Refusal, ValueError, TypeError):
            continue  # the outbox's own finding
        if event.signer in ours:
            kept[id] = (event.signer, str(event.nonce))
    for signer, nonce, id in db.execute("SELECT signer, nonce, event FROM main.intents"):
        key, wanted = "0x" + id.hex(), kept.pop(id, None)
        if wanted is None:
            yield Finding("intents", key, "event", "an event of a key of ours", "none", "the outbox")
            continue
        for column, expected, found in zip(("signer", "nonce"), wanted, (signer, nonce), strict=True):
            if expected != found:
                yield Finding(
                    "intents", key, column, shown("intents", expected), shown("intents", found), "the event's bytes"
                )
    for id in kept:
        yield Finding("intents", "0x" + id.hex(), "event", "an intent", "none", "the outbox")
