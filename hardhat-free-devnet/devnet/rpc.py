"""The public JSON-RPC: Anvil's, less everything that is not durable and everything that could change history.

What is journalled is final; the rest does not exist. So `latest`, `safe`, `finalized`, `pending` and a missing block
all mean the journal's height, and anything from a later block is not shown. `plan` and `show` are pure; Front asks.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

import orjson
from aiohttp import web

from devnet.keeper import Standing
from devnet.node import NodeGone

BODY_LIMIT = 16 * 1024 * 1024
BATCH_LIMIT = 1_000
SEND = "eth_sendRawTransaction"

PLAIN = {"eth_chainId", "net_version", "web3_clientVersion", SEND}
BLOCK_ARGUMENT = {  # method -> the place of its block argument
    "eth_getBlockByNumber": 0,
    "eth_getTransactionCount": 1,
    "eth_getCode": 1,
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_getProof": 2,
}
BLOCK_OF_RESULT = {  # method -> the member of its result that says which block it is from
    "eth_getBlockByHash": "number",
    "eth_getTransactionByHash": "blockNumber",
    "eth_getTransactionReceipt": "blockNumber",
}
METHODS = {"eth_blockNumber", "eth_getLogs", *PLAIN, *BLOCK_ARGUMENT, *BLOCK_OF_RESULT}
HEAD_TAGS = ("latest", "safe", "finalized", "pending")


@dataclass(frozen=True, slots=True)
class Ask:
    """A call to pass on to Anvil."""

    method: str
    params: list[Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A call that is answered here: `members` is `{"result"}` or `{"error"}`."""

    members: dict[str, Any]


class Refused(Exception):
    """A call that is no call, with its JSON-RPC code."""

    def __init__(self, code: int, message: str) -> None:
        self.members = {"error": {"code": code, "message": message}}
        super().__init__(message)


STARTING = {"error": {"code": -32000, "message": "node is starting"}}


def plan(call: Any, height: int) -> Ask | Answer:
    """What to do with one parsed call when the journal's height is `height`. Raises Refused."""
    if not isinstance(call, dict) or call.get("jsonrpc") != "2.0" or not isinstance(call.get("method"), str):
        raise Refused(-32600, "not a JSON-RPC 2.0 request")
    method, params = call["method"], call.get("params", [])
    if method not in METHODS:
        raise Refused(-32601, f"method {method} is not offered by the development chain")
    if not isinstance(params, list):
        raise Refused(-32602, "params must be a list")
    if method == "eth_blockNumber":
        return Answer({"result": hex(height)})
    if method == "eth_getLogs":
        return _plan_logs(params, height)
    if method in BLOCK_ARGUMENT:
        return _plan_at_block(method, params, height)
    return Ask(method, params)


def show(ask: Ask, members: dict[str, Any], height: int) -> dict[str, Any]:
    """Anvil's answer, without what lies above `height`."""
    result = members.get("result")
    if ask.method in BLOCK_OF_RESULT and isinstance(result, dict):
        number = result.get(BLOCK_OF_RESULT[ask.method])
        if number is not None and int(number, 16) > height:
            return {"result": None}
    if ask.method == "eth_getLogs" and isinstance(result, list):
        return {"result": [log for log in result if int(log["blockNumber"], 16) <= height]}
    return members


def _plan_at_block(method: str, params: list[Any], height: int) -> Ask | Answer:
    place = BLOCK_ARGUMENT[method]
    if len(params) < place:
        raise Refused(-32602, f"{method} needs {place} params before the block")
    number = _number(params[place] if place < len(params) else None, height)
    if number > height:
        if method == "eth_getBlockByNumber":
            return Answer({"result": None})
        raise Refused(-32602, f"block {number} is beyond the height {height}")
    return Ask(method, [*params[:place], hex(number), *params[place + 1 :]])


def _plan_logs(params: list[Any], height: int) -> Ask | Answer:
    wanted = params[0] if params else {}
    if not isinstance(wanted, dict):
        raise Refused(-32602, "the filter must be an object")
    if wanted.get("blockHash") is not None:
        return Ask("eth_getLogs", [wanted])
    first = _number(wanted.get("fromBlock"), height)
    last = min(_number(wanted.get("toBlock"), height), height)
    if first > last:
        return Answer({"result": []})
    return Ask("eth_getLogs", [{**wanted, "fromBlock": hex(first), "toBlock": hex(last)}])


