"""A venv of its own for slither and halmos, `.venv-proofs`: both want older packages than the project's own venv has.

`analysis.lock` is made by `uv pip compile --universal --generate-hashes --no-annotate --no-header --python-version 3.11` of
two lines, `slither-analyzer==0.11.6` and `halmos==0.3.3`. Named without a version either falls back to an old one in silence.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys

from campaigns.evidence import ROOT

LOCK = ROOT / "campaigns" / "analysis.lock"
VENV = ROOT / ".venv-proofs"


def environment() -> dict[str, str]:
    """The environment in which `slither` and `halmos` are the locked ones; makes the venv when it is not there or of another lock.

    RuntimeError, with what the installer said, if the packages cannot be had.
    """
    wanted = hashlib.sha256(f"{platform.python_version()}\0{ROOT}\0".encode() + LOCK.read_bytes()).hexdigest()
    ready = VENV / ".ready"
    with (ROOT / ".venv-proofs.lock").open("w") as once:
        fcntl.flock(once, fcntl.LOCK_EX)
        if not ready.exists() or ready.read_text("utf-8") != wanted:
            print("making .venv-proofs (once; half a minute)", file=sys.stderr, flush=True)
            shutil.rmtree(VENV, ignore_errors=True)
            _run(sys.executable, "-m", "venv", "--without-pip", str(VENV))
            _run(
                "uv",
                "pip",
                "install",
                "-q",
                "--python",
                str(VENV / "bin" / "python"),
                "--require-hashes",
                "-r",
                str(LOCK),
            )
            ready.write_text(wanted, "utf-8")
    return {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")
