"""Acknowledged is kept (promise 1), on the way from a draft to the chain: whatever moment the process dies at, whoever else
uses the relayer's key or relays the event, it is on the chain once. The oracle reads the node's logs, not our tables."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from devnet.keys import worthless

from ledger.bindings import registries
from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import encode_record_call
from ledger.canonical.body import encode_body
from ledger.chain.node import Node
from ledger.chain.transactions import address_of, sign_transaction
from ledger.errors import ChainError, Refusal, WrongChain
from ledger.events.identifiers import party_id
from ledger.events.model import SHAPE_OF, Input, Kind, Make, Move, Note, Output
from ledger.projection.follower import Follower
from ledger.recording import BatchName, Draft, MakeDraft, MoveDraft, NoteDraft, OutputDraft, RecallDraft, VoidDraft
from ledger.store import outbox
from ledger.submit.grouping import MOST_BYTES, MOST_GAS, call_bytes, gas_bound, split
from tests.crash.dying import died, dying, dying_change
from tests.crash.ledger_parts import Parts
from tests.devnet_process import CHAIN_ID, devnet

THEN = 1_700_000_000  # when things happened
NUMBERS = count()
pytestmark = pytest.mark.xdist_group("write path")  # they share a chain
NONCE_WORD = 17_100  # what the first nonce of a word costs more than the next

# moment of death → acknowledged then?, the event's state on disk, its submission's
MOMENTS: dict[str, tuple[bool, str | None, str | None]] = {
    "before the event commits": (False, None, None),
    "after the event commits": (False, "accepted", None),
    "before the submission commits": (True, "accepted", None),
    "after the submission commits": (True, "signed", "signed"),
    "after the send": (True, "signed", "signed"),
    "after the receipt": (True, "submitted", "signed"),
    "before the decision commits": (True, "submitted", "signed"),
    "after the decision commits": (True, "mined", "mined"),
    "before the follower commits": (True, "mined", "mined"),
    "after the follower commits": (True, "final", "mined"),
}


@pytest.fixture(scope="module")
def shared(ground: tuple[str, Deployment], tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return populated(tmp_path_factory.mktemp("shared") / "data", ground)


def populated(folder: Path, ground: tuple[str, Deployment], **more: Any) -> Parts:
    Parts.prepare(folder, ground[1])
    made = Parts(folder, ground[0], **more)
    made.populate()
    return made


def commission(parts: Parts, lot: str | None = None, quantity: int = 1_000, **more: Any) -> MakeDraft:
    output = OutputDraft(parts.name("crab"), lot or f"L{next(NUMBERS)}", quantity, more.pop("open_until", 0))
    return MakeDraft(kind=Kind.COMMISSION, outputs=(output,), occurred_at=THEN, **more)


def ship(parts: Parts, lot: str, quantity: int = 10) -> MoveDraft:
    batch = BatchName(product=parts.name("crab"), lot=lot)
    return MoveDraft(kind=Kind.SHIP, batch=batch, quantity=quantity, to=parts.name("shop"), occurred_at=THEN)


def observe(parts: Parts, lot: str | None = None, **more: Any) -> NoteDraft:
    if lot is None:
        return NoteDraft(place="urn:nguon:test:pond", occurred_at=THEN, **more)
    return NoteDraft(batch=BatchName(product=parts.name("crab"), lot=lot), occurred_at=THEN, **more)


def of_shape(parts: Parts, shape: str) -> Draft:
    if shape == "Make":
        return commission(parts)
    if shape == "Note":
        return observe(parts)
    lot = f"L{next(NUMBERS)}"
    parts.settle(parts.record(commission(parts, lot)))
    parts.decided()
    return ship(parts, lot)


def once(parts: Parts, *ids: bytes) -> None:
    """Each is on the chain once, nothing of this folder's parties is there besides what it keeps, and the heads agree."""
    parts.catch_up()
    found = [signed.id for signed in parts.on_chain()]
    assert [found.count(id) for id in ids] == [1] * len(ids)
    assert len(found) == len(set(found))
    rows = parts.store.read().execute("SELECT id FROM outbox").fetchall()
    signers = {parts.keyring.address(party_id(parts.name(word))) for word in ("coop", "shop")}
    assert {s.id for s in parts.on_chain() if s.event.signer in signers} <= {row["id"] for row in rows}
    ledger = contract("CustodyLedger")
    (head,) = ledger.result("ledgerHead", parts.node.call(parts.deployment.ledger, ledger.call("ledgerHead")))
    kept = parts.store.read().execute("SELECT head FROM heads WHERE subject = ?", (b"ledger",)).fetchone()
    assert kept["head"] == head


