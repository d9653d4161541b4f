"""One season lived twice, by the model of the law and by the contracts, and everything that must come out the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import coincurve
from chain_side import LEDGER_ID, Call, Chain
from eth_abi.abi import encode
from rules_season import Hand, Season, Step, registered
from season_province import KEYS, NAME, PARTY, SIGNER, CouncilAct

from ledger.bindings.abi import contract
from ledger.canonical.abi import RECORD_SELECTOR, SKIPPED_TOPIC, Skipped, decode_log
from ledger.canonical.body import decode_body, encode_body
from ledger.canonical.heads import Tag, advance, seed
from ledger.canonical.typed_data import Domain, event_id
from ledger.chain.node import Log
from ledger.errors import Refusal
from ledger.events.model import DAY, SHAPE_OF, ZERO32, Event, Kind, LinkRole, Note, Shape, SignedEvent
from ledger.events.rules import Changes
from ledger.events.rules.act import NEVER_HELD
from ledger.signing.signer import ORDER, compact, recover

GROUP = 40
"""Events in one transaction, so that gas never decides."""
BEATS = (*[0] * 16, 1, 60, DAY // 2, DAY)
"""A fifth of the events opens a block."""
TAG = {"batch": Tag.BATCH, "place": Tag.PLACE}
MARKS = {"outside": 1, "commission_only": 2, "moved": 4, "adjusted": 8}


class Divergence(AssertionError):
    """Model and contracts disagree."""


@dataclass
class Tally:
    """What was compared: `verdicts` by law, accepted events by kind."""

    steps: int = 0
    histories: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        rows = "\n".join(f"  {count:>7} {verdict}" for verdict, count in self.verdicts.most_common())
        return f"{self.steps} events in {self.histories} histories had the same verdict on both sides:\n{rows}"


@dataclass(frozen=True)
class Item:
    """An event as it is sent, and what the model says of it: a step, or the skip of what is no event."""

    shape: int
    body: bytes
    signature: bytes
    expected: Step | Refusal | None

    @property
    def verdict(self) -> str:
        if self.expected is None:
            return "no encoding"
        if isinstance(self.expected, Refusal):
            return self.expected.law
        outcome = self.expected.outcome
        return outcome.law if isinstance(outcome, Refusal) else f"accepted: {Kind(self.expected.event.kind).word}"


class SigningHand(Hand):
    """Real ids and signatures; now and then one that no key gives."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    def identify(self, event: Event) -> bytes:
        return event_id(self._domain, event)

    def sign(self, rng: random.Random, id: bytes, by: bytes) -> tuple[bytes, bytes | None]:
        signature = compact(coincurve.PrivateKey(KEYS[by]).sign_recoverable(id, hasher=None))
        if rng.random() < 0.01:
            signature = self._odd(rng, signature)
            return signature, recover(id, signature)
        return signature, by

    def _odd(self, rng: random.Random, signature: bytes) -> bytes:
        """With the largest `s` allowed, one above it, the other parity, no `r` or no `s`."""
        r, vs = signature[:32], int.from_bytes(signature[32:], "big")
        half = ORDER // 2
        changed = rng.choice((half, half + 1, vs ^ 1 << 255, 0, 2**256 - 1))
        return rng.choice((r, r, r, bytes(32), b"\xff" * 32)) + changed.to_bytes(32, "big")


