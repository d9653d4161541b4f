"""The write side, each row against itself and against what the chain says: `main` is what is kept here, `chain` what the
logs make."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from eth_utils.crypto import keccak

from ledger.canonical import content as contents
from ledger.canonical.abi import decode_record_call
from ledger.canonical.body import decode_body
from ledger.canonical.disclosure import digest, leaf, open_disclosure, table_root
from ledger.canonical.typed_data import Domain, event_id
from ledger.chain.node import Node
from ledger.chain.transactions import read_transaction
from ledger.errors import Refusal
from ledger.events.identifiers import batch_id
from ledger.events.model import Event, Make, Move, Shape
from ledger.reconcile.report import Finding, shown
from ledger.signing.keystore import KeyEncryptionKey, SealedKey, open_key
from ledger.signing.signer import recover


def states(db: sqlite3.Connection) -> Iterator[Finding]:
    """Final is what the chain has recorded, and nothing else; what it has recorded it has in these bytes."""
    sql = (
        "SELECT o.id, o.state, e.id, o.shape, e.shape, o.body, e.body, o.party, e.party, o.law FROM main.outbox o"
        " LEFT JOIN chain.events e ON e.id = o.id WHERE (e.id IS NULL) = (o.state = 'final')"
        " OR (e.id IS NOT NULL AND (o.shape, o.body, o.party) IS NOT (e.shape, e.body, e.party))"
        " OR (o.state = 'final' AND o.law IS NOT NULL)"
    )
    for id, state, recorded, *pairs, law in db.execute(sql):
        key, batches = "0x" + id.hex(), _named(db, id)
        if (recorded is not None) != (state == "final"):
            there = "recorded" if recorded is not None else "not recorded"
            yield Finding(
                "outbox", key, "state", "final" if recorded else "not final", state, f"{there} on the chain", batches
            )
        if recorded is not None:
            for column, kept, told in zip(("shape", "body", "party"), pairs[::2], pairs[1::2], strict=True):
                if kept != told:
                    yield Finding(
                        "outbox", key, column, shown("outbox", told), shown("outbox", kept), "the chain's logs", batches
                    )
        if state == "final" and law is not None:
            yield Finding("outbox", key, "law", "nothing", shown("outbox", law), "it is final", batches)


def outbox(db: sqlite3.Connection, domain: Domain, after: int) -> Iterator[Finding]:
    """Rows from `after` on and all open ones: id, signature, signer, submission, as the event's bytes say."""
    sql = (
        "SELECT o.seq, o.id, o.party, o.shape, o.body, o.signature, o.state, o.submission, s.state, s.raw"
        " FROM main.outbox o LEFT JOIN main.submissions s ON s.seq = o.submission"
        " WHERE o.seq > ? OR o.state NOT IN ('final', 'dead') ORDER BY o.seq"
    )
    raw_before, carried = b"", set()
    for _, id, party, shape, body, signature, state, submission, sent, raw in db.execute(sql, (after,)):
        if raw is not None and raw != raw_before:
            raw_before, carried = raw, _carried(raw)
        key = "0x" + bytes(id).hex()
        for column, expected, found, batches in (
            *_bytes(db, domain, id, party, shape, body, signature),
            *_on_its_way(state, submission, sent, (shape, body, signature) in carried),
        ):
            yield Finding("outbox", key, column, expected, found, "its own bytes", batches or _named(db, id))
        said = "SELECT 1 FROM main.audit_log WHERE object = ? AND action = 'event dead'"
        died = db.execute(said, (f"outbox/{key}",)).fetchone() is not None
        if state == "dead" and not died:
            yield Finding("outbox", key, "state", "an event that died", "no entry says so", "the audit log")
        if died and state not in ("dead", "final"):  # final is the chain's to say
            yield Finding("outbox", key, "state", "dead", state, "the audit log")


