"""Steps about what was said: events, signatures, who is named, heads, lineage (docs/spec/bundle.md, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.canonical import content as contents
from ledger.canonical.body import decode_body
from ledger.canonical.heads import Tag, advance, links, seed
from ledger.canonical.typed_data import Domain, event_id
from ledger.errors import Refusal
from ledger.events.identifiers import batch_id
from ledger.events.model import Event, LinkRole, Make, Output, Shape, SignedEvent
from ledger.events.rules.every import KINDS
from ledger.proof import layout
from ledger.proof.bundle import BatchShown, Bundle, LinkShown, Named
from ledger.proof.mpt import ProofFailed
from ledger.proof.proven import Proven
from ledger.signing.signer import recover

MOVES_SHOWN: Final = 200
"""A batch that was moved more often shows its Moves as bare links."""


@dataclass(frozen=True, slots=True)
class KnownParty:
    id: bytes
    named: Named
    word: layout.PartyWord


@dataclass(frozen=True, slots=True)
class KnownProduct:
    id: bytes
    named: Named
    word: layout.ProductWord


@dataclass(frozen=True, slots=True)
class Goods:
    """A batch of the bundle: which product's, whose, which lot. `bare`: how many links stand without their event."""

    product: bytes
    origin: bytes
    lot: bytes
    open_until: int
    bare: int


@dataclass(slots=True)
class History:
    """What the steps found so far."""

    domain: Domain
    bundle: Bundle
    block_time: int
    events: dict[bytes, SignedEvent] = field(default_factory=dict)
    odd_contents: int = 0
    parties: dict[bytes, KnownParty] = field(default_factory=dict)
    products: dict[bytes, KnownProduct] = field(default_factory=dict)
    signers: dict[bytes, layout.SignerWord] = field(default_factory=dict)
    party_by_number: dict[int, bytes] = field(default_factory=dict)
    goods: dict[bytes, Goods] = field(default_factory=dict)

    @property
    def subject(self) -> bytes:
        return self.bundle.batches[0].id

    def party_of(self, event: Event) -> bytes:
        """The id of the party that signed."""
        return self.party_by_number[self.signers[event.signer].party]

    def made(self, batch: BatchShown) -> list[tuple[Make, Output]]:
        """The events that made a batch, each with the output that did, in order."""
        found = []
        for link in batch.links:
            if link.role == LinkRole.MADE:
                make = self.events[link.id].event
                assert isinstance(make, Make), "step heads holds links and events together"
                party = self.party_of(make)
                found += [(make, o) for o in make.outputs if batch_id(o.product, party, o.lot) == batch.id]
        return found


def read_events(history: History) -> None:
    """events: each is the one encoding of an event of a known kind, none stands twice. Its id is computed, never believed."""
    for shown in history.bundle.events:
        try:
            shape = Shape(shown.shape)
            event = decode_body(shape, shown.body)
        except (ValueError, Refusal) as error:
            raise ProofFailed("a body is no encoding of an event") from error
        if event.kind not in KINDS[shape]:
            raise ProofFailed(f"kind {event.kind} is none of its shape")
        id = event_id(history.domain, event)
        if id in history.events:
            raise ProofFailed(f"the event 0x{id.hex()} stands twice")
        history.events[id] = SignedEvent(id, event, shown.signature)
        try:
            contents.check(event.content)
        except Refusal:
            history.odd_contents += 1


def check_signatures(history: History) -> None:
    """signatures: each is its event's signer's."""
    for id, signed in history.events.items():
        if recover(id, signed.signature) != signed.event.signer:
            raise ProofFailed(f"the signature of 0x{id.hex()} is not its signer's")


def check_heads(history: History, proven: Proven) -> None:
    """heads: the links of each batch lead to its proven head, and say of whole events what those say themselves."""
    ids = [batch.id for batch in history.bundle.batches]
    if not ids or ids[1:] != sorted(set(ids[1:])) or ids[0] in ids[1:]:
        raise ProofFailed("ancestors do not stand in the order of their ids, once each")
    if list(history.events) != whole_events(history.bundle.batches):
        raise ProofFailed("the events are not those that are due, or stand in another order")
    expected: dict[bytes, set[LinkShown]] = {id: set() for id in ids}
    for signed in history.events.values():
        for named in links(signed.event, history.party_of(signed.event)):
            if named.subject in expected:
                expected[named.subject].add(LinkShown(signed.id, signed.event.kind, named.role))
    for batch in history.bundle.batches:
        head = seed(Tag.BATCH, history.domain.ledger_id, batch.id)
        for link in batch.links:
            head = advance(head, link.kind, link.role, link.id)
        if head != proven.head(batch.id):
            raise ProofFailed(f"the links of batch 0x{batch.id.hex()} do not lead to its head")
        whole = [link for link in batch.links if link.id in history.events]
        if len(whole) != len(expected[batch.id]) or set(whole) != expected[batch.id]:
            raise ProofFailed(f"batch 0x{batch.id.hex()}: links and events differ")


def whole_events(batches: Sequence[BatchShown]) -> list[bytes]:
    """Ids of the events that stand whole, in the order in which the links name them first; all others are bare. Whole is what made
    a batch, every Note, Moves unless a batch has too many of them, and of the uses of a batch those of the first one and those
    that made a batch of the bundle."""
    made = {link.id for batch in batches for link in batch.links if link.role == LinkRole.MADE}
    due = set(made)
    for batch in batches:
        few = sum(link.role == LinkRole.MOVED for link in batch.links) <= MOVES_SHOWN
        for link in batch.links:
            others = link.role == LinkRole.INPUT and batch is not batches[0]
            if not others and (few or link.role != LinkRole.MOVED):
                due.add(link.id)
    return list(dict.fromkeys(link.id for batch in batches for link in batch.links if link.id in due))


def check_lineage(history: History) -> None:
    """lineage: all that made a batch is whole, all it was made of is here, and nothing else is."""
    inputs: dict[bytes, set[bytes]] = {}
    for batch in history.bundle.batches:
        made = history.made(batch)
        if not made:
            raise ProofFailed(f"nothing made batch 0x{batch.id.hex()}")
        first, output = made[0]
        bare = sum(link.id not in history.events for link in batch.links)
        origin = history.party_of(first)
        history.goods[batch.id] = Goods(output.product, origin, output.lot, output.open_until, bare)
        inputs[batch.id] = {used.batch for make, _ in made for used in make.inputs}
    reached, waiting = {history.subject}, [history.subject]
    while waiting:
        for source in inputs[waiting.pop()]:
            if source not in inputs:
                raise ProofFailed(f"the ingredient 0x{source.hex()} is not shown")
            if source not in reached:
                reached.add(source)
                waiting.append(source)
    if reached != inputs.keys():
        raise ProofFailed("a batch is shown of which nothing here was made")
