"""What a correction mends: the record that an AdjustUp, AdjustDown or Correct names, or that it names none a reader accepts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gateway.pages.languages import Language
from gateway.verification.content import best_before_of
from gateway.verification.sentences import Event, sentence_of

CORRECTING: Final = ("AdjustUp", "AdjustDown", "Correct")


def corrects(event: Event, target: Event) -> bool:
    """Whether `event` is a Correct of `target` that readers heed: not later, not another party's or another batch's."""
    return (
        event.get("kind") == "Correct"
        and event.get("target") == target.get("id")
        and _party(event) == _party(target)
        and _share_subject(event, target)
        and _position(target) < _position(event)
    )


def mended_by(event: Event, target: Event | None, language: Language) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(notes, alerts) about what `event` mends. `target` is the earlier event it names, None if there is no such here.

    An adjustment acts whatever it names, but the reader is told when its ground cannot be seen (docs/spec/law.md, AdjustDown).
    """
    kind = event.get("kind")
    if kind not in CORRECTING:
        return (), ()
    if kind == "Correct" and (target is None or not corrects(event, target)):
        words = language.text("It names no earlier record of this organisation on these goods, so it changes nothing.")
        return (), (words,)
    if target is None or not _share_subject(event, target):
        return (), (language.text("The record it corrects is not among those shown here."),)
    date = language.date(target.get("occurred_at")) or language.text("an unknown day")
    # The record as it stands: it is never edited, and what the correction adds is shown beside it.
    record = sentence_of(target, None, None, language)
    notes: list[str] = [language.rich("The record it corrects, {date}: {record}", date=date, record=record)]
    keeps = best_before_of(event)
    if keeps:
        notes.append(language.text("Best before, as corrected: {date}", date=language.day(keeps)))
    return tuple(notes), ()


def _share_subject(event: Event, target: Event) -> bool:
    return bool(set(_subjects(event)) & set(_subjects(target)))


def _position(event: Event) -> float:
    stated = event.get("position")
    return float("inf") if stated is None else float(stated)


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
