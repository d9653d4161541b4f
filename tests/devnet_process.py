"""A real development chain for a test: a keeper process with its Anvil, in a folder of the test's own."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from devnet.__main__ import main
from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

CHECKOUT = Path(__file__).resolve().parents[1]
CHAIN_ID = 31337
DEADLINE = 60.0
SENDER = Account.from_key(keccak(b"a sender of the tests"))
NOBODY = "0x" + "0b" * 20

Found = TypeVar("Found")


class Unanswered(Exception):
    """The node answered with a JSON-RPC error."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.code: int = error["code"]
        super().__init__(error["message"])


@dataclass
class Devnet:
    """A keeper process that was started; `rpc` is its URL."""

    rpc: str
    data: Path
    process: subprocess.Popen[str]
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=DEADLINE, trust_env=False))

    @property
    def anvil_pid(self) -> int:
        """The present Anvil's; another one after a death."""
        return int(json.loads((self.data / "devnet.json").read_text())["anvil_pid"])

    def post(self, body: Any) -> Any:
        return self.client.post(self.rpc, json=body).json()

    def call(self, method: str, *params: Any) -> Any:
        """The result. Raises Unanswered."""
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        if "error" in answer:
            raise Unanswered(answer["error"])
        return answer["result"]

    def height(self) -> int:
        return int(self.call("eth_blockNumber"), 16)

    def final(self, raw: str) -> dict[str, Any]:
        """The receipt of a sent transaction, once there is one; a chain that is just starting is waited for."""

        def receipt() -> dict[str, Any] | None:
            try:
                found: dict[str, Any] | None = self.call("eth_getTransactionReceipt", hash_of(raw))
            except Unanswered as starting:
                if starting.code != -32000:
                    raise
                return None
            return found

        return eventually(receipt, f"the receipt of {hash_of(raw)}")

    def kill(self) -> None:
        """kill -9 of the keeper, and its end."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """The orderly end; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)


def command(verb: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "devnet", verb, *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT / "hardhat-free-devnet")}


def said(verb: str, *arguments: object) -> tuple[int, str, str]:
    """Run `devnet VERB` to its end in this process: exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([verb, *map(str, arguments)])
    return code, out.getvalue(), err.getvalue()


@contextmanager
def devnet(folder: Path, beat: float = 0.05, port: int = 0, chain_id: int = CHAIN_ID) -> Iterator[Devnet]:
    """A chain that is up, with its data in `folder/devnet`; a second use of the folder starts the same chain again.

    Blocks may come every `beat` seconds; below 1 their times run ahead of the clock. Ends it, if the test did not.
    """
    data = folder / "devnet"
    line = command("up", "--data", data, "--beat", beat, "--port", port, "--chain-id", chain_id, "--json")
    with (folder / "devnet.err").open("a+") as errors:
        process = subprocess.Popen(line, env=environment(), stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], DEADLINE)
            told = process.stdout.readline() if ready else ""
            if not told:
                errors.seek(0)
                raise AssertionError(f"the development chain did not come up: {errors.read()}")
            running = Devnet(json.loads(told)["rpc"], data, process)
            with running.client:
                yield running
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(DEADLINE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def transaction(
    nonce: int, *, to: str | None = NOBODY, gas: int = 100_000, data: bytes = b"", chain_id: int = CHAIN_ID
) -> str:
    """A signed type-0 transaction at price 0 as 0x-hex, the same bytes each time; `to` None creates a contract."""
    fields: dict[str, Any] = {"nonce": nonce, "gas": gas, "gasPrice": 0, "value": 0, "data": data, "chainId": chain_id}
    if to is not None:
        fields["to"] = to_checksum_address(to)
    return "0x" + bytes(SENDER.sign_transaction(fields).raw_transaction).hex()


def hash_of(raw: str) -> str:
    """A transaction's hash as 0x-hex."""
    return "0x" + keccak(hexstr=raw).hex()


def eventually(look: Callable[[], Found | None], what: str) -> Found:
    """Look until there is something true. Fails after a generous deadline."""
    deadline = time.monotonic() + DEADLINE
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"in vain for {DEADLINE:.0f} s: {what}")
        time.sleep(0.005)
    return found
