"""The public RPC shows the durable chain alone, and offers nothing that could change history."""

from __future__ import annotations

from typing import Any

import pytest
from devnet.rpc import METHODS, Answer, Ask, Refused, plan, show

HEIGHT = 18
SOMEBODY = "0x" + "0b" * 20
HASH = "0x" + "ab" * 32
NO_BLOCKS: list[Any] = [7, "7", "0x", "0xg", "-0x1", "0x-1", "soon", [], {}, HASH]


def call(method: str, *params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}


def test_the_methods_are_these_and_no_others() -> None:
    names = (
        "eth_chainId eth_blockNumber eth_getBlockByNumber eth_getBlockByHash eth_getTransactionByHash "
        "eth_getTransactionReceipt eth_getTransactionCount eth_getCode eth_call eth_estimateGas eth_getLogs "
        "eth_getProof eth_sendRawTransaction web3_clientVersion net_version"
    )
    assert set(names.split()) == METHODS


@pytest.mark.parametrize(
    "method",
    [
        *("evm_mine", "evm_setNextBlockTimestamp", "evm_revert", "anvil_setBalance", "anvil_rollback", "hardhat_reset"),
        *("eth_sendTransaction", "eth_sign", "eth_accounts", "debug_traceCall", "txpool_content", "ETH_CALL", ""),
    ],
)
def test_what_could_change_history_is_not_offered(method: str) -> None:
    with pytest.raises(Refused) as refused:
        plan(call(method), HEIGHT)
    assert refused.value.members["error"]["code"] == -32601


@pytest.mark.parametrize("tag", ["latest", "safe", "finalized", "pending", None])
@pytest.mark.parametrize(
    ("method", "before"),
    [
        ("eth_getBlockByNumber", []),
        ("eth_getTransactionCount", [SOMEBODY]),
        ("eth_getCode", [SOMEBODY]),
        ("eth_call", [{"to": SOMEBODY}]),
        ("eth_estimateGas", [{"to": SOMEBODY}]),
        ("eth_getProof", [SOMEBODY, []]),
    ],
)
def test_every_tag_means_the_journals_height(method: str, before: list[Any], tag: str | None) -> None:
    assert plan(call(method, *before, tag, "more"), HEIGHT) == Ask(method, [*before, "0x12", "more"])
    if tag is None:
        assert plan(call(method, *before), HEIGHT) == Ask(method, [*before, "0x12"])


def test_a_block_beyond_the_height_does_not_exist() -> None:
    assert plan(call("eth_getBlockByNumber", "0x13", True), HEIGHT) == Answer({"result": None})
    assert plan(call("eth_getBlockByNumber", "0x12", True), HEIGHT) == Ask("eth_getBlockByNumber", ["0x12", True])
    for block in ("0x13", "0xffffffffffffffff", {"blockNumber": "0x13"}):
        with pytest.raises(Refused, match="beyond the height 18"):
            plan(call("eth_call", {}, block), HEIGHT)


def test_the_height_is_the_journals() -> None:
    assert plan(call("eth_blockNumber"), HEIGHT) == Answer({"result": "0x12"})


@pytest.mark.parametrize(
    ("asked", "passed_on"),
    [
        ({}, ("0x12", "0x12")),
        ({"fromBlock": "earliest", "toBlock": "pending"}, ("0x0", "0x12")),
        ({"fromBlock": "0x1", "toBlock": "0x2"}, ("0x1", "0x2")),
        ({"fromBlock": "0x12", "toBlock": "0xffff"}, ("0x12", "0x12")),
        ({"fromBlock": "0x13", "toBlock": "0xffff"}, None),
        ({"fromBlock": "latest", "toBlock": "0x5"}, None),
    ],
)
def test_logs_end_at_the_height(asked: dict[str, str], passed_on: tuple[str, str] | None) -> None:
    planned = plan(call("eth_getLogs", {"address": SOMEBODY, **asked}), HEIGHT)
    if passed_on is None:
        assert planned == Answer({"result": []})
    else:
        first, last = passed_on
        assert planned == Ask("eth_getLogs", [{"address": SOMEBODY, "fromBlock": first, "toBlock": last}])


def test_what_is_found_by_hash_is_shown_up_to_the_height() -> None:
    for method, member in (
        ("eth_getBlockByHash", "number"),
        ("eth_getTransactionByHash", "blockNumber"),
        ("eth_getTransactionReceipt", "blockNumber"),
    ):
        ask = plan(call(method, HASH), HEIGHT)
        assert ask == Ask(method, [HASH])
        durable, undurable = {"result": {member: "0x12"}}, {"result": {member: "0x13"}}
        assert show(ask, durable, HEIGHT) == durable
        assert show(ask, undurable, HEIGHT) == {"result": None}
    logs = Ask("eth_getLogs", [{"blockHash": HASH}])
    assert plan(call("eth_getLogs", {"blockHash": HASH}), HEIGHT) == logs
    assert show(logs, {"result": [{"blockNumber": "0x13"}]}, HEIGHT) == {"result": []}


@pytest.mark.parametrize(
    ("nonsense", "code"),
    [
        (None, -32600),
        ([], -32600),
        ({"method": "eth_chainId"}, -32600),
        ({"jsonrpc": "2.0", "method": 7}, -32600),
        ({**call("eth_call"), "params": {"to": SOMEBODY}}, -32602),
        (call("eth_call"), -32602),
        (call("eth_getProof", SOMEBODY), -32602),
        (call("eth_getLogs", "all"), -32602),
        *((call("eth_call", {}, block), -32602) for block in NO_BLOCKS),
    ],
)
def test_nonsense_is_refused_by_its_code(nonsense: Any, code: int) -> None:
    with pytest.raises(Refused) as refused:
        plan(nonsense, HEIGHT)
    assert refused.value.members["error"]["code"] == code