class Differential:
    """`step` lives one seed on both sides; `end` compares all that is left. Raises `Divergence`."""

    def __init__(self, chain: Chain, tally: Tally) -> None:
        chain.begin()
        self.chain = chain
        self.tally = tally
        self.season = Season(registered(), SigningHand(chain.deployment.domain), faults=0.3, beats=BEATS)
        self._queue: list[Item | CouncilAct] = []
        self._queued_at = 0
        self.diverged = False

    def step(self, seed_: int) -> None:
        known = len(self.season.history)
        step = self.season.step(seed_)
        happened = self.season.history[known:]
        if step.time != self._queued_at:
            self.flush()
            self._queued_at = step.time
        for each in happened:
            self._queue.append(self._item(each) if isinstance(each, Step) else each)
        rng = random.Random(seed_ + 1)
        if rng.random() < 0.05:
            self._queue.append(self._rubbish(rng, self._item(step)))

    def flush(self) -> None:
        """The queue becomes a block, and its verdicts are compared."""
        if not self._queue:
            return
        sent = [*self._grouped()]
        self._queue = []
        logs = self.chain.block(self._queued_at, [self._call(each) for each in sent])
        for group, found in zip(sent, logs, strict=True):
            if isinstance(group, list):
                self._compare(group, found)

    def end(self) -> None:
        """The last verdicts, and then the states."""
        if self.diverged:
            return
        self.flush()
        self._compare_states()
        self.tally.histories += 1

    def _grouped(self) -> Iterator[list[Item] | CouncilAct]:
        group: list[Item] = []
        for each in self._queue:
            if isinstance(each, Item):
                group.append(each)
            if group and (not isinstance(each, Item) or len(group) == GROUP):
                yield group
                group = []
            if not isinstance(each, Item):
                yield each
        if group:
            yield group

    def _call(self, what: list[Item] | CouncilAct) -> Call:
        if not isinstance(what, list):
            return self.chain.call_of(what)
        items = [(item.shape, item.body, item.signature[:32], item.signature[32:]) for item in what]
        return self.chain.deployment.ledger, RECORD_SELECTOR + encode(["(uint8,bytes,bytes32,bytes32)[]"], [items])

    def _item(self, step: Step) -> Item:
        return Item(int(SHAPE_OF[type(step.event)]), encode_body(step.event), step.signature, step)

    def _rubbish(self, rng: random.Random, item: Item) -> Item:
        """The same signed event with a wrong shape or with altered bytes, which may be no event or another one."""
        if rng.random() < 0.2:
            shape = rng.choice((0, 4, 255))
            return Item(shape, item.body, item.signature, Refusal("UnknownShape", shape=shape))
        shape = Shape(rng.choice((item.shape, item.shape, item.shape, 1, 2, 3)))
        body = _altered(rng, item.body) if shape == item.shape else item.body
        event = _read(shape, body)
        if event is None:
            return Item(int(shape), body, item.signature, None)
        recovered = recover(self.season.identify(event), item.signature)
        return self._item(self.season.judge(event, item.signature, recovered))

    # -- comparing --------------------------------------------------------------------------------------------------

    def _compare(self, group: list[Item], logs: list[Log]) -> None:
        self._same("number of logs", len(group), len(logs))
        for index, (item, log) in enumerate(zip(group, logs, strict=True)):
            expected = item.expected
            if isinstance(expected, Step) and isinstance(expected.outcome, Changes):
                says: Any = SignedEvent(expected.id, expected.event, item.signature)
                found: Any = decode_log(log.topics, log.data) if log.topics[0] != SKIPPED_TOPIC else self._skip(log)
            else:
                refusal = expected.outcome if isinstance(expected, Step) else expected
                says = (index, expected.id if isinstance(expected, Step) else ZERO32, refusal)
                found = self._skip(log) if log.topics[0] == SKIPPED_TOPIC else decode_log(log.topics, log.data)
            self._same(f"verdict on {expected}", says, found)
            self.tally.steps += 1
            self.tally.verdicts[item.verdict] += 1

    def _skip(self, log: Log) -> tuple[int, bytes, Refusal | None]:
        skipped = decode_log(log.topics, log.data)
        assert isinstance(skipped, Skipped)
        if not skipped.error:
            return skipped.index, skipped.id, None
        named = contract("CustodyLedger").error(skipped.error)
        if named is None:
            raise Divergence(f"the contract's error is none of its own: 0x{skipped.error.hex()}")
        return skipped.index, skipped.id, Refusal(named[0], **named[1])

    def _compare_states(self) -> None:
        expected = [*self._state()]
        found = self.chain.views([view for view, _ in expected])
        for (view, value), answer in zip(expected, found, strict=True):
            self._same(f"{view[1]}{tuple(_shown(part) for part in view[2])}", value, answer)

    def _state(self) -> Iterator[tuple[tuple[str, str, tuple[Any, ...]], Any]]:
        """Every view of the contracts with what the model says it must answer."""
        view, base = self.season.view, self.season.base
        for id, b in view.batches.items():
            marks = sum(bit for name, bit in MARKS.items() if getattr(b, name)) + (int(b.recalled) << 4)
            product, origin = base.products[b.product].number, base.parties[b.origin].number
            yield ("ledger", "batches", (id,)), (product, origin, b.open_until, b.items, marks)
            for party in NAME:
                held = view.holding(id, party) or NEVER_HELD
                yield ("ledger", "holdingOf", (id, party)), (held.quantity, held.sold, held.ever_held)
        for (id, batch), s in view.shipments.items():
            numbers = base.parties[s.sender].number, base.parties[s.receiver].number
            yield ("ledger", "shipmentOf", (id, batch)), (s.open, *numbers)
        for signer, nonce in self._nonces():
            yield ("ledger", "nonceUsed", ("0x" + signer.hex(), nonce)), view.nonce_used(signer, nonce)
        heads, ledger_head = self._heads()
        for subject, head in heads.items():
            yield ("ledger", "headOf", (subject,)), head
        yield ("ledger", "ledgerHead", ()), ledger_head
        yield ("ledger", "count", ()), len(self.season.accepted)
        for registry, tag in (("parties", Tag.PARTIES), ("products", Tag.PRODUCTS)):
            yield (registry, "head", ()), self.chain.registry_heads[tag]
        for id, p in base.parties.items():
            yield ("parties", "partyOf", (id,)), (p.number, int(p.status), int(p.roles))

    def _nonces(self) -> set[tuple[bytes, int]]:
        """Of every event, refused ones too, and of what Voids name, each for its signer and one more."""
        named = {(step.event.signer, step.event.nonce) for step in self.season.steps}
        voids = [step.event for step in self.season.steps if isinstance(step.event, Note)]
        named |= {(void.target[:20], int.from_bytes(void.target[20:], "big")) for void in voids}
        return named | {(SIGNER["lab"], nonce) for _, nonce in named}

    def _heads(self) -> tuple[dict[bytes, bytes], bytes]:
        heads: dict[bytes, bytes] = {}
        ledger_head = seed(Tag.LEDGER, LEDGER_ID)
        for step, changes in self.season.accepted:
            for kind, subject, role in changes.links:
                before = heads.get(subject) or seed(TAG[kind], LEDGER_ID, subject)
                heads[subject] = advance(before, step.event.kind, role, step.id)
            ledger_head = advance(ledger_head, step.event.kind, LinkRole.RECORDED, step.id)
        return heads, ledger_head

    def _same(self, what: str, model: object, chain: object) -> None:
        if model != chain:
            self.diverged = True
            raise Divergence(f"{what}\n  the model says    {model}\n  the contracts say {chain}")


