"""What is recalled, by whom and in which capacity: the batch's flags, and the Recall and Lift events of its journey.

The flags decide (docs/spec/law.md, Recall and Lift); the events only tell who and when. Where the story does not fix a
capacity, none is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.pages.languages import Language, mark

CAPACITIES: Final = {
    "origin": mark("the producer"),
    "brand_owner": mark("the brand owner"),
    "inspectors": mark("an inspector"),
}
# The law lets nobody else recall (NotEntitled).
_NOT_ORIGIN: Final = mark("brand owner or inspector")


@dataclass(frozen=True)
class Recall:
    """A Recall event that no Lift is known to have ended. `capacity` is a key of CAPACITIES, None where it is not known."""

    event: Mapping[str, Any]
    capacity: str | None


def recalled_by(story: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The flags that stand; None where the story does not say, which is not the same as none."""
    flags = (story.get("state") or {}).get("recalled_by")
    return tuple(str(flag) for flag in flags) if isinstance(flags, list) else None


def recalls_in_force(batch: Mapping[str, Any]) -> tuple[Recall, ...]:
    """The first Recall in force of each party, in ledger order. `batch` is a story, or an ancestor in one."""
    origin = _id(batch.get("origin"))
    standing: dict[str, Mapping[str, Any]] = {}
    lifted = False
    for event in batch.get("journey") or ():
        party = _id(event.get("party"))
        if event.get("kind") == "Recall":
            standing.setdefault(party, event)
        elif event.get("kind") == "Lift":
            lifted, target = True, event.get("target")
            # One inspector may lift what another recalled; the origin's own flag nobody else can lift.
            named = [p for p, e in standing.items() if p != origin and target in (e["id"], e.get("target") or e["id"])]
            for ended in (party, *named):
                standing.pop(ended, None)
    others = [flag for flag in recalled_by(batch) or () if flag != "origin"]
    strangers = [party for party in standing if party != origin]
    # With a Lift among them, whose flag the one that stands is cannot be told from the story.
    certain = len(others) == len(strangers) == 1 and not lifted and others[0] in CAPACITIES
    return tuple(
        Recall(event, "origin" if party == origin else others[0] if certain else None)
        for party, event in standing.items()
    )


def capacity_words(event: Mapping[str, Any], batch: Mapping[str, Any] | None, language: Language) -> str:
    """In which capacity the party of a Recall or Lift of `batch` acted, as far as the story says."""
    batch = batch or {}
    for recall in recalls_in_force(batch):
        if recall.event is event and recall.capacity is not None:
            return language.text(CAPACITIES[recall.capacity])
    own = _id(event.get("party")) == _id(batch.get("origin"))
    words = CAPACITIES["origin"] if own else _NOT_ORIGIN
    return language.text(words)


def _id(party: Any) -> str:
    return str(party.get("id") or "") if isinstance(party, Mapping) else ""
