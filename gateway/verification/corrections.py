"""What a correction mends: the record that an AdjustUp, AdjustDown or Correct names, or that it names none a reader accepts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gateway.pages.languages import Language
from gateway.verification.sentences import Event, sentence_of

CORRECTING: Final = ("AdjustUp", "AdjustDown", "Correct")


def mended_by(event: Event, target: Event | None, language: Language) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(notes, alerts) about what `event` mends. `target` is the earlier event it names, None if there is no such here.

    A Correct is ignored whose target is later, another party's or another batch's (docs/spec/law.md, Correct). An adjustment
    acts whatever it names, but the reader is told when its ground cannot be seen.
    """
    if event.get("kind") not in CORRECTING:
        return (), ()
    if target is None or not set(_subjects(event)) & set(_subjects(target)):
        ignored = event.get("kind") == "Correct"
    elif event.get("kind") == "Correct" and _party(event) != _party(target):
        ignored = True
    else:
        date = language.date(target.get("occurred_at")) or language.text("an unknown day")
        # The record as it stands: it is never edited, and what the correction adds is shown beside it.
        record = sentence_of(target, None, None, language)
        return (language.rich("The record it corrects, {date}: {record}", date=date, record=record),), ()
    if ignored:
        return (), (
            language.text("It names no earlier record of this organisation on these goods, so it changes nothing."),
        )
    return (), (language.text("The record it corrects is not among those shown here."),)


def _party(event: Event) -> Any:
    return (event.get("party") or {}).get("id")


def _subjects(event: Event) -> Iterator[str]:
    """The batches and the place that an event names."""
    for line in (*(event.get("inputs") or ()), *(event.get("outputs") or ()), *(event.get("batches") or ())):
        yield str(line.get("batch"))
    if event.get("batch_ref"):
        yield str(event["batch_ref"].get("batch"))
    if event.get("place"):
        yield str(event["place"])
