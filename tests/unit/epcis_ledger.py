"""A ledger in memory behind the import's port: drafts become events that the real rules judge and real content bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.canonical import content, disclosure
from ledger.errors import Refusal
from ledger.events.identifiers import batch_id, keccak, lot_bytes, party_id, product_id
from ledger.events.model import (
    FOREVER,
    KIND_BY_WORD,
    OPEN_LIMIT,
    ZERO32,
    Custody,
    Event,
    Input,
    Make,
    Move,
    Note,
    Output,
    Role,
    Shape,
    Status,
    Unit,
)
from ledger.events.rules import MemoryState, check_unsigned
from ledger.events.rules.state import PartyState, ProductState, SignerState
from ledger.exchange.port import BatchStock, OpenShipment, Recorded

NOW = 1_795_500_000  # November 2026

Json = dict[str, Any]


class MemoryLedger:
    """Implements `LedgerPort`. `posted` lists (id, draft) of every event recorded, in order."""

    def __init__(self, derives: bool = True) -> None:
        self.state = MemoryState()
        self.posted: list[tuple[str, Json]] = []
        self.profiles: dict[str, Json] = {}
        self.uris: dict[bytes, str] = {}
        self._by_key: dict[str, Recorded] = {}
        self._derives = derives
        self._nonce = 0

    def knows_party(self, uri: str) -> bool:
        return self.state.party(party_id(uri)) is not None

    def unit_of(self, product: str) -> Unit | None:
        known = self.state.product(product_id(product))
        return known.unit if known else None

    def stock(self, product: str, lot: str) -> list[BatchStock]:
        return [
            BatchStock(
                self.uris[batch.origin],
                {
                    self.uris[holder]: holding.quantity
                    for (held, holder), holding in self.state.holdings.items()
                    if held == batch.id and holding.quantity
                },
                [
                    OpenShipment(f"0x{one.id.hex()}", self.uris[one.sender], self.uris[one.receiver], one.open)
                    for one in self.state.shipments.values()
                    if one.batch == batch.id and one.open
                ],
            )
            for batch in self.state.batches.values()
            if (batch.product, batch.lot) == (product_id(product), lot.encode())
        ]

    def recorded(self, idempotency_key: str) -> Recorded | None:
        return self._by_key.get(idempotency_key)

    def record(self, draft: Json, idempotency_key: str) -> Recorded:
        assert idempotency_key not in self._by_key, "the import asked for the key and posts all the same"
        event = self._event(draft)
        self._nonce += 1
        id = keccak(event.signer + self._nonce.to_bytes(12, "big"))
        self.state.apply(check_unsigned(self.state, id, event, NOW))
        done = Recorded(f"0x{id.hex()}", event.quantity if isinstance(event, Move) else 0)
        self._by_key[idempotency_key] = done
        self.posted.append((done.id, draft))
        return done

    def can_derive(self) -> bool:
        return self._derives

    def admit_party(self, uri: str, roles: Role, profile: Json) -> None:
        id = party_id(uri)
        self.uris[id] = uri
        before = self.state.party(id)
        had = before.roles if before else Role(0)
        self.state.set_party(PartyState(len(self.state.parties) + 1, id, Status.ACTIVE, roles | had))
        self.state.set_signer(_address(uri), SignerState(id, 0, FOREVER, Custody.GATEWAY))
        self.profiles[uri] = profile

    def admit_product(
        self, uri: str, unit: Unit, stage: int, brand_owner: str, makers: Sequence[str], profile: Json
    ) -> None:
        id, owner = product_id(uri), party_id(brand_owner)
        if self.state.party(owner) is None:
            raise Refusal("UnknownParty", party=owner)
        if self.state.product(id) is None:
            self.state.set_product(ProductState(len(self.state.products) + 1, id, unit, stage, owner, False))
        for maker in makers:
            self.state.set_maker(id, party_id(maker))
        self.profiles[uri] = profile

    def declare_yield(self, input: str, output: str, per_million: int) -> None:
        stages = [self.state.products[product_id(uri)].stage for uri in (input, output)]
        if stages[0] >= stages[1]:
            raise Refusal("StageNotRising", input=stages[0], output=stages[1])
        self.state.set_yield(product_id(input), product_id(output), per_million)

    def held(self, party: str, product: str, lot: str) -> int:
        return sum(batch.holdings.get(party, 0) for batch in self.stock(product, lot))

    def _event(self, draft: Json) -> Event:
        sealed = disclosure.seal(draft["private"])
        data = content.encode(draft["content"] | ({"_sd": sealed.digests} if sealed.digests else {}))
        signer, kind = _address(draft["party"]), KIND_BY_WORD[draft["kind"]]
        occurred = int(datetime.fromisoformat(draft["occurred_at"]).timestamp())
        if kind.shape == Shape.MAKE:
            inputs = sorted((_batch(entry), entry["quantity"]) for entry in draft.get("inputs", []))
            outputs = [
                Output(
                    product_id(one["product"]), lot_bytes(one["product"], one["lot"]), one["quantity"], NOW + OPEN_LIMIT
                )
                for one in draft["outputs"]
            ]
            made_from = tuple(Input(batch, quantity) for batch, quantity in inputs)
            return Make(signer, self._nonce, occurred, kind, 0, made_from, tuple(outputs), ZERO32, 0, data)
        if kind.shape == Shape.NOTE:
            return Note(signer, self._nonce, occurred, kind, (_batch(draft),), ZERO32, b"", ZERO32, data)
        to = party_id(draft["to"]) if "to" in draft else ZERO32
        target = bytes.fromhex(draft["shipment"][2:]) if "shipment" in draft else ZERO32
        return Move(signer, self._nonce, occurred, kind, _batch(draft), ZERO32, to, draft["quantity"], target, data)


def _address(uri: str) -> bytes:
    return party_id(uri)[:20]


def _batch(named: Json) -> bytes:
    return batch_id(product_id(named["product"]), party_id(named["origin"]), lot_bytes(named["product"], named["lot"]))
