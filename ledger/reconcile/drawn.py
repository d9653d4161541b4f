"""Items: label secrets that open, and kept nodes that lead to the root their Pack signed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ledger.canonical.body import decode_body
from ledger.errors import Refusal
from ledger.events.model import Kind, Make, Shape
from ledger.items import tree
from ledger.reconcile.report import Finding
from ledger.signing.keystore import KeyEncryptionKey
from ledger.signing.label_secrets import SealedSecret, open_secret


def label_secrets(db: sqlite3.Connection, kek: KeyEncryptionKey | None) -> Iterator[Finding]:
    """With the key-encryption key each opens for its own party."""
    for party, version, sealed in db.execute("SELECT party, version, sealed FROM main.label_secrets"):
        try:
            if kek is not None:
                open_secret(kek, SealedSecret(party, version, sealed))
        except (Refusal, ValueError, TypeError) as error:
            said = error.law if isinstance(error, Refusal) else "it does not open"
            yield Finding("label_secrets", "0x" + party.hex(), "sealed", "a secret", said, "the key-encryption key")


def pack_nodes(db: sqlite3.Connection) -> Iterator[Finding]:
    """One for a thousand items of a Pack, and under them the root in its event."""
    sql = (
        "SELECT n.event, n.nodes, coalesce(o.shape, e.shape), coalesce(o.body, e.body) FROM main.pack_nodes n"
        " LEFT JOIN main.outbox o ON o.id = n.event LEFT JOIN chain.events e ON e.id = n.event"
    )
    for event, kept, shape, body in db.execute(sql):
        key, pack = "0x" + event.hex(), _pack(shape, body)
        if pack is None:
            yield Finding("pack_nodes", key, "event", "a Pack", "none such", "its event")
            continue
        nodes = [bytes(kept[at : at + 32]) for at in range(0, len(kept), 32)]
        wanted = -(-pack.outputs[0].quantity // tree.BLOCK)
        if len(kept) != wanted * 32 or tree.root(nodes) != pack.items_root:
            yield Finding("pack_nodes", key, "nodes", "those under the root", "others", "its event")


def _pack(shape: int | None, body: bytes | None) -> Make | None:
    try:
        event = decode_body(Shape(shape or 0), body or b"")
    except (Refusal, ValueError, TypeError):
        return None
    return event if isinstance(event, Make) and event.kind == Kind.PACK else None
