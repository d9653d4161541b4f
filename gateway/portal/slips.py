"""Weigh slips as Today shows them: what others weighed of the party's goods, and what the party weighed of theirs."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.portal.desk import Desk, Goods
from gateway.portal.words import said
from ledger.errors import Refusal
from ledger.store.drafts import DECLINED


@dataclass(frozen=True, slots=True)
class Slip:
    """`mine`: this party weighed, `other` is the sender; else `other` weighed. `wrong`: why it could not be signed."""

    id: str
    mine: bool
    other: str
    goods: Goods
    declined: bool
    wrong: str | None


def slips(desk: Desk) -> list[Slip]:
    found = []
    for row, draft in desk.state.waiting.slips(desk.party):
        mine = row.asked_by == desk.party
        batch = desk.batch_named(draft, row.party)
        if batch is not None:
            other = desk.words(desk.name_of(row.party if mine else row.asked_by))
            declined = row.law == DECLINED
            wrong = said(Refusal(row.law), desk) if row.law and not declined else None
            found.append(Slip(row.id, mine, other, desk.goods(batch, draft.quantity), declined, wrong))
    return found
