"""Reads the chain's logs from a cursor on; cursor and changes move in one transaction (DESIGN, section 6)."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ledger.bindings.deployments import Deployment
from ledger.chain.node import Block, Node
from ledger.errors import WrongChain
from ledger.projection.projector import Projector
from ledger.store.database import PROJECTION_TABLES, Fence, Store, unfenced

BLOCKS_AT_ONCE = 100
SURE_SECONDS = 60.0  # so long a node that gave no trouble is taken for the same (reference/reliability.md, 4.5)


@dataclass(frozen=True, slots=True)
class Position:
    block: int
    time: int


class Follower:
    def __init__(self, store: Store, node: Node, deployment: Deployment, fence: Fence = unfenced) -> None:
        """`fence` is asked inside every transaction: who follows without leading changes nothing."""
        self._fence = fence
        self._store = store
        self._node = node
        self._deployment = deployment
        self._projector = Projector(deployment)
        self._sure_until = 0.0

    def position(self) -> Position | None:
        row = self._store.read().execute("SELECT block, time FROM cursor").fetchone()
        return Position(row["block"], row["time"]) if row else None

    def step(self, until: int | None = None) -> int:
        """Follows up to BLOCKS_AT_ONCE further blocks, none after block `until`. Answers how many are still to come;
        0: caught up.

        If the process dies here nothing is lost: the cursor says where to go on. Raises ChainError while the node is away,
        WrongChain when it does not have the block at the cursor.
        """
        try:
            return self._step(until)
        except Exception:
            self._sure_until = 0.0  # what answers next may be another chain: look at the cursor's block first
            raise

    def _step(self, until: int | None) -> int:
        height = self._node.height()
        cursor = self._store.read().execute("SELECT block, hash FROM cursor").fetchone()
        if cursor is not None:
            if height < cursor["block"]:
                # Behind, or wiped and begun anew: either way its answers are older than what was final here.
                raise WrongChain(f"the node ends at block {height}; block {cursor['block']} was final before")
            if height == cursor["block"] and time.monotonic() < self._sure_until:
                return 0
            known = self._node.block(cursor["block"])
            if known is None or known.hash != cursor["hash"]:
                raise WrongChain(f"block {cursor['block']} is no longer the one that was followed")
            self._deployment.check(self._node)
            self._sure_until = time.monotonic() + SURE_SECONDS
        first = cursor["block"] + 1 if cursor else self._deployment.start
        end_at = height if until is None else min(height, until)
        last = min(end_at, first + BLOCKS_AT_ONCE - 1)
        if last < first:
            return 0
        logs = self._node.logs(self._projector.addresses, first, last)
        blocks = {number: self._block(number) for number in {log.block for log in logs} | {last}}
        with self._store.write() as db:
            self._fence(db)
            now = db.execute("SELECT block, hash FROM cursor").fetchone()
            if (now and tuple(now)) != (cursor and tuple(cursor)):
                return height - first + 1  # another follower was here meanwhile
            for log in logs:
                recorded = self._projector.apply(db, blocks[log.block], log)
                if recorded is not None:
                    db.execute("UPDATE outbox SET state = 'final', law = NULL WHERE id = ?", (recorded,))
            end = blocks[last]
            db.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?, ?, ?)", (end.number, end.hash, end.timestamp))
        return end_at - last

    def forget(self) -> None:
        """Empties the projection; the next steps rebuild it from the chain alone."""
        with self._store.write() as db:
            self._fence(db)
            for table in PROJECTION_TABLES:
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - names are our own constants

    def _block(self, number: int) -> Block:
        block = self._node.block(number)
        if block is None:
            raise WrongChain(f"the node no longer knows block {number}")
        return block
