"""What one event of a document says, in the ledger's words: pure, of the event and the master data alone.

`read_fact` never fails: what is wrong with an event is the fact's `fault`, and what could be read of it stays, so that
later events which depend on it can be told why they fail. Source of the table: CBV 2.0, GDST 1.2.

| document | custody event |
|---|---|
| ObjectEvent ADD | Commission, one for each quantity |
| TransformationEvent | Transform |
| `shipping` | Ship to the destination (possessing, else owning party), else to `gdst:productOwner` |
| `receiving`, `accepting` | Receive |
| `retail_selling` | Sell |
| ObjectEvent DELETE, `destroying` | Dispose, with the reason |
| all else about lots | Observe; aggregations with their `parentID` |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.exchange.document import Json
from ledger.exchange.epc import NotMapped, container, read_party
from ledger.exchange.facts import NO_TIME, Fact, Fault, Goods, merged
from ledger.exchange.masterdata import MasterData
from ledger.exchange.quantities import base_units
from ledger.exchange.statement import bare, split

T = TypeVar("T")

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")
_GDST_STEP: Final = "urn:gdst:bizStep:"
_STEPS: Final = {
    "shipping": Kind.SHIP,
    "receiving": Kind.RECEIVE,
    "accepting": Kind.RECEIVE,
    "retail_selling": Kind.SELL,
    "destroying": Kind.DISPOSE,
}
_OBSERVED: Final = frozenset({"AggregationEvent", "AssociationEvent", "TransactionEvent"})


class _Reading:
    """Reads on after a fault and keeps the first."""

    def __init__(self) -> None:
        self.fault: Fault | None = None

    def take(self, read: Callable[..., T], *arguments: Any) -> T | None:
        try:
            return read(*arguments)
        except (Refusal, NotMapped) as fault:
            self.fault = self.fault or fault
            return None

    def all(self, read: Callable[..., T], things: Iterable[Any], *arguments: Any) -> tuple[T, ...]:
        found = [self.take(read, thing, *arguments) for thing in things]
        return tuple(one for one in found if one is not None)


def read_fact(index: int, event: Any, master: MasterData) -> Fact:
    """The fact stated by `event`, number `index` of its document."""
    if not isinstance(event, dict):
        return Fact(index, event, Refusal("MalformedEvent", reason="the event is not a JSON object"))
    reading = _Reading()
    step = step_word(event)
    kind = reading.take(_kind, event, step)
    party = reading.take(_acting, event) or ""
    time = reading.take(read_time, event.get("eventTime"))
    lists = [_list(event, name) for name in ("outputQuantityList", "quantityList", "childQuantityList")]
    goods = merged(reading.all(_goods, (line for found in lists for line in reading.take(found) or []), master))
    inputs = merged(reading.all(_goods, reading.take(_list(event, "inputQuantityList")) or [], master))
    containers, left_out = _units(event, reading)
    parent, action = event.get("parentID"), event.get("action")
    unit = container(parent) or (parent if isinstance(parent, str) else None)
    packs = event.get("type") == "AggregationEvent"
    empties = unit if packs and action == "DELETE" else None
    if empties and not goods and not containers and not left_out:
        containers = (empties,)  # unpacked whole
    source = reading.take(_end, event, "source")
    content, private = split(event)
    fact = Fact(
        index,
        event,
        event_id=event["eventID"] if isinstance(event.get("eventID"), str) else None,
        party=party,
        time=time or NO_TIME,
        step=step,
        kind=kind,
        goods=goods,
        inputs=inputs,
        containers=containers,
        to=reading.take(_destination, event, party) if kind == Kind.SHIP else None,
        source=source if source != party else None,
        fills=unit if packs and action == "ADD" else None,
        empties=empties,
        left_out=left_out,
        content=content | ({"nguon:reason": _reason(event, step)} if kind == Kind.DISPOSE else {}),
        private=private,
    )
    reading.take(_require_complete, fact)
    return replace(fact, fault=reading.fault)


def step_word(event: Json) -> str:
    """The business step as a bare word: `shipping`, `landing`; a foreign step as its URI; empty if there is none."""
    step = bare("bizStep", event.get("bizStep"))
    return step.removeprefix(_GDST_STEP) if isinstance(step, str) else ""


def read_time(text: Any) -> datetime:
    """An RFC 3339 time with its offset, to the microsecond. Raises `EventTime(reason)`."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    try:
        if match:
            fraction = (match[2] or "")[:6].ljust(6, "0")
            return datetime.fromisoformat(f"{match[1]}.{fraction}{match[3]}").astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refusal("EventTime", reason=f"eventTime {str(text)[:60]!r} is no date and time with an offset (RFC 3339)")


def member(event: Json, name: str) -> Any:
    """A CBV or GDST member, whichever prefix the document writes before it."""
    return next((event[spelt] for spelt in (f"cbvmda:{name}", f"gdst:{name}", name) if spelt in event), None)


