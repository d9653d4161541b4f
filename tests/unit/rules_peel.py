"""Of several broken laws the first is named: break a row of laws at once, then mend them one by one from the front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from rules_world import World

from ledger.events.model import Event, RecallFlag

Fault = tuple[str, Callable[[World, Any], Event]]


def set_fields(**fields: Any) -> Callable[[World, Any], Event]:
    return lambda _, event: replace(event, **fields)


def set_output(**fields: Any) -> Callable[[World, Any], Event]:
    """Of the last output."""
    return lambda _, event: replace(event, outputs=(*event.outputs[:-1], replace(event.outputs[-1], **fields)))


def set_input(**fields: Any) -> Callable[[World, Any], Event]:
    """Of the last input."""
    return lambda _, event: replace(event, inputs=(*event.inputs[:-1], replace(event.inputs[-1], **fields)))


def peel(prepare: Callable[[World], Event], faults: Sequence[Fault]) -> None:
    """Later faults are put in first, so that an earlier one which needs the same field has the last word."""
    for first in range(len(faults) + 1):
        world = World()
        event = prepare(world)
        for _, fault in reversed(faults[first:]):
            event = fault(world, event)
        if first == len(faults):
            world.check(event)
        else:
            forged = None if faults[first][0] == "BadSignature" else b""
            assert world.refusal(event, forged).law == faults[first][0]


def recall(world: World, batch: bytes) -> None:
    if found := world.state.batches.get(batch):
        world.state.batches[batch] = replace(found, recalled=RecallFlag.INSPECTORS)
