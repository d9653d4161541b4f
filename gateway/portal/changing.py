"""Page: Change. What waits, in a form again with what was typed; what is kept then takes its place, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.amounts import written
from gateway.portal.desk import Desk
from gateway.portal.reasons import IN_STOCK, ON_THE_WAY
from gateway.portal.telling import line
from ledger.errors import Refusal
from ledger.events.identifiers import product_id, product_uri
from ledger.events.model import Kind
from ledger.projection.present import Json
from ledger.recording import Draft, MakeDraft, MoveDraft
from ledger.store.drafts import DraftRow

router = APIRouter(route_class=PageRoute, include_in_schema=False)

MOST: Final = 12
"""Amounts in one form."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity of a draft: the name of its field, whose unit it is in, and how it stands there. `lot`: field and lot of what
    is made."""

    field: str
    product: Json
    name: str
    typed: str
    unit: str
    lot: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One draft of an entry. `reasons`, `to`: field, choices (value and words) and what is chosen; None where it says none."""

    line: str
    amounts: tuple[Amount, ...]
    reason: tuple[str, Sequence[tuple[str, str]], str] | None
    to: tuple[str, list[tuple[str, str]], str] | None


def changeable(row: DraftRow, drafts: Sequence[Draft], desk: Desk) -> bool:
    """What another party asks for is agreed to or not; what has no quantity, or labels by number, is entered anew."""
    if row.sign_at is None or not desk.may(*(each.kind for each in drafts)):
        return False
    if any(isinstance(each, MakeDraft) and each.items_root != bytes(32) for each in drafts):
        return False
    if any(each.private_tables for each in drafts):  # a collection round: its sum is that of its rows
        return False
    found = [_amounts(each, number, desk) for number, each in enumerate(drafts)]
    return all(found) and sum(map(len, found)) <= MOST


@router.get("/portal/drafts/{id}/change")
@does(Action.PORTAL)
def page(request: Request, here: Here, id: str) -> Response:
    desk = Desk(request, here)
    return _form(desk, id, _mine(desk, id))


@router.post("/portal/drafts/{id}/change")
@does(Action.PORTAL)
def keep(request: Request, here: Here, form: Posted, id: str) -> Response:
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    drafts = _mine(desk, id)
    try:
        changed = [
            new for number, each in enumerate(drafts) if (new := _changed(each, number, len(drafts), form, desk))
        ]
        if not changed:
            raise Refusal("QuantityZero")
        return desk.keep(form, *changed)
    except Refusal as refusal:
        return _form(desk, id, drafts, refusal, form)


def _mine(desk: Desk, id: str) -> tuple[Draft, ...]:
    for row, drafts in desk.state.waiting.of(desk.party):
        if row.id == id and changeable(row, drafts, desk):
            found: tuple[Draft, ...] = drafts
            return found
    raise Refusal("DraftGone")


def _amounts(draft: Draft, number: int, desk: Desk) -> list[Amount]:
    """Of what goes in, then of what is made; or of what is moved."""
    told: list[tuple[Json, str, int, str | None]] = []
    if isinstance(draft, MakeDraft):
        for name, quantity in draft.inputs:
            moved = MoveDraft(kind=Kind.SHIP, quantity=quantity, batch=name, occurred_at=draft.occurred_at)
            if (state := desk.batch_named(moved, desk.party)) is None:
                return []
            goods = desk.goods(state, quantity)
            told.append((goods.product, f"{goods.name}, {goods.lot}", quantity, None))
        for output in draft.outputs:
            product = desk.product(product_id(product_uri(output.product)))
            told.append((product, desk.words(product), output.quantity, output.lot))
    elif isinstance(draft, MoveDraft) and (state := desk.batch_named(draft, desk.party)) is not None:
        goods = desk.goods(state, draft.quantity)
        told.append((goods.product, f"{goods.name}, {goods.lot}", draft.quantity, None))
    said = draft.content.get("nguon:entered")
    said = (
        [None] * (len(told) - len(said)) + said
        if isinstance(said, list) and len(said) <= len(told)
        else [None] * len(told)
    )
    return [
        Amount(
            f"q{number}_{place}", product, name, *written(quantity, desk.units(product), entry, desk.decimal_comma),
            (f"lot{number}_{place}", lot) if lot is not None else None,
        )
        for place, ((product, name, quantity, lot), entry) in enumerate(zip(told, said, strict=True))
    ]  # fmt: skip


def _changed(draft: Draft, number: int, of: int, form: Form, desk: Desk) -> Draft | None:
    """The draft as the form says it; None where its quantity was taken out of an entry of several."""
    amounts = _amounts(draft, number, desk)
    if of > 1 and all(form.one(each.field).strip() in ("", "0") for each in amounts):
        return None
    values, entered = [], []
    for each in amounts:
        quantity, content = desk.quantity(form, each.product, each.field)
        values.append(quantity)
        if not isinstance(draft, MakeDraft) or each.lot is not None:  # of what is made; what goes in is an acting field
            entered += content["nguon:entered"]
    more: dict[str, Any] = {"content": draft.content | {"nguon:entered": entered}}
    if isinstance(draft, MakeDraft):
        made = zip(draft.outputs, amounts[len(draft.inputs) :], values[len(draft.inputs) :], strict=True)
        more["inputs"] = tuple((name, value) for (name, _), value in zip(draft.inputs, values, strict=False))
        more["outputs"] = tuple(
            replace(output, quantity=value, lot=form.one(each.lot[0]).strip() if each.lot else output.lot)
            for output, each, value in made
        )
        return replace(draft, **more)
    assert isinstance(draft, MoveDraft)
    part = _part(draft, number, desk)
    if part.reason and form.one(part.reason[0]) in dict(part.reason[1]):
        more["content"] |= {"nguon:reason": form.one(part.reason[0])}
    if part.to and form.one(part.to[0]) in dict(part.to[1]):
        more["to"] = form.one(part.to[0])
    return replace(draft, quantity=values[0], **more)


def _part(draft: Draft, number: int, desk: Desk) -> Part:
    reason, to = None, None
    if isinstance(draft, MoveDraft) and draft.kind is Kind.DISPOSE:
        reasons = ON_THE_WAY if draft.shipment else IN_STOCK
        reason = (f"reason{number}", tuple(reasons.items()), str(draft.content.get("nguon:reason", "")))
    if isinstance(draft, MoveDraft) and draft.to is not None:
        with desk.state.reader.desk() as reader:
            parties = [(each["id"], desk.words(each)) for each in reader.parties(desk.party)]
        to = (f"to{number}", parties, draft.to)
    return Part(line(draft, desk), tuple(_amounts(draft, number, desk)), reason, to)


def _form(
    desk: Desk, id: str, drafts: tuple[Draft, ...], refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    parts = [_part(each, number, desk) for number, each in enumerate(drafts)]
    return desk.show(
        "change.html", refusal, id=id, parts=parts, said=lambda field, before: form.one(field) if form else before
    )  # fmt: skip
