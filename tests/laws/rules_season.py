"""A random season of a small province: events that mostly pass, some that must not, each from one seed.

A season is a list of seeds. Each seed makes one event from the ledger as it then stands, so that Hypothesis shrinks a
failing season by leaving events out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from season_faults import spoilt
from season_province import (
    KEYS,
    NAME,
    PARTY,
    PRODUCT,
    ROLES,
    SIGNER,
    START,
    UNITS,
    YIELDS,
    CouncilAct,
    InspectorSet,
    MakerSet,
    RolesSet,
    StatusSet,
    YieldSet,
    registered,
)

from ledger.errors import Refusal
from ledger.events.identifiers import batch_id, keccak
from ledger.events.model import (
    DAY,
    ITEM_LIMIT,
    PER_MILLION,
    UINT96_MAX,
    ZERO32,
    Event,
    Input,
    Kind,
    Make,
    Move,
    Note,
    Output,
    RecallFlag,
    Role,
    Status,
    Unit,
)
from ledger.events.rules import Changes, MemoryState, Overlay, check
from ledger.events.rules.state import BatchState

__all__ = ["Season", "Step", "registered"]

Thing = TypeVar("Thing")
OFTEN = {
    Kind.COMMISSION: 3,
    Kind.TRANSFORM: 5,
    Kind.PACK: 5,
    Kind.SHIP: 6,
    Kind.RECEIVE: 4,
    Kind.SELL: 3,
    Kind.RETURN: 3,
    Kind.LIFT: 6,
}
KINDS = [kind for kind in Kind for _ in range(OFTEN.get(kind, 2))]


@dataclass(frozen=True)
class Step:
    """One event of a season and what came of it. `recovered`: the address whose key signed, None if nobody's did."""

    id: bytes
    event: Event
    signature: bytes
    recovered: bytes | None
    time: int
    outcome: Changes | Refusal


@dataclass(frozen=True)
class Held:
    batch: BatchState
    holder: bytes
    quantity: int
    sold: int

    @property
    def name(self) -> str:
        return NAME[self.holder]


class Hand:
    """Stands for ids and signatures: distinct for distinct events, and whoever is to sign has signed."""

    def identify(self, event: Event) -> bytes:
        return keccak(repr(event).encode())

    def sign(self, rng: random.Random, id: bytes, by: bytes) -> tuple[bytes, bytes | None]:
        """The signature of the address `by`, and the address that it gives."""
        return b"", by


