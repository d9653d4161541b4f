"""Step `batches`: the proven state of each batch is the one to which its events lead (docs/spec/bundle.md, section 3)."""

from __future__ import annotations

from ledger.events.model import ZERO32, Kind, LinkRole, Move, RecallFlag
from ledger.proof import layout
from ledger.proof.bundle import BatchShown
from ledger.proof.history import History
from ledger.proof.layout import BatchWord
from ledger.proof.mpt import ProofFailed
from ledger.proof.proven import Proven

_MOVING = {Kind.SHIP, Kind.SELL, Kind.DISPOSE, Kind.ADJUST_DOWN}
_OWN = RecallFlag.ORIGIN | RecallFlag.BRAND_OWNER


def check_batches(history: History, proven: Proven) -> dict[bytes, BatchWord]:
    """batches: each proven state is the one to which these events lead. Answers the states."""
    found = {}
    for batch in history.bundle.batches:
        word, goods = proven.batch(batch.id), history.goods[batch.id]
        if word.product != history.products[goods.product].word.number:
            raise ProofFailed(f"batch 0x{batch.id.hex()} is of another product")
        if word.origin != history.parties[goods.origin].word.number:
            raise ProofFailed(f"batch 0x{batch.id.hex()} is of another origin")
        made = history.made(batch)
        items = sum(output.quantity for make, output in made if make.kind == Kind.PACK)
        if word.items != items:
            raise ProofFailed(f"batch 0x{batch.id.hex()} has {word.items} items, its Packs {items}")
        closing = any(link.kind in (Kind.RECALL, Kind.OBSERVE) for link in batch.links)
        if word.open_until != goods.open_until and (word.open_until or not closing):
            raise ProofFailed(f"batch 0x{batch.id.hex()} is open until another time")
        _require_marks(history, batch, word)
        found[batch.id] = word
    return found


def _require_marks(history: History, batch: BatchShown, word: BatchWord) -> None:
    made = history.made(batch)
    due = layout.OUTSIDE * any(make.provenance for make, _ in made)
    due |= layout.COMMISSION_ONLY * all(make.kind == Kind.COMMISSION for make, _ in made)
    due |= layout.MOVED * any(link.role == LinkRole.INPUT or link.kind in _MOVING for link in batch.links)
    ups = [link.id for link in batch.links if link.kind == Kind.ADJUST_UP]
    shown = [history.events[id].event for id in ups if id in history.events]
    adjusted = any(isinstance(event, Move) and event.holder != ZERO32 for event in shown)
    due |= layout.ADJUSTED * (adjusted or (len(shown) < len(ups) and bool(word.marks & layout.ADJUSTED)))
    if word.marks & 15 != due:
        raise ProofFailed(f"batch 0x{batch.id.hex()} has other marks than its events give")
    if word.recalled & _OWN != _recalled(history, batch) or word.marks >> 7:
        raise ProofFailed(f"batch 0x{batch.id.hex()} has other recalls than its events give")
    if word.recalled and not any(link.kind == Kind.RECALL for link in batch.links):
        raise ProofFailed(f"batch 0x{batch.id.hex()} is recalled, and no Recall is shown")


def _recalled(history: History, batch: BatchShown) -> RecallFlag:
    """Flags of origin and brand owner. Who was an inspector at the time a bundle does not show."""
    goods, flags = history.goods[batch.id], RecallFlag(0)
    owner = history.party_by_number[history.products[goods.product].word.brand_owner]
    for link in batch.links:
        if link.role != LinkRole.RECALLED:
            continue
        party = history.party_of(history.events[link.id].event)
        capacities = RecallFlag.ORIGIN * (party == goods.origin) | RecallFlag.BRAND_OWNER * (party == owner)
        flags = flags | capacities if link.kind == Kind.RECALL else flags & ~capacities
    return flags & _OWN
