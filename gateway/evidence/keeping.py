"""Makes bundles on a beat, for all that were asked for since the last one, and keeps them (docs/spec/bundle.md, section 6).

However many ask, a beat is one block, one header and one proof per contract. What nobody asks for costs nothing.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from ledger.bindings import deployments
from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node
from ledger.errors import ChainError, LedgerError, NotFound
from ledger.projection import evidence
from ledger.proof.assemble import Gathered, Slots, assemble, header_rlp, needed_slots
from ledger.proof.bundle import BatchShown, EventShown, LinkShown, Named
from ledger.proof.mpt import heap_of
from ledger.proof.trust import TrustedLedger, unsealed
from ledger.store.database import Store

log = logging.getLogger(__name__)

BEAT = 0.5  # seconds between two beats that have something to do
AT_ONCE = 50  # bundles of one beat
STALE = 3600  # seconds of block time after which a bundle is made anew though nothing changed


@dataclass(frozen=True, slots=True)
class Kept:
    """A bundle as it stands of block `block`. `fresh`: nothing that it tells of has changed since."""

    block: int
    document: bytes
    fresh: bool


class Bundles:
    def __init__(self, store: Store, node: Node, deployment: Deployment) -> None:
        self._store = store
        self._node = node
        self._deployment = deployment
        self._trusted: TrustedLedger | None = None
        self._wanted: dict[bytes, None] = {}
        self._making: set[bytes] = set()
        self._failed: dict[bytes, LedgerError] = {}
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="bundles", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._work.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def kept(self, batch: bytes) -> Kept | None:
        """The latest bundle of a batch that was made here. Raises NotFound for a batch with too many ancestors."""
        with self._store.snapshot() as db:
            row = db.execute("SELECT * FROM bundles WHERE batch = ?", (batch,)).fetchone()
            if row is None:
                return None
            now = db.execute("SELECT time FROM cursor").fetchone()
            same = row["version"] == evidence.version(db, _lineage(db, batch))
            fresh = same and now is not None and row["time"] + STALE >= now["time"]
        return Kept(row["block"], zlib.decompress(row["document"]), fresh)

    def want(self, batch: bytes) -> None:
        """Asks for it on the next beat."""
        with self._lock:
            self._wanted[batch] = None
            self._failed.pop(batch, None)
        self._work.set()

    def waits(self, batch: bytes) -> bool:
        """Whether no beat has dealt with it yet."""
        with self._lock:
            return batch in self._wanted or batch in self._making

    def failure(self, batch: bytes) -> LedgerError | None:
        """Why the last beat could not make it."""
        return self._failed.get(batch)

    def _run(self) -> None:
        while not self._stopped:
            self._work.wait()
            self._work.clear()
            while not self._stopped and (batches := self._take()):
                started = time.monotonic()
                for batch, error in self._beat(batches).items():
                    log.warning("no bundle of 0x%s: %s", batch.hex(), error)
                    self._failed[batch] = error
                with self._lock:
                    self._making.clear()
                self._pause(started + BEAT - time.monotonic())

    def _pause(self, seconds: float) -> None:
        if seconds > 0 and not self._stopped:
            time.sleep(seconds)

    def _take(self) -> list[bytes]:
        with self._lock:
            taken = list(islice(self._wanted, AT_ONCE))
            for batch in taken:
                del self._wanted[batch]
            self._making.update(taken)
            return taken

    def _beat(self, batches: list[bytes]) -> dict[bytes, LedgerError]:
        """Makes and keeps what it can; answers why not the others."""
        try:
            return self._made(batches)
        except LedgerError as error:
            return dict.fromkeys(batches, error)
        except Exception:
            log.exception("making bundles failed in a way nobody thought of")
            return dict.fromkeys(batches, ChainError("the bundle could not be made"))

    def _made(self, batches: list[bytes]) -> dict[bytes, LedgerError]:
        failed: dict[bytes, LedgerError] = {}
        gathered: dict[bytes, tuple[Gathered, bytes]] = {}
        trusted = self._trust()
        with self._store.snapshot() as db:
            cursor = db.execute("SELECT block, hash, time FROM cursor").fetchone()
            if cursor is None:
                raise ChainError("nothing was followed yet")
            for batch in batches:
                try:
                    gathered[batch] = _gather(db, batch)
                except NotFound as error:
                    failed[batch] = error
        header = self._node.header(cursor["block"])
        if header is None or bytes.fromhex(header["hash"][2:]) != cursor["hash"]:
            raise ChainError(f"the node shows another block {cursor['block']} than the one that was followed")
        heap = self._proofs(cursor["block"], [needed_slots(each) for each, _ in gathered.values()])
        encoded, rows = header_rlp(header), []
        for batch, (each, version) in gathered.items():
            try:
                data = assemble(each, trusted, cursor["hash"], encoded, heap, cursor["time"])
                rows.append((batch, cursor["block"], cursor["time"], version, zlib.compress(data)))
            except ChainError as error:
                failed[batch] = error
        if rows:
            with self._store.write() as db:
                db.executemany("INSERT OR REPLACE INTO bundles VALUES (?, ?, ?, ?, ?)", rows)
        return failed

    def _proofs(self, block: int, needed: list[Slots]) -> dict[bytes, bytes]:
        """Nodes by hash: one question per contract, whatever the number of bundles."""
        where = self._deployment
        nodes: set[bytes] = set()
        for address, slots in (
            (where.ledger, (each.ledger for each in needed)),
            (where.parties, (each.parties for each in needed)),
            (where.products, (each.products for each in needed)),
        ):
            nodes.update(self._node.proof(address, sorted(set[int]().union(*slots)), block))
        return heap_of(nodes)

    def _trust(self) -> TrustedLedger:
        """This gateway's own word for its ledger, with which it checks what it gives out. Nobody else should take it."""
        if self._trusted is None:
            accounts = deployments.accounts(self._node, self._deployment)
            self._trusted = unsealed("this gateway's ledger", self._deployment.domain, accounts, None)
        return self._trusted


def _lineage(db: sqlite3.Connection, batch: bytes) -> list[bytes]:
    found = evidence.lineage(db, batch)
    if found is None:
        raise NotFound(f"a bundle holds at most {evidence.MOST_BATCHES} batches, and this one has more ancestors")
    return found


def _gather(db: sqlite3.Connection, batch: bytes) -> tuple[Gathered, bytes]:
    batches = _lineage(db, batch)
    told = evidence.told(db, batches)
    gathered = Gathered(
        tuple(BatchShown(id, tuple(_links(links))) for id, links in told.batches),
        tuple(EventShown(*each) for each in told.events),
        tuple(Named(*each) for each in told.parties),
        tuple(Named(*each) for each in told.products),
        tuple(told.signers),
        tuple(told.conversions),
    )
    return gathered, evidence.version(db, batches)


def _links(links: Iterable[tuple[bytes, int, int]]) -> Iterator[LinkShown]:
    return (LinkShown(*link) for link in links)
