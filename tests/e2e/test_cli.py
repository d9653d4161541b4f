"""`nguon` as a user runs it, and promise 5: a node that leaves out, adds or alters one log does not pass `nguon verify`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import RECORDED_TOPIC, encode_log
from ledger.chain.node import Log
from ledger.cli.recomputing import Stored, compare, read_logs, read_storage, recompute
from ledger.events.identifiers import batch_id, product_id
from ledger.events.model import Kind, Output
from tests.command_line import Said, nguon_runs, nguon_says
from tests.gateway_process import Gateway, Json
from tests.stranger import Stranger

WHEN = "2025-11-20T07:30:00+07:00"


@pytest.fixture(scope="module")
def coop(nguon: Gateway) -> str:
    return nguon.party("cli-coop", "producer")


@pytest.fixture(scope="module")
def crab(nguon: Gateway, coop: str) -> str:
    return nguon.product(coop)


@pytest.fixture(scope="module")
def recorded(nguon: Gateway, coop: str, crab: str) -> None:
    """Some events, so that there is something to leave out."""
    chain = Stranger(nguon)
    hand = chain.hand(nguon.name("cli-own-key"))
    entry = {"uri": hand.uri, "roles": ["producer"], "key": False, "signers": [hand.entry]}
    assert nguon.operator.post("/v1/parties", json={"parties": [entry]}).status_code == 200
    own = nguon.product(hand.uri)
    batch = batch_id(product_id(own), hand.party, b"V1")
    chain.relay(
        hand.sign(hand.make(Kind.COMMISSION, outputs=(Output(product_id(own), b"V1", 100, 0),))),
        hand.sign(hand.move(Kind.SELL, batch, 30, content=b'{"bizStep":"retail_selling"}')),
        hand.sign(hand.move(Kind.SELL, batch, 30)),
        hand.sign(hand.seen("pond", content=b'{"nguon:reason": "not canonical"}')),
    )


def says(nguon: Gateway, *arguments: object, given: str = "") -> Said:
    said = nguon_says("--data", nguon.data, "--json", *arguments, given=given)
    assert "Traceback" not in said.err, said.err
    return said


# ── verify ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_verify_agrees_with_an_honest_node(nguon: Gateway, recorded: None) -> None:
    chain = Stranger(nguon)
    said = nguon_runs("--data", nguon.data, "--json", "verify")
    document = said.json
    assert said.code == 0 and document["ok"] is True and document["faults"] == []
    assert document["events"] == chain.count()
    ledger = contract("CustodyLedger")
    head = ledger.result("ledgerHead", chain.node.call(chain.deployment.ledger, ledger.call("ledgerHead")))[0]
    assert document["ledger_head"] == "0x" + head.hex()
    assert document["block"] == chain.node.height()
    assert document["contents_not_canonical"] >= 1, "an odd content is counted, and is no fault of the ledger"
    as_of = nguon.operator.get("/v1/ledger").json()["as_of"]
    assert (as_of["ledger_head"], as_of["events"]) == (document["ledger_head"], document["events"])


Logs = list[tuple[Log, int]]


@dataclass(frozen=True)
class Read:
    """The whole chain as it was read once: logs with block times, and what the contracts' storage says."""

    deployment: Deployment
    logs: Logs
    stored: Stored

    def faults(self, lie: Callable[[Logs], Logs]) -> list[str]:
        return compare(recompute(self.deployment, lie(list(self.logs))), self.stored)


@pytest.fixture(scope="module")
def read(nguon: Gateway, recorded: None) -> Read:
    chain = Stranger(nguon)
    height = chain.node.height()
    logs = list(read_logs(chain.node, chain.deployment, height, lambda _: None))
    subjects = recompute(chain.deployment, logs).heads
    return Read(chain.deployment, logs, read_storage(chain.node, chain.deployment, subjects, height))


def events_in(logs: Logs) -> list[int]:
    """Places of the recorded events."""
    return [place for place, (log, _) in enumerate(logs) if log.topics[0] in RECORDED_TOPIC.values()]


def altered(logs: Logs, event: int, **changed: Any) -> Logs:
    place = events_in(logs)[event]
    log, time = logs[place]
    return [*logs[:place], (replace(log, **changed), time), *logs[place + 1 :]]


def hide_event(number: int) -> Callable[[Logs], Logs]:
    return lambda logs: [each for place, each in enumerate(logs) if place != events_in(logs)[number]]


def hide_all_events(logs: Logs) -> Logs:
    return [each for place, each in enumerate(logs) if place not in events_in(logs)]


def hide_registry(room: str, name: str) -> Callable[[Logs], Logs]:
    """Hides the last such change."""
    topic = next(topic for topic, kind in contract(room).logs.items() if kind.name == name)

    def hide(logs: Logs) -> Logs:
        last = max(place for place, (log, _) in enumerate(logs) if log.topics[0] == topic)
        return [each for place, each in enumerate(logs) if place != last]

    return hide


