"""A small province to judge events in: six parties, six products, and builders of well-formed events."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ledger.errors import Refusal
from ledger.events.identifiers import batch_id, keccak
from ledger.events.model import (
    DAY,
    FOREVER,
    ZERO32,
    Custody,
    Event,
    Input,
    Kind,
    Make,
    Move,
    Note,
    Output,
    Role,
    Status,
    Unit,
)
from ledger.events.rules import Changes, MemoryState, check
from ledger.events.rules.state import PartyState, ProductState, SignerState

NOW = 1_800_000_000
UNKNOWN = keccak(b"urn:example:nobody")
STRANGER = keccak(b"stranger")[:20]
UNIT_OF = {
    "crab": Unit.GRAM,  # farm's own brand
    "raw": Unit.GRAM,  # open to all
    "paste": Unit.GRAM,
    "shell": Unit.GRAM,
    "sauce": Unit.MILLILITRE,
    "jar": Unit.PIECE,
}
ROLE_OF = {
    "farm": Role.PRODUCER,
    "plant": Role.PROCESSOR,
    "packer": Role.PACKER,
    "shop": Role.RETAILER,
    "lab": Role.INSPECTOR,
    "boat": Role.CARRIER,
}


def party(name: str) -> bytes:
    return keccak(b"urn:example:party:" + name.encode())


def product(name: str) -> bytes:
    return keccak(b"urn:example:product:" + name.encode())


def signer(name: str) -> bytes:
    return party(name)[:20]


class World:
    """`state` is the ledger; builders give events that would pass; `record` applies, `refusal` must not change."""

    def __init__(self) -> None:
        self.state = MemoryState()
        self.now = NOW
        self._nonce = 0
        for number, (name, roles) in enumerate(ROLE_OF.items(), 1):
            self.set_party(name, roles, number=number)
            self.state.set_signer(signer(name), SignerState(party(name), NOW - DAY, FOREVER, Custody.GATEWAY))
        for number, (name, unit) in enumerate(UNIT_OF.items(), 1):
            brand = "farm" if name == "crab" else "plant"
            self.state.set_product(
                ProductState(number, product(name), unit, number * 10, party(brand), open=name == "raw")
            )
        self.state.set_maker(product("jar"), party("packer"))
        for source, target, per_million in (
            ("crab", "paste", 1_150_000),
            ("crab", "shell", 300_000),
            ("raw", "paste", 333_333),
            ("crab", "sauce", 500_000),
            ("crab", "jar", 5_000),
            ("paste", "jar", 5_000),
        ):
            self.state.set_yield(product(source), product(target), per_million)

    def set_party(self, name: str, roles: Role, status: Status = Status.ACTIVE, number: int = 1) -> None:
        self.state.set_party(PartyState(number, party(name), status, roles))

    def suspend(self, name: str) -> None:
        self.set_party(name, ROLE_OF[name], Status.SUSPENDED)

    def nonce(self) -> int:
        self._nonce += 1
        return self._nonce

    # -- events that would pass -------------------------------------------------------------------------------------

    def make(self, by: str, kind: Kind, outputs: list[Output], inputs: list[Input] | None = None, **more: Any) -> Make:
        ordered = tuple(sorted(inputs or [], key=lambda entry: entry.batch))
        plain = Make(signer(by), self.nonce(), self.now, kind, 0, ordered, tuple(outputs), ZERO32, 0, b"{}")
        return replace(plain, **more)

    def out(self, name: str, quantity: int, lot: bytes = b"L1", open_for: int = DAY) -> Output:
        return Output(product(name), lot, quantity, self.now + open_for)

    def move(self, by: str, kind: Kind, batch: bytes, quantity: int, **more: Any) -> Move:
        plain = Move(signer(by), self.nonce(), self.now, kind, batch, ZERO32, ZERO32, quantity, ZERO32, b"{}")
        return replace(plain, **more)

    def note(self, by: str, kind: Kind, *batches: bytes, **more: Any) -> Note:
        return replace(
            Note(signer(by), self.nonce(), self.now, kind, batches, ZERO32, b"", ZERO32, b"{}"),
            **more,
        )

    # -- goods already there ----------------------------------------------------------------------------------------

    def harvest(self, quantity: int, name: str = "crab", lot: bytes = b"L1", by: str = "farm", **more: Any) -> bytes:
        self.record(self.make(by, Kind.COMMISSION, [self.out(name, quantity, lot)], **more))
        return batch_id(product(name), party(by), lot)

    def ship(self, batch: bytes, quantity: int, by: str = "farm", to: str = "plant") -> bytes:
        event = self.move(by, Kind.SHIP, batch, quantity, to=party(to))
        self.record(event)
        return event_id(event)

    def hand_over(self, batch: bytes, quantity: int, by: str = "farm", to: str = "plant") -> None:
        shipment = self.ship(batch, quantity, by, to)
        self.record(self.move(to, Kind.RECEIVE, batch, quantity, target=shipment))

    def give(self, batch: bytes, name: str, quantity: int) -> None:
        """Let a party hold more of a batch than anybody could make: for the limits of numbers only."""
        holding = self.state.holdings[(batch, party("farm"))]
        self.state.holdings[(batch, party(name))] = replace(holding, quantity=quantity)

    def recall(self, *batches: bytes, by: str = "farm") -> None:
        self.record(self.note(by, Kind.RECALL, *sorted(batches)))

    # -- judging ----------------------------------------------------------------------------------------------------

    def check(self, event: Event, recovered: bytes | None = b"") -> Changes:
        return check(self.state, event_id(event), event, event.signer if recovered == b"" else recovered, self.now)

    def record(self, event: Event) -> Changes:
        changes = self.check(event)
        self.state.apply(changes)
        return changes

    def refusal(self, event: Event, recovered: bytes | None = b"") -> Refusal:
        before = copy.deepcopy(vars(self.state))
        with pytest.raises(Refusal) as caught:
            self.check(event, recovered)
        assert vars(self.state) == before, "a refused event changes nothing"
        return caught.value


def event_id(event: Event) -> bytes:
    """Stands for the signing digest: distinct for distinct events."""
    return keccak(repr(event).encode())


@dataclass(frozen=True)
class Case:
    """Two events that differ in one thing: the last one inside the law and the first one outside."""

    inside: Event
    outside: Event
    numbers: dict[str, Any]


CaseOf = Callable[[World], Case]


class Cases:
    """Test cases by law; `laws()` lets one test see that no law is without a case."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str, CaseOf]] = []

    def __call__(self, law: str) -> Callable[[CaseOf], CaseOf]:
        def keep(case: CaseOf) -> CaseOf:
            self.all.append((law, case.__name__, case))
            return case

        return keep

    def parametrize(self) -> Any:
        return pytest.mark.parametrize(
            ("law", "case"), [pytest.param(law, case, id=f"{law}-{name}") for law, name, case in self.all]
        )

    def laws(self) -> set[str]:
        return {law for law, _, _ in self.all}


def judge(law: str, case: CaseOf) -> None:
    """The inside event is accepted and the outside one refused by this law with these very numbers."""
    world = World()
    prepared = case(world)
    world.check(prepared.inside)
    assert world.refusal(prepared.outside) == Refusal(law, **prepared.numbers)
