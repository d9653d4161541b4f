"""One audit: everything that is kept here against chain, hashes and audit log, as of one moment."""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node
from ledger.errors import ChainError, Refusal, WrongChain
from ledger.projection.follower import Follower
from ledger.projection.projector import LEDGER_SUBJECT, Divergence
from ledger.reconcile import drawn, guarded, index, storage, told, written
from ledger.reconcile.rebuild import Say, follow
from ledger.reconcile.report import Finding, Report
from ledger.recording.rewrapping import KeyEncryptionKeys
from ledger.signing.keystore import KeyEncryptionKey
from ledger.store import audit_log
from ledger.store.audit_log import KEPT
from ledger.store.database import Store
from ledger.store.files import attached, read_only, remove
from ledger.store.meta import KEK

PASSED_OVER = ("idempotency", "submissions", "disclosures", "private_rows", "sessions")
"""Tables whose rows an incremental audit leaves to a full one: there are as many as there was traffic."""

Scope = Literal["full", "incremental"]


@dataclass(frozen=True, slots=True)
class _Checkpoint:
    """Up to where the last good audit read the write side; all zero: nothing was audited yet, or not well."""

    log_seq: int = 0
    log_hash: bytes = audit_log.START
    outbox_seq: int = 0


class Auditor:
    """`chain` is a database file of the auditor's own: the projection as the chain's logs make it. An incremental audit
    goes on in it, a full one makes it anew. `keks` open the sealed keys, where they are given."""

    def __init__(
        self,
        database: Path,
        chain: Path,
        node: Node,
        deployment: Deployment,
        keks: KeyEncryptionKeys | None = None,
        say: Say = lambda _: None,
    ) -> None:
        self._database = database
        self._chain = chain
        self._node = node
        self._deployment = deployment
        self._keks = keks
        self._say = say

    def run(self, scope: Scope) -> Report:
        """Reads and writes nothing in the database. Raises ChainError while the node is away.

        Incremental: the index whole, of the write side what came since the last good audit, and all that is not final.
        After an audit that was not good everything is looked at again, until one is.
        """
        with self._alone():
            if scope == "full" or not self._usable():
                remove(self._chain)
            since = self._checkpoint() if scope == "incremental" else _Checkpoint()
            report = self._run(scope, since)
            if report.findings and since.log_seq:
                remove(self._chain)  # before anybody is alarmed: is it what we remember of the chain that is wrong?
                report = self._run(scope, since)
            return report

    def step(self, store: Store) -> Report:
        """An incremental audit, and its result kept: what the gateway does every quarter of an hour."""
        report = self.run("incremental")
        remember(store, report)
        return report

    def _run(self, scope: Scope, since: _Checkpoint) -> Report:
        report = Report(scope)
        reached: int | None = None
        for again in (False, True):
            try:
                reached = self._follow(report, self._position())
                break
            except WrongChain:
                if again:
                    raise
                remove(self._chain)  # of another chain, or of this one before it was begun anew
        try:
            with attached(self._database, chain=self._chain) as db:
                self._look(db, report, scope, since, reached)
        except sqlite3.DatabaseError as error:
            report.looked(0, [_damaged("database", error)])
        return report

    def _look(
        self, db: sqlite3.Connection, report: Report, scope: Scope, since: _Checkpoint, reached: int | None
    ) -> None:
        kept = db.execute("SELECT block FROM main.cursor").fetchone()  # what is kept here is fixed from now on
        if kept is None or kept[0] != reached:
            self._follow(report, self._position(db))
        found = db.execute("SELECT block FROM chain.cursor").fetchone()
        report.block = found[0] if found else 0
        kek = self._key(db, report)  # a rewrap may follow, and the key that this moment needs is gone then
        report.events = db.execute("SELECT count(*) FROM chain.events").fetchone()[0]
        head = db.execute("SELECT head FROM chain.heads WHERE subject = ?", (LEDGER_SUBJECT,)).fetchone()
        report.ledger_head = head[0] if head else b""
        checks: list[tuple[str, Callable[[], object]]] = [
            ("database", lambda: report.looked(1, index.file(db))),
            ("sqlite_master", lambda: report.looked(1, index.schema(db))),
            ("projection", lambda: index.compare(db, report)),
            ("audit_log", lambda: told.chain(db, report, since.log_seq, since.log_hash)),
            ("sqlite_sequence", lambda: report.looked(1, told.sequences(db))),
            ("outbox", lambda: report.looked(0, written.states(db))),
            ("outbox", lambda: report.looked(0, written.outbox(db, self._deployment.domain, since.outbox_seq))),
            ("submissions", lambda: report.looked(0, written.submissions(db, self._node, self._submission(db, since)))),
            ("disclosures", lambda: report.looked(0, written.disclosures(db, since.outbox_seq))),
            ("private_rows", lambda: report.looked(0, written.private_tables(db, since.outbox_seq))),
            ("idempotency", lambda: report.looked(0, written.idempotency(db))),
            ("meta", lambda: report.looked(1, guarded.ledger(db, self._deployment.domain))),
            ("intents", lambda: report.looked(0, guarded.intents(db))),
            ("keys", lambda: report.looked(0, written.keys(db, kek))),
            ("label_secrets", lambda: report.looked(0, drawn.label_secrets(db, kek))),
            ("pack_nodes", lambda: report.looked(0, drawn.pack_nodes(db))),
            ("chain", lambda: report.looked(4, storage.anchors(db, self._node, self._deployment, report.block))),
        ]
        for table in KEPT:
            if table == "outbox":
                checks.append((table, lambda: told.rows(db, report, "outbox", since.outbox_seq)))
            elif not since.log_seq or table not in PASSED_OVER:
                checks.append((table, lambda table=table: told.rows(db, report, table)))  # type: ignore[misc]
        checks.append(("audits", lambda: report.looked(0, told.noted(db, _heads(db)))))
        if scope == "full":
            checks.append(
                ("chain", lambda: report.looked(0, storage.goods(db, self._node, self._deployment, report.block)))
            )
        said = ""
        for name, check in checks:
            if name != said:
                self._say(f"looking at {name}")
            said = name
            try:
                check()
            except ChainError as error:
                if name != "chain" or report.block >= self._node.height():
                    raise
                self._say(f"not compared with the contracts' storage: the node keeps no old states ({error})")
            except (sqlite3.DatabaseError, UnicodeError, AttributeError, TypeError, ValueError) as error:
                report.looked(0, [_damaged(name, error)])  # what is kept there is not even of the right kind
        report.outbox_seq = db.execute("SELECT coalesce(max(seq), 0) FROM main.outbox").fetchone()[0]

    def _key(self, db: sqlite3.Connection, report: Report) -> KeyEncryptionKey | None:
        try:
            return self._keks.in_force(db) if self._keks else None
        except Refusal as refusal:
            finding = Finding("meta", KEK, "value", "the id of a key in secrets", refusal.law, "the key-encryption key")
            report.looked(0, [finding])
            return None

    def _follow(self, report: Report, until: int | None) -> int | None:
        """Brings what the auditor remembers of the chain to this block; answers the block it came to."""
        store = Store(self._chain)
        try:
            follower = Follower(store, self._node, self._deployment)
            position = follower.position()
            if until is not None and position is not None and position.block > until:
                store.close()
                # What is kept here is older, from a backup perhaps: what it says is judged as of then.
                remove(self._chain)
                store = Store(self._chain)
                follower = Follower(store, self._node, self._deployment)
            follow(follower, until, self._say)
        except Divergence as error:
            found = Finding("chain", "logs", "*", "what the law allows", str(error), "the model of the contracts")
            report.looked(0, [] if found in report.findings else [found])
        try:
            position = follower.position()
            return position.block if position else None
        finally:
            store.close()

    def _position(self, kept: sqlite3.Connection | None = None) -> int | None:
        """The block up to which the index says it went, if the chain has that block; else the newest."""
        db = kept or sqlite3.connect(read_only(self._database), uri=True)
        try:
            row = db.execute("SELECT block, hash FROM main.cursor").fetchone()
            height = self._node.height()
            if row is not None and isinstance(row[0], int) and 0 <= row[0] <= height:
                block = self._node.block(row[0])
                if block is not None and block.hash == row[1]:
                    return int(row[0])
            return height
        except sqlite3.DatabaseError:
            return None
        finally:
            if db is not kept:
                db.close()

    def _checkpoint(self) -> _Checkpoint:
        db = sqlite3.connect(read_only(self._database), uri=True)
        try:
            row = db.execute(
                "SELECT bad, log_seq, log_hash, outbox_seq FROM audits ORDER BY seq DESC LIMIT 1"
            ).fetchone()
        except sqlite3.DatabaseError:
            return _Checkpoint()
        finally:
            db.close()
        return _Checkpoint(*row[1:]) if row is not None and row[0] == 0 else _Checkpoint()

    def _submission(self, db: sqlite3.Connection, since: _Checkpoint) -> int:
        """The last submission of the events that were audited before."""
        sql = "SELECT coalesce(max(submission), 0) FROM main.outbox WHERE seq <= ?"
        return int(db.execute(sql, (since.outbox_seq,)).fetchone()[0])

    def _usable(self) -> bool:
        """Whether what is remembered of the chain has the tables of today."""
        if not self._chain.exists():
            return True
        try:
            with attached(self._database, chain=self._chain) as db:
                versions = [db.execute(f"PRAGMA {name}.user_version").fetchone() for name in ("chain", "main")]
                return bool(versions[0] == versions[1])
        except sqlite3.DatabaseError:
            return False

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One audit of a data folder at a time: it has one memory of the chain."""
        self._chain.parent.mkdir(parents=True, exist_ok=True)
        with self._chain.with_name(self._chain.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def remember(store: Store, report: Report) -> None:
    """Keeps the result, and which batches are under review from now on, or no more."""
    now = int(time.time())
    with store.write() as db:
        seq = db.execute(
            "INSERT INTO audits (finished_at, scope, block, good, bad, log_seq, log_hash, outbox_seq)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                now, report.scope, report.block, report.good, report.bad, report.log_seq, report.log_hash, report.outbox_seq,
            ),
        ).lastrowid  # fmt: skip
        audit_log.keep(db, "audits", (seq,), audit_log.GATEWAY, "audit", "bad" if report.findings else "good")
        wanted = report.batches
        there = {row[0] for row in db.execute("SELECT batch FROM reviews")}
        for batch in there - wanted.keys():
            db.execute("DELETE FROM reviews WHERE batch = ?", (batch,))
            audit_log.keep(db, "reviews", (batch,), audit_log.GATEWAY, "review ended")
        for batch in wanted.keys() - there:
            db.execute("INSERT INTO reviews VALUES (?, ?, ?)", (batch, now, wanted[batch]))
            audit_log.keep(db, "reviews", (batch,), audit_log.GATEWAY, "review begun")


def _heads(db: sqlite3.Connection) -> dict[int, bytes]:
    return dict(db.execute("SELECT log_seq, log_hash FROM main.audits WHERE bad = 0").fetchall())


def _damaged(table: str, error: Exception) -> Finding:
    return Finding(table, "all", "*", "rows that can be read", f"{type(error).__name__}: {error}"[:200], "reading it")
