"""A small ledger that stands nowhere: parties, products and events with keys of its own, and storage tries made from them.

Its contracts' words follow from the model of the law, unless a test writes others: so a bundle can be had from a chain whose
operator lies. Nothing of the product is replaced; only what the chain would have stored is made here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rlp import encode as rlp_encode

from ledger.canonical.body import encode_body
from ledger.canonical.heads import Tag, advance, links, seed
from ledger.canonical.typed_data import Domain, event_id
from ledger.events.identifiers import batch_id, keccak
from ledger.events.model import (
    FOREVER,
    ZERO32,
    Event,
    Input,
    Kind,
    Make,
    Move,
    Note,
    Output,
    Role,
    SignedEvent,
    Status,
    Unit,
)
from ledger.events.rules import MemoryState, check
from ledger.events.rules.state import PartyState, ProductState, SignerState
from ledger.proof import layout
from ledger.proof.assemble import Gathered, needed_slots
from ledger.proof.bundle import BatchShown, Bundle, EventShown, LinkShown, Named
from ledger.proof.history import whole_events
from ledger.proof.mpt import Nodes, heap_of
from ledger.proof.proven import Proven
from ledger.proof.seal import NO_OMMERS
from ledger.proof.trust import Contract, TrustedLedger, unsealed
from ledger.signing.signer import SigningKey
from tests.tries import trie

NOW = 1_763_000_000
NAMES = ("parties", "products", "ledger")
ROLES = Role.PRODUCER | Role.PROCESSOR | Role.PACKER


@dataclass
class ProofWorld:
    """Farm (1), plant (2) and shop (3); crab (1), salted (2) and jar (3)."""

    domain: Domain = field(default_factory=lambda: Domain(31337, keccak(b"ledger")[12:], keccak(b"id")))
    state: MemoryState = field(default_factory=MemoryState)
    events: list[SignedEvent] = field(default_factory=list)
    links: dict[bytes, list[LinkShown]] = field(default_factory=dict)
    lies: dict[tuple[str, int], int] = field(default_factory=dict)
    """Words that the contracts' storage shall hold instead, by contract and slot."""

    def __post_init__(self) -> None:
        self.keys = {name: SigningKey(keccak(name.encode())) for name in ("farm", "plant", "shop")}
        self.party = {name: keccak(f"urn:w:{name}".encode()) for name in self.keys}
        self.product = {name: keccak(f"urn:w:{name}".encode()) for name in ("crab", "salted", "jar")}
        for number, (name, id) in enumerate(self.party.items(), 1):
            self.state.set_party(PartyState(number, id, Status.ACTIVE, ROLES))
            self.state.set_signer(self.keys[name].address, SignerState(id, 7, FOREVER, 1))
        for number, (name, id) in enumerate(self.product.items(), 1):
            owner = self.party["farm" if name == "crab" else "plant"]
            unit = Unit.PIECE if name == "jar" else Unit.GRAM
            self.state.set_product(ProductState(number, id, unit, number, owner, name == "crab"))
        self.state.set_yield(self.product["crab"], self.product["salted"], 1_150_000)
        self.state.set_yield(self.product["salted"], self.product["jar"], 2_500)

    def batch(self, product: str, party: str, lot: bytes = b"L1") -> bytes:
        return batch_id(self.product[product], self.party[party], lot)

    def out(self, product: str, quantity: int, lot: bytes = b"L1") -> Output:
        return Output(self.product[product], lot, quantity, NOW - 5)

    def make(self, who: str, kind: int, inputs: dict[bytes, int], *outputs: Output, **more: Any) -> SignedEvent:
        used = tuple(Input(*each) for each in sorted(inputs.items()))
        fields = {"provenance": 0, "items_root": ZERO32, "first_index": 0} | more
        return self._say(who, Make(*self._common(who, kind), inputs=used, outputs=outputs, content=b"{}", **fields))

    def move(self, who: str, kind: int, batch: bytes, quantity: int, **more: Any) -> SignedEvent:
        fields = {"holder": ZERO32, "to": ZERO32, "target": ZERO32} | more
        return self._say(who, Move(*self._common(who, kind), batch=batch, quantity=quantity, content=b"{}", **fields))

    def note(self, who: str, kind: int, batch: bytes, target: bytes = ZERO32) -> SignedEvent:
        return self._say(who, Note(*self._common(who, kind), (batch,), ZERO32, b"", target, b"{}"))

    def _common(self, who: str, kind: int) -> tuple[bytes, int, int, int]:
        return self.keys[who].address, len(self.events), NOW - 100, kind

    def _say(self, who: str, event: Event) -> SignedEvent:
        id = event_id(self.domain, event)
        signed = SignedEvent(id, event, self.keys[who].sign(id))
        self.events.append(signed)
        for link in links(event, self.party[who]):
            self.links.setdefault(link.subject, []).append(LinkShown(id, event.kind, link.role))
        return signed

    def lawful(self) -> ProofWorld:
        """What was said so far happens as the law says. Raises Refusal."""
        for signed in self.events:
            self.state.apply(check(self.state, signed.id, signed.event, signed.event.signer, NOW - 50))
        return self

    def storage(self) -> dict[str, dict[int, int]]:
        """Every word of the three contracts."""
        state, words = self.state, {name: dict[int, int]() for name in NAMES}
        number = {id: each.number for id, each in (*state.parties.items(), *state.products.items())}
        for party in state.parties.values():
            words["parties"][layout.party_slot(party.id)] = party.number | party.status << 32 | int(party.roles) << 40
        for address, signer in state.signers.items():
            word = number[signer.party] | signer.from_ << 32 | signer.to << 96 | signer.custody << 160
            words["parties"][layout.signer_slot(address)] = word
        for product in state.products.values():
            word = product.number | product.unit << 32 | product.stage << 40 | number[product.brand_owner] << 56
            words["products"][layout.product_slot(product.id)] = word | product.open << 88
        for names, registry in ((self.party, "parties"), (self.product, "products")):
            for name, id in names.items():
                words[registry][layout.profile_slot(id)] = int.from_bytes(keccak(profile(name).encode()), "big")
        for (source, output), most in state.yields.items():
            words["products"][layout.yield_slot(number[source], number[output])] = most
        ledger = words["ledger"]
        ledger |= {0: int.from_bytes(self.domain.ledger_id, "big"), 1: 77, 2: len(self.events)}
        for batch, chain in self.links.items():
            head = seed(Tag.BATCH, self.domain.ledger_id, batch)
            for link in chain:
                head = advance(head, link.kind, link.role, link.id)
            ledger[layout.head_slot(batch)] = int.from_bytes(head, "big")
        for b in state.batches.values():
            marks = b.outside | b.commission_only << 1 | b.moved << 2 | b.adjusted << 3 | int(b.recalled) << 4
            word = number[b.product] | number[b.origin] << 32 | b.open_until << 64 | b.items << 128 | marks << 160
            ledger[layout.batch_slot(b.id)] = word
        for (name, slot), word in self.lies.items():
            words[name][slot] = word
        return words

    def bundle(
        self,
        subject: bytes,
        *ancestors: bytes,
        conversions: tuple[tuple[int, int], ...] = (),
        strays: tuple[SignedEvent, ...] = (),
    ) -> Bundle:
        """Of the events that are still there those that are due, then strays; with the proofs of what the verifier asks for."""
        batches = tuple(BatchShown(id, tuple(self.links[id])) for id in (subject, *sorted(ancestors)))
        there = {each.id: each for each in self.events}
        events = [*(there[id] for id in whole_events(batches) if id in there), *strays]
        gathered = Gathered(
            batches,
            tuple(EventShown(e.shape, encode_body(e.event), e.signature) for e in events),
            self._named(self.party, events), self._named(self.product, events),
            tuple({e.event.signer for e in events}), conversions,
        )  # fmt: skip
        nodes, accounts = [], {}
        for name, words in self.storage().items():
            root, made = trie({slot.to_bytes(32, "big"): rlp_encode(word.to_bytes(32, "big").lstrip(b"\0"))
                               for slot, word in words.items() if word})  # fmt: skip
            nodes += made
            accounts[self.address(name)] = rlp_encode([b"\1", b"", root, keccak(name.encode())])
        state_root, made = trie(accounts)
        heap = Nodes(heap_of([*nodes, *made]))
        proven = Proven(heap, state_root, self.trusted)
        for name, slots in needed_slots(gathered)._asdict().items():
            for slot in slots:
                proven.word(name, slot)
        encoded = header(state_root)
        return Bundle(
            self.domain.chain_id, self.domain.contract, self.domain.ledger_id, keccak(encoded), encoded, gathered.batches,
            gathered.events, gathered.parties, gathered.products, tuple(heap.used),
        )  # fmt: skip

    def address(self, name: str) -> bytes:
        return self.domain.contract if name == "ledger" else keccak(name.encode())[12:]

    @property
    def trusted(self) -> TrustedLedger:
        accounts = {name: (self.address(name), keccak(name.encode())) for name in NAMES}
        return unsealed("a ledger that stands nowhere", self.domain, accounts, 1_000)

    def _named(self, names: dict[str, bytes], events: list[SignedEvent]) -> tuple[Named, ...]:
        ids = self._ids(events)
        shown = [Named(f"urn:w:{name}", profile(name)) for name, id in names.items() if id in ids]
        return tuple(sorted(shown, key=lambda each: keccak(each.uri.encode())))

    def _ids(self, events: list[SignedEvent]) -> set[bytes]:
        """Products of outputs, their brand owners, parties that signed or got something."""
        made = {o.product for e in events if isinstance(e.event, Make) for o in e.event.outputs}
        owners = {self.state.products[each].brand_owner for each in made}
        signed = {self.state.signers[e.event.signer].party for e in events}
        told = {party for e in events if isinstance(e.event, Move) for party in (e.event.to, e.event.holder)}
        return made | owners | signed | told


