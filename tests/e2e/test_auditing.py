"""Promise: an auditor reads what is within the scope and finds nothing else: not in the list, not by an id, not in the export.
Against a running gateway on a real chain."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import httpx
import pytest

from tests.gateway_process import Gateway, Json
from tests.operated import text_of
from tests.signed_in import Device, someone

WHEN = "2025-11-20T07:30:00+07:00"
COLUMNS = 21
MADE = {"vien-an": ("A-1", "A-2"), "thoi-binh": ("B-1",), "ngoc-hien": ("C-1",)}
HOUSEHOLD, PRICE = "Hộ ông Chín Kín", 87_654_321


@dataclass
class World:
    """Three parties in two areas. `vien-an` sent a part of A-1 to `thoi-binh`; `batches` has the ids by lot."""

    nguon: Gateway
    parties: dict[str, str]
    products: dict[str, str]
    batches: dict[str, str]
    auditors: dict[str, Device]
    area: str

    def page(self, who: str, path: str = "/auditing", **asked: str) -> httpx.Response:
        return self.auditors[who].http.get(path, params={"lang": "en", **asked})

    def listed(self, who: str, **asked: str) -> set[str]:
        """Lots."""
        found = re.findall(r"</bdi>, lot ([^<]+)</a></h2>", self.page(who, **asked).text)
        return {unescape(each) for each in found}

    def rows(self, who: str, **asked: str) -> list[Json]:
        answer = self.page(who, "/auditing/export.csv", **asked)
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def admitted(nguon: Gateway, word: str, **profile: object) -> str:
    uri = nguon.name(word)
    entry = {"uri": uri, "roles": ["producer", "processor"], "profile": {"name": word, **profile}}
    assert nguon.operator.post("/v1/parties", json={"parties": [entry]}).status_code == 200
    return uri


@pytest.fixture(scope="module")
def world(nguon: Gateway) -> Iterator[World]:
    area = nguon.name("Huyện").replace(":", " ")  # of this run alone, so that no other test's party is of it
    parties = {
        "vien-an": admitted(nguon, "vien-an", address=f"Xã Viên An, {area.upper()}, Cà Mau"),
        "thoi-binh": admitted(nguon, "thoi-binh", address=f"Đường {area} 2, Thới Bình, Cà Mau"),
        "ngoc-hien": admitted(nguon, "ngoc-hien", region={"vi": f"{area}", "en": "Elsewhere"}, address="Rạch Gốc"),
    }
    products = {name: nguon.product(uri, profile={"name": f"Cua {name}"}) for name, uri in parties.items()}
    for name, lots in MADE.items():
        for lot in lots:
            made = {"product": products[name], "lot": lot, "quantity": 1_000}
            said = {"kind": "Commission", "party": parties[name], "occurred_at": WHEN, "outputs": [made]}
            nguon.record(said | {"private": {"household": f"{HOUSEHOLD} {lot}", "price_vnd": PRICE}})
    goods = {"product": products["vien-an"], "lot": "A-1", "quantity": 400, "occurred_at": WHEN}
    ship = nguon.record(goods | {"kind": "Ship", "party": parties["vien-an"], "to": parties["thoi-binh"]})["id"]
    received = {
        "kind": "Receive",
        "party": parties["thoi-binh"],
        "shipment": ship,
        "private": {"scale": "Cân số 9 kín"},
    }
    last = nguon.record(goods | received)
    nguon.final(last["id"])
    batches = {lot: nguon.batch(products[name], lot)["batch"] for name, lots in MADE.items() for lot in lots}
    scopes = {
        "maker": f"party {parties['vien-an']}", "holder": f"party {parties['thoi-binh']}",
        "product": f"product {products['ngoc-hien']}", "area": f"area {area}", "nowhere": f"area {area} Không Có",
        "broken": "party ?",
    }  # fmt: skip
    auditors = {
        name: someone(nguon, None, "auditor", at=f"203.0.113.{100 + number}", scope=scope).device
        for number, (name, scope) in enumerate(scopes.items())
    }
    auditors["operator"] = someone(nguon, None, "operator", at="203.0.113.120").device
    yield World(nguon, parties, products, batches, auditors, area)
    for each in auditors.values():
        each.end()


SEEN = {
    "maker": {"A-1", "A-2"},
    "holder": {"A-1", "B-1"},
    "product": {"C-1"},
    "area": {"A-1", "A-2", "C-1"},
    "nowhere": set(),
}
"""Lots by scope: an area's name stands between commas, in any case; a part of a longer name is none."""


