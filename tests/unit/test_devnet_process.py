"""A process is ended only if it is the very one that was meant."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from devnet.process import Process, end_noted, note


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_a_leftover_child_is_ended(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    note(sleeper.pid, tmp_path / "note")
    end_noted(tmp_path / "note", "600")
    assert sleeper.wait(30) == -signal.SIGKILL


def test_a_process_that_took_over_the_number_is_left_alone(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """Another start time, another command line, or a note that was torn: nothing is ended."""
    running = Process.of(sleeper.pid)
    assert running is not None
    path = tmp_path / "note"
    end_noted(path, "600")
    for text in (
        "",
        "{",
        "[]",
        f'{{"pid": {sleeper.pid}}}',
        f'{{"pid": {sleeper.pid}, "started": {running.started + 1}}}',
    ):
        path.write_text(text)
        end_noted(path, "600")
    note(sleeper.pid, path)
    end_noted(path, "60")
    assert not Process(sleeper.pid, running.started - 1).alive
    assert running.alive


def test_a_zombie_counts_as_gone(sleeper: subprocess.Popen[bytes]) -> None:
    """Nobody has waited for it yet, but it does nothing any more."""
    running = Process.of(sleeper.pid)
    assert running is not None
    assert running.end(signal.SIGTERM, patience=30)
    assert Path(f"/proc/{sleeper.pid}").exists()
    assert Process.of(sleeper.pid) is None
    assert Process.of(os.getpid()) is not None
