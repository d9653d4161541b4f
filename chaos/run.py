"""One run: besieged until so many kills and so many acknowledged events, then left in peace until all of it is on the chain."""

from __future__ import annotations

import asyncio
import math
import os
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from chaos.clients import Client, Ledger
from chaos.fates import Fate
from chaos.oracle import Away, Oracle, Verdict
from chaos.proxy import Proxy
from chaos.supervisor import Siege

CLIENTS = 5
HOSTILITY = 0.05
BUSY = 60  # events at most for each kill: what is idle cannot be hurt, and what is never done cannot be looked at
LOOK = 0.25
NO_PROXY = "127.0.0.1,localhost"
_TROUBLE = re.compile(r"^Traceback|nobody thought of", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plan:
    """`patience`: seconds without a further event on the chain, after which what is missing counts as lost."""

    seed: int
    kills: int
    events: int
    patience: float = 120.0
    hostility: float = HOSTILITY
    defect: str | None = None
    fate: Fate | None = None
    freezes: int = 0
    most_seconds: float = 3_600.0


@dataclass
class Report:
    plan: Plan
    verdict: Verdict
    ledger: Ledger
    deaths: Counter[str]
    freezes: Counter[str]
    faults: Counter[str]
    ended: list[str]
    troubles: list[str]
    dead: int
    seconds: float
    drain: float

    @property
    def kills(self) -> int:
        return self.deaths.total()

    @property
    def kept(self) -> bool:
        return not (self.verdict.lost or self.verdict.doubled or self.verdict.gaps)

    @property
    def ok(self) -> bool:
        """Nothing lost, doubled or missing; as much was done as was asked for; and nothing happened that nobody meant."""
        enough = self.kills >= self.plan.kills and self.ledger.count >= self.plan.events
        strange = self.verdict.strange or self.ended or self.troubles or self.ledger.refused
        return self.kept and enough and not strange

    @property
    def figures(self) -> dict[str, Any]:
        """`bound95`: the most that the chance of a loss at one kill can be, with 95 % confidence, when n showed none: 3 / n."""
        verdict = self.verdict
        return {
            "seed": self.plan.seed,
            "kills": self.kills,
            "acknowledged": len(self.ledger.ids),
            "on_chain": verdict.on_chain,
            "lost": len(verdict.lost),
            "duplicates": len(verdict.doubled),
            "nonce_gaps": len(verdict.gaps),
            "bound95": round(3 / max(self.kills, 1), 6),
            "bound95_events": round(3 / max(len(self.ledger.ids), 1), 6),
            "dead": self.dead,
            "transactions": verdict.sent,
            "freezes": self.freezes.total(),
            "faults": self.faults.total(),
            "refused": self.ledger.refused.total(),
            "strange": len(verdict.strange),
            "ended_alone": len(self.ended),
            "troubles": len(self.troubles),
            "seconds": round(self.seconds, 1),
            "drain_seconds": round(self.drain, 1),
        }

    @property
    def details(self) -> dict[str, Any]:
        verdict = self.verdict
        return {
            "deaths": dict(self.deaths.most_common()),
            "freezes_at": dict(self.freezes.most_common()),
            "faults_by_kind": dict(self.faults.most_common()),
            "answers": dict(self.ledger.answers.most_common()),
            "refused_by": dict(self.ledger.refused.most_common()),
            "found": [*verdict.lost, *verdict.doubled, *verdict.gaps, *verdict.strange, *self.ended, *self.troubles][
                :40
            ],
        }


async def run(plan: Plan, data: Path) -> Report:
    """In an empty folder. Raises Stuck when chain or gateways do not come up."""
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = NO_PROXY  # nothing stands between our own programs but ours
    begun = time.monotonic()
    proxy = Proxy(f"{plan.seed}/proxy", 0.0)
    siege = Siege(data, plan.seed, proxy, plan.defect, plan.fate)
    ledger = Ledger()
    await proxy.start()
    try:
        await siege.open()
        key = (data / "secrets" / "operator-api-key").read_text()
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session:
            clients = _clients(plan, siege, ledger, session)
            await clients[0].settle([client.ground for client in clients])
            proxy.hostility = plan.hostility
            await _besieged(plan, siege, ledger, clients)
            await siege.relieve()
            for client in clients:  # whatever is stuck, a further event shows it
                await client.note()
            oracle, dead, drain = await _rest(plan, siege, ledger, session)
        verdict = oracle.judge(ledger.acknowledged, proxy.sent)
    finally:
        siege.close()
        await proxy.stop()
    return Report(
        plan, verdict, ledger, siege.deaths, siege.freezes, proxy.faults, siege.ended, _troubles(data), dead,
        time.monotonic() - begun, drain,
    )  # fmt: skip


def _clients(plan: Plan, siege: Siege, ledger: Ledger, session: aiohttp.ClientSession) -> list[Client]:
    def allowed() -> float:
        """So that events come all the time, and not many more than are asked for."""
        if plan.fate is not None:
            return math.inf  # what shows in one place needs traffic until it shows
        return max(plan.events / max(plan.kills, 1), BUSY) * (siege.kills + 2)

    names = [f"c{number}" for number in range(CLIENTS)]
    return [Client(name, f"{plan.seed}/{name}", ledger, session, siege.gateways, allowed) for name in names]


async def _besieged(plan: Plan, siege: Siege, ledger: Ledger, clients: list[Client]) -> None:
    end = time.monotonic() + plan.most_seconds
    posting = [asyncio.create_task(client.run()) for client in clients]
    killing = asyncio.create_task(siege.besiege())
    try:
        while siege.kills < plan.kills or ledger.count < plan.events or siege.freezes.total() < plan.freezes:
            if time.monotonic() > end:
                break
            for task in (*posting, killing):
                if task.done():
                    task.result()  # raises what ended it
            await asyncio.sleep(LOOK)
    finally:
        for task in (*posting, killing):
            task.cancel()
        await asyncio.gather(*posting, killing, return_exceptions=True)


async def _rest(plan: Plan, siege: Siege, ledger: Ledger, session: aiohttp.ClientSession) -> tuple[Oracle, int, float]:
    """Until everything acknowledged is on the chain, or dead by the gateway's word, and every transaction came through; or
    nothing has come for so long as the plan has patience."""
    oracle = Oracle(siege.rpc)
    begun = moved = time.monotonic()
    seen, dead = (-1, -1), 0
    while True:
        try:
            await asyncio.to_thread(oracle.walk)
            there = set(oracle.ids)
            missing = [id for id in ledger.ids if id not in there]
            pending = await asyncio.to_thread(oracle.pending, siege.proxy.sent)
        except Away:
            await asyncio.sleep(LOOK)
            continue
        dead = await _dead(siege, session, missing) if len(missing) < 20 else 0
        if len(missing) == dead and not pending:
            break
        if (len(missing), pending) != seen:
            seen, moved = (len(missing), pending), time.monotonic()
        if time.monotonic() > moved + plan.patience:
            break
        await asyncio.sleep(LOOK)
    return oracle, dead, time.monotonic() - begun


async def _dead(siege: Siege, session: aiohttp.ClientSession, ids: list[str]) -> int:
    dead = 0
    for id in ids:
        async with session.get(f"{siege.gateways()[0]}/v1/events/{id}") as answer:
            document = await answer.json(content_type=None)
            dead += document.get("state") == "dead"
    return dead


def _troubles(data: Path) -> list[str]:
    """What the processes said of faults that nobody thought of."""
    found = []
    for log in sorted(data.glob("*.log")):
        text = log.read_text(errors="replace")
        found += [f"{log.name}: {text[each.start() : each.start() + 1500]}" for each in _TROUBLE.finditer(text)]
    return found
