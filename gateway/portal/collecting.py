"""Page: Collection round. What many households bring goes into one lot; who they are and what each brought stays private."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.amounts import TradeUnit, base_units, named
from gateway.portal.desk import Desk
from gateway.portal.lots import lot_of, lot_to_show
from ledger.errors import Refusal
from ledger.events.model import Kind, Role
from ledger.recording import MakeDraft, OutputDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)

TABLE: Final = "households"
"""The private table. A row: `{"household": name, "quantity": base units}`."""
ROUNDS: Final = 3
"""Households of so many last rounds are proposed."""
MOST: Final = 150
_LINE: Final = re.compile(r"(?:\d+[.)]\s+)?(\D.*?)[\s:;,=\u2013-]+(\d[\d.,]*)\s*(kg|ký|kí|ky|ki)?\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Brought:
    """By one household: base units."""

    household: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Line:
    """Of the form: a household that is known, and what was typed beside it."""

    household: str
    typed: str = ""


@router.get("/portal/collect")
@does(Action.PORTAL)
def page(request: Request, here: Here, product: str = "") -> Response:
    return _form(Desk(request, here), product)


@router.post("/portal/collect")
@does(Action.PORTAL)
def keep(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    try:
        product = desk.product_called(form.one("product"))
        brought = read(form, named(desk.units(product), form.one("unit")), desk.decimal_comma)
        total = sum(each.quantity for each in brought)
        if form.one("add_up"):
            return _form(desk, form.one("product"), form=form, total=total, count=len(brought))
        draft = MakeDraft(
            kind=Kind.COMMISSION,
            occurred_at=desk.now,
            outputs=(OutputDraft(product["id"], lot_of(form), total),),
            content={"bizStep": "commissioning", "disposition": "active"},
            private_tables={TABLE: [{"household": each.household, "quantity": each.quantity} for each in brought]},
        )
        return desk.keep(form, draft)
    except Refusal as refusal:
        return _form(desk, form.one("product"), refusal, form)


def read(form: Form, unit: TradeUnit, decimal_comma: bool) -> list[Brought]:
    """The known households that brought something, then the lines of the note. Raises Refusal: `QuantityForm` with `rows`, the
    numbers of the lines that are no name with a quantity, or the names."""
    found, wrong = [], []
    for household, typed in zip(form.many("household"), form.many("brought"), strict=False):
        if typed.strip() not in ("", "0"):
            try:
                found.append(Brought(household, base_units(typed, unit, decimal_comma)))
            except Refusal:
                wrong.append(household)
    for number, line in enumerate(form.one("note").splitlines(), 1):
        if line.strip():
            try:
                found.append(_noted(line, unit, decimal_comma))
            except Refusal:
                wrong.append(str(number))
    if wrong:
        raise Refusal("QuantityForm", value="", rows=", ".join(wrong))
    if not found:
        raise Refusal("QuantityZero")
    return found


def _noted(line: str, unit: TradeUnit, decimal_comma: bool) -> Brought:
    """`Tư Đen 12,5`, `3. Út Mười: 7 kg`."""
    match = _LINE.fullmatch(" ".join(line.split()))
    if match is None or (match[3] and unit.name != "kg"):
        raise Refusal("QuantityForm", value=line[:40])
    return Brought(match[1][:120], base_units(match[2], unit, decimal_comma))


def _form(
    desk: Desk,
    product: str,
    refusal: Refusal | None = None,
    form: Form | None = None,
    total: int = 0,
    count: int = 0,
) -> Response:
    with desk.state.reader.desk() as reader:
        products = [each for each in reader.makes(desk.party) if each["stage"] == 0]
        rounds = reader.rounds(desk.party, TABLE, ROUNDS)
    chosen = next((each for each in products if each["id"] == product), next(iter(products), None))
    if form:
        lines = [Line(*each) for each in zip(form.many("household"), form.many("brought"), strict=False)]
    else:
        lines = [Line(name) for name in _households(desk, rounds)]
    return desk.show(
        "collect.html", refusal, products=products, chosen=chosen, lines=lines, note=_typed(form),
        unit=form.one("unit") if form else "", count=count, able=desk.has(Role.PRODUCER),
        total=desk.amount(total, chosen) if chosen and total else None,
        lot=lot_to_show(desk, form.one("lot") if form else "", refusal, *([chosen] if chosen else [])),
    )  # fmt: skip


def _typed(form: Form | None) -> str:
    """The note with its lines as a browser ends them in a page, not as it sends them."""
    return "\n".join(form.one("note").splitlines()) if form else ""


def _households(desk: Desk, rounds: list[list[Any]]) -> list[str]:
    """Of the last rounds, the newest round's first, in its order; what waits to be signed is the newest."""
    waiting = [
        draft.private_tables[TABLE]
        for _, drafts in reversed(desk.state.waiting.of(desk.party))
        for draft in drafts
        if isinstance(draft, MakeDraft) and TABLE in draft.private_tables
    ]
    last = [*waiting, *rounds][:ROUNDS]
    return list(dict.fromkeys(row["household"] for rows in last for row in rows))[:MOST]
