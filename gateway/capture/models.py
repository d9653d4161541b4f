"""What `POST /v1/events` takes. Names and URIs instead of hashes; the gateway adds signer, nonce and signature."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from gateway.fields import Address, Bytes32, CallData, Moment, Signature, Uint64, Uint96, Whole
from ledger.canonical.body import decode_body
from ledger.errors import Refusal
from ledger.events.model import KIND_BY_WORD, Event, Input, Make, Move, Note, Output, Provenance, Shape
from ledger.recording import BatchName, Draft, MakeDraft, MoveDraft, NoteDraft, OutputDraft, RecallDraft, VoidDraft

Uri = Annotated[str, Field(min_length=1, max_length=256, description="GLN, GTIN, GS1 Digital Link or URN")]
Lot = Annotated[str, Field(min_length=1, max_length=64)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Batch(Strict):
    """A batch: its id, or product and lot, with the origin party where several used the lot."""

    batch: Bytes32 | None = None
    product: Uri | None = None
    lot: Lot | None = None
    origin: Uri | None = None

    def name(self) -> BatchName:
        return BatchName(self.batch, self.product, self.lot, self.origin)


class InputGoods(Batch):
    quantity: Whole


class OutputGoods(Strict):
    product: Uri
    lot: Lot
    quantity: Whole
    open_until: Moment | None = None


class Statement(Strict):
    party: Uri | None = Field(None, description="Who acts; a party's own key needs not say it.")
    occurred_at: Moment
    content: dict[str, Any] = Field(
        default_factory=dict, description="Public statement (docs/spec/event.md, section 4)."
    )
    private: dict[str, Any] = Field(default_factory=dict, description="Kept here; only salted digests become public.")


class MakeEvent(Statement):
    kind: Literal["Commission", "Transform", "Pack"]
    inputs: list[InputGoods] = Field(default_factory=list, max_length=64)
    outputs: list[OutputGoods] = Field(max_length=16)
    provenance: Literal["made_here", "opening_stock", "bought_outside"] = "made_here"
    items_root: Bytes32 | None = None
    items: bool = Field(False, description="Of a Pack: each piece gets a serial of its own, drawn by the gateway.")

    @model_validator(mode="after")
    def one_root(self) -> MakeEvent:
        if self.items and self.items_root is not None:
            raise ValueError("items and items_root exclude each other")
        return self

    def draft(self) -> Draft:
        return MakeDraft(
            kind=KIND_BY_WORD[self.kind],
            occurred_at=self.occurred_at,
            inputs=tuple((each.name(), each.quantity) for each in self.inputs),
            outputs=tuple(OutputDraft(o.product, o.lot, o.quantity, o.open_until or 0) for o in self.outputs),
            provenance=Provenance[self.provenance.upper()],
            items_root=self.items_root or bytes(32),
            items=self.items,
            content=self.content,
            private=self.private,
        )


class MoveEvent(Statement, Batch):
    kind: Literal["Ship", "Receive", "Reject", "Withdraw", "Sell", "Return", "Dispose", "AdjustUp", "AdjustDown"]
    quantity: Whole
    to: Uri | None = None
    shipment: Bytes32 | None = Field(None, description="The Ship's id; a Receive may leave it out when only one fits.")
    mends: Bytes32 | None = Field(None, description="The event that an adjustment mends.")
    holder: Uri | None = Field(None, description="Whose goods an inspector moves or adjusts.")

    def draft(self) -> Draft:
        named = self.batch is not None or self.product is not None or self.lot is not None
        return MoveDraft(
            kind=KIND_BY_WORD[self.kind],
            occurred_at=self.occurred_at,
            batch=self.name() if named else None,
            quantity=self.quantity,
            to=self.to,
            shipment=self.shipment,
            mends=self.mends,
            holder=self.holder,
            content=self.content,
            private=self.private,
        )


class ObserveEvent(Statement, Batch):
    kind: Literal["Observe", "Correct"]
    place: Uri | None = None
    owner: Uri | None = None
    target: Bytes32 | None = Field(None, description="The event that a Correct corrects.")

    def draft(self) -> Draft:
        named = self.batch is not None or self.product is not None or self.lot is not None
        return NoteDraft(
            occurred_at=self.occurred_at,
            batch=self.name() if named else None,
            kind=KIND_BY_WORD[self.kind],
            place=self.place,
            owner=self.owner,
            target=self.target,
            content=self.content,
            private=self.private,
        )


class RecallEvent(Statement):
    """`recall` names the recall that a Lift lifts, or that this Recall continues."""

    kind: Literal["Recall", "Lift"]
    batches: list[Batch] = Field(max_length=400)
    recall: Bytes32 | None = None

    def draft(self) -> Draft:
        return RecallDraft(
            kind=KIND_BY_WORD[self.kind],
            occurred_at=self.occurred_at,
            batches=tuple(each.name() for each in self.batches),
            recall=self.recall,
            content=self.content,
            private=self.private,
        )


class VoidEvent(Statement):
    kind: Literal["Void"]
    signer: Address
    nonce: Uint96

    def draft(self) -> Draft:
        return VoidDraft(
            occurred_at=self.occurred_at,
            signer=self.signer,
            nonce=self.nonce,
            content=self.content,
            private=self.private,
        )


class SignedInput(Strict):
    batch: Bytes32
    quantity: Whole


class SignedOutput(Strict):
    product: Bytes32
    lot: Annotated[str, Field(max_length=256)]
    quantity: Whole
    openUntil: Uint64


class SignedFields(Strict):
    """The members of the EIP-712 message as `eth_signTypedData_v4` takes them: wide numbers as decimal strings."""

    signer: Address
    nonce: Uint96
    occurredAt: Uint64
    kind: Annotated[int, Field(ge=0, lt=256)]
    content: Annotated[str, Field(max_length=65_536)]

    def common(self) -> tuple[bytes, int, int, int]:
        return self.signer, self.nonce, self.occurredAt, self.kind


class SignedMake(SignedFields):
    provenance: Annotated[int, Field(ge=0, lt=256)]
    inputs: list[SignedInput] = Field(max_length=64)
    outputs: list[SignedOutput] = Field(max_length=16)
    itemsRoot: Bytes32
    firstIndex: Annotated[int, Field(ge=0, lt=2**32)]

    def event(self) -> Make:
        return Make(
            *self.common(),
            self.provenance,
            tuple(Input(each.batch, each.quantity) for each in self.inputs),
            tuple(Output(o.product, o.lot.encode(), o.quantity, o.openUntil) for o in self.outputs),
            self.itemsRoot,
            self.firstIndex,
            self.content.encode(),
        )


class SignedMove(SignedFields):
    batch: Bytes32
    holder: Bytes32
    to: Bytes32
    quantity: Whole
    target: Bytes32

    def event(self) -> Move:
        content = self.content.encode()
        return Move(*self.common(), self.batch, self.holder, self.to, self.quantity, self.target, content)


class SignedNote(SignedFields):
    batches: list[Bytes32] = Field(max_length=400)
    owner: Bytes32
    place: Annotated[str, Field(max_length=1024)]
    target: Bytes32

    def event(self) -> Note:
        content = self.content.encode()
        return Note(*self.common(), tuple(self.batches), self.owner, self.place.encode(), self.target, content)


class SignedElsewhere(Strict):
    """An event signed outside this gateway: its message as in EIP-712 (docs/spec/event.md) and the signature."""

    party: Uri | None = None
    make: SignedMake | None = None
    move: SignedMove | None = None
    note: SignedNote | None = None
    signature: Signature

    @model_validator(mode="after")
    def one_shape(self) -> SignedElsewhere:
        if sum(shape is not None for shape in (self.make, self.move, self.note)) != 1:
            raise ValueError("exactly one of make, move, note is expected")
        return self

    def event(self) -> Event:
        shape = self.make or self.move or self.note
        assert shape is not None, "one_shape"
        return shape.event()


class SignedBytes(Strict):
    """The same as the contract takes it, and as a receipt carries it: whoever holds one can hand it in."""

    party: Uri | None = None
    shape: Annotated[int, Field(ge=0, lt=256, description="1 Make, 2 Move, 3 Note")]
    body: CallData
    signature: Signature

    def event(self) -> Event:
        if self.shape not in {*Shape}:
            raise Refusal("UnknownShape", shape=self.shape)
        return decode_body(Shape(self.shape), self.body)


_FORM = {
    **dict.fromkeys(("Commission", "Transform", "Pack"), "make"),
    **dict.fromkeys(
        ("Ship", "Receive", "Reject", "Withdraw", "Sell", "Return", "Dispose", "AdjustUp", "AdjustDown"), "move"
    ),
    **dict.fromkeys(("Observe", "Correct"), "observe"),
    **dict.fromkeys(("Recall", "Lift"), "recall"),
    "Void": "void",
}  # fmt: skip


def _form(value: Any) -> str | None:
    """Which of the forms a posted object has; decided by what it holds, so that its errors are about that form alone."""
    if isinstance(value, BaseModel):
        return {"ManyEvents": "many", "SignedElsewhere": "signed", "SignedBytes": "bytes"}.get(
            type(value).__name__, type(value).__name__.removesuffix("Event").lower()
        )
    if not isinstance(value, dict):
        return None
    if "events" in value:
        return "many"
    if "body" in value:
        return "bytes"
    return "signed" if "signature" in value else _FORM.get(str(value.get("kind")))


_WHICH = Discriminator(
    _form,
    custom_error_type="event_form",
    custom_error_message=f"an event with a kind ({', '.join(_FORM)}), a signed event, or a list of events is expected",
)
One = Annotated[
    Annotated[MakeEvent, Tag("make")]
    | Annotated[MoveEvent, Tag("move")]
    | Annotated[ObserveEvent, Tag("observe")]
    | Annotated[RecallEvent, Tag("recall")]
    | Annotated[VoidEvent, Tag("void")]
    | Annotated[SignedElsewhere, Tag("signed")]
    | Annotated[SignedBytes, Tag("bytes")],
    _WHICH,
]


class ManyEvents(Strict):
    """Up to 100 events, recorded in order; a refused one leaves the others untouched."""

    events: list[One] = Field(min_length=1, max_length=100)


Posted = Annotated[
    Annotated[MakeEvent, Tag("make")]
    | Annotated[MoveEvent, Tag("move")]
    | Annotated[ObserveEvent, Tag("observe")]
    | Annotated[RecallEvent, Tag("recall")]
    | Annotated[VoidEvent, Tag("void")]
    | Annotated[SignedElsewhere, Tag("signed")]
    | Annotated[SignedBytes, Tag("bytes")]
    | Annotated[ManyEvents, Tag("many")],
    _WHICH,
]


class Kept(BaseModel):
    """What became of one event: kept (202; 200 when final), or refused with the problem that says why."""

    status: int
    id: Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")] | None = None
    state: Literal["accepted", "signed", "submitted", "mined", "final", "stuck", "dead"] | None = None
    already: bool = Field(False, description="It had been recorded before: same Idempotency-Key or same signed event.")
    receipt: dict[str, Any] | None = Field(
        default=None,
        description="Signed by this gateway, with the whole signed event: anybody can bring it to the chain.",
    )
    problem: dict[str, Any] | None = None


class KeptMany(BaseModel):
    results: list[Kept]
