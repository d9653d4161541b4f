"""What an import does with custody: shipments, pallets, what a document leaves out, and what depends on what."""

from __future__ import annotations

import pytest
from epcis_ledger import Json, MemoryLedger
from epcis_story import (
    FARM,
    PACKED,
    PLANT,
    RAW,
    SHOP,
    SSCC,
    aggregation,
    catch,
    event,
    imported,
    kinds,
    lot,
    receiving,
    results,
    shipping,
    transformation,
)

from ledger.errors import ChainError
from ledger.exchange.port import Recorded


def test_a_pallet_carries_its_lots_from_packing_to_unpacking() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 10), lot(RAW, "L2", 5)),
        aggregation(1, FARM, "ADD", lot(RAW, "L1", 8), lot(RAW, "L2", 5)),
        shipping(2, FARM, SHOP, epcList=[SSCC]),
        receiving(3, SHOP, epcList=["https://id.gs1.org/00/095299990000000019"]),
        aggregation(4, SHOP, "DELETE"),
        event(5, SHOP, "retail_selling", lot(RAW, "L1", 3), disposition="retail_sold"),
        event(6, SHOP, "destroying", lot(RAW, "L2", 5), action="DELETE", disposition="destroyed"),
    )
    assert results(report) == ["recorded"] * 7
    assert kinds(ledger) == ["Commission"] * 2 + ["Observe"] * 2 + ["Ship"] * 2 + ["Receive"] * 2 + ["Observe"] * 2 + [
        "Sell",
        "Dispose",
    ]
    assert ledger.held(FARM, RAW, "L1") == 2_000
    assert ledger.held(SHOP, RAW, "L1") == 5_000
    assert ledger.held(SHOP, RAW, "L2") == 0
    drafts = [draft for _, draft in ledger.posted]
    assert drafts[4]["content"]["parentID"] == "https://id.gs1.org/00/095299990000000019"
    assert drafts[-1]["content"]["nguon:reason"] == "destroyed"
    assert [len(row.parts) for row in report.rows] == [1, 1, 1, 1, 1, 0, 0]


def test_an_unpacked_pallet_is_empty() -> None:
    report = imported(
        MemoryLedger(),
        catch(0, FARM, lot(RAW, "L1", 10)),
        aggregation(1, FARM, "ADD", lot(RAW, "L1", 8)),
        aggregation(2, FARM, "DELETE"),
        shipping(3, FARM, SHOP, epcList=[SSCC]),
    )
    assert results(report) == ["recorded"] * 3 + ["skipped"]
    assert report.rows[3].because is None and "does not say what is in" in report.rows[3].detail


def test_events_are_taken_by_time_and_reported_in_the_documents_order() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        receiving(9, SHOP, lot(RAW, "L1", 4)),
        shipping(5, FARM, SHOP, lot(RAW, "L1", 4)),
        catch(1, FARM, lot(RAW, "L1", 4)),
    )
    assert results(report) == ["recorded"] * 3
    assert [row.index for row in report.rows] == [0, 1, 2]
    assert kinds(ledger) == ["Commission", "Ship", "Receive"]


def test_inputs_that_somebody_else_holds_are_handed_over_first() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 10)),
        transformation(1, PLANT, [lot(RAW, "L1", 10)], [lot(PACKED, "P1", 9)]),
    )
    assert results(report) == ["recorded"] * 2
    assert kinds(ledger) == ["Commission", "Ship*", "Receive*", "Transform"]
    assert list(report.rows[1].derived) == [id for id, _ in ledger.posted[1:3]]
    assert report.rows[1].id == ledger.posted[3][0]


def test_a_shipment_that_nobody_received_is_received_before_its_goods_are_used() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 10)),
        shipping(1, FARM, PLANT, lot(RAW, "L1", 10)),
        transformation(2, PLANT, [lot(RAW, "L1", 10)], [lot(PACKED, "P1", 9)]),
    )
    assert results(report) == ["recorded"] * 3
    assert kinds(ledger) == ["Commission", "Ship", "Receive*", "Transform"]


