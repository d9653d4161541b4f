"""The development chain as its users meet it: a real keeper with a real Anvil, over HTTP and the command line."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from devnet.journal import Journal
from devnet.process import Process
from devnet.rpc import BATCH_LIMIT, BODY_LIMIT, METHODS
from devnet.running import Record
from devnet.settings import Genesis

from tests.devnet_process import (
    CHAIN_ID,
    CHECKOUT,
    DEADLINE,
    SENDER,
    Devnet,
    Unanswered,
    devnet,
    hash_of,
    said,
    transaction,
)

BURNING = bytes.fromhex("635b6000566000526004601cf3")  # creates a contract that loops until its gas is gone
ORDERED = {"jsonrpc": "2.0", "method": "eth_blockNumber"}


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devnet]:
    with devnet(tmp_path_factory.mktemp("chain")) as running:
        yield running


def test_anvils_own_methods_are_out_of_reach(chain: Devnet) -> None:
    """evm_* and anvil_* would rewrite history without asking who is there."""
    before = chain.height()
    for method in (
        "evm_mine",
        "anvil_mine",
        "anvil_rollback",
        "anvil_setBalance",
        "eth_sendTransaction",
        "eth_accounts",
    ):
        assert method not in METHODS
        with pytest.raises(Unanswered) as refused:
            chain.call(method)
        assert refused.value.code == -32601
    assert chain.height() == before


def test_every_offered_method_is_answered(chain: Devnet) -> None:
    raw = transaction(int(chain.call("eth_getTransactionCount", SENDER.address), 16))
    assert chain.call("eth_sendRawTransaction", raw) == hash_of(raw)
    receipt = chain.final(raw)
    call = {"from": SENDER.address, "to": receipt["to"]}
    assert chain.call("eth_chainId") == hex(CHAIN_ID)
    assert chain.call("net_version") == str(CHAIN_ID)
    assert chain.call("web3_clientVersion").startswith("anvil/")
    assert int(chain.call("eth_blockNumber"), 16) >= int(receipt["blockNumber"], 16)
    block = chain.call("eth_getBlockByNumber", receipt["blockNumber"], False)
    assert chain.call("eth_getBlockByHash", receipt["blockHash"], False) == block
    assert chain.call("eth_getTransactionByHash", hash_of(raw))["blockHash"] == block["hash"]
    assert chain.call("eth_getCode", receipt["to"]) == "0x"
    assert chain.call("eth_call", call) == "0x"
    assert int(chain.call("eth_estimateGas", call), 16) >= 21_000
    assert chain.call("eth_getLogs", {"fromBlock": "earliest", "toBlock": hex(10**6)}) == []
    proof = chain.call("eth_getProof", SENDER.address, ["0x" + "00" * 32], "safe")
    assert int(proof["nonce"], 16) == int(chain.call("eth_getTransactionCount", SENDER.address, "pending"), 16)


def test_every_tag_names_the_same_block(chain: Devnet) -> None:
    blocks = [chain.call("eth_getBlockByNumber", tag, False) for tag in ("latest", "safe", "finalized", "pending")]
    assert blocks == [blocks[0]] * 4
    assert int(blocks[0]["number"], 16) == chain.height()


def test_a_batch_is_answered_in_its_order_with_its_ids(chain: Devnet) -> None:
    """Transactions of one batch are executed in its order too, which Anvil alone does not promise."""
    nonce = int(chain.call("eth_getTransactionCount", SENDER.address), 16)
    raws = [transaction(nonce + place) for place in range(20)]
    calls: list[Any] = [
        {"jsonrpc": "2.0", "id": f"tx {place}", "method": "eth_sendRawTransaction", "params": [raw]}
        for place, raw in enumerate(raws)
    ]
    calls[5:5] = [{**ORDERED, "id": 7}, {**ORDERED, "id": None}, {**ORDERED, "id": 8, "method": "evm_mine"}, "no call"]
    answers = chain.post(calls)
    assert [answer["id"] for answer in answers] == [call["id"] if isinstance(call, dict) else None for call in calls]
    assert [answer["result"] for answer in answers[:5] + answers[9:]] == [hash_of(raw) for raw in raws]
    assert [answers[7]["error"]["code"], answers[8]["error"]["code"]] == [-32601, -32600]
    receipts = [chain.final(raw) for raw in raws]
    places = [(int(receipt["blockNumber"], 16), int(receipt["transactionIndex"], 16)) for receipt in receipts]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        (b"[" * 300 + b"]" * 300, -32700),
        (b"[]", -32600),
        (b"7", -32600),
        (b'{"id": 1}', -32600),
        (json.dumps([ORDERED] * (BATCH_LIMIT + 1)).encode(), -32600),
        (json.dumps({**ORDERED, "method": "eth_call", "params": [{}, "0x" + "f" * 16]}).encode(), -32602),
        (json.dumps({**ORDERED, "method": "eth_sendRawTransaction", "params": [{"a": 1}]}).encode(), -32602),
    ],
)
def test_nonsense_is_answered_by_its_code(chain: Devnet, body: bytes, code: int) -> None:
    response = chain.client.post(chain.rpc, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 200
    assert response.json()["error"]["code"] == code
    assert "Traceback" not in response.text


def test_a_body_over_the_limit_is_told_the_limit(chain: Devnet) -> None:
    body = b" " * (BODY_LIMIT + 1)
    response = chain.client.post(chain.rpc, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert str(BODY_LIMIT) in response.json()["error"]["message"]


def test_a_web_page_cannot_reach_it(chain: Devnet) -> None:
    """A page's name made to point here sends that name as Host; a form cannot send application/json unasked."""
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", ""):
        response = chain.client.post(chain.rpc, json=ORDERED, headers={"host": host})
        assert response.status_code in (400, 403)
    port = httpx.URL(chain.rpc).port
    assert chain.client.post(chain.rpc, json=ORDERED, headers={"host": f"localhost:{port}"}).status_code == 200
    assert (
        chain.client.post(chain.rpc, content=json.dumps(ORDERED), headers={"content-type": "text/plain"}).status_code
        == 415
    )
    assert "access-control-allow-origin" not in chain.client.post(chain.rpc, json=ORDERED).headers


