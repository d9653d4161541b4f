"""One node, asked over HTTP. What it shows under `latest` is final: QBFT never reorganises, and the development chain's
front hides what is not yet journalled (reference/engines.md, sections 1.4 and 8)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

import httpx
import orjson

from ledger.errors import ChainError

T = TypeVar("T")
LOG_RANGE = 1_000
_KEPT_OPEN: Final = httpx.Limits(
    keepalive_expiry=2
)  # seconds: a node that closes idle lines does not do it under a question
_JSON: Final = {"Content-Type": "application/json"}
_NAMES_NO_ERROR: Final = (
    bytes.fromhex("08c379a0"),
    bytes.fromhex("4e487b71"),
)  # Solidity's Error(string), Panic(uint256)


class Unanswered(Exception):
    """The node answered with a JSON-RPC error."""

    def __init__(self, error: Any) -> None:
        told: dict[str, Any] = error if isinstance(error, dict) else {"message": error}
        self.message, self.data = str(told.get("message", "")), told.get("data")
        super().__init__(self.message)


UNUSABLE = (Unanswered, httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError, AttributeError)
"""What comes of an answer that is none, or is of another form than the question asks for."""


@dataclass(frozen=True, slots=True)
class Block:
    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Log:
    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    block_hash: bytes
    transaction: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """`to` None: it created a contract."""

    sender: bytes
    to: bytes | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    block: int
    succeeded: bool
    logs: tuple[Log, ...]


class Sent(Enum):
    """What an answer to eth_sendRawTransaction means (reference/reliability.md, section 4.4)."""

    TAKEN = "taken"  # taken now, or known already: wait for the receipt
    NONCE_USED = "nonce used"  # mined before, or another transaction took the nonce: ask for the receipt
    NONCE_HELD = "nonce held"  # another of ours holds the nonce in the pool
    REFUSED = "refused"  # configuration: price, limits, permission
    UNKNOWN = "unknown"  # no answer worth believing: send the same bytes again later


class Node:
    def __init__(self, url: str | Callable[[], str], timeout: float = 30.0) -> None:
        """`url`, or who knows it: a development chain has another address after each start."""
        self._find: Callable[[], str] = (lambda: url) if isinstance(url, str) else url
        self._http = httpx.Client(timeout=timeout, limits=_KEPT_OPEN, trust_env=False)
        self._numbers = itertools.count(1)

    def chain_id(self) -> int:
        return self._ask(lambda: _number(self._result("eth_chainId")))

    def height(self) -> int:
        """Number of the newest final block."""
        return self._ask(lambda: _number(self._result("eth_blockNumber")))

    def block(self, number: int) -> Block | None:
        def get() -> Block | None:
            found = self._result("eth_getBlockByNumber", hex(number), False)
            return found and Block(_number(found["number"]), _bytes(found["hash"]), _number(found["timestamp"]))

        return self._ask(get)

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[Log]:
        """All logs of these contracts in blocks first..last (at most LOG_RANGE of them), in order."""
        wanted = {"address": [_hex(a) for a in addresses], "fromBlock": hex(first), "toBlock": hex(last)}
        found = self._ask(lambda: [_log(raw) for raw in self._result("eth_getLogs", wanted)])
        return sorted(found, key=lambda log: (log.block, log.index))

    def header(self, number: int) -> dict[str, Any] | None:
        """The header of a final block as the node writes it."""

        def get() -> dict[str, Any] | None:
            found = self._result("eth_getBlockByNumber", hex(number), False)
            return dict(found) if found else None

        return self._ask(get)

    def proof(self, address: bytes, slots: Iterable[int], number: int) -> list[bytes]:
        """The trie nodes that prove this account and these of its storage slots as of a block (EIP-1186), in no order. Nodes
        forget old states."""

        def get() -> list[bytes]:
            keys = [f"0x{slot:064x}" for slot in slots]  # shorter ones are refused (reference/engines.md, 1.6)
            found = self._result("eth_getProof", _hex(address), keys, hex(number))
            parts = [found["accountProof"], *(each["proof"] for each in found["storageProof"])]
            return [bytes.fromhex(node[2:]) for part in parts for node in part]

        return self._ask(get)

    def log_of(self, address: bytes, event: bytes) -> bool:
        """Whether this contract ever left a log whose second topic is this event's id. Walks the whole chain."""
        height = self.height()
        for first in range(0, height + 1, LOG_RANGE):
            last = min(height, first + LOG_RANGE - 1)
            if any(len(log.topics) > 1 and log.topics[1] == event for log in self.logs((address,), first, last)):
                return True
        return False

    def code(self, address: bytes) -> bytes:
        return self._ask(lambda: _bytes(self._result("eth_getCode", _hex(address), "latest")))

    def call(self, to: bytes, data: bytes, block: int | None = None) -> bytes:
        """What a view answers in the newest final block, or in `block` (nodes forget old states)."""
        at = "latest" if block is None else hex(block)
        return self._ask(lambda: _bytes(self._result("eth_call", _call(to, data), at)))

    def calls(self, calls: Sequence[tuple[bytes, bytes]], block: int) -> list[bytes]:
        """What many views answer as of `block`, in their order, asked in one request."""

        def run() -> list[bytes]:
            questions = [self._question("eth_call", _call(to, data), hex(block)) for to, data in calls]
            answers = {answer["id"]: answer for answer in self._post(questions)}
            return [_bytes(_result_of(answers[question["id"]])) for question in questions]

        return self._ask(run) if calls else []

    def simulate(self, sender: bytes, to: bytes, data: bytes) -> bytes | None:
        """What a transaction of `sender` would be refused with now: the encoded custom error, empty if it names none.
        None: it would go through."""

        def run() -> bytes | None:
            try:
                self._result("eth_call", _call(to, data) | {"from": _hex(sender)}, "latest")
            except Unanswered as refusal:
                if "revert" not in refusal.message.lower() and refusal.data is None:
                    raise
                named = _bytes(refusal.data) if isinstance(refusal.data, str) else b""
                return b"" if named[:4] in _NAMES_NO_ERROR else named
            return None

        return self._ask(run)

    def estimate_gas(self, sender: bytes, to: bytes, data: bytes) -> int:
        return self._ask(lambda: _number(self._result("eth_estimateGas", _call(to, data) | {"from": _hex(sender)})))

    def next_nonce(self, address: bytes) -> int:
        """Count of final transactions: never `pending`, whose answer dies with the node's pool."""
        return self._ask(lambda: _number(self._result("eth_getTransactionCount", _hex(address), "latest")))

    def receipt(self, transaction: bytes) -> Receipt | None:
        def get() -> Receipt | None:
            found = self._result("eth_getTransactionReceipt", _hex(transaction))
            if found is None:
                return None
            logs = tuple(_log(raw) for raw in found["logs"])
            return Receipt(_number(found["blockNumber"]), _number(found["status"]) == 1, logs)

        return self._ask(get)

    def transaction(self, hash: bytes) -> Transaction | None:
        def get() -> Transaction | None:
            found = self._result("eth_getTransactionByHash", _hex(hash))
            if found is None:
                return None
            sender, to, data = (_bytes(found[name] or "0x") for name in ("from", "to", "input"))
            return Transaction(sender, to or None, data)

        return self._ask(get)

    def send(self, raw: bytes) -> Sent:
        """Sends these bytes; sending them again is harmless. Decides nothing: only receipts and state do."""
        try:
            self._result("eth_sendRawTransaction", _hex(raw))
        except Unanswered as error:
            return _meaning(error.message.lower())
        except UNUSABLE:
            return Sent.UNKNOWN
        return Sent.TAKEN

    def _result(self, method: str, *params: Any) -> Any:
        """Raises Unanswered."""
        question = self._question(method, *params)
        answer = self._post(question)
        # one that a line in trouble gives late, to the next question, would be taken for its own
        if answer["id"] != question["id"]:
            raise ValueError("the answer belongs to another question")
        return _result_of(answer)

    def _question(self, method: str, *params: Any) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params}

    def _post(self, body: Any) -> Any:
        answer = self._http.post(self._find(), content=orjson.dumps(body), headers=_JSON)
        answer.raise_for_status()
        return orjson.loads(answer.content)

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except UNUSABLE as error:
            raise ChainError(
                f"the node gave no usable answer ({type(error).__name__})"
            ) from error  # its address may hold a secret


