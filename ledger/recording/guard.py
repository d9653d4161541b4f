"""What stands between an event and its signature: never two events for one nonce, never for another ledger.

As the slashing protection of a validator does it: look, write down what is about to be signed, only then sign. All of it is
inside the commit that keeps the event, so a signature that nobody wrote down never leaves the process.
"""

from __future__ import annotations

import sqlite3

from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal, WrongChain
from ledger.events.model import Event
from ledger.store import audit_log, meta


def bind(db: sqlite3.Connection, domain: Domain) -> None:
    """This database signs for this ledger and no other. Raises WrongChain when it was another's."""
    kept = meta.get(db, meta.LEDGER)
    if kept is None:
        meta.put(db, meta.LEDGER, domain.separator, audit_log.GATEWAY, "ledger bound")
    elif kept != domain.separator:
        raise WrongChain("this database belongs to another ledger: nothing of it is signed for this one")


def intend(db: sqlite3.Connection, id: bytes, event: Event) -> None:
    """Writes down that this event is about to be signed. Raises `NonceIntended(signer, nonce)` for a second one."""
    if db.execute("INSERT OR IGNORE INTO intents VALUES (?, ?, ?)", (event.signer, str(event.nonce), id)).rowcount:
        return
    sql = "SELECT event FROM intents WHERE signer = ? AND nonce = ?"
    (intended,) = db.execute(sql, (event.signer, str(event.nonce))).fetchone()
    if intended != id:
        raise Refusal("NonceIntended", signer=event.signer, nonce=event.nonce)