@pytest.mark.parametrize("shape", ["Make", "Move", "Note"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at(moment: str, shape: str, shared: Parts) -> None:
    """What stands on disk after the kill, that the client's repeat finds the acknowledged event, and that it comes to be
    on the chain once."""
    parts, draft = shared, of_shape(shared, shape)
    noted, key = parts.folder / "acknowledged", f"key {next(NUMBERS)}"
    noted.unlink(missing_ok=True)
    died(dying, parts.folder, parts.rpc, moment, draft, key)

    acknowledged, state, submission = MOMENTS[moment]
    sql = (
        "SELECT o.id, o.state, s.state AS submission FROM idempotency i JOIN outbox o ON o.id = i.response"
        " LEFT JOIN submissions s ON s.seq = o.submission WHERE i.key = ?"
    )
    row = parts.store.read().execute(sql, (key,)).fetchone()
    assert (row and (row["state"], row["submission"])) == (state and (state, submission))
    assert noted.exists() == acknowledged

    again = Parts(parts.folder, parts.rpc)
    id = again.record(draft, key=key)
    if acknowledged:
        assert noted.read_bytes() == id
    if row:
        assert row["id"] == id
    again.settle(id)
    again.decided()
    once(again, id)


@pytest.mark.parametrize("moment", ["before the change commits", "after the change commits", "after the send"])
def test_a_registry_change_killed_at(moment: str, parts: Parts) -> None:
    """The next process brings it to its end before anybody asks the index, so that a repeated admission finds it done."""
    uri = parts.name("late")
    died(dying_change, parts.folder, parts.rpc, moment, uri)
    again = Parts(parts.folder, parts.rpc)
    again.council.finish()
    again.catch_up()
    known = again.store.read().execute("SELECT 1 FROM parties WHERE uri = ?", (uri,)).fetchone()
    change = (again.deployment.parties, registries.admit(uri, 1, "{}"))
    if moment == "before the change commits":
        assert known is None
        assert again.council.change(change)
    else:
        assert known is not None
        with pytest.raises(Refusal, match="AlreadyRegistered"):
            again.council.change(change)


def test_a_registry_change_whose_nonce_another_took(parts: Parts) -> None:
    """The council's key was used elsewhere: the change is given up and said so, and the next one goes through."""
    parts.node.deaf = True
    key = worthless("council", CHAIN_ID)
    registry, change = parts.deployment.parties, registries.admit(parts.name("late"), 1, "{}")
    died(dying_change, parts.folder, parts.rpc, "after the change commits", parts.name("never"))
    strange(parts, key.private, bytes(20), b"")
    parts.node.deaf = False
    parts.council.finish()
    assert parts.council.change((registry, change))
    parts.catch_up()
    uris = {row["uri"] for row in parts.store.read().execute("SELECT uri FROM parties")}
    assert parts.name("late") in uris
    assert parts.name("never") not in uris


def strange(parts: Parts, key: bytes, to: bytes, data: bytes) -> None:
    """Somebody else's transaction with this key, final."""
    node = Node(parts.rpc)
    nonce = node.next_nonce(address_of(key))
    raw = sign_transaction(key, CHAIN_ID, nonce, to, data)
    node.send(raw.raw)
    while node.receipt(raw.hash) is None:
        node.send(raw.raw)


def test_a_displaced_relayer_nonce(parts: Parts) -> None:
    """Our transaction can never be mined: its events go into another one, with their own nonces."""
    id = parts.record(commission(parts))
    parts.node.deaf = True
    parts.submitter.step()
    assert parts.state(id) == "signed"
    strange(parts, parts.relayer, bytes(20), b"")
    parts.node.deaf = False
    parts.submitter.step()
    assert parts.state(id) == "signed", "a receipt may be a moment late"
    parts.late += 3
    parts.submitter.step()
    assert parts.state(id) == "accepted"
    assert not parts.submitter.step().signed, "it waits a moment first"
    parts.settle(id)
    parts.decided()
    once(parts, id)
    assert states(parts) == ["displaced", "mined"]


def states(parts: Parts) -> list[str]:
    sql = "SELECT s.state FROM submissions s WHERE s.sender = ? ORDER BY seq"
    return [row["state"] for row in parts.store.read().execute(sql, (address_of(parts.relayer),))]


def test_a_stranger_relays_it_first(parts: Parts) -> None:
    """First, middle and last of a submission: our copy is skipped as NonceUsed, its neighbours are recorded, all final once."""
    ids = [parts.record(commission(parts)) for _ in range(5)]
    rows = [outbox.find(parts.store.read(), id) for id in ids]
    taken = [rows[place].signed for place in (0, 2, 4) if rows[place]]
    parts.node.deaf = True
    parts.submitter.step()
    strange(parts, bytes(31) + b"\x07", parts.deployment.ledger, encode_record_call(taken))
    parts.node.deaf = False
    parts.decided()
    rows = [outbox.find(parts.store.read(), id) for id in ids]
    assert [row.state for row in rows if row] == ["accepted", "mined", "accepted", "mined", "accepted"]
    assert [row.law for row in rows if row] == ["NonceUsed", None, "NonceUsed", None, "NonceUsed"]
    parts.settle(*ids)
    once(parts, *ids)


def test_several_submissions_in_flight_keep_their_order(parts: Parts) -> None:
    """Catch, observe, ship, receive, sell: each in a submission of its own before the first is mined; none is skipped."""
    lot = f"L{next(NUMBERS)}"
    ids = []
    for draft in (commission(parts, lot), observe(parts, lot), ship(parts, lot), ship(parts, lot)):
        ids.append(parts.record(draft))
        parts.submitter.step()
    parts.settle(*ids)
    parts.decided()
    once(parts, *ids)
    assert not skipped(parts, ids)
    assert set(states(parts)) == {"mined"}


def skipped(parts: Parts, ids: list[bytes]) -> list[bytes]:
    return [row["event"] for row in parts.store.read().execute("SELECT event FROM skips") if row["event"] in ids]


def test_skipped_for_want_of_one_that_was_displaced(parts: Parts) -> None:
    """The catch's transaction is lost while the shipment's is mined. The shipment is skipped, however often that happened
    before, and is tried again as soon as the catch is recorded, not after its patience."""
    lot = f"L{next(NUMBERS)}"
    caught = parts.record(commission(parts, lot))
    parts.node.deaf = True
    parts.submitter.step()
    shipped = parts.record(ship(parts, lot))
    with parts.store.write() as db:
        db.execute("UPDATE outbox SET attempts = 5000 WHERE id = ?", (shipped,))
    parts.submitter.step()
    strange(parts, parts.relayer, bytes(20), b"")
    parts.node.deaf = False
    parts.submitter.step()
    parts.late += 3
    parts.decided()
    row = outbox.find(parts.store.read(), shipped)
    assert row is not None
    assert (row.state, row.law, row.attempts) == ("accepted", "UnknownBatch", 5001)
    parts.settle(caught, shipped)
    once(parts, caught, shipped)
    assert skipped(parts, [caught, shipped]) == [shipped]


def test_a_submission_dearer_than_its_ceiling(ground: tuple[str, Deployment], tmp_path: Path) -> None:
    """Should a bound ever be too low, the transaction fails as a whole: it is cut smaller until it goes through."""
    parts = populated(tmp_path / "data", ground, gas=700_000)
    ids = [parts.record(commission(parts)) for _ in range(9)]
    for _ in range(8):
        parts.decided()
        parts.late += 1_000  # seconds: as if its patience were over
    assert states(parts)[0] == "failed"
    parts.settle(*ids)
    once(parts, *ids)


def test_an_idle_submitter_asks_nobody(parts: Parts) -> None:
    """Nothing acknowledged, nothing under way: no call goes to the node, however often it looks."""
    away = Parts(parts.folder, "http://127.0.0.1:9")
    assert away.submitter.step().waiting == 0
    away.record(commission(parts))
    with pytest.raises(ChainError):
        away.submitter.step()


def test_a_node_that_ends_before_the_cursor_is_not_caught_up(parts: Parts, tmp_path: Path) -> None:
    """A wiped node must not let the index call itself level with the chain (promise 7)."""
    (tmp_path / "other").mkdir()
    with devnet(tmp_path / "other", beat=0.05) as other, pytest.raises(WrongChain, match="does not hold this ledger"):
        Follower(parts.store, Node(other.rpc), parts.deployment).step()


# ── what a transaction can carry ──────────────────────────────────────────────────────────────────────────────────────────


def row(event: Make | Move | Note, attempts: int = 0) -> outbox.OutboxRow:
    shape = int(SHAPE_OF[type(event)])
    return outbox.OutboxRow(
        0, bytes(32), shape, encode_body(event), bytes(64), bytes(32), "accepted", None, attempts, 0
    )


def make(content: int = 2, inputs: int = 0, outputs: int = 1) -> Make:
    given = tuple(Input(bytes([n]) * 32, 1) for n in range(inputs))
    made = tuple(Output(bytes([n]) * 32, b"L" * 64, 1, 0) for n in range(outputs))
    return Make(bytes(20), 1, THEN, Kind.TRANSFORM, 0, given, made, bytes(32), 0, b"x" * content)


@pytest.mark.parametrize("form", [(2, 0, 1), (8_192, 0, 1), (300, 16, 4), (8_192, 16, 4)], ids=str)
def test_a_group_keeps_within_bytes_and_gas(form: tuple[int, int, int]) -> None:
    """Bytes of content, inputs, outputs: 100 of the largest do not go into one transaction."""
    event = make(*form)
    chosen = [each.signed for each in split([row(event)] * 100)[0]]
    assert 1 <= len(chosen) <= 100
    assert (
        len(encode_record_call(chosen))
        == 68 + sum(call_bytes(encode_body(each.event)) for each in chosen)
        <= MOST_BYTES
    )
    assert sum(gas_bound(each.event, encode_body(each.event)) for each in chosen) <= MOST_GAS


def test_what_came_back_often_goes_alone() -> None:
    assert len(split([row(make()), row(make())])[0]) == 2
    assert len(split([row(make(), attempts=10), row(make())])[0]) == 1
    assert len(split([row(make()), row(make(), attempts=10_000)])[0]) == 1


def test_the_bound_is_above_what_is_taken(parts: Parts) -> None:
    """Every kind, with cold slots that are written for the first time, and long content; and not twice as high."""
    name = parts.name
    long = {"nguon:entered": [{"value": "9" * 80, "unit": "kg"}] * 65}
    lots = [f"L{next(NUMBERS)}" for _ in range(16)]
    first = parts.record(commission(parts, lots[0], content=long))
    rest = [parts.record(commission(parts, lot)) for lot in lots[1:]]
    parts.settle(first, *rest)

    def crab(lot: str) -> BatchName:
        return BatchName(product=name("crab"), lot=lot)

    def move(kind: Kind, **more: Any) -> MoveDraft:
        return MoveDraft(kind=kind, occurred_at=THEN, **{"quantity": 3, "batch": crab(lots[0])} | more)

    def alone(draft: Draft, party: str = "coop") -> bytes:
        id = parts.record(draft, party)
        parts.settle(id)
        parts.decided()
        return id

    ids = [alone(commission(parts)), alone(commission(parts, content=long)), alone(observe(parts, lots[0]))]
    shipped = alone(move(Kind.SHIP, to=name("shop")))
    ids += [shipped, alone(move(Kind.RECEIVE, shipment=shipped), "shop"), alone(move(Kind.SELL), "coop")]
    ids += [alone(move(Kind.DISPOSE)), alone(observe(parts)), alone(observe(parts, content=long))]
    offered = alone(move(Kind.SHIP, to=name("shop")))
    ids += [alone(move(Kind.REJECT, quantity=1, shipment=offered), "shop")]
    ids += [alone(move(Kind.WITHDRAW, quantity=1, shipment=offered)), alone(move(Kind.RETURN, quantity=1))]
    ids += [
        alone(move(Kind.ADJUST_DOWN, mends=first)),
        alone(observe(parts, lots[0], kind=Kind.CORRECT, target=first)),
    ]
    opened = commission(parts, "FRESH", open_until=int(time.time()) + 3_600)
    ids += [alone(opened), alone(move(Kind.ADJUST_UP, batch=crab("FRESH"), mends=first))]
    joined = MakeDraft(
        kind=Kind.TRANSFORM, inputs=tuple((crab(lot), 20) for lot in lots), occurred_at=THEN,
        outputs=(OutputDraft(name("paste"), "P" * 64, 300),),
    )  # fmt: skip
    paste = BatchName(product=name("paste"), lot="P" * 64)
    packed = MakeDraft(
        kind=Kind.PACK, inputs=((paste, 100),), outputs=(OutputDraft(name("jar"), "J1", 100),), occurred_at=THEN,
        items_root=b"\x01" * 32,
    )  # fmt: skip
    signer = parts.keyring.address(party_id(name("coop")))
    ids += [alone(joined), alone(packed), alone(VoidDraft(signer=signer, nonce=1, occurred_at=THEN))]
    many = tuple(map(crab, lots))
    recall = alone(RecallDraft(kind=Kind.RECALL, batches=many, occurred_at=THEN))
    ids += [recall, alone(RecallDraft(kind=Kind.LIFT, batches=many, recall=recall, occurred_at=THEN))]
    ids += [alone(RecallDraft(kind=Kind.RECALL, batches=many[:1], occurred_at=THEN))]
    taken = {}
    for id in ids:
        kept = outbox.find(parts.store.read(), id)
        sql = "SELECT s.hash FROM outbox o JOIN submissions s ON s.seq = o.submission WHERE o.id = ?"
        (hash,) = parts.store.read().execute(sql, (id,)).fetchone()
        assert kept is not None
        call = {"jsonrpc": "2.0", "id": 1, "method": "eth_getTransactionReceipt", "params": ["0x" + hash.hex()]}
        used = int(httpx.post(parts.rpc, json=call).json()["result"]["gasUsed"], 16)
        event = kept.signed.event
        taken[f"{Kind(event.kind).word} {len(taken)}"] = (used - 21_000, gas_bound(event, kept.body) + NONCE_WORD)
    said = {Kind(kept.signed.event.kind) for id in ids if (kept := outbox.find(parts.store.read(), id))}
    assert said == {*Kind}
    assert all(used <= bound for used, bound in taken.values()), taken
    assert all(2 * used > bound for used, bound in taken.values()), taken
