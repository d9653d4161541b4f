"""A whole ledger recomputed from its logs: contents, ids, signatures, law and heads.

Fed with every registry change and every recorded event in chain order, it ends with heads that must equal the contracts' storage.
A fault is something no honest contract can show; it is collected, and the recomputation goes on as far as it can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ledger.canonical import content as contents
from ledger.canonical.heads import Tag, advance, seed
from ledger.canonical.typed_data import Domain, event_id
from ledger.errors import Refusal
from ledger.events.model import LinkRole, Role, SignedEvent, Status, Unit
from ledger.events.rules import MemoryState, check
from ledger.events.rules.state import PartyState, ProductState, SignerState
from ledger.signing.signer import recover

_TAG = {"batch": Tag.BATCH, "place": Tag.PLACE}
ZERO = bytes(32)


@dataclass(slots=True)
class Recomputation:
    """`heads` by subject; `ledger_head` and the registries' are zero until something was recorded."""

    domain: Domain
    state: MemoryState = field(default_factory=MemoryState)
    heads: dict[bytes, bytes] = field(default_factory=dict)
    ledger_head: bytes = ZERO
    registry_heads: dict[Tag, bytes] = field(default_factory=dict)
    events: int = 0
    faults: list[str] = field(default_factory=list)
    odd_contents: int = 0

    def __post_init__(self) -> None:
        self.ledger_head = seed(Tag.LEDGER, self.domain.ledger_id)
        for registry in (Tag.PARTIES, Tag.PRODUCTS):
            self.registry_heads[registry] = seed(registry, self.domain.ledger_id)

    def change(self, registry: Tag, number: int, name: str, arguments: dict[str, Any], digest: bytes) -> None:
        """One registry change, in chain order."""
        _REGISTRY[name](self.state, arguments)
        self.registry_heads[registry] = advance(self.registry_heads[registry], number, LinkRole.RECORDED, digest)

    def event(self, signed: SignedEvent, block_time: int) -> None:
        """One recorded event, in chain order."""
        self.events += 1
        event = signed.event
        if event_id(self.domain, event) != signed.id:
            self.faults.append(f"event {self.events}: its fields do not have the id 0x{signed.id.hex()}")
        try:
            contents.check(event.content)
        except Refusal:
            self.odd_contents += 1  # the contract knows only its length; readers say "content not canonical"
        try:
            changes = check(self.state, signed.id, event, recover(signed.id, signed.signature), block_time)
        except Refusal as refusal:
            self.faults.append(f"event {self.events}, 0x{signed.id.hex()}: against the law {refusal}")
            changes = None
        if changes is not None:
            self.state.apply(changes)
            for kind, subject, role in changes.links:
                head = self.heads.get(subject) or seed(_TAG[kind], self.domain.ledger_id, subject)
                self.heads[subject] = advance(head, event.kind, role, signed.id)
        self.ledger_head = advance(self.ledger_head, event.kind, LinkRole.RECORDED, signed.id)


def _admitted(state: MemoryState, a: dict[str, Any]) -> None:
    state.set_party(PartyState(a["number"], a["id"], Status.ACTIVE, Role(a["roles"])))


def _status(state: MemoryState, a: dict[str, Any]) -> None:
    party = state.parties[a["id"]]
    state.set_party(PartyState(party.number, party.id, Status(a["status"]), party.roles))


def _roles(state: MemoryState, a: dict[str, Any]) -> None:
    party = state.parties[a["id"]]
    state.set_party(PartyState(party.number, party.id, party.status, Role(a["roles"])))


def _nothing(state: MemoryState, a: dict[str, Any]) -> None:
    """A profile says nothing that the law looks at."""


def _signer(state: MemoryState, a: dict[str, Any]) -> None:
    state.set_signer(a["signer"], SignerState(a["id"], a["from"], a["to"], a["custody"]))


def _registered(state: MemoryState, a: dict[str, Any]) -> None:
    product = ProductState(a["number"], a["id"], Unit(a["unit"]), a["stage"], a["brandOwner"], a["open"])
    state.set_product(product)


def _maker(state: MemoryState, a: dict[str, Any]) -> None:
    state.set_maker(a["product"], a["party"], a["listed"])


def _yield(state: MemoryState, a: dict[str, Any]) -> None:
    state.set_yield(a["input"], a["output"], a["perMillion"])


_REGISTRY: dict[str, Callable[[MemoryState, dict[str, Any]], None]] = {
    "PartyAdmitted": _admitted,
    "PartyStatusSet": _status,
    "PartyRolesSet": _roles,
    "PartyProfileSet": _nothing,
    "SignerSet": _signer,
    "ProductRegistered": _registered,
    "MakerSet": _maker,
    "YieldSet": _yield,
    "ProductProfileSet": _nothing,
}
