"""Drafts and events in a clerk's words: one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.portal.desk import Desk
from gateway.portal.words import DEEDS, said
from ledger.errors import Refusal
from ledger.events.identifiers import party_id, party_uri, product_id, product_uri
from ledger.recording import Draft, MakeDraft, MoveDraft, NoteDraft, RecallDraft
from ledger.store.drafts import DraftRow


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody entered. `until`: when it is signed. `wrong`: why it was not signed."""

    id: str
    lines: tuple[str, ...]
    until: str | None
    wrong: str | None
    changeable: bool = False


def entry(row: DraftRow, drafts: tuple[Draft, ...], desk: Desk) -> Entry:
    return Entry(
        row.id,
        tuple(line(each, desk) for each in drafts),
        None if row.sign_at is None else desk.language.moment(instant(row.sign_at), after=instant(desk.now)),
        said(Refusal(row.law), desk) if row.law else None,
    )


def line(draft: Draft, desk: Desk) -> str:
    """`Harvest: 120 kg Mud crab, lot N2411`."""
    deed = desk.language.text(DEEDS[draft.kind])
    if isinstance(draft, MakeDraft):
        told = desk.language.join(
            _goods(product_uri(each.product), each.lot, each.quantity, desk) for each in draft.outputs
        )
    elif isinstance(draft, MoveDraft):
        told = _moved(draft, desk)
    elif isinstance(draft, NoteDraft):
        told = (_named(draft.batch.id, desk) if draft.batch else None) or draft.place or ""
    else:
        batches = draft.batches if isinstance(draft, RecallDraft) else ()
        told = desk.language.join(filter(None, (_named(each.id, desk) for each in batches)))
    return desk.language.text("{deed}: {what}", deed=deed, what=told)


def instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _goods(uri: str, lot: str, quantity: int, desk: Desk) -> str:
    product = desk.product(product_id(uri))
    return desk.language.text(
        "{amount} {product}, lot {lot}", amount=desk.amount(quantity, product), product=desk.words(product), lot=lot
    )


def _moved(draft: MoveDraft, desk: Desk) -> str:
    state = desk.batch_named(draft, desk.party)
    if state is None:
        return ""
    goods = desk.goods(state, draft.quantity)
    told = desk.language.text("{amount} {product}, lot {lot}", amount=goods.said, product=goods.name, lot=goods.lot)
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
