"""Small EPCIS documents for the import's tests: two makers, a shop, raw shrimp (A) and packed shrimp (B)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from epcis_ledger import MemoryLedger

from ledger.exchange.admission import Conversions
from ledger.exchange.capture import capture
from ledger.exchange.document import read_document
from ledger.exchange.report import Report

FARM, PLANT, SHOP = (f"urn:x-story:example:party:{name}" for name in ("farm", "plant", "shop"))
RAW, PACKED = (f"urn:x-story:example:class:{name}" for name in ("raw", "packed"))
SSCC = "urn:epc:id:sscc:9529999.0000000001"
YIELDS = Conversions({PACKED: 1}, ((RAW, PACKED, 900_000),))
CHECKOUT = Path(__file__).resolve().parents[2]
VECTORS = CHECKOUT.parent / "shared" / "vectors"

Json = dict[str, Any]


def lot(product: str, name: str, quantity: Any = None, uom: str | None = "KGM") -> Json:
    line: Json = {"epcClass": f"{product}.{name}"}
    if quantity is not None:
        line["quantity"] = quantity
        line |= {"uom": uom} if uom else {}
    return line


def event(minute: int, party: str, step: str, *lines: Json, action: str = "OBSERVE", **more: Any) -> Json:
    """An ObjectEvent `minute` minutes into the story."""
    return (
        {
            "type": "ObjectEvent",
            "eventID": f"urn:uuid:story-{minute}-{step}",
            "eventTime": f"2025-11-01T{minute // 60:02}:{minute % 60:02}:00+07:00",
            "eventTimeZoneOffset": "+07:00",
            "action": action,
            "bizStep": step,
            "cbvmda:informationProvider": party,
        }
        | ({"quantityList": list(lines)} if lines else {})
        | more
    )


def catch(minute: int, party: str, *lines: Json, **more: Any) -> Json:
    return event(minute, party, "creating_class_instance", *lines, action="ADD", **more)


def shipping(minute: int, party: str, to: str, *lines: Json, **more: Any) -> Json:
    return event(minute, party, "shipping", *lines, **more) | {"destinationList": [_end("destination", to)]}


def receiving(minute: int, party: str, *lines: Json, source: str | None = None, **more: Any) -> Json:
    return event(minute, party, "receiving", *lines, **more) | (
        {"sourceList": [_end("source", source)]} if source else {}
    )


def transformation(minute: int, party: str, inputs: list[Json], outputs: list[Json]) -> Json:
    made = event(minute, party, "urn:gdst:bizStep:commingling")
    del made["action"]
    return made | {"type": "TransformationEvent", "inputQuantityList": inputs, "outputQuantityList": outputs}


def aggregation(minute: int, party: str, action: str, *lines: Json, **more: Any) -> Json:
    packed = event(minute, party, "packing" if action == "ADD" else "unpacking", action=action, **more)
    return (
        packed | {"type": "AggregationEvent", "parentID": SSCC} | ({"childQuantityList": list(lines)} if lines else {})
    )


def document(*events: Any) -> Json:
    classes = [{"id": uri, "attributes": _named("descriptionShort", uri)} for uri in (RAW, PACKED)]
    parties = [{"id": uri, "attributes": _named("name", uri)} for uri in (FARM, PLANT, SHOP)]
    lists = [
        {"type": f"urn:epcglobal:epcis:vtype:{kind}", "vocabularyElementList": elements}
        for kind, elements in (("EPCClass", classes), ("Party", parties))
    ]
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2025-11-02T00:00:00Z",
        "epcisHeader": {"epcisMasterData": {"vocabularyList": lists}},
        "epcisBody": {"eventList": list(events)},
    }


def imported(ledger: MemoryLedger, *events: Any, admitting: bool = True) -> Report:
    data = json.dumps(document(*events)).encode()
    return capture(read_document(data), ledger, admitting=admitting, conversions=YIELDS)


def results(report: Report) -> list[str]:
    return [row.result.value for row in report.rows]


def kinds(ledger: MemoryLedger, start: int = 0) -> list[str]:
    """What was recorded, in order; derived handovers with a star."""
    return [draft["kind"] + ("*" if "nguon:derived" in draft["content"] else "") for _, draft in ledger.posted[start:]]


def _end(end: str, party: str) -> Json:
    return {"type": "possessing_party", end: party}


def _named(attribute: str, uri: str) -> list[Json]:
    return [{"id": f"urn:epcglobal:cbv:mda#{attribute}", "attribute": uri.rpartition(":")[2].title()}]
