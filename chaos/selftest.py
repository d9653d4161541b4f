"""The harness against itself: a mistake is planted in the workers, and the same oracle has to report it.

Two runs go without any, one under each kind of conditions: what they do not report, the others have from their mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chaos.defects import DEFECTS, FROZEN, Defect
from chaos.run import Plan
from chaos.run import run as one_run

EVENTS = 150
PATIENCE = 20.0
MOST_SECONDS = 90.0
FIGURES = ("lost", "duplicates", "nonce_gaps")


def _nothing() -> None:
    """Plants nothing."""


CONTROLS = {
    "none": Defect("nothing planted", _nothing, ""),
    "none-frozen": Defect("nothing planted, a leader frozen", _nothing, "", FROZEN, kills=1, freezes=1),
}
ALL = CONTROLS | DEFECTS


async def run(folder: Path, seed: int, names: Sequence[str] = tuple(ALL)) -> dict[str, Any]:
    """`{"seed", "defects": [{"defect", "words", "found", "kills", "acknowledged", "lost", "duplicates", "nonce_gaps",
    "seconds", "examples"}]}`; `found`: the defect was reported, or, where nothing was planted, nothing was."""
    return {"seed": seed, "defects": [await _one(folder / name, seed, name) for name in names]}


async def _one(data: Path, seed: int, name: str) -> dict[str, Any]:
    defect = ALL[name]
    plan = Plan(
        seed, defect.kills, EVENTS, patience=PATIENCE, most_seconds=MOST_SECONDS, fate=defect.fate, freezes=defect.freezes,
        defect=name if name in DEFECTS else None,
    )  # fmt: skip
    data.mkdir()
    report = await one_run(plan, data)
    told = {each: report.figures[each] for each in ("kills", "acknowledged", *FIGURES, "seconds")}
    found = bool(told[defect.shows]) if defect.shows else report.kept
    return {"defect": name, "words": defect.words, "found": found, **told, "examples": report.details["found"][:3]}


def text(found: dict[str, Any]) -> str:
    lines = []
    for each in found["defects"]:
        right = (
            {True: "found", False: "NOT FOUND"} if each["defect"] in DEFECTS else {True: "clean", False: "NOT CLEAN"}
        )
        said = ", ".join(f"{name} {each[name]}" for name in FIGURES)
        lines.append(f"{right[each['found']]}: {each['defect']} ({each['words']}): {said}; {each['seconds']} s")
        lines += [f"    {example}" for example in each["examples"]]
    return "\n".join(lines)
