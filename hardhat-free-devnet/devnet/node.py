"""The executor: an Anvil child on a private port, and the only place that speaks to it.

Its port answers `evm_*` and `anvil_*` without any authentication, so it binds loopback, has no accounts, allows no web
origin, and its number is told to nobody. The public RPC is devnet.rpc.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from devnet.process import child_note, die_with_parent, end_noted, note
from devnet.settings import DevnetError, Genesis

START_SECONDS = 20.0
ANSWER_SECONDS = 120.0
STATES_KEPT = 64


class NodeGone(Exception):
    """Anvil died, or answers nonsense. A new one is to be started and the journal replayed."""


class NodeRefusal(Exception):
    """Anvil answered with a JSON-RPC error."""


def version_of(binary: Path) -> str:
    """Anvil's version, such as `1.7.1`. Raises DevnetError if the program does not run here."""
    try:
        shown = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError) as fault:
        raise DevnetError(f"{binary} does not run on this machine ({fault}). Run `npm ci` in the checkout.") from fault
    return shown.split("\n", 1)[0].rpartition(" ")[2].strip()


class Node:
    """A running Anvil, empty at first. Its blocks are nobody's until the keeper has journalled them."""

    def __init__(self, child: asyncio.subprocess.Process, port: int, noted: Path) -> None:
        self.pid = child.pid
        self._child = child
        self._note = noted
        self.url = f"http://127.0.0.1:{port}"
        self._client = aiohttp.ClientSession(
            self.url,
            headers={"content-type": "application/json", "accept-encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
        )

    @classmethod
    async def start(cls, binary: Path, genesis: Genesis, scratch: Path) -> Node:
        """Start Anvil with this genesis; a leftover one of this folder is ended first. Raises NodeGone."""
        noted = child_note(scratch)
        end_noted(noted, str(scratch))
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        port = _free_port()
        with (scratch / "anvil.log").open("wb") as log:
            child = await asyncio.create_subprocess_exec(
                binary,
                *_flags(genesis, port, scratch),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is for the keeper alone
                preexec_fn=partial(die_with_parent, os.getpid()),
            )
        node = cls(child, port, noted)
        try:
            note(child.pid, noted)
            await node._answering()
        except BaseException:
            await node.end()
            raise
        return node

    async def call(self, method: str, *params: Any) -> Any:
        """One call's result. Raises NodeRefusal or NodeGone."""
        (answer,) = await self.answers([(method, params)])
        if "error" in answer:
            raise NodeRefusal(answer["error"].get("message", "refused"))
        return answer["result"]

    async def answers(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[dict[str, Any]]:
        """The answers, each `{"result"}` or `{"error"}`, in the order of the calls; executed in any order."""
        batch = [
            {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
            for index, (method, params) in enumerate(calls)
        ]
        if not batch:
            return []
        try:
            async with self._client.post("/", data=orjson.dumps(batch)) as response:
                found = {answer["id"]: answer for answer in orjson.loads(await response.read())}
            return [_trimmed(found[index]) for index in range(len(batch))]
        except (aiohttp.ClientError, TimeoutError, RuntimeError, ValueError, KeyError, TypeError) as fault:
            # RuntimeError: the session was closed meanwhile; the last three: it answered, but not the calls
            raise NodeGone(f"Anvil (pid {self.pid}) does not answer: {fault!r}") from fault

    async def end(self) -> None:
        """Kill it: nothing it holds is worth a goodbye, the journal has everything."""
        await self._client.close()
        if self._child.returncode is None:
            self._child.kill()
            await self._child.wait()
        self._note.unlink(missing_ok=True)

    async def _answering(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                while self._child.returncode is None:
                    try:
                        await self.call("eth_chainId")
                    except NodeGone:
                        await asyncio.sleep(0.02)
                    else:
                        return
        except TimeoutError:
            raise NodeGone(f"Anvil (pid {self.pid}) did not answer within {START_SECONDS:.0f} seconds") from None
        raise NodeGone(f"Anvil ended at once with code {self._child.returncode}, see anvil.log beside {self._note}")


def _flags(genesis: Genesis, port: int, scratch: Path) -> list[str]:
    flags: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "chain-id": genesis.chain_id,
        "order": "fifo",
        "hardfork": genesis.hardfork,
        "timestamp": genesis.timestamp,
        "accounts": 0,
        "base-fee": genesis.base_fee,
        "gas-price": 0,
        "gas-limit": genesis.gas_limit,
        "prune-history": STATES_KEPT,
        "cache-path": scratch,
    }
    pairs = [part for name, value in flags.items() for part in (f"--{name}", str(value))]
    return [*pairs, "--no-mining", "--no-request-size-limit", "--no-cors", "--silent"]


def _free_port() -> int:
    """Free just now. Should another program take it first, Anvil ends at once and the keeper tries another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _trimmed(answer: dict[str, Any]) -> dict[str, Any]:
    return {"error": answer["error"]} if "error" in answer else {"result": answer["result"]}
