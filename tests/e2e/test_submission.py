"""A submission, a repeat and a stranger: neighbours are untouched, nothing is recorded twice, nobody acts for another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from ledger.canonical.abi import Skipped
from ledger.events.identifiers import batch_id, product_id
from ledger.events.model import Kind, Output, SignedEvent
from tests.gateway_process import Gateway, Json, client
from tests.stranger import Hand, Stranger, named, posted, soon

WHEN = "2025-11-20T07:30:00+07:00"


@pytest.fixture(scope="module")
def chain(nguon: Gateway) -> Stranger:
    return Stranger(nguon)


@pytest.fixture(scope="module")
def hand(nguon: Gateway, chain: Stranger) -> Hand:
    """A cooperative that keeps its own key."""
    hand = chain.hand(nguon.name("own-key"))
    entry = {"uri": hand.uri, "roles": ["producer", "processor"], "key": False, "signers": [hand.entry]}
    assert nguon.operator.post("/v1/parties", json={"parties": [entry]}).status_code == 200
    return hand


@pytest.fixture(scope="module")
def coop(nguon: Gateway) -> str:
    return nguon.party("coop", "producer")


@pytest.fixture(scope="module")
def crab(nguon: Gateway, hand: Hand, coop: str) -> str:
    return nguon.product(hand.uri, makers=(coop,))


@pytest.fixture
def lot() -> Iterator[str]:
    yield f"L{next(LOTS)}"


LOTS = iter(range(1_000))


def caught(coop: str, crab: str, lot: str, quantity: int = 1_000, **more: Any) -> Json:
    return {
        "kind": "Commission", "party": coop, "occurred_at": WHEN, "outputs": [{"product": crab, "lot": lot, "quantity": quantity}]
    } | more  # fmt: skip


def journey(nguon: Gateway, product: str, lot: str) -> list[str]:
    return [event["id"] for event in nguon.batch(product, lot)["journey"]]


# ── promise 2: a failing event leaves its neighbours untouched ──────────────────────────────────────────────────────────


def test_of_100_events_the_bad_first_middle_and_last_are_skipped_and_97_recorded(
    nguon: Gateway, chain: Stranger, hand: Hand, crab: str
) -> None:
    product = product_id(crab)
    batch = batch_id(product, hand.party, b"HUNDRED")
    catch = hand.make(Kind.COMMISSION, outputs=(Output(product, b"HUNDRED", 1_000, soon(2)),))
    events = [hand.sign(catch)] + [hand.sign(hand.seen(f"pond-{n % 7}")) for n in range(98)]
    events.insert(0, hand.sign(hand.move(Kind.SELL, batch, 1)))  # before there is any
    stranger = chain.hand("urn:nguon:test:nobody")
    forged = stranger.sign(replace(events[50].event, signer=stranger.address)).signature
    events[50] = replace(events[50], signature=forged)
    events[99] = hand.sign(replace(events[99].event, nonce=events[1].event.nonce))
    assert len(events) == 100
    before, heads = chain.count(), nguon.operator.get("/v1/ledger").json()["as_of"]["ledger_head"]

    said = chain.relay(*events)

    skips = {each.index: named(each) for each in said if isinstance(each, Skipped)}
    assert {index: law for index, (law, _) in skips.items()} == {0: "UnknownBatch", 50: "BadSignature", 99: "NonceUsed"}
    assert [each.id for each in said if isinstance(each, Skipped)] == [events[n].id for n in (0, 50, 99)]
    assert skips[99][1] == {"signer": "0x" + hand.address.hex(), "nonce": events[1].event.nonce}
    kept = [event for n, event in enumerate(events) if n not in skips]
    assert [each for each in said if isinstance(each, SignedEvent)] == kept, "every signed byte, in order"
    assert chain.count() == before + 97

    nguon.final("0x" + kept[-1].id.hex())
    shown = nguon.operator.get(f"/v1/events/0x{kept[-1].id.hex()}").json()
    first = nguon.operator.get(f"/v1/events/0x{kept[0].id.hex()}").json()
    assert first["party"]["id"] == hand.uri and first["signature"] == "0x" + kept[0].signature.hex()
    assert shown["position"] - first["position"] == 96, "all 97 in the order in which they stood"
    as_of = nguon.operator.get("/v1/ledger").json()["as_of"]
    assert as_of["ledger_head"] != heads and as_of["events"] == chain.count()
    for index in (0, 50, 99):
        assert nguon.operator.get(f"/v1/events/0x{events[index].id.hex()}").status_code == 404
    assert not chain.nonce_used(hand.address, events[0].event.nonce)
    assert not chain.nonce_used(hand.address, events[50].event.nonce)
    # A skip decides no event's fate: the first may come again, now that there is some.
    (again,) = chain.relay(events[0])
    assert again == events[0]


def test_more_than_held_is_skipped_between_two_that_leave_exactly_nothing(
    nguon: Gateway, chain: Stranger, hand: Hand, crab: str
) -> None:
    product = product_id(crab)
    batch = batch_id(product, hand.party, b"EXACT")
    caught = hand.make(Kind.COMMISSION, outputs=(Output(product, b"EXACT", 10, 0),))
    sales = [hand.move(Kind.SELL, batch, quantity) for quantity in (6, 5, 4)]
    said = chain.relay(*map(hand.sign, (caught, *sales)))
    (skip,) = [each for each in said if isinstance(each, Skipped)]
    assert skip.index == 2
    assert named(skip) == (
        "MoreThanHeld",
        {"batch": "0x" + batch.hex(), "party": "0x" + hand.party.hex(), "wanted": 5, "held": 4},
    )
    nguon.final("0x" + said[-1].id.hex())
    assert nguon.batch(crab, "EXACT")["quantities"] == {
        "made": 10, "consumed": 0, "held": 0, "on_the_way": 0, "sold": 10, "disposed": 0, "adjusted_up": 0, "adjusted_down": 0,
    }  # fmt: skip


def test_an_event_whose_content_is_not_canonical_acts_and_is_not_shown(
    nguon: Gateway, chain: Stranger, hand: Hand
) -> None:
    """The contract knows only a content's length: the gateway refuses it, and shows none that came past the gateway."""
    contents = {
        b'{"nguon:reason": "a space"}': "ContentNotCanonical",
        b'{"readPoint":{},"bizStep":"x"}': "ContentNotCanonical",
        b'{"bizStep":"x","bizStep":"y"}': "ContentNotCanonical",
        b'{"bizStep":1.0}': "ContentNumber",
        b"{}\n": "ContentNotCanonical",
        b"": "ContentNotCanonical",
        b"[]": "ContentNotCanonical",
        b'{"bizStep":"\\u0041"}': "ContentNotCanonical",
        '{"nguon:reason":"tra\u0300i"}'.encode(): "ContentText",
        '{"nguon:reason":"\u202eabc"}'.encode(): "ContentText",
        b'{"bizStep":9007199254740993}': "ContentNumber",
        b'{"quantityList":[]}': "ContentRepeatsActingField",
        b'{"ilmd":{"cbvmda:lotNumber":"L1"}}': "ContentRepeatsActingField",
        b'{"price":"100"}': "ContentFieldNotAllowed",
        b'{"_sd":["x"]}': "ContentFieldForm",
    }
    signed = [hand.sign(hand.seen("pond", content=content)) for content in contents]
    for each, law in zip(signed, contents.values(), strict=True):
        answer = nguon.operator.post("/v1/events", json=posted(each, hand.uri))
        assert (answer.status_code, answer.json()["law"]) == (422, law), (each.event.content, answer.text)
        assert not chain.nonce_used(hand.address, each.event.nonce)
    assert [each.id for each in chain.relay(*signed)] == [each.id for each in signed], "by its acting fields it acts"
    nguon.final("0x" + signed[-1].id.hex())
    for each in signed:
        shown = nguon.operator.get(f"/v1/events/0x{each.id.hex()}").json()
        assert (shown["content"], shown["content_canonical"]) == ({}, False), each.event.content


