"""Choosing goods from a list, several lots at once, each with its quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.auth.forms import Form
from gateway.portal.amounts import proposed
from gateway.portal.desk import Desk, Goods
from ledger.errors import Refusal


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the list. `key` names its fields; `typed` and `unit` stand in its quantity."""

    key: str
    goods: Goods
    ticked: bool
    typed: str
    unit: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """`content` says what was typed."""

    goods: Goods
    quantity: int
    content: dict[str, Any]

    @property
    def batch(self) -> bytes:
        return bytes.fromhex(self.goods.batch[2:])


def key_of(goods: Goods) -> str:
    return goods.batch[2:18]


def choices(desk: Desk, stock: Sequence[Goods], form: Form | None, whole: bool = True) -> list[Choice]:
    """As they were typed; before that, all of each lot is proposed if `whole`, and an only lot is ticked, or
    the one that the address names (`?batch=`)."""
    asked = desk.request.query_params.get("batch")
    ticked = [key_of(goods) for goods in stock if goods.batch == asked or len(stock) == 1]
    if form is not None:
        ticked = form.many("goods")
    found = []
    for goods in stock:
        key = key_of(goods)
        typed, unit = proposed(goods.quantity, desk.units(goods.product), desk.decimal_comma)
        field = f"quantity_{key}"
        found.append(
            Choice(
                key, goods, key in ticked,
                form.one(field) if form else typed if whole else "",
                form.one(f"{field}_unit") if form else unit.name,
            )
        )  # fmt: skip
    return found


def chosen(desk: Desk, stock: Sequence[Goods], form: Form) -> list[Chosen]:
    """What is ticked. Raises `NothingChosen`, `UnknownBatch` for what is not there any more, and what is wrong with a quantity."""
    known = {key_of(goods): goods for goods in stock}
    keys = list(dict.fromkeys(form.many("goods")))
    if not keys:
        raise Refusal("NothingChosen")
    if not set(keys) <= set(known):
        raise Refusal("UnknownBatch")
    return [Chosen(known[key], *desk.quantity(form, known[key].product, f"quantity_{key}")) for key in keys]
