"""What answers for the chain may be away, another, wiped, behind, or poorer by its newest blocks (docs/operations.md). In none of
these is anything acknowledged lost, doubled or sent to a wrong chain, and pages stand and say what they know (promises 1, 7).

Real chains and a real gateway; a chain is changed under it by ending the keeper and starting one with another journal on the
same port.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import decode_log
from ledger.chain.node import Node
from ledger.events.model import SignedEvent
from tests.devnet_process import Devnet, devnet, transaction
from tests.gateway_process import ROOT, Gateway, Json, gateway, until

WHEN = "2025-11-20T07:30:00+07:00"


class Scene:
    """A data folder with a little history, its chain on a port of its own, and journals of that chain as they were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "devnet" / "journal.jsonl"
        self.port = 0
        self.coop = self.product = ""
        self.events: list[str] = []

    @contextmanager
    def chain(self, **options: Any) -> Iterator[Devnet]:
        with devnet(self.folder, beat=0.05, port=self.port, **options) as chain:
            self.port = int(chain.rpc.rpartition(":")[2])
            yield chain

    @property
    def rpc(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self, nguon: Gateway) -> None:
        self.coop = nguon.party("coop", "producer")
        self.product = nguon.product(self.coop)
        self.keep(nguon, self.make("L1"))

    def make(self, lot: str) -> Json:
        output = {"product": self.product, "lot": lot, "quantity": 1_000}
        return {"kind": "Commission", "party": self.coop, "occurred_at": WHEN, "outputs": [output]}

    def keep(self, nguon: Gateway, *events: Json) -> None:
        ids = [nguon.record(event)["id"] for event in events]
        nguon.final(*ids)
        self.events += ids

    def page(self, nguon: Gateway) -> httpx.Response:
        return httpx.get(f"{nguon.url}/p/{quote(self.product, safe='')}/L1?lang=en")

    def on_chain(self) -> list[str]:
        """Ids of all recorded events, from the node's logs."""
        node, deployment = Node(self.rpc), Deployment.load(self.folder / "ledger.json")
        logs = node.logs((deployment.ledger,), deployment.start, node.height())
        said = [decode_log(log.topics, log.data) for log in logs]
        return ["0x" + each.id.hex() for each in said if isinstance(each, SignedEvent)]

    def wipe(self, genesis: bytes | None = None) -> None:
        """Removes the chain; `genesis`: its first line comes again, and with it the same genesis hash."""
        shutil.rmtree(self.folder / "devnet")
        if genesis is not None:
            self.journal.parent.mkdir()
            self.journal.write_bytes(genesis)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def stands(scene: Scene, nguon: Gateway, why: str) -> None:
    """Reads go on and say so; nothing is recorded, nor any registry changed."""

    def known() -> Json | None:  # it may have looked while the other ledger was not on that chain yet
        found = nguon.health()
        return found if found["wrong_chain"] and why in found["why"] else None

    said = until(known, f"it knows that the chain is wrong: {why}", 60)
    assert not said["ready"], said
    assert said["verified_at"] is not None and said["lag_seconds"] is None
    page = scene.page(nguon)
    assert page.status_code == 200
    assert "Could not verify now" in page.text and "Last verified against the chain at" in page.text
    assert "Registered" not in page.text
    for path, body in (
        ("/v1/events", scene.make("L2")),
        ("/v1/parties", {"parties": [{"uri": nguon.name("late"), "roles": [], "profile": {}}]}),
    ):
        refused = nguon.operator.post(path, json=body)
        assert refused.status_code == 503, refused.text
        assert refused.headers["content-type"] == "application/problem+json"
        assert why.lower() in refused.json()["detail"].lower()


def test_a_gateway_starts_while_its_chain_is_away(scene: Scene) -> None:
    """Pages are served, events are acknowledged and queued; they become final when the chain comes, once."""
    with scene.chain() as chain, gateway(scene.folder, chain.rpc) as nguon:
        scene.begin(nguon)
    with gateway(scene.folder, scene.rpc, ready=False) as nguon:
        said = nguon.health()
        assert not said["ready"] and not said["wrong_chain"] and said["verified_at"] is not None
        assert "Could not verify now" in scene.page(nguon).text
        answer = nguon.operator.post("/v1/events", json=scene.make("L2"))
        assert (answer.status_code, answer.json()["state"]) == (202, "accepted")
        with scene.chain():
            nguon.final(answer.json()["id"])
            until(nguon.is_ready, "ready with its chain")
            assert "Registered" in scene.page(nguon).text
            assert scene.on_chain() == [*scene.events, answer.json()["id"]]


def test_a_development_chain_is_found_again_at_its_new_address(scene: Scene) -> None:
    """A gateway that was told the chain's folder needs no restart when the chain comes back on another port."""
    command = [sys.executable, "-m", "gateway", "--data", str(scene.folder), "--port", "0"]
    with (scene.folder / "gateway.log").open("wb") as log, ExitStack() as stack:
        line = [*command, "--devnet", str(scene.folder / "devnet")]
        process = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stack.callback(process.wait)
        stack.callback(process.terminate)

        def ready() -> bool:
            found = httpx.get(_address(scene.folder) + "/health/ready")
            return found.status_code == 200

        with scene.chain() as chain:
            until(ready, "ready")
            before = chain.rpc
        until(lambda: not ready(), "not ready")
        scene.port = 0
        with scene.chain() as chain:
            assert chain.rpc != before
            until(ready, "ready again")