# ── promise 1: exactly once ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_key_and_body_is_the_same_event_and_one_log(nguon: Gateway, coop: str, crab: str, lot: str) -> None:
    body, headers = caught(coop, crab, lot), {"Idempotency-Key": f"once-{lot}"}
    first = nguon.operator.post("/v1/events", json=body, headers=headers)
    second = nguon.operator.post("/v1/events", json=body, headers=headers)
    assert first.status_code == 202 and not first.json()["already"]
    assert second.status_code in (200, 202) and second.json()["already"]
    assert first.json()["id"] == second.json()["id"]
    assert first.headers["location"] == f"/v1/events/{first.json()['id']}"
    nguon.final(first.json()["id"])
    third = nguon.operator.post("/v1/events", json=body, headers=headers)
    assert (third.status_code, third.json()["state"], third.json()["id"]) == (200, "final", first.json()["id"])
    assert journey(nguon, crab, lot) == [first.json()["id"]]
    assert (
        nguon.operator.get("/v1/events", params=dict(idempotency_key=f"once-{lot}")).json()["id"] == first.json()["id"]
    )


def test_members_in_another_order_are_the_same_request(nguon: Gateway, coop: str, crab: str, lot: str) -> None:
    body, headers = caught(coop, crab, lot), {"Idempotency-Key": f"order-{lot}", "Content-Type": "application/json"}
    turned = json.dumps(dict(reversed(body.items())), indent=2)
    first = nguon.operator.post("/v1/events", content=json.dumps(body), headers=headers).json()
    second = nguon.operator.post("/v1/events", content=turned, headers=headers).json()
    assert second["already"] and second["id"] == first["id"]


