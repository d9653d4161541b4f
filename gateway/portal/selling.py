"""Pages: Sell, to anybody outside the ledger or over the counter, and Return, when a customer brings it back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.choosing import Chosen, choices, chosen
from gateway.portal.desk import Desk, Goods
from ledger.canonical.content import MAX_INTEGER
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.recording import BatchName, MoveDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_MONEY: Final = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+|\d+")
"""Đồng: they have no fractions, so any mark parts thousands."""


@router.get("/portal/sell")
@does(Action.PORTAL)
def sell_page(request: Request, here: Here) -> Response:
    return _sell_form(Desk(request, here))


@router.post("/portal/sell")
@does(Action.PORTAL)
def sell(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    try:
        lots = chosen(desk, desk.stock(), form)
        private = _private(form)
        content = {"bizStep": "retail_selling"}
        first, *more = lots
        buyer = {name: told for name, told in private.items() if name == "buyer"}
        # The price is that of the whole sale: it stands with its first lot, so that adding up counts it once.
        return desk.keep(
            form, _move(desk, Kind.SELL, first, content, private),
            *(_move(desk, Kind.SELL, lot, content, buyer) for lot in more),
        )  # fmt: skip
    except Refusal as refusal:
        return _sell_form(desk, refusal, form)


@router.get("/portal/return")
@does(Action.PORTAL)
def return_page(request: Request, here: Here) -> Response:
    return _return_form(Desk(request, here))


@router.post("/portal/return")
@does(Action.PORTAL)
def give_back(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    try:
        good = form.one("sellable") == "yes"
        content = {"bizStep": "receiving", "disposition": "sellable_accessible" if good else "non_sellable_other"}
        return desk.keep(form, *(_move(desk, Kind.RETURN, lot, content, {}) for lot in chosen(desk, _sold(desk), form)))
    except Refusal as refusal:
        return _return_form(desk, refusal, form)


def _sell_form(desk: Desk, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    stock = [goods for goods in desk.stock() if not goods.recalled]
    typed = {name: form.one(name) if form else "" for name in ("buyer", "price")}
    return desk.show("sell.html", refusal, choices=choices(desk, stock, form), typed=typed)


def _return_form(desk: Desk, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    sellable = form.one("sellable") == "yes" if form else True
    return desk.show(
        "return.html", refusal, choices=choices(desk, _sold(desk), form, whole=False), sellable=sellable
    )  # fmt: skip


def _sold(desk: Desk) -> Sequence[Goods]:
    """What may come back: all that the party sold of each lot, net of what came back."""
    sold = [desk.goods(each.batch, each.sold) for each in desk.trial.stock(desk.party) if each.sold]
    return sorted(sold, key=lambda goods: (goods.name, goods.lot))


def _private(form: Form) -> dict[str, Any]:
    """Only digests of it become public. Raises `QuantityForm` for a price that is none."""
    buyer, price = form.one("buyer").strip(), form.one("price").strip()
    told: dict[str, Any] = {"buyer": buyer} if buyer else {}
    if price:
        if not _MONEY.fullmatch(price) or (dong := int(re.sub(r"\D", "", price))) > MAX_INTEGER:
            raise Refusal("QuantityForm", value=price[:40])
        told["price_vnd"] = dong
    return told


def _move(desk: Desk, kind: Kind, lot: Chosen, content: dict[str, Any], private: dict[str, Any]) -> MoveDraft:
    return MoveDraft(
        kind=kind, quantity=lot.quantity, batch=BatchName(id=lot.batch), occurred_at=desk.now,
        content=content | lot.content, private=private,
    )  # fmt: skip
