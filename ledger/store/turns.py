"""Whose turn it is to write: in the order in which they came, among the threads of a process and among processes.

SQLite lets those who wait sleep for longer and longer, and whoever comes meanwhile goes first. Where one worker records all
the time, another that leads could write nothing, and lose its place. Of safety nothing rests on this: that is SQLite's lock.

Among processes two locks make a turnstile: who waits for the second holds the first, so who comes anew stands behind. The
kernel lets go of both when a process dies; to a stopped one the others give way for COURTESY seconds each time.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOOK = 0.001  # seconds
COURTESY = (
    1.0  # seconds: so long a process gives way to one that may be stopped, then it goes on; SQLite's lock decides
)


class Turns:
    def __init__(self, path: Path) -> None:
        """`path`: a name for two lock files beside the database, `-gate` and `-turn`."""
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False
        self._paths = [path.with_name(f"{path.name}-{word}") for word in ("gate", "turn")]
        self._files: list[int] = []

    @contextmanager
    def mine(self, patience: float) -> Iterator[bool]:
        """Held inside the block; False when it did not come within `patience` seconds among our own threads."""
        if not self._take(patience):
            yield False
            return
        try:
            files = self._opened()
            if files is not None:
                _pass(*files, time.monotonic() + COURTESY)
            try:
                yield True
            finally:
                if files is not None:
                    with suppress(OSError):
                        fcntl.flock(files[1], fcntl.LOCK_UN)
        finally:
            self._pass_on()

    def close(self) -> None:
        """They are opened again when they are needed."""
        while self._files:
            os.close(self._files.pop())

    def _opened(self) -> tuple[int, int] | None:
        """None on a disk that is full or cannot be written: whoever writes hears that from SQLite."""
        try:
            while len(self._files) < 2:
                path = self._paths[len(self._files)]
                self._files.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError:
            return None
        return self._files[0], self._files[1]

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


def _pass(gate: int, turn: int, end: float) -> None:
    """Among processes."""
    if not _held(gate, end):
        return
    try:
        _held(turn, end)
    finally:
        with suppress(OSError):
            fcntl.flock(gate, fcntl.LOCK_UN)


def _held(lock: int, end: float) -> bool:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
        except OSError:
            return False
        time.sleep(LOOK)