class Season:
    """Pending events over `base`, which nothing here changes but the council, in its registries.

    `hand` gives events their ids and signatures; `faults` is the share of events that are spoilt, `beats`
    are the seconds between two events, any of them as likely as the others.
    """

    def __init__(
        self,
        base: MemoryState,
        hand: Hand | None = None,
        faults: float = 0.15,
        beats: tuple[int, ...] = (0, 0, 1, 60, DAY // 2),
    ) -> None:
        self.base = base
        self.view = Overlay(base)
        self.time = START
        self.nonce = 0
        self.history: list[Step | CouncilAct] = []
        self.steps: list[Step] = []
        self._hand = hand or Hand()
        self._faults = faults
        self._beats = beats
        self._careless = False
        self._declared = dict(base.yields)

    @property
    def accepted(self) -> list[tuple[Step, Changes]]:
        return [(step, step.outcome) for step in self.steps if isinstance(step.outcome, Changes)]

    def live(self, seeds: Iterable[int]) -> Season:
        for seed in seeds:
            self.step(seed)
        return self

    def step(self, seed: int) -> Step:
        rng = random.Random(seed)
        self.time += rng.choice(self._beats)
        if rng.random() < 0.08:
            act = self._act(rng)
            act.apply(self.base)
            self.history.append(act)
        self._careless = rng.random() < self._faults / 2
        event = self._event(rng)
        if not self._careless and rng.random() < self._faults:
            event = spoilt(rng, event, [step.event for step in self.steps])
        by = event.signer if event.signer in KEYS and rng.random() > self._faults / 10 else rng.choice([*KEYS])
        return self.judge(event, *self._hand.sign(rng, self._hand.identify(event), by))

    def identify(self, event: Event) -> bytes:
        return self._hand.identify(event)

    def judge(self, event: Event, signature: bytes, recovered: bytes | None) -> Step:
        """What the model says of the event now; what it does, if anything, is done."""
        id = self.identify(event)
        outcome: Changes | Refusal
        try:
            outcome = check(self.view, id, event, recovered, self.time)
            self.view.apply(outcome)
        except Refusal as refusal:
            outcome = refusal
        step = Step(id, event, signature, recovered, self.time, outcome)
        self.history.append(step)
        self.steps.append(step)
        return step

    # -- the council ------------------------------------------------------------------------------------------------

    def _act(self, rng: random.Random) -> CouncilAct:
        what = rng.random()
        suspended = [party for party in self.base.parties.values() if party.status == Status.SUSPENDED]
        if what < 0.65:
            if suspended and rng.random() < 0.6:
                return StatusSet(rng.choice(suspended).id, Status.ACTIVE)
            return StatusSet(PARTY[rng.choice(("farm", "coop", "plant", "shop", "shop", "lab"))], Status.SUSPENDED)
        if what < 0.72:
            name = rng.choice(("farm", "coop", "plant", "shop"))
            usual = self.base.parties[PARTY[name]].roles & ~Role.INSPECTOR == ROLES[name]
            return RolesSet(
                PARTY[name],
                ROLES[name] ^ rng.choice((Role.PRODUCER, Role.PACKER, Role.CARRIER)) if usual else ROLES[name],
            )
        if what < 0.8:
            name = rng.choice(("coop", "coop", "farm", "lab"))
            present = bool(self.base.parties[PARTY[name]].roles & Role.INSPECTOR)
            return InspectorSet(PARTY[name], not present)
        if what < 0.9:
            source, output = rng.choice(sorted(YIELDS))
            declared = self._declared[(PRODUCT[source], PRODUCT[output])]
            return YieldSet(PRODUCT[source], PRODUCT[output], rng.choice((declared, declared, declared // 2, 0)))
        return MakerSet(PRODUCT[rng.choice(("paste", "jar"))], PARTY["plant"], rng.random() < 0.7)

    def _active(self, party: bytes) -> bool:
        return self.base.parties[party].status == Status.ACTIVE

    # -- what there is ----------------------------------------------------------------------------------------------

    def _held(self) -> Iterator[Held]:
        for (batch, holder), holding in sorted(self.view.holdings.items()):
            yield Held(self.view.batches[batch], holder, holding.quantity, holding.sold)

    def _goods(self, rng: random.Random, *names: str) -> Held | None:
        """Goods that an active party, one of `names`, may do anything with."""
        held = [entry for entry in self._held() if entry.quantity and (not names or entry.name in names)]
        return self._one_fit(rng, held, lambda entry: not entry.batch.recalled, self._is_active)

    def _is_active(self, entry: Held) -> bool:
        return self._active(entry.holder)

    def _one_fit(self, rng: random.Random, things: list[Thing], *fits: Callable[[Thing], object]) -> Thing | None:
        """One of those things that fit in every way; when careless, one that misses in one way alone."""
        missed = rng.randrange(len(fits)) if self._careless else None
        fitting = [
            thing for thing in things if all(bool(fit(thing)) != (way == missed) for way, fit in enumerate(fits))
        ]
        return _one(rng, fitting or things)

    def _brand(self, batch: BatchState) -> bytes:
        return self.base.products[batch.product].brand_owner

    # -- an event that should pass ----------------------------------------------------------------------------------

    def _event(self, rng: random.Random) -> Event:
        self.nonce += 1
        kind = rng.choice(KINDS)
        event: Event | None
        match kind:
            case Kind.COMMISSION:
                event = self._commission(rng)
            case Kind.TRANSFORM | Kind.PACK:
                event = self._made_from(rng, kind)
            case Kind.SHIP:
                event = self._way_back(rng) if rng.random() < 0.5 else None
                event = event or self._ship(rng)
            case Kind.RECEIVE | Kind.REJECT | Kind.WITHDRAW:
                event = self._on_the_way(rng, kind)
            case Kind.DISPOSE:
                event = self._on_the_way(rng, kind) if rng.random() < 0.4 else self._of_holding(rng, kind)
            case Kind.SELL | Kind.ADJUST_DOWN:
                event = self._of_holding(rng, kind)
            case Kind.RETURN:
                event = self._return(rng)
            case Kind.ADJUST_UP:
                event = self._adjust_up(rng)
            case Kind.OBSERVE | Kind.CORRECT:
                event = self._observe(rng, kind)
            case Kind.RECALL:
                event = self._recall(rng)
            case Kind.LIFT:
                event = self._lift(rng)
            case Kind.VOID:
                signer = SIGNER[rng.choice(sorted(ROLES))]
                target = signer + rng.randrange(1 << 90, 1 << 91).to_bytes(12, "big")
                event = self._note(kind, NAME_OF_SIGNER[signer], target=target)
        return event or self._commission(rng)

    def _commission(self, rng: random.Random) -> Make:
        lot = b"%d" % (self.time // DAY * 3 + rng.randrange(3))
        provenance, name = 0, "crab"
        by = self._one_fit(rng, ["farm", "coop"], lambda name: self._active(PARTY[name])) or "farm"
        if rng.random() < 0.2:
            provenance, by, name = rng.choice((1, 2)), rng.choice(sorted(ROLES)), rng.choice(sorted(UNITS))
            lot = b"outside %d" % self.nonce
        quantity = rng.randrange(1, 5000) if rng.random() < 0.98 else UINT96_MAX - rng.randrange(3)
        output = Output(PRODUCT[name], lot, quantity, self.time + rng.randrange(7 * DAY))
        return self._make(Kind.COMMISSION, by, (), (output,), provenance)

    def _made_from(self, rng: random.Random, kind: Kind) -> Make | None:
        first = self._goods(rng, "coop", "plant")
        if first is None:
            return None
        own = [entry for entry in self._held() if entry.quantity and entry.holder == first.holder]
        own = [entry for entry in own if not entry.batch.recalled]
        chosen = rng.sample(own, min(len(own), rng.choice((1, 1, 2, 3))))
        chosen.sort(key=lambda entry: entry.batch.id)
        inputs = tuple(Input(entry.batch.id, self._part(rng, entry.quantity)) for entry in chosen)
        possible = [output for output in sorted(UNITS) if self._careless or self._limit(inputs, output) > 0]
        if not (self._careless and rng.random() < 0.3):
            possible = [output for output in possible if (kind is Kind.PACK) == (UNITS[output] is Unit.PIECE)]
        if not possible:
            return None
        picked = rng.sample(possible, min(len(possible), 1 if kind is Kind.PACK else rng.choice((1, 1, 2))))
        outputs, first_index = [], 0
        for output in picked:
            share = 1 if self._careless else len(picked)
            quantity = min(UINT96_MAX, max(1, self._limit(inputs, output) // share))
            lot = b"%d" % (self.time // DAY * 3 + rng.randrange(3))
            found = self.view.batch(batch_id(PRODUCT[output], first.holder, lot))
            if kind is Kind.PACK:
                first_index = found.items if found else 0
                quantity = min(quantity, rng.choice((1000, ITEM_LIMIT - first_index)))
            outputs.append(Output(PRODUCT[output], lot, quantity, self.time + DAY))
        return replace(self._make(kind, first.name, inputs, tuple(outputs)), first_index=first_index)

    def _limit(self, inputs: tuple[Input, ...], output: str) -> int:
        yields = [self._yield(self.view.batches[entry.batch].product, PRODUCT[output]) for entry in inputs]
        if not all(yields):
            return 0
        return sum(entry.quantity * y for entry, y in zip(inputs, yields, strict=True)) // PER_MILLION

    def _yield(self, source: bytes, output: bytes) -> int:
        return PER_MILLION if source == output else self.view.yield_per_million(source, output) or 0

    def _ship(self, rng: random.Random) -> Move | None:
        goods = self._goods(rng)
        if goods is None:
            return None
        to = PARTY[rng.choice([name for name in ROLES if name != goods.name])]
        return self._move(Kind.SHIP, goods.name, goods.batch.id, self._part(rng, goods.quantity), to=to)

    def _way_back(self, rng: random.Random) -> Move | None:
        """Recalled goods, or those of a suspended party, by itself or by an inspector."""
        held = [entry for entry in self._held() if entry.quantity]
        goods = _one(rng, [entry for entry in held if entry.batch.recalled or not self._active(entry.holder)])
        if goods is None:
            return None
        ways = [goods.batch.origin, self._brand(goods.batch)]
        by, holder = goods.name, ZERO32
        if self._active(goods.holder):
            ways.append(PARTY["boat"])
        elif goods.holder == goods.batch.origin or rng.random() < 0.5:
            by, holder = "lab", goods.holder
        else:
            ways = [goods.batch.origin]
        to = _one(rng, [way for way in ways if way != goods.holder])
        if to is None:
            return None
        return self._move(Kind.SHIP, by, goods.batch.id, self._part(rng, goods.quantity), to=to, holder=holder)

    def _of_holding(self, rng: random.Random, kind: Kind) -> Move | None:
        goods = self._goods(rng)
        target = self._some_event(rng) if kind is Kind.ADJUST_DOWN else ZERO32
        return (
            None
            if goods is None
            else self._move(kind, goods.name, goods.batch.id, self._part(rng, goods.quantity), target=target)
        )

    def _return(self, rng: random.Random) -> Move | None:
        sellers = [entry for entry in self._held() if entry.sold]
        seller = self._one_fit(rng, sellers, self._is_active)
        return (
            None
            if seller is None
            else self._move(Kind.RETURN, seller.name, seller.batch.id, self._part(rng, seller.sold))
        )

    def _adjust_up(self, rng: random.Random) -> Move | None:
        target, quantity = self._some_event(rng), rng.randrange(1, 1000)
        held = [*self._held()]
        if rng.random() < 0.6 and (own := self._one_fit(rng, held, *self._fresh())):
            return self._move(Kind.ADJUST_UP, own.name, own.batch.id, quantity, target=target)
        found = self._one_fit(rng, held, lambda entry: not entry.batch.items, lambda entry: not entry.batch.recalled)
        return (
            None
            if found is None
            else self._move(Kind.ADJUST_UP, "lab", found.batch.id, quantity, target=target, holder=found.holder)
        )

    def _fresh(self) -> tuple[Callable[[Held], object], ...]:
        """What must be true of goods that their origin puts right."""
        return (
            lambda entry: entry.batch.commission_only,
            lambda entry: not entry.batch.moved,
            lambda entry: not entry.batch.recalled,
            lambda entry: self.time <= entry.batch.open_until,
            lambda entry: entry.holder == entry.batch.origin,
            self._is_active,
        )

    def _on_the_way(self, rng: random.Random, kind: Kind) -> Move | None:
        chosen = _one(rng, [shipment for _, shipment in sorted(self.view.shipments.items()) if shipment.open])
        if chosen is None:
            return None
        by = (
            chosen.sender if kind is Kind.WITHDRAW or (kind is Kind.DISPOSE and rng.random() < 0.5) else chosen.receiver
        )
        return self._move(kind, NAME[by], chosen.batch, self._part(rng, chosen.open), target=chosen.id)

    def _observe(self, rng: random.Random, kind: Kind) -> Note | None:
        target = self._some_event(rng) if kind is Kind.CORRECT else ZERO32
        entry = self._one_fit(rng, [*self._held()], self._is_active)
        if entry is None or rng.random() < 0.25:
            name = rng.choice(sorted(ROLES))
            owner = rng.choice((ZERO32, PARTY[name], PARTY["farm"] if name == "lab" else ZERO32))
            return self._note(kind, name, owner=owner, place=b"urn:example:pond:%d" % rng.randrange(3), target=target)
        return self._note(kind, "lab" if rng.random() < 0.2 else entry.name, entry.batch.id, target=target)

    def _recall(self, rng: random.Random) -> Note | None:
        name = rng.choice(("lab", "lab", "farm", "coop", "plant", "shop"))
        all_ = sorted(self.view.batches.items())
        own = [id for id, batch in all_ if self._careless or self._capacities(batch, name)]
        if not own:
            return None
        target = self._some_event(rng) if rng.random() < 0.3 else ZERO32
        chosen = sorted(rng.sample(own, min(len(own), rng.choice((1, 1, 1, 2, 3)))))
        return self._note(Kind.RECALL, name, *chosen, target=target)

    def _lift(self, rng: random.Random) -> Note | None:
        recalled = [(id, batch) for id, batch in sorted(self.view.batches.items()) if batch.recalled]
        liftable = {
            name: found
            for name in ROLES
            if (found := [id for id, b in recalled if self._careless or b.recalled & self._capacities(b, name)])
            and (self._careless or self._active(PARTY[name]))
        }
        if not liftable:
            return None
        name = rng.choice(sorted(liftable))
        chosen = sorted(rng.sample(liftable[name], rng.randint(1, min(3, len(liftable[name])))))
        return self._note(Kind.LIFT, name, *chosen, target=self._some_event(rng))

    def _capacities(self, batch: BatchState, name: str) -> RecallFlag:
        party = PARTY[name]
        inspector = self.base.parties[party].roles & Role.INSPECTOR
        found = RecallFlag.INSPECTORS if inspector else RecallFlag(0)
        if batch.origin == party:
            found |= RecallFlag.ORIGIN
        if self._brand(batch) == party:
            found |= RecallFlag.BRAND_OWNER
        return found

    def _some_event(self, rng: random.Random) -> bytes:
        return rng.choice(self.steps).id if self.steps else keccak(b"some event")

    def _part(self, rng: random.Random, quantity: int) -> int:
        return quantity if rng.random() < 0.3 else rng.randrange(1, quantity + 1)

    def _make(
        self, kind: Kind, by: str, inputs: tuple[Input, ...], outputs: tuple[Output, ...], provenance: int = 0
    ) -> Make:
        return Make(SIGNER[by], self.nonce, self.time, kind, provenance, inputs, outputs, ZERO32, 0, b"{}")

    def _move(
        self,
        kind: Kind,
        by: str,
        batch: bytes,
        quantity: int,
        *,
        to: bytes = ZERO32,
        target: bytes = ZERO32,
        holder: bytes = ZERO32,
    ) -> Move:
        return Move(SIGNER[by], self.nonce, self.time, kind, batch, holder, to, quantity, target, b"{}")

    def _note(
        self,
        kind: Kind,
        by: str,
        *batches: bytes,
        owner: bytes = ZERO32,
        place: bytes = b"",
        target: bytes = ZERO32,
    ) -> Note:
        return Note(SIGNER[by], self.nonce, self.time, kind, batches, owner, place, target, b"{}")


NAME_OF_SIGNER = {address: name for name, address in SIGNER.items()}


def _one(rng: random.Random, things: list[Thing]) -> Thing | None:
    return rng.choice(things) if things else None
