"""Page: Hand over. Lots from the stock to one receiver: a consignment, entered and taken back as one."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.portal.choosing import choices, chosen
from gateway.portal.desk import Desk
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.recording import BatchName, MoveDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/portal/ship")
@does(Action.PORTAL)
def page(request: Request, here: Here) -> Response:
    return _form(Desk(request, here))


@router.post("/portal/ship")
@does(Action.PORTAL)
def keep(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    if desk.again(form):
        return desk.today()
    try:
        return desk.keep(form, *_drafts(desk, form))
    except Refusal as refusal:
        return _form(desk, refusal, form)


def _drafts(desk: Desk, form: Form) -> list[MoveDraft]:
    lots = chosen(desk, desk.stock(), form)
    to = form.one("to")
    if not to:
        raise Refusal("UnknownParty")
    carrier = form.one("carrier").strip()
    return [
        MoveDraft(
            kind=Kind.SHIP,
            quantity=lot.quantity,
            batch=BatchName(id=lot.batch),
            to=to,
            occurred_at=desk.now,
            content={"bizStep": "shipping"} | lot.content,
            private={"carrier": carrier} if carrier else {},  # often a person's name or number
        )
        for lot in lots
    ]


def _form(desk: Desk, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    parties = desk.parties()
    named = {str(each["id"]): each for each in parties}
    lately = [named[uri] for uri in receivers(desk) if uri in named]
    to = form.one("to") if form else str(lately[0]["id"]) if lately else ""
    return desk.show(
        "ship.html", refusal, choices=choices(desk, desk.stock(), form), lately=lately[:5], parties=parties,
        receiver=to, carrier=form.one("carrier") if form else "",
    )  # fmt: skip


def receivers(desk: Desk) -> list[str]:
    """To whom goods went lately (URIs), the last one first; also what waits to be signed."""
    waiting = [
        draft.to
        for _, drafts in reversed(desk.state.waiting.of(desk.party))
        for draft in drafts
        if isinstance(draft, MoveDraft) and draft.kind is Kind.SHIP and draft.to
    ]
    with desk.state.reader.desk() as reader:
        return list(dict.fromkeys([*waiting, *reader.receivers(desk.party)]))
