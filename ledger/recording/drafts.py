"""What a cooperative says before it is an event: URIs and lots instead of hashes, no nonce, no signer.

Times are seconds since 1970, quantities base units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from ledger.events.model import Kind, Provenance


@dataclass(frozen=True, slots=True)
class BatchName:
    """A batch by its id, or by product and lot, with its origin where several parties used the lot."""

    id: bytes | None = None
    product: str | None = None
    lot: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class OutputDraft:
    product: str
    lot: str
    quantity: int
    open_until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Of `private` fields and of `private_tables` (name → rows, such as households with their kg) only digests become public."""

    occurred_at: int
    content: dict[str, Any] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)
    private_tables: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeDraft(Statement):
    """`items`: of a Pack, each piece bears a serial of its own; the gateway draws them when it signs."""

    kind: Kind
    outputs: tuple[OutputDraft, ...]
    inputs: tuple[tuple[BatchName, int], ...] = ()
    provenance: Provenance = Provenance.MADE_HERE
    items_root: bytes = bytes(32)
    items: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveDraft(Statement):
    """`shipment` may be left out of a Receive or a Reject when only one open shipment fits.

    `mends` is the event that an adjustment mends; `holder` the party whose goods an inspector moves or adjusts.
    """

    kind: Kind
    quantity: int
    batch: BatchName | None = None
    to: str | None = None
    shipment: bytes | None = None
    mends: bytes | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDraft(Statement):
    """An Observe or a Correct of a batch or of a place; `target` is the event that a Correct corrects."""

    kind: Kind = Kind.OBSERVE
    batch: BatchName | None = None
    place: str | None = None
    owner: str | None = None
    target: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallDraft(Statement):
    """A Recall or a Lift of up to 200 batches. `recall` is the recall it belongs to; a Recall without one starts it."""

    kind: Kind
    batches: tuple[BatchName, ...]
    recall: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidDraft(Statement):
    kind: ClassVar[Kind] = Kind.VOID
    signer: bytes
    nonce: int


Draft = MakeDraft | MoveDraft | NoteDraft | RecallDraft | VoidDraft
