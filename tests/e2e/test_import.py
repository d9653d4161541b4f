"""`nguon import` on the real chain: 124 kg out of nothing are refused, and a second run records nothing new."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command_line import Said, nguon_runs, nguon_says
from tests.gateway_process import ROOT, Gateway, Json
from tests.stranger import Stranger

EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Twice:
    """A document imported, and imported again; how many events the contract counted before, between and after."""

    first: Said
    second: Said
    counts: tuple[int, int, int]

    @property
    def rows(self) -> list[Json]:
        rows: list[Json] = self.first.json["events"]
        return rows


def imported_twice(nguon: Gateway, document: Path, yields: Path) -> Twice:
    chain = Stranger(nguon)
    counts, said = [chain.count()], []
    for _ in range(2):
        said.append(nguon_runs("--data", nguon.data, "--json", "import", document, "--admit", "--yields", yields))
        counts.append(chain.count())
    return Twice(said[0], said[1], (counts[0], counts[1], counts[2]))


@pytest.fixture(scope="module")
def tuna(nguon: Gateway, shared_vectors: Path) -> Twice:
    """The 17 events of GDST's sample document."""
    document = shared_vectors / "gdst" / "valid" / "gdst_data_withmasterdata.jsonld"
    return imported_twice(nguon, document, EXAMPLES / "gdst-yields.json")


@pytest.fixture(scope="module")
def squid(nguon: Gateway) -> Twice:
    """The six events of our own example."""
    return imported_twice(nguon, EXAMPLES / "short-catch.jsonld", EXAMPLES / "short-catch-yields.json")


def repeats_nothing(run: Twice) -> None:
    assert (run.first.code, run.second.code) == (0, 0), run.first.err + run.second.err
    before, between, after = run.counts
    recorded = [id for row in run.rows if row["result"] == "recorded" for id in [row["id"], *row["derived"]]]
    assert between - before >= len(recorded) and len(set(recorded)) == len(recorded)
    assert after == between, "the second run recorded something"
    assert run.second.json["unknown_parties"] == run.second.json["unknown_products"] == []
    for first, second in zip(run.rows, run.second.json["events"], strict=True):
        detail = "already recorded" if first["result"] == "recorded" else first["detail"]
        assert second == first | {"detail": detail}


def test_gdst_rows_are_exactly_these(tuna: Twice) -> None:
    assert [row["index"] for row in tuna.rows] == list(range(17))
    recorded = [0, 1, 2, 3, 4, 5, 6, 9, 10]
    assert [row["index"] for row in tuna.rows if row["result"] == "recorded"] == recorded
    assert all((row["id"] is not None) == (row["index"] in recorded) for row in tuna.rows)
    short = tuna.rows[11]
    assert (short["result"], short["law"], short["because"]) == ("refused", "MoreThanHeld", None)
    assert all(number in short["detail"] for number in ("10000 kg", "9876 kg", "124 kg out of nothing"))
    follow = {row["index"]: row for row in tuna.rows if row["index"] in (7, 8, 12, 13, 14, 15, 16)}
    assert {index: row["because"] for index, row in follow.items()} == dict.fromkeys((7, 8, 12, 13, 14, 15, 16), 11)
    assert all(row["result"] in ("refused", "skipped") and row["detail"] for row in follow.values())
    assert all(row["law"] is None for row in tuna.rows if row["result"] == "recorded")


def test_gdst_again_gives_the_same_rows_and_ids_and_records_nothing(tuna: Twice) -> None:
    repeats_nothing(tuna)


def test_gdst_what_was_recorded_is_final_and_shown(nguon: Gateway, tuna: Twice) -> None:
    for row in tuna.rows:
        for id in ([row["id"]] if row["id"] else []) + row["derived"]:
            event = nguon.operator.get(f"/v1/events/{id}").json()
            assert event["state"] == "final" and event["content_canonical"]
            assert event["derived"] == (id in row["derived"]), "a derived handover is marked, in the signed content"
    assert [row["index"] for row in tuna.rows if row["derived"]] == [6]
    catch = nguon.operator.get(f"/v1/events/{tuna.rows[3]['id']}").json()
    assert (
        catch["outputs"][0]["quantity"] == 9_876_000 and catch["content"]["bizStep"] == "urn:gdst:bizStep:fishingEvent"
    )
    tuna_lot = catch["outputs"][0]
    batch = nguon.batch(tuna_lot["product"]["id"], tuna_lot["lot"])
    assert batch["quantities"] | {"on_the_way": 0} == {
        "made": 9_876_000, "consumed": 0, "held": 9_876_000, "on_the_way": 0, "sold": 0, "disposed": 0,
        "adjusted_up": 0, "adjusted_down": 0,
    }  # fmt: skip


def test_the_short_catch_is_refused_likewise(squid: Twice) -> None:
    assert [(row["result"], row["law"], row["because"]) for row in squid.rows] == [
        ("recorded", None, None),
        ("recorded", None, None),
        ("recorded", None, None),
        ("refused", "MoreThanHeld", None),
        ("skipped", None, 3),
        ("skipped", None, 3),
    ]
    assert all(number in squid.rows[3]["detail"] for number in ("10000 kg", "9876 kg", "124 kg out of nothing"))
    assert [len(row["derived"]) for row in squid.rows] == [0, 0, 1, 0, 0, 0]


def test_the_short_catch_again_records_nothing(squid: Twice) -> None:
    repeats_nothing(squid)


def test_progress_goes_to_the_side_and_json_alone_to_standard_output(squid: Twice) -> None:
    assert "6 of 6 events taken" in squid.first.err
    assert squid.first.out.count("\n") == 1 and squid.first.json.keys() == {
        "events",
        "unknown_parties",
        "unknown_products",
    }


def test_without_admission_the_unknown_are_named_and_nothing_is_recorded(nguon: Gateway, tmp_path: Path) -> None:
    """The same story of parties that nobody admitted."""
    document = (EXAMPLES / "short-catch.jsonld").read_text()
    for known, unknown in (
        ("9529999000019", "9529999000200"),
        ("9529999000026", "9529999000217"),
        ("9529999000033", "9529999000224"),
    ):
        document = document.replace(f"/417/{known}", f"/417/{unknown}")
    file = tmp_path / "unknown.jsonld"
    file.write_text(document)
    before = Stranger(nguon).count()
    said = nguon_says("--data", nguon.data, "--json", "import", file)
    assert {(row["result"], row["law"]) for row in said.json["events"]} == {("refused", "UnknownParty")}
    assert "https://id.gs1.org/417/9529999000200" in said.json["unknown_parties"]
    assert Stranger(nguon).count() == before


def test_what_is_no_epcis_document_ends_with_2_and_a_sentence(nguon: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonld"
    for content in ("{", "[]", "NaN", '{"type":"EPCISDocument"}', '{"type":"EPCISDocument","type":"x"}'):
        file.write_text(content)
        said = nguon_says("--data", nguon.data, "--json", "import", file)
        assert said.code == 2 and "broken.jsonld" in said.err and "Traceback" not in said.err
        assert said.out == ""
