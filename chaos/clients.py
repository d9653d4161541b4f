"""Clients on a bad line: they post, and post the same again under the same key, to whichever gateway, until they are answered.

A client writes down what was acknowledged to it, and nothing else: that is what the oracle holds the chain against.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from chaos.stories import Ground, Json, marked

PATIENCE = aiohttp.ClientTimeout(total=6)
AGAIN = 0.1
"""Share of the posts that a client repeats although it was answered."""
MOST = 100  # events in a post
PAUSE = 0.5  # seconds at most between a client's posts


@dataclass
class Ledger:
    """What all clients hold together. `acknowledged`: by intention, the ids that a gateway answered with."""

    acknowledged: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    refused: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return len(self.acknowledged)

    @property
    def ids(self) -> set[str]:
        return {id for ids in self.acknowledged.values() for id in ids}


class Client:
    """`gateways`: the addresses known just now, of living and dead ones. `allowed`: how many may be acknowledged by now."""

    def __init__(
        self,
        name: str,
        seed: str,
        ledger: Ledger,
        session: aiohttp.ClientSession,
        gateways: Callable[[], list[str]],
        allowed: Callable[[], float],
    ) -> None:
        self.ground = Ground(name)
        self._name = name
        self._chance = random.Random(seed)
        self._ledger = ledger
        self._session = session
        self._gateways = gateways
        self._allowed = allowed
        self._posts = 0
        self._lots = 0

    async def settle(self, grounds: list[Ground]) -> None:
        """The parties, products and yields of all."""
        for path in ("parties", "products", "yields"):
            entries = [entry for ground in grounds for entry in getattr(ground, path)()]
            await self._until_answered(f"/v1/{path}", {path: entries}, None, aiohttp.ClientTimeout(total=90))

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            while self._ledger.count >= self._allowed():
                await asyncio.sleep(0.02)
            await asyncio.sleep(self._chance.uniform(0.0, PAUSE))
            form = self._chance.choice(("singles", "singles", "note", "note", "notes", "journey", "journeys"))
            if form == "singles":
                for event in self._journey():
                    await self.post([event])
            elif form == "note":
                await self.note()
            elif form == "notes":
                await self.post([self.ground.note(n) for n in range(self._chance.choice((2, 5, 20, MOST)))])
            elif form == "journey":
                await self.post(self._journey())
            else:
                lots = [self._journey() for _ in range(self._chance.randint(2, MOST // 12))]
                await self.post([event for step in zip(*lots, strict=True) for event in step])

    async def note(self) -> None:
        await self.post([self.ground.note(0)])

    async def post(self, events: list[Json]) -> None:
        """Acknowledged when it returns, but for what was refused."""
        self._posts += 1
        key = f"{self._name}-{self._posts}"
        marks = [f"{key}/{place}" for place in range(len(events))]
        stated = [marked(event, mark) for event, mark in zip(events, marks, strict=True)]
        body = stated[0] if len(stated) == 1 else {"events": stated}
        for _ in range(2 if self._chance.random() < AGAIN else 1):
            answer = await self._until_answered("/v1/events", body, key)
            for mark, result in zip(marks, answer.get("results") or [answer], strict=True):
                if "id" in result:
                    self._ledger.acknowledged[mark].add(result["id"])
                else:
                    law = (result.get("problem") or result).get("law") or result.get("title", "?")
                    self._ledger.refused[law] += 1

    def _journey(self) -> list[Json]:
        self._lots += 1
        return self.ground.journey(f"L{self._lots}")

    async def _until_answered(
        self, path: str, body: Json, key: str | None, patience: aiohttp.ClientTimeout = PATIENCE
    ) -> Json:
        """The document of the first answer below 500; asked again, anywhere, as long as there is none."""
        headers = {"Idempotency-Key": key} if key else {}
        while True:
            url = self._chance.choice(self._gateways())
            try:
                async with self._session.post(url + path, json=body, headers=headers, timeout=patience) as answer:
                    self._ledger.answers[str(answer.status)] += 1
                    if answer.status < 500:
                        document: Json = await answer.json(content_type=None)
                        return document
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
                self._ledger.answers[type(fault).__name__] += 1
            await asyncio.sleep(self._chance.uniform(0.02, 0.2))
