"""The journey in plain words: one step per event, over a batch and its ancestors, in ledger order.

Everything is read from the story (`GET /v1/batches/{product}/{lot}`); nothing here is guessed. What a source leaves out is
left out, or named as missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from markupsafe import Markup

from gateway.pages.languages import Language, mark
from gateway.verification.content import alerts_of, notes_of, place_of
from gateway.verification.corrections import mended_by
from gateway.verification.sentences import MAKES, Event, place_name, sentence_of, shortfall_of

Story = Mapping[str, Any]

STEP_LIMIT: Final = 40
_FIRST: Final = (*MAKES, "Recall", "Lift")
_TONES: Final = {
    "Ship": "moved",
    "Receive": "moved",
    "Sell": "moved",
    "Dispose": "lost",
    "Reject": "moved",
    "Withdraw": "moved",
    "Return": "moved",
    "AdjustUp": "noted",
    "AdjustDown": "noted",
    "Observe": "noted",
    "Correct": "noted",
    "Recall": "recalled",
    "Lift": "noted",
    "Void": "noted",
}
STATES: Final = {
    "accepted": mark("accepted, not yet on the ledger"),
    "signed": mark("signed, not yet on the ledger"),
    "submitted": mark("sent, not yet on the ledger"),
    "mined": mark("on the ledger, not yet final"),
    "dead": mark("never reached the ledger"),
}


@dataclass(frozen=True)
class Step:
    """One event as it is shown. Texts are in the page's language; `tone` is made, moved, lost, noted or recalled.

    `about` names the ancestor a step is told of where the sentence does not, `later` when it was captured and recorded.
    """

    id: str
    tone: str
    sentence: Markup
    about: str | None
    occurred: str
    later: tuple[str, ...]
    block: str | None
    place: str | None
    signer: str
    alerts: tuple[str, ...]
    notes: tuple[str, ...]
    state: str | None


@dataclass(frozen=True)
class Journey:
    """`left_out` counts steps of ancestors that only the JSON shows, so that no page outgrows a bad line."""

    steps: tuple[Step, ...]
    left_out: int


def in_ledger_order(story: Story) -> list[tuple[Event, Mapping[str, Any] | None]]:
    """Every event of the batch and its ancestors once, each with the ancestor it is told of (None: the batch itself).

    Ordered by `position` in the ledger; what is not on the ledger yet comes last.
    """
    told: dict[str, tuple[Event, Mapping[str, Any] | None]] = {}
    for ancestor in story.get("upstream") or ():
        told.update((event["id"], (event, ancestor)) for event in ancestor.get("journey") or ())
    told.update((event["id"], (event, None)) for event in story.get("journey") or ())

    def position(entry: tuple[Event, Any]) -> float:
        stated = entry[0].get("position")
        return float("inf") if stated is None else stated

    return sorted(told.values(), key=position)


def journey_of(story: Story, language: Language) -> Journey:
    entries = in_ledger_order(story)
    kept = _worth_showing(entries)
    earlier: dict[str, Event] = {}
    received: Counter[str] = Counter()
    back: Counter[str] = Counter()
    steps = []
    for index, (event, ancestor) in enumerate(entries):
        target, kind = str(event.get("target") or ""), event.get("kind")
        if kind == "Receive":
            received[target] += int(event.get("quantity") or 0)
        if kind in ("Reject", "Withdraw"):
            back[target] += int(event.get("quantity") or 0)
        if index in kept:
            answered = earlier.get(target)
            ship = answered if answered and answered.get("kind") == "Ship" else None
            short = shortfall_of(event, ship, received[target], back[target], language)
            mended, ignored = mended_by(event, answered, language)
            step = _step(event, ancestor, sentence_of(event, ship, ancestor or story, language), language)
            steps.append(replace(step, alerts=(*short, *ignored, *step.alerts), notes=(*mended, *step.notes)))
        earlier[str(event["id"])] = event
    return Journey(tuple(steps), len(entries) - len(steps))


def _worth_showing(entries: Sequence[tuple[Event, Any]]) -> set[int]:
    """Own steps before the making and the recalls of ancestors before whatever else befell them; latest of the own first."""

    def weight(index: int) -> tuple[int, int]:
        event, ancestor = entries[index]
        if ancestor is None:
            return (0 if event.get("kind") in _FIRST else 1, -index)
        return (2 if event.get("kind") in _FIRST else 3, index)

    return set(sorted(range(len(entries)), key=weight)[:STEP_LIMIT])


def _step(event: Event, ancestor: Any, sentence: Markup, language: Language) -> Step:
    about = None
    if ancestor is not None and event.get("kind") not in MAKES:
        about = language.text("ingredient, lot {lot}", lot=str(ancestor.get("lot") or ""))
    return Step(
        id=str(event["id"]),
        tone=_TONES.get(str(event.get("kind")), "made"),
        sentence=sentence,
        about=about,
        occurred=language.moment(event.get("occurred_at")) or language.text("not stated"),
        later=tuple(_later(event, language)),
        block=None if event.get("block") is None else language.number(int(event["block"])),
        place=place_name(place_of(event)),
        signer=str(event.get("signer") or ""),
        alerts=tuple(alerts_of(event, language)),
        notes=tuple(notes_of(event, language)),
        state=_standing(event, language),
    )


def _later(event: Event, language: Language) -> Iterator[str]:
    """When the event was entered and recorded; the day only where it is another than the day it occurred."""
    occurred = event.get("occurred_at")
    captured = language.moment(event.get("captured_at"), after=occurred)
    recorded = language.moment(event.get("recorded_at"), after=occurred)
    if captured:
        yield language.text("entered {moment}", moment=captured)
    if recorded:
        yield language.text("recorded {moment}", moment=recorded)


def _standing(event: Event, language: Language) -> str | None:
    """What keeps the event from being final, in words; None once it is final."""
    state = event.get("state")
    if state == "final":
        return None
    words = language.text(STATES[state]) if state in STATES else str(state or "?")
    return f"{words} ({event['law']})" if event.get("law") else words
