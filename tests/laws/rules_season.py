"""A random season of a small province: events that mostly pass, some that must not, each from one seed.

A season is a list of seeds. Each seed makes one event from the ledger as it then stands, so that Hypothesis shrinks a
failing season by leaving events out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ledger.errors import Refusal
from ledger.events.identifiers import batch_id, keccak
from ledger.events.model import (
    DAY,
    FOREVER,
    PER_MILLION,
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
from ledger.events.rules import Changes, MemoryState, Overlay, check
from ledger.events.rules.state import PartyState, ProductState, SignerState

START = 1_800_000_000
ROLES = {
    "farm": Role.PRODUCER,
    "coop": Role.PRODUCER | Role.PROCESSOR | Role.PACKER,
    "plant": Role.PROCESSOR | Role.PACKER,
    "shop": Role.RETAILER,
    "lab": Role.INSPECTOR,
}
UNITS = {"crab": Unit.GRAM, "paste": Unit.GRAM, "shell": Unit.GRAM, "jar": Unit.PIECE}
YIELDS = {
    ("crab", "paste"): 1_150_000,
    ("crab", "shell"): 300_000,
    ("shell", "paste"): 40_000,
    ("paste", "jar"): 50_000,
    ("crab", "jar"): 45_678,
}
KINDS = (
    *(Kind.COMMISSION, Kind.COMMISSION, Kind.TRANSFORM, Kind.TRANSFORM, Kind.PACK, Kind.PACK),
    *(Kind.SHIP, Kind.SHIP, Kind.SHIP, Kind.RECEIVE, Kind.RECEIVE, Kind.SELL, Kind.DISPOSE, Kind.OBSERVE, Kind.VOID),
)
PARTY = {name: keccak(name.encode()) for name in ROLES}
NAME = {id: name for name, id in PARTY.items()}
PRODUCT = {name: keccak(b"product " + name.encode()) for name in UNITS}
PRODUCT_NAME = {id: name for name, id in PRODUCT.items()}


def registered(largest_yield: int = 2 * PER_MILLION) -> MemoryState:
    """The registries, no goods. Yields are capped at `largest_yield` per million."""
    state = MemoryState()
    for number, (name, roles) in enumerate(ROLES.items(), 1):
        state.set_party(PartyState(number, PARTY[name], Status.ACTIVE, roles))
        state.set_signer(PARTY[name][:20], SignerState(PARTY[name], START - DAY, FOREVER, Custody.GATEWAY))
    for number, (name, unit) in enumerate(UNITS.items(), 1):
        id = PRODUCT[name]
        state.set_product(ProductState(number, id, unit, 10 * number, PARTY["coop"], open=name == "crab"))
        state.set_maker(id, PARTY["plant"])
    for (source, output), per_million in YIELDS.items():
        state.set_yield(PRODUCT[source], PRODUCT[output], min(per_million, largest_yield))
    return state


@dataclass(frozen=True)
class Step:
    """One event of a season and what came of it."""

    id: bytes
    event: Event
    time: int
    outcome: Changes | Refusal


class Season:
    """Pending events over `base`, which nothing here changes."""

    def __init__(self, base: MemoryState) -> None:
        self.base = base
        self.view = Overlay(base)
        self.time = START
        self.nonce = 0
        self.steps: list[Step] = []

    def live(self, seeds: Iterable[int]) -> Season:
        for seed in seeds:
            self.step(seed)
        return self

    def step(self, seed: int) -> Step:
        rng = random.Random(seed)
        self.time += rng.choice((0, 1, 60, DAY // 2))
        event = self._event(rng)
        if rng.random() < 0.15:
            event = self._spoilt(rng, event)
        id = keccak(repr(event).encode())
        outcome: Changes | Refusal
        try:
            outcome = check(self.view, id, event, event.signer, self.time)
            self.view.apply(outcome)
        except Refusal as refusal:
            outcome = refusal
        self.steps.append(Step(id, event, self.time, outcome))
        return self.steps[-1]

    @property
    def accepted(self) -> list[tuple[Step, Changes]]:
        return [(step, step.outcome) for step in self.steps if isinstance(step.outcome, Changes)]

    # -- an event that should pass ----------------------------------------------------------------------------------

    def _event(self, rng: random.Random) -> Event:
        self.nonce += 1
        kind = rng.choice(KINDS)
        held = [(b, NAME[p], h.quantity) for (b, p), h in sorted(self.view.holdings.items()) if h.quantity]
        if kind in (Kind.TRANSFORM, Kind.PACK):
            makers = [entry for entry in held if entry[1] in ("coop", "plant")]
            event = self._made_from(rng, kind, makers) if makers else None
        elif kind is Kind.RECEIVE or (kind is Kind.DISPOSE and rng.random() < 0.4):
            event = self._on_the_way(rng, kind)
        elif kind is Kind.VOID:
            signer = PARTY["shop"][:20]
            target = signer + rng.randrange(1 << 90, 1 << 91).to_bytes(12, "big")
            event = Note(signer, self.nonce, self.time, kind, (), ZERO32, b"", target, b"{}")
        elif kind is Kind.COMMISSION or not held:
            event = None
        elif kind is Kind.OBSERVE:
            batch, name, _ = rng.choice(held)
            by = "lab" if rng.random() < 0.2 else name
            event = Note(PARTY[by][:20], self.nonce, self.time, kind, (batch,), ZERO32, b"", ZERO32, b"{}")
        else:
            batch, name, quantity = rng.choice(held)
            to = PARTY[rng.choice([other for other in ROLES if other != name])] if kind is Kind.SHIP else ZERO32
            event = self._move(kind, name, batch, self._part(rng, quantity), to=to)
        return event or self._commission(rng)

    def _commission(self, rng: random.Random) -> Make:
        lot = b"%d" % (self.time // DAY * 3 + rng.randrange(3))
        provenance, by, name = 0, rng.choice(("farm", "coop")), "crab"
        if rng.random() < 0.2:
            provenance, by, name = rng.choice((1, 2)), rng.choice(sorted(ROLES)), rng.choice(sorted(UNITS))
            lot = b"outside %d" % self.nonce
        output = Output(PRODUCT[name], lot, rng.randrange(1, 5000), self.time + rng.randrange(7 * DAY))
        return self._make(Kind.COMMISSION, by, (), (output,), provenance)

    def _made_from(self, rng: random.Random, kind: Kind, held: list[tuple[bytes, str, int]]) -> Make | None:
        name = rng.choice(held)[1]
        own = [(batch, quantity) for batch, holder, quantity in held if holder == name]
        chosen = rng.sample(own, min(len(own), rng.choice((1, 1, 2, 3))))
        inputs = tuple(Input(batch, self._part(rng, quantity)) for batch, quantity in sorted(chosen))
        possible = [output for output in sorted(UNITS) if self._limit(inputs, output) > 0]
        possible = [output for output in possible if (kind is Kind.PACK) == (UNITS[output] is Unit.PIECE)]
        if not possible:
            return None
        picked = rng.sample(possible, min(len(possible), 1 if kind is Kind.PACK else rng.choice((1, 1, 2))))
        outputs, first_index = [], 0
        for output in picked:
            quantity = max(1, self._limit(inputs, output) // len(picked))
            lot = b"%d" % (self.time // DAY * 3 + rng.randrange(3))
            outputs.append(Output(PRODUCT[output], lot, quantity, self.time + DAY))
            found = self.view.batch(batch_id(PRODUCT[output], PARTY[name], lot))
            first_index = found.items if found and kind is Kind.PACK else 0
        return replace(self._make(kind, name, inputs, tuple(outputs)), first_index=first_index)

    def _limit(self, inputs: tuple[Input, ...], output: str) -> int:
        sources = [PRODUCT_NAME[self._product(entry.batch)] for entry in inputs]
        yields = [PER_MILLION if source == output else YIELDS.get((source, output), 0) for source in sources]
        if not all(yields):
            return 0
        return sum(entry.quantity * y for entry, y in zip(inputs, yields, strict=True)) // PER_MILLION

    def _product(self, batch: bytes) -> bytes:
        found = self.view.batch(batch)
        assert found is not None
        return found.product

    def _on_the_way(self, rng: random.Random, kind: Kind) -> Move | None:
        open_ = [shipment for _, shipment in sorted(self.view.shipments.items()) if shipment.open]
        if not open_:
            return None
        chosen = rng.choice(open_)
        by = chosen.receiver if kind is Kind.RECEIVE or rng.random() < 0.5 else chosen.sender
        return self._move(kind, NAME[by], chosen.batch, self._part(rng, chosen.open), target=chosen.id)

    def _part(self, rng: random.Random, quantity: int) -> int:
        return quantity if rng.random() < 0.4 else rng.randrange(1, quantity + 1)

    def _make(
        self, kind: Kind, by: str, inputs: tuple[Input, ...], outputs: tuple[Output, ...], provenance: int = 0
    ) -> Make:
        return Make(PARTY[by][:20], self.nonce, self.time, kind, provenance, inputs, outputs, ZERO32, 0, b"{}")

    def _move(
        self, kind: Kind, by: str, batch: bytes, quantity: int, to: bytes = ZERO32, target: bytes = ZERO32
    ) -> Move:
        return Move(PARTY[by][:20], self.nonce, self.time, kind, batch, ZERO32, to, quantity, target, b"{}")

    # -- an event that should not -----------------------------------------------------------------------------------

    def _spoilt(self, rng: random.Random, event: Event) -> Event:
        way = rng.randrange(5)
        if way == 0 and self.steps:
            return replace(event, nonce=rng.choice(self.steps).event.nonce)
        if way == 1:
            return replace(event, signer=PARTY[rng.choice(sorted(ROLES))][:20])
        if way == 2:
            return replace(event, occurred_at=self.time + 1)
        if isinstance(event, Move):
            return replace(event, quantity=event.quantity + rng.choice((1, 10_000)))
        if isinstance(event, Make):
            more = [replace(output, quantity=output.quantity + rng.choice((1, 10_000))) for output in event.outputs]
            return replace(event, outputs=tuple(more))
        return replace(event, batches=(keccak(b"nothing"),))
