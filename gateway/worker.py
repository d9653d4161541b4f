"""The background half of a gateway: follow the chain, submit what is accepted. One thread each, ended with the process.

Of several gateways on one database one leads (ledger/store/lease.py); the others only answer requests, and take over.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress

from ledger.errors import ChainError, LedgerError, StoreBusy, StoreError, WrongChain
from ledger.projection.follower import Follower
from ledger.recording import Undertaker
from ledger.store.lease import Deposed, Lease
from ledger.submit import Submitter

log = logging.getLogger(__name__)

IDLE = 0.25  # between looks at a chain on which nothing happens
QUIET = 1.0  # between looks at an empty outbox; a nudge cuts it short
BUSY = 0.05  # between looks while something is under way
RETRY = 2.0  # after the node was away
STANDSTILL = 20.0  # after what only a person can mend


class Worker:
    def __init__(self, lease: Lease, follower: Follower, submitter: Submitter, undertaker: Undertaker) -> None:
        self._lease = lease
        self._undertaker = undertaker
        self._follower = follower
        self._submitter = submitter
        self._stop = threading.Event()
        self._work = threading.Event()
        self._threads: list[threading.Thread] = []
        self._trouble: dict[str, str] = {}
        self._under_way = False

    @property
    def trouble(self) -> str | None:
        """Why following or submitting stands still just now; None while both go on."""
        return self._trouble.get("follower") or self._trouble.get("submitter")

    @property
    def leads(self) -> bool:
        """Whether this gateway follows and submits, of all on its database."""
        return self._lease.leads

    def start(self) -> None:
        for name, step in (("follower", self._follow), ("submitter", self._submit)):
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
            return IDLE
        try:
            left = self._follower.step()
        except WrongChain as error:
            self._lease.wrong_chain(str(error))
            raise
        self._lease.wrong_chain(None)
        if left == 0:
            self._lease.level()
        return 0.0 if left else BUSY if self._under_way else IDLE

    def _submit(self) -> float:
        if "follower" in self._trouble:
            return RETRY  # nothing is sent to a chain that may be another one
        if not self._lease.hold():
            return IDLE
        progress = self._submitter.step()
        self._undertaker.step()
        self._under_way = bool(progress.signed or progress.decided or progress.waiting)
        return BUSY if self._under_way else QUIET

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
        said = str(error) or type(error).__name__
        if self._trouble.get(name) != said:
            log.error("%s stands still and tries again: %s", name, said)
        self._trouble[name] = said
        return pause
