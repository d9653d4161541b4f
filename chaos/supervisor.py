"""Keeps a chain and two gateways up, and brings them down: every process has a life of its own, drawn from the seed.

Whatever ends a siege, no process that it started outlives it.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from devnet.process import Process
from devnet.running import Record

from chaos import worker
from chaos.children import Child
from chaos.fates import MOMENTS, Fate
from chaos.proxy import Proxy
from ledger.store.lease import PATIENCE

WORKERS = ("a", "b")
KEEPER = "keeper"
BEAT = 0.1  # of the chain, seconds
READY = 120.0
LOOK = 0.02
FATED, UNBORN = 0.7, 0.1  # shares of lives: that have a fate; that may end while they are still starting
LONGEST = 10.0  # seconds: a fate that was not met by then is not met any more
TURN = 3  # transactions
AWAKE = 3.0  # seconds that one that was frozen lives on at least
TAKE_OVER = PATIENCE + 1.5
"""Seconds. So long a worker stays frozen, or dead, where the other one is to take its place."""


class Stuck(Exception):
    """What has to come up did not: one plain sentence."""


class Siege:
    """`deaths`: kills by moment or manner. `ended`: processes that nobody killed."""

    def __init__(
        self, data: Path, seed: int, proxy: Proxy, defect: str | None = None, fate: Fate | None = None
    ) -> None:
        """`fate`, if given, is that of every life of worker a, and nothing else is killed: for what shows in one place."""
        self.data = data
        self.proxy = proxy
        self.rpc = ""
        self.deaths: Counter[str] = Counter()
        self.freezes: Counter[str] = Counter()
        self.ended: list[str] = []
        self._seed = seed
        self._defect = defect
        self._fate = fate
        self._urls: dict[str, str] = {}
        self._living: dict[str, Child] = {}
        self._port = 0
        self._fork = multiprocessing.get_context("forkserver")
        self._fork.set_forkserver_preload(["chaos.worker"])

    @property
    def kills(self) -> int:
        return self.deaths.total()

    def gateways(self) -> list[str]:
        return list(self._urls.values())

    async def open(self) -> None:
        """Chain and gateways up, nothing done to them yet. Raises Stuck."""
        await self._keep()
        for name in WORKERS:  # one after the other: the first leads
            child = self._work(name, None)
            end = time.monotonic() + READY
            while not self._learn(child):
                if time.monotonic() > end or not child.alive:
                    raise Stuck(f"a gateway did not come up; see the logs in {self.data}")
                await asyncio.sleep(LOOK)

    async def besiege(self) -> None:
        """Kills until it is cancelled."""
        async with asyncio.TaskGroup() as together:
            for name in WORKERS if self._fate is None else WORKERS[:1]:
                together.create_task(self._life(name))
            if self._fate is None:
                together.create_task(self._chain_life())

    async def relieve(self) -> None:
        """A last death of everything, then up again for good, on a quiet line. Raises Stuck."""
        for child in list(self._living.values()):
            self._bury(child, "at the end")
        self.proxy.hostility = 0.0
        await self.open()

    def close(self) -> None:
        for child in self._living.values():
            child.kill()

    # ── lives ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _life(self, name: str) -> None:
        chance = random.Random(f"{self._seed}/{name}")
        while True:
            fate, limit, unborn = self._drawn(chance)
            freeze, late = chance.random() < 0.05, chance.random() < 0.15
            if name in self._living:
                self._bury(self._living[name], "anywhere")
            child = self._work(name, fate)
            await self._lived(child, limit, unborn)
            if freeze and child.alive:
                child.freeze()
                await self._lived(child, 1.0, True)
            self._bury(child, "anywhere")
            if late and self._fate is None:
                await asyncio.sleep(TAKE_OVER)

    def _drawn(self, chance: random.Random) -> tuple[Fate | None, float, bool]:
        """The fate of a life, if it has one; how many seconds it lasts at most, and whether its start is among them."""
        fate = Fate(chance.choice(MOMENTS), chance.choice((1, 1, 2, 3)), freeze=chance.random() < 0.06)
        limit, kind = chance.uniform(0.0, 4.0), chance.random()
        if self._fate is not None:
            return self._fate, 4 * TAKE_OVER, False
        if kind < FATED:
            return fate, LONGEST, False
        return None, limit, kind > 1 - UNBORN

    async def _lived(self, child: Child, limit: float, unborn: bool) -> None:
        """Until it is dead or has had its time. A frozen one is woken up when the other one has had its chance."""
        end = time.monotonic() + limit if unborn else None
        slept = None
        while child.alive and (end is None or time.monotonic() < end):
            if self._learn(child) and end is None:
                end = time.monotonic() + limit
            if child.frozen:
                slept = child.moment or "anywhere"
                await self._others_turn()
                child.thaw()
                end = time.monotonic() + AWAKE
            await asyncio.sleep(LOOK)
        if slept:
            self.freezes[slept] += 1

    async def _others_turn(self) -> None:
        """So long that another worker leads, and its transactions are on the chain: seen on the line, not in our tables."""
        before = self.proxy.transactions
        begun = time.monotonic()
        while time.monotonic() < begun + TAKE_OVER or (
            self.proxy.transactions < before + TURN and time.monotonic() < begun + 3 * TAKE_OVER
        ):
            await asyncio.sleep(LOOK)
        await asyncio.sleep(1.0)

    async def _chain_life(self) -> None:
        chance = random.Random(f"{self._seed}/{KEEPER}")
        while True:
            limit, what = chance.uniform(2.0, 12.0), chance.choice((KEEPER, KEEPER, "anvil", "anvil", "everything"))
            await asyncio.sleep(limit)
            keeper = self._living[KEEPER]
            if what == "anvil" and keeper.alive:
                self._kill_anvil()
                continue
            for child in list(self._living.values()) if what == "everything" else [keeper]:
                self._bury(child, "with everything" if what == "everything" else KEEPER)
            await self._keep()

    def _kill_anvil(self) -> None:
        record = Record.read(self.data / "devnet" / "devnet.json")
        if record is not None and Process.of(record.anvil_pid) is not None:
            with suppress(ProcessLookupError):
                os.kill(record.anvil_pid, signal.SIGKILL)
                self.deaths["anvil"] += 1

    # ── births and deaths ─────────────────────────────────────────────────────────────────────────────────────────────

    def _work(self, name: str, fate: Fate | None) -> Child:
        arguments = (self.data, self.proxy.url, name, fate, self._defect)
        child = Child(self._fork, worker.gateway, arguments, worker.died(self.data, name), fate)
        self._living[name] = child
        return child

    async def _keep(self) -> None:
        arguments = (self.data, self._port, BEAT)
        child = self._living[KEEPER] = Child(self._fork, worker.keeper, arguments, worker.died(self.data, KEEPER), None)
        end = time.monotonic() + READY
        while True:
            record = Record.read(self.data / "devnet" / "devnet.json")
            if record is not None and record.pid == child.pid:
                break
            if time.monotonic() > end or not child.alive:
                raise Stuck(f"the chain did not come up; see {worker.log(self.data, KEEPER)}")
            await asyncio.sleep(LOOK)
        self.rpc = self.proxy.upstream = record.rpc
        self._port = urlsplit(record.rpc).port or 0

    def _learn(self, child: Child) -> bool:
        """Whether its address is known."""
        name = next((name for name, living in self._living.items() if living is child), None)
        if child.url is None and name is not None:
            with suppress(OSError, ValueError, KeyError):
                told = json.loads((self.data / f"{name}.json").read_text())
                if told["pid"] == child.pid:
                    child.url = self._urls[name] = told["gateway"]
        return child.url is not None

    def _bury(self, child: Child, how: str) -> None:
        """Dead it is, afterwards; once it is told how it died: by its fate, by `how`, or in a way that nobody meant."""
        if child.buried:
            return
        child.buried = True
        killed = child.alive
        child.kill()
        fated = child.moment if child.fate is not None and not child.fate.freeze else None
        if fated or killed:
            self.deaths[fated or how] += 1
        else:
            self.ended.append(f"pid {child.pid}: exit code {child.exit_code}")
