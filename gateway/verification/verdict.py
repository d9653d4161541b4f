"""The verdict of a scan: never greener than the evidence, and in exact words (reliability reference, section 6.4).

A recall stands above all, then records under review, then what could not be verified; only of records that stand is it said
whether the item was issued (verdict_of_item.py) or, of a lot's code, that the lot is registered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

from gateway.pages.languages import Language, mark
from gateway.pages.links import page_path
from gateway.verification.content import content_of, reason_of
from gateway.verification.dates import KeyDates
from gateway.verification.journey import Story, in_ledger_order
from gateway.verification.quantities import total_of
from gateway.verification.recall import CAPACITIES, capacity_words, recalled_by, recalls_in_force
from gateway.verification.sentences import MAKES, party_name, product_name

LAG_LIMIT_S: Final = 30  # as /health/ready: a gateway that calls itself stale does not call goods registered
_SHOWN_ORIGINS: Final = 3
_UNSEALED: Final = "unsealed development chain"
_CHAIN_CHECKS: Final = ("the chain's logs", "the contracts' storage")  # ledger/reconcile says so
_CHAIN_CHECK: Final = mark("the chain")
_OWN_CHECK: Final = mark("what was kept when they were taken in")


@dataclass(frozen=True)
class Verdict:
    """`tone` decides the colour; `word` and `rest` are read as one line: "Registered · lot code, …".

    `links` are (address, words, what is known of it): the recalled ingredients.
    """

    tone: Literal["recalled", "registered", "unverified", "check", "unknown"]
    word: str
    rest: str
    lines: tuple[str, ...]
    links: tuple[tuple[str, str, str], ...] = ()


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
    """Of a code for the whole lot. A recall that is known stands above all else, however old the answer; what is not known is
    never called registered."""
    text = language.text
    return verdict_of_records(story, fresh, language) or Verdict(
        "registered",
        text("Registered"),
        text("lot code, the same on every pack"),
        (text("A code can be copied: look at the seal and at the shop."),),
    )


def verdict_of_records(story: Story, fresh: bool, language: Language) -> Verdict | None:
    """None where the records of the lot stand: nothing speaks against calling what it issued registered."""
    text = language.text
    flags, ingredients = recalled_by(story), (story.get("state") or {}).get("recalled_ingredients")
    if flags or ingredients:
        return _recalled(story, flags or (), ingredients or (), fresh, language)
    if review := _review(story):
        return _under_review(review, language)
    if not fresh:
        return Verdict(
            "unverified",
            text("Could not verify now"),
            text("the chain cannot be reached, or this index is behind it"),
            (text("What you read below was last checked at the time shown. Try again in a few minutes."),),
        )
    making = [event for event in story.get("journey") or () if event.get("kind") in MAKES]
    if not any(event.get("state") == "final" for event in making):
        return Verdict(
            "unverified",
            text("Could not verify now"),
            text("the record that made this lot is not final yet"),
            (text("It was taken in and is on its way to the ledger. Try again in a few minutes."),),
        )
    if flags is None or ingredients is None or not _followed(story):
        return Verdict(
            "unverified",
            text("Could not verify now"),
            text("whether an ingredient was recalled is not known"),
            (
                text(
                    "This lot has more ingredients than could be followed. Ask the shop or the producer, naming the lot."
                ),
            ),
        )
    return None


def _review(story: Story) -> Mapping[str, Any] | None:
    """Set while an audit finds the records of the lot, or of what it was made of, other than they should be."""
    found = (story.get("state") or {}).get("under_review")
    return found if isinstance(found, Mapping) else None


def _under_review(review: Mapping[str, Any], language: Language) -> Verdict:
    text = language.text
    since = language.moment(review.get("since")) or text("an unknown day")
    check = text(_CHAIN_CHECK if review.get("check") in _CHAIN_CHECKS else _OWN_CHECK)
    return Verdict(
        "unverified",
        text("Records under review"),
        text("what is kept here is not what was recorded"),
        (
            text("Found {moment}, when this registry's records were compared with {check}.", moment=since, check=check),
            text("Do not rely on what you read below. Ask the shop or the producer, naming the lot."),
        ),
    )


def _recalled(
    story: Story, flags: Sequence[str], ingredients: Sequence[Any], fresh: bool, language: Language
) -> Verdict:
    text = language.text
    word = text("Recalled") if flags else text("Contains a recalled ingredient")
    lines = list(_who_recalled(story, flags, language)) if flags else []
    shown = ingredients[:_SHOWN_ORIGINS]
    if (
        flags and ingredients
    ):  # one line, so that a phone's first screen still names the product; linked under "Made from"
        names = language.join(_lot(batch, language) for batch in shown)
        lines.append(text("It also contains a recalled ingredient: {names}.", names=names))
    if not _followed(story):
        lines.append(text("Not every ingredient could be followed: more may be recalled."))
    if _review(story):
        lines.append(text("The records of this lot are under review as well."))
    if not fresh:
        lines.append(text("The chain cannot be reached now: this is what was last known."))
    if len(ingredients) > len(shown):
        rest = len(ingredients) - len(shown)
        lines.append(language.count("{n} more recalled ingredient.", "{n} more recalled ingredients.", rest))
    links = () if flags else tuple(_ingredient(batch, story, language) for batch in shown)
    return Verdict("recalled", word, text("Do not eat it. Take it back to the shop."), tuple(lines), links)


def _who_recalled(batch: Story, flags: Sequence[str], language: Language) -> Iterator[str]:
    """Who recalled a batch and when; by the flags alone where its journey does not name them."""
    recalls = recalls_in_force(batch)
    for recall in recalls[:_SHOWN_ORIGINS]:
        said = language.text(
            "Recalled by {party} ({capacity}), {date}.",
            party=party_name(recall.event.get("party"), language),
            capacity=capacity_words(recall.event, batch, language),
            date=language.date(recall.event.get("occurred_at")) or language.text("an unknown day"),
        )
        stated = content_of(recall.event).get("nguon:reason")
        reason = language.text("Reason: {reason}.", reason=reason_of(recall.event, language)) if stated else ""
        yield f"{said} {reason}".strip()
    known = [language.text(CAPACITIES[flag]) for flag in flags if flag in CAPACITIES]
    if known and not recalls:
        yield language.text("Recalled by {capacities}.", capacities=language.join(known))


def _ingredient(batch: Any, story: Story, language: Language) -> tuple[str, str, str]:
    uri, lot = str((batch.get("product") or {}).get("id") or ""), str(batch.get("lot") or "")
    ancestor = next((a for a in story.get("upstream") or () if a.get("batch") == batch.get("batch")), batch)
    known = " ".join(_who_recalled(ancestor, (), language))
    return f"{page_path(uri, lot)}?lang={language.code}", _lot(batch, language), known


def _lot(batch: Any, language: Language) -> str:
    return language.text(
        "{product}, lot {lot}", product=product_name(batch.get("product"), language), lot=str(batch.get("lot") or "")
    )


def _followed(story: Story) -> bool:
    return (story.get("state") or {}).get("recall_known") is True


def chain_lines(as_of: Any, language: Language) -> tuple[str, str]:
    """What seals the chain, in short and with what that leaves shown. Unless the story says otherwise it is the unsealed one."""
    chain = as_of.get("chain") if isinstance(as_of, Mapping) else None
    stated = language.pick(chain) or _UNSEALED
    if stated != _UNSEALED:
        return stated, stated
    text = language.text
    return text("Unsealed development chain"), text("Unsealed development chain: integrity and signatures only.")


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
    if 0 < total_of(figures) <= int(figures.get("disposed") or 0):
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
