"""The verdict of a scan: never greener than the evidence, and in exact words (reliability reference, section 6.4).

So far the ledger knows lot-level codes only; of the vocabulary these verdicts exist: registered, could not verify now, and the
page for an unknown code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from gateway.pages.languages import Language
from gateway.verification.dates import KeyDates
from gateway.verification.journey import Story, in_ledger_order
from gateway.verification.sentences import MAKES, party_name, product_name

LAG_LIMIT_S: Final = 30  # as /health/ready: a gateway that calls itself stale does not call goods registered
_SHOWN_ORIGINS: Final = 3
_UNSEALED: Final = "unsealed development chain"


@dataclass(frozen=True)
class Verdict:
    """`registered` decides the colour; `word` and `rest` are read as one line: "Registered · lot code, …"."""

    registered: bool
    word: str
    rest: str
    explanation: str


@dataclass(frozen=True)
class Banner:
    """`links` are (address, words)."""

    title: str
    lines: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()


def is_fresh(as_of: Any) -> bool:
    """Whether the index followed the chain closely when it answered. What does not say so is not fresh."""
    lag = as_of.get("lag_seconds") if isinstance(as_of, Mapping) else None
    return isinstance(lag, (int, float)) and 0 <= lag <= LAG_LIMIT_S and as_of.get("block") is not None


def verdict_of(story: Story, fresh: bool, language: Language) -> Verdict:
    text = language.text
    if not fresh:
        return Verdict(
            False,
            text("Could not verify now"),
            text("the chain cannot be reached, or this index is behind it"),
            text("What you read below was last checked at the time shown. Try again in a few minutes."),
        )
    making = [event for event in story.get("journey") or () if event.get("kind") in MAKES]
    if not any(event.get("state") == "final" for event in making):
        return Verdict(
            False,
            text("Could not verify now"),
            text("the record that made this lot is not final yet"),
            text("It was taken in and is on its way to the ledger. Try again in a few minutes."),
        )
    return Verdict(
        True,
        text("Registered"),
        text("lot code, the same on every pack"),
        text("A code can be copied: look at the seal and at the shop."),
    )


def chain_line(as_of: Any, language: Language) -> str:
    """What seals the chain. Unless the story says otherwise it is the unsealed one."""
    chain = as_of.get("chain") if isinstance(as_of, Mapping) else None
    stated = language.pick(chain) or _UNSEALED
    return language.text("Unsealed development chain") if stated == _UNSEALED else stated


def banners_of(story: Story, dates: KeyDates, past: bool, language: Language) -> tuple[Banner, ...]:
    """What a reader must not miss, most urgent first."""
    text, state = language.text, story.get("state") or {}
    banners = []
    if past and dates.best_before is not None:
        banners.append(
            Banner(text("Past its date"), (text("Good until {date}.", date=language.day(dates.best_before)),))
        )
    points = tuple(_points(story, language))
    if state.get("not_traced") or state.get("not_traced_inherited") or points:
        title = text("Not traced before a point")
        otherwise = (text("Something that went into this lot came without records."),)
        banners.append(Banner(title, points or otherwise))
    others = [other.get("origin") or {} for other in (story.get("others") or ())[:_SHOWN_ORIGINS]]
    if others:
        line = text("Check which name is on the pack. Also registered by:")
        links = tuple(
            (
                f"?lang={language.code}&origin={quote(str(origin.get('id') or ''), safe='')}",
                party_name(origin, language),
            )
            for origin in others
        )
        banners.append(Banner(text("This lot code is in use by more than one producer"), (line,), links))
    figures = story.get("quantities") or {}
    made = int(figures.get("made") or 0)
    if made and int(figures.get("disposed") or 0) >= made:
        banners.append(Banner(text("Lot destroyed"), (text("All of this lot was recorded as lost or destroyed."),)))
    return tuple(banners)


def _points(story: Story, language: Language) -> list[str]:
    """Where the trace begins: each event that brought goods in from outside the ledger."""
    points = []
    for event, _ in in_ledger_order(story):
        if event.get("provenance") in ("opening_stock", "bought_outside"):
            line: Mapping[str, Any] = (event.get("outputs") or [{}])[0]
            points.append(
                language.text(
                    "{product}, lot {lot}: no records before {date}.",
                    product=product_name(line.get("product"), language),
                    lot=str(line.get("lot") or ""),
                    date=language.date(event.get("occurred_at")) or language.text("an unknown day"),
                )
            )
    rest = len(points) - _SHOWN_ORIGINS
    if rest > 0:
        points[_SHOWN_ORIGINS:] = [
            language.count("And {n} more; see the journey.", "And {n} more; see the journey.", rest)
        ]
    return points