def flip(at: int) -> Callable[[Logs], Logs]:
    """One bit of the last log but one, changed."""

    def change(logs: Logs) -> Logs:
        data = bytearray(logs[events_in(logs)[-2]][0].data)
        data[at] ^= 1
        return altered(logs, -2, data=bytes(data))

    return change


def swap_last_two(logs: Logs) -> Logs:
    first, second = events_in(logs)[-2:]
    swapped = list(logs)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    return swapped


def cut_off(logs: Logs) -> Logs:
    return altered(logs, -1, data=logs[events_in(logs)[-1]][0].data[:-32])


def later(logs: Logs) -> Logs:
    """All of it said to be of 1970, before anything can have occurred."""
    return [(log, 0) for log, _ in logs]


LIES: dict[str, Callable[[Logs], Logs]] = {
    "the first event left out": hide_event(0),
    "one in the middle left out": hide_event(-3),
    "the last event left out": hide_event(-1),
    "all events left out": hide_all_events,
    "an admission left out": hide_registry("PartyRegistry", "PartyAdmitted"),
    "a signer left out": hide_registry("PartyRegistry", "SignerSet"),
    "a product left out": hide_registry("ProductRegistry", "ProductRegistered"),
    "two events the other way round": swap_last_two,
    "an event told twice": lambda logs: [*logs, logs[events_in(logs)[-1]]],
    "another id": lambda logs: altered(logs, -1, topics=(*logs[events_in(logs)[-1]][0].topics[:1], bytes(32))),
    "a bit of a field": flip(4 * 32 + 31),
    "a bit of a signature": flip(32 + 10),
    "a log cut off": cut_off,
    "another time of its block": later,
}


@pytest.mark.parametrize("name", LIES)
def test_logs_that_lie_about_one_thing_are_found_out(read: Read, name: str) -> None:
    assert read.faults(LIES[name])


def test_logs_that_do_not_lie_have_no_fault(read: Read) -> None:
    """What the test above finds is the lie."""
    assert read.faults(lambda logs: logs) == []


def test_an_invented_event_is_found_out(nguon: Gateway, read: Read) -> None:
    """Well signed, by somebody whom the ledger does not know, and never recorded."""
    stranger = Stranger(nguon).hand("urn:nguon:test:invented")
    topics, data = encode_log(stranger.sign(stranger.seen("pond")))
    log, time = read.logs[events_in(read.logs)[-1]]
    faults = read.faults(lambda logs: [*logs, (replace(log, topics=tuple(topics), data=data), time)])
    assert any("UnknownSigner" in fault for fault in faults) and any(
        "head in storage is another" in fault for fault in faults
    )


