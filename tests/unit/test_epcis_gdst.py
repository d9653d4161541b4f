"""The story that Nguon tells: real documents that every schema accepts, refused where goods come out of nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from epcis_ledger import MemoryLedger
from epcis_story import CHECKOUT, VECTORS

from ledger.exchange.admission import read_conversions
from ledger.exchange.capture import capture
from ledger.exchange.document import read_document
from ledger.exchange.report import Report

SAMPLE = VECTORS / "gdst" / "valid" / "gdst_data_withmasterdata.jsonld"
EXAMPLES = CHECKOUT / "examples"
PROCESSOR = "urn:gdst:example.org:party:processor.1u"
FISHERMAN = "urn:gdst:example.org:party:fisherman01.1u"
TUNA = ("urn:gdst:example.org:product:class:fisherman01.tunau", "v1-0122-2022")

needs_sample = pytest.mark.skipif(not SAMPLE.exists(), reason="the shared vectors are not beside this checkout")


def run(ledger: MemoryLedger, document: Path, yields: Path, admitting: bool = True) -> Report:
    conversions = read_conversions(yields.read_bytes())
    return capture(read_document(document.read_bytes()), ledger, admitting=admitting, conversions=conversions)


def sample(ledger: MemoryLedger, admitting: bool = True) -> Report:
    return run(ledger, SAMPLE, EXAMPLES / "gdst-yields.json", admitting)


@needs_sample
def test_the_sample_is_recorded_up_to_the_event_that_makes_124_kg_out_of_nothing() -> None:
    report = sample(MemoryLedger())
    rows = {row.index: row for row in report.rows}
    assert list(rows) == list(range(17))
    recorded = [index for index, row in rows.items() if row.result == "recorded"]
    assert recorded == [0, 1, 2, 3, 4, 5, 6, 9, 10]
    refused = rows[11]
    assert (refused.result, refused.law, refused.because) == ("refused", "MoreThanHeld", None)
    assert all(number in refused.detail for number in ("10000", "9876", "124 kg"))
    assert {index: row.because for index, row in rows.items() if index not in (*recorded, 11)} == dict.fromkeys(
        (7, 8, 12, 13, 14, 15, 16), 11
    )


@needs_sample
def test_a_consequence_names_the_nearer_event_too() -> None:
    rows = sample(MemoryLedger()).rows
    assert "event 11" in rows[12].detail
    assert "event 12" in rows[13].detail and "event 12" in rows[15].detail
    assert "event 13" in rows[7].detail, "the pallet was to be filled by 13"
    assert "event 7" in rows[8].detail, "the pallet was to be shipped by 7"


@needs_sample
def test_the_handover_that_the_sample_leaves_out_is_derived_and_marked() -> None:
    ledger = MemoryLedger()
    rows = sample(ledger).rows
    posted = dict(ledger.posted)
    assert [row.index for row in rows if row.derived] == [6]
    ship = posted[rows[6].derived[0]]
    assert (ship["kind"], ship["party"], ship["to"]) == ("Ship", FISHERMAN, PROCESSOR)
    assert ship["content"]["nguon:derived"] == {"eventID": "urn:uuid:910fa13a-77ac-45e8-a37a-66543cf539d6U"}
    own = posted[rows[6].id or ""]
    assert own["kind"] == "Receive" and "nguon:derived" not in own["content"]
    assert ledger.held(PROCESSOR, *TUNA) == 9_876_000


@needs_sample
def test_importing_again_gives_the_same_rows_and_records_nothing() -> None:
    ledger = MemoryLedger()
    first = sample(ledger)
    count = len(ledger.posted)
    second = sample(ledger)
    assert len(ledger.posted) == count
    for before, after in zip(first.rows, second.rows, strict=True):
        assert (before.index, before.id, before.result, before.law, before.derived, before.because) == (
            after.index,
            after.id,
            after.result,
            after.law,
            after.derived,
            after.because,
        )
        assert after.detail == ("already recorded" if after.id else before.detail)


@needs_sample
def test_without_admission_everything_is_refused_and_the_unknown_are_named() -> None:
    ledger = MemoryLedger()
    report = sample(ledger, admitting=False)
    assert {(row.result.value, row.law) for row in report.rows} == {("refused", "UnknownParty")}
    assert "Fish Farm" in report.rows[0].detail and "urn:gdst:example.org:party:fishfarm.1u" in report.rows[0].detail
    assert FISHERMAN in report.unknown_parties and TUNA[0] in report.unknown_products
    assert ledger.posted == []


@needs_sample
@pytest.mark.parametrize("derives,admits_again", [(False, True), (True, False)])
def test_where_nothing_may_be_derived_the_missing_handover_is_named_and_refused(
    derives: bool, admits_again: bool
) -> None:
    ledger = MemoryLedger(derives)
    if not admits_again:  # admitted before, by the council: the import itself is not asked to admit
        sample(admitted := MemoryLedger())
        for name in ("parties", "products", "signers", "makers", "yields"):
            setattr(ledger.state, name, getattr(admitted.state, name))
        ledger.uris = admitted.uris
    rows = sample(ledger, admitting=admits_again).rows
    assert (rows[6].result, rows[6].law, rows[6].derived) == ("refused", "UnknownShipment", ())
    assert all(word in rows[6].detail for word in ("9876 kg", FISHERMAN, PROCESSOR, "leaves out"))
    assert rows[11].because is None, "with the 9876 kg of event 6 it would want 124 kg too much all the same"
    assert not any("nguon:derived" in draft["content"] for _, draft in ledger.posted)


@needs_sample
def test_content_keeps_what_the_allow_list_knows_and_never_what_acting_fields_say() -> None:
    ledger = MemoryLedger()
    rows = sample(ledger).rows
    catch = dict(ledger.posted)[rows[3].id or ""]
    content = catch["content"]
    assert content["eventID"] == "urn:uuid:2fbb3592-c9fa-47ca-b419-b35528fee66fU"
    assert content["bizStep"] == "urn:gdst:bizStep:fishingEvent"
    assert content["nguon:entered"] == [{"value": "9876", "unit": "KGM"}]
    vessels = content["ilmd"]["cbvmda:vesselCatchInformationList"]["cbvmda:vesselCatchInformation"]
    assert vessels[0]["cbvmda:catchArea"] == "urn:gdst:fao:27.1"
    flat = json.dumps(content)
    assert "lotNumber" not in flat and "informationProvider" not in flat and "quantityList" not in flat


def test_the_short_catch_of_the_examples_is_refused_likewise() -> None:
    ledger = MemoryLedger()
    report = run(ledger, EXAMPLES / "short-catch.jsonld", EXAMPLES / "short-catch-yields.json")
    assert [(row.result.value, row.law, row.because) for row in report.rows] == [
        ("recorded", None, None),
        ("recorded", None, None),
        ("recorded", None, None),
        ("refused", "MoreThanHeld", None),
        ("skipped", None, 3),
        ("skipped", None, 3),
    ]
    assert all(number in report.rows[3].detail for number in ("10000 kg", "9876 kg", "124 kg out of nothing"))
    assert len(report.rows[2].derived) == 1
    assert report.unknown_parties == report.unknown_products == ()
    assert ledger.profiles["https://id.gs1.org/417/9529999000019"] == {
        "name": "Hợp tác xã đánh bắt mẫu Cửa Sông",
        "address": "Bến cá mẫu, Cà Mau",
        "country": "VN",
    }


def test_a_row_has_exactly_the_members_that_the_command_prints() -> None:
    report = run(MemoryLedger(), EXAMPLES / "short-catch.jsonld", EXAMPLES / "short-catch-yields.json")
    members = {"index", "id", "result", "law", "detail", "derived", "because"}
    assert all(row.as_json().keys() == members for row in report.rows)
    assert report.counts() == {"recorded": 3, "skipped": 2, "refused": 1}
    json.dumps(report.as_json())
