"""Which keeper runs on a data folder: its lock, its record, its end, and the end of its data."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from devnet.process import Process, child_note, end_noted
from devnet.settings import DevnetError, Settings

END_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Record:
    """`devnet.json`: the chain that is up. `started` makes `pid` unmistakable (ticks since boot)."""

    rpc: str
    pid: int
    started: int
    anvil_pid: int
    chain_id: int
    journal: str

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """None if there is no record, or none that can be read."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Put it in place at once and whole."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self), indent=1) + "\n")
        fresh.rename(path)


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Hold the data folder. The kernel lets go of the lock when this process ends, however it ends.

    Raises DevnetError if another keeper holds it.
    """
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(settings.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            record = Record.read(settings.record)
            by = f" (pid {record.pid})" if record and Process(record.pid, record.started).alive else ""
            raise DevnetError(
                f"The chain in {settings.data} is already kept by another process{by}. Run down first."
            ) from None
        yield
    finally:
        os.close(lock)


def down(settings: Settings) -> str:
    """End the keeper that devnet.json names, and wait for its end. Harmless if there is none. Returns what was done.

    Raises DevnetError while a keeper is starting, and if it cannot be ended.
    """
    record = Record.read(settings.record)
    if record is not None and (keeper := Process(record.pid, record.started)).alive:
        # A keeper that does not end in time is killed: everything acknowledged is in the journal, Anvil dies with it.
        if not (keeper.end(signal.SIGTERM, END_SECONDS) or keeper.end(signal.SIGKILL, END_SECONDS)):
            raise DevnetError(f"The keeper (pid {record.pid}) does not end.")
        done = f"The chain in {settings.data} is down."
    else:
        done = f"No chain is up in {settings.data}."
    if settings.data.exists():
        try:
            with held(settings):
                settings.record.unlink(missing_ok=True)
                end_noted(child_note(settings.scratch), str(settings.scratch))
        except DevnetError as busy:
            raise DevnetError(f"A keeper is just starting in {settings.data}. Try again when it is up.") from busy
    return done


def reset(settings: Settings) -> None:
    """Remove the chain for good. Raises DevnetError while a keeper holds it."""
    with held(settings):
        end_noted(child_note(settings.scratch), str(settings.scratch))
        for path in (settings.record, settings.journal, settings.journal.with_suffix(".new")):
            path.unlink(missing_ok=True)
        shutil.rmtree(settings.scratch, ignore_errors=True)
