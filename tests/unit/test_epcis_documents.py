"""Any document gives one row an event, whatever is in it: real ones of other systems, and the sample bent at random."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from epcis_ledger import Json, MemoryLedger
from epcis_story import (
    FARM,
    PACKED,
    PLANT,
    RAW,
    SHOP,
    SSCC,
    VECTORS,
    YIELDS,
    aggregation,
    catch,
    document,
    event,
    lot,
    receiving,
    shipping,
    transformation,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.exchange.capture import capture
from ledger.exchange.document import read_document
from ledger.exchange.report import Report, Result

DOCUMENTS = sorted(
    path
    for folder in ("epcis/documents", "epcis/invalid", "gdst/invalid")
    for path in VECTORS.glob(f"{folder}/*.json*")
)
needs_vectors = pytest.mark.skipif(not DOCUMENTS, reason="the shared vectors are not beside this checkout")

STORY = document(
    catch(0, FARM, lot(RAW, "L1", 10), lot(RAW, "L2", 5.5)),
    shipping(1, FARM, PLANT, lot(RAW, "L1", 6)),
    receiving(2, PLANT, lot(RAW, "L1", 6), source=FARM),
    transformation(3, PLANT, [lot(RAW, "L1", 6), lot(RAW, "L2", 5)], [lot(PACKED, "P1", 9)]),
    aggregation(4, PLANT, "ADD", lot(PACKED, "P1", 9)),
    shipping(5, PLANT, SHOP, epcList=[SSCC]),
    receiving(6, SHOP, epcList=[SSCC]),
    aggregation(7, SHOP, "DELETE"),
    event(8, SHOP, "retail_selling", lot(PACKED, "P1", 4)),
    event(9, SHOP, "destroying", lot(PACKED, "P1", 1), action="DELETE"),
)


def run(ledger: MemoryLedger, data: bytes) -> Report:
    return capture(read_document(data), ledger, admitting=True, conversions=YIELDS)


def require_sound(report: Report, count: int, ledger: MemoryLedger) -> None:
    """One row an event; a recorded row has its event, another has its reason; causes are failures with no cause."""
    assert [row.index for row in report.rows] == list(range(count))
    posted = {id for id, _ in ledger.posted}
    for row in report.rows:
        assert row.result in Result and row.detail
        assert (row.id is not None) == (row.result == "recorded")
        assert (row.law is not None) == (row.result == "refused")
        assert {*row.derived, *row.parts, *([row.id] if row.id else [])} <= posted
        if row.because is not None:
            root = report.rows[row.because]
            assert row.result != "recorded" and root.result != "recorded" and root.because is None
    named = [id for row in report.rows for id in ([row.id] if row.id else []) + [*row.derived, *row.parts]]
    assert set(named) == posted, "nothing is recorded that no row names"
    require_conserved(ledger)


def require_conserved(ledger: MemoryLedger) -> None:
    state = ledger.state
    for batch in state.batches.values():
        held = sum(holding.quantity for (id, _), holding in state.holdings.items() if id == batch.id)
        open_ = sum(shipment.open for shipment in state.shipments.values() if shipment.batch == batch.id)
        assert batch.made == held + open_ + batch.consumed + batch.sold + batch.disposed


@needs_vectors
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
@pytest.mark.parametrize("stated_by", [None, FARM], ids=["as it is", "with a provider"])
def test_every_document_of_other_systems_gives_a_row_an_event(path: Path, stated_by: str | None) -> None:
    """With a provider written in and error declarations taken out, so that the import goes on to the goods."""
    root = json.loads(path.read_bytes())
    body: Json = root["epcisBody"]
    events = body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"]
    for stated in events if stated_by else []:
        stated.pop("errorDeclaration", None)
        stated["cbvmda:informationProvider"] = stated_by
    ledger = MemoryLedger()
    report = run(ledger, json.dumps(root).encode())
    require_sound(report, len(events), ledger)
    again = run(ledger, json.dumps(root).encode())
    assert [row.id for row in again.rows] == [row.id for row in report.rows]


def test_the_story_itself_is_recorded_whole() -> None:
    ledger = MemoryLedger()
    report = run(ledger, json.dumps(STORY).encode())
    assert report.counts() == {"recorded": 10, "skipped": 0, "refused": 0}, report.as_json()
    require_sound(report, 10, ledger)


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 12),
    st.sampled_from([0.5, 1e30, "", "x", "OBSERVE", "ADD", "DELETE", "shipping", "receiving", "destroying", "KGM"]),
    st.sampled_from([FARM, PLANT, SHOP, SSCC, f"{RAW}.L1", f"{RAW}.L2", f"{PACKED}.P1", "2025-11-01T00:03:30Z"]),
    st.just([]),
    st.just({}),
    st.just([lot(RAW, "L1", 2)]),
    st.just([SSCC]),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, child in inner for place in [(*path, key), *_places(child, (*path, key))]]


_EVENTS: list[Json] = STORY["epcisBody"]["eventList"]
_PLACES = _places(_EVENTS)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(_PLACES), _VALUES), min_size=1, max_size=4), st.permutations(range(10)))
def test_a_bent_document_never_breaks_the_import_nor_the_books(
    bends: list[tuple[tuple[Any, ...], Any]], order: list[int]
) -> None:
    events = deepcopy(_EVENTS)
    for path, value in bends:
        target: Any = events
        try:
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier bend took this place away
    data = json.dumps(STORY | {"epcisBody": {"eventList": [events[index] for index in order]}}).encode()
    ledger = MemoryLedger()
    report = run(ledger, data)
    require_sound(report, 10, ledger)
    again = run(ledger, data)
    require_sound(again, 10, ledger)
    for before, after in zip(report.rows, again.rows, strict=True):
        if before.id:  # what failed may come through now, if another party's goods have come since; nothing comes twice
            assert (after.id, after.derived, after.parts) == (before.id, before.derived, before.parts)
