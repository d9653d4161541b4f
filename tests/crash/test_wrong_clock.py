"""A clock that is a day wrong, or jumps, breaks no promise (reference/reliability.md, F13): what is acknowledged is recorded once,
at the latest when its time has come on the chain, and nothing stands still for a day."""

from __future__ import annotations

from itertools import count

import pytest

from ledger.canonical.abi import Skipped, decode_log
from ledger.chain.clock import ChainClock
from ledger.errors import Refusal
from ledger.events.identifiers import party_id
from ledger.events.model import Kind
from ledger.projection.follower import Follower
from ledger.recording import Draft, MakeDraft, NoteDraft, Outcome, OutputDraft, Recorder, RecordRequest, Undertaker
from ledger.store.database import unfenced
from tests.crash.ledger_parts import Parts
from tests.crash.test_write_path import strange
from tests.devnet_process import eventually

DAY = 86_400
NUMBERS = count()


def chain_time(parts: Parts) -> int:
    parts.catch_up()
    position = parts.follower.position()
    assert position is not None
    return position.time


def seen(parts: Parts, occurred_at: int) -> NoteDraft:
    return NoteDraft(place=f"urn:nguon:test:pond:{next(NUMBERS)}", occurred_at=occurred_at)


def asked(parts: Parts, draft: Draft, recorder: Recorder | None = None) -> Outcome:
    (outcome,) = (recorder or parts.recorder).record(party_id(parts.name("coop")), [RecordRequest(draft)])
    return outcome


def skips(parts: Parts, id: bytes) -> int:
    logs = parts.node.logs((parts.deployment.ledger,), parts.deployment.start, parts.node.height())
    said = [decode_log(log.topics, log.data) for log in logs]
    return sum(isinstance(each, Skipped) and each.id == id for each in said)


def test_acknowledged_by_a_clock_that_is_ahead(parts: Parts) -> None:
    """Its time has not come on the chain: it is refused there, again and again, and neither voided nor dead. Then it is final,
    once. `often=1`: the undertaker would give it up at the first refusal."""
    parts.wrong = DAY
    id = parts.record(seen(parts, chain_time(parts) + 8))
    undertaker = Undertaker(parts.store, parts.recorder, unfenced, often=1)
    parts.wrong = 0

    def refused() -> bool:
        parts.submitter.step()
        parts.catch_up()
        assert undertaker.step() == 0
        parts.late += 1
        return skips(parts, id) >= 2

    eventually(refused, "the chain refuses it twice")
    assert parts.state(id) in ("accepted", "signed", "submitted", "mined")

    def final() -> bool:
        refused()
        strangers = parts.record(seen(parts, 1_700_000_000))  # each makes a block, and a block takes a second
        parts.settle(strangers)
        return parts.state(id) == "final"

    eventually(final, "its time comes")
    assert [signed.id for signed in parts.on_chain()].count(id) == 1


@pytest.mark.parametrize("wrong", [DAY, -DAY])
def test_a_follower_that_saw_a_new_block_sets_the_clock_right(wrong: int, parts: Parts) -> None:
    """With a clock a day ahead, what has not happened yet is refused at the door; a day behind, what just happened is not."""
    parts.wrong = wrong
    clock = ChainClock(own=parts.capture_clock)
    recorder = Recorder(parts.store, parts.deployment.domain, parts.keyring, clock.now)
    follower = Follower(parts.store, parts.node, parts.deployment, fresh=clock.seen)
    assert follower.step() == 0
    parts.wrong = 0
    before = asked(parts, seen(parts, 1_700_000_000))
    parts.wrong = wrong
    assert not isinstance(before, Refusal)
    position = follower.position()

    def moved() -> bool:
        parts.submitter.step()
        follower.step()
        return follower.position() != position

    eventually(moved, "a block comes")
    now = follower.position()
    assert now is not None
    assert abs(clock.now() - now.time) < 60
    assert isinstance(asked(parts, seen(parts, now.time + 3_600), recorder), Refusal)
    assert not isinstance(asked(parts, seen(parts, now.time), recorder), Refusal)


def test_a_clock_that_is_behind_acknowledges_nothing_that_is_over(parts: Parts) -> None:
    """A day behind, a batch that closed an hour ago by the chain's time would look open."""
    now = chain_time(parts)

    def make(lot: str, open_until: int) -> MakeDraft:
        output = OutputDraft(parts.name("crab"), lot, 100, open_until)
        return MakeDraft(kind=Kind.COMMISSION, outputs=(output,), occurred_at=1_700_000_000)

    parts.settle(parts.record(make("OPEN", now + 90)))
    while chain_time(parts) < now + 90:
        strange(parts, bytes(31) + b"\x09", bytes(20), b"")  # a block, and with it a second
    parts.wrong = -DAY
    outcome = asked(parts, make("OPEN", 0))
    assert isinstance(outcome, Refusal) and outcome.law == "BatchClosed", outcome


def test_a_clock_that_is_put_back_stops_no_retry(parts: Parts) -> None:
    """What is to be tried in a minute is not to be tried in a day."""
    parts.late = DAY
    id = parts.record(seen(parts, 1_700_000_000))
    with parts.store.write() as db:
        db.execute("UPDATE outbox SET attempts = 1, next_try = ? WHERE id = ?", (parts.clock() + 60, id))
    assert parts.submitter.step().signed == 0, "its time has not come"
    parts.late = 0
    assert parts.submitter.step().signed == 1
    parts.settle(id)


def test_a_clock_that_is_put_back_hides_no_displaced_transaction(parts: Parts) -> None:
    """A receipt that is missing at a used nonce is missed for two seconds, not for a day."""
    id = parts.record(seen(parts, 1_700_000_000))
    parts.node.deaf = True
    parts.submitter.step()
    strange(parts, parts.relayer, bytes(20), b"")
    parts.node.deaf = False
    for late, state in ((DAY, "signed"), (0, "signed"), (3, "accepted")):
        parts.late = late
        parts.submitter.step()
        assert parts.state(id) == state
    parts.late = 10
    parts.settle(id)
