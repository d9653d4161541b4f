"""Where a ledger lives: written once at its deployment, checked at every start."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from rlp import encode as rlp_encode

from ledger.bindings.abi import contract
from ledger.canonical.typed_data import Domain
from ledger.chain.node import Node, Sent
from ledger.chain.transactions import address_of, sign_transaction
from ledger.errors import ChainError, WrongChain
from ledger.events.identifiers import keccak

DEPLOY_GAS = 14_000_000
DEADLINE = 120.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """Identity of one ledger. Addresses and hashes are bytes; `start` is the block of its first contract."""

    ledger_id: bytes
    chain_id: int
    authority: bytes
    parties: bytes
    products: bytes
    ledger: bytes
    code_hash: bytes
    start: int
    start_hash: bytes

    @property
    def domain(self) -> Domain:
        return Domain(self.chain_id, self.ledger, self.ledger_id)

    def save(self, path: Path) -> None:
        """Durably, whole or not at all."""
        shown = {k: "0x" + v.hex() if isinstance(v, bytes) else v for k, v in asdict(self).items()}
        temporary = path.with_suffix(".tmp")
        with temporary.open("w") as file:
            json.dump(shown, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @staticmethod
    def load(path: Path) -> Deployment:
        stored: dict[str, Any] = json.loads(path.read_text())
        fields: dict[str, Any] = {k: bytes.fromhex(v[2:]) if isinstance(v, str) else v for k, v in stored.items()}
        return Deployment(**fields)

    def check(self, node: Node) -> None:
        """Raises WrongChain when the node answers for another ledger (reference/reliability.md, section 4.5)."""
        if (found := node.chain_id()) != self.chain_id:
            raise WrongChain(f"the node's chain id is {found}, this ledger lives on {self.chain_id}")
        code = node.code(self.ledger)
        if not code:
            raise WrongChain("the node's chain does not hold this ledger: it was begun anew, or is another one")
        if keccak(code) != self.code_hash:  # a ledger's id is in its code, too
            raise WrongChain(f"the node holds {self._other(node)} at this ledger's address")
        block = node.block(self.start)
        if block is None or block.hash != self.start_hash:
            raise WrongChain(
                f"this ledger is there, but was not deployed in block {self.start}: it was put on a new chain"
            )

    def _other(self, node: Node) -> str:
        """What is at the ledger's address, where its code differs."""
        try:
            found = _ledger_id(node, self.ledger)
        except (ChainError, DecodingError):
            found = self.ledger_id
        return "other code" if found == self.ledger_id else f"another ledger, 0x{found.hex()},"


def accounts(node: Node, deployment: Deployment) -> dict[str, tuple[bytes, bytes]]:
    """Address and hash of the code of the three contracts that proofs read, by their names in a trust file. The CustodyLedger's
    hash is the one kept since its deployment."""
    registries = {"parties": deployment.parties, "products": deployment.products}
    found = {name: (address, keccak(node.code(address))) for name, address in registries.items()}
    return {"ledger": (deployment.ledger, deployment.code_hash), **found}


def created_address(sender: bytes, nonce: int) -> bytes:
    return keccak(rlp_encode([sender, nonce]))[12:]


def addresses(deployer: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Of authority, parties, products and ledger: they follow from the deployer's first four nonces."""
    authority, parties, products, ledger = (created_address(deployer, nonce) for nonce in range(4))
    return authority, parties, products, ledger


def creation_calls(
    deployer: bytes, council: bytes, ledger_id: bytes, predecessor: tuple[int, bytes] = (0, bytes(32))
) -> list[bytes]:
    """The four contracts in that order. `predecessor`: count and head that this ledger must come by (DESIGN, section 5)."""
    authority, parties, products, _ = map(to_checksum_address, addresses(deployer))
    return [
        contract("AccessManager").creation(to_checksum_address(council)),
        contract("PartyRegistry").creation(authority, ledger_id),
        contract("ProductRegistry").creation(authority, ledger_id, parties),
        contract("CustodyLedger").creation(ledger_id, parties, products, *predecessor),
    ]


def deploy(node: Node, deployer_key: bytes, council: bytes, ledger_id: bytes, chain_id: int) -> Deployment:
    """Deploys the four contracts from the deployer's first four nonces, and says where they are.

    Safe to call again after a crash in the middle: the addresses follow from deployer and nonces, what is there is kept.
    """
    deployer = address_of(deployer_key)
    authority, parties, products, ledger = addresses(deployer)
    creations = creation_calls(deployer, council, ledger_id)
    raws = [sign_transaction(deployer_key, chain_id, nonce, None, c, DEPLOY_GAS) for nonce, c in enumerate(creations)]

    def rebroadcast() -> None:
        for raw in raws[node.next_nonce(deployer) :]:
            if node.send(raw.raw) is Sent.REFUSED:
                raise ChainError("the node refused a contract: gas limit, price or permission")

    wait_until(lambda: node.next_nonce(deployer) >= len(raws), rebroadcast)
    receipts = [node.receipt(raw.hash) for raw in raws]
    if any(receipt is None or not receipt.succeeded for receipt in receipts):
        raise WrongChain("the deployer's first transactions on this chain were not this ledger's contracts")
    start = min(receipt.block for receipt in receipts if receipt)
    block = node.block(start)
    if block is None:
        raise ChainError(f"the node lost block {start}")
    if _ledger_id(node, ledger) != ledger_id:
        raise WrongChain("another ledger was deployed on this chain before; its data folder is not this one")
    return Deployment(
        ledger_id, chain_id, authority, parties, products, ledger, keccak(node.code(ledger)), block.number, block.hash
    )


def _ledger_id(node: Node, ledger: bytes) -> bytes:
    contract_ = contract("CustodyLedger")
    found: bytes = contract_.result("ledgerId", node.call(ledger, contract_.call("ledgerId")))[0]
    return found


def new_ledger_id() -> bytes:
    return secrets.token_bytes(32)


def wait_until(done: Callable[[], bool], again: Callable[[], None], deadline: float = DEADLINE) -> None:
    end = time.monotonic() + deadline
    while not done():
        if time.monotonic() > end:
            raise ChainError(f"not final after {deadline:.0f} s")
        again()
        time.sleep(0.1)