def submissions(db: sqlite3.Connection, node: Node, after: int) -> Iterator[Finding]:
    """Hash, sender and nonce as the bytes say; the state as the chain says."""
    for _, sender, nonce, raw, hash, state in db.execute(
        "SELECT seq, sender, nonce, raw, hash, state FROM main.submissions WHERE seq > ? OR state = 'signed'", (after,)
    ):
        key = "0x" + hash.hex()
        try:
            told = read_transaction(raw)
        except ValueError as error:
            yield Finding("submissions", key, "raw", "a signed transaction", str(error), "its own bytes")
            continue
        for column, expected, found in (
            ("hash", keccak(raw), hash), ("sender", told.sender, sender), ("nonce", told.nonce, nonce)
        ):  # fmt: skip
            if expected != found:
                yield Finding(
                    "submissions",
                    key,
                    column,
                    shown("submissions", expected),
                    shown("submissions", found),
                    "its own bytes",
                )
        receipt = node.receipt(keccak(raw))
        true = "displaced" if receipt is None else "mined" if receipt.succeeded else "failed"
        if state not in ("signed", true):
            yield Finding("submissions", key, "state", true, state, "its receipt")


def disclosures(db: sqlite3.Connection, after: int) -> Iterator[Finding]:
    """Each opens, has the digest it stands under, and the content of its event holds that digest."""
    sql = (
        "SELECT d.event, d.digest, d.disclosure, coalesce(o.shape, e.shape), coalesce(o.body, e.body)"
        " FROM main.disclosures d LEFT JOIN main.outbox o ON o.id = d.event LEFT JOIN chain.events e ON e.id = d.event"
        " WHERE coalesce(o.seq, 0) > ? OR o.seq IS NULL"
    )
    for event, kept, disclosure, shape, body in db.execute(sql, (after,)):
        key = f"0x{event.hex()}/{kept}"
        try:
            if digest(disclosure) != kept:
                yield Finding("disclosures", key, "disclosure", "what has this digest", "something else", "its digest")
            open_disclosure(disclosure)
        except (Refusal, ValueError):
            yield Finding("disclosures", key, "disclosure", "a disclosure", "none", "its form")
        if body is None or kept not in _sealed(shape, body):
            yield Finding("disclosures", key, "event", "an event whose content holds the digest", "none", "its event")


def private_tables(db: sqlite3.Connection, after: int) -> Iterator[Finding]:
    """The leaves of each table make the root in its event's content; what is still kept of a row opens to its leaf and number."""
    sql = (
        "SELECT r.event, r.name, r.row, r.leaf, r.disclosure, coalesce(o.shape, e.shape), coalesce(o.body, e.body)"
        " FROM main.private_rows r LEFT JOIN main.outbox o ON o.id = r.event LEFT JOIN chain.events e ON e.id = r.event"
        " WHERE coalesce(o.seq, 0) > ? OR o.seq IS NULL ORDER BY r.event, r.name, r.row"
    )
    for (event, name), rows in groupby(db.execute(sql, (after,)), key=lambda row: (row[0], row[1])):
        key = f"0x{event.hex()}/{name}"
        leaves: list[bytes] = []
        public: list[Any] = []
        for _, _, number, kept, disclosure, shape, body in rows:
            leaves.append(kept)
            public = _content(shape, body).get("_sd_tables", []) if body is not None else []
            if disclosure is not None and not _is_row(disclosure, kept, number):
                yield Finding(
                    "private_rows", f"{key}/{number}", "disclosure", "what has this leaf", "not it", "its leaf"
                )
        if {"name": name, "rows": len(leaves), "root": table_root(leaves)} not in public:
            yield Finding("private_rows", key, "leaf", "the table in the event's content", "none of it", "its event")


def idempotency(db: sqlite3.Connection) -> Iterator[Finding]:
    """Each answers with an event that is kept or recorded, of the same party."""
    sql = (
        "SELECT i.party, i.response, coalesce(o.party, e.party) AS owner FROM main.idempotency i"
        " LEFT JOIN main.outbox o ON o.id = i.response LEFT JOIN chain.events e ON e.id = i.response"
        " WHERE owner IS NOT i.party"
    )
    for party, response, owner in db.execute(sql):
        found = "no such event" if owner is None else "an event of another party"
        yield Finding(
            "idempotency",
            f"0x{party.hex()}/… → 0x{response.hex()}",
            "response",
            "an event of the party",
            found,
            "its event",
        )


