"""Page: Pack. Lots go in, pieces come out; the best-before date as far off as at the last time."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.pages.formats import day
from gateway.portal.desk import Desk
from gateway.portal.lots import is_known, lot_of, lot_to_show
from gateway.portal.making import NEEDS, lots_for, most_of, recipes, rows_shown, used
from gateway.portal.telling import instant
from ledger.errors import Refusal
from ledger.events.identifiers import is_gtin_uri, product_id
from ledger.events.model import DAY, Kind
from ledger.projection.present import Json
from ledger.recording import MakeDraft, OutputDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/portal/pack")
@does(Action.PORTAL)
def page(request: Request, here: Here, product: str = "", batch: str = "") -> Response:
    return _form(Desk(request, here), product, batch)


@router.post("/portal/pack")
@does(Action.PORTAL)
def keep(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    if form.one("more"):
        return _form(desk, form.one("product"), form=form)
    try:
        return desk.keep(form, _draft(desk, form))
    except Refusal as refusal:
        return _form(desk, form.one("product"), refusal=refusal, form=form)


def _draft(desk: Desk, form: Form) -> MakeDraft:
    inputs = used(desk, form)
    product = desk.product_called(form.one("product"))
    quantity, content = desk.quantity(form, product)
    lot = lot_of(form)
    until = desk.now + DAY if form.one("later") and not is_known(desk, product, lot) else 0
    said = {"cbvmda:productionDate": _today(desk).isoformat()} | _best_before(form)
    return MakeDraft(
        kind=Kind.PACK,
        occurred_at=desk.now,
        inputs=inputs,
        outputs=(OutputDraft(product["id"], lot, quantity, until),),
        content={"bizStep": "packing", "disposition": "active", "ilmd": said} | content,
        items=bool(form.one("own_codes")) and is_gtin_uri(product["id"]),
    )


def _best_before(form: Form) -> dict[str, str]:
    """None is said where none was typed. Raises `QuantityForm` for what is no day."""
    typed = form.one("best_before").strip()
    if not typed:
        return {}
    found = day(typed)
    if found is None:
        raise Refusal("QuantityForm", value=typed[:40])
    return {"cbvmda:bestBeforeDate": found.isoformat()}


def _form(
    desk: Desk, product: str, batch: str = "", refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    known = recipes(desk, Kind.PACK)
    stock = lots_for(desk, {each.input for each in known})
    held = {each.product["id"] for each in stock}
    fit = {each.product["id"] for each in stock if each.batch == batch} or held
    packs = {each.output["id"]: each.output for each in known if each.input in fit}
    chosen = packs.get(product) or _last(desk, list(packs.values()))
    recipe = [each for each in known if chosen and each.output["id"] == chosen["id"] and each.input in held]
    lots = lots_for(desk, {each.input for each in recipe})
    lots = [each for each in lots if each.product["unit"] == lots[0].product["unit"]]
    fields = ("quantity", "quantity_unit", "best_before", "later", "own_codes")
    typed = {name: form.one(name) if form else "" for name in fields}
    coded = chosen is not None and is_gtin_uri(chosen["id"])
    if chosen and form is None:
        typed["best_before"] = _proposed(desk, chosen)
        typed["own_codes"] = "1" if _codes(desk, chosen) else ""
    return desk.show(
        "pack.html", refusal, packs=list(packs.values()), chosen=chosen, lots=lots, typed=typed, known=known,
        rows=rows_shown(form, lots, batch) if lots else [], coded=coded, able=desk.has(NEEDS[Kind.PACK]),
        most=[most_of(desk, each) for each in recipe], today=_today(desk).isoformat(),
        lot=lot_to_show(desk, form.one("lot") if form else "", refusal, *([chosen] if chosen else [])),
    )  # fmt: skip


def _last(desk: Desk, packs: list[Json]) -> Json | None:
    """The one that was packed last, or the first."""
    made = [(found[0], number) for number, each in enumerate(packs) if (found := _last_pack(desk, each))]
    return packs[max(made)[1]] if made else next(iter(packs), None)


def _proposed(desk: Desk, product: Json) -> str:
    """As many days from today as at the last Pack of it; else what the product's description says; else nothing."""
    last = _last_pack(desk, product)
    best = day(last[1].get("cbvmda:bestBeforeDate")) if last else None
    packed = day(last[1].get("cbvmda:productionDate")) or day(last[0]) if last else None
    if best and packed:
        return (_today(desk) + (best - packed)).isoformat()
    days = product["profile"].get("shelf_life_days")
    return (_today(desk) + timedelta(days)).isoformat() if isinstance(days, int) and 0 < days < 10_000 else ""


def _codes(desk: Desk, product: Json) -> bool:
    """As at the last time; at first each pack has a code of its own, for no Pack can be given them later."""
    last = _last_pack(desk, product)
    return last is None or last[2]


def _last_pack(desk: Desk, product: Json) -> tuple[str, Json, bool] | None:
    """When it was, its `ilmd`, and whether its items bear serials; also one that waits to be signed."""
    for _, drafts in reversed(desk.state.waiting.of(desk.party)):
        for draft in drafts:
            if isinstance(draft, MakeDraft) and draft.kind is Kind.PACK and draft.outputs[0].product == product["id"]:
                return instant(draft.occurred_at), draft.content.get("ilmd", {}), draft.items
    with desk.state.reader.desk() as reader:
        event = reader.last_of(desk.party, product_id(product["id"]), Kind.PACK)
    if event is None:
        return None
    ilmd = event["content"].get("ilmd")
    bears = int(event["items_root"], 16) != 0
    return str(event["occurred_at"]), ilmd if isinstance(ilmd, dict) else {}, bears


def _today(desk: Desk) -> date:
    found = day(instant(desk.now))
    assert found is not None, "it is an instant"
    return found
