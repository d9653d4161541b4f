"""EAS `multiAttestByDelegation` from its npm package, with the compiler and libraries it pins: like for like, as every attestation
carries an EIP-712 signature that the contract checks."""

from __future__ import annotations

import json
from typing import Any

from coincurve import PrivateKey
from eth_abi.abi import decode, encode
from eth_utils.address import to_checksum_address

from bench.chain import ROOT, Chain
from bench.season import KEYS
from ledger.bindings.deployments import created_address
from ledger.chain.transactions import address_of
from ledger.events.identifiers import keccak

ARTEFACTS = (
    ROOT / "bench" / "node_modules" / "@ethereum-attestation-service" / "eas-contracts" / "artifacts" / "contracts"
)
REQUEST = "(bytes32,(address,uint64,bool,bytes32,bytes,uint256)[],(uint8,bytes32,bytes32)[],address,uint64)[]"
ATTEST = "(address,bytes32,address,uint64,bool,bytes32,bytes32,uint256,uint256,uint64)"
NOBODY = "0x" + "00" * 20


class Eas:
    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._key = PrivateKey(KEYS["a"])
        self.attester = to_checksum_address(address_of(KEYS["a"]))
        registry = self._deploy("SchemaRegistry", b"")
        self.address = self._deploy("EAS", encode(["address"], [to_checksum_address(registry)]))
        schema = keccak(b"register(string,address,bool)")[:4] + encode(
            ["string", "address", "bool"], ["bytes event", NOBODY, False]
        )
        receipt, _ = chain.transact(KEYS["relayer"], registry, schema)
        self.schema = receipt.logs[0].topics[1]
        self._separator = self._ask("getDomainSeparator()", "bytes32")
        self._typehash = self._ask("getAttestTypeHash()", "bytes32")
        self._nonce = 0

    def attest(self, data: list[bytes]) -> int:
        """Gas of one transaction with these attestations, all by one attester."""
        attestations = [(NOBODY, 0, False, bytes(32), each, 0) for each in data]
        signatures = [self._sign(each) for each in data]
        call = keccak(f"multiAttestByDelegation({REQUEST})".encode())[:4] + encode(
            [REQUEST], [[(self.schema, attestations, signatures, self.attester, 0)]]
        )
        receipt, gas = self.chain.transact(KEYS["relayer"], self.address, call, gas=500_000_000)
        if len(receipt.logs) != len(data):
            raise RuntimeError("EAS did not record every attestation")
        return gas

    def _sign(self, data: bytes) -> tuple[int, bytes, bytes]:
        struct = self._typehash + encode(
            ["address", "bytes32", "address", "uint64", "bool", "bytes32", "bytes32", "uint256", "uint256", "uint64"],
            [self.attester, self.schema, NOBODY, 0, False, bytes(32), keccak(data), 0, self._nonce, 0],
        )
        self._nonce += 1
        digest = keccak(b"\x19\x01" + self._separator + keccak(struct))
        signature = self._key.sign_recoverable(digest, hasher=None)
        return 27 + signature[64], signature[:32], signature[32:64]

    def _ask(self, function: str, kind: str) -> Any:
        return decode([kind], self.chain.node.call(self.address, keccak(function.encode())[:4]))[0]

    def _deploy(self, name: str, arguments: bytes) -> bytes:
        artefact = json.loads((ARTEFACTS / f"{name}.sol" / f"{name}.json").read_text())
        creation = bytes.fromhex(artefact["bytecode"][2:]) + arguments
        before = self.chain.node.next_nonce(address_of(KEYS["relayer"]))
        self.chain.transact(KEYS["relayer"], None, creation)
        return created_address(address_of(KEYS["relayer"]), before)