def test_only_loopback_listens(chain: Devnet) -> None:
    for pid in (chain.process.pid, chain.anvil_pid):
        addresses = _listening(pid)
        assert addresses
        assert {address.rpartition(":")[0] for address in addresses} == {"0100007F"}


def test_a_transaction_may_use_16_million_gas(chain: Devnet) -> None:
    nonce = int(chain.call("eth_getTransactionCount", SENDER.address), 16)
    creation = transaction(nonce, to=None, data=BURNING)
    chain.call("eth_sendRawTransaction", creation)
    burner = chain.final(creation)["contractAddress"]
    burning = transaction(nonce + 1, to=burner, gas=16_000_000)
    chain.call("eth_sendRawTransaction", burning)
    assert int(chain.final(burning)["gasUsed"], 16) == 16_000_000


def test_an_idle_chain_seals_nothing(chain: Devnet) -> None:
    """Neither time nor a transaction that cannot be mined yet makes a block."""
    nonce = int(chain.call("eth_getTransactionCount", SENDER.address), 16)
    height = chain.height()
    chain.call("eth_sendRawTransaction", transaction(nonce + 1))
    looked = [chain.height() for _ in range(100)]
    assert set(looked) == {height}
    chain.call("eth_sendRawTransaction", transaction(nonce))
    assert chain.final(transaction(nonce + 1))["blockNumber"] == chain.final(transaction(nonce))["blockNumber"]


