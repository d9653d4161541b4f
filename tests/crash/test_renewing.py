"""Promise: a party's key is followed by another whatever moment the process dies at: asked again it is finished, with no number
signed for twice, and no event that was acknowledged under the old key dies of it. The oracle reads the node."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest

from ledger.bindings import registries
from ledger.bindings.deployments import Deployment
from ledger.errors import Refusal
from ledger.events.identifiers import party_id
from ledger.events.model import FOREVER, Custody
from ledger.recording import NoteDraft
from ledger.recording.keyring import CAPTURE_MARGIN, KeyHere, keys_here
from ledger.recording.renewing import END_AFTER, Signed
from ledger.store import outbox
from tests.crash.dying import died, dying_renewal
from tests.crash.ledger_parts import Parts

THEN = 1_700_000_000
NUMBERS = count()
pytestmark = pytest.mark.xdist_group("renewing")  # they share a chain and a party

# moment of death → whether the new key is there, is admitted, and the old one is ended, when the index has followed
MOMENTS: dict[str, tuple[bool, bool | None, bool]] = {
    "before the key commits": (False, False, False),
    "after the key commits": (True, False, False),
    "after the signed admission commits": (True, False, False),
    "after the admission's submission commits": (True, False, False),
    "after the send": (True, None, False),  # the block may be made by now, or not
    "after the receipt": (True, True, False),
    "after the admission is on the chain": (True, True, False),
    "after the signed end commits": (True, True, False),
    "after the end's submission commits": (True, True, False),
    "after the end is on the chain": (True, True, True),
}


@pytest.fixture(scope="module")
def shared(ground: tuple[str, Deployment], tmp_path_factory: pytest.TempPathFactory) -> Parts:
    folder = tmp_path_factory.mktemp("shared") / "data"
    Parts.prepare(folder, ground[1])
    made = Parts(folder, ground[0])
    made.populate()
    return made


def seen(parts: Parts) -> bytes:
    """An event of the cooperative, acknowledged."""
    return parts.record(NoteDraft(place=f"urn:nguon:test:pond:{next(NUMBERS)}", occurred_at=THEN))


def keys(parts: Parts) -> list[KeyHere]:
    return list(keys_here(parts.store.read(), party_id(parts.name("coop"))))


def signer(parts: Parts, id: bytes) -> bytes:
    row = outbox.find(parts.store.read(), id)
    assert row is not None
    return row.signed.event.signer


def rotations(parts: Parts) -> int:
    return registries.rotations_of(parts.node, parts.deployment.parties, party_id(parts.name("coop")))


def wanted(parts: Parts, key: bytes) -> Signed:
    step = parts.renewals.next(party_id(parts.name("coop")), key, lambda _: parts.catch_up())
    assert isinstance(step, Signed)
    return step


def time_of(parts: Parts) -> int:
    """The chain's."""
    return int(parts.store.read().execute("SELECT time FROM cursor").fetchone()["time"])


def once(parts: Parts, ids: list[bytes]) -> None:
    parts.settle(*ids)
    found = Counter(signed.id for signed in parts.on_chain())
    assert [found[id] for id in ids] == [1] * len(ids)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at(moment: str, shared: Parts) -> None:
    """What the table in ledger/recording/renewing.py says, and that asking again finishes it with just two changes."""
    made, admitted, ended = MOMENTS[moment]
    old, number, before = keys(shared)[0], rotations(shared), len(keys(shared))
    ids = [seen(shared)]
    died(dying_renewal, shared.folder, shared.rpc, moment)

    again = Parts(shared.folder, shared.rpc)
    again.catch_up()
    found = keys(again)
    assert len(found) == before + made
    new = found[0]
    if made and admitted is not None:
        assert (new.valid_to == FOREVER) == admitted
    assert (next(key for key in found if key.address == old.address).valid_to != FOREVER) == ended
    ids.append(seen(again))
    assert signer(again, ids[-1]) == (new if new.valid_to == FOREVER else old).address

    again.settle(*ids)
    key, standing = again.renew()
    if ended:  # it was finished, so another one was begun
        number, before = number + 2, before + 1
    assert standing.finished and key == keys(again)[0].address and len(keys(again)) == before + 1
    ids.append(seen(again))
    assert [signer(again, id) for id in (ids[0], ids[-1])] == [old.address, key]
    once(again, ids)
    assert rotations(again) == number + 2, "no change was made twice"
    signed = again.store.read().execute("SELECT rotation FROM rotations WHERE rotation >= ?", (number,)).fetchall()
    assert sorted(row["rotation"] for row in signed) == [number, number + 1], "no number was signed for twice"


