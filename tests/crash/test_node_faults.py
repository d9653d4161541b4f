"""Acknowledged is kept (promise 1) while the node is away, or refuses what we send: it is said, and then all is recorded once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, Json, gateway, until

NUMBERS = count()
AT = "2025-11-20T07:30:00+07:00"
LOAD = 60
REFUSALS = {  # as Besu says them
    "price": (-32009, "Gas price below configured minimum gas price"),
    "permission": (-32007, "Sender account not authorized to send transactions"),
}


def caught(nguon: Gateway, coop: str, crab: str) -> tuple[str, str]:
    """A new lot, and its event."""
    lot = f"L{next(NUMBERS)}"
    output = {"product": crab, "lot": lot, "quantity": 1_000}
    answer = nguon.operator.post(
        "/v1/events", json={"kind": "Commission", "party": coop, "occurred_at": AT, "outputs": [output]}
    )
    assert answer.status_code == 202, answer.text
    return lot, answer.json()["id"]


def observed(nguon: Gateway, coop: str, crab: str, lot: str) -> str:
    answer = nguon.operator.post(
        "/v1/events", json={"kind": "Observe", "party": coop, "occurred_at": AT, "product": crab, "lot": lot}
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def page(nguon: Gateway, crab: str, lot: str) -> str:
    return nguon.operator.get(f"/p/{crab.replace(':', '%3A')}/{lot}?lang=en").text


def test_while_the_chain_is_away_events_are_taken_and_then_recorded_in_order(tmp_path: Path) -> None:
    """Pages stop to call goods registered as soon as the index is older than it may be."""
    with devnet(tmp_path, beat=0.05) as chain:
        port = urlsplit(chain.rpc).port
        assert port
        with gateway(tmp_path, chain.rpc) as nguon:
            coop = nguon.party("coop", "producer")
            crab = nguon.product(coop)
            first, id = caught(nguon, coop, crab)
            nguon.final(id)
            assert "Could not verify now" not in page(nguon, crab, first)
            chain.end()

            told = [id]
            for _ in range(LOAD // 2):  # each needs the one before it
                lot, id = caught(nguon, coop, crab)
                told += [id, observed(nguon, coop, crab, lot)]
            until(lambda: "Could not verify now" in page(nguon, crab, first), "the page says that it does not know")
            health = nguon.operator.get("/health/ready")
            assert (health.status_code, health.json()["ready"]) == (503, False)
            told.append(observed(nguon, coop, crab, first))
            assert {nguon.operator.get(f"/v1/events/{id}").json()["state"] for id in told[1:]} <= {"accepted", "signed"}

            with devnet(tmp_path, beat=0.05, port=port):
                nguon.final(*told)
                assert nguon.on_chain() == told
                until(lambda: "Could not verify now" not in page(nguon, crab, first), "the page knows again")


@dataclass
class Front:
    """A node's answers, but for the transactions that it refuses."""

    url: str
    refusal: tuple[int, str] | None = None


@contextmanager
def front(rpc: str) -> Iterator[Front]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked: Any = json.loads(body)
            if made.refusal and asked["method"] == "eth_sendRawTransaction":
                code, message = made.refusal
                answer = {"jsonrpc": "2.0", "id": asked["id"], "error": {"code": code, "message": message}}
                told = json.dumps(answer).encode()
            else:
                told = node.post(rpc, content=body, headers={"Content-Type": "application/json"}).content
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, httpx.Client(timeout=60) as node:
        made = Front(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield made
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Front, Gateway]]:
    folder = tmp_path_factory.mktemp("refusing")
    with devnet(folder, beat=0.05) as chain, front(chain.rpc) as node, gateway(folder, node.url) as nguon:
        yield node, nguon


@pytest.mark.parametrize("why", REFUSALS)
def test_a_node_that_refuses_our_transactions_is_said_and_nothing_is_lost(
    why: str, refusing: tuple[Front, Gateway]
) -> None:
    node, nguon = refusing
    coop = nguon.party("coop", "producer")
    crab = nguon.product(coop)
    node.refusal = REFUSALS[why]
    lot, id = caught(nguon, coop, crab)
    told = [id, *(observed(nguon, coop, crab, lot) for _ in range(10))]

    def health() -> Json:
        found: Json = nguon.operator.get("/health/ready").json()
        return found

    until(lambda: "refuses our transactions" in (health()["why"] or ""), "it says what is the matter")
    assert not health()["ready"]
    assert {nguon.operator.get(f"/v1/events/{id}").json()["state"] for id in told} <= {"accepted", "signed"}
    node.refusal = None
    nguon.final(*told)
    assert nguon.on_chain()[-len(told) :] == told
    until(lambda: health()["ready"], "it is ready again")
