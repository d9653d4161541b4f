"""The background half of a gateway: follow the chain, submit what is accepted. One thread each, ended with the process.

Of several gateways on one database one leads (ledger/store/lease.py); the others only answer requests, and take over.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress

from ledger.errors import ChainError, LedgerError, RolledBack, StoreBusy, StoreError, WrongChain
from ledger.projection.follower import Follower
from ledger.recording import Undertaker, Waiting
from ledger.store.lease import Deposed, Lease
from ledger.submit import Submitter

log = logging.getLogger(__name__)

IDLE = 0.25  # between looks at a chain on which nothing happens
QUIET = 1.0  # between looks at an empty outbox; a nudge cuts it short
BUSY = 0.05  # between looks while something is under way
RETRY = 2.0  # after the node was away
FIRST_AUDIT = 60.0  # after the start, which has enough to do
AUDIT_PAUSE = 900.0
STANDSTILL = 20.0  # after what only a person can mend


Auditing = Callable[[], object]


class Worker:
    def __init__(
        self,
        lease: Lease,
        follower: Follower,
        submitter: Submitter,
        undertaker: Undertaker,
        waiting: Waiting,
        auditor: Auditing,
        rewind: Callable[[RolledBack], None] | None = None,
        make_again: Callable[[], int] | None = None,
    ) -> None:
        """`rewind` brings the index back to a chain that lost blocks; `make_again` makes the registry changes in them anew."""
        self._lease = lease
        self._auditor = auditor
        self._rewind = rewind
        self._make_again = make_again
        self._sure = False  # the chain is the one that was followed, as of the follower's last look
        self._undertaker = undertaker
        self._waiting = waiting
        self._follower = follower
        self._submitter = submitter
        self._stop = threading.Event()
        self._work = threading.Event()
        self._threads: list[threading.Thread] = []
        self._trouble: dict[str, str] = {}
        self._under_way = False
        self._audited_once = False

    @property
    def trouble(self) -> str | None:
        """Why following or submitting stands still just now; None while both go on."""
        return self._trouble.get("follower") or self._trouble.get("submitter")

    @property
    def leads(self) -> bool:
        """Whether this gateway follows and submits, of all on its database."""
        return self._lease.leads

    def start(self) -> None:
        steps = {"follower": self._follow, "submitter": self._submit, "auditor": self._audit}
        for name, step in steps.items():
            thread = threading.Thread(target=self._loop, args=(name, step), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stop.set()
        self._work.set()
        for thread in self._threads:
            thread.join(timeout=10)
        with suppress(StoreBusy):  # then another waits a while before it takes over
            self._lease.let_go()

    def nudge(self) -> None:
        """There is something new in the outbox."""
        self._work.set()

    def _follow(self) -> float:
        if not self._lease.hold():
            self._sure = False
            return IDLE
        try:
            left = self._follower.step()
        except WrongChain as error:
            self._lease.wrong_chain(str(error))
            raise
        except RolledBack as lost:
            if self._rewind is None:
                raise
            self._troubled("follower", lost, 0.0)
            self._rewind(lost)
            return 0.0
        self._lease.wrong_chain(None)
        self._sure = True
        if left == 0:
            self._lease.level()
        return 0.0 if left else BUSY if self._under_way else IDLE

    def _submit(self) -> float:
        if not self._lease.hold():
            return IDLE
        if not self._sure:
            # nothing is sent to a chain that may be another one
            return RETRY if "follower" in self._trouble else BUSY
        if self._make_again is not None:
            self._make_again()
        self._waiting.step()
        progress = self._submitter.step()
        self._undertaker.step()
        self._under_way = bool(progress.signed or progress.decided or progress.waiting)
        return BUSY if self._under_way else QUIET

    def _audit(self) -> float:
        """What is found stands in the database, and on the pages of the batches it is about."""
        if not self._audited_once:
            self._audited_once = True
            return FIRST_AUDIT
        if not self._lease.leads:
            return FIRST_AUDIT
        self._auditor()
        return AUDIT_PAUSE

    def _loop(self, name: str, step: Callable[[], float]) -> None:
        while not self._stop.is_set():
            try:
                pause = step()
                self._trouble.pop(name, None)
            except Deposed as error:
                log.warning("%s", error)
                pause = IDLE
            except StoreError as error:
                log.critical("stopping: %s", error)  # only a start from disk can tell what was kept
                os._exit(70)
            except (ChainError, StoreBusy) as error:
                pause = self._troubled(name, error, RETRY)
            except LedgerError as error:
                pause = self._troubled(name, error, STANDSTILL)
            except Exception as error:
                log.exception("%s failed in a way nobody thought of", name)
                pause = self._troubled(name, error, STANDSTILL)
            if name == "submitter":
                self._work.wait(pause)
                self._work.clear()
            else:
                self._stop.wait(pause)

    def _troubled(self, name: str, error: Exception, pause: float) -> float:
        """Says it once, not at each try."""
        if name == "follower":
            self._sure = False
        said = str(error) or type(error).__name__
        if self._trouble.get(name) != said:
            log.error("%s stands still and tries again: %s", name, said)
        self._trouble[name] = said
        return pause
