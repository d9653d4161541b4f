"""The key dates of a batch: when it was made, and until when it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gateway.pages import formats
from gateway.verification.content import best_before_of
from gateway.verification.corrections import corrects
from gateway.verification.journey import Story, in_ledger_order

_LONGEST_SHELF_LIFE = 36_500


@dataclass(frozen=True)
class KeyDates:
    """Days in Vietnam. `kind` is how the lot was made, `best_before` the earliest day that may apply.

    `computed` where it follows from the shelf life rather than from what the maker stated of this lot.
    """

    kind: str | None
    first_made: date | None
    last_made: date | None
    first_harvest: date | None
    last_harvest: date | None
    best_before: date | None
    computed: bool
    shelf_life_days: int | None

    def past(self, today: date) -> bool:
        return self.best_before is not None and today > self.best_before


def key_dates(story: Story) -> KeyDates:
    entries = in_ledger_order(story)
    making = [event for event, _ in entries if _makes(event, story.get("batch"))]
    made = sorted(day for day in (formats.day(event.get("occurred_at")) for event in making) if day)
    landed = sorted(
        day
        for event, ancestor in entries
        if ancestor is not None and event.get("kind") == "Commission" and event.get("provenance") == "made_here"
        if (day := formats.day(event.get("occurred_at")))
    )
    # A corrected date counts beside the first: the earliest of what the maker stated is the one that may apply.
    stating = [*making, *(event for event, _ in entries if any(corrects(event, target) for target in making))]
    stated = sorted(day for event in stating if (day := best_before_of(event)))
    profile = (story.get("product") or {}).get("profile") or {}
    days = profile.get("shelf_life_days")
    days = days if type(days) is int and 0 < days <= _LONGEST_SHELF_LIFE else None
    best_before = stated[0] if stated else (made[0] + timedelta(days=days) if made and days else None)
    return KeyDates(
        kind=str(making[0].get("kind")) if making else None,
        first_made=made[0] if made else None,
        last_made=made[-1] if made else None,
        first_harvest=landed[0] if landed else None,
        last_harvest=landed[-1] if landed else None,
        best_before=best_before,
        computed=best_before is not None and not stated,
        shelf_life_days=days,
    )


def _makes(event: Mapping[str, Any], batch: Any) -> bool:
    return any(line.get("batch") == batch for line in event.get("outputs") or ())
