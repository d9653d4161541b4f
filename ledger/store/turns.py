"""Whose turn it is to write, within one process: in the order in which they came.

SQLite lets those who wait sleep for longer and longer, and whoever comes meanwhile goes first. Where recording, following and
submitting write in turn, the busiest would keep the others waiting for as long as it is busy.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def mine(self, patience: float) -> Iterator[bool]:
        """Held inside the block; False when it did not come within `patience` seconds."""
        got = self._take(patience)
        try:
            yield got
        finally:
            if got:
                self._pass_on()

    def _take(self, patience: float) -> bool:
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(patience):
            return True
        with self._lock:
            if called.is_set():  # just now
                return True
            self._waiting.remove(called)
            return False

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
