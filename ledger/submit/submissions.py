"""Transactions of ours on disk: written whole before the first send, sent again byte for byte until the chain decides."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Literal

from ledger.chain.node import Node, Receipt, Sent
from ledger.chain.transactions import RECORD_GAS, RawTransaction, address_of, sign_transaction
from ledger.errors import ChainError
from ledger.store import audit_log
from ledger.store.database import Store

SEND_AGAIN = 2.0  # seconds: a node that knows the bytes need not hear them at every look
MISSING = 2.0  # seconds without a receipt at a used nonce, until another transaction must have taken it


@dataclass(frozen=True, slots=True)
class Submission:
    seq: int
    nonce: int
    raw: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """`displaced`, without a receipt: another transaction took the nonce, this one can never be mined."""

    state: Literal["mined", "failed", "displaced"]
    receipt: Receipt | None


class Sender:
    """One sending account. Its next nonce is derived from the chain and the open rows, never from a counter."""

    def __init__(
        self,
        store: Store,
        node: Node,
        private_key: bytes,
        chain_id: int,
        clock: Callable[[], float] = time.time,
        gas: int = RECORD_GAS,
    ) -> None:
        """`gas`: what one transaction may take. `clock`: seconds."""
        self._clock = clock
        self._gas = gas
        self._store = store
        self._node = node
        self._key = private_key
        self._chain_id = chain_id
        self._sent_at: dict[int, float] = {}  # by submission; forgotten with the process, which then sends at once
        self._missing_since: dict[int, float] = {}
        self.address = address_of(private_key)

    def open(self) -> list[Submission]:
        """Sent or to be sent, and not yet decided by the chain; in nonce order."""
        sql = "SELECT * FROM submissions WHERE sender = ? AND state = 'signed' ORDER BY nonce, seq"
        return [_row(row) for row in self._store.read().execute(sql, (self.address,))]

    def next_nonce(self) -> int:
        """Asks the node, so it is called outside of any transaction."""
        return self._node.next_nonce(self.address)

    def sign(self, db: sqlite3.Connection, chain_nonce: int, to: bytes, data: bytes) -> Submission:
        """A further transaction, inside the caller's transaction: if that does not commit, it never was.

        Its nonce is the first from the chain's on that no open row holds, so a gap that a lost row left is filled. On a chain
        that lost blocks the same bytes may come to be signed again: then their row is opened again.
        """
        rows = db.execute("SELECT nonce FROM submissions WHERE sender = ? AND state = 'signed'", (self.address,))
        held = {row["nonce"] for row in rows}
        nonce = next(free for free in count(chain_nonce) if free not in held)
        signed: RawTransaction = sign_transaction(self._key, self._chain_id, nonce, to, data, self._gas)
        (seq,) = db.execute(
            "INSERT INTO submissions (sender, nonce, raw, hash, state, created_at) VALUES (?, ?, ?, ?, 'signed', ?)"
            " ON CONFLICT (hash) DO UPDATE SET state = 'signed' RETURNING seq",
            (self.address, nonce, signed.raw, signed.hash, time.time()),
        ).fetchone()
        audit_log.keep(db, "submissions", (signed.hash,), _actor(self.address), "submission", "intent")
        return Submission(seq, nonce, signed.raw, signed.hash)

    def send(self, submission: Submission) -> Sent | None:
        """Sends the bytes unless they were sent a moment ago (None). Raises ChainError when the node refuses such transactions."""
        last = self._sent_at.get(submission.seq)
        if last is not None and time.monotonic() < last + SEND_AGAIN:
            return None
        sent = self._node.send(submission.raw)
        if sent is Sent.REFUSED:
            raise ChainError("the node refuses our transactions: price, gas limit or permission")
        if sent is not Sent.UNKNOWN:
            self._sent_at[submission.seq] = time.monotonic()
        return sent

    def decision(self, submission: Submission, used: int) -> Decision | None:
        """What the chain says, None while it says nothing. `used`: the account's nonce, asked before.

        Nonce and receipt are two questions, and a node may answer the first from a block that it does not show yet. So a
        receipt must be missing for a while; a wrong guess would cost a second copy, which the contract skips.
        """
        if submission.nonce >= used:
            return None
        receipt = self._node.receipt(submission.hash)
        if receipt is not None:
            return Decision("mined" if receipt.succeeded else "failed", receipt)
        now = self._clock()
        since = self._missing_since[submission.seq] = min(now, self._missing_since.get(submission.seq, now))
        if now < since + MISSING:  # a clock that was put back begins anew
            return None
        return Decision("displaced", None)

    def decide(self, db: sqlite3.Connection, submission: Submission, decision: Decision) -> None:
        db.execute("UPDATE submissions SET state = ? WHERE seq = ?", (decision.state, submission.seq))
        audit_log.keep(db, "submissions", (submission.hash,), _actor(self.address), "submission", decision.state)
        self._sent_at.pop(submission.seq, None)
        self._missing_since.pop(submission.seq, None)


def _actor(address: bytes) -> str:
    return "account/0x" + address.hex()


def _row(row: sqlite3.Row) -> Submission:
    return Submission(row["seq"], row["nonce"], row["raw"], row["hash"])
