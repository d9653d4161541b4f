"""What auditors' pages call things: kinds of events, marks, quantities, names."""

from __future__ import annotations

from typing import Any, Final

from gateway.pages.languages import Language, mark

KINDS: Final = {
    "Commission": mark("brought in"), "Transform": mark("made from others"), "Pack": mark("packed"),
    "Ship": mark("sent off"), "Receive": mark("received"), "Reject": mark("not accepted"),
    "Withdraw": mark("taken back on the way"), "Sell": mark("sold"), "Return": mark("returned by a buyer"),
    "Dispose": mark("lost or destroyed"), "AdjustUp": mark("corrected upwards"), "AdjustDown": mark("corrected downwards"),
    "Observe": mark("observed"), "Correct": mark("information corrected"), "Recall": mark("recalled"),
    "Lift": mark("recall lifted"), "Void": mark("nonce voided"),
}  # fmt: skip
MARKS: Final = (
    ("recalled", mark("recalled")),
    ("recalled_ingredient", mark("contains a recalled ingredient")),
    ("under_review", mark("records under review")),
    ("corrected", mark("corrected")),
    ("not_traced", mark("not traced before a point")),
)
CAME: Final = (
    ("made", mark("made")),
    ("adjusted_up", mark("corrected upwards")),
    ("adjusted_down", mark("corrected downwards")),
)
WENT: Final = (
    ("held", mark("held")), ("on_the_way", mark("on the way")), ("sold", mark("sold")),
    ("consumed", mark("made into other goods")), ("disposed", mark("lost or destroyed")),
)  # fmt: skip


def called(told: dict[str, Any] | None, language: Language) -> str:
    """What people call a party or a product; its address where it has no name; a dash for what is not known."""
    return (language.pick(told["name"]) or str(told["id"])) if told else "–"


def amount(quantity: int, product: dict[str, Any] | None, language: Language) -> str:
    unit = product["unit"] if product else None
    return language.quantity(quantity, unit) if unit else language.number(quantity)


def marks(found: dict[str, Any], language: Language) -> list[str]:
    """Of a batch. That nothing is known of a part of its ingredients is one, too."""
    said = [language.text(words) for name, words in MARKS if found[name]]
    return said if found["all_known"] else [*said, language.text("too many ingredients to follow: more may be marked")]
