"""What `nguon demo` promises: a season of a province that is whole, lawful and balanced, once however often it is loaded; and
accounts for trying it out that open what the start page says. Asked of a real gateway, and counted in the chain's own logs."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from gateway.auth.demo import PASSWORD, accounts
from gateway.auth.roles import PersonRole
from ledger.canonical.abi import decode_log
from ledger.chain.node import Node
from ledger.events.identifiers import product_id
from ledger.events.model import Event, Kind, Make, Provenance, SignedEvent
from ledger.proof import trust
from ledger.proof.verify import verify
from tests.command_line import nguon_runs
from tests.devnet_process import CHAIN_ID, devnet
from tests.gateway_process import Gateway, Json, gateway, until
from tests.signed_in import Device

SUSPENDED = "https://id.gs1.org/417/9520000101046"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Json]]:
    """A ledger with nothing but the demo on it, and what the demo answered."""
    folder = tmp_path_factory.mktemp("season")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as running:
        (folder / "stack.json").write_text(json.dumps({"gateway": running.url, "rpc": chain.rpc}))
        yield running, loaded(folder)[0]


@pytest.fixture
def nguon(demo: tuple[Gateway, Json]) -> Gateway:
    return demo[0]


def loaded(folder: Path) -> tuple[Json, list[str]]:
    """The demo's answer, and what it told on the way."""
    done = nguon_runs("--json", "--data", folder, "demo")
    assert done.code == 0, done.err
    answer: Json = done.json
    return answer, done.err.splitlines()


def recorded(nguon: Gateway) -> list[Event]:
    """All events in the chain's order, from the node's logs and not from our tables."""
    ledger = bytes.fromhex(nguon.operator.get("/v1/ledger").json()["contracts"]["ledger"][2:])
    node = Node(nguon.rpc)
    said = [decode_log(log.topics, log.data) for log in node.logs((ledger,), 0, node.height())]
    return [each.event for each in said if isinstance(each, SignedEvent)]


def lots(nguon: Gateway) -> list[Json]:
    """The document of every lot that any event of the chain made."""
    names = {product_id(each["id"]): each["id"] for each in nguon.operator.get("/v1/products").json()}
    made = {
        (names[output.product], output.lot.decode())
        for event in recorded(nguon)
        if isinstance(event, Make)
        for output in event.outputs
    }
    return [nguon.batch(product, lot) for product, lot in sorted(made)]


def test_it_is_as_large_as_it_is_said_to_be_and_has_every_kind(nguon: Gateway) -> None:
    events = recorded(nguon)
    kinds = Counter(Kind(event.kind) for event in events)
    assert len(nguon.operator.get("/v1/parties").json()) >= 8
    assert len(nguon.operator.get("/v1/products").json()) >= 12
    assert len(lots(nguon)) >= 40
    assert len(events) >= 300
    assert set(kinds) == set(Kind)
    makes = [event for event in events if isinstance(event, Make)]
    assert {event.provenance for event in makes} == set(Provenance)
    assert any(len(event.outputs) > 1 for event in makes), "co-products"
    parties = {each["id"]: each["status"] for each in nguon.operator.get("/v1/parties").json()}
    assert [uri for uri, status in parties.items() if status == "suspended"] == [SUSPENDED]


def test_every_quantity_is_somewhere(nguon: Gateway) -> None:
    """made + up − down = held + on the way + sold + consumed + disposed, for every batch, with what each holder says."""
    documents = lots(nguon)
    for lot in documents:
        q = lot["quantities"]
        there = sum(q[name] for name in ("held", "on_the_way", "sold", "consumed", "disposed"))
        assert q["made"] + q["adjusted_up"] - q["adjusted_down"] == there, (lot["lot"], q)
        assert sum(each["quantity"] for each in lot["holdings"]) == q["held"], lot["lot"]
    assert any(lot["quantities"]["adjusted_up"] for lot in documents)
    assert any(lot["quantities"]["on_the_way"] for lot in documents)


def test_the_recall_is_where_it_belongs_and_the_lifted_one_is_over(nguon: Gateway) -> None:
    recalled = {lot["lot"] for lot in lots(nguon) if lot["state"]["recalled_by"]}
    assert recalled == {"TH-1", "TH-1K", "TH-1G"}


def test_loading_it_again_adds_nothing(nguon: Gateway) -> None:
    before = nguon.on_chain(), nguon.operator.get("/v1/ledger").json()["as_of"]["ledger_head"]
    parties, people = nguon.operator.get("/v1/parties").json(), nguon.operator.get("/v1/people").json()
    answer, said = loaded(nguon.data)
    assert (nguon.on_chain(), nguon.operator.get("/v1/ledger").json()["as_of"]["ledger_head"]) == before
    assert set(answer["events"].values()) == set(before[0])
    assert nguon.operator.get("/v1/parties").json() == parties
    assert nguon.operator.get("/v1/people").json() == people
    counts = [int(found[1]) for line in said if (found := re.match(r"(\d+) of \d+ events acknowledged", line))]
    assert counts == sorted(counts) and counts[-1] == len(before[0]) and len(counts) > 10, "progress is told"