def test_the_same_key_with_another_body_is_a_conflict(nguon: Gateway, coop: str, crab: str, lot: str) -> None:
    headers = {"Idempotency-Key": f"conflict-{lot}"}
    kept = nguon.record(caught(coop, crab, lot), headers=headers)["id"]
    answer = nguon.operator.post("/v1/events", json=caught(coop, crab, lot, 2_000), headers=headers)
    assert (answer.status_code, answer.json()["law"]) == (409, "IdempotencyKeyReused")
    nguon.final(kept)
    assert nguon.batch(crab, lot)["quantities"]["made"] == 1_000


def test_a_key_belongs_to_its_party(nguon: Gateway, coop: str, hand: Hand, crab: str, lot: str) -> None:
    headers = {"Idempotency-Key": f"mine-{lot}"}
    mine = nguon.record(caught(coop, crab, lot), headers=headers)
    theirs = nguon.record(posted(hand.sign(hand.seen("pond")), hand.uri), headers=headers)
    assert mine["id"] != theirs["id"] and not theirs["already"]


def test_a_refused_event_leaves_its_key_free(nguon: Gateway, coop: str, crab: str, lot: str) -> None:
    headers = {"Idempotency-Key": f"free-{lot}"}
    assert nguon.refused(caught(coop, crab, lot, 0), headers=headers)["law"] == "QuantityZero"
    assert not nguon.record(caught(coop, crab, lot), headers=headers)["already"]


def test_a_signed_event_handed_in_twice_is_recorded_once(nguon: Gateway, chain: Stranger, hand: Hand) -> None:
    signed = hand.sign(hand.seen("pond"))
    first = nguon.record(posted(signed, hand.uri))
    second = nguon.record(posted(signed, hand.uri), params={"wait": "final"})
    assert (first["already"], second["already"]) == (False, True)
    assert first["id"] == second["id"] == "0x" + signed.id.hex()
    # A stranger who relays it once more is told, and nothing changes.
    (log,) = chain.relay(signed)
    assert isinstance(log, Skipped) and named(log)[0] == "NonceUsed"
    assert nguon.record(posted(signed, hand.uri))["state"] == "final"