def _altered(rng: random.Random, body: bytes) -> bytes:
    """One word changed, bytes cut off or added, or two words swapped."""
    words = [body[place : place + 32] for place in range(0, len(body), 32)]
    place = rng.randrange(len(words))
    match rng.randrange(6):
        case 0:
            return body[: rng.randrange(len(body))]
        case 1:
            return body + bytes(rng.choice((1, 32)))
        case 2:
            other = rng.randrange(len(words))
            words[place], words[other] = words[other], words[place]
        case 3:
            words[place] = rng.choice((bytes(32), b"\xff" * 32, bytes(31) + b"\x01", b"\x01" + bytes(31)))
        case 4:
            moved = int.from_bytes(words[place], "big") + rng.choice((-32, -1, 1, 32))
            words[place] = (moved % 2**256).to_bytes(32, "big")
        case _:
            spot = rng.randrange(len(words[place]))
            words[place] = (
                words[place][:spot] + bytes((words[place][spot] ^ 1 << rng.randrange(8),)) + words[place][spot + 1 :]
            )
    return b"".join(words)


def _read(shape: Shape, body: bytes) -> Event | None:
    """The event whose one encoding this is."""
    try:
        event = decode_body(shape, body)
        return event if encode_body(event) == body else None
    except Refusal:
        return None


def _shown(value: Any) -> Any:
    return f"0x{value.hex()}" if isinstance(value, bytes) else value


assert set(PARTY.values()) == set(NAME)
