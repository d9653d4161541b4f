"""A real gateway on a real chain in a folder of its own, for end-to-end and crash tests."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from ledger.canonical.abi import decode_log
from ledger.chain.node import Node
from ledger.events.model import SignedEvent

ROOT = Path(__file__).resolve().parents[1]
DEADLINE = 120.0
Json = dict[str, Any]


def until(condition: Any, what: str, deadline: float = DEADLINE) -> Any:
    """Waits for a condition, generously; answers what it gave."""
    end = time.monotonic() + deadline
    while True:
        with suppress(httpx.HTTPError, FileNotFoundError, ValueError):
            if found := condition():
                return found
        assert time.monotonic() < end, f"not in {deadline:.0f} s: {what}"
        time.sleep(0.02)


@dataclass
class Gateway:
    """One gateway process. `operator` asks with the operator's key, `as_party(uri)` with a party's own."""

    data: Path
    rpc: str
    url: str
    process: subprocess.Popen[bytes]
    operator: httpx.Client
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _keys: dict[str, httpx.Client] = field(default_factory=dict)

    def name(self, word: str) -> str:
        """A URN no other test uses."""
        return f"urn:nguon:test:{os.getpid()}:{next(self._numbers)}:{word}"

    def party(self, word: str, *roles: str) -> str:
        uri = self.name(word)
        self._done(
            self.operator.post(
                "/v1/parties", json={"parties": [{"uri": uri, "roles": roles, "profile": {"name": word}}]}
            )
        )
        return uri

    def product(self, owner: str, *, unit: str = "g", stage: int = 0, makers: tuple[str, ...] = (), **more: Any) -> str:
        uri = more.pop("uri", None) or self.name("product")
        entry = {
            "uri": uri,
            "unit": unit,
            "stage": stage,
            "brand_owner": owner,
            "makers": list(makers),
            "profile": {},
        } | more
        self._done(self.operator.post("/v1/products", json={"products": [entry]}))
        return uri

    def declare(self, source: str, output: str, per_million: int) -> None:
        entry = {"input": source, "output": output, "per_million": per_million}
        self._done(self.operator.post("/v1/yields", json={"yields": [entry]}))

    def as_party(self, uri: str) -> httpx.Client:
        if uri not in self._keys:
            made = self._done(self.operator.post(f"/v1/parties/{quote(uri, safe='')}/api-keys", json={}))
            self._keys[uri] = client(self.url, made["api_key"])
        return self._keys[uri]

    def record(self, event: Json, **options: Any) -> Json:
        """Recorded by the operator for the party the event names; must be kept."""
        return self._done(self.operator.post("/v1/events", json=event, **options))

    def refused(self, event: Json, **options: Any) -> Json:
        """Must be refused; answers the problem document."""
        answer = self.operator.post("/v1/events", json=event, **options)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        document: Json = answer.json()
        return document

    def final(self, *ids: str) -> None:
        for id in ids:
            until(lambda id=id: self.operator.get(f"/v1/events/{id}").json().get("state") == "final", f"{id} final")

    def batch(self, product: str, lot: str) -> Json:
        return self._done(self.operator.get(f"/v1/batches/{quote(product, safe='')}/{quote(lot, safe='')}"))

    def on_chain(self) -> list[str]:
        """Ids of all recorded events in the chain's order, from the node's logs and not from our tables."""
        ledger = bytes.fromhex(self.operator.get("/v1/ledger").json()["contracts"]["ledger"][2:])
        node = Node(self.rpc)
        said = [decode_log(log.topics, log.data) for log in node.logs((ledger,), 0, node.height())]
        return ["0x" + each.id.hex() for each in said if isinstance(each, SignedEvent)]

    def health(self) -> Json:
        """What it says of itself, ready or not."""
        document: Json = httpx.get(self.url + "/health/ready").json()
        return document

    def is_ready(self) -> bool:
        return bool(self.health()["ready"])

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @staticmethod
    def _done(answer: httpx.Response) -> Json:
        assert answer.status_code < 300, answer.text
        document: Json = answer.json()
        return document


KEPT_OPEN = httpx.Limits(keepalive_expiry=2)
"""Seconds. The gateway closes a connection that nobody used for five: a call may not start just then."""


def client(url: str, key: str | None = None) -> httpx.Client:
    return httpx.Client(
        base_url=url, timeout=60, limits=KEPT_OPEN, headers={"Authorization": f"Bearer {key}"} if key else {}
    )


@contextmanager
def gateway(
    data: Path,
    rpc: str,
    *options: str,
    name: str = "gateway",
    ready: bool = True,
    module: tuple[str, ...] = ("gateway",),
) -> Iterator[Gateway]:
    """Started with these options, ready (or only alive), and ended with the block. `name` tells several of one folder apart.
    `module`: another one that runs it, with its own arguments."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module, "--data", str(data), "--rpc", rpc, "--port", "0", "--name", name, *options],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        look = "/health/ready" if ready else "/health/live"

        def up() -> str | None:
            assert process.poll() is None, (data / f"{name}.log").read_text()[-2000:]
            found = json.loads((data / f"{name}.json").read_text())
            if found["pid"] != process.pid:
                return None
            return found["gateway"] if httpx.get(found["gateway"] + look).status_code == 200 else None

        url = until(up, "the gateway is up")
        key = (data / "secrets" / "operator-api-key").read_text()
        yield Gateway(data, rpc, url, process, client(url, key))
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=30)
