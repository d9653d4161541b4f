"""Page: Units. What a party's own words for quantities mean, by product: 1 thùng of crab is 20 kg. A manager says so."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, Object, authorise, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.roles import PersonRole
from gateway.auth.showing import PageRoute, go
from gateway.portal.amounts import BUILT_IN, base_units, named
from gateway.portal.desk import Desk
from gateway.portal.telling import instant
from ledger.errors import Refusal
from ledger.events.identifiers import product_id, product_uri
from ledger.projection.present import Json

router = APIRouter(route_class=PageRoute, include_in_schema=False)

OWN_ALLOWED = ("chuc",)
"""Units of everybody that a party may mean otherwise: ten that are twelve."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a unit is, and was: newest first."""

    name: str
    versions: tuple[tuple[str, str], ...]


@router.get("/portal/units")
@does(Action.PORTAL)
def page(request: Request, here: Here, product: str = "") -> Response:
    return _form(Desk(request, here), product)


@router.post("/portal/units")
@does(Action.PORTAL)
def declare(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    _manager(desk)
    try:
        uri = product_uri(form.one("product"))
        chosen = desk.product(product_id(uri))
        everybodys = BUILT_IN.get(chosen["unit"])
        if everybodys is None:
            raise Refusal("UnknownProduct", product=product_id(uri))
        name = " ".join(form.one("name").split()).lower()
        for unit in everybodys:
            if unit.name not in OWN_ALLOWED and name in (unit.name, desk.language.text(unit.words).lower()):
                raise Refusal("UnitTaken", name=name[:20])
        unit = named(everybodys, form.one("factor_unit"))
        factor = base_units(form.one("factor"), unit, desk.decimal_comma)
        desk.state.trade_units.declare(desk.party, product_id(uri), name, factor, here.person.id)
        return go(request, "/portal/units")
    except Refusal as refusal:
        return _form(desk, form.one("product"), refusal, form)


def _manager(desk: Desk) -> None:
    """Raises `NotYourRole`."""
    authorise(desk.here.may, Action.API_KEYS, Object(desk.party))


def _form(desk: Desk, product: str, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    with desk.state.reader.desk() as reader:
        products = reader.products()
    held = {goods.product["id"] for goods in desk.stock()}
    products.sort(key=lambda each: each["id"] not in held)
    chosen = next((each for each in products if each["id"] == product), products[0] if products else None)
    return desk.show(
        "units.html", refusal, products=products, chosen=chosen, everybodys=BUILT_IN,
        meant=[(desk.words(each), told) for each in products if (told := _meant(desk, each))],
        manager=PersonRole.MANAGER in desk.here.may.roles,
        typed={name: form.one(name) if form else "" for name in ("name", "factor", "factor_unit")},
    )  # fmt: skip


def _meant(desk: Desk, product: Json) -> list[Meant]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in desk.state.trade_units.history(desk.party, product_id(product["id"])):
        since = desk.language.moment(instant(row.since)) or ""
        found.setdefault(row.name, []).append((desk.amount(row.factor, product), since))
    return [Meant(name, tuple(versions)) for name, versions in found.items()]
