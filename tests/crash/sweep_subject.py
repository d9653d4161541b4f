"""One whole cycle, from opening the database to a final event and the closed database, in a process that a fault is put into.

It does what the gateway does (gateway/worker.py, gateway/problems.py): a StoreError ends it at once, a node or a database that
cannot be used just now is asked again, and an id is acknowledged when `record` has returned. `hasty` is a planted defect:
it acknowledges just before the commit.
"""

from __future__ import annotations

import ctypes
import encodings.idna  # noqa: F401 - looked for at the first name of a host otherwise
import os
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from ledger.errors import ChainError, StoreBusy, StoreError
from ledger.recording import Draft
from tests.crash.ledger_parts import Death, Parts
from tests.devnet_process import DEADLINE

BEGIN, CLOSING, END = "the-cycle-begins", "the-database-closes", "the-cycle-ends"
ENDED, FAILED, STOPPED = 0, 1, 70
PATIENCE = 2
"""Rounds that may fail. With a fault that stays, an operator would end it."""
ANYBODY = (0x59616D61, ctypes.c_ulong(-1))  # PR_SET_PTRACER: where only parents may trace, strace is none


class Hasty(Death):
    """Promises what is not yet on disk."""

    parts: Parts

    def __call__(self, moment: str) -> None:
        if moment == "before the event commits":
            (row,) = self.parts.store.read().execute("SELECT id FROM outbox ORDER BY seq DESC LIMIT 1")
            acknowledge(self.parts.folder, row["id"])


def acknowledge(folder: Path, id: bytes) -> None:
    """What a client was told, kept where no fault of the subject can take it back."""
    kept = os.open(folder / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(kept, id)
    os.fsync(kept)
    os.close(kept)


def subject(folder: Path, rpc: str, draft: Draft, key: str, hasty: bool, start: Connection) -> None:
    """Says that it is there and waits for a word: strace has to come first."""
    ctypes.CDLL(None).prctl(*ANYBODY)
    start.send_bytes(b"here")
    start.recv_bytes()
    _mark(folder / BEGIN)
    try:
        cycle(folder, rpc, draft, key, hasty)
    except StoreError as error:
        _end(folder, STOPPED, error)
    except BaseException as error:
        _end(folder, FAILED, error)
    _mark(folder / END)
    os._exit(ENDED)


def _mark(name: Path) -> None:
    """A call that stands in strace's record, whatever it gives."""
    with suppress(OSError):
        name.stat()


def cycle(folder: Path, rpc: str, draft: Draft, key: str, hasty: bool) -> None:
    parts = Parts(folder, rpc)
    if hasty:
        parts.death = parts.store.death = Hasty()
        parts.death.parts = parts
    parts.store.committing = "event"
    id, failed, end = None, 0, time.monotonic() + DEADLINE
    while True:
        assert time.monotonic() < end, "it is not final"
        try:
            if id is None:
                id = parts.record(draft, key=key)
                parts.store.committing = "nothing"
                if not hasty:
                    acknowledge(folder, id)
            progress = parts.submitter.step()
            parts.follower.step()
            if parts.state(id) == "final" and not progress.waiting:
                break
        except (ChainError, StoreBusy):
            failed += 1
            if failed > PATIENCE:
                raise
        time.sleep(0.03)
    _mark(folder / CLOSING)
    parts.store.close()


def _end(folder: Path, code: int, error: BaseException) -> None:
    """What was wrong, for the report; a fault that stays may take that too."""
    try:
        (folder / "why").write_text("".join(traceback.format_exception(error)), "utf-8")
    finally:
        os._exit(code)
