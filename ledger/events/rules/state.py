"""What the rules read and what an accepted event writes: plain records, no behaviour of storage.

Ids are 32 bytes, addresses 20, quantities base units, times seconds since 1970 (docs/spec/event.md, section 1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from ledger.events.lineage import Edge
from ledger.events.model import LinkRole, RecallFlag, Role, Status, Unit

NOT_RECALLED = RecallFlag(0)


@dataclass(frozen=True, slots=True)
class PartyState:
    number: int
    id: bytes
    status: Status
    roles: Role


@dataclass(frozen=True, slots=True)
class SignerState:
    """An address's membership of one party, valid at block times `from_ <= t < to`."""

    party: bytes
    from_: int
    to: int
    custody: int


@dataclass(frozen=True, slots=True)
class ProductState:
    """`open`: raw goods that any producer may bring. `stage` rises along every declared yield."""

    number: int
    id: bytes
    unit: Unit
    stage: int
    brand_owner: bytes
    open: bool


@dataclass(frozen=True, slots=True)
class BatchState:
    """One batch. `open_until` is 0 once closed; `outside` is its own mark "not traced before here", none inherited.

    At all times made + adjusted_up - adjusted_down = holdings + open shipments + consumed + sold + disposed (`sold` is
    net of returns). `moved`: any of it was shipped, sold, disposed of, consumed or adjusted down. `adjusted`: an
    inspector adjusted it up; it stays for ever.
    """

    id: bytes
    product: bytes
    origin: bytes
    lot: bytes
    open_until: int
    outside: bool = False
    commission_only: bool = True
    moved: bool = False
    items: int = 0
    made: int = 0
    consumed: int = 0
    sold: int = 0
    disposed: int = 0
    adjusted: bool = False
    recalled: RecallFlag = NOT_RECALLED
    adjusted_up: int = 0
    adjusted_down: int = 0


@dataclass(frozen=True, slots=True)
class HoldingState:
    """One batch at one party. `sold` is what the party sold, net of returns; `ever_held` stays true for ever."""

    quantity: int = 0
    sold: int = 0
    ever_held: bool = False


@dataclass(frozen=True, slots=True)
class ShipmentState:
    """A Ship's goods on the way. `id` is the id of the Ship event; `open` shrinks from `shipped` to zero."""

    id: bytes
    batch: bytes
    sender: bytes
    receiver: bytes
    open: int
    shipped: int


class View(Protocol):
    """The ledger as the rules see it; read only. `None` means: not registered, not recorded, never held."""

    def signer(self, address: bytes) -> SignerState | None: ...

    def party(self, id: bytes) -> PartyState | None: ...

    def product(self, id: bytes) -> ProductState | None: ...

    def is_maker(self, product: bytes, party: bytes) -> bool:
        """Whether the party is listed as a maker. The brand owner needs no listing; the rules know that."""
        ...

    def yield_per_million(self, input: bytes, output: bytes) -> int | None:
        """The declared yield between two products. Of a product to itself the rules know it."""
        ...

    def batch(self, id: bytes) -> BatchState | None: ...

    def holding(self, batch: bytes, party: bytes) -> HoldingState | None: ...

    def shipment(self, id: bytes, batch: bytes) -> ShipmentState | None: ...

    def nonce_used(self, signer: bytes, nonce: int) -> bool: ...


SubjectKind = Literal["batch", "place"]


@dataclass(slots=True)
class Changes:
    """All that one accepted event does: new values, not differences, so that applying them twice is the same as once.

    `links` lists whose heads advance and in which role, in order, the ledger's own head excluded; `edges` what was made
    from what. Nothing here is written anywhere until a store applies it.
    """

    batches: dict[bytes, BatchState] = field(default_factory=dict)
    holdings: dict[tuple[bytes, bytes], HoldingState] = field(default_factory=dict)
    shipments: dict[tuple[bytes, bytes], ShipmentState] = field(default_factory=dict)
    nonces: list[tuple[bytes, int]] = field(default_factory=list)
    links: list[tuple[SubjectKind, bytes, LinkRole]] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
