"""Promise: what people enter waits as they entered it and is signed once, in that order; until then it can be taken back or
replaced, and never after (ledger/recording/waiting.py). On a real database; no chain is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from ledger.canonical.body import decode_body
from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal
from ledger.events.identifiers import party_id, product_id
from ledger.events.model import FOREVER, Custody, Kind, Make, Move, Role, Shape, Unit
from ledger.recording import BatchName, Draft, Keyring, MakeDraft, MoveDraft, OutputDraft, Recorder, Waiting
from ledger.recording.recorder import Outcome, RecordRequest, Within
from ledger.recording.rewrapping import ready
from ledger.recording.waiting import GRACE
from ledger.store import outbox
from ledger.store.database import Store

COOP, SHOP, CRAB = "urn:nguon:test:coop", "urn:nguon:test:shop", "urn:nguon:test:crab"
NOW = 1_800_000_000
DOMAIN = Domain(31_337, b"\5" * 20, b"\6" * 32)


class Between(Recorder):
    """A recorder at whose door something else happens first, as in another thread or another worker."""

    comes = staticmethod(lambda: None)

    def record(self, party: bytes, requests: list[RecordRequest], within: Within | None = None) -> list[Outcome]:
        comes, self.comes = self.comes, staticmethod(lambda: None)
        comes()
        return super().record(party, requests, within)


@dataclass
class World:
    store: Store
    time: float = float(NOW)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        def now() -> float:
            return self.time

        keyring = Keyring(self.store, ready(self.store, self.store.path.parent), DOMAIN)
        self.recorder = Between(self.store, DOMAIN, keyring, now)
        self.waiting = Waiting(self.store, DOMAIN, self.recorder, now)
        self.coop = party_id(COOP)
        with self.store.write() as db:
            for number, uri in enumerate((COOP, SHOP), 1):
                db.execute(
                    "INSERT INTO parties VALUES (?, ?, ?, 1, ?, '{}')", (party_id(uri), number, uri, Role.PRODUCER)
                )
            product = (product_id(CRAB), 1, CRAB, Unit.GRAM, 0, self.coop, 0, "{}")
            db.execute("INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?, ?)", product)
        for uri in (COOP, SHOP):
            key = keyring.address(party_id(uri))
            with self.store.write() as db:
                signer = (key, party_id(uri), "0", str(FOREVER), Custody.GATEWAY)
                db.execute("INSERT INTO signers VALUES (?, ?, ?, ?, ?)", signer)

    def keep(self, *drafts: Draft) -> str:
        id = f"{next(self.numbers):032x}"
        self.waiting.keep(self.coop, "lan", id, drafts)
        return id

    def replace(self, old: str, *drafts: Draft) -> str:
        id = f"{next(self.numbers):032x}"
        self.waiting.replace(self.coop, "lan", old, id, drafts)
        return id

    def waits(self) -> list[str]:
        return [row.id for row, _ in self.waiting.of(self.coop)]

    def signed(self) -> list[tuple[Kind, int]]:
        """Kind and quantity of all that is signed, in order."""
        told = []
        for row in outbox.pending(self.store.read()):
            event = decode_body(Shape(row.shape), row.body)
            assert isinstance(event, Make | Move)
            quantity = event.outputs[0].quantity if isinstance(event, Make) else event.quantity
            told.append((Kind(event.kind), quantity))
        return told


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(Store(tmp_path / "nguon.db"))
    yield made
    made.store.close()


def caught(quantity: int, lot: str = "L") -> MakeDraft:
    return MakeDraft(
        kind=Kind.COMMISSION, outputs=(OutputDraft(CRAB, lot, quantity, NOW + 86_400),), occurred_at=NOW - 9
    )


def shipped(quantity: int, lot: str = "L") -> MoveDraft:
    goods = BatchName(product=CRAB, lot=lot, origin=COOP)
    return MoveDraft(kind=Kind.SHIP, batch=goods, quantity=quantity, to=SHOP, occurred_at=NOW - 9)


def test_what_is_entered_waits_its_time_and_is_signed_in_the_order_in_which_it_was_entered(world: World) -> None:
    first = world.keep(caught(1_000))
    world.time += 60
    second = world.keep(shipped(400))
    assert world.waits() == [first, second] and world.signed() == []
    world.time = NOW + GRACE - 1
    assert world.waiting.step() == 0
    world.time = NOW + GRACE
    assert world.waiting.step() == 1 and world.waits() == [second]
    world.time += 60
    assert world.waiting.step() == 1
    assert world.signed() == [(Kind.COMMISSION, 1_000), (Kind.SHIP, 400)] and world.waits() == []


def test_what_is_due_brings_what_was_entered_before_it(world: World) -> None:
    """A recall is signed at once, and what it may build on before it."""
    world.keep(caught(1_000))
    world.waiting.keep(world.coop, "lan", "f" * 32, [shipped(400)], grace=0)
    assert world.waiting.step() == 2
    assert [kind for kind, _ in world.signed()] == [Kind.COMMISSION, Kind.SHIP]


def test_one_that_is_signed_now_brings_what_was_entered_before_it_and_not_what_came_later(world: World) -> None:
    ids = [world.keep(caught(1_000, lot)) for lot in ("A", "B", "C")]
    assert len(world.waiting.sign(world.coop, ids[1])) == 1
    assert len(world.signed()) == 2 and world.waits() == [ids[2]]


def test_the_same_id_again_is_the_same_entry(world: World) -> None:
    for quantity in (1_000, 7):
        row = world.waiting.keep(world.coop, "lan", "a" * 32, [caught(quantity)])
        assert row.told.count("1000") == 1
    old = "a" * 32
    for quantity in (500, 7):
        row = world.waiting.replace(world.coop, "lan", old, "b" * 32, [caught(quantity)])
        assert (row.id, row.told.count('"quantity":500')) == ("b" * 32, 1)
    assert world.waits() == ["b" * 32]


def test_an_old_page_that_is_sent_again_enters_nothing_twice(world: World) -> None:
    old, signed = world.keep(caught(5, "M")), world.keep(caught(1_000))
    world.waiting.sign(world.coop, signed)
    for act in (
        lambda: world.waiting.keep(world.coop, "lan", signed, [caught(1_000)]),
        lambda: world.waiting.replace(world.coop, "lan", old, signed, [caught(1_000)]),
    ):
        with pytest.raises(Refusal, match="DraftGone"):
            act()
    assert world.waits() == [] and len(world.signed()) == 2


def test_what_the_law_refuses_is_not_kept_and_what_it_should_have_replaced_waits_on(world: World) -> None:
    old = world.keep(caught(1_000))
    for act in (lambda: world.keep(shipped(1_001)), lambda: world.replace(old, shipped(5))):
        with pytest.raises(Refusal):
            act()
    assert world.waits() == [old]


def test_one_takes_anothers_place_before_what_builds_on_it(world: World) -> None:
    old = world.keep(caught(1_000))
    later = world.keep(shipped(100))
    world.time += 300
    new = world.replace(old, caught(100))
    assert world.waits() == [new, later]
    world.time = NOW + GRACE
    assert world.waiting.step() == 2, "what builds on it is due, and brings it"
    assert world.signed() == [(Kind.COMMISSION, 100), (Kind.SHIP, 100)]


def test_nothing_is_pulled_away_from_under_what_was_entered_later(world: World) -> None:
    old = world.keep(caught(1_000))
    later = world.keep(shipped(100))
    with pytest.raises(Refusal, match="DraftBuiltOn"):
        world.replace(old, caught(99))
    with pytest.raises(Refusal, match="DraftBuiltOn"):
        world.waiting.take_back(world.coop, "lan", old)
    world.waiting.take_back(world.coop, "lan", later)
    world.waiting.take_back(world.coop, "lan", old)
    assert world.waits() == []


def test_under_the_id_of_anothers_entry_nothing_is_kept_and_it_is_said_so(world: World) -> None:
    """An entry that would be answered as kept, and is not there, is lost."""
    theirs = world.keep(caught(10))
    with pytest.raises(Refusal, match="DraftGone"):
        world.waiting.keep(party_id(SHOP), "hoa", theirs, [caught(5)])
    assert world.waiting.of(party_id(SHOP)) == [] and world.waits() == [theirs]
    assert world.waiting.knows(world.coop, theirs) and not world.waiting.knows(party_id(SHOP), theirs)
    world.waiting.sign(world.coop, theirs)
    assert world.waiting.knows(world.coop, theirs) and not world.waiting.knows(party_id(SHOP), theirs)


def test_what_is_signed_or_taken_back_or_anothers_is_gone(world: World) -> None:
    signed, back, others = (world.keep(caught(1, lot)) for lot in "ABC")
    world.waiting.sign(world.coop, signed)
    world.waiting.take_back(world.coop, "lan", back)
    shop = party_id(SHOP)
    for party, id in ((world.coop, signed), (world.coop, back), (shop, others), (world.coop, "0" * 31)):
        for act in (
            lambda party=party, id=id: world.waiting.take_back(party, "lan", id),
            lambda party=party, id=id: world.waiting.sign(party, id),
            lambda party=party, id=id: world.waiting.replace(party, "lan", id, "e" * 32, [caught(2, "D")]),
        ):
            with pytest.raises(Refusal, match="DraftGone"):
                act()
    assert world.waits() == [others] and len(world.signed()) == 1


def test_what_another_party_asks_for_is_agreed_to_or_not_and_never_changed(world: World) -> None:
    world.waiting.sign(world.coop, world.keep(caught(1_000)))
    world.waiting.ask(party_id(SHOP), "tu", world.coop, "c" * 32, shipped(70))
    world.time += 10 * GRACE
    assert world.waiting.step() == 0, "nobody of the cooperative has said yes"
    with pytest.raises(Refusal, match="DraftGone"):
        world.replace("c" * 32, shipped(7))
    world.waiting.agree(world.coop, "lan", "c" * 32)
    assert world.signed() == [(Kind.COMMISSION, 1_000), (Kind.SHIP, 70), (Kind.RECEIVE, 70)], (
        "the asker has said what it weighed"
    )


@pytest.mark.parametrize("how", ["take_back", "replace"])
def test_whoever_comes_while_it_is_being_signed_wins_or_loses_whole(world: World, how: str) -> None:
    """The leader has read it as due; a finger is a moment faster, and is told that it was in time: so it was."""
    id = world.keep(caught(1_000))
    act = {
        "take_back": lambda: world.waiting.take_back(world.coop, "lan", id),
        "replace": lambda: world.waiting.replace(world.coop, "lan", id, "d" * 32, [caught(100)]),
    }[how]
    world.recorder.comes = act  # type: ignore[method-assign]
    world.time += GRACE
    world.waiting.step()
    assert world.signed() == []
    world.time += GRACE
    world.waiting.step()
    assert world.signed() == ([] if how == "take_back" else [(Kind.COMMISSION, 100)])


def test_two_who_sign_it_at_once_sign_it_once(world: World) -> None:
    id = world.keep(caught(1_000))
    world.recorder.comes = lambda: world.waiting.sign(world.coop, id)  # type: ignore[method-assign]
    assert len(world.waiting.sign(world.coop, id)) == 1
    assert world.signed() == [(Kind.COMMISSION, 1_000)] and world.waits() == []


def test_of_what_goes_together_the_refused_part_waits_on_alone(world: World) -> None:
    """Whoever changes it or takes it back then does so with what was not signed, and with nothing else."""
    world.waiting.sign(world.coop, world.keep(caught(1_000)))
    id = world.keep(shipped(100), caught(5, "M"), shipped(300))
    world.recorder.record(world.coop, [RecordRequest(shipped(800))])  # by the API, meanwhile
    with pytest.raises(Refusal, match="MoreThanHeld"):
        world.waiting.sign(world.coop, id)
    ((row, left),) = world.waiting.of(world.coop)
    assert (row.law, [each.kind for each in left]) == ("MoreThanHeld", [Kind.SHIP]) and left[0] == shipped(300)
    with pytest.raises(Refusal, match="MoreThanHeld"):
        world.waiting.sign(world.coop, id)
    world.time += GRACE
    assert world.waiting.step() == 0, "it waits for somebody to look at it"
    new = world.replace(id, shipped(100))
    world.waiting.sign(world.coop, new)
    assert [quantity for _, quantity in world.signed()] == [1_000, 800, 100, 5, 100]


def test_every_step_stands_in_the_audit_log(world: World) -> None:
    new = world.replace(world.keep(caught(1)), caught(2))
    world.waiting.take_back(world.coop, "lan", new)
    world.waiting.sign(world.coop, world.keep(caught(3)))
    said = [
        row["action"]
        for row in world.store.read().execute("SELECT action FROM audit_log WHERE object LIKE 'drafts/%' ORDER BY seq")
    ]
    assert said == ["draft kept", "draft replaced", "draft kept", "draft taken back", "draft kept", "draft signed"]
