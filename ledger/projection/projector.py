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
from ledger.canonical.abi import Recorded, Skipped, read_log
from ledger.canonical.body import decode_body
from ledger.canonical.heads import Tag, advance, seed
from ledger.canonical.typed_data import event_id
from ledger.chain.node import Block, Log
from ledger.errors import LedgerError, Refusal
from ledger.events.model import Event, LinkRole
from ledger.events.rules import Changes, Overlay, check_unsigned
from ledger.signing.known import Known
from ledger.signing.signer import recover
from ledger.store.view import StoredView, write_changes

LEDGER_SUBJECT = b"ledger"
REGISTRY_SUBJECT = {Tag.PARTIES: b"parties", Tag.PRODUCTS: b"products"}
SUBJECT_TAG = {"batch": Tag.BATCH, "place": Tag.PLACE}


class Divergence(LedgerError):
    """The chain says something that our reading of the law cannot produce."""


class Projector:
    """`known`: what this process verified itself needs no second look at its id and its signature; the law is asked always."""

    def __init__(self, deployment: Deployment, known: Known | None = None) -> None:
        self._deployment = deployment
        self._known = known

    @property
    def addresses(self) -> tuple[bytes, ...]:
        deployment = self._deployment
        return (deployment.authority, deployment.parties, deployment.products, deployment.ledger)

    def begin(self, db: sqlite3.Connection) -> Applying:
        """Within the caller's transaction."""
        return Applying(db, self._deployment, self._known)


class Applying:
    """The logs of one transaction. What they say of events is written by `end`, a table at a time; until then the next log's
    event is judged over it."""

    def __init__(self, db: sqlite3.Connection, deployment: Deployment, known: Known | None) -> None:
        self._db = db
        self._deployment = deployment
        self._known = known
        self._registries = {deployment.parties: Tag.PARTIES, deployment.products: Tag.PRODUCTS}
        self._read: dict[object, Any] = {}  # of the registries
        self._view = Overlay(StoredView(db, self._read))
        (self._place,) = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
        self._heads: dict[bytes, bytes] = {}  # by row
        self._events: list[tuple[Any, ...]] = []
        self._changes: list[tuple[int, Changes]] = []
        self.recorded: list[bytes] = []
        """Ids of the events, in order."""

    def apply(self, block: Block, log: Log) -> None:
        registry = self._registries.get(log.address)
        if registry is not None:
            change = read_change(registry, log)
            if change is not None:
                self._change(log, change)
            return
        said = read_log(log.topics, log.data) if log.address == self._deployment.ledger else None
        if isinstance(said, Skipped):
            self._db.execute("INSERT INTO skips VALUES (?, ?, ?, ?)", (log.block, log.index, said.id, said.error))
        elif said is not None:
            self._event(block, log, said)

    def end(self) -> None:
        """Writes what was applied."""
        self._db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._events)
        write_changes(self._db, self._changes)
        self._db.executemany("INSERT OR REPLACE INTO heads VALUES (?, ?)", self._heads.items())

    def _event(self, block: Block, log: Log, said: Recorded) -> None:
        event = self._verified(log, said)
        try:
            changes = check_unsigned(self._view, said.id, event, block.timestamp)
        except Refusal as refusal:
            raise Divergence(f"the chain recorded 0x{said.id.hex()} and the model refuses it: {refusal}") from refusal
        signer = self._view.signer(event.signer)
        assert signer is not None, "check() refuses an unknown signer"
        self._place += 1
        self._events.append(
            (
                self._place, said.id, int(said.shape), event.kind, event.signer, signer.party, event.occurred_at,
                log.block, log.index, block.timestamp, said.body, said.signature,
            )
        )  # fmt: skip
        self._view.apply(changes)
        self._changes.append((self._place, changes))
        for kind, subject, role in changes.links:
            self._advance(SUBJECT_TAG[kind], subject, subject, event.kind, role, said.id)
        self._advance(Tag.LEDGER, LEDGER_SUBJECT, bytes(32), event.kind, LinkRole.RECORDED, said.id)
        self.recorded.append(said.id)

    def _verified(self, log: Log, said: Recorded) -> Event:
        """The event, once its id is its own and its signature its signer's."""
        if self._known is not None and (known := self._known.find(said.id, said.body, said.signature)) is not None:
            return known.event
        event = decode_body(said.shape, said.body)
        if event_id(self._deployment.domain, event) != said.id:
            raise Divergence(f"log {log.block}/{log.index} names an event id that its fields do not have")
        if recover(said.id, said.signature) != event.signer:
            raise Divergence(f"the chain recorded 0x{said.id.hex()}, which its signer did not sign")
        return event

    def _change(self, log: Log, change: RegistryChange) -> None:
        self._db.execute(
            "INSERT INTO registry_changes VALUES (?, ?, ?, ?, ?)",
            (log.block, log.index, change.registry.value, change.number, change.digest),
        )
        _REGISTRY_WRITES[change.name](self._db, change.arguments)
        self._read.clear()
        subject = REGISTRY_SUBJECT[change.registry]
        self._advance(change.registry, subject, bytes(32), change.number, LinkRole.RECORDED, change.digest)

    def _advance(self, tag: Tag, row: bytes, subject: bytes, kind: int, role: int, identifier: bytes) -> None:
        head = self._heads.get(row)
        if head is None:
            found = self._db.execute("SELECT head FROM heads WHERE subject = ?", (row,)).fetchone()
            head = found["head"] if found else seed(tag, self._deployment.ledger_id, subject)
        self._heads[row] = advance(head, kind, role, identifier)


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
