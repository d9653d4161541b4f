"""Ids, quantities and refusals in the words of the document: names of its master data instead of hashes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.errors import Refusal
from ledger.events.identifiers import batch_id, party_id, product_id
from ledger.events.laws import LAWS, explain
from ledger.events.model import Unit
from ledger.events.plain_words import measure
from ledger.exchange.drafts import Batch
from ledger.exchange.epc import NotMapped
from ledger.exchange.facts import Fault, Goods
from ledger.exchange.masterdata import MasterData


@dataclass(slots=True)
class Names:
    """Names of ids met so far. `met` remembers, `of` answers: the name of a 32-byte id, or None."""

    master: MasterData
    _names: dict[bytes, str] = field(default_factory=dict)
    _batches: dict[bytes, Batch] = field(default_factory=dict)

    def met_party(self, uri: str) -> None:
        self._names[party_id(uri)] = self.party(uri)

    def met_product(self, uri: str) -> None:
        self._names[product_id(uri)] = self.master.product_name(uri)

    def met_batch(self, batch: Batch) -> bytes:
        lot = batch.goods.lot
        id = batch_id(product_id(lot.product), party_id(batch.origin), lot.lot.encode("ascii"))
        self._names[id] = self.master.batch_name(lot)
        self._batches[id] = batch
        return id

    def of(self, id: bytes) -> str | None:
        return self._names.get(id)

    def batch_of(self, refusal: Refusal) -> Batch | None:
        """The batch that a refusal names, if it was met."""
        named = refusal.numbers.get("batch")
        return self._batches.get(named) if isinstance(named, bytes) else None

    def party(self, uri: str) -> str:
        name = self.master.party_name(uri)
        return name if name == uri else f"{name} ({uri})"

    def goods(self, line: Goods) -> str:
        """`9876 kg of Whole Yellowfin Tuna, lot v1-0122-2022`."""
        name = self.master.batch_name(line.lot)
        return name if line.quantity is None else f"{measure(line.quantity, line.unit)} of {name}"

    def explain(self, fault: Fault, unit: Unit | None = None) -> str:
        """One plain sentence for what is wrong."""
        if isinstance(fault, NotMapped):
            return str(fault)
        if fault.law not in LAWS and "reason" in fault.numbers:
            return str(fault.numbers["reason"])
        if fault.law in ("UnknownParty", "UnknownProduct") and isinstance(
            uri := next(iter(fault.numbers.values())), str
        ):
            kind, name = ("party", self.party(uri)) if fault.law == "UnknownParty" else ("product", uri)
            return f"{kind} {name} is not admitted to this ledger"
        batch = self.batch_of(fault)
        said = explain(fault, self.of, unit if batch is None else batch.goods.unit)
        return f"{self.master.batch_name(batch.goods.lot)}: {said}" if batch and fault.law == "MoreThanHeld" else said
