"""Somebody who trusts no gateway: signs with a key of their own and relays to the contract by themselves."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from devnet.keys import worthless
from eth_utils.address import to_checksum_address

from ledger.bindings.abi import contract
from ledger.bindings.council import make
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import Skipped, decode_log, encode_record_call
from ledger.canonical.typed_data import Domain, message
from ledger.chain.node import Node, Receipt
from ledger.chain.transactions import address_of, sign_transaction
from ledger.events.identifiers import party_id
from ledger.events.model import ZERO32, Event, Input, Kind, Make, Move, Note, Output, SignedEvent
from ledger.signing.signer import LocalSigner
from tests.gateway_process import Gateway, Json, until

MOMENT = 1_762_000_000  # in November 2025: no block of a test is older
LEDGER = contract("CustodyLedger")


@dataclass
class Hand:
    """A key that no gateway holds, and statements in its name. Each has the next nonce, unless one is given."""

    uri: str
    domain: Domain
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _nonces: Iterator[int] = field(default_factory=lambda: itertools.count(secrets.randbits(64) << 32))

    @property
    def address(self) -> bytes:
        return address_of(self.key)

    @property
    def party(self) -> bytes:
        return party_id(self.uri)

    @property
    def entry(self) -> Json:
        """As `POST /v1/parties` takes a signer."""
        return {"address": "0x" + self.address.hex(), "custody": "external"}

    def sign(self, event: Event) -> SignedEvent:
        return LocalSigner(self.key, self.domain).sign(event)

    def make(self, kind: int, inputs: tuple[Input, ...] = (), outputs: tuple[Output, ...] = (), **other: Any) -> Make:
        fields = {"provenance": 0, "items_root": ZERO32, "first_index": 0}
        return Make(**self._common(kind, other), inputs=inputs, outputs=outputs, **fields | other)

    def move(self, kind: int, batch: bytes, quantity: int, **other: Any) -> Move:
        fields = {"holder": ZERO32, "to": ZERO32, "target": ZERO32}
        return Move(**self._common(kind, other), batch=batch, quantity=quantity, **fields | other)

    def note(self, kind: int, batches: tuple[bytes, ...] = (), **other: Any) -> Note:
        fields = {"owner": ZERO32, "place": b"", "target": ZERO32}
        return Note(**self._common(kind, other), batches=batches, **fields | other)

    def seen(self, word: str, **other: Any) -> Note:
        """An Observe of a place of one's own: allowed to everybody."""
        return self.note(Kind.OBSERVE, place=f"urn:nguon:test:place:{word}".encode(), **other)

    def _common(self, kind: int, other: dict[str, Any]) -> dict[str, Any]:
        """The common fields; those that are given are taken out of `other`."""
        common = {"signer": self.address, "occurred_at": MOMENT, "content": b"{}"}
        common |= {name: other.pop(name) for name in (*common, "nonce") if name in other}
        return {"nonce": next(self._nonces)} | common | {"kind": kind}


class Stranger:
    """Speaks to the chain of a gateway, past that gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self.deployment = Deployment.load(gateway.data / "ledger.json")
        self.domain = self.deployment.domain
        self.node = Node(gateway.rpc)
        self._relayer = secrets.token_bytes(32)

    def hand(self, uri: str) -> Hand:
        return Hand(uri, self.domain)

    def relay(self, *events: SignedEvent) -> list[SignedEvent | Skipped]:
        """Sends them in one transaction, from an account without any rights; answers the ledger's logs, in order."""
        return self._record(encode_record_call(events))

    def relay_bytes(self, shape: int, body: bytes, signature: bytes) -> list[SignedEvent | Skipped]:
        """As `relay`, of one event that need not be one."""
        item = (shape, body, signature[:32], signature[32:])
        return self._record(contract("CustodyLedger").call("record", [item]))

    def _record(self, call: bytes) -> list[SignedEvent | Skipped]:
        receipt = self._send(self._relayer, self.deployment.ledger, call)
        assert receipt.succeeded, "record() skips what it refuses; it never reverts"
        said = [decode_log(log.topics, log.data) for log in receipt.logs if log.address == self.deployment.ledger]
        return [each for each in said if each is not None]

    def council(self, *changes: tuple[bytes, bytes]) -> None:
        """Changes of the registries that no route offers."""
        key = worthless("council", self.deployment.chain_id).private
        assert self._send(key, self.deployment.authority, make(changes)).succeeded

    def refusal(self, to: bytes, call: bytes, key: bytes | None = None) -> tuple[str, Json]:
        """The error, by name and arguments, with which a registry would refuse a call of this key's account now."""
        error = self.node.simulate(address_of(key or self._relayer), to, call)
        assert error, "the registry would take it"
        found = contract("PartyRegistry").error(error) or contract("ProductRegistry").error(error)
        assert found is not None, f"no law of ours: 0x{error.hex()}"
        return found[0], _readable(found[1])

    def of_the_council(self, registry: bytes, call: bytes) -> tuple[str, Json]:
        """The error with which a registry would refuse a change of the council."""
        key = worthless("council", self.deployment.chain_id).private
        return self.refusal(self.deployment.authority, make([(registry, call)]), key)

    def nonce_used(self, signer: bytes, nonce: int) -> bool:
        return bool(self._ask("nonceUsed", to_checksum_address(signer), nonce))

    def count(self) -> int:
        """How many events the contract has recorded."""
        return int(self._ask("count"))

    def registry_head(self, name: str) -> bytes:
        """Of `PartyRegistry` or `ProductRegistry`: it moves with every change."""
        registry, deployment = contract(name), self.deployment
        address = deployment.parties if name == "PartyRegistry" else deployment.products
        return bytes(registry.result("head", self.node.call(address, registry.call("head")))[0])

    def _ask(self, function: str, *arguments: Any) -> Any:
        return LEDGER.result(function, self.node.call(self.deployment.ledger, LEDGER.call(function, *arguments)))[0]

    def _send(self, key: bytes, to: bytes, data: bytes) -> Receipt:
        nonce = self.node.next_nonce(address_of(key))
        signed = sign_transaction(key, self.deployment.chain_id, nonce, to, data)
        self.node.send(signed.raw)
        receipt: Receipt = until(lambda: self.node.receipt(signed.hash), "the stranger's transaction is final")
        return receipt


def posted(signed: SignedEvent, party: str | None = None) -> Json:
    """The body with which a signed event is handed to a gateway."""
    body: Json = {
        type(signed.event).__name__.lower(): message(signed.event),
        "signature": "0x" + signed.signature.hex(),
    }
    return body | ({"party": party} if party else {})


def named(skipped: Skipped) -> tuple[str, Json]:
    """The law in a Skipped log and its arguments, bytes as 0x-hex."""
    found = LEDGER.error(skipped.error)
    assert found is not None, f"no law of ours: 0x{skipped.error.hex()}"
    name, arguments = found
    return name, _readable(arguments)


def _readable(arguments: Json) -> Json:
    return {k: "0x" + v.hex() if isinstance(v, bytes) else v for k, v in arguments.items()}


def soon(days: int) -> int:
    return int(time.time()) + days * 86_400