@contextmanager
def hiding_node(rpc: str) -> Iterator[str]:
    """A node that passes everything on, and leaves the last recorded event out of every list of logs."""
    client = httpx.Client(timeout=60)
    recorded = {"0x" + topic.hex() for topic in RECORDED_TOPIC.values()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = client.post(rpc, json=asked).json()
            if asked["method"] == "eth_getLogs":
                logs = answer["result"]
                last = [log for log in logs if log["topics"][0] in recorded][-1:]
                answer["result"] = [log for log in logs if log not in last]
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with client, ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def test_verify_ends_with_1_when_the_node_hides_an_event(nguon: Gateway, recorded: None, tmp_path: Path) -> None:
    (tmp_path / "ledger.json").write_bytes((nguon.data / "ledger.json").read_bytes())
    with hiding_node(nguon.rpc) as rpc:
        (tmp_path / "stack.json").write_text(json.dumps({"gateway": nguon.url, "rpc": rpc}))
        said = nguon_says("--data", tmp_path, "--json", "verify")
    assert said.code == 1 and said.json["ok"] is False
    assert any("events are missing, added or changed" in fault for fault in said.json["faults"])


def test_verify_refuses_another_ledger(nguon: Gateway, recorded: None, tmp_path: Path) -> None:
    identity = json.loads((nguon.data / "ledger.json").read_text())
    (tmp_path / "ledger.json").write_text(json.dumps(identity | {"code_hash": "0x" + "11" * 32}))
    (tmp_path / "stack.json").write_text(json.dumps({"gateway": nguon.url, "rpc": nguon.rpc}))
    said = nguon_says("--data", tmp_path, "--json", "verify")
    assert said.code == 1 and "other code" in said.err and said.out == ""


# ── record, show, party, product ────────────────────────────────────────────────────────────────────────────────────────


def caught(coop: str, crab: str, lot: str, quantity: int = 1_000) -> Json:
    outputs = [{"product": crab, "lot": lot, "quantity": quantity}]
    return {"kind": "Commission", "party": coop, "occurred_at": WHEN, "outputs": outputs}


def test_record_waits_until_final_and_a_key_makes_it_once(nguon: Gateway, coop: str, crab: str) -> None:
    event = json.dumps(caught(coop, crab, "CLI-1"))
    first = says(nguon, "record", "--key", "cli-once", given=event)
    second = says(nguon, "record", "--key", "cli-once", given=event)
    assert (first.code, first.json["state"], first.json["status"]) == (0, "final", 200)
    assert (second.code, second.json["id"], second.json["already"]) == (0, first.json["id"], True)
    shown = says(nguon, "show", first.json["id"])
    assert shown.code == 0 and shown.json["outputs"][0]["lot"] == "CLI-1"
    batch = says(nguon, "show", crab, "CLI-1")
    assert batch.code == 0 and batch.json["quantities"]["made"] == 1_000
    assert [event["id"] for event in batch.json["journey"]] == [first.json["id"]]


def test_record_takes_a_list_and_says_of_each_what_became_of_it(
    nguon: Gateway, coop: str, crab: str, tmp_path: Path
) -> None:
    file = tmp_path / "events.json"
    file.write_text("\n " + json.dumps([caught(coop, crab, "CLI-2"), caught(coop, crab, "CLI-2", 0)]))
    said = says(nguon, "record", file)
    assert [r["status"] for r in said.json["results"]] == [200, 422]
    file.write_text(json.dumps([caught(coop, crab, "CLI-3"), caught(coop, crab, "CLI-3", 0)]))
    people = nguon_says("--data", nguon.data, "record", file)
    assert people.code == 1 and "  final\n" in people.out and "refused by QuantityZero" in people.out


def test_when_all_of_a_list_is_refused_each_reason_is_said(nguon: Gateway, coop: str, crab: str) -> None:
    events = [caught(coop, crab, "CLI-4", 0), caught(coop, crab, "L 4")]
    said = says(nguon, "record", given=json.dumps(events))
    assert (said.code, said.json["law"]) == (1, "NoneKept")
    assert "Refused by QuantityZero: " in said.err and "Refused by LotForm: " in said.err


def test_record_refused_ends_with_1_and_says_the_law(nguon: Gateway, coop: str, crab: str) -> None:
    sell = {"kind": "Sell", "party": coop, "occurred_at": WHEN, "product": crab, "lot": "NEVER", "quantity": 1}
    said = says(nguon, "record", given=json.dumps(sell))
    assert (said.code, said.json["law"]) == (1, "UnknownBatch") and said.err.startswith("Refused by UnknownBatch: ")


@pytest.mark.parametrize("text", ["{", "", '{"kind":"Sell","kind":"Ship"}', '{"quantity":NaN}', "[1,"])
def test_record_hands_broken_json_to_the_door_as_it_stands(nguon: Gateway, text: str) -> None:
    said = says(nguon, "record", given=text)
    assert said.code == 1 and said.json["status"] in (400, 422)


def test_what_is_not_there_ends_with_1_and_json(nguon: Gateway, crab: str) -> None:
    for arguments in ((crab, "NEVER"), ("0x" + "00" * 32,)):
        said = says(nguon, "show", *arguments)
        assert (said.code, said.json["status"]) == (1, 404) and said.err.startswith("Refused: ")


def test_a_party_a_product_and_a_key_from_the_command_line(nguon: Gateway, tmp_path: Path) -> None:
    uri, product, made = nguon.name("cli-party"), nguon.name("cli-product"), nguon.name("cli-made")
    assert says(nguon, "party", "add", uri, "--role", "producer", "--profile", '{"name":"Ba"}').json["registered"] == [
        uri
    ]
    (party,) = [each for each in says(nguon, "party", "list").json if each["id"] == uri]
    assert (party["name"], party["roles"], party["status"]) == ("Ba", ["producer"], "active")
    for status in ("suspended", "active"):
        assert says(nguon, "party", "status", uri, status).json["registered"] == [uri]
        (party,) = [each for each in says(nguon, "party", "list").json if each["id"] == uri]
        assert party["status"] == status
    for name, stage in ((product, 0), (made, 1)):
        added = says(nguon, "product", "add", name, "--unit", "g", "--owner", uri, "--stage", stage)
        assert added.json["registered"] == [name]
    assert says(nguon, "product", "yield", product, made, 900_000).json["changes"] == 1
    backwards = says(nguon, "product", "yield", made, product, 900_000)
    assert (backwards.code, backwards.json["law"]) == (1, "StageNotRising")
    key = tmp_path / "key"
    key.write_text(says(nguon, "api-keys", "make", uri).json["api_key"] + "\n")
    mine = nguon_says(
        "--url", nguon.url, "--key-file", key, "--json", "record", given=json.dumps(caught(uri, product, "MINE"))
    )
    assert (mine.code, mine.json["state"]) == (0, "final")
    other = nguon_says("--url", nguon.url, "--key-file", key, "--json", "party", "add", nguon.name("sneaked"))
    assert (other.code, other.json["law"]) == (1, "OperatorOnly")


def test_exit_codes_of_what_never_reached_a_gateway(tmp_path: Path) -> None:
    nowhere = nguon_says("--data", tmp_path, "--json", "party", "list")
    assert nowhere.code == 69 and "./scripts/start" in nowhere.err and nowhere.out == ""
    silent = nguon_says("--url", "http://127.0.0.1:9", "party", "list")
    assert silent.code == 69 and "cannot be reached" in silent.err
    assert nguon_says("no-such-verb").code == 2
    helped = nguon_says("--help")
    assert helped.code == 0 and all(verb in helped.out for verb in ("party", "record", "import", "verify"))
