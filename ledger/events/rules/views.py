"""Views kept in memory: a whole ledger, and events pending over another view."""

from __future__ import annotations

from ledger.events.lineage import Edge
from ledger.events.rules.state import (
    BatchState,
    Changes,
    HoldingState,
    PartyState,
    ProductState,
    ShipmentState,
    SignerState,
    View,
)


class _Goods:
    """Batches, holdings, shipments and nonces as written by `Changes`; nothing is checked here."""

    def __init__(self) -> None:
        self.batches: dict[bytes, BatchState] = {}
        self.holdings: dict[tuple[bytes, bytes], HoldingState] = {}
        self.shipments: dict[tuple[bytes, bytes], ShipmentState] = {}
        self.nonces: set[tuple[bytes, int]] = set()

    def apply(self, changes: Changes) -> None:
        self.batches.update(changes.batches)
        self.holdings.update(changes.holdings)
        self.shipments.update(changes.shipments)
        self.nonces.update(changes.nonces)


class MemoryState(_Goods):
    """A complete ledger in memory, for dry runs, verification and tests. The setters store and enforce nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.parties: dict[bytes, PartyState] = {}
        self.products: dict[bytes, ProductState] = {}
        self.signers: dict[bytes, SignerState] = {}
        self.makers: set[tuple[bytes, bytes]] = set()
        self.yields: dict[tuple[bytes, bytes], int] = {}

    def set_party(self, party: PartyState) -> None:
        self.parties[party.id] = party

    def set_product(self, product: ProductState) -> None:
        self.products[product.id] = product

    def set_signer(self, address: bytes, signer: SignerState) -> None:
        self.signers[address] = signer

    def set_maker(self, product: bytes, party: bytes, listed: bool = True) -> None:
        if listed:
            self.makers.add((product, party))
        else:
            self.makers.discard((product, party))

    def set_yield(self, input: bytes, output: bytes, per_million: int) -> None:
        """Zero takes the declaration back."""
        self.yields[(input, output)] = per_million

    def signer(self, address: bytes) -> SignerState | None:
        return self.signers.get(address)

    def party(self, id: bytes) -> PartyState | None:
        return self.parties.get(id)

    def product(self, id: bytes) -> ProductState | None:
        return self.products.get(id)

    def is_maker(self, product: bytes, party: bytes) -> bool:
        return (product, party) in self.makers

    def yield_per_million(self, input: bytes, output: bytes) -> int | None:
        return self.yields.get((input, output)) or None

    def batch(self, id: bytes) -> BatchState | None:
        return self.batches.get(id)

    def holding(self, batch: bytes, party: bytes) -> HoldingState | None:
        return self.holdings.get((batch, party))

    def shipment(self, id: bytes, batch: bytes) -> ShipmentState | None:
        return self.shipments.get((id, batch))

    def nonce_used(self, signer: bytes, nonce: int) -> bool:
        return (signer, nonce) in self.nonces


class Overlay(_Goods):
    """`base` with the changes of pending events on top. `base` is never written to; registries are read through."""

    def __init__(self, base: View) -> None:
        super().__init__()
        self.base = base
        self.edges: dict[bytes, set[Edge]] = {}
        """By output."""

    def apply(self, changes: Changes) -> None:
        super().apply(changes)
        for edge in changes.edges:
            self.edges.setdefault(edge.output, set()).add(edge)

    def signer(self, address: bytes) -> SignerState | None:
        return self.base.signer(address)

    def party(self, id: bytes) -> PartyState | None:
        return self.base.party(id)

    def product(self, id: bytes) -> ProductState | None:
        return self.base.product(id)

    def is_maker(self, product: bytes, party: bytes) -> bool:
        return self.base.is_maker(product, party)

    def yield_per_million(self, input: bytes, output: bytes) -> int | None:
        return self.base.yield_per_million(input, output)

    def batch(self, id: bytes) -> BatchState | None:
        return self.batches.get(id) or self.base.batch(id)

    def holding(self, batch: bytes, party: bytes) -> HoldingState | None:
        return self.holdings.get((batch, party)) or self.base.holding(batch, party)

    def shipment(self, id: bytes, batch: bytes) -> ShipmentState | None:
        return self.shipments.get((id, batch)) or self.base.shipment(id, batch)

    def nonce_used(self, signer: bytes, nonce: int) -> bool:
        return (signer, nonce) in self.nonces or self.base.nonce_used(signer, nonce)