@pytest.mark.parametrize("who", SEEN)
def test_the_list_the_page_of_an_id_and_the_export_know_the_scope_alone(world: World, who: str) -> None:
    assert world.listed(who) == SEEN[who]
    rows = world.rows(who)
    assert {row["lot"] for row in rows} - {""} == SEEN[who]
    nothing = world.page(who, "/auditing/0x" + "5" * 64)
    assert nothing.status_code == 403
    for lot, id in world.batches.items():
        answer = world.page(who, f"/auditing/{id}")
        if lot in SEEN[who]:
            assert answer.status_code == 200 and f"lot {lot}" in text_of(answer) and "It adds up." in text_of(answer)
        else:
            assert (answer.status_code, without_token(answer)) == (403, without_token(nothing))
            assert id not in world.page(who).text


def without_token(answer: httpx.Response) -> str:
    return re.sub(r'name="token" value="[^"]+"', "", answer.text)


@pytest.mark.parametrize("id", ["0x", "0x12", "5" * 64, "0X" + "5" * 64, "%2e%2e", "%00", "export.csv/x", "é"])
def test_what_is_no_id_is_answered_as_nothing_is(world: World, id: str) -> None:
    assert world.page("maker", f"/auditing/{id}").status_code in (403, 404)


def test_an_operator_sees_all_and_is_told_what_is_not_there(world: World) -> None:
    assert {"A-1", "A-2", "B-1", "C-1"} <= {
        lot for each in MADE.values() for asked in each for lot in world.listed("operator", lot=asked)
    }
    assert world.page("operator", f"/auditing/{world.batches['C-1']}").status_code == 200
    assert world.page("operator", "/auditing/0x" + "5" * 64).status_code not in (200, 403)
    assert len(world.rows("operator")) > len(world.rows("area"))


def test_a_scope_that_names_nothing_shows_nothing(world: World) -> None:
    for path in ("/auditing", f"/auditing/{world.batches['A-1']}", "/auditing/export.csv"):
        answer = world.page("broken", path)
        assert answer.status_code >= 400 and "A-1" not in answer.text and world.batches["A-1"] not in answer.text


@pytest.mark.parametrize(
    ("who", "lot", "shown", "hidden"),
    [
        ("maker", "A-1", ["Chín Kín A-1", str(PRICE)], ["Cân số 9"]),
        ("holder", "A-1", ["Cân số 9 kín"], ["Chín Kín", str(PRICE)]),
        ("area", "A-1", ["Chín Kín A-1"], ["Cân số 9"]),
        ("product", "C-1", ["Chín Kín C-1"], []),
        ("operator", "A-1", ["Chín Kín A-1", "Cân số 9 kín"], []),
    ],
)
def test_private_fields_are_shown_of_the_scopes_own_events(
    world: World, who: str, lot: str, shown: list[str], hidden: list[str]
) -> None:
    """A batch that somebody once held is in their scope; what its maker keeps private about it is not."""
    page = text_of(world.page(who, f"/auditing/{world.batches[lot]}"))
    assert all(each in page for each in shown), page
    assert not [each for each in hidden if each in page]


def test_whoever_was_shown_private_fields_stands_in_the_audit_log(world: World) -> None:
    def looks() -> int:
        with sqlite3.connect(world.nguon.data / "nguon.db", timeout=60) as db:
            sql = "SELECT count(*) FROM audit_log WHERE object = ? AND action = 'private fields shown' AND actor LIKE 'person/%'"
            return int(db.execute(sql, (f"batches/{world.batches['A-2']}",)).fetchone()[0])

    before = looks()
    assert world.page("area", f"/auditing/{world.batches['A-2']}").status_code == 200
    assert looks() == before + 1
    assert world.page("holder", f"/auditing/{world.batches['A-2']}").status_code == 403
    assert looks() == before + 1


def test_the_page_of_a_batch_tells_quantities_signers_and_places_on_the_chain(world: World) -> None:
    answer = world.page("maker", f"/auditing/{world.batches['A-1']}")
    page, journey = text_of(answer), world.nguon.batch(world.products["vien-an"], "A-1")["journey"]
    assert [each["kind"] for each in journey] == ["Commission", "Ship", "Receive"]
    for event in journey:
        assert event["id"] in page and event["signer"] in page and event["party"]["id"] in page
        assert f"block {event['block']:,}" in page
    plain = page.replace("\N{NO-BREAK SPACE}", " ")
    assert (
        "made + 1 kg" in plain and "to be found = 1 kg" in plain and "held + 1 kg" in plain and "found = 1 kg" in plain
    )
    assert "compared with the chain" in page
    links = [unescape(each) for each in re.findall(r'href="(/(?:p|v1/batches)/[^"]+)"', answer.text)]
    assert len(links) == 2
    assert all(world.nguon.operator.get(each).status_code == 200 for each in links)


