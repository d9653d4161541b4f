"""The harness against itself: a mistake is planted in the workers, and the same oracle has to report it.

One run goes without any, under the same conditions: what it does not report, the others did not get from the conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chaos.defects import DEFECTS
from chaos.run import Plan
from chaos.run import run as one_run

KILLS, EVENTS, FREEZES = 12, 250, 2
PATIENCE = 20.0
MOST_SECONDS = 60.0
FIGURES = ("lost", "duplicates", "nonce_gaps")


async def run(folder: Path, seed: int, names: Sequence[str] = ("none", *DEFECTS)) -> dict[str, Any]:
    """`{"defects": [{"defect", "words", "found", "kills", "acknowledged", "lost", "duplicates", "nonce_gaps", "seconds"}]}`;
    of the run without a defect `found` says that nothing was reported."""
    defects = []
    for name in names:
        defect = DEFECTS.get(name)
        plan = Plan(
            seed, KILLS, EVENTS, patience=PATIENCE, most_seconds=MOST_SECONDS,
            defect=name if defect else None, fate=defect.fate if defect else None,
        )  # fmt: skip
        data = folder / name
        data.mkdir()
        report = await one_run(plan, data)
        figures = report.figures
        shown = {each: figures[each] for each in ("kills", "acknowledged", *FIGURES, "seconds")}
        found = any(shown[each] for each in defect.shows) if defect else not any(shown[each] for each in FIGURES)
        words = defect.words if defect else "nothing planted"
        defects.append(
            {"defect": name, "words": words, "found": found, **shown, "examples": report.details["found"][:3]}
        )
    return {"seed": seed, "defects": defects}


def text(found: dict[str, Any]) -> str:
    lines = []
    for each in found["defects"]:
        said = ", ".join(f"{name} {each[name]}" for name in FIGURES)
        lines.append(f"{'found' if each['found'] else 'NOT FOUND'}: {each['defect']} ({each['words']}): {said}")
        lines += [f"    {example}" for example in each["examples"]]
    return "\n".join(lines)
