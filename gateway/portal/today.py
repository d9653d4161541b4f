"""Page: Today. What is on its way here, what waits to be signed, what can be done, what the party holds."""

from __future__ import annotations

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
from gateway.portal.harvest import again
from gateway.portal.lately import lately
from gateway.portal.making import NEEDS
from gateway.portal.slips import slips
from gateway.portal.telling import Entry, entry
from ledger.errors import Refusal
from ledger.events.model import Kind, Role

router = APIRouter(route_class=PageRoute, include_in_schema=False)


_NO_ROLE: Final = Role(0)


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do from Today: its page, its words, the kinds of event it records, and the roles of which the party needs one
    (none: it needs none). `of_batch`: the page takes `?batch=`, so a batch's own page leads there."""

    path: str
    words: str
    kinds: tuple[Kind, ...]
    roles: Role = _NO_ROLE
    of_batch: bool = False


TASKS: Final = (
    Task("/portal/harvest", mark("Harvest"), (Kind.COMMISSION,), Role.PRODUCER),
    Task("/portal/collect", mark("Collection round"), (Kind.COMMISSION,), Role.PRODUCER),
    Task("/portal/ship", mark("Hand over"), (Kind.SHIP,), of_batch=True),
    Task("/portal/weigh", mark("Weigh slip"), (Kind.RECEIVE,)),
    Task("/portal/process", mark("Process"), (Kind.TRANSFORM,), NEEDS[Kind.TRANSFORM], of_batch=True),
    Task("/portal/pack", mark("Pack"), (Kind.PACK,), NEEDS[Kind.PACK], of_batch=True),
    Task("/portal/sell", mark("Sell"), (Kind.SELL,), of_batch=True),
    Task("/portal/return", mark("Return"), (Kind.RETURN,)),
    Task("/portal/dispose", mark("Loss, disposal"), (Kind.DISPOSE,), of_batch=True),
    Task("/portal/bought", mark("Goods from outside"), (Kind.COMMISSION,)),
    Task("/portal/opening-stock", mark("Opening stock"), (Kind.COMMISSION,)),
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
        tasks=[task for task in TASKS if desk.may(*task.kinds) and desk.has(task.roles)],
        again=again(desk) if desk.may(Kind.COMMISSION) and desk.has(Role.PRODUCER) else [],
        seldom=[task for task in SELDOM if desk.may(*task.kinds)],
        lately=lately(desk),
        entries=_entries(desk),
        slips=slips(desk),
        arrivals=arrivals(desk) if desk.may(Kind.RECEIVE) else [],
        departures=departures(desk),
        may_ship=desk.may(Kind.SHIP),
        may_withdraw=desk.may(Kind.WITHDRAW),
        stock=desk.stock(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entries:
    """What waits to be signed, newest first. `first` stands above what can be done: what was typed a moment ago is what a finger
    slipped on, and what was refused wants somebody. `others` stand below it: many entries push no task off the screen."""

    first: list[Entry]
    others: list[Entry]


def _entries(desk: Desk) -> Entries:
    found = [
        replace(entry(row, drafts, desk), changeable=changeable(row, drafts, desk))
        for row, drafts in reversed(desk.state.waiting.of(desk.party))
    ]
    first = [each for number, each in enumerate(found) if number == 0 or each.wrong]
    return Entries(first, [each for each in found if each not in first])
