"""The columns that no audit judges, each with its reason: the whole list. Every other column of every table is judged."""

from __future__ import annotations

from typing import Final

UNJUDGED: Final[dict[tuple[str, str], str]] = {
    (
        "outbox",
        "attempts",
    ): "how often it came back: a wrong one makes the next try come sooner or later, and nothing else",
    (
        "outbox",
        "next_try",
    ): "when it is tried again: a wrong one makes the next try come sooner or later, and nothing else",
    (
        "outbox",
        "law",
    ): "of an event that is not final, the last word of the chain about it, for people; the next try replaces it",
    (
        "sessions",
        "seen_at",
    ): "when somebody was last there, to the minute: a wrong one ends a session sooner or later; it ends for good by created_at",
}

PASSING: Final[dict[str, str]] = {
    "lease": "who leads just now: a wrong one deposes the leader and another takes over; no row stands for anything lasting",
    "tries": "how often somebody tried lately: a wrong one makes the next try come sooner or later, and a row lasts minutes",
    "bundles": "made from the index and the chain whenever they are asked for; whoever gets one checks every byte of it",
    "last_units": "the unit that stands first in somebody's forms: what they see and choose is what is kept, with the unit's name",
}
"""Tables that no audit judges, each with its reason."""

CACHES: Final = frozenset({"signed", "submitted"})
"""States of an event of which one says only whether the node has heard of its submission: one for the other decides nothing."""
