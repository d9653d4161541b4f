"""Pages: Opening stock, and goods from outside. Both begin here, in a lot of their own: "not traced before here"."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.pages.languages import mark
from gateway.portal.amounts import number
from gateway.portal.desk import Desk
from gateway.portal.lots import lot_of, lot_to_show
from ledger.errors import Refusal
from ledger.events.model import Kind, Provenance
from ledger.recording import MakeDraft, OutputDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SELLERS: Final = (
    ("household", mark("a household")),
    ("trader", mark("a trader")),
    ("foreign_supplier", mark("a supplier abroad")),
)
_LONGEST: Final = 120


@router.get("/portal/opening-stock")
@does(Action.PORTAL)
def opening(request: Request, here: Here, product: str = "") -> Response:
    return _form(Desk(request, here), Provenance.OPENING_STOCK, product)


@router.post("/portal/opening-stock")
@does(Action.PORTAL)
def keep_opening(request: Request, here: Here, form: Posted) -> Response:
    return _keep(Desk(request, here), Provenance.OPENING_STOCK, form)


@router.get("/portal/bought")
@does(Action.PORTAL)
def bought(request: Request, here: Here, product: str = "") -> Response:
    return _form(Desk(request, here), Provenance.BOUGHT_OUTSIDE, product)


@router.post("/portal/bought")
@does(Action.PORTAL)
def keep_bought(request: Request, here: Here, form: Posted) -> Response:
    return _keep(Desk(request, here), Provenance.BOUGHT_OUTSIDE, form)


def _keep(desk: Desk, provenance: Provenance, form: Form) -> Response:
    try:
        product = desk.product_called(form.one("product"))
        quantity, content = desk.quantity(form, product)
        draft = MakeDraft(
            kind=Kind.COMMISSION,
            occurred_at=desk.now,
            outputs=(OutputDraft(product["id"], lot_of(form), quantity),),
            provenance=provenance,
            content={"bizStep": "commissioning", "disposition": "active"} | content,
            private=_bought(desk, form) if provenance is Provenance.BOUGHT_OUTSIDE else {},
        )
        return desk.keep(form, draft)
    except Refusal as refusal:
        return _form(desk, provenance, form.one("product"), refusal, form)


def _bought(desk: Desk, form: Form) -> dict[str, Any]:
    """From whom, and for how much in đồng: private. Raises `QuantityForm`."""
    seller = form.one("seller") if form.one("seller") in dict(SELLERS) else SELLERS[0][0]
    told: dict[str, Any] = {"bought_from": {"kind": seller, "name": " ".join(form.one("who").split())[:_LONGEST]}}
    if typed := form.one("price").strip():
        price: Fraction = number(typed, desk.decimal_comma)
        if price.denominator != 1:
            raise Refusal("QuantityForm", value=typed[:40])
        told["price_vnd"] = str(price.numerator)
    return told


def _form(
    desk: Desk, provenance: Provenance, product: str, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    with desk.state.reader.desk() as reader:
        own = {each["id"]: each for each in reader.makes(desk.party)}
        products = [*own.values(), *(each for each in reader.products() if each["id"] not in own)]
    chosen = next((each for each in products if each["id"] == product), next(iter(products), None))
    names = ("quantity", "quantity_unit", "seller", "who", "price")
    return desk.show(
        "outside.html", refusal, bought=provenance is Provenance.BOUGHT_OUTSIDE, products=products, chosen=chosen,
        sellers=SELLERS, typed={name: form.one(name) if form else "" for name in names},
        lot=lot_to_show(desk, form.one("lot") if form else "", refusal, *([chosen] if chosen else [])),
    )  # fmt: skip