def test_an_auditor_lands_there_and_sees_which_parties_an_area_has(world: World) -> None:
    device = world.auditors["area"]
    assert device.http.get("/sign-in").headers["location"].startswith("/auditing")
    page = text_of(world.page("area"))
    assert "The ledger keeps no area of a party." in page
    assert "Parties of this area: vien-an and ngoc-hien." in page
    assert "No party's address or region has this name." in text_of(world.page("nowhere"))


def test_a_lot_is_found_by_a_part_of_it_and_signs_mean_nothing(world: World) -> None:
    assert world.listed("area", lot="a-") == {"A-1", "A-2"}
    assert (
        world.listed("area", lot="%") == world.listed("area", lot="B-1") == world.listed("area", lot="' OR 1") == set()
    )


def test_the_export_has_the_days_that_are_asked_for(world: World) -> None:
    every = world.rows("maker")
    assert [row["kind"] for row in every] == ["Commission", "Commission", "Ship", "Receive"]
    assert all(len(row) == COLUMNS and None not in row for row in every)
    recorded = every[0]["recorded_at"]
    assert world.rows("maker", to="2025-11-19") == world.rows("maker", **{"from": "2999-01-01"}) == []
    assert recorded and world.rows("maker", **{"from": "2025-01-01", "to": "2998-12-31"}) == every
    for asked in ({"from": "2026-01-02", "to": "2026-01-01"}, {"from": "yesterday"}, {"to": "9999-12-31"}):
        answer = world.page("maker", "/auditing/export.csv", **asked)
        assert answer.status_code == 422 and "Give days" in text_of(answer)
    assert HOUSEHOLD not in str(every) and str(PRICE) not in str(every)


def test_hostile_text_is_text_on_the_pages_and_no_formula_in_the_export(nguon: Gateway, world: World) -> None:
    name = '=HYPERLINK("http://x","<script>alert(1)</script>")\u202e,"\r\n+x'
    party = admitted(nguon, "hostile", name=name, address="@SUM(1), <b>Xã</b>")
    product = nguon.product(party, profile={"name": "  -2+3|cmd"})
    lots = ('=1+1,"x"', "<i>&lt;", "+84", "@x", "-1")
    for lot in lots:
        made = {"product": product, "lot": lot, "quantity": 1_000}
        said = {"kind": "Commission", "party": party, "occurred_at": WHEN, "outputs": [made]}
        nguon.final(nguon.record(said | {"private": {"<u>": "<img src=x>"}})["id"])
    world.auditors["hostile"] = someone(nguon, None, "auditor", at="203.0.113.130", scope=f"party {party}").device
    assert world.listed("hostile") == {*lots}
    rows = world.rows("hostile")
    assert [row["lot"] for row in rows] == ['\'=1+1,"x"', "<i>&lt;", "'+84", "'@x", "'-1"]
    for row in rows:
        assert len(row) == COLUMNS and None not in row
        assert not [each for each in row.values() if each.lstrip().startswith(("=", "+", "-", "@"))]
        assert row["party_name"].startswith("'=HYPERLINK") and "\u202e" not in row["party_name"]
    batch = rows[1]["batch"]
    for page in (world.page("hostile").text, world.page("hostile", f"/auditing/{batch}").text):
        assert not re.search(r"<(script|i>|u>|img|b>Xã)", page) and "\u202e" not in page
    assert "<img src=x>" in unescape(world.page("hostile", f"/auditing/{batch}").text)


def test_fifty_stand_on_a_page_the_newest_first_and_none_twice(nguon: Gateway, world: World) -> None:
    party = admitted(nguon, "nhieu-lo")
    product = nguon.product(party)
    lots = [f"L{number:02}" for number in range(53)]
    for lot in lots:
        made = {"product": product, "lot": lot, "quantity": 1_000}
        last = nguon.record({"kind": "Commission", "party": party, "occurred_at": WHEN, "outputs": [made]})
    nguon.final(last["id"])
    world.auditors["many"] = someone(nguon, None, "auditor", at="203.0.113.131", scope=f"product {product}").device
    first = world.page("many")
    order = re.findall(r", lot (L\d\d)</a>", first.text)
    assert order == lots[:2:-1]
    older = re.search(r'class="standing" href="(/auditing\?[^"]+before[^"]+)"', first.text)
    assert older
    rest = world.auditors["many"].http.get(unescape(older[1]))
    assert re.findall(r", lot (L\d\d)</a>", rest.text) == lots[2::-1]
    assert "before=" not in rest.text
    assert len(re.findall(r", lot (L\d\d)</a>", world.page("many", before="nonsense").text)) == 50