def test_block_time_keeps_to_the_clock(tmp_path: Path) -> None:
    """With the default beat: strictly rising, and never ahead of the clock at the moment a block is seen."""
    times: list[int] = []
    with devnet(tmp_path, beat=1.0) as chain:
        for nonce in range(3):
            chain.call("eth_sendRawTransaction", transaction(nonce))
            number = chain.final(transaction(nonce))["blockNumber"]
            times.append(int(chain.call("eth_getBlockByNumber", number, False)["timestamp"], 16))
            assert times[-1] <= time.time()
    assert times == sorted(set(times))


def test_one_keeper_to_a_folder_until_it_is_down(tmp_path: Path) -> None:
    with devnet(tmp_path) as chain:
        keeper, anvil = Process.of(chain.process.pid), Process.of(chain.anvil_pid)
        assert keeper is not None
        assert anvil is not None
        for verb in (["up"], ["reset", "--yes"]):
            code, _, told = said(*verb, "--data", chain.data)
            assert code == 1
            assert f"already kept by another process (pid {keeper.pid})" in told

        script = subprocess.Popen([CHECKOUT / "hardhat-free-devnet" / "down", "--data", chain.data])
        assert chain.process.wait(DEADLINE) == 0
        assert script.wait(DEADLINE) == 0
        assert not keeper.alive
        assert not anvil.alive
        assert not (chain.data / "devnet.json").exists()
        assert said("down", "--data", chain.data) == (0, f"No chain is up in {chain.data}.\n", "")


def test_down_leaves_a_stranger_with_the_recorded_number_alone(tmp_path: Path) -> None:
    """After a kill -9 the recorded pid may be another program's: here it is this test's own."""
    Record("http://127.0.0.1:1", os.getpid(), 1, 1, CHAIN_ID, "").write(tmp_path / "devnet.json")
    assert said("down", "--data", tmp_path) == (0, f"No chain is up in {tmp_path}.\n", "")
    assert not (tmp_path / "devnet.json").exists()


@pytest.mark.parametrize(
    ("begun", "named"),
    [
        (Genesis("1.7.1", 77, 1_700_000_000), "chain_id 77"),
        (Genesis("0.2.0", CHAIN_ID, 1_700_000_000), "anvil 0.2.0"),
        (Genesis("1.7.1", CHAIN_ID, 1_700_000_000, hardfork="cancun"), "hardfork cancun"),
        (Genesis("1.7.1", CHAIN_ID, 1_700_000_000, gas_limit=30_000_000), "gas_limit 30000000"),
    ],
)
def test_a_chain_begun_otherwise_is_refused(tmp_path: Path, begun: Genesis, named: str) -> None:
    """Its blocks would replay to other hashes."""
    Journal.create(tmp_path / "journal.jsonl", begun).close()
    code, _, told = said("up", "--data", tmp_path)
    assert code == 1
    assert f"was begun with {named}, and this start has" in told


def test_a_taken_port_is_said_plainly(chain: Devnet, tmp_path: Path) -> None:
    code, _, told = said("up", "--data", tmp_path, "--port", httpx.URL(chain.rpc).port)
    assert code == 1
    assert told.startswith(f"Port {httpx.URL(chain.rpc).port} on 127.0.0.1 cannot be had")


def test_reset_removes_the_chain_when_told_to(tmp_path: Path) -> None:
    Journal.create(tmp_path / "journal.jsonl", Genesis("1.7.1", CHAIN_ID, 1_700_000_000)).close()
    (tmp_path / "notes.txt").write_text("not the chain's")
    code, _, told = said("reset", "--data", tmp_path)
    assert (code, told) == (1, "Nothing was removed: say --yes.\n")
    assert (tmp_path / "journal.jsonl").exists()
    assert said("reset", "--data", tmp_path, "--yes")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "notes.txt"]


def _listening(pid: int) -> list[str]:
    """The addresses (hex ip:port) on which this process listens, by /proc."""
    sockets = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        target = str(handle.readlink())
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                found.append(fields[1])
    return found
