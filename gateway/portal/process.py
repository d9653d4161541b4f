"""Page: Process. Lots go in, one or several products come out; loss is what does not come out."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.desk import Desk
from gateway.portal.lots import lot_of, lot_to_show
from gateway.portal.making import NEEDS, Recipe, lots_for, most_of, recipes, rows_shown, used
from ledger.errors import Refusal
from ledger.events.identifiers import product_id
from ledger.events.model import Kind
from ledger.projection.present import Json
from ledger.recording import MakeDraft, OutputDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Product:
    """What may come out, with what was typed of it. `most`: how much the yields allow, in words."""

    number: int
    product: Json
    most: list[str]
    typed: str
    unit: str


@router.get("/portal/process")
@does(Action.PORTAL)
def page(request: Request, here: Here, product: str = "", batch: str = "") -> Response:
    return _form(Desk(request, here), product, batch)


@router.post("/portal/process")
@does(Action.PORTAL)
def keep(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    if form.one("more"):
        return _form(desk, form.one("product"), form=form)
    try:
        draft = _draft(desk, form)
        return desk.keep(form, draft)
    except Refusal as refusal:
        if refusal.law == "AboveInputs":  # said in the unit of what comes out: all have one
            product = product_id(draft.outputs[0].product)
            refusal = Refusal(refusal.law, **refusal.numbers, product=product)
        return _form(desk, form.one("product"), refusal=refusal, form=form)


def _draft(desk: Desk, form: Form) -> MakeDraft:
    inputs = used(desk, form)
    outputs, entered = [], []
    for number, uri in enumerate(form.many("output")):
        if form.one(f"made{number}").strip() not in ("", "0"):
            product = desk.product_called(uri)
            quantity, content = desk.quantity(form, product, f"made{number}")
            outputs.append(OutputDraft(product["id"], lot_of(form), quantity))
            entered += content["nguon:entered"]
    if not outputs:
        raise Refusal("QuantityZero")
    return MakeDraft(
        kind=Kind.TRANSFORM,
        occurred_at=desk.now,
        inputs=inputs,
        outputs=tuple(outputs),
        content={"bizStep": "commissioning", "disposition": "active", "nguon:entered": entered},
    )


def _form(
    desk: Desk, product: str, batch: str = "", refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    known = recipes(desk, Kind.TRANSFORM)
    stock = lots_for(desk, {each.input for each in known})
    sources = {each.product["id"]: each.product for each in stock}
    asked = next((each.product["id"] for each in stock if each.batch == batch), product)
    chosen = sources.get(asked) or next(iter(sources.values()), None)
    outputs: list[Product] = []
    lots = []
    if chosen is not None:
        made = [each.output["id"] for each in known if each.input == chosen["id"]]
        beside = [each for each in known if each.output["id"] in made]
        lots = lots_for(desk, {each.input for each in beside}, chosen["unit"])
        lots.sort(key=lambda goods: goods.product["id"] != chosen["id"])
        held = {each.product["id"] for each in lots}
        outputs = _products(desk, made, [each for each in beside if each.input in held], form)
    return desk.show(
        "process.html", refusal, sources=list(sources.values()), chosen=chosen, lots=lots, outputs=outputs,
        rows=rows_shown(form, lots, batch) if lots else [], able=desk.has(NEEDS[Kind.TRANSFORM]), known=known,
        lot=lot_to_show(desk, form.one("lot") if form else "", refusal, *(each.product for each in outputs)),
    )  # fmt: skip


def _products(desk: Desk, made: list[str], known: list[Recipe], form: Form | None) -> list[Product]:
    typed = {uri: number for number, uri in enumerate(form.many("output"))} if form else {}
    found = []
    for number, uri in enumerate(made):
        own = [each for each in known if each.output["id"] == uri]
        name = f"made{typed[uri]}" if uri in typed else ""
        found.append(
            Product(
                number,
                own[0].output,
                [most_of(desk, each) for each in own],
                form.one(name) if form else "",
                form.one(f"{name}_unit") if form else "",
            )
        )
    return found
