"""`nguon` as a user runs it, against a running gateway: in a process of its own, or in this one, which is much faster."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.cli import main
from tests.gateway_process import ROOT

NGUON = Path(sys.executable).with_name("nguon")


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


def nguon_runs(*arguments: object) -> Said:
    """Runs the installed `nguon ARGUMENTS` to its end."""
    line = [str(NGUON), *map(str, arguments)]
    done = subprocess.run(
        line, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT, timeout=180, check=False
    )
    return Said(done.returncode, done.stdout, done.stderr)


def nguon_says(*arguments: object, given: str = "") -> Said:
    """The same command in this process, with `given` on standard input. Raises what a user would see as a traceback."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    terminal = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main([*map(str, arguments)])
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdin = terminal
    return Said(int(code or 0), out.getvalue(), err.getvalue())
