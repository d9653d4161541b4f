"""A season on a fresh chain, as far as gas cares: one producer, one receiver, a hundred batches of each product.

Every method records one submission of `n` events and answers the gas of the whole transaction. Nonces are consecutive, the first of
them is spent beforehand, contents are 300 bytes: slots are as warm as a season has them (DESIGN, section 11).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from eth_utils.address import to_checksum_address

from bench.chain import CHAIN_ID, Chain
from ledger.bindings import registries
from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment, deploy
from ledger.canonical.abi import Skipped, decode_log, encode_record_call
from ledger.chain.transactions import address_of
from ledger.events.identifiers import batch_id, keccak, party_id, product_id
from ledger.events.model import (
    FOREVER,
    ZERO32,
    Custody,
    Event,
    Input,
    Kind,
    Make,
    Move,
    Note,
    Output,
    Provenance,
    SignedEvent,
    Unit,
)  # fmt: skip
from ledger.signing.signer import LocalSigner

KEYS = {name: keccak(f"bench, worthless key: {name}".encode()) for name in ("deployer", "council", "relayer", "a", "b")}
CONTENT = b'{"bizStep":"inspecting","nguon:captured":"2026-11-20T00:30:00Z","nguon:reason":"' + b"x" * 218 + b'"}'
ALL_ROLES = 1 | 2 | 4
DAY = 86_400


class Season:
    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        council = address_of(KEYS["council"])
        self.deployment: Deployment = deploy(chain.node, KEYS["deployer"], council, keccak(b"bench"), CHAIN_ID)
        self.a, self.b = (LocalSigner(KEYS[name], self.deployment.domain) for name in ("a", "b"))
        self.party = {"a": party_id(b"urn:nguon:bench:a"), "b": party_id(b"urn:nguon:bench:b")}
        self.raw, self.salted, self.jar = (
            product_id(f"urn:nguon:bench:{n}".encode()) for n in ("raw", "salted", "jar")
        )
        self._nonce = {self.a.address: 0, self.b.address: 0}
        self._register()
        self.now = int(time.time()) - 60
        self.ships: dict[bytes, bytes] = {}
        # The first nonce of each signer opens its word of 256; a season has long opened it.
        for signer, name in ((self.a, "a"), (self.b, "b")):
            place = Note(
                signer.address,
                self._next(signer),
                self.now,
                Kind.OBSERVE,
                (),
                ZERO32,
                b"urn:nguon:bench:" + name.encode(),
                ZERO32,
                CONTENT,
            )
            self.submit([signer.sign(place)])

    def submit(self, events: list[SignedEvent]) -> int:
        receipt, gas = self.chain.transact(KEYS["relayer"], self.deployment.ledger, encode_record_call(events))
        for log in receipt.logs:
            said = decode_log(log.topics, log.data)
            if isinstance(said, Skipped):
                raise RuntimeError(f"an event was skipped: {contract('CustodyLedger').error(said.error)}")
        return gas

    def commission(self, lots: list[bytes]) -> int:
        return self._make(Kind.COMMISSION, [((), self.raw, lot, 1_000_000) for lot in lots])

    def transform(self, lots: list[bytes], outputs: list[bytes], quantity: int = 1_000) -> int:
        return self._make(
            Kind.TRANSFORM,
            [
                (((self.batch(self.raw, lot), quantity),), self.salted, output, quantity)
                for lot, output in zip(lots, outputs, strict=True)
            ],
        )

    def pack(self, lots: list[bytes], outputs: list[bytes], first: int = 0) -> int:
        return self._make(
            Kind.PACK,
            [
                (((self.batch(self.salted, lot), 100),), self.jar, output, 10)
                for lot, output in zip(lots, outputs, strict=True)
            ],
            first=first,
        )

    def observe(self, product: bytes, lots: list[bytes]) -> int:
        return self.submit(
            [
                self.a.sign(
                    Note(
                        self.a.address,
                        self._next(self.a),
                        self.now,
                        Kind.OBSERVE,
                        (self.batch(product, lot),),
                        ZERO32,
                        b"",
                        ZERO32,
                        CONTENT,
                    )
                )
                for lot in lots
            ]
        )

    def ship(self, product: bytes, lots: list[bytes], quantity: int = 10) -> int:
        signed = [self._move(self.a, Kind.SHIP, self.batch(product, lot), quantity, to=self.party["b"]) for lot in lots]
        self.ships = {s.event.batch: s.id for s in signed if isinstance(s.event, Move)}
        return self.submit(signed)

    def receive(self, product: bytes, lots: list[bytes], quantity: int = 10) -> int:
        batches = [self.batch(product, lot) for lot in lots]
        return self.submit([self._move(self.b, Kind.RECEIVE, b, quantity, target=self.ships[b]) for b in batches])

    def sell(self, product: bytes, lots: list[bytes]) -> int:
        return self.submit([self._move(self.b, Kind.SELL, self.batch(product, lot), 1) for lot in lots])

    def dispose(self, product: bytes, lots: list[bytes]) -> int:
        return self.submit([self._move(self.a, Kind.DISPOSE, self.batch(product, lot), 1) for lot in lots])

    def batch(self, product: bytes, lot: bytes) -> bytes:
        return batch_id(product, self.party["a"], lot)

    def _make(
        self, kind: Kind, wanted: list[tuple[tuple[tuple[bytes, int], ...], bytes, bytes, int]], first: int = 0
    ) -> int:
        signed = []
        for inputs, product, lot, quantity in wanted:
            outputs = (Output(product, lot, quantity, self.now + 6 * DAY),)
            make = Make(
                self.a.address, self._next(self.a), self.now, kind, Provenance.MADE_HERE, tuple(Input(*i) for i in inputs), outputs,
                ZERO32, first, CONTENT,
            )  # fmt: skip
            signed.append(self.a.sign(make))
        return self.submit(signed)

    def _move(
        self,
        signer: LocalSigner,
        kind: Kind,
        batch: bytes,
        quantity: int,
        *,
        to: bytes = ZERO32,
        target: bytes = ZERO32,
    ) -> SignedEvent:
        event: Event = Move(
            signer.address, self._next(signer), self.now, kind, batch, ZERO32, to, quantity, target, CONTENT
        )
        return signer.sign(event)

    def _next(self, signer: LocalSigner) -> int:
        self._nonce[signer.address] += 1
        return self._nonce[signer.address]

    def _register(self) -> None:
        owner = self.party["a"]
        parties = [registries.admit(f"urn:nguon:bench:{name}", ALL_ROLES, "{}") for name in ("a", "b")] + [
            registries.set_signer(self.party[n], s.address, 0, FOREVER, Custody.GATEWAY)
            for n, s in (("a", self.a), ("b", self.b))
        ]
        products = [
            registries.register("urn:nguon:bench:raw", Unit.GRAM, 0, owner, False, "{}"),
            registries.register("urn:nguon:bench:salted", Unit.GRAM, 1, owner, False, "{}"),
            registries.register("urn:nguon:bench:jar", Unit.PIECE, 2, owner, False, "{}"),
            registries.set_yield(self.raw, self.salted, 1_150_000),
            registries.set_yield(self.salted, self.jar, 1_000_000),
        ]
        manager = contract("AccessManager")
        changes: list[tuple[bytes, bytes]] = [(self.deployment.parties, c) for c in parties]
        changes += [(self.deployment.products, c) for c in products]
        executes = [manager.call("execute", to_checksum_address(registry), call) for registry, call in changes]
        self.chain.transact(KEYS["council"], self.deployment.authority, manager.call("multicall", executes))


Step = Callable[[Season, list[bytes]], int]
