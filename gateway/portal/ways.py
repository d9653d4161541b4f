"""Ways to mend a quantity that is signed already, the better first. Which of them is lawful is not decided here: each is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ledger.events.model import Kind
from ledger.events.rules.state import ShipmentState
from ledger.projection.present import Json
from ledger.recording import BatchName, Draft, MoveDraft

WORDS: Final = {kind.word: kind for kind in Kind}
GROWS: Final = {Kind.RECEIVE, Kind.RETURN, Kind.WITHDRAW, Kind.ADJUST_UP}
"""Moves by which the party's own holding grows; by every other it shrinks, or was another's."""
REASON: Final = {"nguon:reason": "typed_wrong"}
_OURS = ("nguon:captured", "nguon:entered", "_sd", "_sd_tables", "eventID")


@dataclass(frozen=True, slots=True)
class Written:
    """One quantity of an event as it counts now, corrections included. `grows`: the party's holding grew by it."""

    batch: str
    product: Json
    lot: str
    quantity: int
    grows: bool
    said: object


def written_in(event: Json, corrected: dict[str, int]) -> list[Written]:
    """What went in, then what was made; or what was moved. Empty for what has no quantity of the party's own."""
    if event["holder"] is not None or event["kind"] not in WORDS:
        return []
    grows = WORDS[event["kind"]] in GROWS
    moved = [event["batch_ref"] | {"quantity": event["quantity"]}] if event["quantity"] is not None else []
    told = [(each, False) for each in event["inputs"]] + [(each, True) for each in event["outputs"]]
    told += [(each, grows) for each in moved]
    said = event["content"].get("nguon:entered")
    said = (
        [None] * (len(told) - len(said)) + said
        if isinstance(said, list) and len(said) <= len(told)
        else [None] * len(told)
    )
    return [
        Written(
            each["batch"], each["product"], each["lot"],
            each["quantity"] + (1 if grows else -1) * corrected.get(each["batch"], 0), grows, entry,
        )
        for (each, grows), entry in zip(told, said, strict=True)
        if each["product"] is not None
    ]  # fmt: skip


def ways(
    event: Json, parts: list[Written], right: list[int], shipment: ShipmentState | None, private: dict[str, Any],
    to: str | None, now: int,
) -> Iterator[tuple[Draft, ...]]:  # fmt: skip
    """`right`: what each should have been. `shipment`: the one the event opened, or is about; `to`: its receiver."""
    kind, id = WORDS[event["kind"]], bytes.fromhex(event["id"][2:])
    wrong = [(part, value - part.quantity) for part, value in zip(parts, right, strict=True) if value != part.quantity]

    def move(kind: Kind, quantity: int, **more: Any) -> MoveDraft:
        return MoveDraft(kind=kind, quantity=quantity, occurred_at=now, **{"content": REASON, **more})

    def adjust(part: Written, by: int) -> MoveDraft:
        up = (by > 0) == part.grows
        batch = BatchName(id=bytes.fromhex(part.batch[2:]))
        return move(Kind.ADJUST_UP if up else Kind.ADJUST_DOWN, abs(by), batch=batch, mends=id)

    if event["quantity"] is None:
        yield tuple(adjust(part, by) for part, by in wrong)
        return
    ((part, by),) = wrong
    goods = BatchName(id=bytes.fromhex(part.batch[2:]))
    alike = {name: value for name, value in event["content"].items() if name not in _OURS}
    about = {"shipment": bytes.fromhex(event["target"][2:])} if event["target"] else {"batch": goods}
    if kind is Kind.SHIP:
        gone = shipment.shipped - shipment.open if shipment else part.quantity
        still = shipment.open if shipment else 0
        if right[0] < gone:
            yield (move(Kind.WITHDRAW, -by, shipment=id),)
            return
        back = [move(Kind.WITHDRAW, still, shipment=id)] if still else []
        again = (
            move(Kind.SHIP, right[0] - gone, batch=goods, to=to, content=alike, private=private)
            if right[0] > gone
            else None
        )
        yield (*back, *([again] if again else []))
    elif by > 0 and kind in (Kind.ADJUST_UP, Kind.ADJUST_DOWN):
        yield (move(kind, by, batch=goods, mends=id),)
    elif by > 0:
        yield (move(kind, by, **about, content=alike if kind is Kind.DISPOSE else alike | REASON),)
        if kind is Kind.RECEIVE:
            yield (adjust(part, by),)
    elif kind is Kind.SELL:
        yield (move(Kind.RETURN, -by, batch=goods),)
    elif kind is Kind.RETURN:
        yield (move(Kind.SELL, -by, batch=goods),)
    elif kind is Kind.WITHDRAW:
        yield (move(Kind.SHIP, -by, batch=goods, to=to),)
    elif kind is Kind.REJECT:
        yield (move(Kind.RECEIVE, -by, **about),)
    else:
        yield (adjust(part, by),)