def test_the_old_key_stands_while_an_event_of_it_is_on_its_way(parts: Parts) -> None:
    """Its time never runs out under an event; and whoever asks is told what it waits for."""
    waiting = seen(parts)
    old = keys(parts)[0].address
    key, standing = parts.renew(seconds=0)
    assert (standing.old, standing.pending, standing.finished) == ((old,), 1, False)
    assert [each.valid_to for each in keys(parts)] == [FOREVER, FOREVER]
    assert signer(parts, seen(parts)) == key, "the new one signs meanwhile"
    parts.settle(waiting)
    again, standing = parts.renew()
    assert again == key and standing.finished
    end = next(each.valid_to for each in keys(parts) if each.address == old)
    assert end is not None and time_of(parts) + CAPTURE_MARGIN < end <= time_of(parts) + END_AFTER + CAPTURE_MARGIN
    assert parts.renew()[0] != key, "a finished one is not gone on with"


def test_the_same_bytes_are_given_again_until_their_time_has_passed(parts: Parts) -> None:
    """The chain may be away for longer than the end that was signed: then a later one is signed, under the same number."""
    key = parts.renewals.begin(party_id(parts.name("coop")))
    admission = wanted(parts, key)
    assert wanted(parts, key) == admission
    parts.council.relay(parts.deployment.parties, registries.rotate(admission.change, admission.signature))
    end = wanted(parts, key)
    assert wanted(parts, key) == end and end.change.rotation == admission.change.rotation + 1
    parts.renewals._clock = lambda: end.change.valid_to + 1.0
    later = wanted(parts, key)
    assert later.change == end.change._replace(valid_to=end.change.valid_to + 1 + END_AFTER)
    assert parts.renew()[1].finished


def test_a_party_all_of_whose_keys_here_have_ended_gets_a_new_one_from_the_council(parts: Parts) -> None:
    """So it is with a database from before a renewal: it has only the key that ended."""
    party, registry = party_id(parts.name("coop")), parts.deployment.parties
    old, soon = keys(parts)[0], time_of(parts) + CAPTURE_MARGIN - 10
    parts.council.change((registry, registries.set_signer(party, old.address, 0, soon, Custody.GATEWAY)))
    parts.catch_up()
    with pytest.raises(Refusal, match="SignerNotValid"):
        parts.renew()
    new = parts.keyring.address(party)
    assert new != old.address
    parts.council.change((registry, registries.set_signer(party, new, 0, FOREVER, Custody.GATEWAY)))
    parts.catch_up()
    assert signer(parts, seen(parts)) == new


def test_a_suspended_party_is_told_so_and_a_stranger_has_no_key_here(parts: Parts) -> None:
    party, registry = party_id(parts.name("coop")), parts.deployment.parties
    parts.council.change((registry, registries.set_status(party, 2)))
    parts.catch_up()
    with pytest.raises(Refusal, match="PartySuspended"):
        parts.renew()
    parts.council.change((registry, registries.set_status(party, 1)))
    parts.catch_up()
    assert parts.renew()[1].finished
    with pytest.raises(Refusal, match="NoKeyHere"):
        parts.renew("nobody")