def _address(folder: Path) -> str:

    return str(json.loads((folder / "gateway.json").read_text())["gateway"])


@pytest.mark.parametrize("case", ["wiped", "other chain id", "other ledger at the address"])
def test_a_wrong_chain_stops_writes_and_no_reads(case: str, scene: Scene, tmp_path: Path) -> None:
    """While it runs, and when it starts. And when the right chain answers again, the gateway goes on by itself."""
    why = {
        "wiped": "does not hold this ledger",
        "other chain id": "the node's chain id is 4242",
        "other ledger at the address": "another ledger, 0x",
    }[case]
    with ExitStack() as running:
        with scene.chain() as chain:
            nguon = running.enter_context(gateway(scene.folder, chain.rpc))
            scene.begin(nguon)
        right = scene.journal.read_bytes()
        scene.wipe(right.partition(b"\n")[0] + b"\n" if case == "wiped" else None)
        with scene.chain(chain_id=4242 if case == "other chain id" else 31337) as chain:
            if case == "other ledger at the address":
                with gateway(tmp_path / "other", chain.rpc):
                    pass
            height = chain.height()
            stands(scene, nguon, why)
            running.close()
            nguon = running.enter_context(gateway(scene.folder, chain.rpc, ready=False))
            stands(scene, nguon, why)
            assert chain.height() == height, "nothing was sent there"
        scene.wipe(right)
        with scene.chain():
            until(nguon.is_ready, "ready again")
            scene.keep(nguon, scene.make("L3"))
            assert scene.on_chain() == scene.events


def test_a_node_that_is_behind_is_waited_for(scene: Scene) -> None:
    """A height below the cursor with the same history is not wrong: events are acknowledged, nothing is rewound or sent."""
    with scene.chain() as chain, gateway(scene.folder, chain.rpc, "--standstill", "600") as nguon:
        scene.begin(nguon)
        chain.end()
        older = scene.journal.read_bytes()
        with scene.chain():
            scene.keep(nguon, scene.make("L2"))
        newer = scene.journal.read_bytes()
        scene.wipe(older)
        with scene.chain() as behind:
            said = until(lambda: "is behind" in str((found := nguon.health())["why"]) and found, "behind")
            assert not said["ready"] and not said["wrong_chain"]
            height = behind.height()
            queued = nguon.record(scene.make("L3"))
            assert queued["state"] == "accepted"
            assert nguon.operator.get(f"/v1/events/{scene.events[-1]}").json()["state"] == "final"
            until(lambda: "is behind" in str(nguon.health()["why"]), "behind still")
            assert behind.height() == height
        scene.wipe(newer)
        with scene.chain():
            nguon.final(queued["id"])
            assert scene.on_chain() == [*scene.events, queued["id"]]


@pytest.mark.parametrize("case", ["other blocks", "standing still"])
def test_lost_blocks_are_made_again(case: str, scene: Scene) -> None:
    """An older journal came back (reference/reliability.md, F8): the index goes back with the chain, and then what the lost
    blocks held goes to it again: registry changes, acknowledged events, and what a stranger had recorded. Each is there once."""
    standstill = "600" if case == "other blocks" else "0.5"
    with scene.chain() as chain, gateway(scene.folder, chain.rpc, "--standstill", standstill) as nguon:
        scene.begin(nguon)
        chain.end()
        older = scene.journal.read_bytes()
        with scene.chain():
            shop = nguon.party("shop", "retailer")
            nguon.operator.post(f"/v1/parties/{quote(shop, safe='')}/status", json={"status": "suspended"})
            nguon.operator.post(f"/v1/parties/{quote(shop, safe='')}/status", json={"status": "active"})
            scene.keep(nguon, scene.make("L2"))
            goods = {"product": scene.product, "lot": "L2", "quantity": 400, "to": shop}
            ship = {"kind": "Ship", "party": scene.coop, "occurred_at": WHEN} | goods
            scene.keep(nguon, ship)
            seen = {"kind": "Observe", "party": shop, "occurred_at": WHEN, "place": nguon.name("place")}
            scene.keep(nguon, seen)
            before = nguon.operator.get("/v1/ledger").json()["as_of"]
        scene.wipe(older)
        with scene.chain() as poorer:
            until(lambda: nguon.health()["why"], "it noticed")
            if case == "other blocks":
                for nonce in range(before["block"] - poorer.height() + 1):
                    raw = transaction(nonce)
                    poorer.call("eth_sendRawTransaction", raw)
                    poorer.final(raw)
            until(nguon.is_ready, "the index is level with this chain")
            nguon.final(*scene.events)
            assert sorted(scene.on_chain()) == sorted(scene.events)
            assert nguon.batch(scene.product, "L2")["shipments"][0]["open"] == 400
            (party,) = [each for each in nguon.operator.get("/v1/parties").json() if each["id"] == shop]
            assert party["status"] == "active", "both changes, in their order"
            scene.keep(nguon, scene.make("L3"))
            assert sorted(scene.on_chain()) == sorted(scene.events)
            verified = subprocess.run(
                [str(Path(sys.executable).with_name("nguon")), "--data", str(_stack(scene, nguon)), "verify"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert verified.returncode == 0, verified.stdout + verified.stderr


def _stack(scene: Scene, nguon: Gateway) -> Path:

    (scene.folder / "stack.json").write_text(json.dumps({"gateway": nguon.url, "rpc": scene.rpc}))
    return scene.folder
