"""Pages: Recall, and Recall lifted. For managers. What a recall reaches is shown before it is confirmed, and then it is signed at
once: minutes count. Lifting one waits as everything else does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, Object, authorise, does
from gateway.auth.asking import Here, SignedIn
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute, go
from gateway.portal.desk import Desk, Goods, entry_id
from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.recording import BatchName, RecallDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)

MOST: Final = 200
"""Batches in one event (docs/spec/law.md, Recall)."""
WHY: Final = 300


@dataclass(frozen=True, slots=True)
class Reach:
    """A lot and where its goods are, one line for each: (words, party)."""

    goods: Goods
    itself: bool
    places: tuple[str, ...]


@router.get("/portal/recall")
@does(Action.PORTAL)
def page(request: Request, here: Here, lot: str = "") -> Response:
    return _choose(_desk(request, here, Kind.RECALL), lot)


@router.post("/portal/recall/reach")
@does(Action.PORTAL)
def reach(request: Request, here: Here, form: Posted) -> Response:
    """What it would reach; nothing is recalled yet."""
    desk = _desk(request, here, Kind.RECALL)
    try:
        return _confirm(desk, form, _batches(form))
    except Refusal as refusal:
        return _choose(desk, "", refusal, form)


@router.post("/portal/recall")
@does(Action.PORTAL)
def recall(request: Request, here: Here, form: Posted) -> Response:
    """Signed before this answers."""
    desk = _desk(request, here, Kind.RECALL)
    try:
        names = tuple(BatchName(id=each) for each in _batches(form))
        why = " ".join(form.one("why").split())[:WHY]
        content: dict[str, Any] = {"nguon:reason": why} if why else {}
        draft = RecallDraft(kind=Kind.RECALL, batches=names, occurred_at=desk.now, content=content)
        id, waiting = entry_id(form), desk.state.waiting
        waiting.keep(desk.party, here.person.id, id, [draft], grace=0)
        waiting.sign(desk.party, id)
        desk.state.worker.nudge()
        return go(request, "/portal/lift")
    except Refusal as refusal:
        return _choose(desk, "", refusal, form)


@router.get("/portal/lift")
@does(Action.PORTAL)
def standing(request: Request, here: Here) -> Response:
    return _standing(_desk(request, here, Kind.LIFT))


@router.post("/portal/lift")
@does(Action.PORTAL)
def lift(request: Request, here: Here, form: Posted) -> Response:
    """These lots of one recall."""
    desk = _desk(request, here, Kind.LIFT)
    try:
        names = tuple(BatchName(id=each) for each in _batches(form))
        return desk.keep(
            form, RecallDraft(kind=Kind.LIFT, batches=names, recall=_id(form.one("recall")), occurred_at=desk.now)
        )
    except Refusal as refusal:
        return _standing(desk, refusal)


def _desk(request: Request, here: SignedIn, kind: Kind) -> Desk:
    """Raises `NotYourRole`."""
    desk = Desk(request, here)
    authorise(here.may, Action.RECORD, Object(desk.party), kind)
    return desk


def _batches(form: Form) -> list[bytes]:
    """Raises `SubjectCount`, `UnknownBatch`."""
    chosen = sorted({_id(each) for each in form.many("batch")})
    if not 1 <= len(chosen) <= MOST:
        raise Refusal("SubjectCount", count=len(chosen))
    return chosen


def _id(text: str) -> bytes:
    try:
        id = bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise Refusal("UnknownBatch", batch=b"") from error
    if len(id) != 32:
        raise Refusal("UnknownBatch", batch=b"")
    return id


def _choose(desk: Desk, lot: str, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    with desk.state.reader.desk() as reader:
        lots = [desk.goods(each, each.made) for each in reader.recallable(desk.party, lot.strip(), MOST)]
    return desk.show(
        "recall.html", refusal, lots=lots, lot=lot, most=MOST, chosen=set(form.many("batch") if form else ()),
        why=form.one("why") if form else "", longest=WHY,
    )  # fmt: skip


def _confirm(desk: Desk, form: Form, batches: Sequence[bytes]) -> Response:
    with desk.state.reader.desk() as reader:
        found, whole = reader.reach(batches)
    if len([each for each in found if each.itself]) != len(batches):
        raise Refusal("UnknownBatch", batch=b"")
    reached = [
        Reach(desk.goods(each.batch, each.batch.made), each.itself, tuple(_places(desk, each))) for each in found
    ]
    parties = {party for each in found for party in (*each.held, *each.on_the_way, *each.sold)} - {desk.party}
    return desk.show(
        "reach.html", reached=reached, whole=whole, why=form.one("why"),
        parties=sorted(desk.words(desk.name_of(party)) for party in parties),
    )  # fmt: skip


def _places(desk: Desk, reached: Any) -> Iterator[str]:
    product, text = desk.product(reached.batch.product), desk.language.text
    for party, quantity in reached.held.items():
        yield f"{desk.amount(quantity, product)}: {desk.words(desk.name_of(party))}"
    for party, quantity in reached.on_the_way.items():
        yield text(
            "{amount} on its way to {party}",
            amount=desk.amount(quantity, product),
            party=desk.words(desk.name_of(party)),
        )
    for party, quantity in reached.sold.items():
        yield text(
            "{amount} sold by {party}", amount=desk.amount(quantity, product), party=desk.words(desk.name_of(party))
        )


def _standing(desk: Desk, refusal: Refusal | None = None) -> Response:
    with desk.state.reader.desk() as reader:
        found = reader.recalled_by(desk.party)
    recalls = [("0x" + id.hex(), [desk.goods(each, each.made) for each in lots]) for id, lots in found.items()]
    return desk.show("lift.html", refusal, recalls=list(reversed(recalls)))
