"""The figures of a campaign, from what became of each mutant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from campaigns.mutation.arguments import Argument, sort

LEAST = 0.95


def told(kinds: Mapping[str, str], steps: Iterable[str], total: int, arguments: Iterable[Argument]) -> dict[str, Any]:
    """`kinds`: mutant → killed, survived, stillborn, duplicate, same_code, same_code_optimized. `steps`: what killed each.

    `score` is killed / (killed + survived), survivors that are argued to be equivalent left out.
    """
    argued, silent, idle = sort(kinds, arguments)
    counts, by = Counter(kinds.values()), Counter(steps)
    equivalent = {id_: argument.text for id_, argument in argued.items() if argument.equivalent}
    survived = {id_: argument.text for id_, argument in argued.items() if not argument.equivalent}
    counted = counts["killed"] + len(survived) + len(silent)
    return {
        "score": round(counts["killed"] / counted, 4) if counted else 0.0,
        "mutants": total,
        "judged": len(kinds),
        "killed": counts["killed"],
        "killed_by": {"tests": by["quick"] + by["slow"], "invariants": by["invariants"]},
        "stillborn": counts["stillborn"],
        "same_code": counts["same_code"] + counts["same_code_optimized"],
        "duplicates": counts["duplicate"],
        "equivalent_count": len(equivalent),
        "survived_count": len(survived) + len(silent),
        "equivalent": equivalent,
        "survived": survived,
        "without_argument": silent,
        "idle_arguments": idle if len(kinds) == total else [],
    }


def good(result: Mapping[str, Any]) -> bool:
    """All judged, enough killed, every survivor argued, and every argument needed."""
    return bool(
        result["judged"] == result["mutants"]
        and result["score"] >= LEAST
        and not result["without_argument"]
        and not result["idle_arguments"]
    )
