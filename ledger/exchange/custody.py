"""Who has what, as the ledger and the failures of this import say, and what to answer when something is lacking."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.errors import Refusal
from ledger.events.identifiers import party_id
from ledger.events.plain_words import measure
from ledger.events.quantities import BASE_CODE, SYMBOL
from ledger.exchange.dependence import Dependence, Failure, Thing
from ledger.exchange.drafts import Batch
from ledger.exchange.epc import Lot
from ledger.exchange.facts import Goods
from ledger.exchange.port import BatchStock, LedgerPort
from ledger.exchange.wording import Names


class Setback(Exception):
    """A fact cannot be posted. `law` is None if it was never put to the ledger, because of `cause`."""

    def __init__(self, law: str | None, detail: str, cause: Failure | None = None) -> None:
        super().__init__(detail)
        self.law = law
        self.detail = detail
        self.cause = cause


class Custody:
    """Reads the ledger's stock and writes nothing. `derives`: whether missing handovers may be derived."""

    def __init__(self, port: LedgerPort, dependence: Dependence, names: Names, derives: bool) -> None:
        self._port = port
        self._dependence = dependence
        self.names = names
        self.derives = derives

    def batches(self, line: Goods, party: str) -> Sequence[BatchStock]:
        """The batches a line can mean, at least one. Raises `Setback` if there is none, or as `require_unit`."""
        self.require_unit(line)
        batches = self._port.stock(line.lot.product, line.lot.lot)
        for batch in batches:
            self.names.met_batch(Batch(line, batch.origin))
        if not batches:
            self.fail_for(line.lot, party)
            raise Setback("UnknownBatch", f"{self.names.master.batch_name(line.lot)} is not on the ledger")
        return batches

    def require_unit(self, line: Goods) -> None:
        """Raises `UnknownProduct(product)`, and `UnitMismatch(code, unit)` if the document measures the product otherwise."""
        unit = self._port.unit_of(line.lot.product)
        if unit is None:
            raise Refusal("UnknownProduct", product=line.lot.product)
        if line.unit is not None and line.unit != unit:
            code = line.entered[1] if line.entered else BASE_CODE[line.unit]
            raise Refusal("UnitMismatch", code=code, unit=SYMBOL[unit])

    def withheld(self, lot: Lot, party: str) -> Failure | None:
        """The failed event that was to bring the lot to this party: nothing is derived in its place."""
        return self._dependence.withheld(lot, party)

    def fail_for(self, thing: Thing, party: str, missing: int | None = None) -> None:
        """`Setback` if failed events explain that the party lacks so much (None: all) of the thing."""
        cause = self._dependence.cause(thing, party, missing)
        if cause:
            raise self.blame(thing, cause)

    def blame(self, thing: Thing, cause: Failure) -> Setback:
        name = f"what is in {thing}" if isinstance(thing, str) else self.names.master.batch_name(thing)
        root = "" if cause.root == cause.index else f", itself because of event {cause.root}"
        detail = f"{name} was to come from event {cause.index}, which was not recorded{root}"
        return Setback(None, detail, cause)

    def refused(self, refusal: Refusal, party: str, line: Goods | None = None) -> Setback:
        """The setback for a refusal of `party`'s statement, about `line` if the refusal does not name its batch.

        If failed events explain what is lacking, they are its cause.
        """
        batch = self.names.batch_of(refusal)
        about = batch.goods if batch else line
        detail = self.names.explain(refusal, about.unit if about else None)
        cause = None
        if about and refusal.law in ("MoreThanHeld", "MoreThanOpen", "NotHolder"):
            missing = sum(_difference(refusal, name) for name in ("held", "open") if name in refusal.numbers) or None
            cause = self._dependence.cause(about.lot, party, missing)
        if cause:
            detail += f"; {self.blame(about.lot, cause).detail}" if about else ""
        return Setback(refusal.law, detail, cause)

    def more_than_held(self, batch: Batch, party: str, wanted: int, held: int) -> Refusal:
        """What the ledger would say."""
        id = self.names.met_batch(batch)
        return Refusal("MoreThanHeld", batch=id, party=party_id(party), wanted=wanted, held=held)

    def require_deriving(self, law: str, holder: str, to: str, line: Goods, missing: int) -> None:
        """`Setback` by `law` that names the missing handover, unless it may be derived."""
        if self.derives:
            return
        name = self.names.master.batch_name(line.lot)
        handover = f"{measure(missing, line.unit)} from {self.names.party(holder)} to {self.names.party(to)}"
        raise Setback(
            law,
            f"the document leaves out a handover of {name}: {handover}. "
            "The holder has to ship it; only a development network derives it, when parties are admitted",
        )


def _difference(refusal: Refusal, had: str) -> int:
    return int(refusal.numbers["wanted"]) - int(refusal.numbers[had])
