"""What an import asks of the ledger. A command line implements it over HTTP, a test over the rules themselves.

A draft is JSON-ready, in the form of the gateway's `POST /v1/events`:

    {"party": uri, "kind": "Commission", "occurred_at": "2026-11-20T00:30:00Z",
     "inputs": [{"product": uri, "lot", "origin": uri, "quantity": base units}],      Transform
     "outputs": [{"product": uri, "lot", "quantity": base units}],                     Commission, Transform
     "product": uri, "lot", "origin": uri,                                            Moves and Observe: the batch
     "to": uri,                                                                        Ship
     "shipment": "0x...",                                                              Receive
     "quantity": base units,                                                           Moves
     "content": {...}, "private": {...}}

Parties, products and origins are canonical URIs (docs/spec/event.md, section 1). Inputs come in the document's order;
whoever signs sorts them by batch id, as the law wants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.events.model import Role, Unit
from ledger.exchange.document import Json


@dataclass(frozen=True, slots=True)
class OpenShipment:
    """Goods on the way: the id of the Ship (`0x...`), who sent it to whom, and how much is still open (base units)."""

    id: str
    sender: str
    receiver: str
    open: int


@dataclass(frozen=True, slots=True)
class BatchStock:
    """One batch over final and pending events: its origin (URI), who holds how much, what is on its way."""

    origin: str
    holdings: Mapping[str, int]
    shipments: Sequence[OpenShipment] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded event: its id (`0x...`) and, of a Move, its quantity (else 0)."""

    id: str
    quantity: int = 0


class LedgerPort(Protocol):
    """Every method may raise `Refusal` (its numbers as in docs/spec/law.md, ids as bytes) and `ChainError`."""

    def knows_party(self, uri: str) -> bool:
        """Whether the party is admitted."""
        ...

    def unit_of(self, product: str) -> Unit | None:
        """The base unit of a product, None if it is not registered."""
        ...

    def stock(self, product: str, lot: str) -> Sequence[BatchStock]:
        """All batches of a product with this lot, whoever made them, makers' batches first."""
        ...

    def recorded(self, idempotency_key: str) -> Recorded | None:
        """The event accepted under this key before, by whatever import; None if there is none."""
        ...

    def record(self, draft: Json, idempotency_key: str) -> Recorded:
        """Sign and record. Once it returns, `stock` and `recorded` know the event. Raises `Refusal` by the law."""
        ...

    def can_derive(self) -> bool:
        """Whether this ledger signs for its parties what they did not say: a development network alone."""
        ...

    def admit_party(self, uri: str, roles: Role, profile: Json) -> None:
        """Admit, or add the roles that are missing. Nothing is taken away."""
        ...

    def admit_product(
        self, uri: str, unit: Unit, stage: int, brand_owner: str, makers: Sequence[str], profile: Json
    ) -> None:
        """Register, or add the makers that are missing; a registered product keeps unit, stage and brand owner."""
        ...

    def declare_yield(self, input: str, output: str, per_million: int) -> None: ...
