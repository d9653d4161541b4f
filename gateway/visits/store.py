"""What is kept of visits: for each item and day, from how many devices and networks. Never an address, a browser's name or a hash
that lasts: the day's key is drawn at random, and goes at the end of the day with all that was hashed under it.

A database file of its own, for all workers of a data folder. Its journal is deleted after each transaction and what is deleted
is overwritten, so nothing of a day past is left in the file. Days are those of Vietnam.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

from gateway.pages.formats import VIETNAM
from gateway.visits.pattern import Day, Unusual, unusual

KEEP_DAYS: Final = 90
"""For which counts are kept by the day; later an item has only its first day and a sum."""
DEVICES: Final = 5
"""Of one network that count for one item in one day: whoever invents browsers' names adds no more."""
PATIENCE_S: Final = 5.0
_MAC_BYTES: Final = 16
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS began (day TEXT NOT NULL);
INSERT INTO began SELECT :today WHERE NOT EXISTS (SELECT 1 FROM began);
CREATE TABLE IF NOT EXISTS key_of_the_day (day TEXT PRIMARY KEY, key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS seen_today (mac BLOB PRIMARY KEY, devices INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS days (
  batch BLOB NOT NULL, item INTEGER NOT NULL, day TEXT NOT NULL, visits INTEGER NOT NULL, networks INTEGER NOT NULL,
  PRIMARY KEY (batch, item, day)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS days_by_day ON days (day);
CREATE TABLE IF NOT EXISTS earlier (
  batch BLOB NOT NULL, item INTEGER NOT NULL, first TEXT NOT NULL, visits INTEGER NOT NULL, PRIMARY KEY (batch, item)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Looks at an item by others than who asks: `visits`, the day of the `first`; `since` when counting began here."""

    visits: int
    first: date | None
    since: date
    unusual: Unusual | None


def _now() -> datetime:
    return datetime.now(VIETNAM)


class Visits:
    """One per process. Raises sqlite3.Error where the file cannot be read or written: then nothing is known."""

    def __init__(self, path: Path, now: Callable[[], datetime] = _now) -> None:
        self._path = path
        self._now = now
        self._stopped = threading.Event()
        with self._open() as db:
            for statement in _SCHEMA.split(";")[:-1]:
                db.execute(statement, {"today": self._today()} if ":today" in statement else {})
        self.sweep()

    def count(self, batch: bytes, item: int, address: str, agent: str) -> None:
        """A look at an item that was issued, named by its batch and index. The same device on the same day counts once."""
        today = self._today()
        with self._open() as db:
            key = self._key(db, today)
            if key is None:
                self._sweep(db, today)
                key = secrets.token_bytes(32)
                db.execute("INSERT INTO key_of_the_day VALUES (?, ?)", (today, key))
            device, network = _macs(key, batch, item, address, agent)
            if _devices(db, device) or _devices(db, network) >= DEVICES:
                return
            first = not _devices(db, network)
            db.execute("INSERT INTO seen_today VALUES (?, 1)", (device,))
            db.execute(
                "INSERT INTO seen_today VALUES (?, 1) ON CONFLICT DO UPDATE SET devices = devices + 1", (network,)
            )
            db.execute(
                "INSERT INTO days VALUES (?, ?, ?, 1, 1)"
                " ON CONFLICT DO UPDATE SET visits = visits + 1, networks = networks + ?",
                (batch, item, today, first),
            )

    def seen(self, batch: bytes, item: int, address: str, agent: str) -> Seen:
        """What others than this device looked at; of it only today's look is known."""
        today = self._today()
        with self._open("BEGIN") as db:
            where = "FROM {} WHERE batch = ? AND item = ?"
            rows = db.execute("SELECT * " + where.format("days"), (batch, item)).fetchall()
            old = db.execute("SELECT * " + where.format("earlier"), (batch, item)).fetchone()
            since = date.fromisoformat(db.execute("SELECT day FROM began").fetchone()["day"])
            key = self._key(db, today)
            own = bool(key and _devices(db, _macs(key, batch, item, address, agent)[0]))
        days = [Day(date.fromisoformat(row["day"]), row["visits"], row["networks"]) for row in rows]
        visits = sum(each.visits for each in days) + (old["visits"] if old else 0) - own
        first = [date.fromisoformat(old["first"])] if old else []
        first += [each.day for each in days if each.visits > (own and each.day.isoformat() == today)]
        return Seen(visits, min(first, default=None), since, unusual(days, self._now().date()))

    def sweep(self) -> None:
        """Forgets the keys and hashes of days past, and folds up counts that are older than KEEP_DAYS."""
        with self._open() as db:
            self._sweep(db, self._today())

    def start(self) -> None:
        """Sweeps just after each midnight, so that nothing is kept longer for want of visitors."""
        self._stopped.clear()
        threading.Thread(target=self._sweep_daily, name="visits", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _sweep_daily(self) -> None:
        while True:
            now = self._now()
            midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
            if self._stopped.wait((midnight - now).total_seconds() + 1):
                return
            try:
                self.sweep()
            except sqlite3.Error:  # tried again with the next visit, and tomorrow
                continue

    def _today(self) -> str:
        return self._now().date().isoformat()

    @contextmanager
    def _open(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=PATIENCE_S, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA secure_delete=ON")
            db.execute(begin)
            yield db
            db.execute("COMMIT")
        finally:
            db.close()  # what was not committed is undone

    @staticmethod
    def _key(db: sqlite3.Connection, today: str) -> bytes | None:
        row = db.execute("SELECT key FROM key_of_the_day WHERE day = ?", (today,)).fetchone()
        return bytes(row["key"]) if row else None

    @staticmethod
    def _sweep(db: sqlite3.Connection, today: str) -> None:
        if db.execute("DELETE FROM key_of_the_day WHERE day <> ?", (today,)).rowcount:
            db.execute("DELETE FROM seen_today")
        old = (date.fromisoformat(today) - timedelta(days=KEEP_DAYS)).isoformat()
        db.execute(
            "INSERT INTO earlier SELECT batch, item, min(day), sum(visits) FROM days WHERE day < ? GROUP BY batch, item"
            " ON CONFLICT DO UPDATE SET visits = visits + excluded.visits, first = min(first, excluded.first)",
            (old,),
        )
        db.execute("DELETE FROM days WHERE day < ?", (old,))


def _macs(key: bytes, batch: bytes, item: int, address: str, agent: str) -> tuple[bytes, bytes]:
    """Of the device and of its network, for this item alone: what somebody looks at cannot be put together."""
    about = batch + item.to_bytes(4, "big")
    network = _network(address)

    def mac(what: str) -> bytes:
        return hmac.digest(key, about + what.encode("utf-8", "surrogateescape"), sha256)[:_MAC_BYTES]

    return mac(f"device\0{network}\0{agent}"), mac(f"network\0{network}")


def _devices(db: sqlite3.Connection, mac: bytes) -> int:
    row = db.execute("SELECT devices FROM seen_today WHERE mac = ?", (mac,)).fetchone()
    return int(row["devices"]) if row else 0


def _network(address: str) -> str:
    """The first 24 bits of an IPv4 address, 48 of an IPv6 address: what one provider gives to a neighbourhood."""
    try:
        told = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{told}/{24 if told.version == 4 else 48}", strict=False))
