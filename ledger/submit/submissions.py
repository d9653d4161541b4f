"""Transactions of ours on disk: written whole before the first send, sent again byte for byte until the chain decides."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from ledger.chain.node import Node
from ledger.chain.transactions import RawTransaction, address_of, sign_transaction
from ledger.store.database import Store


@dataclass(frozen=True, slots=True)
class Submission:
    seq: int
    nonce: int
    raw: bytes
    hash: bytes


class Sender:
    """One sending account. Its next nonce is derived from the chain and the open rows, never from a counter."""

    def __init__(self, store: Store, node: Node, private_key: bytes, chain_id: int) -> None:
        self._store = store
        self._node = node
        self._key = private_key
        self._chain_id = chain_id
        self.address = address_of(private_key)

    def open(self) -> list[Submission]:
        """Sent or to be sent, and not yet decided by the chain; in nonce order."""
        sql = "SELECT * FROM submissions WHERE sender = ? AND state = 'signed' ORDER BY nonce, seq"
        return [_row(row) for row in self._store.read().execute(sql, (self.address,))]

    def next_nonce(self) -> int:
        """Asks the node, so it is called outside of any transaction."""
        return self._node.next_nonce(self.address)

    def sign(self, db: sqlite3.Connection, chain_nonce: int, to: bytes, data: bytes) -> Submission:
        """A further transaction, inside the caller's transaction: if that does not commit, it never was."""
        row = db.execute(
            "SELECT max(nonce) FROM submissions WHERE sender = ? AND state = 'signed'", (self.address,)
        ).fetchone()
        nonce = max(chain_nonce, row[0] + 1 if row[0] is not None else 0)
        signed: RawTransaction = sign_transaction(self._key, self._chain_id, nonce, to, data)
        seq = db.execute(
            "INSERT INTO submissions (sender, nonce, raw, hash, state, created_at) VALUES (?, ?, ?, ?, 'signed', ?)",
            (self.address, nonce, signed.raw, signed.hash, time.time()),
        ).lastrowid
        assert seq is not None
        return Submission(seq, nonce, signed.raw, signed.hash)

    def decide(self, db: sqlite3.Connection, submission: Submission, state: str) -> None:
        db.execute("UPDATE submissions SET state = ? WHERE seq = ?", (state, submission.seq))


def _row(row: sqlite3.Row) -> Submission:
    return Submission(row["seq"], row["nonce"], row["raw"], row["hash"])
