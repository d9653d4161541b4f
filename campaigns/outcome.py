"""What a campaign says when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """`ok`: it shows what it has to. `told`: the figures, as they stand in the evidence."""

    ok: bool
    told: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        lines = [f"{name}: {'shown' if self.ok else 'NOT SHOWN'}"]
        lines += [f"  {what}: {value}" for what, value in self.told.items() if _is_short(value)]
        return "\n".join(lines)


def _is_short(value: Any) -> bool:
    """A figure, or a list of words."""
    return not isinstance(value, dict | list) or (
        isinstance(value, list) and 0 < len(value) <= 20 and all(isinstance(each, str) for each in value)
    )