def test_an_event_that_a_stranger_relayed_first_is_final_all_the_same(
    nguon: Gateway, chain: Stranger, hand: Hand
) -> None:
    """Acknowledged here, recorded by another: the submitter's own copy is skipped, and the event is final once."""
    signed = hand.sign(hand.seen("pond"))
    kept = nguon.record(posted(signed, hand.uri))
    chain.relay(signed)
    nguon.final(kept["id"])
    assert nguon.operator.get(f"/v1/events/{kept['id']}").json()["law"] is None


# ── many at once ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_many_have_a_result_each_and_a_refused_one_leaves_the_others(
    nguon: Gateway, coop: str, crab: str, lot: str
) -> None:
    sell = {"kind": "Sell", "party": coop, "occurred_at": WHEN, "product": crab, "lot": lot}
    events = [
        sell | {"quantity": 1},
        caught(coop, crab, lot, 10),
        sell | {"quantity": 6},
        sell | {"quantity": 5},
        sell | {"quantity": 4},
        caught("urn:nguon:test:unknown", crab, lot),
    ]
    headers = {"Idempotency-Key": f"many-{lot}"}
    answer = nguon.operator.post("/v1/events", json={"events": events}, headers=headers, params={"wait": "final"})
    results = answer.json()["results"]
    assert answer.status_code == 202, "not all of it is final: two were refused"
    assert [r["status"] for r in results] == [422, 200, 200, 422, 200, 422]
    assert [r.get("problem", {}).get("law") for r in results] == [
        "UnknownBatch",
        None,
        None,
        "MoreThanHeld",
        None,
        "UnknownParty",
    ]
    assert all(r["state"] == "final" for r in results if "id" in r)
    assert results[3]["problem"]["numbers"] | {"batch": "", "party": ""} == {
        "batch": "",
        "party": "",
        "wanted": 5,
        "held": 4,
    }
    assert journey(nguon, crab, lot) == [results[n]["id"] for n in (1, 2, 4)]
    # The same again: what was kept is known, what was refused is judged anew. Now there is a batch, and nothing of it.
    again = nguon.operator.post("/v1/events", json={"events": events}, headers=headers).json()["results"]
    assert [r.get("id") for r in again] == [r.get("id") for r in results]
    assert [r["already"] for r in again] == [False, True, True, False, True, False]
    assert again[0]["problem"]["law"] == "MoreThanHeld"


def test_when_none_of_many_is_kept_the_answer_is_a_problem(nguon: Gateway, coop: str, crab: str, lot: str) -> None:
    answer = nguon.operator.post("/v1/events", json={"events": [caught(coop, crab, lot, 0), caught(coop, crab, "ä")]})
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, document["law"]) == (422, "NoneKept")
    assert [r["problem"]["law"] for r in document["results"]] == ["QuantityZero", "LotForm"]
    assert nguon.operator.get(document["type"]).json()["title"] == document["title"]


def test_wait_answers_when_all_of_it_is_final(nguon: Gateway, coop: str, crab: str, lot: str) -> None:
    answer = nguon.operator.post("/v1/events", json=caught(coop, crab, lot), params={"wait": "final"})
    assert (answer.status_code, answer.json()["state"]) == (200, "final")
    many = nguon.operator.post("/v1/events", json={"events": [caught(coop, crab, lot + "b")]}, params={"wait": "final"})
    assert many.status_code == 200 and [r["status"] for r in many.json()["results"]] == [200]


