"""What the logs make, against the contracts' own storage: heads and counts, and with `whole` all goods as well."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment
from ledger.bindings.registries import CONTRACTS
from ledger.canonical.heads import Tag, seed
from ledger.chain.node import Node
from ledger.projection.projector import LEDGER_SUBJECT, REGISTRY_SUBJECT
from ledger.reconcile.report import Finding, shown

CHECK = "the contracts' storage"
AT_ONCE = 200


def anchors(db: sqlite3.Connection, node: Node, deployment: Deployment, block: int) -> Iterator[Finding]:
    """The ledger's head and count and the registries' heads: they bind everything that was ever recorded."""
    asked: list[tuple[bytes, str, str, tuple[Any, ...]]] = [
        (deployment.ledger, "CustodyLedger", "ledgerHead", ()),
        (deployment.ledger, "CustodyLedger", "count", ()),
        (deployment.parties, CONTRACTS[Tag.PARTIES], "head", ()),
        (deployment.products, CONTRACTS[Tag.PRODUCTS], "head", ()),
    ]
    head, count, parties, products = (answer[0] for answer in _ask(node, block, asked))
    found: list[tuple[str, object, object]] = [
        ("ledger", head, _head(db, LEDGER_SUBJECT) or seed(Tag.LEDGER, deployment.ledger_id)),
        ("count", count, db.execute("SELECT count(*) FROM chain.events").fetchone()[0]),
        ("parties", parties, _head(db, REGISTRY_SUBJECT[Tag.PARTIES]) or seed(Tag.PARTIES, deployment.ledger_id)),
        ("products", products, _head(db, REGISTRY_SUBJECT[Tag.PRODUCTS]) or seed(Tag.PRODUCTS, deployment.ledger_id)),
    ]
    for name, stored, computed in found:
        if stored != computed:
            yield Finding("chain", name, "head", shown("chain", stored), shown("chain", computed), CHECK)


@dataclass(frozen=True, slots=True)
class _Stored:
    """One table that the contract stores too. `sql` gives the key (`arguments` columns) and then what `function` answers."""

    table: str
    column: str
    function: str
    arguments: int
    sql: str
    batch: int  # which part of the key is a batch


_STORED = (
    _Stored("heads", "head", "headOf", 1, "SELECT subject, head FROM chain.heads WHERE length(subject) = 32", 0),
    _Stored(
        "batches", "state", "batches", 1,
        "SELECT b.id, p.number, o.number, b.open_until, b.items, b.outside + 2 * b.commission_only + 4 * b.moved"
        " + 8 * b.adjusted + 16 * b.recalled"
        " FROM chain.batches b JOIN chain.products p ON p.id = b.product JOIN chain.parties o ON o.id = b.origin",
        0,
    ),
    _Stored("holdings", "quantity", "holdingOf", 2, "SELECT batch, party, quantity, sold, ever_held FROM chain.holdings", 0),
    _Stored(
        "shipments", "open", "shipmentOf", 2,
        "SELECT s.id, s.batch, s.open, f.number, t.number FROM chain.shipments s"
        " JOIN chain.parties f ON f.id = s.sender JOIN chain.parties t ON t.id = s.receiver",
        1,
    ),
)  # fmt: skip


def goods(db: sqlite3.Connection, node: Node, deployment: Deployment, block: int) -> Iterator[Finding]:
    """Every head, batch, holding and shipment, one question each."""
    for kind in _STORED:
        rows = db.execute(kind.sql)
        while some := rows.fetchmany(AT_ONCE):
            asked = [(deployment.ledger, "CustodyLedger", kind.function, tuple(row[: kind.arguments])) for row in some]
            for row, answer in zip(some, _ask(node, block, asked), strict=True):
                key, computed = row[: kind.arguments], row[kind.arguments :]
                stored = answer[0] if isinstance(answer[0], tuple) else answer
                if any(_number(one) != _number(other) for one, other in zip(stored, computed, strict=True)):
                    name = "/".join("0x" + each.hex() for each in key)
                    told = [
                        shown(kind.table, each[0] if len(each) == 1 else tuple(each)) for each in (stored, computed)
                    ]
                    yield Finding(kind.table, name, kind.column, told[0], told[1], CHECK, (key[kind.batch],))


def _number(value: object) -> object:
    """Quantities are decimal text in our tables."""
    return int(value) if isinstance(value, str | bool) else value


def _ask(node: Node, block: int, asked: Sequence[tuple[bytes, str, str, tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
    calls = [(to, contract(name).call(function, *arguments)) for to, name, function, arguments in asked]
    answers = node.calls(calls, block)
    return [
        contract(name).result(function, answer)
        for (_, name, function, _), answer in zip(asked, answers, strict=True)
    ]  # fmt: skip


def _head(db: sqlite3.Connection, subject: bytes) -> bytes | None:
    row = db.execute("SELECT head FROM chain.heads WHERE subject = ?", (subject,)).fetchone()
    return row[0] if row else None