def keys(db: sqlite3.Connection, kek: KeyEncryptionKey | None) -> Iterator[Finding]:
    """With the key-encryption key each opens to its own address; registered, it is its own party's."""
    sql = (
        "SELECT k.address, k.party, k.version, k.wrapped_key, k.sealed_key, s.party FROM main.keys k"
        " LEFT JOIN chain.signers s ON s.address = k.address"
    )
    for address, party, version, wrapped, sealed, registered in db.execute(sql):
        key = "0x" + address.hex()
        if registered not in (None, party):
            yield Finding(
                "keys", key, "party", shown("chain", registered), shown("chain", party), "the chain's signers"
            )
        if kek is not None:
            try:
                open_key(kek, SealedKey(party, address, version, wrapped, sealed))
            except (Refusal, ValueError, TypeError) as error:
                said = error.law if isinstance(error, Refusal) else "it does not open"
                yield Finding("keys", key, "sealed_key", "the key of its address", said, "the key-encryption key")


def _bytes(
    db: sqlite3.Connection, domain: Domain, id: bytes, party: bytes, shape: int, body: bytes, signature: bytes
) -> Iterator[tuple[str, str, str, tuple[bytes, ...]]]:
    try:
        event = decode_body(Shape(shape), body)
    except (Refusal, ValueError, TypeError):
        yield "body", "an event of its shape", "something else", ()
        return
    batches = _batches(event, party)
    computed = event_id(domain, event)
    if computed != id:
        yield "body", f"the event 0x{bytes(id).hex()}", f"the event 0x{computed.hex()}", batches
    if recover(computed, signature) != event.signer:
        yield "signature", f"of 0x{event.signer.hex()}", "another's, or none", batches
    signer = db.execute("SELECT party FROM chain.signers WHERE address = ?", (event.signer,)).fetchone()
    if signer is None or signer[0] != party:
        found = shown("outbox", party)
        yield "party", "unknown" if signer is None else shown("outbox", signer[0]), found, batches


def _on_its_way(
    state: str, submission: int | None, sent: str | None, carried: bool
) -> Iterator[tuple[str, str, str, tuple[bytes, ...]]]:
    """State and submission fit each other. A final row may have none: somebody else may have relayed the event."""
    if submission is not None and sent is None:
        yield "submission", "a submission that is kept", "none such", ()
    elif submission is not None and not carried:
        yield "submission", "one that carries this event", "another", ()
    if state in ("accepted", "stuck") and submission is not None:
        yield "submission", "none", "one", ()
    wanted = {"signed": ("signed",), "submitted": ("signed",), "mined": ("mined",)}.get(state)
    if wanted is not None and sent not in wanted:
        yield "state", f"one of a submission that is {sent}", state, ()


def _carried(raw: bytes) -> set[tuple[int, bytes, bytes]]:
    """The events in a submission: shape, body, signature."""
    try:
        return set(decode_record_call(read_transaction(raw).data))
    except (Refusal, ValueError):
        return set()


def _sealed(shape: int, body: bytes) -> set[str]:
    """The digests of private fields in an event's content."""
    return set(_content(shape, body).get("_sd", []))


def _content(shape: int, body: bytes) -> dict[str, Any]:
    """Empty where it is none."""
    try:
        return contents.check(decode_body(Shape(shape), body).content)
    except (Refusal, ValueError, TypeError):
        return {}


def _is_row(disclosure: str, kept: bytes, number: int) -> bool:
    try:
        return leaf(disclosure) == kept and open_disclosure(disclosure).name == number
    except (Refusal, ValueError):
        return False


def _named(db: sqlite3.Connection, id: bytes) -> tuple[bytes, ...]:
    """The batches that a recorded event names."""
    sql = "SELECT DISTINCT l.subject FROM chain.events e JOIN chain.links l ON l.event = e.seq WHERE e.id = ?"
    return tuple(row[0] for row in db.execute(sql, (id,)))


def _batches(event: Event, party: bytes) -> tuple[bytes, ...]:
    if isinstance(event, Make):
        made = [batch_id(each.product, party, each.lot) for each in event.outputs]
        return tuple(dict.fromkeys(made + [each.batch for each in event.inputs]))
    return (event.batch,) if isinstance(event, Move) else event.batches
