"""Acknowledged is kept, or is visibly `dead` (promise 1): only when it can never rise again, and with the law that killed it."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import count

import pytest

from ledger.bindings import registries
from ledger.canonical.abi import encode_record_call
from ledger.canonical.typed_data import event_id
from ledger.errors import Refusal, WrongChain
from ledger.events.identifiers import party_id
from ledger.events.model import Custody, Kind, Note, Status
from ledger.recording import NoteDraft, Recorded, RecordRequest, Undertaker, VoidDraft
from ledger.recording.guard import bind, intend
from ledger.signing.signer import LocalSigner
from ledger.store import outbox
from ledger.store.database import unfenced
from tests.crash.ledger_parts import Parts
from tests.devnet_process import DEADLINE
from tests.stranger import MOMENT

NUMBERS = count()


def look(parts: Parts, *, until: str, id: bytes) -> Undertaker:
    """The worker's round, with a clock that skips the pauses between tries, until the event is in this state."""
    undertaker = Undertaker(parts.store, parts.recorder, unfenced, often=2)
    end = time.monotonic() + DEADLINE
    while parts.state(id) != until:
        assert time.monotonic() < end, parts.state(id)
        parts.late += 30
        parts.submitter.step()
        parts.follower.step()
        undertaker.step()
        time.sleep(0.005)
    return undertaker


def suspended(parts: Parts, word: str) -> None:
    parts.council.change(
        (parts.deployment.parties, registries.set_status(party_id(parts.name(word)), Status.SUSPENDED))
    )


def law(parts: Parts, id: bytes) -> str | None:
    row = outbox.find(parts.store.read(), id)
    assert row is not None
    return row.law


def block_time(parts: Parts) -> int:
    block = parts.node.block(parts.node.height())
    assert block is not None
    return block.timestamp


def seen(parts: Parts) -> NoteDraft:
    return NoteDraft(place="urn:nguon:test:pond", occurred_at=MOMENT)


def test_refused_for_good_is_voided_and_dead_with_its_law(parts: Parts) -> None:
    """The party was suspended between the acknowledgement and the block. The Void burns the nonce; then it is dead."""
    id = parts.record(seen(parts))
    suspended(parts, "coop")
    look(parts, until="dead", id=id)
    assert law(parts, id) == "PartySuspended"
    row = outbox.find(parts.store.read(), id)
    assert row is not None
    parts.decided()
    parts.catch_up()
    of_party = [s for s in parts.on_chain() if s.event.signer == row.signed.event.signer]
    assert [Kind(s.event.kind) for s in of_party] == [Kind.VOID], "the Void is there, once, and nothing else"
    assert isinstance(of_party[0].event, Note)

    # It can never rise again: whoever relays it now, the contract refuses it.
    parts.council.change((parts.deployment.parties, registries.set_status(party_id(parts.name("coop")), Status.ACTIVE)))
    error = parts.node.simulate(bytes(19) + b"\7", parts.deployment.ledger, encode_record_call([row.signed]))
    assert error is None, "record() skips"
    parts.submitter.step()
    assert parts.state(id) == "dead"


def test_an_event_whose_signer_ended_is_dead_without_a_void(parts: Parts) -> None:
    id = parts.record(seen(parts))
    row = outbox.find(parts.store.read(), id)
    assert row is not None
    signer = row.signed.event.signer
    end = block_time(parts) + 3
    party = party_id(parts.name("coop"))
    parts.council.change((parts.deployment.parties, registries.set_signer(party, signer, 0, end, Custody.GATEWAY)))
    for number in count():
        if block_time(parts) > end:
            break
        assert number < 100
        parts.council.change((parts.deployment.parties, registries.set_party_profile(party, f'{{"n":{number}}}')))
    look(parts, until="dead", id=id)
    assert law(parts, id) == "SignerNotValid"
    assert not [s for s in parts.on_chain() if s.event.signer == signer]


def test_a_refusal_that_passes_kills_nothing(parts: Parts) -> None:
    """Refused once, and lawful again before it was given up: it is recorded."""
    id = parts.record(seen(parts))
    suspended(parts, "coop")
    undertaker = Undertaker(parts.store, parts.recorder, unfenced, often=100)
    end = time.monotonic() + DEADLINE
    while law(parts, id) is None:
        assert time.monotonic() < end
        parts.submitter.step()
        time.sleep(0.005)
    assert undertaker.step() == 0
    parts.council.change((parts.deployment.parties, registries.set_status(party_id(parts.name("coop")), Status.ACTIVE)))
    look(parts, until="final", id=id)


def external(parts: Parts) -> tuple[LocalSigner, Note]:
    """A second signer of the cooperative, whose key is not here, and what it says."""
    domain = parts.deployment.domain
    signer = LocalSigner(next(NUMBERS).to_bytes(31, "big") + b"\x21", domain)
    change = registries.set_signer(party_id(parts.name("coop")), signer.address, 0, 2**64 - 1, Custody.EXTERNAL)
    parts.council.change((parts.deployment.parties, change))
    parts.catch_up()
    note = Note(signer.address, 7, MOMENT, Kind.OBSERVE, (), bytes(32), b"urn:nguon:test:pond", bytes(32), b"{}")
    return signer, note


def test_one_signed_elsewhere_is_stuck_until_its_signer_voids_it(parts: Parts) -> None:
    signer, note = external(parts)
    signed = signer.sign(note)
    (kept,) = parts.recorder.record(party_id(parts.name("coop")), [RecordRequest(signed)])
    assert isinstance(kept, Recorded)
    suspended(parts, "coop")
    look(parts, until="stuck", id=signed.id)
    assert not [s for s in parts.on_chain() if s.event.signer == signer.address], "nobody here signs for that key"

    parts.record(VoidDraft(occurred_at=MOMENT, signer=signer.address, nonce=7))
    look(parts, until="dead", id=signed.id)
    assert law(parts, signed.id) == "PartySuspended"


def test_a_stuck_one_that_becomes_lawful_is_recorded(parts: Parts) -> None:
    signer, note = external(parts)
    signed = signer.sign(note)
    parts.recorder.record(party_id(parts.name("coop")), [RecordRequest(signed)])
    suspended(parts, "coop")
    look(parts, until="stuck", id=signed.id)
    parts.council.change((parts.deployment.parties, registries.set_status(party_id(parts.name("coop")), Status.ACTIVE)))
    look(parts, until="final", id=signed.id)


def test_the_guard_lets_no_second_event_have_a_nonce(parts: Parts) -> None:
    signer, note = external(parts)
    domain = parts.deployment.domain
    other = replace(note, occurred_at=MOMENT + 1)
    with parts.store.write() as db:
        intend(db, event_id(domain, note), note)
        intend(db, event_id(domain, note), note)
    with pytest.raises(Refusal, match="NonceIntended"), parts.store.write() as db:
        intend(db, event_id(domain, other), other)
    assert signer.address == note.signer


def test_a_database_signs_for_one_ledger(parts: Parts) -> None:
    with parts.store.write() as db:
        bind(db, parts.deployment.domain)
    for other in ({"chain_id": 1}, {"contract": bytes(20)}, {"ledger_id": bytes(32)}):
        with pytest.raises(WrongChain), parts.store.write() as db:
            bind(db, replace(parts.deployment.domain, **other))  # type: ignore[arg-type]
