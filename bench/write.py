"""`./scripts/bench write`: how fast events become final, through a running gateway and beside it, in one run (DESIGN, section 11).

Four rates of Observes of a place with 300 bytes of content, each = events final ÷ time from the first post to the last final:

    naive     web3.py as its documentation shows it: an automine node, the same contract, one event, its receipt, the next
    single    a running gateway and its development chain, 8 clients with one event a post
    hundreds  the same with 100 events a post, 2 clients
    ceiling   the same chain without the gateway, fed submissions of 100 that were signed beforehand
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from eth_account import Account
from eth_utils.address import to_checksum_address
from web3 import Web3
from web3.types import TxReceipt

from bench.chain import CHAIN_ID, chain
from bench.report import Report
from bench.season import CONTENT, KEYS, Season
from gateway.stack import Stack
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import encode_record_call
from ledger.canonical.body import encode_body
from ledger.canonical.typed_data import Domain, as_eip712
from ledger.chain.node import Node
from ledger.chain.transactions import address_of, sign_transaction
from ledger.events.identifiers import keccak
from ledger.events.model import ZERO32, Kind, Note, SignedEvent
from ledger.signing.signer import LocalSigner, compact

SOURCES = ("contracts/abi/*.json", "bench/*.py", "ledger/**/*.py", "gateway/**/*.py", "hardhat-free-devnet/**/*.py")
ROUNDS = 3
NAIVE, SINGLE, HUNDREDS, CEILING = 100, 400, 6_000, 12_000
PARTY, OUTSIDE = "urn:nguon:bench:writer", "urn:nguon:bench:outside"
SAID = json.loads(CONTENT)
DEADLINE = 240.0


def measure() -> Report:
    report = Report("write", rounds=ROUNDS, facts={"content_bytes": len(CONTENT), "kind": "Observe"})
    rates: dict[str, list[float]] = {"naive": [], "single": [], "hundreds": [], "ceiling": []}
    with tempfile.TemporaryDirectory(prefix="nguon-bench-") as folder, chain() as automine:
        naive = Naive(Season(automine).deployment.domain, automine.url)
        stack = Stack(Path(folder))
        with stack.alone():
            running = Running(stack, stack.start(0))
        try:
            for _ in range(ROUNDS):
                rates["naive"].append(naive.rate(NAIVE))
                rates["single"].append(running.rate(SINGLE, posts=1, clients=8))
                rates["hundreds"].append(running.rate(HUNDREDS, posts=100, clients=2))
                rates["ceiling"].append(running.ceiling(CEILING))
        finally:
            running.close()
            stack.stop()
    for name, found in rates.items():
        report.row(f"{name}, median of {ROUNDS}", statistics.median(found), "events/s")
    for name, base in (("single", "naive"), ("hundreds", "naive"), ("hundreds", "ceiling"), ("single", "ceiling")):
        report.row(f"{name} ÷ {base}, median of {ROUNDS}", _ratio(rates[name], rates[base]), "times")
    report.budget("write.vs_naive", _ratio(rates["hundreds"], rates["naive"]), 60, least=True)
    report.budget("write.vs_ceiling", _ratio(rates["hundreds"], rates["ceiling"]), 0.3, least=True)
    return report


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the rounds' own ratios: what else the machine does changes from round to round."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def seen(signer: bytes, nonce: int, place: bytes) -> Note:
    return Note(signer, nonce, int(time.time()) - 60, Kind.OBSERVE, (), ZERO32, place, ZERO32, CONTENT)


class Naive:
    """What a program writes that knows nothing of submissions: web3.py alone, keys and encoding by eth-account."""

    def __init__(self, domain: Domain, url: str) -> None:
        self._web3 = Web3(Web3.HTTPProvider(url))
        self._domain = domain
        self._signer, self._relayer = Account.from_key(KEYS["a"]), Account.from_key(KEYS["relayer"])
        abi = json.loads((Path(__file__).resolve().parents[1] / "contracts" / "abi" / "CustodyLedger.json").read_text())
        self._ledger = self._web3.eth.contract(address=to_checksum_address(domain.contract), abi=abi["abi"])
        self._nonce = 1 << 40

    def rate(self, events: int) -> float:
        start = time.perf_counter()
        for _ in range(events):
            receipt = self._one()
            if receipt["status"] != 1 or len(receipt["logs"]) != 1:
                raise RuntimeError("an event was not recorded")
        return events / (time.perf_counter() - start)

    def _one(self) -> TxReceipt:
        self._nonce += 1
        note = seen(bytes.fromhex(self._signer.address[2:]), self._nonce, b"urn:nguon:bench:a")
        signature = self._signer.sign_typed_data(full_message=as_eip712(self._domain, note)).signature
        short = compact(signature[:64] + bytes((signature[64] - 27,)))
        item = (3, encode_body(note), short[:32], short[32:])
        call = self._ledger.functions.record([item])
        transaction = call.build_transaction(
            {
                "from": self._relayer.address,
                "nonce": self._web3.eth.get_transaction_count(self._relayer.address),
                "gas": 1_000_000,
                "gasPrice": 0,
                "chainId": CHAIN_ID,
            }
        )
        sent = self._web3.eth.send_raw_transaction(self._relayer.sign_transaction(transaction).raw_transaction)
        return self._web3.eth.wait_for_transaction_receipt(sent)


class Running:
    """A gateway as `./scripts/start --no-demo` starts it, with a party whose key it keeps and one whose key it does not."""

    def __init__(self, stack: Stack, document: dict[str, Any]) -> None:
        self._url, self._node = document["gateway"], Node(document["rpc"])
        self._deployment = Deployment.load(stack.data / "ledger.json")
        key = (stack.data / "secrets" / "operator-api-key").read_text()
        self._operator = self._client(key)
        self._outside = LocalSigner(keccak(b"bench, worthless key: outside"), self._deployment.domain)
        entries = [
            {"uri": PARTY, "roles": ["producer"]},
            {
                "uri": OUTSIDE,
                "roles": ["producer"],
                "key": False,
                "signers": [{"address": _hex(self._outside.address)}],
            },
        ]
        self._done(self._operator.post("/v1/parties", json={"parties": entries}))
        made = self._done(self._operator.post(f"/v1/parties/{quote(PARTY, safe='')}/api-keys", json={}))
        self._clients = [self._client(made["api_key"]) for _ in range(8)]
        self._nonce = 0
        self._submissions = 0

    def close(self) -> None:
        for client in (self._operator, *self._clients):
            client.close()

    def rate(self, events: int, *, posts: int, clients: int) -> float:
        target = self._events() + events
        bodies = [self._body(posts) for _ in range(events // posts)]
        shares = [bodies[place::clients] for place in range(clients)]
        start = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(self._post, self._clients[:clients], shares))
        self._until(lambda: self._events() >= target)
        return events / (time.perf_counter() - start)

    def ceiling(self, events: int) -> float:
        key = keccak(b"bench, worthless key: sender")
        raws = []
        for _ in range(events // 100):
            signed = [self._next() for _ in range(100)]
            raws.append(
                sign_transaction(key, CHAIN_ID, self._submissions, self._deployment.ledger, encode_record_call(signed))
            )
            self._submissions += 1
        start = time.perf_counter()
        for raw in raws:
            self._node.send(raw.raw)
        self._until(lambda: self._node.next_nonce(address_of(key)) >= self._submissions)
        taken = time.perf_counter() - start
        if any((receipt := self._node.receipt(raw.hash)) is None or len(receipt.logs) != 100 for raw in raws):
            raise RuntimeError("a submission was not recorded whole")
        return events / taken

    def _next(self) -> SignedEvent:
        self._nonce += 1
        return self._outside.sign(seen(self._outside.address, self._nonce, b"urn:nguon:bench:outside"))

    @staticmethod
    def _body(count: int) -> bytes:
        event = {
            "kind": "Observe",
            "occurred_at": "2026-11-20T07:30:00+07:00",
            "place": f"{PARTY}:pond",
            "content": SAID,
        }
        event["content"] = {name: value for name, value in SAID.items() if name != "nguon:captured"}
        return json.dumps(event if count == 1 else {"events": [event] * count}).encode()

    def _post(self, client: httpx.Client, bodies: Iterable[bytes]) -> None:
        for body in bodies:
            answer = client.post("/v1/events", content=body, headers={"Content-Type": "application/json"})
            if answer.status_code not in (200, 202):
                raise RuntimeError(answer.text[:500])

    def _events(self) -> int:
        return int(self._done(self._operator.get("/v1/ledger"))["as_of"]["events"])

    def _client(self, key: str) -> httpx.Client:
        return httpx.Client(
            base_url=self._url, timeout=120, headers={"Authorization": f"Bearer {key}"}, trust_env=False
        )

    @staticmethod
    def _done(answer: httpx.Response) -> dict[str, Any]:
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    @staticmethod
    def _until(done: Callable[[], bool]) -> None:
        end = time.perf_counter() + DEADLINE
        while not done():
            if time.perf_counter() > end:
                raise RuntimeError(f"not final in {DEADLINE:.0f} s")
            time.sleep(0.05)  # each look costs the gateway a request


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
