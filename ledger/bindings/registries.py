"""Changes of the two registries: the council's calls, and the logs they leave (docs/spec/event.md, section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.bindings.abi import contract
from ledger.canonical.heads import CHANGES, Tag, registry_change
from ledger.canonical.typed_data import SignerChange
from ledger.chain.node import Log, Node

CONTRACTS: dict[Tag, str] = {Tag.PARTIES: "PartyRegistry", Tag.PRODUCTS: "ProductRegistry"}


@dataclass(frozen=True, slots=True)
class RegistryChange:
    registry: Tag
    name: str
    number: int
    arguments: dict[str, Any]
    digest: bytes


def read_change(registry: Tag, log: Log) -> RegistryChange | None:
    """The change in a registry's log; None for a log that is no change (the authority's own)."""
    kind = contract(CONTRACTS[registry]).logs.get(log.topics[0]) if log.topics else None
    number = next((n for n, change in CHANGES[registry].items() if kind and change.log == kind.name), None)
    if kind is None or number is None:
        return None
    values = kind.read(log)
    raw = [
        bytes.fromhex(v[2:]) if k == "address" else v
        for (_, k, _), v in zip(kind.arguments, values.values(), strict=True)
    ]
    readable = {
        name: value.decode("utf-8", "replace") if k == "string" else value
        for (name, k, _), value in zip(kind.arguments, raw, strict=True)
    }
    return RegistryChange(registry, kind.name, number, readable, registry_change(registry, number, raw))


def admit(uri: str, roles: int, profile: str) -> bytes:
    return contract("PartyRegistry").call("admit", uri, roles, profile)


def set_status(party: bytes, status: int) -> bytes:
    return contract("PartyRegistry").call("setStatus", party, status)


def set_roles(party: bytes, roles: int) -> bytes:
    return contract("PartyRegistry").call("setRoles", party, roles)


def set_inspector(party: bytes, inspector: bool) -> bytes:
    return contract("PartyRegistry").call("setInspector", party, inspector)


def set_party_profile(party: bytes, profile: str) -> bytes:
    return contract("PartyRegistry").call("setProfile", party, profile)


def set_signer(party: bytes, signer: bytes, valid_from: int, valid_to: int, custody: int) -> bytes:
    return contract("PartyRegistry").call("setSigner", party, signer, valid_from, valid_to, custody)


def rotations_of(node: Node, registry: bytes, party: bytes) -> int:
    """How often the party changed its keys, which is the number of its next change."""
    call = contract("PartyRegistry").call("rotationsOf", party)
    return int(contract("PartyRegistry").result("rotationsOf", node.call(registry, call))[0])


def rotate(change: SignerChange | tuple[bytes, bytes, int, int, int, int], signature: bytes) -> bytes:
    """`change`: party, signer, from, to, custody, rotation, as signed (docs/spec/law.md, Governance); 64 bytes of EIP-2098."""
    return contract("PartyRegistry").call("rotate", change, signature[:32], signature[32:])


def register(uri: str, unit: int, stage: int, brand_owner: bytes, is_open: bool, profile: str) -> bytes:
    return contract("ProductRegistry").call("register", uri, unit, stage, brand_owner, is_open, profile)


def set_maker(product: bytes, party: bytes, listed: bool) -> bytes:
    return contract("ProductRegistry").call("setMaker", product, party, listed)


def set_yield(input_product: bytes, output_product: bytes, per_million: int) -> bytes:
    return contract("ProductRegistry").call("setYield", input_product, output_product, per_million)
