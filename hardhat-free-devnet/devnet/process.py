"""Processes by more than their number: a pid is used again, a pid with its start time is not.

Read from /proc, so this is for Linux, like the pinned Anvil.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Process:
    """`started` is in clock ticks since boot."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The live process with this number; None if there is none, or only its zombie."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else cls(pid, int(fields[19]))

    @property
    def alive(self) -> bool:
        return Process.of(self.pid) == self

    def mentions(self, argument: str) -> bool:
        """Was it started with this command line argument?"""
        try:
            return argument.encode() in Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False

    def end(self, number: int, patience: float) -> bool:
        """Send the signal to this very process and wait for its end, in seconds. True if it is gone."""
        deadline = time.monotonic() + patience
        if self.alive:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return True
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def die_with_parent(parent: int) -> None:
    """Run in a new child before exec: the kernel kills it when its parent dies, even by kill -9."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before the line above took hold
        os._exit(1)


def child_note(folder: Path) -> Path:
    """Where the child that works in this folder is noted."""
    return folder / "process.json"


def note(pid: int, path: Path) -> None:
    """Leave word of a child for one that finds it orphaned. If we die before this, the kernel ends the child."""
    process = Process.of(pid)
    if process is not None:
        path.write_text(json.dumps({"pid": process.pid, "started": process.started}))


def end_noted(path: Path, argument: str) -> None:
    """Kill the noted process if it outlived its parent and is really that one, started with `argument`."""
    try:
        noted = json.loads(path.read_text())
        leftover = Process(noted["pid"], noted["started"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    if leftover.alive and leftover.mentions(argument):
        leftover.end(signal.SIGKILL, patience=10)
