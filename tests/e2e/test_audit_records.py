"""Promise: whoever edits our database behind our back is found out: every column of every table, whatever is done to it,
and nobody is accused when nothing was done (reliability reference, T9)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.events.identifiers import batch_id, party_id, product_id
from ledger.labels import Issued
from ledger.reconcile.auditor import Auditor
from ledger.reconcile.report import Report
from ledger.reconcile.unjudged import UNJUDGED
from ledger.recording.label_keys import LabelKeys
from ledger.store.database import Store
from ledger.store.rows import columns
from tests.busy_ledger import deployed
from tests.conftest import ALL
from tests.crash.ledger_parts import Parts
from tests.database_files import read
from tests.devnet_process import devnet
from tests.e2e.audited_ledger import Audited, Tampering, audit_after, build, commission, tamperings
from tests.e2e.tables import all_tables

ROWS_EACH = 20 if ALL else 1


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder = tmp_path_factory.mktemp("audited")
    with devnet(folder, beat=0.02) as chain:
        yield build(folder, chain.rpc, deployed(chain.rpc))


@pytest.fixture(scope="module")
def clean(world: Audited, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world.copy(tmp_path_factory.mktemp("clean") / "clean.db")


def test_nobody_is_accused_of_anything_on_a_clean_database(world: Audited, clean: Path, tmp_path: Path) -> None:
    for scope in ("full", "incremental"):
        report = world.auditor(clean).run(scope)
        assert [each.line() for each in report.findings] == []
        assert report.good > 200
    assert not audit_after(world, None, clean, tmp_path).findings


@pytest.mark.timeout(1_800 if ALL else 300)
@pytest.mark.parametrize("table", all_tables())
def test_whatever_is_done_to_a_table_is_found(table: str, world: Audited, clean: Path, tmp_path: Path) -> None:
    """Values edited and swapped, rows deleted and put in; what is named is the table, and the column where one differs."""
    with read(clean) as db:
        done = list(tamperings(db, table, ROWS_EACH))
        if not ALL:  # every edit, deletion and insertion; of the swaps one in four
            swaps = [each for each in done if each.told.endswith("swapped")]
            done = [each for each in done if each not in swaps or swaps.index(each) % 4 == 0]
    assert done
    unseen, misnamed = [], []
    for tampering in done:
        report = audit_after(world, tampering, clean, tmp_path)
        if not report.findings:
            unseen.append(tampering.told)
        elif not _named(tampering, report):
            misnamed.append((tampering.told, [each.line() for each in report.findings][:3]))
    assert not unseen, f"{len(unseen)} of {len(done)} unseen: {unseen[:5]}"
    assert not misnamed, misnamed[:3]


def _named(tampering: Tampering, report: Report) -> bool:
    """An entry of the audit log has one hash over all it says, and SQLite's numbers are judged by the rows that have them."""
    if tampering.table in ("audit_log", "sqlite_sequence"):
        return True
    found = {(each.table, each.column) for each in report.findings}
    wanted = tampering.column
    return (tampering.table, wanted) in found if wanted else tampering.table in {table for table, _ in found}


def test_nodes_that_were_lost_are_made_again_and_without_the_secret_nothing_is_claimed(
    world: Audited, clean: Path, tmp_path: Path
) -> None:
    """As after the loss of the database, with a backup of the label secret that is older than the Pack; then without any."""
    copy = tmp_path / "copy.db"
    shutil.copyfile(clean, copy)
    store, jar, coop = Store(copy), world.parts.name("jar"), party_id(world.parts.name("coop"))
    batch = batch_id(product_id(jar), coop, b"J1")
    issued = Issued(store, LabelKeys(store, world.parts.keks))
    (pack,) = issued.packs(batch, coop, b"J1")
    labels = list(issued.range(coop, batch, [pack], 0, 500))
    assert len(labels) == 400 and issued.state_of(batch, labels[7].serial) == "registered"
    with store.write() as db:
        before = dict(db.execute("SELECT event, nodes FROM pack_nodes").fetchall())
        db.execute("DELETE FROM pack_nodes")
    issued = Issued(store, LabelKeys(store, world.parts.keks))
    assert issued.state_of(batch, labels[7].serial) == "registered"
    assert store.read().execute("SELECT nodes FROM pack_nodes").fetchall()[0][0] == before[pack.event]
    assert issued.state_of(batch, "0" * 20) == "not_issued" and issued.state_of(batch, "0") == "malformed"
    with store.write() as db:
        db.execute("DELETE FROM label_secrets")
    blind = Issued(store, LabelKeys(store, world.parts.keks))
    assert blind.state_of(batch, labels[7].serial) == blind.state_of(batch, "0" * 20) == "elsewhere"
    with store.write() as db:
        db.execute("DELETE FROM pack_nodes")
    other = LabelKeys(store, world.parts.keks)
    other.ensure(coop)  # another secret: its tree is not the one that the Pack signed
    assert Issued(store, other).state_of(batch, labels[7].serial) == "elsewhere"
    assert not store.read().execute("SELECT 1 FROM pack_nodes").fetchone()
    store.close()


def test_an_incremental_audit_finds_what_was_done_to_rows_that_came_since_and_then_looks_at_everything(
    world: Audited, tmp_path: Path
) -> None:
    Parts.prepare(tmp_path / "data", world.parts.deployment)
    parts = Parts(tmp_path / "data", world.parts.rpc)
    parts.populate()
    old = parts.record(commission(parts, "OLD"))
    parts.settle(old)
    parts.decided()
    auditor = Auditor(parts.store.path, tmp_path / "chain.db", parts.node, parts.deployment, parts.keks)
    assert not auditor.step(parts.store).findings
    new = parts.record(commission(parts, "NEW"))
    later = "UPDATE outbox SET accepted_at = accepted_at + ? WHERE id = ?"
    assert not auditor.step(parts.store).findings, "what is on its way is no fault"
    for id, by in ((new, 1), (old, 1)):
        parts.store.read().execute(later, (by, id))
    newest = parts.record(commission(parts, "NEWEST"))
    parts.store.read().execute(later, (1, newest))
    found = auditor.step(parts.store).findings
    assert [(each.table, each.key, each.column) for each in found] == [("outbox", f"0x{newest.hex()}", "accepted_at")]
    found = auditor.step(parts.store).findings
    assert {each.key for each in found} == {f"0x{id.hex()}" for id in (old, new, newest)}
    for id in (old, new, newest):
        parts.store.read().execute(later, (-1, id))
    assert not auditor.step(parts.store).findings


def test_what_no_audit_judges_is_a_short_list_of_columns_that_exist(clean: Path) -> None:
    with read(clean) as db:
        assert all(column in columns(db, table) for table, column in UNJUDGED)
    assert len(UNJUDGED) <= 6
