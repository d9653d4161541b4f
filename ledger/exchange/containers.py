"""What is in each logistic unit, as the aggregations of one document say."""

from __future__ import annotations

from dataclasses import replace

from ledger.exchange.facts import Fact, Goods, merged


class Containers:
    """Contents by logistic unit; a unit may hold further units."""

    def __init__(self) -> None:
        self._goods: dict[str, tuple[Goods, ...]] = {}
        self._inner: dict[str, tuple[str, ...]] = {}

    def apply(self, fact: Fact) -> None:
        """Pack or unpack as a recorded aggregation says."""
        if fact.fills:
            self._goods[fact.fills] = merged(self._goods.get(fact.fills, ()) + fact.goods)
            self._inner[fact.fills] = tuple(dict.fromkeys(self._inner.get(fact.fills, ()) + fact.containers))
        elif fact.empties:
            if fact.containers == (fact.empties,):
                self._goods.pop(fact.empties, None)
                self._inner.pop(fact.empties, None)
            else:
                self._take_out(fact.empties, fact)

    def goods_in(self, unit: str) -> tuple[Goods, ...]:
        """All that is in a unit, through every level, each line marked with the outermost unit; empty if unknown."""
        found: list[Goods] = []
        seen: set[str] = set()
        open_units = [unit]
        while open_units:
            each = open_units.pop()
            if each not in seen:
                seen.add(each)
                found += self._goods.get(each, ())
                open_units += self._inner.get(each, ())
        return merged(replace(line, inside=unit) for line in found)

    def _take_out(self, unit: str, fact: Fact) -> None:
        out = {(line.lot, line.unit): line.quantity for line in fact.goods}
        left: list[Goods] = []
        for line in self._goods.get(unit, ()):
            taken = out.get((line.lot, line.unit), 0)
            rest = 0 if taken is None or line.quantity is None else line.quantity - taken
            if rest > 0:
                left.append(replace(line, quantity=rest, entered=line.entered if not taken else None))
        self._goods[unit] = tuple(left)
        self._inner[unit] = tuple(inner for inner in self._inner.get(unit, ()) if inner not in fact.containers)
