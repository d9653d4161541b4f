"""A party's own units of the trade, by product: a basket of crab is 20 kg. What was written with a unit keeps its version."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from typing import Final

from gateway.portal.amounts import TradeUnit
from ledger.errors import Refusal
from ledger.store import units
from ledger.store.database import Store
from ledger.store.units import UnitRow

MOST_FACTOR: Final = 10**12
_NAME = re.compile(r"[^\W\d_][\w .'’-]{0,19}")
"""A word, as people write it beside a number."""


class TradeUnits:
    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def of(self, party: bytes, product: bytes) -> list[TradeUnit]:
        """As they are now, by name."""
        newest: dict[str, UnitRow] = {}
        for row in self.history(party, product):
            newest.setdefault(row.name, row)
        return [TradeUnit(row.name, row.name, row.factor, row.version) for row in newest.values()]

    def history(self, party: bytes, product: bytes) -> list[UnitRow]:
        """All versions, by name, the newest of each first."""
        return units.history(self._store.read(), party, product)

    def declare(self, party: bytes, product: bytes, name: str, factor: int, person: str) -> None:
        """From now on. Raises `UnitName`, `QuantityOverflow`."""
        said = " ".join(unicodedata.normalize("NFC", name).split()).lower()
        if not _NAME.fullmatch(said):
            raise Refusal("UnitName", name=name[:20])
        if factor > MOST_FACTOR:
            raise Refusal("QuantityOverflow")
        with self._store.write() as db:
            units.declare(db, party, product, said, factor, person, int(self._clock()))

    def last(self, person: str, product: bytes) -> str | None:
        """The name of the unit that this person last wrote of this product."""
        return units.last(self._store.read(), person, product)

    def used(self, person: str, product: bytes, name: str) -> None:
        if self.last(person, product) != name:
            with self._store.write() as db:
                units.used(db, person, product, name)
