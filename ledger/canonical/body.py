"""The one encoding of an event's fields, as the contract reads it: `abi.encode` of its struct (docs/spec/event.md, section 6).

Written out by hand for the three structs: it is what is hashed, logged, kept and sent, once or more for every event, and a
general encoder takes fifty times as long. The vectors and eth-abi check it in the tests. Solidity strings are bytes here, so
that bytes which are no UTF-8 never fail.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.errors import Refusal
from ledger.events.model import Event, Input, Make, Move, Note, Output, Shape

_START = (32).to_bytes(32, "big")
_MAKE_HEAD, _MOVE_HEAD, _NOTE_HEAD, _OUTPUT_HEAD = 10 * 32, 10 * 32, 9 * 32, 4 * 32
_ZERO = {bits: bytes(32 - bits // 8) for bits in (8, 32, 64, 96, 160)}


def encode_body(event: Event) -> bytes:
    """The event's bytes. Raises ValueError or OverflowError for what its types cannot hold."""
    common = _ZERO[160] + _exact(event.signer, 20) + _uint(event.nonce, 96) + _uint(event.occurred_at, 64)
    common += _uint(event.kind, 8)
    content = _string(event.content)
    if isinstance(event, Make):
        inputs = _word(len(event.inputs)) + b"".join(_exact(i.batch, 32) + _uint(i.quantity, 96) for i in event.inputs)
        outputs = _outputs(event.outputs)
        at = _MAKE_HEAD + len(inputs)
        return b"".join(
            (
                _START, common, _uint(event.provenance, 8), _word(_MAKE_HEAD), _word(at), _exact(event.items_root, 32),
                _uint(event.first_index, 32), _word(at + len(outputs)), inputs, outputs, content,
            )
        )  # fmt: skip
    if isinstance(event, Move):
        ids = _exact(event.batch, 32) + _exact(event.holder, 32) + _exact(event.to, 32)
        return b"".join(
            (_START, common, ids, _uint(event.quantity, 96), _exact(event.target, 32), _word(_MOVE_HEAD), content)
        )
    batches = _word(len(event.batches)) + b"".join(_exact(batch, 32) for batch in event.batches)
    place = _string(event.place)
    at = _NOTE_HEAD + len(batches)
    return b"".join(
        (
            _START, common, _word(_NOTE_HEAD), _exact(event.owner, 32), _word(at), _exact(event.target, 32),
            _word(at + len(place)), batches, place, content,
        )
    )  # fmt: skip


def decode_body(shape: Shape, body: bytes) -> Event:
    """The event whose one encoding this is. Raises `NotAnEncoding(shape)` for all else, another encoding of it included."""
    try:
        event = _READ[shape](_Reader(body))
        same = encode_body(event) == body
    except (ValueError, OverflowError):
        same = False
    if not same:
        raise Refusal("NotAnEncoding", shape=int(shape))
    return event


class _Reader:
    """Words of the struct, by place. What it takes too lightly does not encode to the same bytes again."""

    __slots__ = ("_body",)

    def __init__(self, body: bytes) -> None:
        self._body = body[32:]

    def word(self, at: int) -> bytes:
        found = self._body[at : at + 32]
        if len(found) != 32:
            raise ValueError("it ends too early")
        return found

    def number(self, at: int) -> int:
        return int.from_bytes(self.word(at), "big")

    def string(self, at: int) -> bytes:
        length = self.number(at)
        found = self._body[at + 32 : at + 32 + length]
        if len(found) != length:
            raise ValueError("it ends too early")
        return found

    def count(self, at: int, least: int) -> int:
        """How many elements of at least so many bytes follow."""
        found = self.number(at)
        if found * least > len(self._body):
            raise ValueError("it cannot hold so many")
        return found

    def common(self) -> tuple[bytes, int, int, int]:
        return self.word(0)[12:], self.number(32), self.number(64), self.number(96)


def _make(read: _Reader) -> Make:
    first, second = read.number(160), read.number(192)
    inputs = (first + 32 + 64 * place for place in range(read.count(first, 64)))
    outputs = (second + 32 + read.number(second + 32 + 32 * place) for place in range(read.count(second, 192)))
    return Make(
        *read.common(),
        read.number(128),
        tuple(Input(read.word(at), read.number(at + 32)) for at in inputs),
        tuple(
            Output(read.word(at), read.string(at + read.number(at + 32)), read.number(at + 64), read.number(at + 96))
            for at in outputs
        ),
        read.word(224),
        read.number(256),
        read.string(read.number(288)),
    )


def _move(read: _Reader) -> Move:
    ids = (read.word(128), read.word(160), read.word(192))
    return Move(*read.common(), *ids, read.number(224), read.word(256), read.string(read.number(288)))


def _note(read: _Reader) -> Note:
    at = read.number(128)
    batches = tuple(read.word(at + 32 + 32 * place) for place in range(read.count(at, 32)))
    place, content = read.string(read.number(192)), read.string(read.number(256))
    return Note(*read.common(), batches, read.word(160), place, read.word(224), content)


_READ: dict[Shape, Callable[[_Reader], Event]] = {Shape.MAKE: _make, Shape.MOVE: _move, Shape.NOTE: _note}


def _outputs(outputs: tuple[Output, ...]) -> bytes:
    each = [
        _exact(o.product, 32) + _word(_OUTPUT_HEAD) + _uint(o.quantity, 96) + _uint(o.open_until, 64) + _string(o.lot)
        for o in outputs
    ]
    offsets, at = [], 32 * len(each)
    for one in each:
        offsets.append(_word(at))
        at += len(one)
    return b"".join((_word(len(each)), *offsets, *each))


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _uint(value: int, bits: int) -> bytes:
    return _ZERO[bits] + value.to_bytes(bits // 8, "big")


def _exact(value: bytes, length: int) -> bytes:
    if len(value) != length:
        raise ValueError(f"{length} bytes are expected, not {len(value)}")
    return value


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(32, "big") + value + bytes(-len(value) % 32)
