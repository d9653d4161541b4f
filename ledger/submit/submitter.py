"""Groups accepted events into submissions, keeps them on disk before sending, decides from receipts alone.

| the process dies | what is true after restart |
|---|---|
| before the commit of a submission | its events are `accepted`; another submission takes them |
| after the commit, before the send | the submission is on disk; it is sent |
| after the send | sent again byte for byte; the node knows it or the contract skips the used nonces |
| after the block, before we read the receipt | the receipt is read; the follower has made the events `final` or will |
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import Skipped, decode_log, encode_record_call
from ledger.chain.node import Node, Receipt, Sent
from ledger.errors import ChainError
from ledger.events.model import SignedEvent
from ledger.store import outbox
from ledger.store.database import Store
from ledger.submit.submissions import Sender, Submission

MOST_EVENTS = 100
MOST_BYTES = 64 * 1024
IN_FLIGHT = 4
RETRY_FIRST = 1.0
RETRY_MOST = 300.0


@dataclass(slots=True)
class Progress:
    """What one step did; all zero means there was nothing to do."""

    signed: int = 0
    decided: int = 0
    waiting: int = 0


class Submitter:
    def __init__(self, store: Store, node: Node, deployment: Deployment, relayer_key: bytes) -> None:
        self._store = store
        self._node = node
        self._deployment = deployment
        self._sender = Sender(store, node, relayer_key, deployment.chain_id)

    def step(self) -> Progress:
        """One round: send what is open, read what was decided, sign what is accepted. Raises ChainError when the node is away."""
        progress = Progress()
        for submission in self._sender.open():
            if self._settle(submission):
                progress.decided += 1
            else:
                progress.waiting += 1
        while progress.waiting < IN_FLIGHT:
            grouped = self._group()
            if grouped is None:
                break
            progress.signed += 1
            progress.waiting += 1
            self._send(grouped)
        return progress

    def _group(self) -> Submission | None:
        chain_nonce = self._sender.next_nonce()
        with self._store.write() as db:
            chosen: list[SignedEvent] = []
            size = 0
            for row in outbox.ready(db, time.time(), MOST_EVENTS):
                size += len(row.signed.event.content) + 1_000
                if chosen and size > MOST_BYTES:
                    break
                chosen.append(row.signed)
            if not chosen:
                return None
            submission = self._sender.sign(db, chain_nonce, self._deployment.ledger, encode_record_call(chosen))
            db.executemany(
                "UPDATE outbox SET state = 'signed', submission = ? WHERE id = ?",
                [(submission.seq, signed.id) for signed in chosen],
            )
        return submission

    def _send(self, submission: Submission) -> None:
        sent = self._node.send(submission.raw)
        if sent is Sent.REFUSED:
            raise ChainError("the node refuses our transactions: price, gas limit or permission")
        if sent is Sent.TAKEN:
            with self._store.write() as db:
                db.execute(
                    "UPDATE outbox SET state = 'submitted' WHERE submission = ? AND state = 'signed'", (submission.seq,)
                )

    def _settle(self, submission: Submission) -> bool:
        """Whether the chain has decided about this submission; otherwise it is sent again."""
        receipt = self._node.receipt(submission.hash)
        if receipt is not None:
            self._decide(submission, receipt)
            return True
        if (
            self._node.next_nonce(self._sender.address) > submission.nonce
            and self._node.receipt(submission.hash) is None
        ):
            # Somebody else used the relayer's key: our transaction can never be mined, its events go into another one.
            self._release(submission, "displaced", {})
            return True
        self._send(submission)
        return False

    def _decide(self, submission: Submission, receipt: Receipt) -> None:
        skipped: dict[bytes, str] = {}
        for log in receipt.logs:
            said = decode_log(log.topics, log.data) if log.address == self._deployment.ledger else None
            if isinstance(said, Skipped):
                named = contract("CustodyLedger").error(said.error)
                skipped[said.id] = named[0] if named else "Unknown"
        self._release(submission, "mined" if receipt.succeeded else "failed", skipped)

    def _release(self, submission: Submission, state: str, skipped: dict[bytes, str]) -> None:
        """Events that this submission did not bring onto the chain go back to `accepted`, later and later.

        A skip decides no event's fate. If it says NonceUsed, another copy may be on the chain: the follower then finds the
        event's own log and makes it `final`, whatever stands here.
        """
        with self._store.write() as db:
            self._sender.decide(db, submission, state)
            sql = "SELECT id, attempts FROM outbox WHERE submission = ? AND state NOT IN ('final', 'dead')"
            for row in db.execute(sql, (submission.seq,)).fetchall():
                if state == "mined" and row["id"] not in skipped:
                    db.execute("UPDATE outbox SET state = 'mined' WHERE id = ?", (row["id"],))
                    continue
                wait = min(RETRY_MOST, RETRY_FIRST * 2 ** row["attempts"])
                outbox.back_to_accepted(db, row["id"], skipped.get(row["id"]), time.time() + wait)
