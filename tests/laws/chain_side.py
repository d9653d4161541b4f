"""The contracts on an Anvil of their own, the province registered: the other side of the differential.

Anvil is driven directly, not through the development chain's keeper: blocks get the very times that a season has, and
`begin` takes everything back to a province without goods.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from season_province import (
    BRANDS,
    MAKERS,
    PARTY,
    PARTY_URI,
    PRODUCT,
    PRODUCT_URI,
    ROLES,
    SECOND,
    SECOND_SIGNER,
    SIGNER,
    START,
    UNITS,
    YIELDS,
    CouncilAct,
    InspectorSet,
    MakerSet,
    RolesSet,
    StatusSet,
)

from ledger.bindings import registries
from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment, deploy
from ledger.canonical.heads import Tag, advance, seed
from ledger.chain.node import Log, Node
from ledger.chain.transactions import address_of, sign_transaction
from ledger.events.identifiers import keccak
from ledger.events.model import DAY, FOREVER, Custody, Role

ANVIL = Path(__file__).resolve().parents[2] / "node_modules" / ".bin" / "anvil"
CHAIN_ID = 31337
COUNCIL_KEY = keccak(b"the council and relayer of the tests")
LEDGER_ID = keccak(b"the ledger of the tests")
DEADLINE = 60.0
BLOCK_GAS = 2_000_000_000

Call = tuple[bytes, bytes]
"""To whom, and the data."""


@dataclass
class Anvil:
    url: str
    client: httpx.Client

    def ask(self, method: str, *params: Any) -> Any:
        (answer,) = self.ask_all([(method, list(params))])
        return answer

    def ask_all(self, calls: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        """The results of several calls, in their order; executed in any order."""
        if not calls:
            return []
        body = [{"jsonrpc": "2.0", "id": i, "method": method, "params": p} for i, (method, p) in enumerate(calls)]
        found = {answer["id"]: answer for answer in self.client.post(self.url, json=body).json()}
        refused = [answer["error"] for answer in found.values() if "error" in answer]
        assert not refused, f"the node refused: {refused[0]} (of {[method for method, _ in calls][:3]})"
        return [found[index]["result"] for index in range(len(calls))]


@contextmanager
def anvil(folder: Path) -> Iterator[Anvil]:
    """A node whose clock stands a month before the seasons; ended with its test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = {
        "port": port, "chain-id": CHAIN_ID, "hardfork": "cancun", "timestamp": START - 30 * DAY, "accounts": 0,
        "base-fee": 0, "gas-price": 0, "gas-limit": BLOCK_GAS, "order": "fifo", "cache-path": folder,
    }  # fmt: skip
    line = [str(ANVIL), *(part for name, value in flags.items() for part in (f"--{name}", str(value)))]
    line += ["--silent", "--no-request-size-limit"]
    with (folder / "anvil.log").open("wb") as log, httpx.Client(timeout=DEADLINE, trust_env=False) as client:
        process = subprocess.Popen(line, stdout=log, stderr=log, start_new_session=True)
        try:
            node = Anvil(f"http://127.0.0.1:{port}", client)
            _await(node, process, folder)
            yield node
        finally:
            process.kill()
            process.wait()