def test_a_chain_of_left_out_handovers_goes_through_the_named_source() -> None:
    ledger = MemoryLedger()
    report = imported(ledger, catch(0, FARM, lot(RAW, "L1", 10)), receiving(1, SHOP, lot(RAW, "L1", 4), source=PLANT))
    assert results(report) == ["recorded"] * 2
    assert kinds(ledger) == ["Commission", "Ship*", "Receive*", "Ship*", "Receive"]
    parties = [(draft["party"], draft.get("to")) for _, draft in ledger.posted[1:]]
    assert parties == [(FARM, PLANT), (PLANT, None), (PLANT, SHOP), (SHOP, None)]


def test_nothing_is_derived_for_an_event_that_is_refused_all_the_same() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 10), lot(RAW, "L2", 1)),
        transformation(1, PLANT, [lot(RAW, "L1", 10), lot(RAW, "L2", 2)], [lot(PACKED, "P1", 9)]),
    )
    assert (report.rows[1].result, report.rows[1].law) == ("refused", "MoreThanHeld")
    assert kinds(ledger) == ["Commission", "Commission"]


def test_nothing_is_derived_in_place_of_a_statement_that_was_refused() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 10)),
        shipping(1, FARM, SHOP, lot(RAW, "L1", 11)),
        receiving(2, SHOP, lot(RAW, "L1", 10)),
        event(3, SHOP, "storing", lot(RAW, "L1", 10)),
    )
    assert [(row.result.value, row.law, row.because) for row in report.rows] == [
        ("recorded", None, None),
        ("refused", "MoreThanHeld", None),
        ("skipped", None, 1),
        ("refused", "NotHolder", 1),
    ]
    assert kinds(ledger) == ["Commission"]


@pytest.mark.parametrize("wanted,because", [(17, 1), (18, None)])
def test_a_cause_is_named_only_if_it_explains_what_is_missing(wanted: int, because: int | None) -> None:
    """10 kg are there, 7 kg more were stated and refused: 17 kg fail because of that, 18 kg would fail all the same."""
    contradiction = catch(1, FARM, lot(RAW, "L1", 7), ilmd={"cbvmda:lotNumber": "OTHER"})
    sale = event(3, FARM, "retail_selling", lot(RAW, "L1", wanted))
    report = imported(MemoryLedger(), catch(0, FARM, lot(RAW, "L1", 10)), contradiction, sale)
    assert report.rows[1].law == "LotMismatch"
    assert (report.rows[2].law, report.rows[2].because) == ("MoreThanHeld", because)


def test_two_shipments_are_received_by_one_event_and_once_only() -> None:
    ledger = MemoryLedger()
    events = [
        catch(0, FARM, lot(RAW, "L1", 10)),
        shipping(1, FARM, SHOP, lot(RAW, "L1", 6)),
        shipping(2, FARM, SHOP, lot(RAW, "L1", 4)),
        receiving(3, SHOP, lot(RAW, "L1", 10)),
        event(4, SHOP, "accepting", lot(RAW, "L1", 10)),
    ]
    report = imported(ledger, *events)
    assert results(report) == ["recorded"] * 5
    assert kinds(ledger) == ["Commission", "Ship", "Ship", "Receive", "Receive", "Observe"]
    assert len(report.rows[3].parts) == 1
    again = imported(ledger, *events)
    assert [row.id for row in again.rows] == [row.id for row in report.rows]
    assert [row.parts for row in again.rows] == [row.parts for row in report.rows]
    assert len(ledger.posted) == 6


def test_more_received_than_shipped_is_refused_with_the_ledgers_numbers() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 10)),
        shipping(1, FARM, SHOP, lot(RAW, "L1", 6)),
        receiving(2, SHOP, lot(RAW, "L1", 10)),
    )
    assert report.rows[2].law == "MoreThanOpen"
    assert all(number in report.rows[2].detail for number in ("10 kg", "6 kg", "4 kg"))


