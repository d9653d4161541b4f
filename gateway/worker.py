"""The background half of a gateway: submit what is accepted, follow the chain. One thread each, ended with the process."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from ledger.errors import ChainError, LedgerError, StoreError
from ledger.projection.follower import Follower
from ledger.submit import Submitter

log = logging.getLogger(__name__)

IDLE = 0.25  # between looks at a chain on which nothing happens
QUIET = 1.0  # between looks at an empty outbox; a nudge cuts it short
BUSY = 0.05  # between looks while something is under way
RETRY = 2.0  # after the node was away
STANDSTILL = 20.0  # after what only a person can mend


class Worker:
    def __init__(self, follower: Follower, submitter: Submitter) -> None:
        self._follower = follower
        self._submitter = submitter
        self._stop = threading.Event()
        self._work = threading.Event()
        self._threads: list[threading.Thread] = []
        self._trouble: dict[str, str] = {}
        self._under_way = False
        self.caught_up_at: float | None = None

    @property
    def trouble(self) -> str | None:
        """Why following or submitting stands still just now; None while both go on."""
        return self._trouble.get("follower") or self._trouble.get("submitter")

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

    def lag(self) -> float | None:
        """Seconds since the index was level with the chain; None if it never was since the start."""
        return None if self.caught_up_at is None else max(0.0, time.time() - self.caught_up_at)

    def nudge(self) -> None:
        """There is something new in the outbox."""
        self._work.set()

    def _follow(self) -> float:
        left = self._follower.step()
        if left == 0:
            self.caught_up_at = time.time()
        return 0.0 if left else BUSY if self._under_way else IDLE

    def _submit(self) -> float:
        if "follower" in self._trouble:
            return RETRY  # nothing is sent to a chain that may be another one
        progress = self._submitter.step()
        self._under_way = bool(progress.signed or progress.decided or progress.waiting)
        return BUSY if self._under_way else QUIET

    def _loop(self, name: str, step: Callable[[], float]) -> None:
        while not self._stop.is_set():
            try:
                pause = step()
                self._trouble.pop(name, None)
            except StoreError as error:
                log.critical("stopping: %s", error)  # only a start from disk can tell what was kept
                os._exit(70)
            except ChainError as error:
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
