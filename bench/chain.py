"""A throw-away Anvil for measurements: `cancun`, one block a transaction, nothing kept."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.chain.node import Node, Receipt, Sent
from ledger.chain.transactions import address_of, sign_transaction

ROOT = Path(__file__).resolve().parents[1]
CHAIN_ID = 31337


class Chain:
    def __init__(self, url: str) -> None:
        self.url = url
        self.node = Node(url)
        self._nonces: dict[bytes, int] = {}

    def ask(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        answer = json.loads(urllib.request.urlopen(request, timeout=60).read())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def transact(self, key: bytes, to: bytes | None, data: bytes, gas: int = 30_000_000) -> tuple[Receipt, int]:
        """Mined and successful; answers the receipt and the gas it used."""
        sender = address_of(key)
        nonce = self._nonces.get(sender, self.node.next_nonce(sender))
        signed = sign_transaction(key, CHAIN_ID, nonce, to, data, gas)
        if self.node.send(signed.raw) is not Sent.TAKEN:
            raise RuntimeError("the node did not take a transaction")
        self._nonces[sender] = nonce + 1
        found = self.ask("eth_getTransactionReceipt", "0x" + signed.hash.hex())
        while found is None:
            self.ask("evm_mine")
            found = self.ask("eth_getTransactionReceipt", "0x" + signed.hash.hex())
        receipt = self.node.receipt(signed.hash)
        if receipt is None or not receipt.succeeded:
            raise RuntimeError("a transaction failed")
        return receipt, int(found["gasUsed"], 16)


@contextmanager
def chain(hardfork: str = "cancun") -> Iterator[Chain]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            str(ROOT / "node_modules" / ".bin" / "anvil"), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID),
            "--hardfork", hardfork, "--accounts", "0", "--base-fee", "0", "--gas-price", "0", "--gas-limit", "1000000000",
            "--no-cors", "--silent",
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        found = Chain(f"http://127.0.0.1:{port}")
        end = time.monotonic() + 30
        while True:
            try:
                found.ask("eth_chainId")
                break
            except OSError:
                if time.monotonic() > end or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=20)
