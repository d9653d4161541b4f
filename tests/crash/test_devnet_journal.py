"""Acknowledged is kept (promise 1), on the development chain: whatever dies at whatever moment, what the RPC once showed
stays, with the same hash, and what it never showed may vanish."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest
from devnet.journal import Block, Journal, JournalError
from devnet.keeper import Keeper, Standing, opened
from devnet.node import version_of
from devnet.process import Process
from devnet.rpc import Front
from devnet.settings import Genesis, Settings, find_anvil

from tests.devnet_process import CHAIN_ID, DEADLINE, Unanswered, devnet, eventually, hash_of, said, transaction

GENESIS = Genesis("1.7.1", CHAIN_ID, 1_700_000_000)
BLOCKS = [Block(n, 1_700_000_000 + n, f"0x{n:064x}", tuple(f"0x{n}{i}" for i in range(n))) for n in range(1, 5)]
EMITTING = bytes.fromhex("60006000a000")  # creation code that leaves a log


def a_journal(folder: Path, blocks: list[Block] = BLOCKS) -> Path:
    journal = Journal.create(folder / "journal.jsonl", GENESIS)
    for block in blocks:
        journal.append(block)
    journal.close()
    return journal.path


def read(path: Path) -> tuple[Genesis, list[Block]]:
    journal = Journal(path)
    journal.close()
    return journal.genesis, list(journal.blocks())


def whole_lines(content: bytes) -> int:
    return content.count(b"\n")


def test_a_cut_journal_has_every_whole_line(tmp_path: Path) -> None:
    """Cut after each of its bytes: a line whose newline was written is kept, a torn one leaves the file."""
    path = a_journal(tmp_path)
    content = path.read_bytes()
    for size in range(len(content.split(b"\n", 1)[0]) + 1, len(content) + 1):
        path.write_bytes(content[:size])
        blocks = whole_lines(content[:size]) - 1
        assert read(path) == (GENESIS, BLOCKS[:blocks])
        assert path.read_bytes() == b"".join(content.splitlines(keepends=True)[: blocks + 1])


def test_a_cut_journal_takes_the_next_block(tmp_path: Path) -> None:
    path = a_journal(tmp_path)
    path.write_bytes(path.read_bytes()[:-3])
    journal = Journal(path)
    with pytest.raises(JournalError, match="cannot follow block 3"):
        journal.append(Block(5, 1_700_000_005, "0x05", ()))
    journal.append(BLOCKS[3])
    journal.close()
    assert read(path) == (GENESIS, BLOCKS)


def test_a_journal_without_its_first_line_is_refused(tmp_path: Path) -> None:
    """Its rename made the file whole, so this is no crash of ours: it is not taken for a new chain."""
    path = a_journal(tmp_path)
    first = path.read_bytes().split(b"\n", 1)[0]
    for content in (b"", first[:1], first):
        path.write_bytes(content)
        with pytest.raises(JournalError, match="no complete first line"):
            Journal(path)
        assert path.read_bytes() == content


def test_every_flipped_bit_is_found_with_its_line(tmp_path: Path) -> None:
    """A whole line was acknowledged: damage in it stops the start, names the line, and changes nothing."""
    path = a_journal(tmp_path)
    content = path.read_bytes()
    for place in range(len(content) - 1):  # the very last newline: the line counts as torn
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(JournalError, match=f"Line {whole_lines(content[:place])} of "):
            Journal(path)
        assert path.read_bytes() == bytes(damaged)


def test_a_missing_line_is_found(tmp_path: Path) -> None:
    path = a_journal(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))
    with pytest.raises(JournalError, match="Line 2 of "):
        Journal(path)


def test_a_full_disk_stops_the_journal(tmp_path: Path) -> None:
    """What is on the disk after a failed write is unknown: no later block may be acknowledged on top of it."""
    path = a_journal(tmp_path, BLOCKS[:2])
    journal = Journal(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(JournalError, match="Block 3 could not be written"):
            journal.append(BLOCKS[2])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with pytest.raises(JournalError, match="cannot follow"):
        journal.append(BLOCKS[2])
    journal.close()
    assert read(path) == (GENESIS, BLOCKS[:2])


def test_a_block_counts_only_once_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes the bytes and fails to keep them: the block was not acknowledged."""
    journal = Journal(a_journal(tmp_path, BLOCKS[:2]))

    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "the disk lost it")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(JournalError, match="the disk lost it"):
        journal.append(BLOCKS[2])
    assert journal.height == 2
    journal.close()


