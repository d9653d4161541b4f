"""Who may change the registries: four roles with delays of their own, and the two steps of a role that has one.

The contracts' half is contracts/test/Council.t.sol; here a gateway gives the roles on a real chain, and uses them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from devnet.keys import worthless
from eth_utils.address import to_checksum_address

from ledger.bindings.abi import contract
from ledger.bindings.council import MANAGER, POWERS, CouncilRole
from tests.devnet_process import devnet
from tests.gateway_process import Gateway, Json, gateway, until
from tests.stranger import Stranger

HOUR = 3600


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A ledger whose council announces yields an hour before, and inspectors a second."""
    folder = tmp_path_factory.mktemp("council")
    delays = ("--council-delay", f"yields={HOUR}", "--council-delay", "inspectors=1")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc, *delays) as running:
        yield running


@pytest.fixture(scope="module")
def chain(slow: Gateway) -> Stranger:
    return Stranger(slow)


def asked(chain: Stranger, function: str, *arguments: Any) -> tuple[Any, ...]:
    manager = contract(MANAGER)
    return manager.result(function, chain.node.call(chain.deployment.authority, manager.call(function, *arguments)))


@pytest.mark.parametrize("told", ["yields", "nobody=1", "yields=-1", "yields=soon", f"yields={2**32}"])
def test_a_delay_that_cannot_be_read_is_one_sentence(told: str, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "gateway", "--data", str(tmp_path), "--rpc", "http://127.0.0.1:9"]
    done = subprocess.run([*line, f"--council-delay={told}"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2 and "ROLE=SECONDS is expected" in done.stderr and "Traceback" not in done.stderr


def test_each_change_of_the_registries_belongs_to_one_role(chain: Stranger) -> None:
    addresses = {"PartyRegistry": chain.deployment.parties, "ProductRegistry": chain.deployment.products}
    for role, powers in POWERS.items():
        for registry, functions in powers.items():
            for function in functions:
                selector = contract(registry).selector(function)
                target = to_checksum_address(addresses[registry])
                assert asked(chain, "getTargetFunctionRole", target, selector) == (role,), function


def test_a_role_has_its_own_delay(slow: Gateway, chain: Stranger) -> None:
    wanted = {role: 0 for role in CouncilRole} | {CouncilRole.YIELDS: HOUR, CouncilRole.INSPECTORS: 1}
    council = worthless("council", chain.deployment.chain_id).address
    for role, delay in wanted.items():
        assert asked(chain, "hasRole", role, council) == (True, delay)


def test_a_change_with_a_delay_is_announced_waited_for_and_made(slow: Gateway) -> None:
    uri = slow.party("laboratory")
    body = {"parties": [{"uri": uri, "roles": ["inspector"]}]}

    def step(step: str) -> Json:
        answer = slow.operator.post("/v1/parties", json=body, params={"step": step})
        return {"status": answer.status_code, **answer.json()}

    assert step("make")["law"] == "AccessManagerNotScheduled"
    assert step("announce")["status"] == 200
    assert step("announce")["law"] == "AccessManagerAlreadyScheduled"
    assert roles(slow, uri) == []
    until(lambda: step("make")["status"] == 200, "the delay is over")
    assert roles(slow, uri) == ["inspector"]


def roles(running: Gateway, uri: str) -> list[str]:
    found: list[str] = running.operator.get(f"/v1/parties/{quote(uri, safe='')}").json()["roles"]
    return found


def test_what_is_announced_is_not_made_early_and_can_be_taken_back(slow: Gateway, chain: Stranger) -> None:
    owner = slow.party("owner", "producer")
    source, output = slow.product(owner, stage=0), slow.product(owner, stage=1)
    head = chain.registry_head("ProductRegistry")
    body = {"yields": [{"input": source, "output": output, "per_million": 900_000}]}

    def step(step: str) -> Json:
        answer = slow.operator.post("/v1/yields", json=body, params={"step": step})
        return {"status": answer.status_code, **answer.json()}

    assert step("take_back")["law"] == "AccessManagerNotScheduled"
    assert step("announce")["status"] == 200
    assert step("make")["law"] == "AccessManagerNotReady"
    assert step("take_back")["status"] == 200
    assert step("make")["law"] == "AccessManagerNotScheduled"
    assert chain.registry_head("ProductRegistry") == head
    assert slow.operator.get("/v1/yields").json() == []


def test_a_role_without_a_delay_has_nothing_to_announce(slow: Gateway) -> None:
    uri = slow.party("coop")
    answer = slow.operator.post(
        f"/v1/parties/{quote(uri, safe='')}/status", json={"status": "suspended"}, params={"step": "announce"}
    )
    assert (answer.status_code, answer.json()["law"]) == (422, "AccessManagerUnauthorizedCall")


@pytest.mark.parametrize(
    "call",
    [
        "0x",
        "0x12345678",
        "0x" + contract("PartyRegistry").call("setStatus", bytes(32), 1).hex()[:-2],
        "0x" + contract("PartyRegistry").call("setStatus", bytes(32), 1).hex() + "00",
        "0x" + contract("PartyRegistry").selector("head").hex(),
        "0x" + contract("PartyRegistry").selector("setAuthority").hex() + "00" * 32,
    ],
)
def test_call_data_that_is_no_change_is_a_wrong_form(slow: Gateway, call: str) -> None:
    answer = slow.operator.post("/v1/council/changes", json={"changes": [{"registry": "parties", "call": call}]})
    assert (answer.status_code, answer.json()["law"]) == (422, "RequestForm")