def _meaning(text: str) -> Sent:
    if "already imported" in text or "known transaction" in text or "already known" in text:
        return Sent.TAKEN
    if "nonce too low" in text:
        return Sent.NONCE_USED
    if "underpriced" in text and "replacement" in text:
        return Sent.NONCE_HELD
    if any(word in text for word in ("gas", "price", "authori", "cost", "limit")):
        return Sent.REFUSED
    return Sent.UNKNOWN


def _result_of(answer: Any) -> Any:
    if "error" in answer:
        raise Unanswered(answer["error"])
    return answer["result"]


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError("bytes without 0x")
    return bytes.fromhex(text[2:])


def _number(text: str) -> int:
    if not text.startswith("0x"):
        raise ValueError("a number without 0x")
    return int(text, 16)


def _call(to: bytes, data: bytes) -> dict[str, str]:
    return {"to": _hex(to), "data": _hex(data), "gasPrice": "0x0"}


def _log(raw: Any) -> Log:
    return Log(
        address=_bytes(raw["address"]),
        topics=tuple(map(_bytes, raw["topics"])),
        data=_bytes(raw["data"]),
        block=_number(raw["blockNumber"]),
        block_hash=_bytes(raw["blockHash"]),
        transaction=_bytes(raw["transactionHash"]),
        index=_number(raw["logIndex"]),
    )
