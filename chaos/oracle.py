"""What is on the chain, by walking it over RPC from block 0. It knows the logs' topics and content's members from the spec
(docs/spec/event.md), what the clients wrote down, and which transactions were sent; nothing of our tables, nor of our gateways."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from ledger.canonical.abi import RECORDED_TOPIC, decode_log
from ledger.events.model import SignedEvent

TOPICS = ["0x" + topic.hex() for topic in RECORDED_TOPIC.values()]
Sent = Mapping[str, Mapping[int, set[bytes]]]


class Away(Exception):
    """The chain does not answer just now."""


@dataclass(slots=True)
class Verdict:
    lost: list[str]  # acknowledged, and not there
    doubled: list[str]  # an id, a signer's nonce or a client's intention that is there more than once
    gaps: list[str]  # nonces of an account of ours that are missing though later ones were sent, or were given twice
    strange: list[str]  # events that no client meant
    on_chain: int
    sent: int


@dataclass
class Oracle:
    rpc: str
    ids: list[str] = field(default_factory=list)
    _nonces: list[tuple[bytes, int]] = field(default_factory=list)
    _marks: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _unmarked: list[str] = field(default_factory=list)
    _mined: defaultdict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    _next: int = 0

    def walk(self) -> None:
        """On to the newest block. Raises Away; what was walked stays."""
        height = int(self._ask("eth_blockNumber"), 16)
        while self._next <= height:
            block = self._ask("eth_getBlockByNumber", hex(self._next), True)
            found = self._ask("eth_getLogs", {"blockHash": block["hash"], "topics": [TOPICS]})
            for log in found:
                self._read(log)
            for each in block["transactions"]:
                self._mined[each["from"].lower()][int(each["nonce"], 16)] = each["hash"]
            self._next += 1

    def pending(self, sent: Sent) -> int:
        """Transactions that were sent and whose nonces the chain has not used."""
        return sum(
            sum(nonce >= used for nonce in nonces) for sender, nonces in sent.items() if (used := self._used(sender))
        )

    def judge(self, acknowledged: Mapping[str, set[str]], sent: Sent) -> Verdict:
        found = Counter(self.ids)
        lost = [f"{mark}: {id}" for mark, ids in acknowledged.items() for id in ids if id not in found]
        doubled = [f"{id}: {times} times" for id, times in found.items() if times > 1]
        for (signer, nonce), times in Counter(self._nonces).items():
            if times > 1:
                doubled.append(f"0x{signer.hex()} nonce {nonce}: {times} times")
        doubled += [f"{mark}: {len(ids)} events" for mark, ids in self._marks.items() if len(ids) > 1]
        return Verdict(lost, doubled, self._gaps(sent), self._unmarked, len(found), sum(map(len, sent.values())))

    def _gaps(self, sent: Sent) -> list[str]:
        gaps = []
        for sender, nonces in sent.items():
            used = self._used(sender)
            mined = self._mined[sender]
            if sorted(mined) != list(range(used)):
                gaps.append(f"{sender}: the chain counts {used} transactions and shows {len(mined)}")
            beyond = [nonce for nonce in nonces if nonce >= used]
            missing = [nonce for nonce in range(used, max(beyond, default=used)) if nonce not in nonces]
            gaps += [f"{sender}: nonce {nonce} was never sent, {max(beyond)} was" for nonce in missing]
            if beyond and not missing:
                gaps.append(f"{sender}: nonce {min(beyond)} was sent and does not come through")
            gaps += [f"{sender}: nonce {n} was given {len(h)} times" for n, h in nonces.items() if len(h) > 1]
        return gaps

    def _used(self, sender: str) -> int:
        return int(self._ask("eth_getTransactionCount", sender, "latest"), 16)

    def _read(self, log: dict[str, Any]) -> None:
        signed = decode_log([bytes.fromhex(t[2:]) for t in log["topics"]], bytes.fromhex(log["data"][2:]))
        assert isinstance(signed, SignedEvent), "it has one of the topics"
        id = "0x" + signed.id.hex()
        self.ids.append(id)
        self._nonces.append((signed.event.signer, signed.event.nonce))
        mark = json.loads(signed.event.content).get("nguon:reason")
        if mark is None:
            self._unmarked.append(id)
        else:
            self._marks[mark].add(id)

    def _ask(self, method: str, *params: Any) -> Any:
        call: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        try:
            answer = requests.post(self.rpc, json=call, timeout=30).json()
        except (requests.RequestException, ValueError) as fault:
            raise Away(str(fault)) from fault
        if "result" not in answer:
            raise Away(str(answer))
        return answer["result"]
