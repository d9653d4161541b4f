"""Promise: keys are changed while everybody works (acknowledged is kept): two workers on one data folder, clients that post all
the time, and meanwhile the key-encryption key and a party's own key are changed again and again.

The oracle reads the node's logs, not our tables.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ledger.canonical.abi import decode_log
from ledger.chain.node import Node
from ledger.events.model import SignedEvent
from tests.command_line import nguon_says
from tests.database_files import read
from tests.devnet_process import devnet
from tests.gateway_process import Gateway, Json, client, gateway, until

AT = "2025-11-20T07:30:00+07:00"
CLIENTS, TIMES = 3, 3


class Clerks:
    """Each posts one event after the other, now to this worker and now to that, and notes what it was answered."""

    def __init__(self, workers: tuple[Gateway, ...], coop: str) -> None:
        self._workers = workers
        self._coop = coop
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(CLIENTS)]
        self.acknowledged: list[str] = []
        self.otherwise: list[Any] = []

    def __enter__(self) -> Clerks:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        for turn in count():
            if self._stop.is_set():
                return
            asked = self._workers[turn % len(self._workers)].operator
            event = {
                "kind": "Observe",
                "party": self._coop,
                "occurred_at": AT,
                "place": f"urn:nguon:pond:{number}:{turn}",
            }
            answer = asked.post("/v1/events", json=event)
            if answer.status_code == 202:
                self.acknowledged.append(answer.json()["id"])
            else:
                self.otherwise.append((answer.status_code, answer.text))

    def go_on(self) -> None:
        """Some more was acknowledged since."""
        so_far = len(self.acknowledged)
        until(lambda: len(self.acknowledged) >= so_far + CLIENTS or self.otherwise, "clients are answered")


def renewed(worker: Gateway, coop: str, key: str | None = None) -> Json:
    """Asked until it is finished, as the answer says one should."""
    asked = client(worker.url, key) if key else worker.operator

    def finished() -> Json | None:
        answer = asked.post(f"/v1/parties/{quote(coop, safe='')}/keys/renew", json={})
        document: Json = answer.json()
        assert answer.status_code == (200 if document["finished"] else 202), answer.text
        return document if document["finished"] else None

    done: Json = until(finished, "the old key is ended")
    return done


def recorded(worker: Gateway) -> list[SignedEvent]:
    ledger = bytes.fromhex(worker.operator.get("/v1/ledger").json()["contracts"]["ledger"][2:])
    node = Node(worker.rpc)
    said = [decode_log(log.topics, log.data) for log in node.logs((ledger,), 0, node.height())]
    return [each for each in said if isinstance(each, SignedEvent)]


def states(data: Path) -> Counter[str]:
    with read(data / "nguon.db") as db:
        found = Counter(dict(db.execute("SELECT state, count(*) FROM outbox GROUP BY state")))
    return found


def test_both_keys_are_changed_under_load(tmp_path: Path) -> None:
    """None is refused, none dies, each is on the chain once; the newest key signs; the audit finds nothing."""
    with (
        devnet(tmp_path, beat=0.05) as chain,
        gateway(tmp_path, chain.rpc, name="a") as first,
        gateway(tmp_path, chain.rpc, name="b") as second,
    ):
        workers = (first, second)
        (tmp_path / "stack.json").write_text(json.dumps({"gateway": second.url, "rpc": chain.rpc}))
        coop, other = first.party("coop", "producer"), first.party("other", "producer")
        path = f"/v1/parties/{quote(coop, safe='')}"
        keys = [first.operator.get(path).json()["signers"][0]["address"]]
        own = {
            uri: first.operator.post(f"/v1/parties/{quote(uri, safe='')}/api-keys", json={}).json()
            for uri in (coop, other)
        }
        with Clerks(workers, coop) as clerks:
            clerks.go_on()
            for turn in range(TIMES):
                said = nguon_says("--data", tmp_path, "--json", "keys", "rewrap")
                assert said.code == 0, said.err
                keys.append(renewed(workers[turn % 2], coop, own[coop]["api_key"] if turn else None)["key"])
                clerks.go_on()
        assert clerks.otherwise == []
        until(lambda: set(states(tmp_path)) == {"final"}, "all of them are final")

        found = recorded(first)
        on_chain = Counter("0x" + signed.id.hex() for signed in found)
        assert on_chain == dict.fromkeys(clerks.acknowledged, 1)
        assert list(dict.fromkeys("0x" + signed.event.signer.hex() for signed in found)) == keys, "one after the other"
        ends = {each["address"]: each["to"] for each in first.operator.get(path).json()["signers"]}
        assert [ends[key] is None for key in keys] == [False] * TIMES + [True]

        stranger = client(second.url, own[other]["api_key"]).post(f"{path}/keys/renew", json={})
        assert (stranger.status_code, stranger.json()["law"]) == (403, "NotYourParty")
        said = nguon_says("--data", tmp_path, "--json", "keys", "renew", other)
        assert said.code == 0 and said.json["finished"], said
        said = nguon_says("--data", tmp_path, "--json", "audit", "records")
        assert said.code == 0, said.json["findings"][:3]
