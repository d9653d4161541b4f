"""Page: Stock by batch. What the party holds, by product; and for one batch, what is known of it and what to do with it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.showing import PageRoute
from gateway.pages.links import page_path, qr_path
from gateway.portal.desk import Desk, Goods
from gateway.portal.labels import labels_path
from gateway.portal.making import batch_called, recipes
from gateway.portal.telling import instant
from gateway.portal.today import TASKS, Task
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.recording.trial import Marks

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Lot:
    """`until`: when it closes, for one that is open. `outside`: it came into the ledger at its origin, and was not made there."""

    goods: Goods
    marks: Marks
    until: str | None
    outside: bool


@router.get("/portal/stock")
@does(Action.PORTAL)
def page(request: Request, here: Here) -> Response:
    desk = Desk(request, here)
    lots = [_lot(desk, goods) for goods in desk.stock()]
    shelves = [(name, list(each)) for name, each in groupby(lots, key=lambda lot: lot.goods.name)]
    return desk.show("stock.html", shelves=shelves)


@router.get("/portal/stock/{batch}")
@does(Action.PORTAL)
def one(request: Request, here: Here, batch: str) -> Response:
    desk = Desk(request, here)
    id = batch_called(batch)
    goods = next((each for each in desk.stock() if each.batch == "0x" + id.hex()), None)
    if goods is None:
        raise Refusal("UnknownBatch", batch=id)
    uri = goods.product["id"]
    return desk.show(
        "batch.html", lot=_lot(desk, goods), tasks=[each for each in TASKS if _fits(desk, each, goods)],
        scan=page_path(uri, goods.lot), qr=qr_path(uri, goods.lot), labels=labels_path(desk, id),
    )  # fmt: skip


def _lot(desk: Desk, goods: Goods) -> Lot:
    until = desk.language.moment(instant(goods.open_until)) if goods.open_until > desk.now else None
    id = bytes.fromhex(goods.batch[2:])
    state = desk.batch(id)
    return Lot(goods, desk.trial.marks(id), until, state is not None and state.outside)


def _fits(desk: Desk, task: Task, goods: Goods) -> bool:
    """Recalled goods are only moved or disposed of; and nothing is offered of which nothing can be made."""
    if not task.of_batch or not desk.may(*task.kinds):
        return False
    if goods.recalled and not {Kind.SHIP, Kind.DISPOSE} & set(task.kinds):
        return False
    making = [kind for kind in task.kinds if kind in (Kind.TRANSFORM, Kind.PACK)]
    return desk.has(task.roles) and all(
        goods.product["id"] in [each.input for each in recipes(desk, kind)] for kind in making
    )
