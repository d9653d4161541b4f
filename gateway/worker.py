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

IDLE = 0.25  # between looks when nothing happens; a nudge cuts it short
BUSY = 0.05  # between looks while something is under way
RETRY = 2.0  # after the node was away


class Worker:
    def __init__(self, follower: Follower, submitter: Submitter) -> None:
        self._follower = follower
        self._submitter = submitter
        self._stop = threading.Event()
        self._work = threading.Event()
        self._threads: list[threading.Thread] = []
        self.caught_up_at: float | None = None
        self.trouble: str | None = None
        self._under_way = False

    def start(self) -> None:
        for name, step in (("follower", self._follow), ("submitter", self._submit)):
            thread = threading.Thread(target=self._loop, args=(step,), name=name, daemon=True)
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
            self.trouble = None
        return 0.0 if left else BUSY if self._under_way else IDLE

    def _submit(self) -> float:
        progress = self._submitter.step()
        self._under_way = bool(progress.signed or progress.decided or progress.waiting)
        return BUSY if self._under_way else IDLE

    def _loop(self, step: Callable[[], float]) -> None:
        while not self._stop.is_set():
            try:
                pause = step()
            except ChainError as error:
                self.trouble = str(error)
                log.warning("%s: %s", threading.current_thread().name, error)
                pause = RETRY
            except StoreError as error:
                log.critical("stopping: %s", error)  # only a start from disk can tell what was kept
                os._exit(70)
            except LedgerError as error:
                self.trouble = str(error)
                log.critical("%s stands still and needs a person: %s", threading.current_thread().name, error)
                pause = 10 * RETRY
            if step == self._submit:
                self._work.wait(pause)
                self._work.clear()
            else:
                self._stop.wait(pause)
