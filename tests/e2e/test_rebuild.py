"""Promise 3, the chain is enough: the index is made again from the chain alone, the same to the byte, however much there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node
from ledger.projection.follower import Follower
from ledger.reconcile.auditor import Auditor
from ledger.reconcile.rebuild import rebuild
from ledger.store.database import PROJECTION_TABLES, Store
from ledger.store.files import attached, take_place
from ledger.store.rows import digest
from tests.busy_ledger import BusyLedger, deployed
from tests.command_line import Said, nguon_says
from tests.conftest import ALL
from tests.database_files import opened
from tests.devnet_process import devnet

MOST = 20_000 if ALL else 5_000


@dataclass
class Followed:
    """A live database that followed the chain while it grew."""

    folder: Path
    busy: BusyLedger

    @property
    def live(self) -> Path:
        return self.folder / "nguon.db"

    @property
    def node(self) -> Node:
        return self.busy.node

    @property
    def deployment(self) -> Deployment:
        return self.busy.deployment

    def nguon(self, *words: str) -> Said:
        return nguon_says("--data", self.folder, *words, "--rpc", self.busy.rpc)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    folder = tmp_path_factory.mktemp("small")
    with devnet(folder, beat=0.02) as chain:
        yield grown(chain.rpc, folder, most=100, lots=10)


def grown(rpc: str, folder: Path, most: int, lots: int) -> Followed:
    """A ledger of at least `most` events of every kind, each round followed as it came."""
    deployment = deployed(rpc)
    deployment.save(folder / "ledger.json")
    busy = BusyLedger(rpc, deployment)
    store = Store(folder / "nguon.db")
    follower = Follower(store, busy.node, deployment)
    while busy.recorded < most:
        busy.round(lots)
        while follower.step():
            pass
    store.close()
    return Followed(folder, busy)


@pytest.mark.timeout(1_800 if ALL else 300)
def test_the_index_from_the_chain_alone_equals_the_live_one_table_by_table(tmp_path: Path) -> None:
    said: list[str] = []
    with devnet(tmp_path, beat=0.02) as chain:
        followed = grown(chain.rpc, tmp_path, MOST, lots=100)
        found = rebuild(followed.live, tmp_path / "new.db", followed.node, followed.deployment, said.append)
    assert {each.table: each.equal for each in found.tables} == dict.fromkeys(PROJECTION_TABLES, True)
    assert found.events == followed.busy.recorded >= MOST
    rows = {each.table: each.rebuilt.rows for each in found.tables}
    assert min(rows.values()) >= 1 and rows["skips"] == followed.busy.skipped > 1
    assert said, "a long rebuild says how far it is"
    with attached(tmp_path / "new.db") as db:
        assert len(db.execute("SELECT DISTINCT kind FROM events").fetchall()) == 17, "every kind of event is among them"


def test_a_row_that_is_edited_makes_its_table_differ_and_no_other(small: Followed, tmp_path: Path) -> None:
    forged = tmp_path / "forged.db"
    with opened(small.live) as live, opened(forged) as copy:
        live.backup(copy)
        copy.execute("UPDATE holdings SET sold = sold + 1 WHERE batch = (SELECT min(batch) FROM holdings)")
    found = rebuild(forged, tmp_path / "new.db", small.node, small.deployment)
    assert [each.table for each in found.tables if not each.equal] == ["holdings"]


def test_a_byte_that_rots_on_disk_is_found_and_the_rebuilt_index_takes_the_place(
    small: Followed, tmp_path: Path
) -> None:
    """F23: a bit flips in a page of the database."""
    rotten = tmp_path / "nguon.db"
    with opened(small.live) as live, opened(rotten) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        (head,) = copy.execute("SELECT head FROM heads ORDER BY subject LIMIT 1").fetchone()
    data = bytearray(rotten.read_bytes())
    data[data.index(head)] ^= 0x10
    rotten.write_bytes(data)
    report = Auditor(rotten, tmp_path / "chain.db", small.node, small.deployment).run("incremental")
    assert {(each.table, each.column) for each in report.findings} == {("heads", "head")}
    assert not rebuild(rotten, tmp_path / "new.db", small.node, small.deployment).equal
    old = take_place(rotten, tmp_path / "new.db")
    assert old is not None and old.read_bytes() == bytes(data), "what was there is kept, rotten as it is"
    report = Auditor(rotten, tmp_path / "chain.db", small.node, small.deployment).run("incremental")
    assert not report.findings


def test_an_incremental_audit_goes_on_where_the_last_good_one_was(small: Followed, tmp_path: Path) -> None:
    chain = tmp_path / "chain.db"
    auditor = Auditor(small.live, chain, small.node, small.deployment)
    store = Store(small.live)
    first = auditor.step(store)
    file, reached = chain.stat().st_ino, first.block
    small.busy.round(2)
    follower = Follower(store, small.node, small.deployment)
    while follower.step():
        pass
    second = auditor.step(store)
    assert (first.bad, second.bad) == (0, 0) and second.block > reached and second.events == small.busy.recorded
    assert chain.stat().st_ino == file, "what it read of the chain it does not read again"
    kept = store.read().execute("SELECT block, bad, log_seq FROM audits ORDER BY seq").fetchall()
    assert [tuple(row) for row in kept] == [(reached, 0, first.log_seq), (second.block, 0, second.log_seq)]
    store.close()


def test_the_verb_rebuilds_beside_a_database_and_without_one(small: Followed) -> None:
    said = small.nguon("rebuild")
    assert said.code == 0 and "All of it equals the database." in said.out, said
    said = small.nguon("rebuild")
    assert said.code == 1 and "is there already" in said.err, "a file that is there is not written over"
    (small.folder / "nguon.db.rebuilt").unlink()
    lost = small.live.rename(small.folder / "lost.db")
    said = small.nguon("--json", "rebuild", "--replace")
    assert (said.code, said.json["equal"], said.json["before"]) == (0, None, None)
    assert "followed to block" in said.err
    with attached(small.live, lost=lost) as db:
        assert all(digest(db, table) == digest(db, table, "lost") for table in PROJECTION_TABLES)
