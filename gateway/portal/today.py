"""Page: Today. What is on its way here, what waits to be signed, what can be done, what the party holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Posted
from gateway.auth.showing import PageRoute, go
from gateway.pages.languages import mark
from gateway.portal.arrivals import arrivals, departures
from gateway.portal.changing import changeable
from gateway.portal.desk import Desk
from gateway.portal.lately import lately
from gateway.portal.slips import slips
from gateway.portal.telling import Entry, entry
from ledger.errors import Refusal
from ledger.events.model import Kind

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do from Today: its page, its words, and the kinds of event it records."""

    path: str
    words: str
    kinds: tuple[Kind, ...]


TASKS: Final = (
    Task("/portal/harvest", mark("Harvest"), (Kind.COMMISSION,)),
    Task("/portal/ship", mark("Hand over"), (Kind.SHIP,)),
    Task("/portal/weigh", mark("Weigh slip"), (Kind.RECEIVE,)),
    Task("/portal/sell", mark("Sell"), (Kind.SELL,)),
    Task("/portal/return", mark("Return"), (Kind.RETURN,)),
    Task("/portal/dispose", mark("Loss, disposal"), (Kind.DISPOSE,)),
)
SELDOM: Final = (
    Task("/portal/units", mark("Units"), ()),
    Task("/portal/recall", mark("Recall"), (Kind.RECALL,)),
    Task("/portal/lift", mark("Recalls that stand"), (Kind.LIFT,)),
)
"""At the end of the page: no finger comes upon them by chance."""


@router.get("/portal")
@does(Action.PORTAL)
def page(request: Request, here: Here) -> Response:
    return today(Desk(request, here))


@router.post("/portal/drafts/{id}/take-back")
@does(Action.PORTAL)
def take_back(request: Request, here: Here, form: Posted, id: str) -> Response:
    desk = Desk(request, here)
    try:
        desk.state.waiting.take_back(desk.party, here.person.id, id)
    except Refusal as refusal:
        return today(desk, refusal)
    return go(request, "/portal")


@router.post("/portal/drafts/{id}/sign")
@does(Action.PORTAL)
def sign(request: Request, here: Here, form: Posted, id: str) -> Response:
    """Now, and what was entered before it."""
    desk = Desk(request, here)
    try:
        desk.state.waiting.sign(desk.party, id)
    except Refusal as refusal:
        return today(desk, refusal)
    desk.state.worker.nudge()
    return go(request, "/portal")


def today(desk: Desk, refusal: Refusal | None = None) -> Response:
    return desk.show(
        "today.html", refusal,
        tasks=[task for task in TASKS if desk.may(*task.kinds)],
        seldom=[task for task in SELDOM if desk.may(*task.kinds)],
        lately=lately(desk),
        entries=list(_entries(desk)),
        slips=slips(desk),
        arrivals=arrivals(desk) if desk.may(Kind.RECEIVE) else [],
        departures=departures(desk),
        may_ship=desk.may(Kind.SHIP),
        may_withdraw=desk.may(Kind.WITHDRAW),
        stock=desk.stock(),
    )  # fmt: skip


def _entries(desk: Desk) -> Iterator[Entry]:
    """Newest first: what was typed a moment ago is what a finger slipped on."""
    for row, drafts in reversed(desk.state.waiting.of(desk.party)):
        yield replace(entry(row, drafts, desk), changeable=changeable(row, drafts, desk))