def test_the_keeper_starts_from_a_cut_journal(tmp_path: Path) -> None:
    """A real chain, cut in its last line: the blocks before are there with their hashes, and the chain goes on."""
    raws = [transaction(nonce) for nonce in range(3)]
    with devnet(tmp_path) as chain:
        receipts = [(chain.call("eth_sendRawTransaction", raw), chain.final(raw))[1] for raw in raws]
        assert [receipt["blockNumber"] for receipt in receipts] == ["0x1", "0x2", "0x3"]
    journal = tmp_path / "devnet" / "journal.jsonl"
    content = journal.read_bytes()
    last = len(content) - len(content.splitlines()[-1]) - 1
    for size in (last + 1, len(content) - 1):
        journal.write_bytes(content[:size])
        with devnet(tmp_path) as chain:
            assert chain.height() == 2
            for raw, receipt in zip(raws[:2], receipts, strict=False):
                assert chain.call("eth_getTransactionReceipt", hash_of(raw)) == receipt
            chain.call("eth_sendRawTransaction", raws[2])
            assert chain.final(raws[2])["blockNumber"] == "0x3"


def test_a_damaged_line_stops_the_keeper_in_plain_words(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "journal.jsonl", Genesis(version_of(find_anvil()), CHAIN_ID, 1_700_000_000))
    for block in BLOCKS:
        journal.append(block)
    journal.close()
    journal.path.write_bytes(journal.path.read_bytes().replace(b'"number":2', b'"number":7'))
    code, _, told = said("up", "--data", tmp_path)
    assert code == 1
    assert told.startswith("Line 2 of ")


def test_another_history_is_not_passed_off_as_the_acknowledged_one(tmp_path: Path) -> None:
    """Whole lines, right checksums, but a block that does not replay to its hash: the start stops and names it."""
    with devnet(tmp_path) as chain:
        for nonce in range(2):
            chain.call("eth_sendRawTransaction", transaction(nonce))
            chain.final(transaction(nonce))
    journal = tmp_path / "devnet" / "journal.jsonl"
    genesis, (first, second) = read(journal)
    forged = Journal.create(journal, genesis)
    forged.append(first)
    forged.append(Block(2, second.timestamp + 1, second.hash, second.transactions))
    forged.close()
    code, _, told = said("up", "--data", tmp_path / "devnet")
    assert code == 1
    assert told.startswith("Block 2 was replayed to 0x")


@pytest.mark.parametrize(("killed_after", "anvil_too"), [(6, False), (15, True), (30, False)])
def test_kill_9_of_the_keeper_in_a_stream_of_transactions(tmp_path: Path, killed_after: int, anvil_too: bool) -> None:
    raws = [transaction(nonce) for nonce in range(killed_after)]
    shown: dict[str, Any] = {}
    with devnet(tmp_path, beat=0.02) as chain:
        for sent, raw in enumerate(raws):
            chain.call("eth_sendRawTransaction", raw)
            for earlier in raws[max(0, sent - 5) : sent]:
                if receipt := chain.call("eth_getTransactionReceipt", hash_of(earlier)):
                    shown[earlier] = receipt
        head = chain.call("eth_getBlockByNumber", "latest", False)
        anvil = Process.of(chain.anvil_pid)
        if anvil_too:
            os.kill(chain.anvil_pid, signal.SIGKILL)
        chain.kill()
    assert anvil is not None
    eventually(lambda: not anvil.alive, "Anvil ends with its keeper")
    assert shown

    with devnet(tmp_path, beat=0.02) as chain:
        assert chain.call("eth_getBlockByNumber", head["number"], False) == head
        for raw, receipt in shown.items():
            assert chain.call("eth_getTransactionReceipt", hash_of(raw)) == receipt
        for raw in raws:  # what senders do: the same bytes again
            try:
                chain.call("eth_sendRawTransaction", raw)
            except Unanswered as known:
                assert known.code == -32003
        for raw in raws:
            assert chain.final(raw)["status"] == "0x1"
        assert chain.call("eth_getTransactionCount", chain.final(raws[0])["from"], "latest") == hex(len(raws))