def _number(block: Any, height: int) -> int:
    """The number that a block argument means. By hash is not offered: the height could not be held against it."""
    if isinstance(block, dict) and "blockNumber" in block:
        block = block["blockNumber"]
    if block is None or block in HEAD_TAGS:
        return height
    if block == "earliest":
        return 0
    if isinstance(block, str) and re.fullmatch("0x[0-9a-fA-F]{1,16}", block):
        return int(block, 16)
    raise Refused(-32602, "name the block by its number (0x-hex) or by a tag")


class Chain(Protocol):
    """What the front needs of the keeper."""

    standing: Standing | None
    still: asyncio.Lock
    """Held while Anvil makes a block, and while it is read."""

    def wake(self) -> None: ...


class Front:
    """Answers request bodies."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    async def answer(self, body: bytes) -> bytes:
        """The response body for a request body: one answer, or a list of them in the order of the calls."""
        try:
            parsed = orjson.loads(body)
            orjson.dumps(parsed)  # nested too deeply to be passed on: found here, not half way through a batch
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            return _one(None, {"error": {"code": -32700, "message": "the body is not JSON"}})
        if not isinstance(parsed, list):
            (members,) = await self._answer([parsed])
            return _one(parsed, members)
        if not 0 < len(parsed) <= BATCH_LIMIT:
            return _one(None, {"error": {"code": -32600, "message": f"a batch has 1 to {BATCH_LIMIT} calls"}})
        answers = await self._answer(parsed)
        return b"[" + b",".join(map(_one, parsed, answers)) + b"]"

    async def _answer(self, calls: Sequence[Any]) -> list[dict[str, Any]]:
        standing = self._chain.standing
        if standing is None:
            return [STARTING] * len(calls)
        members: list[dict[str, Any]] = [STARTING] * len(calls)
        asks: list[tuple[int, Ask]] = []
        for index, call in enumerate(calls):
            try:
                planned = plan(call, standing.height)
            except Refused as refused:
                members[index] = refused.members
                continue
            if isinstance(planned, Answer):
                members[index] = planned.members
            else:
                asks.append((index, planned))
        try:
            await self._ask(standing, asks, members)
        except NodeGone:  # what was not answered yet keeps STARTING
            self._chain.wake()
        return members

    async def _ask(self, standing: Standing, asks: list[tuple[int, Ask]], members: list[dict[str, Any]]) -> None:
        """Fill in Anvil's answers: reads as one batch, transactions one by one, for Anvil keeps no order in a batch."""
        for sending, group in groupby(asks, key=lambda pair: pair[1].method == SEND):
            for run in [[pair] for pair in group] if sending else [list(group)]:
                wanted = [(ask.method, ask.params) for _, ask in run]
                async with nullcontext() if sending else self._chain.still:
                    answers = await standing.node.answers(wanted)
                for (index, ask), answer in zip(run, answers, strict=True):
                    members[index] = show(ask, answer, standing.height)
                if sending:
                    self._chain.wake()


def _one(call: Any, members: dict[str, Any]) -> bytes:
    identity = call.get("id") if isinstance(call, dict) else None
    if not isinstance(identity, str | int | float):
        identity = None
    return orjson.dumps({"jsonrpc": "2.0", "id": identity, **members})


def application(chain: Chain) -> web.Application:
    """The HTTP face: POST / with application/json, for this machine's own programs and not for web pages."""
    front = Front(chain)

    async def root(request: web.Request) -> web.Response:
        if request.headers.get("host", "").rsplit(":", 1)[0] not in ("127.0.0.1", "localhost"):
            return _refusal(403, "this is the development chain of this machine: ask for 127.0.0.1 or localhost")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _refusal(415, "send JSON-RPC with content-type application/json")
        body = bytearray()
        size = 0
        async for chunk in request.content.iter_any():  # read to the end, so that the client hears the answer
            size += len(chunk)
            if size <= BODY_LIMIT:
                body += chunk
        if size > BODY_LIMIT:
            return _refusal(413, f"the body has {size} bytes, over the limit of {BODY_LIMIT}")
        return web.Response(body=await front.answer(bytes(body)), content_type="application/json")

    face = web.Application()
    face.router.add_post("/", root)
    return face


def _refusal(status: int, message: str) -> web.Response:
    body = _one(None, {"error": {"code": -32600, "message": message}})
    return web.Response(body=body, status=status, content_type="application/json")
