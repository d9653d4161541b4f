"""Where a batch went, in plain words: made, sold, on the way, lost, still held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.pages.languages import Language, mark
from gateway.verification.content import reason_of
from gateway.verification.journey import Story, in_ledger_order
from gateway.verification.sentences import amount, party_name, product_name

_SHOWN: Final = 12
PARTS: Final = (
    ("held", mark("Still held")),
    ("on_the_way", mark("On the way")),
    ("sold", mark("Sold")),
    ("consumed", mark("Used for other products")),
    ("disposed", mark("Lost or destroyed")),
)
CORRECTIONS: Final = (
    ("adjusted_up", "+", mark("Corrected upwards")),
    ("adjusted_down", "\N{MINUS SIGN}", mark("Corrected downwards: a correction, not a loss")),
)


@dataclass(frozen=True)
class Part:
    """A share of what was made. `start` and `width` are per mille of it, for the bar."""

    key: str
    label: str
    amount: str
    start: int
    width: int


@dataclass(frozen=True)
class Balance:
    """`corrections` are (words, signed amount), and `total` what they leave of what was made: the sum of the parts.

    Without corrections both are empty, as what was made is the total.
    """

    made: str
    corrections: tuple[tuple[str, str], ...]
    total: str | None
    by_inspector: bool
    parts: tuple[Part, ...]
    unexplained: str | None
    holders: tuple[str, ...]
    on_the_way: tuple[str, ...]
    losses: tuple[str, ...]
    more: int


def total_of(figures: Mapping[str, Any]) -> int:
    """What was made, as corrected: held + on the way + sold + consumed + disposed (docs/spec/law.md, AdjustUp, AdjustDown)."""
    made, up, down = (int(figures.get(key) or 0) for key in ("made", "adjusted_up", "adjusted_down"))
    return made + up - down


def balance_of(story: Story, language: Language) -> Balance:
    """The quantities of this batch; losses also of its ancestors, as they explain what the jar no longer holds."""
    product, figures = story.get("product"), story.get("quantities") or {}
    made, total = int(figures.get("made") or 0), total_of(figures)
    corrections = list(_corrections(story, language))
    parts, start = [], 0
    for key, label in PARTS:
        value = int(figures.get(key) or 0)
        width = value * 1000 // total if total > 0 else 0
        if value or key == "held":
            parts.append(Part(key, language.text(label), amount(value, product, language), start, width))
        start += width
    rest = total - sum(int(figures.get(key) or 0) for key, _ in PARTS)
    holders = list(_holders(story, language))
    moving = list(_moving(story, language))
    losses = list(_losses(story, language))
    return Balance(
        made=amount(made, product, language),
        corrections=tuple(corrections),
        total=amount(total, product, language) if corrections else None,
        by_inspector=(story.get("state") or {}).get("adjusted") is True,
        parts=tuple(parts),
        unexplained=amount(rest, product, language) if rest else None,
        holders=tuple(holders[:_SHOWN]),
        on_the_way=tuple(moving[:_SHOWN]),
        losses=tuple(losses[:_SHOWN]),
        more=sum(max(0, len(listed) - _SHOWN) for listed in (holders, moving, losses)),
    )


def _corrections(story: Story, language: Language) -> Iterator[tuple[str, str]]:
    figures = story.get("quantities") or {}
    for key, sign, words in CORRECTIONS:
        value = int(figures.get(key) or 0)
        if value:
            yield language.text(words), f"{sign} {amount(value, story.get('product'), language)}"


def _holders(story: Story, language: Language) -> Iterator[str]:
    for holding in story.get("holdings") or ():
        values = {"party": party_name(holding.get("party"), language)}
        held, sold = int(holding.get("quantity") or 0), int(holding.get("sold") or 0)
        shown = {
            "held": amount(held, story.get("product"), language),
            "sold": amount(sold, story.get("product"), language),
        }
        if held and sold:
            yield language.text("{party} holds {held} and has sold {sold}.", **values, **shown)
        elif held:
            yield language.text("{party} holds {held}.", **values, **shown)
        elif sold:
            yield language.text("{party} has sold {sold}.", **values, **shown)


def _moving(story: Story, language: Language) -> Iterator[str]:
    for shipment in story.get("shipments") or ():
        if int(shipment.get("open") or 0):
            yield language.text(
                "{to} has not yet received {amount} that {sender} sent on {date}.",
                amount=amount(int(shipment["open"]), story.get("product"), language),
                sender=party_name(shipment.get("from"), language),
                to=party_name(shipment.get("to"), language),
                date=language.date(_shipped_at(shipment, story)) or language.text("an unknown day"),
            )


def _shipped_at(shipment: Mapping[str, Any], story: Story) -> str | None:
    """When a shipment left: its Ship event says so, as `shipped` is a quantity."""
    for event in story.get("journey") or ():
        if event.get("id") == shipment.get("id"):
            return str(event.get("occurred_at") or "")
    return None


def _losses(story: Story, language: Language) -> Iterator[str]:
    for event, _ in in_ledger_order(story):
        if event.get("kind") == "Dispose":
            reference = event.get("batch_ref") or {}
            yield language.text(
                "{amount} of {product} (lot {lot}): {reason}, {date}",
                amount=amount(int(event.get("quantity") or 0), reference.get("product"), language),
                product=product_name(reference.get("product"), language),
                lot=str(reference.get("lot") or ""),
                reason=reason_of(event, language),
                date=language.date(event.get("occurred_at")) or language.text("an unknown day"),
            )
