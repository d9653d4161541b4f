"""Applies the logs of the three contracts to the projection tables: a function of the logs alone.

The same model that predicts the contract (`ledger.events.rules`) is asked what each recorded event did. Should it ever refuse
what the contract accepted, the two laws have parted: the follower stops and says so, it never guesses.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from ledger.bindings.deployments import Deployment
from ledger.bindings.registries import RegistryChange, read_change
from ledger.canonical.abi import Skipped, decode_log
from ledger.canonical.body import encode_body
from ledger.canonical.heads import Tag, advance, seed
from ledger.canonical.typed_data import event_id
from ledger.chain.node import Block, Log
from ledger.errors import LedgerError, Refusal
from ledger.events.model import LinkRole, SignedEvent
from ledger.events.rules import check
from ledger.signing.signer import recover
from ledger.store.view import StoredView, write_changes

LEDGER_SUBJECT = b"ledger"
REGISTRY_SUBJECT = {Tag.PARTIES: b"parties", Tag.PRODUCTS: b"products"}
SUBJECT_TAG = {"batch": Tag.BATCH, "place": Tag.PLACE}


class Divergence(LedgerError):
    """The chain says something that our reading of the law cannot produce."""


class Projector:
    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._registries = {deployment.parties: Tag.PARTIES, deployment.products: Tag.PRODUCTS}

    @property
    def addresses(self) -> tuple[bytes, ...]:
        deployment = self._deployment
        return (deployment.authority, deployment.parties, deployment.products, deployment.ledger)

    def apply(self, db: sqlite3.Connection, block: Block, log: Log) -> bytes | None:
        """Applies one log inside the caller's transaction. Answers the id of a recorded event, else None."""
        registry = self._registries.get(log.address)
        if registry is not None:
            change = read_change(registry, log)
            if change is not None:
                self._change(db, log, change)
            return None
        said = decode_log(log.topics, log.data) if log.address == self._deployment.ledger else None
        if isinstance(said, Skipped):
            db.execute("INSERT INTO skips VALUES (?, ?, ?, ?)", (log.block, log.index, said.id, said.error))
            return None
        if said is None:
            return None
        self._event(db, block, log, said)
        return said.id

    def _event(self, db: sqlite3.Connection, block: Block, log: Log, signed: SignedEvent) -> None:
        event = signed.event
        if event_id(self._deployment.domain, event) != signed.id:
            raise Divergence(f"log {log.block}/{log.index} names an event id that its fields do not have")
        view = StoredView(db)
        try:
            changes = check(view, signed.id, event, recover(signed.id, signed.signature), block.timestamp)
        except Refusal as refusal:
            raise Divergence(f"the chain recorded 0x{signed.id.hex()} and the model refuses it: {refusal}") from refusal
        signer = view.signer(event.signer)
        assert signer is not None, "check() refuses an unknown signer"
        place = db.execute("SELECT coalesce(max(seq), 0) + 1 FROM events").fetchone()[0]
        db.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                place, signed.id, int(signed.shape), event.kind, event.signer, signer.party, event.occurred_at,
                log.block, log.index, block.timestamp, encode_body(event), signed.signature,
            ),
        )  # fmt: skip
        write_changes(db, place, changes)
        for kind, subject, role in changes.links:
            self._advance(db, SUBJECT_TAG[kind], subject, subject, event.kind, role, signed.id)
        self._advance(db, Tag.LEDGER, LEDGER_SUBJECT, bytes(32), event.kind, LinkRole.RECORDED, signed.id)

    def _change(self, db: sqlite3.Connection, log: Log, change: RegistryChange) -> None:
        db.execute(
            "INSERT INTO registry_changes VALUES (?, ?, ?, ?, ?)",
            (log.block, log.index, change.registry.value, change.number, change.digest),
        )
        _REGISTRY_WRITES[change.name](db, change.arguments)
        subject = REGISTRY_SUBJECT[change.registry]
        self._advance(db, change.registry, subject, bytes(32), change.number, LinkRole.RECORDED, change.digest)

    def _advance(
        self, db: sqlite3.Connection, tag: Tag, row: bytes, subject: bytes, kind: int, role: int, identifier: bytes
    ) -> None:
        found = db.execute("SELECT head FROM heads WHERE subject = ?", (row,)).fetchone()
        head = found["head"] if found else seed(tag, self._deployment.ledger_id, subject)
        db.execute("INSERT OR REPLACE INTO heads VALUES (?, ?)", (row, advance(head, kind, role, identifier)))


def _admitted(db: sqlite3.Connection, a: dict[str, Any]) -> None:
    db.execute(
        "INSERT INTO parties VALUES (?, ?, ?, 1, ?, ?)", (a["id"], a["number"], a["uri"], a["roles"], a["profile"])
    )


def _signer(db: sqlite3.Connection, a: dict[str, Any]) -> None:
    db.execute(
        "INSERT OR REPLACE INTO signers VALUES (?, ?, ?, ?, ?)",
        (a["signer"], a["id"], str(a["from"]), str(a["to"]), a["custody"]),
    )


def _registered(db: sqlite3.Connection, a: dict[str, Any]) -> None:
    db.execute(
        "INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (a["id"], a["number"], a["uri"], a["unit"], a["stage"], a["brandOwner"], a["open"], a["profile"]),
    )


def _maker(db: sqlite3.Connection, a: dict[str, Any]) -> None:
    sql = (
        "INSERT OR IGNORE INTO makers VALUES (?, ?)"
        if a["listed"]
        else "DELETE FROM makers WHERE product = ? AND party = ?"
    )
    db.execute(sql, (a["product"], a["party"]))


def _yield(db: sqlite3.Connection, a: dict[str, Any]) -> None:
    db.execute("INSERT OR REPLACE INTO yields VALUES (?, ?, ?)", (a["input"], a["output"], str(a["perMillion"])))


def _set(table: str, column: str, argument: str) -> Callable[[sqlite3.Connection, dict[str, Any]], None]:
    sql = f"UPDATE {table} SET {column} = ? WHERE id = ?"  # noqa: S608 - both names are literals below

    def write(db: sqlite3.Connection, a: dict[str, Any]) -> None:
        db.execute(sql, (a[argument], a["id"]))

    return write


_REGISTRY_WRITES: dict[str, Callable[[sqlite3.Connection, dict[str, Any]], None]] = {
    "PartyAdmitted": _admitted,
    "PartyStatusSet": _set("parties", "status", "status"),
    "PartyRolesSet": _set("parties", "roles", "roles"),
    "PartyProfileSet": _set("parties", "profile", "profile"),
    "SignerSet": _signer,
    "ProductRegistered": _registered,
    "MakerSet": _maker,
    "YieldSet": _yield,
    "ProductProfileSet": _set("products", "profile", "profile"),
}
