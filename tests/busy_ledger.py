"""A ledger with thousands of events of every kind, signed with keys that no gateway holds and relayed in hundreds."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, TypeVar

from devnet.keys import worthless

from ledger.bindings import registries
from ledger.bindings.council import make
from ledger.bindings.deployments import Deployment, deploy, new_ledger_id
from ledger.canonical.abi import decode_log, encode_record_call
from ledger.chain.node import Node
from ledger.chain.transactions import address_of, sign_transaction
from ledger.events.identifiers import batch_id, product_id
from ledger.events.model import FOREVER, Custody, Input, Kind, Output, Role, SignedEvent, Status, Unit
from tests.devnet_process import CHAIN_ID
from tests.gateway_process import until
from tests.stranger import Hand

T = TypeVar("T")
Tell = Callable[..., Any]
GROUP = 100


def deployed(rpc: str) -> Deployment:
    """A fresh ledger on a development chain, governed by its worthless council key."""
    council = bytes.fromhex(worthless("council", CHAIN_ID).address[2:])
    return deploy(Node(rpc), worthless("deployer", CHAIN_ID).private, council, new_ledger_id(), CHAIN_ID)


class BusyLedger:
    """`round` records one event of each of `lots` lots at every stage from the pond to the shop, and mends some of them."""

    def __init__(self, rpc: str, deployment: Deployment, tag: str = "busy") -> None:
        self.rpc = rpc
        self.node = Node(rpc)
        self.deployment = deployment
        self._tag = tag
        self._relayer = secrets.token_bytes(32)
        self._numbers = count()
        self.recorded = 0
        self.skipped = 0
        self.coop, self.shop, self.inspector, self.second = (
            Hand(self._uri(word), deployment.domain) for word in ("coop", "shop", "inspector", "second")
        )
        self.products = {word: product_id(self._uri(word)) for word in ("crab", "salted", "jar")}
        self._register()

    def round(self, lots: int = GROUP) -> None:
        """About 11 events a lot, and some changes of the registries."""
        number = next(self._numbers)
        names = [f"R{number}-{i}".encode() for i in range(lots)]
        crab, salted, jar = (
            {lot: batch_id(self.products[word], self.coop.party, lot) for lot in names} for word in self.products
        )
        coop, shop, inspector = self.coop, self.shop, self.inspector
        made = self._say(coop, coop.make, [(Kind.COMMISSION, (), (self._out("crab", lot, 10_000),)) for lot in names])
        self._say(
            coop, coop.make,
            [(Kind.TRANSFORM, (Input(crab[lot], 5_000),), (self._out("salted", lot, 5_000),)) for lot in names],
        )  # fmt: skip
        self._say(
            coop, coop.make, [(Kind.PACK, (Input(salted[lot], 2_000),), (self._out("jar", lot, 10),)) for lot in names]
        )
        ships = self._say(coop, coop.move, [(Kind.SHIP, crab[lot], 1_000, {"to": shop.party}) for lot in names])
        self._say(
            shop, shop.move,
            [(Kind.RECEIVE, crab[lot], 600, {"target": s.id}) for lot, s in zip(names, ships, strict=True)],
        )  # fmt: skip
        self._say(shop, shop.move, [(Kind.SELL, crab[lot], 100) for lot in names])
        self._say(shop, shop.move, [(Kind.RETURN, crab[lot], 10) for lot in names])
        self._say(coop, coop.note, [(Kind.OBSERVE, (jar[lot],)) for lot in names])
        ends = (
            (shop, Kind.REJECT, {"target"}), (coop, Kind.WITHDRAW, {"target"}), (shop, Kind.DISPOSE, {"target"}),
            (coop, Kind.DISPOSE, set()),
        )  # fmt: skip
        for place, (hand, kind, needs) in enumerate(ends):
            some = list(zip(names, ships, strict=True))[place :: len(ends)]
            self._say(
                hand, hand.move, [(kind, crab[lot], 50, {"target": s.id} if needs else {}) for lot, s in some]
            )  # fmt: skip
        some = list(zip(names, made, strict=True))[::10]
        self._say(coop, coop.move, [(Kind.ADJUST_DOWN, crab[lot], 7, {"target": m.id}) for lot, m in some])
        up = [(Kind.ADJUST_UP, crab[lot], 3, {"target": m.id, "holder": coop.party}) for lot, m in some]
        self._say(inspector, inspector.move, up)
        self._say(coop, coop.note, [(Kind.CORRECT, (crab[lot],), {"target": m.id}) for lot, m in some])
        self._say(coop, coop.note, [(Kind.OBSERVE, (), {"place": b"urn:nguon:test:pond:%d" % i}) for i in range(10)])
        burned = [coop.address + secrets.randbits(64).to_bytes(12, "big") for _ in range(10)]
        self._say(coop, coop.note, [(Kind.VOID, (), {"target": each}) for each in burned])
        groups = [tuple(sorted(group)) for group in _groups(list(jar.values())[: lots // 2], 10)]
        recalls = self._say(coop, coop.note, [(Kind.RECALL, group) for group in groups])
        self._say(
            coop, coop.note,
            [(Kind.LIFT, g, {"target": r.id}) for g, r in zip(groups[::2], recalls[::2], strict=True)],
        )  # fmt: skip
        self.relay(made[:3])  # a second time: skipped
        self._govern(number)

    def relay(self, signed: Iterable[SignedEvent]) -> None:
        for group in _groups(signed, GROUP):
            receipt = self._send(self._relayer, self.deployment.ledger, encode_record_call(group))
            said = [decode_log(log.topics, log.data) for log in receipt.logs]
            recorded = sum(isinstance(each, SignedEvent) for each in said)
            self.recorded += recorded
            self.skipped += len(said) - recorded

    def council(self, *changes: tuple[bytes, bytes]) -> None:
        self._send(worthless("council", CHAIN_ID).private, self.deployment.authority, make(changes))

    def _say(self, hand: Hand, tell: Tell, statements: list[tuple[Any, ...]]) -> list[SignedEvent]:
        """Each a kind with its arguments, the named ones in a dictionary at the end; all of them must be recorded."""
        signed = []
        for kind, *rest in statements:
            named = rest.pop() if rest and isinstance(rest[-1], dict) else {}
            signed.append(hand.sign(tell(kind, *rest, **named)))
        before = self.recorded
        self.relay(signed)
        assert self.recorded - before == len(signed), f"{statements[0][0]!r} was skipped"
        return signed

    def _send(self, key: bytes, to: bytes, data: bytes) -> Any:
        nonce = self.node.next_nonce(address_of(key))
        raw = sign_transaction(key, CHAIN_ID, nonce, to, data)
        self.node.send(raw.raw)
        receipt = until(lambda: self.node.receipt(raw.hash), "the transaction is final")
        assert receipt.succeeded, "it ran out of gas, or the council may not"
        return receipt

    def _uri(self, word: str) -> str:
        return f"urn:nguon:test:{self._tag}:{word}"

    def _out(self, product: str, lot: bytes, quantity: int) -> Output:
        return Output(self.products[product], lot, quantity, 0)

    def _register(self) -> None:
        parties, products = self.deployment.parties, self.deployment.products
        maker = Role.PRODUCER | Role.PROCESSOR | Role.PACKER
        changes = []
        for hand, roles in (
            (self.coop, maker),
            (self.shop, Role.RETAILER),
            (self.inspector, Role(0)),
            (self.second, maker),
        ):
            changes.append((parties, registries.admit(hand.uri, roles, '{"name":"Hợp tác xã"}')))
            changes.append((parties, registries.set_signer(hand.party, hand.address, 0, FOREVER, Custody.EXTERNAL)))
        changes.append((parties, registries.set_inspector(self.inspector.party, True)))
        for stage, (word, unit) in enumerate((("crab", Unit.GRAM), ("salted", Unit.GRAM), ("jar", Unit.PIECE))):
            call = registries.register(self._uri(word), unit, stage, self.coop.party, False, "{}")
            changes.append((products, call))
        for source, output, rate in (("crab", "salted", 1_150_000), ("salted", "jar", 10_000)):
            call = registries.set_yield(self.products[source], self.products[output], rate)
            changes.append((products, call))
        self.council(*changes)

    def _govern(self, number: int) -> None:
        """One change of each kind that leaves the law of the goods as it is."""
        parties, products, second = self.deployment.parties, self.deployment.products, self.second.party
        self.council(
            (parties, registries.set_status(second, Status.SUSPENDED if number % 2 else Status.ACTIVE)),
            (parties, registries.set_roles(second, Role.PRODUCER if number % 2 else Role.CARRIER)),
            (parties, registries.set_party_profile(second, f'{{"name":"{number}"}}')),
            (parties, registries.set_signer(second, secrets.token_bytes(20), 0, FOREVER, Custody.HARDWARE)),
            (products, registries.set_maker(self.products["crab"], second, number % 2 == 0)),
            (products, registries.set_maker(self.products["jar"], self.shop.party, True)),
            (products, registries.set_yield(self.products["crab"], self.products["jar"], number + 1)),
        )


def _groups(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    listed = tuple(items)
    return (listed[place : place + size] for place in range(0, len(listed), size))
