"""One process that the harness started: its end, its freezing, and the moment at which it met its fate."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from chaos.fates import Fate


class Child:
    """`word`: the file in which a fated worker says at which moment it met its fate."""

    def __init__(
        self,
        fork: ForkServerContext,
        target: Callable[..., None],
        arguments: tuple[Any, ...],
        word: Path,
        fate: Fate | None,
    ) -> None:
        word.unlink(missing_ok=True)
        self.fate = fate
        self.url: str | None = None
        self.buried = False
        self._word = word
        self._process = fork.Process(target=target, args=arguments)
        self._process.start()
        assert self._process.pid is not None, "it was started"
        self.pid: int = self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    @property
    def exit_code(self) -> int | None:
        return self._process.exitcode

    @property
    def moment(self) -> str | None:
        with suppress(FileNotFoundError):
            return self._word.read_text() or None
        return None

    @property
    def frozen(self) -> bool:
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        except (FileNotFoundError, ProcessLookupError):
            return False

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self.alive:
            os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """By -9, and until it is gone."""
        self._process.kill()
        self._process.join()
