"""What a campaign leaves behind: one file of `docs/evidence/` that says what was run, on which sources, and what came of it.

    {"name", "commit", "date", "command", "seed", "n", "sources", "result"}

`sources` is one hash over the files that the campaign tests, its own harness among them. While it stays the same, runs may
add up: `earlier` gives what they came to so far. A changed file begins again from nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "evidence"


def sources(*globs: str, root: Path = ROOT) -> str:
    """Hash over the names and bytes of all files that match, in order of their names; ValueError if a pattern finds none."""
    names: set[Path] = set()
    for glob in globs:
        found = [path for path in root.glob(glob) if path.is_file() and "__pycache__" not in path.parts]
        if not found:
            raise ValueError(f"no file matches {glob}")
        names.update(found)
    digest = hashlib.sha256()
    for path in sorted(names):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def earlier(name: str, hash_: str) -> dict[str, Any] | None:
    """The evidence that stands for exactly these sources; None if there is none, or it is of others."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return None
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told if told["sources"] == hash_ else None


def write(
    name: str, *, command: str, seed: int | str | Iterable[int] | None, n: int, hash_: str, result: dict[str, Any]
) -> Path:
    """Replaces the evidence in one step: whoever reads it, or dies here, sees the old or the new one whole.

    `seed` is one, several (runs that add up) or None where nothing is drawn; `n` is how many trials `result` is about.
    """
    drawn = seed if seed is None or isinstance(seed, int | str) else list(seed)
    told = {
        "name": name,
        "commit": _commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "command": command,
        "seed": drawn,
        "n": n,
        "sources": hash_,
        "result": result,
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    new = path.with_suffix(f".{os.getpid()}.new")
    new.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    new.replace(path)
    return path


def _commit() -> str:
    """The commit the tree stands on; `+` where the tree differs from it (the hash of the sources says which tree)."""
    head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    changed = subprocess.run(["git", "status", "--porcelain", "-uno"], cwd=ROOT, capture_output=True, text=True)
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "") if head.returncode == 0 else "unknown"
