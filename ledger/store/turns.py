"""Whose turn it is to write: in the order in which they came, among the threads of a process and among processes.

SQLite lets those who wait sleep for longer and longer, and whoever comes meanwhile goes first. Where one worker records all
the time, another that leads could write nothing, and lose its place. Of safety nothing rests on this: that is SQLite's lock.

Among processes two locks make a turnstile: who waits for the second holds the first, so who comes anew stands behind. The
kernel lets go of both when a process dies; a stopped one is waited for no longer than `patience`.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK = 0.001  # seconds


class Turns:
    def __init__(self, path: Path) -> None:
        """`path`: a name for two lock files beside the database, `-gate` and `-turn`."""
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False
        self._gate, self._turn = (
            os.open(path.with_name(f"{path.name}-{word}"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            for word in ("gate", "turn")
        )

    @contextmanager
    def mine(self, patience: float) -> Iterator[bool]:
        """Held inside the block; False when it did not come within `patience` seconds."""
        end = time.monotonic() + patience
        if not self._take(patience):
            yield False
            return
        try:
            got = self._pass_gate(end)
            try:
                yield got
            finally:
                if got:
                    fcntl.flock(self._turn, fcntl.LOCK_UN)
        finally:
            self._pass_on()

    def close(self) -> None:
        os.close(self._gate)
        os.close(self._turn)

    def _take(self, patience: float) -> bool:
        """Among our threads."""
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

    def _pass_gate(self, end: float) -> bool:
        """Among processes."""
        if not _held(self._gate, end):
            return False
        try:
            return _held(self._turn, end)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)


def _held(lock: int, end: float) -> bool:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
        time.sleep(LOOK)