def _await(node: Anvil, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + DEADLINE
    while True:
        try:
            assert node.ask("eth_chainId") == hex(CHAIN_ID)
            return
        except httpx.TransportError:
            assert process.poll() is None, (folder / "anvil.log").read_text()
            assert time.monotonic() < end, "Anvil does not answer"
            time.sleep(0.02)


class Chain:
    """The contracts of one ledger with the province registered, and how to talk to them."""

    def __init__(self, node: Anvil) -> None:
        self.node = node
        council = address_of(COUNCIL_KEY)
        self.deployment: Deployment = deploy(Node(node.url), COUNCIL_KEY, council, LEDGER_ID, CHAIN_ID)
        node.ask("evm_setAutomine", False)
        self._nonce = Node(node.url).next_nonce(council)
        self.registry_heads = {tag: seed(tag, LEDGER_ID) for tag in (Tag.PARTIES, Tag.PRODUCTS)}
        # A day before, in as many seconds as the setting-up has blocks.
        self.block(START - DAY, [*self._parties(), *self._products()])
        self._registered = (dict(self.registry_heads), self._nonce)
        self._snapshot = node.ask("evm_snapshot")

    def begin(self) -> None:
        """Back to the province without goods."""
        assert self.node.ask("evm_revert", self._snapshot)
        self._snapshot = self.node.ask("evm_snapshot")
        heads, self._nonce = self._registered
        self.registry_heads = dict(heads)

    def block(self, at: int, calls: Sequence[Call]) -> list[list[Log]]:
        """One block of time `at` with these calls in order, each a transaction; the logs of each."""
        outcomes = self.try_block(at, calls)
        assert not any(isinstance(outcome, bytes) for outcome in outcomes), "a transaction of the tests failed"
        return [outcome for outcome in outcomes if not isinstance(outcome, bytes)]

    def try_block(self, at: int, calls: Sequence[Call]) -> list[list[Log] | bytes]:
        """As `block`; of a transaction that reverted, in place of logs, the data that it reverted with."""
        transactions = [
            sign_transaction(COUNCIL_KEY, CHAIN_ID, self._nonce + place, to, data)
            for place, (to, data) in enumerate(calls)
        ]
        self._nonce += len(transactions)
        self.node.ask("evm_setNextBlockTimestamp", at)
        self.node.ask_all([("eth_sendRawTransaction", ["0x" + each.raw.hex()]) for each in transactions])
        self.node.ask("evm_mine")
        receipts = self.node.ask_all([("eth_getTransactionReceipt", ["0x" + t.hash.hex()]) for t in transactions])
        outcomes: list[list[Log] | bytes] = []
        for transaction, receipt in zip(transactions, receipts, strict=True):
            if receipt["status"] == "0x1":
                logs = [_log(raw) for raw in receipt["logs"]]
                for log in logs:
                    self._follow_registry(log)
                outcomes.append(logs)
            else:
                outcomes.append(self._why(transaction.hash))
        return outcomes

    def _why(self, transaction: bytes) -> bytes:
        trace = self.node.ask("debug_traceTransaction", "0x" + transaction.hex(), {"tracer": "callTracer"})
        return bytes.fromhex(trace.get("output", "0x")[2:])

    def views(self, asked: Sequence[tuple[str, str, tuple[Any, ...]]]) -> list[Any]:
        """What views answer now: contract (of `Deployment`), function, arguments."""
        names = {"parties": "PartyRegistry", "products": "ProductRegistry", "ledger": "CustodyLedger"}
        calls = []
        for where, function, arguments in asked:
            to = getattr(self.deployment, where)
            data = contract(names[where]).call(function, *arguments)
            calls.append(("eth_call", [{"to": "0x" + to.hex(), "data": "0x" + data.hex()}, "latest"]))
        return [
            contract(names[where]).result(function, bytes.fromhex(answer[2:]))[0]
            for (where, function, _), answer in zip(asked, self.node.ask_all(calls), strict=True)
        ]

    def call_of(self, act: CouncilAct) -> Call:
        parties, products = self.deployment.parties, self.deployment.products
        if isinstance(act, StatusSet):
            return parties, registries.set_status(act.party, int(act.status))
        if isinstance(act, RolesSet):
            return parties, registries.set_roles(act.party, int(act.roles))
        if isinstance(act, InspectorSet):
            return parties, _set_inspector(act.party, act.inspector)
        if isinstance(act, MakerSet):
            return products, registries.set_maker(act.product, act.party, act.listed)
        return products, registries.set_yield(act.input, act.output, act.per_million)

    def _parties(self) -> Iterator[Call]:
        to = self.deployment.parties
        for name, roles in ROLES.items():
            yield to, registries.admit(PARTY_URI[name], int(roles & ~Role.INSPECTOR), "{}")
            if roles & Role.INSPECTOR:
                yield to, _set_inspector(PARTY[name], True)
            first = (SIGNER[name], START - DAY, FOREVER, int(Custody.GATEWAY))
            second = (SECOND_SIGNER[name], *SECOND, int(Custody.EXTERNAL))
            for address, *rest in (first, second):
                yield to, registries.set_signer(PARTY[name], address, *rest)

    def _products(self) -> Iterator[Call]:
        to = self.deployment.products
        for number, (name, unit) in enumerate(UNITS.items(), 1):
            brand = PARTY[BRANDS[name]]
            yield to, registries.register(PRODUCT_URI[name], int(unit), 10 * number, brand, name == "crab", "{}")
        for name, maker in sorted(MAKERS):
            yield to, registries.set_maker(PRODUCT[name], PARTY[maker], True)
        for (source, output), per_million in YIELDS.items():
            yield to, registries.set_yield(PRODUCT[source], PRODUCT[output], per_million)

    def _follow_registry(self, log: Log) -> None:
        for tag, address in ((Tag.PARTIES, self.deployment.parties), (Tag.PRODUCTS, self.deployment.products)):
            if log.address == address and (change := registries.read_change(tag, log)):
                self.registry_heads[tag] = advance(self.registry_heads[tag], change.number, 0, change.digest)


def _set_inspector(party: bytes, inspector: bool) -> bytes:
    return contract("PartyRegistry").call("setInspector", party, inspector)


def _log(raw: dict[str, Any]) -> Log:
    def data(name: str) -> bytes:
        return bytes.fromhex(raw[name][2:])

    topics = tuple(bytes.fromhex(topic[2:]) for topic in raw["topics"])
    number, index = int(raw["blockNumber"], 16), int(raw["logIndex"], 16)
    return Log(data("address"), topics, data("data"), number, data("blockHash"), data("transactionHash"), index)
