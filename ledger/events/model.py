"""The three shapes of event and their vocabulary (docs/spec/event.md, section 2).

Ids are 32 bytes, addresses 20, quantities integers in base units, times seconds since 1970.
Lots, places and contents are bytes: what a log holds need not be valid UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

ZERO32 = bytes(32)
FOREVER = 2**64 - 1
UINT96_MAX = 2**96 - 1
DAY = 86_400
OPEN_LIMIT = 7 * DAY
CONTENT_LIMIT = 8_192
LOT_LIMIT = 64
URI_LIMIT = 256
INPUT_LIMIT = 16
OUTPUT_LIMIT = 4
ITEM_LIMIT = 2**20
RECALL_LIMIT = 200
PER_MILLION = 1_000_000


class Shape(IntEnum):
    MAKE = 1
    MOVE = 2
    NOTE = 3


class Kind(IntEnum):
    COMMISSION = 1
    TRANSFORM = 2
    PACK = 3
    SHIP = 11
    RECEIVE = 12
    REJECT = 13
    WITHDRAW = 14
    SELL = 15
    RETURN = 16
    DISPOSE = 17
    ADJUST_UP = 18
    ADJUST_DOWN = 19
    OBSERVE = 21
    CORRECT = 22
    RECALL = 23
    LIFT = 24
    VOID = 25

    @property
    def word(self) -> str:
        """The kind's name as in the API and the docs: `Commission`, `AdjustUp`."""
        return self.name.title().replace("_", "")

    @property
    def shape(self) -> Shape:
        return Shape.MAKE if self < 10 else Shape.MOVE if self < 20 else Shape.NOTE


KIND_BY_WORD = {kind.word: kind for kind in Kind}


class LinkRole(IntEnum):
    """The part a subject plays in an event; one byte of each head's link."""

    RECORDED = 0
    MADE = 1
    INPUT = 2
    MOVED = 3
    NOTED = 4
    RECALLED = 5


class Role(IntFlag):
    PRODUCER = 1
    PROCESSOR = 2
    PACKER = 4
    CARRIER = 8
    RETAILER = 16
    INSPECTOR = 32


class RecallFlag(IntFlag):
    """In whose capacity a batch is recalled; each is lifted in its own capacity."""

    ORIGIN = 1
    BRAND_OWNER = 2
    INSPECTORS = 4


class Status(IntEnum):
    ACTIVE = 1
    SUSPENDED = 2


class Custody(IntEnum):
    GATEWAY = 1
    EXTERNAL = 2
    HARDWARE = 3


class Unit(IntEnum):
    GRAM = 1
    MILLILITRE = 2
    PIECE = 3


class Provenance(IntEnum):
    MADE_HERE = 0
    OPENING_STOCK = 1
    BOUGHT_OUTSIDE = 2


@dataclass(frozen=True, slots=True)
class Input:
    batch: bytes
    quantity: int


@dataclass(frozen=True, slots=True)
class Output:
    product: bytes
    lot: bytes
    quantity: int
    open_until: int


@dataclass(frozen=True, slots=True)
class Make:
    signer: bytes
    nonce: int
    occurred_at: int
    kind: int
    provenance: int
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    items_root: bytes
    first_index: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Move:
    signer: bytes
    nonce: int
    occurred_at: int
    kind: int
    batch: bytes
    holder: bytes
    to: bytes
    quantity: int
    target: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Note:
    signer: bytes
    nonce: int
    occurred_at: int
    kind: int
    batches: tuple[bytes, ...]
    owner: bytes
    place: bytes
    target: bytes
    content: bytes


Event = Make | Move | Note

SHAPE_OF: dict[type, Shape] = {Make: Shape.MAKE, Move: Shape.MOVE, Note: Shape.NOTE}


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """An event with its id (the signing digest) and the 64-byte EIP-2098 signature."""

    id: bytes
    event: Event
    signature: bytes

    @property
    def shape(self) -> Shape:
        return SHAPE_OF[type(self.event)]