def test_a_fact_of_several_lots_is_recorded_whole_or_not_at_all() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 10), lot(RAW, "L2", 5)),
        shipping(1, FARM, SHOP, lot(RAW, "L1", 10), lot(RAW, "L2", 6)),
    )
    assert report.rows[1].law == "MoreThanHeld" and "L2" in report.rows[1].detail
    assert ledger.held(FARM, RAW, "L1") == 10_000
    assert kinds(ledger) == ["Commission", "Commission"]


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("dies_at", range(8))
def test_an_import_that_dies_goes_on_where_it_stopped(dies_at: int, answered: bool) -> None:
    """Wherever it stops, before an event is recorded or after, the next run ends as if nothing had happened."""
    events = [
        catch(0, FARM, lot(RAW, "L1", 10)),
        shipping(1, FARM, PLANT, lot(RAW, "L1", 6)),
        transformation(2, PLANT, [lot(RAW, "L1", 10)], [lot(PACKED, "P1", 9)]),
        receiving(3, SHOP, lot(PACKED, "P1", 9)),
    ]
    whole = MemoryLedger()
    expected = imported(whole, *events)
    assert kinds(whole) == ["Commission", "Ship", "Receive*", "Ship*", "Receive*", "Transform", "Ship*", "Receive"]

    class Dying(MemoryLedger):
        """Records the first `dies_at` events; at the next the line goes dead, before (or after) it is recorded."""

        left = dies_at

        def record(self, draft: Json, idempotency_key: str) -> Recorded:
            self.left -= 1
            if self.left == -1:
                if answered:
                    super().record(draft, idempotency_key)
                raise ChainError("the line went dead")
            return super().record(draft, idempotency_key)

    ledger = Dying()
    with pytest.raises(ChainError):
        imported(ledger, *events)
    report = imported(ledger, *events)
    assert kinds(ledger) == kinds(whole)
    assert results(report) == results(expected)
    assert [len(row.derived) for row in report.rows] == [len(row.derived) for row in expected.rows]
    assert ledger.held(SHOP, PACKED, "P1") == 9_000


def test_an_internal_movement_is_observed() -> None:
    ledger = MemoryLedger()
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 10)),
        shipping(1, FARM, FARM, lot(RAW, "L1", 10)),
        receiving(2, FARM, lot(RAW, "L1", 10), source=FARM),
    )
    assert results(report) == ["recorded"] * 3
    assert kinds(ledger) == ["Commission", "Observe", "Observe"]


def test_shipping_goes_to_the_possessing_party_else_to_the_new_owner() -> None:
    ledger = MemoryLedger()
    ends = [
        {"type": "owning_party", "destination": PLANT},
        {"type": "https://ref.gs1.org/cbv/SDT-possessing_party", "destination": SHOP},
    ]
    report = imported(
        ledger,
        catch(0, FARM, lot(RAW, "L1", 10)),
        event(1, FARM, "https://ref.gs1.org/cbv/BizStep-shipping", lot(RAW, "L1", 1), destinationList=ends),
        event(2, FARM, "shipping", lot(RAW, "L1", 1), destinationList=ends[:1]),
        event(3, FARM, "shipping", lot(RAW, "L1", 1), **{"gdst:productOwner": SHOP}),
        event(4, FARM, "shipping", lot(RAW, "L1", 1), **{"gdst:productOwner": FARM}),
    )
    assert [draft["to"] for _, draft in ledger.posted[1:]] == [SHOP, PLANT, SHOP]
    assert results(report) == ["recorded"] * 4 + ["skipped"]
    assert ledger.posted[1][1]["content"]["bizStep"] == "shipping"


def test_a_product_measured_otherwise_is_refused() -> None:
    report = imported(
        MemoryLedger(), catch(0, FARM, lot(RAW, "L1", 10)), event(1, FARM, "retail_selling", lot(RAW, "L1", 3, None))
    )
    assert (report.rows[1].law, report.rows[1].because) == ("UnitMismatch", None)
