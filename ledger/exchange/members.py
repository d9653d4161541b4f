"""Single members of an EPCIS event, read strictly: its step, time, acting party, goods, units and ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from ledger.errors import Refusal
from ledger.events.quantities import to_base_units, unit_of
from ledger.exchange.document import Json
from ledger.exchange.epc import NotMapped, read_party
from ledger.exchange.facts import Goods
from ledger.exchange.masterdata import MasterData
from ledger.exchange.statement import bare

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_GDST_STEP: Final = "urn:gdst:bizStep:"
_PIECES: Final = "H87"  # in EPCIS a quantity without a unit of measure counts pieces


def step_word(event: Json) -> str:
    """The business step as a bare word: `shipping`, `landing`; a foreign step as its URI; empty if there is none."""
    step = bare("bizStep", event.get("bizStep"))
    return step.removeprefix(_GDST_STEP) if isinstance(step, str) else ""


def read_time(text: Any) -> datetime:
    """An RFC 3339 time with its offset, from 1970 on, to the microsecond. Raises `EventTime(reason)`."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    try:
        if match:
            fraction = (match[2] or "")[:6].ljust(6, "0")
            time = datetime.fromisoformat(f"{match[1]}.{fraction}{match[3]}").astimezone(UTC)
            if time >= _EPOCH:
                return time
    except (ValueError, OverflowError):
        pass  # no such day, or no such year: as any other text
    reason = f"{str(text)[:60]!r} is not a date and time with an offset (RFC 3339), from 1970 on"
    raise Refusal("EventTime", reason=reason)


def member(event: Json, name: str) -> Any:
    """A CBV or GDST member, whichever prefix the document writes before it; None if it is missing."""
    return next((event[spelt] for spelt in (f"cbvmda:{name}", f"gdst:{name}", name) if spelt in event), None)


def read_acting(event: Json) -> str:
    """The party that states the event: its information provider. Raises `NotMapped` if nobody does."""
    provider = member(event, "informationProvider")
    if provider is None:
        raise NotMapped("it names no informationProvider, so nobody states it")
    return read_party(provider)


def read_list(event: Json, name: str) -> list[Any]:
    """A list member, empty if it is missing. Raises `MalformedEvent(reason)`."""
    found = event.get(name, [])
    if not isinstance(found, list):
        raise Refusal("MalformedEvent", reason=f"{name} is not a list")
    return found


def read_goods(line: Any, master: MasterData) -> Goods:
    """An entry of a quantity list in base units.

    Raises `NotMapped` and `Refusal` as `read_lot` and `to_base_units` do; a negative quantity is `NotWholeBaseUnits`.
    """
    if not isinstance(line, dict):
        raise Refusal("MalformedEvent", reason="an entry of a quantity list is not a JSON object")
    lot = master.lot(line.get("epcClass"))
    quantity, code = line.get("quantity"), line.get("uom", _PIECES)
    if quantity is None:
        return Goods(lot)
    if isinstance(quantity, bool) or not isinstance(quantity, int | Decimal):
        raise Refusal("QuantityForm", value=str(quantity))
    if not isinstance(code, str):
        raise Refusal("UnknownUnitCode", code=str(code))
    written = f"{Decimal(quantity).normalize():f}"
    if quantity < 0:
        raise Refusal("NotWholeBaseUnits", value=written, code=code)
    return Goods(lot, to_base_units(written, code), unit_of(code), (written, code))


def read_end(event: Json, end: str) -> str | None:
    """The party at one end (`source`, `destination`) of a handover: who possesses, else who owns; None if not said."""
    entries = read_list(event, f"{end}List")
    if not all(isinstance(entry, dict) for entry in entries):
        raise Refusal("MalformedEvent", reason=f"{end}List is not a list of ends")
    ends = {str(entry.get("type")).rpartition("SDT-")[2]: entry.get(end) for entry in entries}
    named = ends.get("possessing_party", ends.get("owning_party"))
    return None if named is None else read_party(named)


def read_destination(event: Json, party: str) -> str:
    """To whom goods are shipped: the destination, else the product's owner if that is not the shipping party."""
    to = read_end(event, "destination")
    owner = member(event, "productOwner")
    if to is None and owner is not None and (owning := read_party(owner)) != party:
        to = owning
    if to is None:
        raise NotMapped("it ships without saying to whom")
    return to


def read_reason(event: Json, step: str) -> str:
    """Why goods leave the books: the disposition (`expired`), else the step."""
    disposition = bare("disposition", event.get("disposition"))
    return disposition if isinstance(disposition, str) else step or "deleted"
