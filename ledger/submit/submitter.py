"""Groups accepted events into submissions, keeps them on disk before sending, decides from receipts alone.

| the process dies | what is true after restart |
|---|---|
| before the commit of a submission | its events are `accepted`; another submission takes them |
| after the commit, before the send | the submission is on disk; it is sent |
| after the send | sent again byte for byte; the node knows it or the contract skips the used nonces |
| after the block, before we read the receipt | the receipt is read; the follower has made the events `final` or will |
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import Skipped, decode_log, encode_record, recorded_id
from ledger.chain.node import Node, Sent
from ledger.chain.transactions import RECORD_GAS
from ledger.events.identifiers import batch_id
from ledger.events.model import Make, Move
from ledger.signing.known import Known
from ledger.store import outbox
from ledger.store.database import Fence, Store, unfenced
from ledger.submit.grouping import MOST_EVENTS, split
from ledger.submit.submissions import Decision, Sender, Submission

IN_FLIGHT = 16
"""Transactions at once: what an account may have waiting at every engine (reference/engines.md, section 8)."""
RETRY_FIRST = 1.0


@dataclass(slots=True)
class Progress:
    """What one step did; all zero means there was nothing to do."""

    signed: int = 0
    decided: int = 0
    waiting: int = 0


class Submitter:
    """`clock` gives seconds since 1970, for the time of the next try; `gas` is a transaction's ceiling; `fence` is asked inside
    every transaction, so of several workers only the leader submits."""

    def __init__(
        self,
        store: Store,
        node: Node,
        deployment: Deployment,
        relayer_key: bytes,
        clock: Callable[[], float] = time.time,
        gas: int = RECORD_GAS,
        fence: Fence = unfenced,
        known: Known | None = None,
    ) -> None:
        self._store = store
        self._node = node
        self._deployment = deployment
        self._sender = Sender(store, node, relayer_key, deployment.chain_id, clock, gas)
        self._fence = fence
        self._known = Known() if known is None else known
        self._clock = clock

    def step(self) -> Progress:
        """One round: read what was decided, send what is open, sign what is accepted. Raises ChainError when the node is away.

        With nothing to do it does not ask the node.
        """
        progress = Progress()
        open_ = self._sender.open()
        used = self._sender.next_nonce() if open_ else 0
        decided = [(each, said) for each in open_ if (said := self._sender.decision(each, used)) is not None]
        if decided:
            self._decide(decided)  # before anything that the node may refuse
        progress.decided = len(decided)
        progress.waiting = len(open_) - len(decided)
        done = {each.seq for each, _ in decided}
        self._send(*(each for each in open_ if each.nonce >= used and each.seq not in done))
        if progress.waiting < IN_FLIGHT and outbox.ready(self._store.read(), self._clock(), 1):
            signed = self._group(IN_FLIGHT - progress.waiting)
            progress.signed = len(signed)
            progress.waiting += len(signed)
            self._send(*signed)
        return progress

    def _group(self, most: int) -> list[Submission]:
        """Several at once: a transaction of the database is dearer than one of the chain."""
        signed: list[Submission] = []
        chain_nonce = self._sender.next_nonce()
        with self._store.write() as db:
            self._fence(db)
            rows = outbox.ready(db, self._clock(), most * MOST_EVENTS)
            while rows and len(signed) < most:
                chosen, rows = split(rows, self._known)
                call = encode_record((row.shape, row.body, row.signature) for row in chosen)
                submission = self._sender.sign(db, chain_nonce, self._deployment.ledger, call)
                signed.append(submission)
                outbox.signed(db, submission.seq, chosen)
        return signed

    def _send(self, *submissions: Submission) -> None:
        taken: list[int] = []
        try:
            for each in submissions:
                if self._sender.send(each) is Sent.TAKEN:
                    taken.append(each.seq)
        finally:  # the node may refuse a later one
            if taken:
                with self._store.write() as db:
                    self._fence(db)
                    outbox.submitted(db, taken)

    def _decide(self, decided: list[tuple[Submission, Decision]]) -> None:
        said = [self._said(decision) for _, decision in decided]
        with self._store.write() as db:
            self._fence(db)
            for (submission, decision), (recorded, skipped) in zip(decided, said, strict=True):
                self._sender.decide(db, submission, decision)
                self._release(db, submission, recorded, skipped)

    def _said(self, decision: Decision) -> tuple[set[bytes], dict[bytes, str]]:
        """The ids of what was recorded, and of what was skipped, with the law."""
        recorded: set[bytes] = set()
        skipped: dict[bytes, str] = {}
        for log in decision.receipt.logs if decision.receipt else ():
            if log.address != self._deployment.ledger:
                continue
            if (id := recorded_id(log.topics)) is not None:
                recorded.add(id)
            elif isinstance(said := decode_log(log.topics, log.data), Skipped):
                named = contract("CustodyLedger").error(said.error)
                skipped[said.id] = named[0] if named else "Unknown"
        return recorded, skipped

    def _release(
        self, db: sqlite3.Connection, submission: Submission, recorded: set[bytes], skipped: dict[bytes, str]
    ) -> None:
        """Only an event's own log says that it is recorded. The others go back to `accepted`, later and later.

        A skip decides no event's fate. If it says NonceUsed, another copy may be on the chain: the follower then finds the
        event's own log and makes it `final`, whatever stands here.
        """
        for row in outbox.open_in(db, submission.seq):
            if row.id in recorded:
                db.execute("UPDATE outbox SET state = 'mined' WHERE id = ?", (row.id,))
                continue
            wait = min(outbox.MOST_WAIT, RETRY_FIRST * 2 ** min(row.attempts, 16))
            outbox.back_to_accepted(db, row.id, skipped.get(row.id), self._clock() + wait)
        _wake(db, recorded, self._clock())


def _wake(db: sqlite3.Connection, recorded: set[bytes], now: float) -> None:
    """An event that was skipped for want of one of these is tried now, not when its patience is over."""
    waiting = outbox.waiting(db, now)
    if not waiting:
        return
    rows = [row for id in recorded if (row := outbox.find(db, id))]
    batches = {batch for row in rows for batch in _batches(row)}
    for row in waiting:
        if batches.intersection(_batches(row)):
            db.execute("UPDATE outbox SET next_try = 0 WHERE id = ?", (row.id,))


def _batches(row: outbox.OutboxRow) -> list[bytes]:
    event = row.signed.event
    if isinstance(event, Make):
        made = [batch_id(output.product, row.party, output.lot) for output in event.outputs]
        return made + [each.batch for each in event.inputs]
    return [event.batch] if isinstance(event, Move) else list(event.batches)
