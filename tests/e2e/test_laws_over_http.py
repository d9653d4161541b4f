"""Promise 2, the chain enforces the rules: what a gateway refuses by a law, the contract refuses by the same law.

Every case is one event signed by a party that keeps its own key. It is handed to the gateway, which must refuse it and name
the law, and it is sent straight to the contract by a stranger without rights, which must skip it and name the same law with
the same numbers. Nothing may be written by either, and no nonce used up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ledger.bindings.abi import contract
from ledger.canonical.abi import Skipped
from ledger.canonical.body import encode_body
from ledger.events.laws import LAWS
from ledger.events.model import SignedEvent
from tests.gateway_process import ROOT, Gateway, Json
from tests.law_cases import EVERY_AND_MAKE
from tests.law_cases_custody import MOVE_AND_NOTE
from tests.law_world import World, build_world
from tests.stranger import named, posted

CASES = EVERY_AND_MAKE | MOVE_AND_NOTE
CLOCKS = {"blockTime", "latest"}  # the gateway's clock is not the block's
ONLY_IN_BYTES = {"UnknownShape"}  # an event in words has one of the three shapes


@pytest.fixture(scope="module")
def world(nguon: Gateway) -> World:
    return build_world(nguon)


@dataclass(frozen=True)
class Judged:
    signed: SignedEvent
    skipped: Skipped


@pytest.fixture(scope="module")
def judged(world: World) -> dict[str, Judged]:
    """What the contract says of every case, sent to it in one submission by a stranger."""
    signed = {name: case.signed(world) for name, case in CASES.items()}
    said = world.chain.relay(*signed.values())
    recorded = {each.id for each in said if isinstance(each, SignedEvent)}
    assert [name for name, each in signed.items() if each.id in recorded] == []
    skipped = [each for each in said if isinstance(each, Skipped)]
    assert [each.index for each in skipped] == list(range(len(CASES)))
    return {name: Judged(one, log) for (name, one), log in zip(signed.items(), skipped, strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_gateway_and_contract_refuse_it_by_the_same_law(name: str, world: World, judged: dict[str, Judged]) -> None:
    case, signed, skipped = CASES[name], judged[name].signed, judged[name].skipped
    kept = world.outbox()
    # An unregistered signer has no party of its own: another one hands it in.
    party = world.shop.uri if case.who == "nobody" else getattr(world, case.who).uri
    answer = world.gateway.operator.post("/v1/events", json=posted(signed, party))

    problem = answer.json()
    assert (answer.status_code, problem["law"]) == (422, case.law), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == 422 and problem["type"] == f"/v1/laws/{case.law}"
    assert problem["title"] == LAWS[case.law].title == world.gateway.operator.get(problem["type"]).json()["title"]
    assert problem["detail"] and "{" not in problem["detail"] and "?" not in problem["detail"]
    assert ("expected" in problem) == (LAWS[case.law].expected is not None)
    assert ("found" in problem) == (LAWS[case.law].found is not None)
    assert case.numbers.items() <= problem["numbers"].items()

    law, numbers = named(skipped)
    assert law == case.law and skipped.id == signed.id
    assert {k: v for k, v in numbers.items() if k not in CLOCKS} == {
        k: v for k, v in problem["numbers"].items() if k not in CLOCKS
    }
    assert numbers.keys() == problem["numbers"].keys()

    assert world.outbox() == kept
    assert world.gateway.operator.get(f"/v1/events/0x{signed.id.hex()}").status_code == 404
    if case.law != "NonceUsed":
        assert not world.chain.nonce_used(signed.event.signer, signed.event.nonce)


def test_the_numbers_are_said_in_the_units_of_the_goods(world: World, judged: dict[str, Judged]) -> None:
    answer = world.gateway.operator.post(
        "/v1/events", json=posted(judged["more than held is sold"].signed, world.coop.uri)
    )
    problem = answer.json()
    assert problem["detail"] == "wanted 8.001 kg, held 8 kg: 1 g out of nothing"
    assert (problem["expected"], problem["found"]) == ("at most 8 kg", "8.001 kg")


def party(**more: Any) -> Json:
    return {"parties": [{"uri": "urn:nguon:test:refused", "key": False} | more]}


def product(w: World, **more: Any) -> Json:
    return {"products": [{"uri": "urn:nguon:test:refused", "unit": "g", "brand_owner": w.coop.uri} | more]}


def rate(source: str, output: str) -> Json:
    return {"yields": [{"input": source, "output": output, "per_million": 1}]}


def call(registry: str, function: str, *arguments: Any) -> Json:
    """What the forms have no words for: a change as call data."""
    data = contract({"parties": "PartyRegistry", "products": "ProductRegistry"}[registry]).call(function, *arguments)
    return {"changes": [{"registry": registry, "call": "0x" + data.hex()}]}


NEW = "urn:nguon:test:refused"
REGISTRY_CASES: dict[str, tuple[str, Callable[[World], Json], int]] = {
    "AlreadyRegistered": ("/v1/parties", lambda w: {"parties": party()["parties"] * 2}, 409),
    "ProfileTooLong": ("/v1/parties", lambda w: party(profile={"name": "x" * 8_192}), 422),
    "SignerTaken": ("/v1/parties", lambda w: party(signers=[w.coop.entry]), 422),
    "ZeroSigner": ("/v1/parties", lambda w: party(signers=[{"address": "0x" + "00" * 20}]), 422),
    "UnknownParty": ("/v1/products", lambda w: product(w, brand_owner=w.nobody.uri), 422),
    "UnknownProduct": ("/v1/yields", lambda w: rate(w.uris["crab"], "urn:nguon:test:refused"), 422),
    "UnknownRoles": ("/v1/council/changes", lambda w: call("parties", "admit", NEW, 64, "{}"), 422),
    "InspectorApart": ("/v1/council/changes", lambda w: call("parties", "admit", NEW, 33, "{}"), 422),
    "UriLength": ("/v1/council/changes", lambda w: call("parties", "admit", "urn:x:" + "y" * 251, 1, "{}"), 422),
    "UnknownStatus": ("/v1/council/changes", lambda w: call("parties", "setStatus", w.coop.party, 3), 422),
    "UnknownUnit": (
        "/v1/council/changes",
        lambda w: call("products", "register", NEW, 4, 1, w.coop.party, False, "{}"),
        422,
    ),
    "StageNotRising": ("/v1/yields", lambda w: rate(w.uris["salted"], w.uris["crab"]), 422),
}


@pytest.mark.parametrize("law", REGISTRY_CASES)
def test_a_registry_refuses_by_its_law_and_changes_nothing(world: World, law: str) -> None:
    path, body, status = REGISTRY_CASES[law]
    ask = world.gateway.operator
    heads = [world.chain.registry_head(name) for name in ("PartyRegistry", "ProductRegistry")]
    answer = ask.post(path, json=body(world))
    problem = answer.json()
    assert (answer.status_code, problem["law"], problem["type"]) == (status, law, f"/v1/laws/{law}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["title"] == LAWS[law].title and problem["detail"] and "{" not in problem["detail"]
    assert [world.chain.registry_head(name) for name in ("PartyRegistry", "ProductRegistry")] == heads
    for room in ("parties", "products"):
        assert ask.get(f"/v1/{room}/urn%3Anguon%3Atest%3Arefused").status_code == 404


def test_every_law_of_the_registries_has_a_case() -> None:
    """Here, or in test_rotation.py, which changes signers."""
    page = (ROOT / "docs" / "spec" / "law.md").read_text().partition("## Registries")[2].partition("### Governance")[0]
    rotating = (ROOT / "tests" / "e2e" / "test_rotation.py").read_text()
    laws = {name for name in re.findall(r"`([A-Z][a-zA-Z]+)[(`]", page) if name in LAWS} | {"InspectorApart"}
    assert {law for law in laws - REGISTRY_CASES.keys() if f'"{law}"' not in rotating} == set()


def test_an_event_in_bytes_is_refused_by_its_shape_as_in_the_contract(world: World) -> None:
    """The form in which a stranger hands in what a receipt carries, and the only one that can name an unknown shape."""
    signed = world.coop.sign(world.coop.seen("pond"))
    body, shape = encode_body(signed.event), int(signed.shape)

    def hand_in(shape: int, body: bytes) -> Json:
        posted = {"shape": shape, "body": "0x" + body.hex(), "signature": "0x" + signed.signature.hex()}
        answer = world.gateway.operator.post(
            "/v1/events", json=posted | {"party": world.coop.uri}, params={"wait": "final"}
        )
        return {"status": answer.status_code, **answer.json()}

    for unknown in (0, 4, 255):
        problem = hand_in(unknown, body)
        assert (problem["status"], problem["law"], problem["numbers"]) == (422, "UnknownShape", {"shape": unknown})
        (log,) = world.chain.relay_bytes(unknown, body, signed.signature)
        assert named(log) == ("UnknownShape", {"shape": unknown})
    for broken in (body[:-1], body + b"\0", b""):
        assert hand_in(shape, broken)["law"] == "NotAnEncoding"
        (log,) = world.chain.relay_bytes(shape, broken, signed.signature)
        assert log.error == b""
    assert hand_in(shape, body)["id"] == "0x" + signed.id.hex()


def test_nothing_was_recorded_and_the_nonce_serves_a_better_event(world: World, judged: dict[str, Judged]) -> None:
    recorded = world.chain.count()
    refused = judged["more than held is sold"].signed
    better = world.coop.sign(replace(refused.event, quantity=8_000))  # type: ignore[arg-type]
    answer = world.gateway.operator.post("/v1/events", json=posted(better, world.coop.uri), params={"wait": "final"})
    assert answer.status_code == 200, answer.text
    assert world.chain.count() == recorded + 1
    again = world.gateway.operator.post("/v1/events", json=posted(refused, world.coop.uri)).json()
    assert again["law"] == "NonceUsed"
    (log,) = world.chain.relay(refused)
    assert isinstance(log, Skipped) and named(log)[0] == "NonceUsed"


def test_every_law_of_events_has_a_case() -> None:
    """A law that is added to the page and to no case here is found by this."""
    page = (ROOT / "docs" / "spec" / "law.md").read_text().partition("## Registries")[0]
    laws = {name for name in re.findall(r"`([A-Z][a-zA-Z]+)[(`]", page) if name in LAWS}
    assert {case.law for case in CASES.values()} == laws - ONLY_IN_BYTES
