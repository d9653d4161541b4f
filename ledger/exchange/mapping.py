"""What one event of a document says, in the ledger's words: pure, of the event and the master data alone.

`read_fact` never fails: what is wrong with an event is the fact's `fault`, and what could be read of it stays, so that
later events which depend on it can be told why they fail. Source of the table: CBV 2.0, GDST 1.2.

| document | custody event |
|---|---|
| ObjectEvent ADD | Commission, one for each quantity |
| TransformationEvent | Transform |
| `shipping` | Ship to the destination (possessing, else owning party), else to `gdst:productOwner`; to itself: Observe |
| `receiving`, `accepting` | Receive |
| `retail_selling` | Sell |
| ObjectEvent DELETE, `destroying` | Dispose, with the reason |
| all else about lots | Observe; aggregations with their `parentID` |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.exchange.document import Json
from ledger.exchange.epc import NotMapped, container
from ledger.exchange.facts import NO_TIME, Fact, Fault, Goods, merged
from ledger.exchange.masterdata import MasterData
from ledger.exchange.members import (
    member,
    read_acting,
    read_destination,
    read_end,
    read_goods,
    read_list,
    read_reason,
    read_time,
    step_word,
)
from ledger.exchange.statement import split

T = TypeVar("T")

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
    party = reading.take(read_acting, event) or ""
    time = reading.take(read_time, event.get("eventTime"))
    goods = _goods(reading, event, master, "outputQuantityList", "quantityList", "childQuantityList")
    inputs = _goods(reading, event, master, "inputQuantityList")
    containers, left_out = _units(reading, event)
    parent, action = event.get("parentID"), event.get("action")
    unit = container(parent) or (parent if isinstance(parent, str) else None)
    packs = event.get("type") == "AggregationEvent"
    empties = unit if packs and action == "DELETE" else None
    if empties and not goods and not containers and not left_out:
        containers = (empties,)  # unpacked whole
    to = reading.take(read_destination, event, party) if kind == Kind.SHIP else None
    if to and to == party:
        kind, to = Kind.OBSERVE, None  # from one place of the party to another: nobody hands over
    source = reading.take(read_end, event, "source")
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
        to=to,
        source=source if source != party else None,
        fills=unit if packs and action == "ADD" else None,
        empties=empties,
        left_out=left_out,
        content=content | ({"nguon:reason": read_reason(event, step)} if kind == Kind.DISPOSE else {}),
        private=private,
    )
    reading.take(_require_complete, fact)
    return replace(fact, fault=reading.fault)


def _kind(event: Json, step: str) -> Kind:
    kind, action = str(event.get("type")), event.get("action")
    if event.get("errorDeclaration") is not None:
        raise NotMapped("it declares an earlier event wrong; corrections are not imported, and that event stays")
    if kind == "TransformationEvent":
        return Kind.TRANSFORM
    if kind not in _OBSERVED | {"ObjectEvent"}:
        raise NotMapped(f"its type {kind[:60]!r} is none of EPCIS 2.0")
    if action not in ("ADD", "OBSERVE", "DELETE"):
        raise Refusal("MalformedEvent", reason=f"action {str(action)[:60]!r} is not ADD, OBSERVE or DELETE")
    if kind in _OBSERVED:
        return Kind.OBSERVE
    if step == "void_shipping":
        raise NotMapped("void_shipping is not imported: the sender withdraws the shipment on the ledger")
    if action == "ADD":
        return Kind.COMMISSION
    return _STEPS.get(step, Kind.DISPOSE if action == "DELETE" else Kind.OBSERVE)


def _goods(reading: _Reading, event: Json, master: MasterData, *names: str) -> tuple[Goods, ...]:
    lines = [line for name in names for line in reading.take(read_list, event, name) or []]
    return merged(reading.all(read_goods, lines, master))


def _units(reading: _Reading, event: Json) -> tuple[tuple[str, ...], int]:
    """Logistic units named instead of goods, and how many single items are named."""
    names = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
    epcs = [epc for name in names for epc in reading.take(read_list, event, name) or []]
    units = [unit for unit in map(container, epcs) if unit is not None]
    return tuple(dict.fromkeys(units)), len(epcs) - len(units)


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
