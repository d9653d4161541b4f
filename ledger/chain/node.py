"""One node, asked over HTTP. What it shows under `latest` is final: QBFT never reorganises, and the development chain's
front hides what is not yet journalled (reference/engines.md, sections 1.4 and 8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import requests
from eth_typing import URI, BlockNumber, HexStr
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    BadResponseFormat,
    BlockNotFound,
    ContractCustomError,
    ContractLogicError,
    Web3Exception,
    Web3RPCError,
)
from web3.middleware import ExtraDataToPOAMiddleware
from web3.types import BlockIdentifier, RPCEndpoint, RPCResponse, TxParams

from ledger.errors import ChainError

T = TypeVar("T")
LOG_RANGE = 1_000
UNUSABLE = (Web3Exception, requests.RequestException, ValueError, LookupError, TypeError, AttributeError)
"""What web3 raises over an answer that is none, or is of another form than the question asks for."""


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


class _Line(HTTPProvider):
    """web3 looks at no answer's id: one that a line in trouble gives late, to the next question, would be taken for its own.
    `find` says anew for each call where the node is."""

    def __init__(self, find: Callable[[], str], **more: Any) -> None:
        self._find = find
        super().__init__("http://127.0.0.1", **more)

    @property
    def endpoint_uri(self) -> URI:
        return URI(self._find())

    @endpoint_uri.setter
    def endpoint_uri(self, _: URI) -> None: ...

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        question = self.encode_rpc_request(method, params)
        answer = self.decode_rpc_response(self._make_request(method, question))
        if not isinstance(answer, dict) or answer.get("id") != json.loads(question)["id"]:
            raise BadResponseFormat("the answer belongs to another question")
        return answer


class Node:
    def __init__(self, url: str | Callable[[], str], timeout: float = 30.0) -> None:
        """`url`, or who knows it: a development chain has another address after each start."""
        find = (lambda: url) if isinstance(url, str) else url
        self._web3 = Web3(_Line(find, request_kwargs={"timeout": timeout}, exception_retry_configuration=None))
        self._web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)

    def chain_id(self) -> int:
        return self._ask(lambda: self._web3.eth.chain_id)

    def height(self) -> int:
        """Number of the newest final block."""
        return self._ask(lambda: int(self._web3.eth.block_number))

    def block(self, number: int) -> Block | None:
        def get() -> Block | None:
            try:
                found = self._web3.eth.get_block(number)
            except BlockNotFound:
                return None
            return Block(int(found["number"]), bytes(found["hash"]), int(found["timestamp"]))

        return self._ask(get)

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[Log]:
        """All logs of these contracts in blocks first..last (at most LOG_RANGE of them), in order."""
        wanted = {"address": [_hex(a) for a in addresses], "fromBlock": hex(first), "toBlock": hex(last)}
        found = self._ask(lambda: [_log(raw) for raw in self._raw("eth_getLogs", wanted)])
        return sorted(found, key=lambda log: (log.block, log.index))

    def header(self, number: int) -> dict[str, Any] | None:
        """The header of a final block as the node writes it."""

        def get() -> dict[str, Any] | None:
            found = self._raw("eth_getBlockByNumber", hex(number), False)
            return dict(found) if found else None

        return self._ask(get)

    def proof(self, address: bytes, slots: Iterable[int], number: int) -> list[bytes]:
        """The trie nodes that prove this account and these of its storage slots as of a block (EIP-1186), in no order. Nodes
        forget old states."""

        def get() -> list[bytes]:
            keys = [f"0x{slot:064x}" for slot in slots]  # shorter ones are refused (reference/engines.md, 1.6)
            found = self._raw("eth_getProof", _hex(address), keys, hex(number))
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
        return self._ask(lambda: bytes(self._web3.eth.get_code(Web3.to_checksum_address(address))))

    def call(self, to: bytes, data: bytes, block: int | None = None) -> bytes:
        """What a view answers in the newest final block, or in `block` (nodes forget old states)."""
        at: BlockIdentifier = "latest" if block is None else BlockNumber(block)
        return self._ask(lambda: bytes(self._web3.eth.call(_call(to, data), at)))

    def calls(self, calls: Sequence[tuple[bytes, bytes]], block: int) -> list[bytes]:
        """What many views answer as of `block`, in their order, asked in one request."""

        def run() -> list[bytes]:
            with self._web3.batch_requests() as batch:
                for to, data in calls:
                    batch.add(self._web3.eth.call(_call(to, data), BlockNumber(block)))
                answers: list[Any] = batch.execute()
            return [bytes(answer) for answer in answers]

        return self._ask(run)

    def simulate(self, sender: bytes, to: bytes, data: bytes) -> bytes | None:
        """What a transaction of `sender` would be refused with now: the encoded custom error, empty if it names none.
        None: it would go through."""

        def run() -> bytes | None:
            try:
                self._web3.eth.call({**_call(to, data), "from": Web3.to_checksum_address(sender)})
            except ContractCustomError as error:
                return bytes.fromhex(str(error.data).removeprefix("0x"))
            except ContractLogicError:
                return b""
            return None

        return self._ask(run)

    def estimate_gas(self, sender: bytes, to: bytes, data: bytes) -> int:
        return self._ask(
            lambda: self._web3.eth.estimate_gas({**_call(to, data), "from": Web3.to_checksum_address(sender)})
        )

    def next_nonce(self, address: bytes) -> int:
        """Count of final transactions: never `pending`, whose answer dies with the node's pool."""
        return self._ask(lambda: int(self._web3.eth.get_transaction_count(Web3.to_checksum_address(address), "latest")))

    def receipt(self, transaction: bytes) -> Receipt | None:
        def get() -> Receipt | None:
            found = self._raw("eth_getTransactionReceipt", _hex(transaction))
            if found is None:
                return None
            logs = tuple(_log(raw) for raw in found["logs"])
            return Receipt(int(found["blockNumber"], 16), int(found["status"], 16) == 1, logs)

        return self._ask(get)

    def transaction(self, hash: bytes) -> Transaction | None:
        def get() -> Transaction | None:
            found = self._raw("eth_getTransactionByHash", _hex(hash))
            if found is None:
                return None
            sender, to, data = (bytes.fromhex((found[name] or "0x")[2:]) for name in ("from", "to", "input"))
            return Transaction(sender, to or None, data)

        return self._ask(get)

    def send(self, raw: bytes) -> Sent:
        """Sends these bytes; sending them again is harmless. Decides nothing: only receipts and state do."""
        try:
            self._web3.eth.send_raw_transaction(raw)
        except Web3RPCError as error:
            return _meaning(str(error).lower())
        except UNUSABLE:
            return Sent.UNKNOWN
        return Sent.TAKEN

    def _raw(self, method: str, *params: Any) -> Any:
        """The result as the node wrote it: web3.py's readers take longer over a hundred logs than all else does."""
        answer = self._web3.provider.make_request(RPCEndpoint(method), list(params))
        if "error" in answer:
            raise Web3RPCError(str(answer["error"]))
        return answer["result"]

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


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _call(to: bytes, data: bytes) -> TxParams:
    return {"to": Web3.to_checksum_address(to), "data": HexStr("0x" + data.hex()), "gasPrice": Web3.to_wei(0, "wei")}


def _log(raw: Any) -> Log:
    return Log(
        address=bytes.fromhex(raw["address"][2:]),
        topics=tuple(bytes.fromhex(topic[2:]) for topic in raw["topics"]),
        data=bytes.fromhex(raw["data"][2:]),
        block=int(raw["blockNumber"], 16),
        block_hash=bytes.fromhex(raw["blockHash"][2:]),
        transaction=bytes.fromhex(raw["transactionHash"][2:]),
        index=int(raw["logIndex"], 16),
    )