def test_kill_9_of_anvil_alone(tmp_path: Path) -> None:
    """The keeper brings up another one. Until then the RPC says that it is starting, and never anything untrue."""
    raws = [transaction(nonce) for nonce in range(3)]
    with devnet(tmp_path) as chain:
        for raw in raws:
            chain.call("eth_sendRawTransaction", raw)
        receipts = [chain.final(raw) for raw in raws]
        head = chain.call("eth_getBlockByNumber", "latest", False)
        died = chain.anvil_pid
        os.kill(died, signal.SIGKILL)

        def back() -> bool:
            try:
                assert chain.call("eth_getBlockByNumber", "latest", False) == head
            except Unanswered as starting:
                assert (starting.code, str(starting)) == (-32000, "node is starting")
            return chain.anvil_pid != died

        eventually(back, "another Anvil")
        assert [chain.final(raw) for raw in raws] == receipts
        chain.call("eth_sendRawTransaction", transaction(3))
        assert int(chain.final(transaction(3))["blockNumber"], 16) == int(head["number"], 16) + 1


class DyingJournal(Journal):
    """Its disk hangs at the next block, and then is gone."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reached = threading.Event()
        self.released = threading.Event()

    def append(self, block: Block) -> None:
        self.reached.set()
        self.released.wait(DEADLINE)
        raise JournalError("the disk is gone")


def test_a_block_that_is_not_journalled_is_never_seen(tmp_path: Path) -> None:
    """Anvil has sealed it, the disk has not taken it: nobody sees it, and when the process dies there it never was."""
    settings = Settings(tmp_path / "devnet", beat=0.05)
    settings.data.mkdir()
    opened(settings, version_of(find_anvil())).close()
    raw = transaction(0, to=None, data=EMITTING)

    async def scenario() -> None:
        journal = DyingJournal(settings.journal)
        keeper = Keeper(settings, journal, find_anvil())
        front = Front(keeper)
        up: asyncio.Future[Standing] = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(keeper.run(up.set_result))

        async def ask(method: str, *params: Any) -> Any:
            call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            return orjson.loads(await front.answer(orjson.dumps(call)))

        assert (await ask("eth_chainId"))["error"] == {"code": -32000, "message": "node is starting"}
        node = (await asyncio.wait_for(up, DEADLINE)).node
        assert (await ask("eth_sendRawTransaction", raw))["result"] == hash_of(raw)
        assert await asyncio.to_thread(journal.reached.wait, DEADLINE)

        sealed = await node.call("eth_getTransactionReceipt", hash_of(raw))
        assert sealed["blockNumber"] == "0x1"
        assert len(await node.call("eth_getLogs", {"fromBlock": "0x0"})) == 1
        for method, params, shown in (
            ("eth_blockNumber", [], "0x0"),
            ("eth_getBlockByNumber", ["0x1", True], None),
            ("eth_getBlockByHash", [sealed["blockHash"], True], None),
            ("eth_getTransactionByHash", [hash_of(raw)], None),
            ("eth_getTransactionReceipt", [hash_of(raw)], None),
            ("eth_getTransactionCount", [sealed["from"], "pending"], "0x0"),
            ("eth_getLogs", [{"fromBlock": "0x0", "toBlock": "0x1"}], []),
            ("eth_getLogs", [{"blockHash": sealed["blockHash"]}], []),
        ):
            assert (await ask(method, *params))["result"] == shown, method
        assert (await ask("eth_getBlockByNumber", "latest", False))["result"]["number"] == "0x0"
        assert (await ask("eth_call", {"to": sealed["contractAddress"]}, "0x1"))["error"]["code"] == -32602

        journal.released.set()
        with pytest.raises(JournalError, match="the disk is gone"):
            await running
        assert (await ask("eth_blockNumber"))["error"]["message"] == "node is starting"
        journal.close()

    asyncio.run(scenario())

    with devnet(tmp_path) as chain:
        assert chain.height() == 0
        assert chain.call("eth_getTransactionReceipt", hash_of(raw)) is None
        chain.call("eth_sendRawTransaction", raw)
        assert len(chain.final(raw)["logs"]) == 1
