"""Files, numbers, times and names as documents write them: exact, or refused in plain words."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from epcis_ledger import Json, MemoryLedger
from epcis_story import FARM, PACKED, PLANT, RAW, SHOP, aggregation, catch, document, event, imported, lot, results
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refusal
from ledger.events.model import Unit
from ledger.exchange.admission import read_conversions
from ledger.exchange.capture import capture
from ledger.exchange.document import read_document
from ledger.exchange.epc import Lot, NotMapped, container, read_lot, read_party
from ledger.exchange.masterdata import MasterData, read_master_data
from ledger.exchange.members import read_goods, read_time
from ledger.exchange.statement import split

GTIN, GLN = "09529999000019", "9529999000019"
MASTER = MasterData(products={RAW: {}})


@pytest.mark.parametrize(
    "data,words",
    [
        (b"", "JSON"),
        (b"index;product\n1;crab\n", "JSON"),
        (b"\xff\xfe{}", "UTF-8"),
        (b'{"type": "EPCISDocument", "type": "EPCISDocument"}', "twice"),
        (b'{"type": "EPCISDocument", "x": NaN}', "NaN"),
        (b"[" * 100_000, "deep"),
        (b"[]", "object"),
        (b'{"type": "Invoice"}', "epcisBody"),
        (b'{"type": "Invoice", "epcisBody": {"eventList": []}}', "Invoice"),
        (b'{"type": "EPCISDocument"}', "epcisBody"),
        (b'{"type": "EPCISDocument", "epcisBody": {}}', "eventList"),
        (b'{"type": "EPCISQueryDocument", "epcisBody": {"eventList": []}}', "queryResults"),
        (b'{"type": "EPCISDocument", "epcisBody": {"eventList": {}}}', "eventList"),
    ],
)
def test_a_file_that_is_no_epcis_document_is_refused_in_plain_words(data: bytes, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_document(data)
    assert refused.value.law == "NotAnEpcisDocument"
    assert words in refused.value.numbers["reason"]


def test_query_documents_and_byte_order_marks_are_read() -> None:
    events = [{"type": "ObjectEvent"}]
    query = {"type": "EPCISQueryDocument", "epcisBody": {"queryResults": {"resultsBody": {"eventList": events}}}}
    assert read_document(b"\xef\xbb\xbf" + json.dumps(query).encode()).events == tuple(events)


@pytest.mark.parametrize("elements", [[{}], [{"id": RAW, "attributes": {}}], ["x"], {}])
def test_malformed_master_data_is_refused(elements: Any) -> None:
    with pytest.raises(Refusal, match="master data") as refused:
        read_master_data([{"type": "urn:epcglobal:epcis:vtype:EPCClass", "vocabularyElementList": elements}])
    assert refused.value.law == "NotAnEpcisDocument"


@pytest.mark.parametrize(
    "quantity,uom,expected",
    [
        ("420.5", "KGM", (420_500, Unit.GRAM)),
        ("9876.0", "KGM", (9_876_000, Unit.GRAM)),
        ("0.1", "KGM", (100, Unit.GRAM)),
        ("1e3", "GRM", (1_000, Unit.GRAM)),
        ("1.2345", "TNE", (1_234_500, Unit.GRAM)),
        ("0.75", "LTR", (750, Unit.MILLILITRE)),
        ("12", None, (12, Unit.PIECE)),
        ("0", "KGM", (0, Unit.GRAM)),
    ],
)
def test_quantities_become_base_units_exactly(quantity: str, uom: str | None, expected: tuple[int, Unit]) -> None:
    line = read_goods(lot(RAW, "L1", Decimal(quantity), uom), MASTER)
    assert (line.quantity, line.unit) == expected


@pytest.mark.parametrize(
    "quantity,uom,law",
    [
        (Decimal("0.0005"), "KGM", "NotWholeBaseUnits"),
        (Decimal("0.5"), None, "NotWholeBaseUnits"),
        (-3, "KGM", "NotWholeBaseUnits"),
        (Decimal("-0.5"), "KGM", "NotWholeBaseUnits"),
        ("10", "KGM", "QuantityForm"),
        (True, "KGM", "QuantityForm"),
        (Decimal("1e39"), "KGM", "QuantityOverflow"),
        (2**96, "GRM", "QuantityOverflow"),
        (1, "XXX", "UnknownUnitCode"),
        (1, ["KGM"], "UnknownUnitCode"),
    ],
)
def test_other_quantities_are_refused(quantity: Any, uom: Any, law: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_goods(lot(RAW, "L1", quantity, uom), MASTER)
    assert refused.value.law == law


@settings(derandomize=True, deadline=None)
@given(st.integers(0, 2**80))
def test_no_gram_is_lost_between_kilograms_and_grams(grams: int) -> None:
    whole, rest = divmod(grams, 1_000)
    assert read_goods(lot(RAW, "L1", Decimal(f"{whole}.{rest:03}")), MASTER).quantity == grams


def test_a_faulty_quantity_refuses_its_event_alone() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 0.0005)),
        catch(1, FARM, lot(RAW, "L2", -1)),
        catch(2, FARM, lot(RAW, "L3", 0)),
        catch(3, FARM, lot(RAW, "L4", 0.1)),
    )
    assert [row.law for row in report.rows] == ["NotWholeBaseUnits", "NotWholeBaseUnits", "QuantityZero", None]
    assert "0.0005 KGM" in report.rows[0].detail and "-1 KGM" in report.rows[1].detail
    assert ledger.held(FARM, RAW, "L4") == 100


@pytest.mark.parametrize(
    "text,expected",
    [
        ("2021-12-01T11:09:40.7930000+00:00", "2021-12-01T11:09:40.793000+00:00"),
        ("2025-11-01T04:30:00+07:00", "2025-10-31T21:30:00+00:00"),
        ("2025-11-01T04:30:00.5Z", "2025-11-01T04:30:00.500000+00:00"),
    ],
)
def test_times_are_read_with_their_offset(text: str, expected: str) -> None:
    assert read_time(text).isoformat() == expected


@pytest.mark.parametrize(
    "text", ["2025-11-01T04:30:00", "2025-11-01", "2025-13-01T04:30:00Z", "0001-01-01T00:00:00+07:00", "", None, 5]
)
def test_a_time_without_offset_or_sense_refuses_its_event(text: Any) -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger, catch(0, FARM, lot(RAW, "L1", 1)) | {"eventTime": text}, catch(1, FARM, lot(RAW, "L2", 1))
    )
    assert [row.law for row in report.rows] == ["EventTime", None]


@pytest.mark.parametrize("moved", ["1960-01-01T00:00:00Z", "2090-01-01T00:00:00Z"])
def test_an_impossible_year_refuses_its_event(moved: str) -> None:
    report = imported(MemoryLedger(), catch(0, FARM, lot(RAW, "L1", 1)) | {"eventTime": moved})
    assert report.rows[0].result == "refused"


PRODUCTS = {
    "urn:gdst:example.org:product:class:hatchery.1u",
    "urn:gdst:example.org:product:class:hatchery.1u.fry",
    "urn:x:shrimp",
}


@pytest.mark.parametrize(
    "text,product,name",
    [
        (
            "urn:gdst:example.org:product:lot:class:hatchery.1u.tf12012021",
            "urn:gdst:example.org:product:class:hatchery.1u",
            "tf12012021",
        ),
        (
            "urn:gdst:example.org:product:lot:class:hatchery.1u.fry.tf1",
            "urn:gdst:example.org:product:class:hatchery.1u.fry",
            "tf1",
        ),
        (
            "urn:gdst:example.org:product:lot:class:hatchery.1u.2025.01",
            "urn:gdst:example.org:product:class:hatchery.1u",
            "2025.01",
        ),
        ("urn:gdst:other.org:product:lot:class:mill.3u.lot-7", "urn:gdst:other.org:product:class:mill.3u", "lot-7"),
        ("urn:x:shrimp:L7", "urn:x:shrimp", "L7"),
        (f"https://id.gs1.org/01/{GTIN}/10/LOT7", f"https://id.gs1.org/01/{GTIN}", "LOT7"),
        (f"https://shop.example/stem/01/{GTIN}/22/2A/10/A%2F7?17=261231", f"https://id.gs1.org/01/{GTIN}", "A/7"),
        ("urn:epc:class:lgtin:9529999.000001.LOT7", f"https://id.gs1.org/01/{GTIN}", "LOT7"),
        ("urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456", "998877"),
    ],
)
def test_a_class_id_names_product_and_lot(text: str, product: str, name: str) -> None:
    assert read_lot(text, PRODUCTS) == Lot(product, name)


@pytest.mark.parametrize(
    "text",
    [
        "urn:epc:id:sgtin:0614141.107346.2017",
        "urn:epc:idpat:sgtin:4012345.098765.*",
        f"https://id.gs1.org/01/{GTIN}",
        f"https://id.gs1.org/01/{GTIN}/10/LOT7/21/S1",
        f"https://id.gs1.org/01/{GTIN}/21/S1",
        "https://example.org/crab",
        "urn:x:shrimps",
        "urn:x:unheard-of.7",
        7,
        None,
    ],
)
def test_what_names_no_lot_is_not_mapped(text: Any) -> None:
    with pytest.raises(NotMapped):
        read_lot(text, PRODUCTS)


@pytest.mark.parametrize(
    "text,law",
    [
        ("https://id.gs1.org/01/09529999000018/10/LOT7", "WrongCheckDigit"),
        (f"https://id.gs1.org/01/{GTIN}/10/L%20T", "LotForm"),
        ("urn:epc:class:lgtin:9529999.01.LOT7", "NotAnIdentifier"),
        ("urn:x:shrimp:" + "L" * 65, "LotForm"),
        ("urn:x:shrimp:", "LotForm"),
    ],
)
def test_wrong_class_ids_are_refused_by_name(text: str, law: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_lot(text, PRODUCTS)
    assert refused.value.law == law


def test_one_party_and_one_pallet_have_one_name_however_written() -> None:
    assert read_party("urn:epc:id:pgln:952999900001.") == read_party(GLN) == f"https://id.gs1.org/417/{GLN}"
    assert read_party(f"https://any.host/417/{GLN}") == f"https://id.gs1.org/417/{GLN}"
    pallet = "https://id.gs1.org/00/095299990000000019"
    assert container("urn:epc:id:sscc:9529999.0000000001") == container(f"{pallet}?x=1") == pallet
    assert container("urn:epc:id:sscc:08600031303.0004") == "urn:epc:id:sscc:08600031303.0004"
    assert container("urn:epc:id:sgtin:0614141.107346.2017") is container(5) is None


def test_unknown_members_become_private_and_ours_cannot_be_smuggled_in() -> None:
    content, private = split(
        {
            "type": "ObjectEvent",
            "bizStep": "https://ref.gs1.org/cbv/BizStep-shipping",
            "disposition": "cbv:Disp-in_transit",
            "certificationList": {"certification": []},
            "informationProvider": FARM,
            "nguon:derived": {"eventID": "mine"},
            "_sd": ["x"],
            "example:price": Decimal("12.50"),
            "sensorElementList": [{"sensorReport": [{"value": Decimal("-18.5"), "meanValue": Decimal("4.0")}]}],
            "readPoint": None,
            "ilmd": {"cbvmda:lotNumber": "L1", "lotNumber": "L1", "cbvmda:countryOfOrigin": "VN", "example:pond": 7},
        }
    )
    assert content == {
        "bizStep": "shipping",
        "disposition": "in_transit",
        "cbvmda:certificationList": {"certification": []},
        "sensorElementList": [{"sensorReport": [{"value": "-18.5", "meanValue": 4}]}],
        "ilmd": {"cbvmda:countryOfOrigin": "VN"},
    }
    assert private == {
        "nguon:derived": {"eventID": "mine"},
        "_sd": ["x"],
        "example:price": "12.50",
        "ilmd.example:pond": 7,
    }


def test_events_that_say_nothing_the_ledger_knows_are_skipped_with_the_reason() -> None:
    plain = catch(0, FARM, lot(RAW, "L1", 1))
    half = {**plain, "type": "TransformationEvent", "inputQuantityList": [lot(RAW, "L1", 1)], "quantityList": []}
    cases: list[tuple[Any, str, str]] = [
        ({**plain, "cbvmda:informationProvider": None}, "skipped", "informationProvider"),
        ({**plain, "type": "QuantityEvent"}, "skipped", "QuantityEvent"),
        ({**plain, "errorDeclaration": {"reason": "did_not_occur"}}, "skipped", "declares an earlier event wrong"),
        (catch(0, FARM, lot(RAW, "L1")), "skipped", "no quantity"),
        (half, "skipped", "half a transformation"),
        ({**plain, "epcList": ["urn:epc:id:sgtin:0614141.107346.2017"]}, "skipped", "1 single items"),
        (event(0, FARM, "void_shipping", lot(RAW, "L1", 1)), "skipped", "void_shipping"),
        (event(0, FARM, "storing"), "skipped", "no lot"),
        (aggregation(0, FARM, "DELETE"), "skipped", "does not say what is in"),
        (event(0, FARM, "storing", lot(RAW, "L1", 1)), "refused", "not on the ledger"),
        ({**plain, "action": "MAYBE"}, "refused", "MAYBE"),
        ({**plain, "quantityList": "many"}, "refused", "not a list"),
        ({**plain, "quantityList": [5]}, "refused", "quantity list"),
        ({**plain, "cbvmda:informationProvider": "farm"}, "refused", "farm"),
        ({**plain, "disposition": "a\u0007b"}, "refused", "control character"),
        ("not an event", "refused", "not a JSON object"),
        (None, "refused", "not a JSON object"),
        ({**plain, "type": []}, "skipped", "none of EPCIS"),
        ({**plain, "bizStep": {}, "action": []}, "refused", "action"),
        ({**plain, "ilmd": []}, "refused", "ilmd"),
    ]
    for stated, result, words in cases:
        row = imported(MemoryLedger(), stated, catch(9, PLANT, lot(RAW, "L9", 1))).rows
        assert (row[0].result, row[1].result) == (result, "recorded"), row
        assert words in row[0].detail and row[0].because is None, row[0]


def test_the_same_event_twice_is_one_event_and_a_changed_one_is_another() -> None:
    ledger = MemoryLedger()
    first = catch(0, FARM, lot(RAW, "L1", 1))
    report = imported(ledger, first, dict(reversed(first.items())), {**first, "disposition": "active"})
    assert results(report) == ["recorded"] * 3
    assert report.rows[0].id == report.rows[1].id != report.rows[2].id
    assert report.rows[1].detail == "already recorded"
    assert ledger.held(FARM, RAW, "L1") == 2_000


def test_admission_gives_roles_by_what_parties_do_and_profiles_from_master_data() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 3)),
        event(1, PLANT, "inspecting", lot(RAW, "L1", 3)),
        event(2, SHOP, "retail_selling", lot(RAW, "L1", 3)),
    )
    assert results(report) == ["recorded"] * 3, "an inspector notes without holding; the shop's handover is derived"
    assert ledger.profiles[FARM] == {"name": "Farm"} and ledger.profiles[RAW] == {"name": "Raw"}
    assert ledger.unit_of(PACKED) is None, "in no event, and nobody owns it: nothing to admit"


@pytest.mark.parametrize(
    "data",
    [
        "[]",
        '{"yields": {}}',
        '{"stage": {}}',
        '{"stages": {"urn:x:a": -1}}',
        '{"stages": {"urn:x:a": 1.5}}',
        '{"yields": [{"input": "urn:x:a", "output": "urn:x:b"}]}',
        '{"yields": [{"input": "urn:x:a", "output": "urn:x:b", "perMillion": "1"}]}',
        '{"yields": [{"input": 1, "output": "urn:x:b", "perMillion": 1}]}',
    ],
)
def test_a_faulty_yields_file_is_refused(data: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_conversions(data.encode())
    assert refused.value.law == "NotAYieldsFile"


def test_without_declared_yields_a_conversion_is_refused() -> None:
    report = imported(
        MemoryLedger(),
        catch(0, FARM, lot(RAW, "L1", 3), lot(PACKED, "P1", 3)),
        {
            **event(1, FARM, "commissioning"),
            "type": "TransformationEvent",
            "inputQuantityList": [lot(PACKED, "P1", 3)],
            "outputQuantityList": [lot(RAW, "L2", 3)],
        },
    )
    assert report.rows[1].law == "ConversionNotDeclared"
    assert "Raw" in report.rows[1].detail and "Packed" in report.rows[1].detail


def test_progress_is_told_event_by_event() -> None:
    told: list[tuple[int, int]] = []
    events: list[Json] = [catch(minute, FARM, lot(RAW, f"L{minute}", 1)) for minute in range(3)]
    data = json.dumps(document(*events)).encode()
    capture(read_document(data), MemoryLedger(), admitting=True, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