def test_its_links_open(demo: tuple[Gateway, Json]) -> None:
    nguon, answer = demo
    for name, link in answer["links"].items():
        assert nguon.operator.get(link, follow_redirects=True).status_code == 200, name
    assert (
        "verdict-recalled" in nguon.operator.get(answer["links"]["recalled"] + "?lang=en", follow_redirects=True).text
    )
    start = nguon.operator.get("/", params={"lang": "en"}).text
    assert answer["links"]["scan"].removeprefix(nguon.url) + "?lang=en" in start


def test_every_lot_has_a_bundle_that_anybody_checks_offline(nguon: Gateway, tmp_path: Path) -> None:
    """All kinds of event stand in it: recalls, suspensions, adjustments, co-products, goods bought outside."""
    assert nguon_runs("--data", nguon.data, "trust", "-o", tmp_path / "trust.json").code == 0
    trusted = trust.read((tmp_path / "trust.json").read_bytes())

    def bundle(lot: Json) -> bytes:
        path = f"/v1/batches/{quote(lot['product']['id'], safe='')}/{quote(lot['lot'], safe='')}/bundle"
        answer = httpx.get(nguon.url + path, params={"origin": lot["origin"]["id"]}, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.content

    every = lots(nguon)
    with ThreadPoolExecutor(16) as pool:
        bundles = list(pool.map(bundle, every))
    verdicts = [verify(each, trusted, int(time.time())) for each in bundles]
    assert [verdict.steps[-1] for verdict in verdicts if not verdict.accepted] == []
    kinds = {each["kind"] for verdict in verdicts if verdict.answers for each in verdict.answers["signed"]}
    assert kinds == {kind.word for kind in Kind} - {"Void"}, "a Void is about no batch"
    for lot, verdict in zip(every, verdicts, strict=True):
        assert verdict.answers is not None
        told = verdict.answers["standing"]
        assert told["batch"]["recalled_by"] == lot["state"]["recalled_by"]
        assert told["recalled_ingredients"] == sorted(each["batch"] for each in lot["state"]["recalled_ingredients"])
        if told["holdings"] is not None:
            held = {each["party"]["id"]: each["quantity"] for each in lot["holdings"] if each["quantity"]}
            assert told["holdings"]["held"] == held
    sizes = sorted(map(len, bundles))
    print(f"{len(sizes)} bundles: {sizes[0]} to {sizes[-1]} bytes, median {sizes[len(sizes) // 2]}")


def test_each_account_opens_what_the_start_page_says(nguon: Gateway) -> None:
    """Every name on the page signs in with the password on the page; the operator with the six digits on it."""
    shown = nguon.operator.get("/", params={"lang": "en"}).text
    words = re.findall(r'<code class="typed">([^<]+)</code>', shown)
    assert words[0] == PASSWORD
    wanted = {account.sign_in: account for account in accounts(CHAIN_ID)}
    names = [word for word in words[1:] if word in wanted]
    assert names == list(wanted)
    for number, account in enumerate(wanted.values()):
        device = Device(nguon.url, f"192.0.2.{number + 1}")
        assert device.sign_in(account.sign_in, words[0]).status_code == 303
        if PersonRole.OPERATOR in account.roles:
            assert not device.is_in(), "a password alone is not enough"

            def entered(device: Device = device) -> bool:
                page = nguon.operator.get("/", params={"lang": "en"}).text
                (digits,) = re.findall(r'<code class="typed">(\d{6})</code>', page)
                return device.send("/second-factor", code=digits).status_code == 303

            until(entered, "the digits on the page are taken; between two half minutes the next ones")
        assert device.is_in(), account.sign_in
        device.end()


def test_a_program_without_the_operators_key_makes_none(nguon: Gateway) -> None:
    """And who is ended stays so, and stands on the page no more."""
    coop = accounts(CHAIN_ID)[0]
    assert coop.party
    assert nguon.as_party(coop.party).post("/v1/demo/accounts").json()["law"] == "OperatorOnly"
    manager = Device(nguon.url, "192.0.2.77")
    assert manager.sign_in("quan-ly-vien-an", PASSWORD).status_code == 303
    assert manager.send(f"/people/{coop.id}/end").status_code == 303
    manager.end()
    loaded(nguon.data)
    assert f">{coop.sign_in}<" not in nguon.operator.get("/").text
    assert Device(nguon.url, "192.0.2.78").sign_in(coop.sign_in, PASSWORD).status_code == 403
