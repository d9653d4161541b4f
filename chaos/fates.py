"""The moments at which a gateway worker can be told to die or to freeze, and the two seams at which it finds them.

Every commit of a worker is a moment before and a moment after, named for who commits; so is what it asks the node.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from ledger.chain.node import Log, Node, Receipt, Sent
from ledger.projection.follower import Follower
from ledger.recording.recorder import Recorder
from ledger.store.database import Store
from ledger.store.lease import Lease
from ledger.submit.submitter import Submitter

COMMITS = {
    Recorder._commit.__qualname__: "events",
    Submitter._group.__qualname__: "a submission",
    Submitter._send.__qualname__: "word of a send",
    Submitter._decide.__qualname__: "a decision",
    Follower._step.__qualname__: "the index",
    Lease._beat.__qualname__: "a beat",
    Lease._take.__qualname__: "a take-over",
}
"""Who opens the transaction, and what it is called here."""
NONCE_ASKED = "after the nonce of a submission was asked"
BEFORE_SUBMISSION, AFTER_EVENTS = "before a submission commits", "after events commit"
MOMENTS = (
    *(f"{when} {what} commit{'' if what == 'events' else 's'}" for what in COMMITS.values() for when in ("before", "after")),
    "before a send", "after a send", "after a receipt", "after the logs", NONCE_ASKED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fate:
    """`visit`: at which coming to the moment, from 1. `freeze`: stopped, and woken up by the supervisor, instead of killed."""

    moment: str
    visit: int
    freeze: bool = False


class Death:
    """Asked at every moment. Leaves word of the moment in a file, then ends or stops its own process."""

    def __init__(self, fate: Fate | None, word: Path) -> None:
        self._fate = fate
        self._word = word
        self._visits = 0
        self._lock = threading.Lock()
        self.writing = threading.RLock()
        """Held by this process's one open transaction. Who freezes outside of one takes care that no other thread is in one:
        SQLite would keep every other worker waiting, and nobody could take over."""

    def __call__(self, moment: str) -> None:
        if self._fate is None or moment != self._fate.moment:
            return
        with self._lock:
            self._visits += 1
            met = self._visits == self._fate.visit
        if not met:
            return
        if self._fate.freeze:
            with self.writing:
                self._end(moment, signal.SIGSTOP)
        else:
            self._end(moment, signal.SIGKILL)

    def _end(self, moment: str, number: int) -> None:
        """To this very thread: sent to the process, the signal may reach another one while this one goes on past the moment."""
        self._word.write_text(moment)
        signal.pthread_kill(threading.get_ident(), number)


class MortalStore(Store):
    def __init__(self, path: Path, death: Death) -> None:
        self._death = death
        super().__init__(path)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        what = COMMITS.get(_caller(2))  # 1 is contextlib's
        verb = "commit" if what == "events" else "commits"
        with self._death.writing, super().write() as db:
            yield db
            self._death(f"before {what} {verb}")
        self._death(f"after {what} {verb}")


class MortalNode(Node):
    def __init__(self, url: str, death: Death) -> None:
        super().__init__(url)
        self._death = death

    def next_nonce(self, address: bytes) -> int:
        found = super().next_nonce(address)
        if _caller(2) == Submitter._group.__qualname__:  # 1 is the Sender
            self._death(NONCE_ASKED)
        return found

    def send(self, raw: bytes) -> Sent:
        self._death("before a send")
        sent = super().send(raw)
        self._death("after a send")
        return sent

    def receipt(self, transaction: bytes) -> Receipt | None:
        found = super().receipt(transaction)
        if found is not None:
            self._death("after a receipt")
        return found

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[Log]:
        found = super().logs(addresses, first, last)
        self._death("after the logs")
        return found


def seams(death: Death) -> tuple[Callable[[str], Node], Callable[[Path], Store]]:
    """`make_node` and `make_store` of gateway/wiring.py."""
    return lambda url: MortalNode(url, death), lambda path: MortalStore(path, death)


def _caller(above: int) -> str:
    """Qualified name of the function so many calls above the one that asks."""
    frame = sys._getframe(above + 1)
    return frame.f_code.co_qualname
