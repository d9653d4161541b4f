"""Step `law`: quantities by the law as far as a bundle shows them (docs/spec/bundle.md, section 3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from ledger.canonical.heads import Link, links
from ledger.errors import Refusal
from ledger.events.identifiers import batch_id
from ledger.events.model import (
    INPUT_LIMIT,
    ITEM_LIMIT,
    OUTPUT_LIMIT,
    PER_MILLION,
    ZERO32,
    Kind,
    LinkRole,
    Make,
    Move,
    SignedEvent,
    Unit,
)
from ledger.events.rules.every import UNUSED_FIELDS, require_unused
from ledger.proof.bundle import BatchShown
from ledger.proof.history import History
from ledger.proof.mpt import ProofFailed
from ledger.proof.proven import Proven


@dataclass(slots=True)
class Custody:
    """Holdings, what was sold and what is on its way, of the batches whose every link is whole. `remarks`: what a reader should
    know though no law forbids it."""

    holdings: dict[bytes, dict[bytes, int]] = field(default_factory=dict)
    sold: dict[tuple[bytes, bytes], int] = field(default_factory=lambda: defaultdict(int))
    shipments: dict[tuple[bytes, bytes], tuple[bytes, bytes, int]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def check_law(history: History, proven: Proven) -> Custody:
    """law: unused fields, counts, conversions; items and custody of each batch in the order of its links. Raises ProofFailed."""
    custody = Custody()
    for signed in history.events.values():
        try:
            for name in UNUSED_FIELDS[Kind(signed.event.kind)]:
                require_unused(signed.event, name)
        except Refusal as refusal:
            raise ProofFailed(f"0x{signed.id.hex()}: {refusal}") from refusal
        if isinstance(signed.event, Make):
            _form(history, signed.event)
            made = any(link.role == LinkRole.MADE for link in _links_here(history, signed))
            if signed.event.inputs and made:  # all its inputs are here: step lineage
                _conversion(history, proven, custody, signed.event)
    for batch in history.bundle.batches:
        _items(history, batch)
        if not history.goods[batch.id].bare:
            custody.holdings[batch.id] = defaultdict(int)
            for link in batch.links:
                _act(history, custody, batch.id, history.events[link.id])
    return custody


def _links_here(history: History, signed: SignedEvent) -> list[Link]:
    """The event's links to batches of the bundle."""
    return [link for link in links(signed.event, history.party_of(signed.event)) if link.subject in history.goods]


def _form(history: History, make: Make) -> None:
    limit = OUTPUT_LIMIT if make.kind == Kind.TRANSFORM else 1
    if not 1 <= len(make.outputs) <= limit or len(make.inputs) > INPUT_LIMIT:
        raise ProofFailed("an event has too many inputs or outputs, or none")
    if bool(make.inputs) == (make.kind == Kind.COMMISSION):
        raise ProofFailed("an event has inputs where none may be, or none")
    used = [each.batch for each in make.inputs]
    if used != sorted(set(used)) or len({each.product for each in make.outputs}) != len(make.outputs):
        raise ProofFailed("inputs are not ascending, or two outputs are of one product")
    if not all((*(each.quantity for each in make.inputs), *(each.quantity for each in make.outputs))):
        raise ProofFailed("a quantity is zero")
    if make.kind == Kind.PACK and history.products[make.outputs[0].product].word.unit != Unit.PIECE:
        raise ProofFailed("what is packed is not counted in pieces")


def _items(history: History, batch: BatchShown) -> None:
    items = 0
    for make, output in history.made(batch):
        if make.kind == Kind.PACK:
            if make.first_index != items or items + output.quantity > ITEM_LIMIT:
                raise ProofFailed("items do not follow on those before, or are too many")
            items += output.quantity


def _act(history: History, custody: Custody, batch: bytes, signed: SignedEvent) -> None:
    """What an event does to the goods of one batch."""
    event, party = signed.event, history.party_of(signed.event)
    if isinstance(event, Move):
        _move(custody, party, signed.id, event)
    elif isinstance(event, Make):
        used = sum(each.quantity for each in event.inputs if each.batch == batch)
        made = sum(each.quantity for each in event.outputs if batch_id(each.product, party, each.lot) == batch)
        _hold(custody, batch, party, made - used)


def _conversion(history: History, proven: Proven, custody: Custody, make: Make) -> None:
    """Of one product at most what went in. Between products: by the yields as they stand now, which may have been others."""
    sources = [history.goods[each.batch].product for each in make.inputs]
    for output in make.outputs:
        most = 0
        for each, source in zip(make.inputs, sources, strict=True):
            numbers = (history.products[source].word.number, history.products[output.product].word.number)
            same = source == output.product
            most += each.quantity * (PER_MILLION if same else proven.declared_yield(*numbers))
        if output.quantity * PER_MILLION > most:
            if all(source == output.product for source in sources):
                raise ProofFailed("more of a product came out than went in")
            uri = history.products[output.product].named.uri
            custody.remarks.append(f"more of {uri} was made than today's declared yields allow")


def _move(custody: Custody, party: bytes, id: bytes, move: Move) -> None:
    batch = move.batch
    if not move.quantity:
        raise ProofFailed("a quantity is zero")
    holder = party if move.holder == ZERO32 else move.holder
    if move.kind == Kind.SHIP:
        if move.to == holder:
            raise ProofFailed("goods are shipped to their holder")
        _hold(custody, batch, holder, -move.quantity)
        custody.shipments[(id, batch)] = (holder, move.to, move.quantity)
    elif move.kind in (Kind.RECEIVE, Kind.REJECT, Kind.WITHDRAW):
        sender, receiver, _ = _settle(custody, move)
        if party != (sender if move.kind == Kind.WITHDRAW else receiver):
            raise ProofFailed("a shipment is settled by another than the named party")
        _hold(custody, batch, receiver if move.kind == Kind.RECEIVE else sender, move.quantity)
    elif move.kind == Kind.DISPOSE and move.target != ZERO32:
        if party not in _settle(custody, move)[:2]:
            raise ProofFailed("a shipment is settled by another than the named party")
    elif move.kind in (Kind.SELL, Kind.RETURN):
        gain = -move.quantity if move.kind == Kind.SELL else move.quantity
        custody.sold[(batch, party)] -= gain
        if custody.sold[(batch, party)] < 0:
            raise ProofFailed("more came back than was sold")
        _hold(custody, batch, party, gain)
    else:  # Dispose of what is held, AdjustDown, AdjustUp
        _hold(custody, batch, holder, move.quantity if move.kind == Kind.ADJUST_UP else -move.quantity)


def _settle(custody: Custody, move: Move) -> tuple[bytes, bytes, int]:
    """The shipment, less what this event takes from it."""
    found = custody.shipments.get((move.target, move.batch))
    if found is None or move.quantity > found[2]:
        raise ProofFailed("more of a shipment is settled than is open")
    sender, receiver, left = found
    custody.shipments[(move.target, move.batch)] = (sender, receiver, left - move.quantity)
    return found


def _hold(custody: Custody, batch: bytes, party: bytes, gain: int) -> None:
    custody.holdings[batch][party] += gain
    if custody.holdings[batch][party] < 0:
        raise ProofFailed(f"more of batch 0x{batch.hex()} is given away or used than was held")
