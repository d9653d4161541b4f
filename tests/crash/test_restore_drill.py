"""F18, the database comes back from an old backup against the present chain: the index catches up, nonces come from the
chain, nothing is there twice, and what was acknowledged before the backup becomes final."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.bindings.deployments import Deployment
from ledger.chain.transactions import address_of
from ledger.errors import StoreError
from ledger.events.identifiers import party_id
from ledger.events.model import Kind
from ledger.reconcile.auditor import Auditor
from ledger.recording import MakeDraft, OutputDraft
from ledger.store.backup import back_up, check, restore
from tests.busy_ledger import deployed
from tests.crash.ledger_parts import Parts
from tests.devnet_process import devnet

THEN = 1_700_000_000


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Deployment]]:
    with devnet(tmp_path_factory.mktemp("chain"), beat=0.02) as chain:
        yield chain.rpc, deployed(chain.rpc)


@pytest.fixture
def parts(ground: tuple[str, Deployment], tmp_path: Path) -> Iterator[Parts]:
    Parts.prepare(tmp_path / "data", ground[1])
    made = Parts(tmp_path / "data", ground[0])
    made.populate()
    yield made
    made.store.close()


def made(parts: Parts, lot: str) -> MakeDraft:
    output = OutputDraft(parts.name("crab"), lot, 1_000, 0)
    return MakeDraft(kind=Kind.COMMISSION, outputs=(output,), occurred_at=THEN)


def test_an_old_backup_goes_on_with_the_present_chain(parts: Parts, tmp_path: Path) -> None:
    final = parts.record(made(parts, "FINAL"), key="final")
    parts.settle(final)
    parts.node.deaf = True
    sent = parts.record(made(parts, "SENT"), key="sent")
    parts.submitter.step()
    waiting = parts.record(made(parts, "WAITING"), key="waiting")
    assert [parts.state(id) for id in (final, sent, waiting)] == ["final", "signed", "accepted"]
    manifest = back_up(parts.folder, tmp_path / "backup")

    # The hour that the old database will know nothing of.
    parts.node.deaf = False
    after = parts.record(made(parts, "AFTER"))
    parts.settle(sent, waiting, after)
    parts.decided()
    parts.record(made(parts, "LOST"))  # acknowledged, not yet on the chain: it is with whoever has the receipt
    used = parts.node.next_nonce(address_of(parts.relayer))
    parts.store.close()

    told, old = restore(tmp_path / "backup", parts.folder)
    assert told == manifest and old is not None and old.exists()
    again = Parts(parts.folder, parts.rpc)
    assert [again.state(id) for id in (final, sent, waiting, after)] == ["final", "signed", "accepted", None]
    # The harsh order: it sends before it has followed, as if nothing had happened.
    again.submitter.step()
    again.settle(final, sent, waiting)
    again.decided()
    fresh = again.record(made(again, "FRESH"))
    repeated = again.record(made(again, "WAITING"), key="waiting")
    again.settle(fresh)
    again.decided()

    assert repeated == waiting, "a repeat under its key is the same event"
    ours = again.keyring.address(party_id(again.name("coop")))
    found = Counter(signed.id for signed in again.on_chain() if signed.event.signer == ours)
    assert found == dict.fromkeys((final, sent, waiting, after, fresh), 1)
    nonces = [signed.event.nonce for signed in again.on_chain() if signed.event.signer == ours]
    assert len(set(nonces)) == len(nonces)
    rows = again.store.read().execute("SELECT nonce FROM submissions WHERE sender = ?", (address_of(again.relayer),))
    assert max(row["nonce"] for row in rows) >= used, "its next transactions continue where the chain is"
    assert again.store.read().execute("SELECT 1 FROM events WHERE id = ?", (after,)).fetchone(), (
        "the index has it again"
    )
    report = Auditor(again.store.path, tmp_path / "chain.db", again.node, again.deployment, again.keks).run("full")
    assert [each.line() for each in report.findings] == []


def test_a_backup_with_a_changed_byte_or_of_another_ledger_is_not_restored(parts: Parts, tmp_path: Path) -> None:
    back_up(parts.folder, tmp_path / "backup")
    with pytest.raises(StoreError, match="is there already"):
        back_up(parts.folder, tmp_path / "backup")
    before = parts.store.path.read_bytes()
    identity = parts.folder / "ledger.json"
    kept = identity.read_text()
    identity.write_text(kept.replace(parts.deployment.ledger_id.hex(), "11" * 32))
    with pytest.raises(StoreError, match="another ledger"):
        restore(tmp_path / "backup", parts.folder)
    identity.write_text(kept)
    copy = tmp_path / "backup" / "nguon.db"
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)
    with pytest.raises(StoreError, match="not the file that was backed up"):
        check(tmp_path / "backup")
    with pytest.raises(StoreError, match="not the file that was backed up"):
        restore(tmp_path / "backup", parts.folder)
    assert parts.store.path.read_bytes() == before
