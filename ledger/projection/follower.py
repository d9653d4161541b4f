"""Reads the chain's logs from a cursor on; cursor and changes move in one transaction (DESIGN, section 6).

Before anything is read the node must show the block at the cursor, with its hash. What it may show instead:

| the node shows | it is | then |
|---|---|---|
| another chain id, ledger id, code or first block | wrong, or wiped | WrongChain: nothing is recorded, pages stand |
| an older height of the same history | behind, or rolled back | waits; where it stands still and can lose blocks, rolled back |
| another hash at the cursor | rolled back | RolledBack: the projection is made anew (ledger/projection/rebuilding.py) |
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger.bindings.deployments import Deployment
from ledger.canonical.heads import Tag, seed
from ledger.chain.node import Block, Log, Node, Transaction
from ledger.errors import ChainError, RolledBack
from ledger.projection.projector import LEDGER_SUBJECT, Projector
from ledger.signing.known import Known
from ledger.store.database import Fence, Store, unfenced

BLOCKS_AT_ONCE = 100  # a step ends at the next multiple of it, where a checkpoint is kept
MOMENT = 3.0  # seconds between two looks, so that a block seen at the second is new
SURE_SECONDS = 60.0  # so long a node that gave no trouble is taken for the same (reference/reliability.md, 4.5)


@dataclass(frozen=True, slots=True)
class Position:
    block: int
    time: int


@dataclass(frozen=True, slots=True)
class _Read:
    """What one step read, before it is written."""

    logs: Sequence[Log]
    blocks: dict[int, Block]
    changes: dict[bytes, Transaction]  # by hash: those that changed the authority or the registries


class Follower:
    def __init__(
        self,
        store: Store,
        node: Node,
        deployment: Deployment,
        fence: Fence = unfenced,
        patience: float | None = None,
        fresh: Callable[[int], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        known: Known | None = None,
    ) -> None:
        """`fence` is asked inside every transaction: who follows without leading changes nothing. `patience`: seconds for
        which a chain that stands still below the cursor may still be coming; None where no chain can lose a block. `fresh` is
        told the time of a block that was made since the last look, if that was a moment ago. `known`: see Projector."""
        self._fresh = fresh
        self._level_at = float("-inf")
        self._fence = fence
        self._store = store
        self._node = node
        self._deployment = deployment
        self._projector = Projector(deployment, known)
        self._patience = patience
        self._clock = clock
        self._sure_until = float("-inf")
        self._behind: tuple[int, float] | None = None  # a height below the cursor, and since when

    def position(self) -> Position | None:
        row = self._store.read().execute("SELECT block, time FROM cursor").fetchone()
        return Position(row["block"], row["time"]) if row else None

    def step(self, until: int | None = None) -> int:
        """Follows up to BLOCKS_AT_ONCE further blocks, none after block `until`. Answers how many are still to come;
        0: caught up.

        If the process dies here nothing is lost: the cursor says where to go on. Raises ChainError while the node is away
        or behind, WrongChain or RolledBack when it does not have the block at the cursor.
        """
        try:
            return self._step(until)
        except Exception:
            self._sure_until = float("-inf")  # what answers next may be another chain
            raise

    def _step(self, until: int | None) -> int:
        height = self._node.height()
        cursor = self._store.read().execute("SELECT block, hash FROM cursor").fetchone()
        self._check(height, cursor)
        first = cursor["block"] + 1 if cursor else self._deployment.start
        end_at = height if until is None else min(height, until)
        last = min(end_at, first + -first % BLOCKS_AT_ONCE)
        level_at, looked = self._level_at, self._clock()
        if last < first:
            self._level_at = looked
            return 0
        read = self._read(first, last)
        with self._store.write() as db:
            self._fence(db)
            now = db.execute("SELECT block, hash FROM cursor").fetchone()
            if (now and tuple(now)) != (cursor and tuple(cursor)):
                return height - first + 1  # another follower was here meanwhile
            self._write(db, read, read.blocks[last])
        if last == height:
            self._level_at = looked
            if self._fresh is not None and looked < level_at + MOMENT:
                self._fresh(read.blocks[last].timestamp)
        return end_at - last

    def _check(self, height: int, cursor: sqlite3.Row | None) -> None:
        """That the node shows the history that was followed. A block's hash speaks for all before it."""
        known = self._node.block(cursor["block"]) if cursor and height >= cursor["block"] else None
        agrees = cursor is None or (known is not None and known.hash == cursor["hash"])
        if not agrees or self._clock() >= self._sure_until:
            self._deployment.check(self._node)
            self._sure_until = self._clock() + SURE_SECONDS
        if cursor is None or agrees:
            self._behind = None
            return
        ancestor, surely = self._ancestor(height)
        if height >= cursor["block"] and known is None:
            raise ChainError(f"the node's height is {height}, and it does not show block {cursor['block']}")
        if height < cursor["block"] and not surely:
            if self._behind is None or self._behind[0] != height:
                self._behind = (height, self._clock())
            if self._patience is None or self._clock() < self._behind[1] + self._patience:
                raise ChainError(
                    f"the node is behind: it ends at block {height}, block {cursor['block']} was final before"
                )
            ancestor = height
        raise RolledBack(ancestor, cursor["block"])

    def _ancestor(self, height: int) -> tuple[int, bool]:
        """The newest checkpoint that the node still has, and whether a newer one shows that it has another history."""
        surely = False
        sql = "SELECT block, hash FROM checkpoints WHERE block <= ? ORDER BY block DESC"
        for checkpoint in self._store.read().execute(sql, (height,)).fetchall():
            block = self._node.block(checkpoint["block"])
            if block is not None and block.hash == checkpoint["hash"]:
                return checkpoint["block"], surely
            surely = True
        return self._deployment.start, surely

    def _read(self, first: int, last: int) -> _Read:
        logs = self._node.logs(self._projector.addresses, first, last)
        blocks = {number: self._block(number) for number in {log.block for log in logs} | {last}}
        for log in logs:
            if log.block_hash != blocks[log.block].hash:
                raise ChainError(f"block {log.block} changed while it was read")
        hashes = dict.fromkeys(log.transaction for log in logs if log.address != self._deployment.ledger)
        found = {hash: self._node.transaction(hash) for hash in hashes}
        return _Read(logs, blocks, {hash: each for hash, each in found.items() if each is not None})

    def _write(self, db: sqlite3.Connection, read: _Read, end: Block) -> None:
        kept = set()
        applying = self._projector.begin(db)
        for log in read.logs:
            change = read.changes.get(log.transaction)
            if change is not None and change.to is not None and log.transaction not in kept:
                kept.add(log.transaction)
                row = (
                    log.block,
                    log.index,
                    read.blocks[log.block].timestamp,
                    log.transaction,
                    change.sender,
                    change.to,
                )
                db.execute("INSERT INTO governance VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, change.data))
            applying.apply(read.blocks[log.block], log)
        applying.end()
        final = [(id,) for id in applying.recorded]
        db.executemany("UPDATE outbox SET state = 'final', law = NULL WHERE id = ?", final)
        db.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?, ?, ?)", (end.number, end.hash, end.timestamp))
        if end.number % BLOCKS_AT_ONCE == 0:
            db.execute(
                "INSERT INTO checkpoints VALUES (?, ?, ?, ?)", (end.number, end.hash, *reached(db, self._deployment))
            )

    def _block(self, number: int) -> Block:
        block = self._node.block(number)
        if block is None:
            raise ChainError(f"the node no longer shows block {number}")
        return block


def reached(db: sqlite3.Connection, deployment: Deployment) -> tuple[int, bytes]:
    """How many events were followed, and the ledger's head after them."""
    count = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
    row = db.execute("SELECT head FROM heads WHERE subject = ?", (LEDGER_SUBJECT,)).fetchone()
    return count, row["head"] if row else seed(Tag.LEDGER, deployment.ledger_id, bytes(32))
