"""The form of every bench's answer (DESIGN, section 11): rows, and budgets that decide the exit code."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Budget:
    """`least`: the value has to reach the limit; else it may not pass it."""

    name: str
    value: float
    limit: float
    least: bool = False

    @property
    def ok(self) -> bool:
        return self.value >= self.limit if self.least else self.value <= self.limit


@dataclass(slots=True)
class Report:
    """`rounds`: how often each was measured; 1 where a figure is exact."""

    bench: str
    rounds: int = 1
    rows: list[Row] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def row(self, name: str, value: float, unit: str) -> None:
        self.rows.append(Row(name, round(value, 3), unit))

    def budget(self, name: str, value: float, limit: float, *, least: bool = False) -> None:
        self.budgets.append(Budget(name, round(value, 3), limit, least))

    @property
    def ok(self) -> bool:
        return all(budget.ok for budget in self.budgets)

    def as_json(self) -> str:
        budgets = [{"name": b.name, "value": b.value, "limit": b.limit, "ok": b.ok} for b in self.budgets]
        return json.dumps(
            {"bench": self.bench, "rows": [asdict(row) for row in self.rows], "budgets": budgets, **self.facts}
        )

    def as_text(self) -> str:
        lines = [f"{row.name:<44} {row.value:>14,.3f} {row.unit}" for row in self.rows]
        for b in self.budgets:
            sign = "≥" if b.least else "≤"
            lines.append(f"{'met   ' if b.ok else 'MISSED'} {b.name:<37} {b.value:>14,.3f} {sign} {b.limit:,}")
        return "\n".join(lines)
