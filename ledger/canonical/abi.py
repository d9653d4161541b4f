"""Events in the contract's calls and logs (docs/spec/event.md, section 6). Their own bytes are body.py's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from ledger.canonical.body import decode_body, encode_body
from ledger.canonical.typed_data import INPUT_FIELDS, MAKE_FIELDS, MOVE_FIELDS, NOTE_FIELDS, OUTPUT_FIELDS, Fields
from ledger.errors import Refusal
from ledger.events.identifiers import keccak
from ledger.events.model import Shape, SignedEvent


def _tuple(fields: Fields) -> str:
    nested = {"Input[]": INPUT_FIELDS, "Output[]": OUTPUT_FIELDS}
    return f"({','.join(_tuple(nested[kind]) + '[]' if kind in nested else kind for kind, _ in fields)})"


STRUCT: Final = {Shape.MAKE: _tuple(MAKE_FIELDS), Shape.MOVE: _tuple(MOVE_FIELDS), Shape.NOTE: _tuple(NOTE_FIELDS)}
"""The canonical ABI type of each shape's struct."""

RECORD_SIGNATURE: Final = "record((uint8,bytes,bytes32,bytes32)[])"
RECORD_SELECTOR: Final = keccak(RECORD_SIGNATURE.encode())[:4]

_LOG_NAME = {Shape.MAKE: "MakeRecorded", Shape.MOVE: "MoveRecorded", Shape.NOTE: "NoteRecorded"}
RECORDED_SIGNATURE: Final = {
    shape: f"{name}(bytes32,{STRUCT[shape]},bytes32,bytes32)" for shape, name in _LOG_NAME.items()
}
RECORDED_TOPIC: Final = {shape: keccak(signature.encode()) for shape, signature in RECORDED_SIGNATURE.items()}
SKIPPED_SIGNATURE: Final = "Skipped(uint256,bytes32,bytes)"
SKIPPED_TOPIC: Final = keccak(SKIPPED_SIGNATURE.encode())

_SHAPE_BY_TOPIC = {topic: shape for shape, topic in RECORDED_TOPIC.items()}
_LOG_HEAD = 3 * 32
_LOG_START, _BODY_START = _LOG_HEAD.to_bytes(32, "big"), (32).to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class Skipped:
    """The contract refused the call's event at `index`; `error` is the encoded custom error, empty for a bad body."""

    index: int
    id: bytes
    error: bytes


def encode_record_call(events: Sequence[SignedEvent]) -> bytes:
    """Calldata of `record(SignedEvent[])` for these events, in order."""
    return encode_record((each.shape, encode_body(each.event), each.signature) for each in events)


def encode_record(bodies: Iterable[tuple[int, bytes, bytes]]) -> bytes:
    """The same of shapes, bodies and signatures."""
    items = []
    for shape, body, signature in bodies:  # bodies are whole words: nothing to pad
        head = (int(shape).to_bytes(32, "big"), (4 * 32).to_bytes(32, "big"), signature)
        items.append(b"".join((*head, len(body).to_bytes(32, "big"), body)))
    offsets, at = [], 32 * len(items)
    for item in items:
        offsets.append(at.to_bytes(32, "big"))
        at += len(item)
    return b"".join((RECORD_SELECTOR, _BODY_START, len(items).to_bytes(32, "big"), *offsets, *items))


def decode_record_call(calldata: bytes) -> list[tuple[int, bytes, bytes]]:
    """Shape, body and signature of each event that a `record` call carries. Raises `NotAnEncoding(shape=0)` for another call."""
    try:
        if calldata[:4] != RECORD_SELECTOR:
            raise DecodingError("another function's call")
        (items,) = decode(("(uint8,bytes,bytes32,bytes32)[]",), calldata[4:])
    except (DecodingError, OverflowError, MemoryError) as error:
        raise Refusal("NotAnEncoding", shape=0) from error
    return [(shape, body, r + vs) for shape, body, r, vs in items]


def encode_log(signed: SignedEvent) -> tuple[list[bytes], bytes]:
    """Topics and data of the log that recording this event leaves: synthetic logs for tests and measurements."""
    return [RECORDED_TOPIC[signed.shape], signed.id], _LOG_START + signed.signature + encode_body(signed.event)[32:]


def recorded_id(topics: Sequence[bytes]) -> bytes | None:
    """The id of the event that this log of the CustodyLedger records; None if it records none."""
    return bytes(topics[1]) if len(topics) == 2 and topics[0] in _SHAPE_BY_TOPIC else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded event as its log has it, its fields unread. `body` and `signature` as the contract took them."""

    shape: Shape
    id: bytes
    body: bytes
    signature: bytes


def decode_log(topics: Sequence[bytes], data: bytes) -> SignedEvent | Skipped | None:
    """What a CustodyLedger log says; None for a log of another kind.

    The id is the log's word for it: a reader that trusts nobody compares it with `event_id` and recovers the signer.
    Raises `NotAnEncoding(shape)`, which no honest contract causes.
    """
    said = read_log(topics, data)
    if not isinstance(said, Recorded):
        return said
    return SignedEvent(said.id, decode_body(said.shape, said.body), said.signature)


def read_log(topics: Sequence[bytes], data: bytes) -> Recorded | Skipped | None:
    """As `decode_log`, an event's fields left in its body."""
    if not topics:
        return None
    if topics[0] == SKIPPED_TOPIC:
        try:
            index, identifier, error = decode(("uint256", "bytes32", "bytes"), data)
        except (DecodingError, OverflowError, MemoryError) as fault:
            raise Refusal("NotAnEncoding", shape=0) from fault
        return Skipped(index, identifier, error)
    shape = _SHAPE_BY_TOPIC.get(bytes(topics[0]))
    if shape is None or len(topics) != 2:
        return None
    if data[:32] != _LOG_START or len(data) < _LOG_HEAD:
        raise Refusal("NotAnEncoding", shape=int(shape))
    return Recorded(shape, bytes(topics[1]), _BODY_START + data[_LOG_HEAD:], data[32:_LOG_HEAD])
