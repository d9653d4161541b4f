"""A hostile line between the gateways and the chain: JSON-RPC over HTTP that loses, delays and garbles what passes.

It also keeps every transaction that was sent through it: what our accounts meant to do, seen from outside.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict

import aiohttp
import orjson
import rlp
from aiohttp import web
from eth_account import Account
from eth_utils.crypto import keccak

STALL = 1.5  # seconds
FAULTS = (
    "drop before",  # the question never arrives
    "drop after",  # it arrives, the answer does not
    "stall",
    "garbage",  # an answer that is no JSON
    "cut off",  # an answer that ends in the middle
    "wrong id",  # the answer to the question before
    "null",  # `result: null`; the question may have arrived or not
    "odd",  # a result of a form that nobody asked for
    "error",  # a JSON-RPC error that means nothing
    "502",
)
GARBAGE = (
    b"<html>it works</html>",
    b"",
    b"null",
    b"[]",
    b"17",
    b'"0x1"',
    b"{}",
    b'{"jsonrpc":"2.0"}',
    b"\xff\xfe\x00{",
)


class Proxy:
    """`hostility`: share of the questions that something happens to."""

    def __init__(self, seed: str, hostility: float) -> None:
        self.upstream = ""
        self.hostility = hostility
        self.url = ""
        self.questions = 0
        self.faults: Counter[str] = Counter()
        self._sent: defaultdict[str, defaultdict[int, set[bytes]]] = defaultdict(lambda: defaultdict(set))
        self._chance = random.Random(seed)
        self._seen: set[bytes] = set()
        self._before = b""
        self._runner: web.AppRunner | None = None
        self._line: aiohttp.ClientSession | None = None

    @property
    def sent(self) -> dict[str, dict[int, set[bytes]]]:
        """By sender and nonce, the hashes of all transactions seen so far."""
        return {sender: {nonce: set(hashes) for nonce, hashes in found.items()} for sender, found in self._sent.items()}

    @property
    def transactions(self) -> int:
        """How many different ones were seen."""
        return len(self._seen)

    async def start(self) -> None:
        self._line = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        face = web.Application(client_max_size=16 * 1024 * 1024)
        face.router.add_post("/", self._pass)
        self._runner = web.AppRunner(face, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._line is not None:
            await self._line.close()

    async def _pass(self, request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except ConnectionResetError:  # who asked is dead
            return web.Response()
        self.questions += 1
        self._note(body)
        fault = self._chance.choice(FAULTS) if self._chance.random() < self.hostility else None
        arrives = self._chance.random() < 0.5  # where the fault leaves it open
        if fault:
            self.faults[fault] += 1
        if fault == "stall":
            await asyncio.sleep(STALL)
        if fault == "drop before":
            return _cut(request)
        if fault == "502" and not arrives:
            return web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html")
        answer = await self._forward(body) if fault != "null" or arrives else b"{}"
        if answer is None or fault == "drop after":
            return _cut(request)
        before, self._before = self._before, answer
        return _garbled(fault, orjson.loads(body).get("id"), answer, before, self._chance)

    async def _forward(self, body: bytes) -> bytes | None:
        """None while the chain is away."""
        assert self._line is not None
        try:
            async with self._line.post(
                self.upstream, data=body, headers={"content-type": "application/json"}
            ) as answer:
                return await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    def _note(self, body: bytes) -> None:
        call = orjson.loads(body)
        if call.get("method") != "eth_sendRawTransaction":
            return
        raw = bytes.fromhex(call["params"][0][2:])
        hash = keccak(raw)
        if hash not in self._seen:
            self._seen.add(hash)
            nonce = int.from_bytes(rlp.decode(raw)[0], "big")
            self._sent[Account.recover_transaction(raw).lower()][nonce].add(hash)


def _cut(request: web.Request) -> web.Response:
    """No answer, and the connection is gone."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _garbled(fault: str | None, id: object, answer: bytes, before: bytes, chance: random.Random) -> web.Response:
    if fault == "502":
        return web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html")
    if fault == "garbage":
        answer = chance.choice(GARBAGE)
    elif fault == "cut off":
        answer = answer[: len(answer) // 2]
    elif fault == "wrong id":
        answer = before or answer
    elif fault == "null":
        answer = orjson.dumps({"jsonrpc": "2.0", "id": id, "result": None})
    elif fault == "odd":
        answer = orjson.dumps({"jsonrpc": "2.0", "id": id, "result": {"odd": [1]}})
    elif fault == "error":
        answer = orjson.dumps({"jsonrpc": "2.0", "id": id, "error": {"code": -32603, "message": "Internal error"}})
    return web.Response(body=answer, content_type="application/json")
