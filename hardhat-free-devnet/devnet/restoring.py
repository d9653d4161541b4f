"""A chain written from what is known of it: given blocks at given times go into a journal of their own.

The journal of the data folder is untouched until `put_in_place`, so whoever writes may look at the new chain first.

| the process dies | what is true |
|---|---|
| before `put_in_place` | nothing was changed; the unfinished journal is written over by the next one |
| inside it | the old journal is beside its place or in it, the new one too: doing it all again is harmless |
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from devnet.journal import Block, Journal
from devnet.node import Node, NodeGone, NodeRefusal, version_of
from devnet.settings import DevnetError, Genesis, Settings, find_anvil


class Writing:
    """A chain that is being written. `url` answers JSON-RPC for it, for this process alone."""

    def __init__(self, node: Node, journal: Journal) -> None:
        self.url = node.url
        self._node = node
        self._journal = journal

    async def block(self, timestamp: int, transactions: Sequence[str]) -> Block:
        """The next block: these raw transactions in this order, at this time or a second after the last block's.

        Raises DevnetError if one is refused or fails: a restored chain has nothing that failed.
        """
        number, timestamp = self._journal.height + 1, max(timestamp, self._journal.timestamp + 1)
        try:
            for raw in transactions:
                await self._node.call("eth_sendRawTransaction", raw)
            await self._node.call("evm_setNextBlockTimestamp", timestamp)
            await self._node.call("evm_mine")
            mined = await self._node.call("eth_getBlockByNumber", "latest", False)
            asked = [("eth_getTransactionReceipt", [hash]) for hash in mined["transactions"]]
            receipts = [each["result"] for each in await self._node.answers(asked)]
        except (NodeRefusal, NodeGone, KeyError) as fault:
            raise DevnetError(f"Block {number} cannot be made: {fault}.") from fault
        failed = [each["transactionHash"] for each in receipts if int(each["status"], 16) != 1]
        if failed or len(receipts) != len(transactions) or int(mined["number"], 16) != number:
            raise DevnetError(f"Block {number} is not what was given: {len(failed)} of its transactions failed.")
        block = Block(number, timestamp, mined["hash"], tuple(transactions))
        self._journal.append(block)
        return block


@asynccontextmanager
async def writing(settings: Settings, timestamp: int) -> AsyncIterator[Writing]:
    """A chain that begins at this time, in seconds since 1970. Call it with the data folder held."""
    anvil = find_anvil()
    path = _unfinished(settings)
    path.unlink(missing_ok=True)
    journal = Journal.create(path, Genesis(version_of(anvil), settings.chain_id, timestamp))
    try:
        node = await Node.start(anvil, journal.genesis, settings.scratch)
        try:
            yield Writing(node, journal)
        finally:
            await node.end()
    except NodeGone as fault:
        raise DevnetError(f"Anvil failed: {fault}.") from fault
    finally:
        journal.close()


def put_in_place(settings: Settings) -> Path | None:
    """The written journal becomes the folder's. Answers where the one before it lies now: nothing is removed."""
    aside = None
    if settings.journal.exists():
        aside = next(p for n in count(1) if not (p := settings.data / f"journal.replaced-{n}.jsonl").exists())
        settings.journal.rename(aside)
    _unfinished(settings).rename(settings.journal)
    handle = os.open(settings.data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return aside


def give_up(settings: Settings) -> None:
    _unfinished(settings).unlink(missing_ok=True)


def _unfinished(settings: Settings) -> Path:
    return settings.data / "journal.unfinished.jsonl"
