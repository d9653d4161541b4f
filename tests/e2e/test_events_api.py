"""`/v1/batches` and `/v1/events` tell the story that was recorded: from crab to jar, for goods with and without a GTIN."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from ledger.events.identifiers import check_digit
from tests.gateway_process import Gateway, Json
from tests.stranger import soon

NUMBERS = itertools.count()


def gtin() -> str:
    """A GTIN of GS1's demonstration prefix that no other test of this run uses."""
    body = f"0952{os.getpid() % 10**7:07d}{next(NUMBERS):02d}"
    return body + str(check_digit(body))


def at(hour: int) -> str:
    return f"2025-11-20T{hour:02d}:00:00+07:00"


def open_until() -> str:
    return datetime.fromtimestamp(soon(2), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Story:
    """3 kg of crab, salted to 3.3 kg, 3 jars of it packed, one on its way, one received, one sold."""

    coop: str
    plant: str
    shop: str
    crab: str
    salted: str
    jar: str
    ids: dict[str, str]


CRAB_LOT, SALTED_LOT, JAR_LOT = "24/11-A", "S%2F1", "J/1%?"


@pytest.fixture(scope="module")
def story(nguon: Gateway) -> Story:
    coop, plant, shop = (
        nguon.party("coop", "producer"),
        nguon.party("plant", "processor", "packer"),
        nguon.party("shop"),
    )
    crab = nguon.product(coop)
    salted = nguon.product(plant, stage=1)
    jar = nguon.product(plant, stage=2, unit="pieces", uri=gtin())
    nguon.declare(crab, salted, 1_100_000)
    nguon.declare(salted, jar, 1_000)
    ids: dict[str, str] = {}

    def say(name: str, party: str, kind: str, hour: int, **more: Any) -> None:
        ids[name] = nguon.record({"kind": kind, "party": party, "occurred_at": at(hour)} | more)["id"]

    catch = {"product": crab, "lot": CRAB_LOT}
    say(
        "caught",
        coop,
        "Commission",
        1,
        outputs=[catch | {"quantity": 3_000, "open_until": open_until()}],
        content={"bizStep": "harvesting", "nguon:entered": [{"value": "3", "unit": "KGM"}]},
        private={"pond": "behind the house"},
    )
    say("crab shipped", coop, "Ship", 2, quantity=3_000, to=plant, **catch)
    say("crab received", plant, "Receive", 3, quantity=3_000, **catch)
    say(
        "salted",
        plant,
        "Transform",
        4,
        inputs=[catch | {"quantity": 3_000}],
        outputs=[{"product": salted, "lot": SALTED_LOT, "quantity": 3_300}],
    )
    say(
        "packed",
        plant,
        "Pack",
        5,
        inputs=[{"product": salted, "lot": SALTED_LOT, "quantity": 3_000}],
        outputs=[{"product": jar, "lot": JAR_LOT, "quantity": 3}],
    )
    say("jars shipped", plant, "Ship", 6, quantity=3, to=shop, product=jar, lot=JAR_LOT)
    say("jars received", shop, "Receive", 7, quantity=2, product=jar, lot=JAR_LOT)
    say("jar sold", shop, "Sell", 8, quantity=1, product=jar, lot=JAR_LOT)
    say("seen", plant, "Observe", 9, product=jar, lot=JAR_LOT, content={"nguon:reason": "nhãn đúng"})
    nguon.final(*ids.values())
    return Story(coop, plant, shop, crab, salted, jar, ids)  # fmt: skip


def get(nguon: Gateway, product: str, lot: str, rest: str = "", **query: str) -> httpx.Response:
    return httpx.get(f"{nguon.url}/v1/batches/{quote(product, safe='')}/{quote(lot, safe='')}{rest}", params=query)


def ids(events: list[Json]) -> list[str]:
    return [event["id"] for event in events]


def test_the_journey_of_the_jar_is_its_events_in_order(nguon: Gateway, story: Story) -> None:
    jar = get(nguon, story.jar, JAR_LOT).json()
    named = ["packed", "jars shipped", "jars received", "jar sold", "seen"]
    assert ids(jar["journey"]) == [story.ids[name] for name in named]
    assert [event["kind"] for event in jar["journey"]] == ["Pack", "Ship", "Receive", "Sell", "Observe"]
    assert [event["party"]["id"] for event in jar["journey"]] == [
        story.plant,
        story.plant,
        story.shop,
        story.shop,
        story.plant,
    ]
    positions = [event["position"] for event in jar["journey"]]
    assert positions == sorted(positions) and all(event["state"] == "final" for event in jar["journey"])
    assert jar["journey"][4]["content"]["nguon:reason"] == "nhãn đúng"
    assert jar["journey"][2]["target"] == story.ids["jars shipped"]


def test_the_quantities_of_the_jar_add_up(nguon: Gateway, story: Story) -> None:
    jar = get(nguon, story.jar, JAR_LOT).json()
    amounts = jar["quantities"]
    spent = {"consumed": 0, "held": 1, "on_the_way": 1, "sold": 1, "disposed": 0}
    assert amounts == {"made": 3, "adjusted_up": 0, "adjusted_down": 0} | spent
    assert amounts["made"] == sum(n for name, n in amounts.items() if name != "made")
    held = {entry["party"]["id"]: (entry["quantity"], entry["sold"]) for entry in jar["holdings"]}
    assert held == {story.plant: (0, 0), story.shop: (1, 1)}
    (shipment,) = jar["shipments"]
    assert (shipment["id"], shipment["shipped"], shipment["open"]) == (story.ids["jars shipped"], 3, 1)
    assert jar["state"]["items"] == 3 and not jar["state"]["not_traced"]


def test_upstream_of_the_jar_is_salted_crab_and_crab_with_their_journeys(nguon: Gateway, story: Story) -> None:
    salted, crab = get(nguon, story.jar, JAR_LOT, "/upstream").json()
    assert [(each["product"]["id"], each["lot"], each["depth"], each["quantity"]) for each in (salted, crab)] == [
        (story.salted, SALTED_LOT, 1, 3_000), (story.crab, CRAB_LOT, 2, 3_000)
    ]  # fmt: skip
    assert salted["into"] == get(nguon, story.jar, JAR_LOT).json()["batch"] and crab["into"] == salted["batch"]
    assert ids(salted["journey"]) == [story.ids["salted"], story.ids["packed"]]
    assert ids(crab["journey"]) == [story.ids[name] for name in ("caught", "crab shipped", "crab received", "salted")]


def test_downstream_of_the_crab_is_salted_crab_and_jar(nguon: Gateway, story: Story) -> None:
    salted, jar = get(nguon, story.crab, CRAB_LOT, "/downstream").json()
    assert [(each["product"]["id"], each["lot"], each["depth"]) for each in (salted, jar)] == [
        (story.salted, SALTED_LOT, 1), (f"https://id.gs1.org/01/{story.jar}", JAR_LOT, 2)
    ]  # fmt: skip
    assert get(nguon, story.jar, JAR_LOT, "/downstream").json() == []
    assert get(nguon, story.crab, CRAB_LOT, "/upstream").json() == []


def test_the_whole_and_its_parts_say_the_same(nguon: Gateway, story: Story) -> None:
    for product, lot in ((story.crab, CRAB_LOT), (story.salted, SALTED_LOT), (story.jar, JAR_LOT)):
        whole = get(nguon, product, lot).json()
        for part in ("journey", "upstream", "downstream"):
            assert get(nguon, product, lot, f"/{part}").json() == whole[part]
        assert whole["lineage_complete"] and whole["lot"] == lot and whole["head"].startswith("0x")


def test_an_event_alone_is_the_same_as_in_the_journey(nguon: Gateway, story: Story) -> None:
    for event in get(nguon, story.crab, CRAB_LOT).json()["journey"]:
        assert httpx.get(f"{nguon.url}/v1/events/{event['id']}").json() == event
        assert httpx.get(f"{nguon.url}/v1/events/{event['id'].removeprefix('0x').upper()}").json() == event


def test_a_batch_goes_by_gtin_by_link_and_by_urn(nguon: Gateway, story: Story) -> None:
    known = get(nguon, story.jar, JAR_LOT).json()
    assert known["product"]["gtin"] == story.jar
    for spelling in (f"https://id.gs1.org/01/{story.jar}", f"https://shop.example/01/{story.jar}?x=1"):
        assert get(nguon, spelling, JAR_LOT).json()["batch"] == known["batch"]
    crab = get(nguon, story.crab, CRAB_LOT).json()
    assert crab["product"] | {"profile": {}} == {
        "id": story.crab, "gtin": None, "unit": "g", "name": story.crab, "profile": {}
    }  # fmt: skip
    # A URN needs no escaping but of its slashes; the lot's slash does.
    plain = httpx.get(f"{nguon.url}/v1/batches/{story.crab}/24%2F11-A")
    assert plain.json()["batch"] == crab["batch"]
    assert httpx.get(f"{nguon.url}/v1/batches/{story.crab}/24/11-A").status_code == 404


def test_a_lot_is_decoded_once(nguon: Gateway, story: Story) -> None:
    """`S%2F1` is the lot's own text: it is not the lot `S/1`, and `J/1%?` keeps its question mark."""
    assert get(nguon, story.salted, "S/1").status_code == 404
    assert get(nguon, story.salted, SALTED_LOT).json()["lot"] == SALTED_LOT
    assert get(nguon, story.jar, JAR_LOT).json()["lot"] == JAR_LOT


@pytest.mark.parametrize("rest", ["", "/journey", "/upstream", "/downstream"])
def test_an_unknown_batch_is_404(nguon: Gateway, story: Story, rest: str) -> None:
    for product, lot in (
        (story.jar, "NEVER"),
        (story.crab, "NEVER"),
        ("urn:nguon:test:nothing", CRAB_LOT),
        (gtin(), JAR_LOT),
    ):
        answer = get(nguon, product, lot, rest)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert lot in answer.json()["detail"]


def test_private_fields_show_a_digest_and_nothing_else(nguon: Gateway, story: Story) -> None:
    for key in (None, nguon.operator.headers["authorization"]):
        headers = {"Authorization": key} if key else {}
        answer = httpx.get(f"{nguon.url}/v1/events/{story.ids['caught']}", headers=headers)
        assert "behind the house" not in answer.text and "pond" not in answer.text
        (digest,) = answer.json()["content"]["_sd"]
        assert len(digest) == 43


def test_where_two_made_the_same_lot_the_makers_come_and_the_origin_chooses(nguon: Gateway, story: Story) -> None:
    other = nguon.party("other", "producer")
    shared = nguon.product(story.coop, open=True)
    for party in (story.coop, other):
        outputs = [{"product": shared, "lot": "SAME", "quantity": 10}]
        last = nguon.record({"kind": "Commission", "party": party, "occurred_at": at(1), "outputs": outputs})
    nguon.final(last["id"])
    both = get(nguon, shared, "SAME").json()
    assert len(both["others"]) == 1
    assert both["origin"]["id"] == story.coop, "the brand owner's batch comes first, whatever its hash"
    assert both["others"][0]["origin"]["id"] == other
    for party in (story.coop, other):
        chosen = get(nguon, shared, "SAME", origin=party).json()
        assert chosen["origin"]["id"] == party and chosen["others"] == []
    assert get(nguon, shared, "SAME", origin=story.shop).status_code == 404
    sale = {"kind": "Sell", "party": story.shop, "occurred_at": at(2), "quantity": 1, "product": shared}
    assert nguon.refused(sale | {"lot": "SAME"})["law"] == "MoreThanHeld", "the brand owner's is meant"
    for party in (other, nguon.party("third", "producer")):
        outputs = [{"product": shared, "lot": "THEIRS", "quantity": 10}]
        nguon.record({"kind": "Commission", "party": party, "occurred_at": at(1), "outputs": outputs})
    refused = nguon.refused(sale | {"lot": "THEIRS"})
    assert refused["law"] == "AmbiguousLot" and refused["numbers"]["batches"] == 2


def test_a_receive_names_its_shipment_where_several_are_open(nguon: Gateway, story: Story) -> None:
    crab = {"product": story.crab, "lot": "TWICE"}
    nguon.record(
        {"kind": "Commission", "party": story.coop, "occurred_at": at(1), "outputs": [crab | {"quantity": 10}]}
    )
    ship = {"kind": "Ship", "party": story.coop, "occurred_at": at(2), "quantity": 5, "to": story.plant} | crab
    first, second = nguon.record(ship)["id"], nguon.record(ship)["id"]
    assert first != second, "the same statement twice is two events: each has a nonce of its own"
    receive = {"kind": "Receive", "party": story.plant, "occurred_at": at(3), "quantity": 5} | crab
    assert nguon.refused(receive)["law"] == "AmbiguousShipment"
    nguon.record(receive | {"shipment": second})
    refused = nguon.refused(receive | {"shipment": second})
    assert (refused["law"], refused["numbers"]["open"], refused["numbers"]["wanted"]) == ("MoreThanOpen", 0, 5)
    done = nguon.record(receive)["id"]
    nguon.final(done)
    assert httpx.get(f"{nguon.url}/v1/events/{done}").json()["target"] == first


def test_outside_stock_marks_itself_and_all_made_from_it(nguon: Gateway, story: Story) -> None:
    bought = {"product": story.crab, "lot": "BOUGHT"}
    nguon.record({"kind": "Commission", "party": story.plant, "occurred_at": at(1), "provenance": "bought_outside",
                  "outputs": [bought | {"quantity": 100}]})  # fmt: skip
    made = nguon.record({"kind": "Transform", "party": story.plant, "occurred_at": at(2), "inputs": [bought | {"quantity": 100}],
                         "outputs": [{"product": story.salted, "lot": "FROM-OUTSIDE", "quantity": 100}]})  # fmt: skip
    nguon.final(made["id"])
    own, inherited = (
        get(nguon, story.crab, "BOUGHT").json()["state"],
        get(nguon, story.salted, "FROM-OUTSIDE").json()["state"],
    )
    assert (own["not_traced"], own["not_traced_inherited"]) == (True, False)
    assert (inherited["not_traced"], inherited["not_traced_inherited"]) == (False, True)


def test_a_refused_draft_uses_no_nonce(nguon: Gateway, story: Story) -> None:
    """The counter of a gateway's lane leaves no gap, so nothing has to be voided for what was never said."""
    seen = {"kind": "Observe", "party": story.shop, "occurred_at": at(1), "place": "urn:nguon:test:shelf"}
    before = nguon.record(seen)["id"]
    for wrong in ({"owner": story.coop}, {"occurred_at": "2999-01-01T00:00:00Z"}, {"content": {"price": "1"}}):
        nguon.refused(seen | wrong)
    after = nguon.record(seen)["id"]
    first, second = (int(httpx.get(f"{nguon.url}/v1/events/{id}").json()["nonce"]) for id in (before, after))
    assert second == first + 1


def test_stock_shows_what_is_acknowledged_and_not_yet_final(nguon: Gateway, story: Story) -> None:
    crab = {"product": story.crab, "lot": "PENDING"}
    nguon.record(
        {"kind": "Commission", "party": story.coop, "occurred_at": at(1), "outputs": [crab | {"quantity": 10}]}
    )
    ship = nguon.record(
        {"kind": "Ship", "party": story.coop, "occurred_at": at(2), "quantity": 4, "to": story.plant} | crab
    )
    (batch,) = get(nguon, story.crab, "PENDING", "/stock").json()["batches"]
    assert batch["holdings"] == {story.coop: 6}
    (shipment,) = batch["shipments"]
    assert shipment == {"id": ship["id"], "from": story.coop, "to": story.plant, "open": 4}
