"""Page: Loss. What died, spoiled, or was given away as a sample: out of stock, with its reason."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.desk import Desk, Goods
from gateway.portal.reasons import IN_STOCK
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.recording import BatchName, MoveDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/portal/dispose")
@does(Action.PORTAL)
def page(request: Request, here: Here, batch: str = "") -> Response:
    return _form(Desk(request, here), batch)


@router.post("/portal/dispose")
@does(Action.PORTAL)
def keep(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    try:
        return desk.keep(form, _draft(desk, form))
    except Refusal as refusal:
        return _form(desk, form.one("batch"), refusal, form)


def _draft(desk: Desk, form: Form) -> MoveDraft:
    goods = _chosen(desk.stock(), form.one("batch"))
    if goods is None:
        raise Refusal("UnknownBatch", batch=b"")
    quantity, content = desk.quantity(form, goods.product)
    reason = form.one("reason")
    return MoveDraft(
        kind=Kind.DISPOSE,
        quantity=quantity,
        batch=BatchName(id=bytes.fromhex(goods.batch[2:])),
        occurred_at=desk.now,
        content=content | {"nguon:reason": reason if reason in IN_STOCK else next(iter(IN_STOCK))},
    )


def _chosen(stock: list[Goods], batch: str) -> Goods | None:
    """The only lot where there is one alone."""
    found = next((goods for goods in stock if goods.batch == batch), None)
    return stock[0] if found is None and len(stock) == 1 else found


def _form(desk: Desk, batch: str, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    stock = desk.stock()
    typed = {name: form.one(name) if form else "" for name in ("quantity", "reason")}
    return desk.show(
        "dispose.html", refusal, stock=stock, chosen=_chosen(stock, batch), reasons=IN_STOCK, typed=typed
    )  # fmt: skip