# ── who may ask ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_party_key_acts_for_its_own_party_alone(nguon: Gateway, coop: str, hand: Hand, crab: str, lot: str) -> None:
    mine = nguon.as_party(coop)
    kept = mine.post("/v1/events", json=caught(coop, crab, lot))
    assert kept.status_code == 202
    unnamed = {name: value for name, value in caught(coop, crab, lot + "b").items() if name != "party"}
    assert mine.post("/v1/events", json=unnamed).status_code == 202
    for body in (caught(hand.uri, crab, lot), posted(hand.sign(hand.seen("pond")), hand.uri)):
        answer = mine.post("/v1/events", json=body)
        assert (answer.status_code, answer.json()["law"]) == (403, "NotYourParty")
    smuggled = hand.sign(hand.seen("pond"))
    answer = mine.post("/v1/events", json=posted(smuggled))
    assert (answer.status_code, answer.json()["law"]) == (403, "NotYourSigner")
    assert nguon.operator.get(f"/v1/events/0x{smuggled.id.hex()}").status_code == 404
    mixed = mine.post("/v1/events", json={"events": [caught(coop, crab, lot + "c"), caught(hand.uri, crab, lot)]})
    assert [r["status"] for r in mixed.json()["results"]] == [202, 403]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/parties", {"parties": [{"uri": "urn:nguon:test:sneaked", "roles": ["inspector"]}]}),
        ("/v1/products", {"products": [{"uri": "urn:nguon:test:sneaked", "unit": "g", "brand_owner": "urn:a:b"}]}),
        ("/v1/yields", {"yields": [{"input": "urn:a:b", "output": "urn:a:c", "per_million": 9}]}),
        ("/v1/parties/urn%3Aa%3Ab/api-keys", {}),
    ],
)
def test_only_the_operator_changes_registries_and_makes_keys(nguon: Gateway, coop: str, path: str, body: Json) -> None:
    stranger = client(nguon.url)
    assert stranger.post(path, json=body).status_code == 401
    answer = nguon.as_party(coop).post(path, json=body)
    law = "NotYourParty" if path.endswith("api-keys") else "OperatorOnly"  # of its own a party may make some
    assert (answer.status_code, answer.json()["law"]) == (403, law)
    assert nguon.operator.get("/v1/parties/urn%3Anguon%3Atest%3Asneaked").status_code == 404


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Basic b3BlcmF0b3I6", "Bearer pk_00000000_" + "A" * 43, "bearer pk__", "Bearer " + "x" * 9_000],
)
def test_no_valid_key_no_event(nguon: Gateway, coop: str, crab: str, shown: str) -> None:
    headers = {"Authorization": shown} if shown else {}
    answer = httpx.post(f"{nguon.url}/v1/events", json=caught(coop, crab, "STOLEN"), headers=headers)
    assert (answer.status_code, answer.json()["law"]) == (401, "NotAuthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert nguon.operator.get(f"/v1/batches/{quote(crab, safe='')}/STOLEN").status_code == 404


def test_the_operator_names_the_party(nguon: Gateway, coop: str, crab: str, lot: str) -> None:
    unnamed = {name: value for name, value in caught(coop, crab, lot).items() if name != "party"}
    assert nguon.refused(unnamed)["law"] == "PartyNotNamed"
    unknown = nguon.refused(caught("urn:nguon:test:never-admitted", crab, lot))
    assert unknown["law"] == "UnknownParty" and "urn:nguon:test:never-admitted" in unknown["detail"]


def test_a_party_with_its_own_key_cannot_be_signed_for(nguon: Gateway, hand: Hand, crab: str, lot: str) -> None:
    answer = nguon.operator.post("/v1/events", json=caught(hand.uri, crab, lot))
    assert (answer.status_code, answer.json()["law"]) == (409, "NoKeyHere")
    assert hand.uri in answer.json()["detail"]


def test_an_address_belongs_to_one_party_for_ever(nguon: Gateway, hand: Hand) -> None:
    thief = {"uri": nguon.name("thief"), "key": False, "signers": [hand.entry]}
    answer = nguon.operator.post("/v1/parties", json={"parties": [thief]})
    assert (answer.status_code, answer.json()["law"]) == (422, "SignerTaken")
    assert nguon.operator.get(f"/v1/parties/{quote(thief['uri'], safe='')}").status_code == 404, "all of it, or nothing"
    again = nguon.operator.post(
        "/v1/parties", json={"parties": [{"uri": hand.uri, "key": False, "signers": [hand.entry]}]}
    )
    assert (again.status_code, again.json()["changes"]) == (200, 0)
    (signer,) = nguon.operator.get(f"/v1/parties/{quote(hand.uri, safe='')}").json()["signers"]
    assert (signer["address"], signer["custody"]) == ("0x" + hand.address.hex(), "external")