def _kind(event: Json, step: str) -> Kind:
    kind, action = event.get("type"), event.get("action")
    if event.get("errorDeclaration") is not None:
        raise NotMapped("it declares an earlier event wrong; corrections are not imported, and that event stays")
    if kind == "TransformationEvent":
        return Kind.TRANSFORM
    if kind not in _OBSERVED | {"ObjectEvent"}:
        raise NotMapped(f"its type {str(kind)[:60]!r} is none of EPCIS 2.0")
    if action not in ("ADD", "OBSERVE", "DELETE"):
        raise Refusal("MalformedEvent", reason=f"action {str(action)[:60]!r} is not ADD, OBSERVE or DELETE")
    if kind in _OBSERVED:
        return Kind.OBSERVE
    if step == "void_shipping":
        raise NotMapped("void_shipping is not imported: the sender withdraws the shipment on the ledger")
    if action == "ADD":
        return Kind.COMMISSION
    return _STEPS.get(step, Kind.DISPOSE if action == "DELETE" else Kind.OBSERVE)


def _acting(event: Json) -> str:
    provider = member(event, "informationProvider")
    if provider is None:
        raise NotMapped("it names no informationProvider, so nobody states it")
    return read_party(provider)


def _list(event: Json, name: str) -> Callable[[], list[Any]]:
    def read() -> list[Any]:
        found = event.get(name, [])
        if not isinstance(found, list):
            raise Refusal("MalformedEvent", reason=f"{name} is not a list")
        return found

    return read


def _goods(line: Any, master: MasterData) -> Goods:
    if not isinstance(line, dict):
        raise Refusal("MalformedEvent", reason="an entry of a quantity list is not a JSON object")
    lot = master.lot(line.get("epcClass"))
    if line.get("quantity") is None:
        return Goods(lot)
    quantity, unit = base_units(line["quantity"], line.get("uom"))
    return Goods(lot, quantity, unit, (format(Decimal(line["quantity"]).normalize(), "f"), line.get("uom") or "pieces"))


def _units(event: Json, reading: _Reading) -> tuple[tuple[str, ...], int]:
    """Logistic units named instead of goods, and how many single items are named."""
    names = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
    epcs = [epc for name in names for epc in reading.take(_list(event, name)) or []]
    units = [unit for unit in map(container, epcs) if unit is not None]
    return tuple(dict.fromkeys(units)), len(epcs) - len(units)


def _end(event: Json, end: str) -> str | None:
    """The party at one end of a handover: who possesses, else who owns."""
    ends = _ends(event.get(f"{end}List", []), end)
    named = ends.get("possessing_party", ends.get("owning_party"))
    return None if named is None else read_party(named)


def _ends(entries: Any, end: str) -> dict[str, Any]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Refusal("MalformedEvent", reason=f"{end}List is not a list of ends")
    return {str(entry.get("type")).rpartition("SDT-")[2]: entry.get(end) for entry in entries}


def _destination(event: Json, party: str) -> str:
    to = _end(event, "destination")
    owner = member(event, "productOwner")
    if to is None and owner is not None and (owning := read_party(owner)) != party:
        to = owning
    if to is None:
        raise NotMapped("it ships without saying to whom")
    return to


def _reason(event: Json, step: str) -> str:
    disposition = bare("disposition", event.get("disposition"))
    return disposition if isinstance(disposition, str) else step or "deleted"


def _require_complete(fact: Fact) -> None:
    """What a fact of its kind must name. Raises `NotMapped`, or `LotMismatch(reason)`."""
    if fact.kind is None:
        return
    if fact.kind == Kind.OBSERVE:
        if not fact.goods and not fact.containers:
            raise NotMapped("it names no lot of goods" + (", only single items" if fact.left_out else ""))
        return
    if fact.left_out:
        raise NotMapped(f"it names {fact.left_out} single items; this import knows lots and their quantities")
    if fact.kind == Kind.TRANSFORM:
        if not fact.inputs or not fact.goods:
            raise NotMapped("it names " + ("no outputs" if fact.inputs else "no inputs") + ": half a transformation")
        if fact.containers:
            raise NotMapped("it transforms a logistic unit, not lots")
    elif not fact.goods and not fact.containers:
        raise NotMapped("it names no lot of goods")
    elif fact.containers and fact.kind == Kind.COMMISSION:
        raise NotMapped("it brings a logistic unit into being, not goods")
    for line in fact.goods + fact.inputs:
        if line.quantity is None:
            raise NotMapped(f"it gives no quantity of lot {line.lot.lot}")
    _require_same_lot(fact)


def _require_same_lot(fact: Fact) -> None:
    """The lot of the class id is what counts; a lot number in `ilmd` that says otherwise is a contradiction."""
    ilmd = fact.event.get("ilmd")
    stated = member(ilmd, "lotNumber") if isinstance(ilmd, dict) else None
    if isinstance(stated, str) and len(fact.goods) == 1 and stated.casefold() != fact.goods[0].lot.lot.casefold():
        reason = f"the class id says lot {fact.goods[0].lot.lot}, ilmd says {stated[:60]}"
        raise Refusal("LotMismatch", reason=reason)
