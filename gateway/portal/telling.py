"""Drafts and events in a clerk's words: one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.pages.languages import mark
from gateway.pages.links import qr_path
from gateway.portal.desk import Desk
from gateway.portal.reasons import ON_THE_WAY
from gateway.portal.words import DEEDS, said
from ledger.errors import Refusal
from ledger.events.identifiers import party_id, party_uri, product_id, product_uri
from ledger.events.model import Kind, Provenance
from ledger.recording import Draft, MakeDraft, MoveDraft, NoteDraft, RecallDraft
from ledger.store.drafts import DraftRow


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody entered. `until`: when it is signed. `wrong`: why it was not signed. `labels`: addresses of the QR codes of
    what it packs."""

    id: str
    lines: tuple[str, ...]
    labels: tuple[str, ...]
    until: str | None
    wrong: str | None
    changeable: bool = False


def entry(row: DraftRow, drafts: tuple[Draft, ...], desk: Desk) -> Entry:
    return Entry(
        row.id,
        tuple(line(each, desk) for each in drafts),
        tuple(filter(None, (_label(each) for each in drafts))),
        None if row.sign_at is None else desk.language.moment(instant(row.sign_at), after=instant(desk.now)),
        said(Refusal(row.law), desk) if row.law else None,
    )


def line(draft: Draft, desk: Desk) -> str:
    """`Harvest: 120 kg Mud crab, lot N2411`."""
    deed = desk.language.text(_deed(draft))
    if isinstance(draft, MakeDraft):
        told = _made(draft, desk)
    elif isinstance(draft, MoveDraft):
        told = _moved(draft, desk)
    elif isinstance(draft, NoteDraft):
        told = (_named(draft.batch.id, desk) if draft.batch else None) or draft.place or ""
    else:
        batches = draft.batches if isinstance(draft, RecallDraft) else ()
        told = desk.language.join(filter(None, (_named(each.id, desk) for each in batches)))
    return desk.language.text("{deed}: {what}", deed=deed, what=told)


def _label(draft: Draft) -> str | None:
    if isinstance(draft, MakeDraft) and draft.kind is Kind.PACK:
        return qr_path(product_uri(draft.outputs[0].product), draft.outputs[0].lot)
    return None


def _deed(draft: Draft) -> str:
    if isinstance(draft, MakeDraft) and draft.private_tables:
        return mark("Collection round")
    if isinstance(draft, MakeDraft) and draft.provenance is not Provenance.MADE_HERE:
        outside = draft.provenance is Provenance.BOUGHT_OUTSIDE
        return mark("Goods from outside") if outside else mark("Opening stock")
    return DEEDS[draft.kind]


def instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _goods(uri: str, lot: str, quantity: int, desk: Desk) -> str:
    product = desk.product(product_id(uri))
    return desk.language.text(
        "{amount} {product}, lot {lot}", amount=desk.amount(quantity, product), product=desk.words(product), lot=lot
    )


def _made(draft: MakeDraft, desk: Desk) -> str:
    """What came out, and what it was made of, or how many households brought it."""
    told = desk.language.join(
        _goods(product_uri(each.product), each.lot, each.quantity, desk) for each in draft.outputs
    )
    for rows in draft.private_tables.values():
        brought = desk.language.count("{n} household", "{n} households", len(rows))
        return desk.language.text("{what} from {source}", what=told, source=brought)
    if not draft.inputs:
        return told
    states = [(desk.batch(name.id), quantity) for name, quantity in draft.inputs if name.id]
    source = desk.language.join(
        _goods(goods.product["id"], goods.lot, goods.quantity, desk)
        for state, quantity in states
        if state
        for goods in [desk.goods(state, quantity)]
    )
    return desk.language.text("{what} from {source}", what=told, source=source)


def _moved(draft: MoveDraft, desk: Desk) -> str:
    state = desk.batch_named(draft, desk.party)
    if state is None:
        return ""
    goods = desk.goods(state, draft.quantity)
    told = desk.language.text("{amount} {product}, lot {lot}", amount=goods.said, product=goods.name, lot=goods.lot)
    if draft.kind is Kind.DISPOSE and (reason := ON_THE_WAY.get(str(draft.content.get("nguon:reason")))):
        return desk.language.text("{what}: {reason}", what=told, reason=desk.language.text(reason))
    if draft.to is None:
        return told
    receiver = desk.words(desk.name_of(party_id(party_uri(draft.to))))
    return desk.language.text("{what} to {receiver}", what=told, receiver=receiver)


def _named(batch: bytes | None, desk: Desk) -> str | None:
    state = desk.batch(batch) if batch else None
    if state is None:
        return None
    goods = desk.goods(state, 0)
    return desk.language.text("{product}, lot {lot}", product=goods.name, lot=goods.lot)
