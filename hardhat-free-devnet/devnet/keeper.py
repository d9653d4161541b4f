"""The keeper: seals blocks, journals them, and only then lets anybody see them.

    seal -> read -> journal -> fsync -> publish the height

    the process dies             what is true after the next start
    before sealing               the pool is lost; senders send the same bytes again
    between sealing and fsync    that block never was and nobody saw it; senders send again
    after fsync                  the block is there, with the same hash

Anvil holds nothing that matters: when it dies, a new one replays the journal to the same hashes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devnet.journal import Block, Journal
from devnet.node import Node, NodeGone, NodeRefusal
from devnet.settings import DevnetError, Genesis, Settings

GATHER_SECONDS = 0.05  # a burst of transactions shares a block
LOOK_SECONDS = 1.0  # at most, between two looks at the pool
STARTS = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """The chain as the public may see it: this node, up to and including this block."""

    node: Node
    height: int


class Keeper:
    """Owns Anvil and the journal. `standing` is None while the journal is being replayed."""

    def __init__(self, settings: Settings, journal: Journal, anvil: Path) -> None:
        self.standing: Standing | None = None
        self.still = asyncio.Lock()
        self._settings = settings
        self._journal = journal
        self._anvil = anvil
        self._head = ""
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """A transaction may be waiting, or Anvil may be gone: look now."""
        self._wake.set()

    def stop(self) -> None:
        """Let run() end after the block at hand."""
        self._stop.set()
        self._wake.set()

    async def run(self, ready: Callable[[Standing], None]) -> None:
        """Keep the chain until stop(). `ready` is told each time a node has replayed everything.

        Raises DevnetError if the journal does not replay, cannot be written, or Anvil does not stay up.
        """
        failures = 0
        while not self._stop.is_set():
            node: Node | None = None
            try:
                node = await Node.start(self._anvil, self._journal.genesis, self._settings.scratch)
                await self._replay(node)
                if self._stop.is_set():
                    return
                self.standing = Standing(node, self._journal.height)
                ready(self.standing)
                failures = 0
                while await self._work(node):
                    await self._seal(node)
            except (NodeGone, NodeRefusal) as fault:
                failures += 1
                if failures == STARTS:
                    raise DevnetError(f"Anvil failed {STARTS} times in a row: {fault}.") from fault
            finally:
                self.standing = None
                if node is not None:
                    await node.end()

    async def _replay(self, node: Node) -> None:
        self._head = (await node.call("eth_getBlockByNumber", "0x0", False))["hash"]
        for block in self._journal.blocks():
            if self._stop.is_set():
                return
            try:
                for raw in block.transactions:  # singly: a JSON-RPC batch keeps no order
                    await node.call("eth_sendRawTransaction", raw)
                mined = await self._mine(node, block.number, block.timestamp)
            except NodeRefusal as refusal:
                raise DevnetError(f"Block {block.number} cannot be replayed: {refusal}.") from refusal
            if mined["hash"] != block.hash:
                raise DevnetError(
                    f"Block {block.number} was replayed to {mined['hash']}, but {block.hash} was acknowledged. "
                    "The journal or Anvil is not what it was; nothing was changed."
                )
            self._head = block.hash

    async def _work(self, node: Node) -> bool:
        """Wait until a block is due: something waits and the beat allows. False once the keeper is to stop."""
        while not self._stop.is_set():
            if int((await node.call("txpool_status"))["pending"], 16):
                await _first(self._stop, self._pause())
                return not self._stop.is_set()
            await _first(self._wake, min(self._settings.beat, LOOK_SECONDS))
            self._wake.clear()
        return False

    def _pause(self) -> float:
        """Seconds until the next block: one beat after the last block's time, soon if that is past.

        From a beat of one second on, block time never runs ahead of the clock. Should the clock be set back, the chain
        goes on after a beat instead of waiting for the clock.
        """
        beat = self._settings.beat
        due = self._journal.timestamp + beat - time.time() + 0.002  # a sleep may end a little early
        return max(min(GATHER_SECONDS, beat), min(beat, due))

    async def _seal(self, node: Node) -> None:
        timestamp = max(self._journal.timestamp + 1, int(time.time()))
        mined = await self._mine(node, self._journal.height + 1, timestamp)
        hashes = mined["transactions"]
        raws = await node.answers([("eth_getRawTransactionByHash", [tx]) for tx in hashes])
        transactions = tuple(raw["result"] for raw in raws if isinstance(raw.get("result"), str))
        if len(transactions) != len(hashes):
            raise NodeGone(f"Anvil does not give back the transactions of block {self._journal.height + 1}")
        block = Block(self._journal.height + 1, timestamp, mined["hash"], transactions)
        await asyncio.to_thread(self._journal.append, block)
        # Durable. If the process dies here the block is there after the next start; nobody was told of it yet.
        self._head = block.hash
        self.standing = Standing(node, block.number)

    async def _mine(self, node: Node, number: int, timestamp: int) -> Any:
        """The next block, as JSON-RPC shows it. Raises NodeGone if it does not stand on the journal's last block."""
        await node.call("evm_setNextBlockTimestamp", timestamp)
        async with self.still:  # Anvil shows pieces of a block's state while it makes it: nobody looks meanwhile
            await node.call("evm_mine")
        mined = await node.call("eth_getBlockByNumber", "latest", False)
        shown = int(mined["number"], 16), int(mined["timestamp"], 16), mined["parentHash"]
        if shown != (number, timestamp, self._head):
            raise NodeGone(f"somebody else made Anvil mine: it shows block {mined['number']} where {number} was due")
        return mined


def opened(settings: Settings, version: str) -> Journal:
    """The data folder's journal, made now if there is none. Call it with the lock held.

    Raises DevnetError if the journal was begun under other conditions than today's: its hashes would not come again.
    """
    if not settings.journal.exists():
        return Journal.create(settings.journal, Genesis(version, settings.chain_id, int(time.time()) - 1))
    journal = Journal(settings.journal)
    begun = journal.genesis
    today = Genesis(version, settings.chain_id, begun.timestamp)
    for name in ("chain_id", "anvil", "hardfork", "gas_limit", "base_fee", "coinbase"):
        if getattr(begun, name) != getattr(today, name):
            journal.close()
            raise DevnetError(
                f"The chain in {settings.data} was begun with {name} {getattr(begun, name)}, and this start has "
                f"{getattr(today, name)}. Start it as it was begun, or choose another data folder, or reset it."
            )
    return journal


async def _first(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