def profile(name: str) -> str:
    return f'{{"name":"{name}"}}'


def header(state_root: bytes, extra: bytes = b"", coinbase: bytes = bytes(20), mix: bytes = bytes(32)) -> bytes:
    """A London header of block 9."""
    fields = [
        bytes(32), NO_OMMERS, coinbase, state_root, bytes(32), bytes(32), bytes(256), b"\1" if extra else b"", b"\x09", b"\xff",
        b"", NOW.to_bytes(4, "big"), extra, mix, bytes(8), b"",
    ]  # fmt: skip
    return bytes(rlp_encode(fields))


def journey(world: ProofWorld) -> tuple[bytes, bytes, bytes]:
    """Crab, salted and jars of it: eight events. Answers the three batches, the youngest first."""
    crab, salted, jar = world.batch("crab", "farm"), world.batch("salted", "plant"), world.batch("jar", "plant")
    world.make("farm", Kind.COMMISSION, {}, world.out("crab", 1_000))
    world.note("farm", Kind.OBSERVE, crab)
    sent = world.move("farm", Kind.SHIP, crab, 800, to=world.party["plant"])
    world.move("plant", Kind.RECEIVE, crab, 700, target=sent.id)
    world.make("plant", Kind.TRANSFORM, {crab: 600}, world.out("salted", 650))
    world.make("plant", Kind.PACK, {salted: 400}, world.out("jar", 1))
    out = world.move("plant", Kind.SHIP, jar, 1, to=world.party["shop"])
    world.move("shop", Kind.RECEIVE, jar, 1, target=out.id)
    return jar, salted, crab


__all__ = ["NOW", "Contract", "ProofWorld", "header", "journey"]
