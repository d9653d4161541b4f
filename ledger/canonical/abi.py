"""Events as the contract takes and gives them: bodies, calls, logs (docs/spec/event.md, section 6).

Solidity strings are handled as ABI `bytes` (the encodings are the same), so that bytes which are no UTF-8 never fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from ledger.canonical.typed_data import INPUT_FIELDS, MAKE_FIELDS, MOVE_FIELDS, NOTE_FIELDS, OUTPUT_FIELDS, Fields
from ledger.errors import Refusal
from ledger.events.identifiers import keccak
from ledger.events.model import Event, Input, Make, Move, Note, Output, Shape, SignedEvent


def _tuple(fields: Fields) -> str:
    nested = {"Input[]": INPUT_FIELDS, "Output[]": OUTPUT_FIELDS}
    return f"({','.join(_tuple(nested[kind]) + '[]' if kind in nested else kind for kind, _ in fields)})"


def _as_bytes(signature: str) -> str:
    """The type string for eth_abi: strings as bytes, an address as the number it is encoded as."""
    return signature.replace("string", "bytes").replace("address", "uint160")


STRUCT: Final = {Shape.MAKE: _tuple(MAKE_FIELDS), Shape.MOVE: _tuple(MOVE_FIELDS), Shape.NOTE: _tuple(NOTE_FIELDS)}
"""The canonical ABI type of each shape's struct."""

_CALL_TYPE: Final = "(uint8,bytes,bytes32,bytes32)[]"
RECORD_SIGNATURE: Final = f"record({_CALL_TYPE})"
RECORD_SELECTOR: Final = keccak(RECORD_SIGNATURE.encode())[:4]

_LOG_NAME = {Shape.MAKE: "MakeRecorded", Shape.MOVE: "MoveRecorded", Shape.NOTE: "NoteRecorded"}
RECORDED_SIGNATURE: Final = {
    shape: f"{name}(bytes32,{STRUCT[shape]},bytes32,bytes32)" for shape, name in _LOG_NAME.items()
}
RECORDED_TOPIC: Final = {shape: keccak(signature.encode()) for shape, signature in RECORDED_SIGNATURE.items()}
SKIPPED_SIGNATURE: Final = "Skipped(uint256,bytes32,bytes)"
SKIPPED_TOPIC: Final = keccak(SKIPPED_SIGNATURE.encode())

_BODY = {shape: (_as_bytes(struct),) for shape, struct in STRUCT.items()}
_LOG = {shape: (_as_bytes(struct), "bytes32", "bytes32") for shape, struct in STRUCT.items()}
_SHAPE_BY_TOPIC = {topic: shape for shape, topic in RECORDED_TOPIC.items()}


@dataclass(frozen=True, slots=True)
class Skipped:
    """The contract refused the call's event at `index`; `error` is the encoded custom error, empty for a bad body."""

    index: int
    id: bytes
    error: bytes


class CallItem(NamedTuple):
    """One element of a `record` call as it stands, not yet decoded: any bytes may be in it."""

    shape: int
    body: bytes
    signature: bytes


def encode_body(event: Event) -> bytes:
    """`abi.encode` of the event's struct."""
    return encode(_BODY[_shape(event)], (_values(event),))


def decode_body(shape: Shape, body: bytes) -> Event:
    """The event in a body. Raises `NotAnEncoding(shape)`."""
    try:
        (values,) = decode(_BODY[shape], body)
    except (DecodingError, OverflowError, MemoryError) as error:
        raise Refusal("NotAnEncoding", shape=int(shape)) from error
    return _event(shape, values)


def encode_record_call(events: Sequence[SignedEvent]) -> bytes:
    """Calldata of `record(SignedEvent[])` for these events, in order."""
    items = [(int(each.shape), encode_body(each.event), each.signature[:32], each.signature[32:]) for each in events]
    return RECORD_SELECTOR + encode((_CALL_TYPE,), (items,))


def decode_record_call(calldata: bytes) -> list[CallItem]:
    """What a `record` call carries. Raises `NotAnEncoding(shape=0)` for another call."""
    if calldata[:4] != RECORD_SELECTOR:
        raise Refusal("NotAnEncoding", shape=0)
    try:
        (items,) = decode((_CALL_TYPE,), calldata[4:])
    except (DecodingError, OverflowError, MemoryError) as error:
        raise Refusal("NotAnEncoding", shape=0) from error
    return [CallItem(shape, body, r + vs) for shape, body, r, vs in items]


def encode_log(signed: SignedEvent) -> tuple[list[bytes], bytes]:
    """Topics and data of the log that recording this event leaves: synthetic logs for tests and measurements."""
    shape = signed.shape
    data = encode(_LOG[shape], (_values(signed.event), signed.signature[:32], signed.signature[32:]))
    return [RECORDED_TOPIC[shape], signed.id], data


def decode_log(topics: Sequence[bytes], data: bytes) -> SignedEvent | Skipped | None:
    """What a CustodyLedger log says; None for a log of another kind.

    The id is the log's word for it: a reader that trusts nobody compares it with `event_id` and recovers the signer.
    Raises `NotAnEncoding(shape)`, which no honest contract causes.
    """
    if not topics:
        return None
    try:
        if topics[0] == SKIPPED_TOPIC:
            index, identifier, error = decode(("uint256", "bytes32", "bytes"), data)
            return Skipped(index, identifier, error)
        shape = _SHAPE_BY_TOPIC.get(bytes(topics[0]))
        if shape is None or len(topics) != 2:
            return None
        values, r, vs = decode(_LOG[shape], data)
    except (DecodingError, OverflowError, MemoryError) as error:
        raise Refusal("NotAnEncoding", shape=int(_SHAPE_BY_TOPIC.get(bytes(topics[0]), 0))) from error
    return SignedEvent(bytes(topics[1]), _event(shape, values), r + vs)


def _shape(event: Event) -> Shape:
    return Shape.MAKE if isinstance(event, Make) else Shape.MOVE if isinstance(event, Move) else Shape.NOTE


def _values(event: Event) -> tuple[Any, ...]:
    common = (int.from_bytes(event.signer, "big"), event.nonce, event.occurred_at, int(event.kind))
    if isinstance(event, Make):
        inputs = [(each.batch, each.quantity) for each in event.inputs]
        outputs = [(each.product, each.lot, each.quantity, each.open_until) for each in event.outputs]
        made = (int(event.provenance), inputs, outputs, event.items_root, event.first_index, event.content)
        return common + made
    if isinstance(event, Move):
        return (*common, event.batch, event.holder, event.to, event.quantity, event.target, event.content)
    return (*common, list(event.batches), event.owner, event.place, event.target, event.content)


def _event(shape: Shape, values: tuple[Any, ...]) -> Event:
    signer, nonce, occurred_at, kind, *rest = values
    common = (signer.to_bytes(20, "big"), nonce, occurred_at, kind)
    if shape is Shape.MAKE:
        provenance, inputs, outputs, items_root, first_index, content = rest
        return Make(
            *common,
            provenance,
            tuple(Input(*each) for each in inputs),
            tuple(Output(*each) for each in outputs),
            items_root,
            first_index,
            content,
        )
    if shape is Shape.MOVE:
        return Move(*common, *rest)
    batches, owner, place, target, content = rest
    return Note(*common, tuple(batches), owner, place, target, content)
