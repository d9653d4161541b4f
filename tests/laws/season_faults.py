"""Ways in which an event that would pass is spoilt: mostly by one step over the edge of one law."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from season_province import PARTY, PRODUCT, SECOND_SIGNER, SIGNER, STRANGER

from ledger.events.identifiers import keccak
from ledger.events.model import (
    CONTENT_LIMIT,
    DAY,
    OPEN_LIMIT,
    UINT96_MAX,
    ZERO32,
    Event,
    Input,
    Kind,
    Make,
    Move,
    Note,
    Output,
)

NOTHING = keccak(b"nothing")
Fault = Callable[[random.Random, Any], Any]


def spoilt(rng: random.Random, event: Event, earlier: list[Event]) -> Event:
    """`event` with one thing changed. `earlier`: the events before it, whose nonces may be taken again."""
    if earlier and rng.random() < 0.08:
        again = rng.choice(earlier)
        return replace(event, nonce=again.nonce, signer=rng.choice((event.signer, again.signer)))
    own = _MAKE if isinstance(event, Make) else _MOVE if isinstance(event, Move) else _NOTE
    fault = rng.choice(_ANY if rng.random() < 0.3 else own)
    spoiled: Event = fault(rng, event)
    return spoiled


def _fields(**choices: Any) -> Fault:
    """One of the fields gets one of its values."""

    def fault(rng: random.Random, event: Any) -> Any:
        name = rng.choice(sorted(choices))
        values = choices[name]
        return replace(event, **{name: rng.choice(values() if callable(values) else values)})

    return fault


def _second_key(rng: random.Random, event: Any) -> Any:
    again = {SIGNER[name]: SECOND_SIGNER[name] for name in SIGNER}
    return replace(event, signer=again.get(event.signer, event.signer))


def _late(rng: random.Random, event: Any) -> Any:
    return replace(event, occurred_at=event.occurred_at + rng.choice((1, DAY)))


def _more(rng: random.Random, quantity: int) -> int:
    return rng.choice((0, UINT96_MAX, min(UINT96_MAX, quantity + rng.choice((1, 1, 10_000)))))


def _quantity(rng: random.Random, event: Move) -> Move:
    return replace(event, quantity=_more(rng, event.quantity))


def _output(rng: random.Random, event: Make) -> Make:
    if not event.outputs:
        return event
    place = rng.randrange(len(event.outputs))
    output = event.outputs[place]
    changed: list[Output] = [
        *[replace(output, quantity=_more(rng, output.quantity)) for _ in range(3)],
        replace(output, lot=rng.choice((b"", b"L" * 64, b"L" * 65, b"\xff"))),
        replace(output, product=rng.choice((NOTHING, *PRODUCT.values()))),
        replace(output, open_until=event.occurred_at + OPEN_LIMIT + rng.choice((0, 1))),
    ]
    return replace(event, outputs=(*event.outputs[:place], rng.choice(changed), *event.outputs[place + 1 :]))


def _input(rng: random.Random, event: Make) -> Make:
    if not event.inputs:
        return replace(event, inputs=(Input(NOTHING, 1),))
    place = rng.randrange(len(event.inputs))
    entry = event.inputs[place]
    changed = [
        *[replace(entry, quantity=_more(rng, entry.quantity)) for _ in range(3)],
        replace(entry, batch=rng.choice((NOTHING, b"\xff" * 32, event.inputs[0].batch))),
    ]
    return replace(event, inputs=(*event.inputs[:place], rng.choice(changed), *event.inputs[place + 1 :]))


def _counts(rng: random.Random, event: Make) -> Make:
    inputs = rng.choice((event.inputs, (), event.inputs * 2, tuple(reversed(event.inputs)), event.inputs * 17))
    outputs = rng.choice((event.outputs, event.outputs, (), event.outputs * 2, event.outputs * 5))
    return replace(event, inputs=inputs, outputs=outputs)


def _batches(rng: random.Random, event: Note) -> Note:
    batches = event.batches
    return replace(
        event, batches=rng.choice(((), batches * 2, tuple(reversed(batches)), (*batches, NOTHING), batches * 201))
    )


def _anybody() -> tuple[bytes, ...]:
    return (ZERO32, NOTHING, *PARTY.values())


_SIGNER = _fields(signer=(*SIGNER.values(), STRANGER, bytes(20)))
_KIND = _fields(kind=(0, 4, 10, 20, 26, 255, *Kind))
_ANY: tuple[Fault, ...] = (
    _SIGNER,
    _SIGNER,
    _second_key,
    _late,
    _KIND,
    _fields(content=(b"", b"\xff\0", b"x" * CONTENT_LIMIT, b"x" * (CONTENT_LIMIT + 1))),
)
_MAKE: tuple[Fault, ...] = (
    _output,
    _output,
    _input,
    _counts,
    _fields(provenance=(1, 2, 3, 255), items_root=(NOTHING,), first_index=(1, 7, 2**32 - 1)),
)
_MOVE: tuple[Fault, ...] = (
    _quantity,
    _quantity,
    _fields(batch=(NOTHING,), holder=_anybody, to=_anybody, target=(ZERO32, NOTHING)),
    _fields(holder=_anybody, to=_anybody),
)
_NOTE: tuple[Fault, ...] = (
    _batches,
    _fields(batches=((NOTHING,),), owner=_anybody, target=(ZERO32, NOTHING, NOTHING[:20] + bytes(12))),
    _fields(place=(b"", b"p", b"p" * 256, b"p" * 257, b"\xff"), owner=_anybody),
)
