"""Who may change the registries: the roles of the AccessManager (docs/spec/ledger.md, Council), and the calls on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from eth_utils.address import to_checksum_address

from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node

MANAGER = "AccessManager"
ADMINISTRATOR = 0
Change = tuple[bytes, bytes]
"""A registry's address, and the call to it."""


class CouncilRole(IntEnum):
    ADMITTING = 1
    SUSPENDING = 2
    YIELDS = 3
    INSPECTORS = 4


POWERS: dict[CouncilRole, dict[str, tuple[str, ...]]] = {
    CouncilRole.ADMITTING: {
        "PartyRegistry": ("admit", "setRoles", "setProfile", "setSigner"),
        "ProductRegistry": ("register", "setMaker", "setProfile"),
    },
    CouncilRole.SUSPENDING: {"PartyRegistry": ("setStatus",)},
    CouncilRole.YIELDS: {"ProductRegistry": ("setYield",)},
    CouncilRole.INSPECTORS: {"PartyRegistry": ("setInspector",)},
}


def set_up(deployment: Deployment, member: bytes, delays: Mapping[CouncilRole, int]) -> bytes:
    """One call, all or nothing, by the AccessManager's first administrator: four roles, what each may do, and `member` in
    each. `delays`: seconds between a role's two steps; none given, none waited."""
    manager = contract(MANAGER)
    registries = {"PartyRegistry": deployment.parties, "ProductRegistry": deployment.products}
    calls = []
    for role, powers in POWERS.items():
        calls.append(manager.call("labelRole", role, role.name))
        for registry, functions in powers.items():
            selectors = [contract(registry).selector(function) for function in functions]
            target = to_checksum_address(registries[registry])
            calls.append(manager.call("setTargetFunctionRole", target, selectors, role))
        calls.append(manager.call("grantRole", role, to_checksum_address(member), delays.get(role, 0)))
    return manager.call("multicall", calls)


def is_set_up(node: Node, deployment: Deployment) -> bool:
    """Whether `set_up` was final: it is one transaction, so its last role tells of all."""
    manager, registry = contract(MANAGER), to_checksum_address(deployment.parties)
    call = manager.call("getTargetFunctionRole", registry, contract("PartyRegistry").selector("setInspector"))
    return bool(manager.result("getTargetFunctionRole", node.call(deployment.authority, call))[0] != ADMINISTRATOR)


def make(changes: Iterable[Change]) -> bytes:
    """All of these or none; one whose role has a delay must have been announced, and its delay be over."""
    manager = contract(MANAGER)
    return manager.call("multicall", [manager.call("execute", to_checksum_address(to), call) for to, call in changes])


def announce(changes: Iterable[Change]) -> bytes:
    """The first of two steps: from now the delay runs, and everybody can see what is coming."""
    manager = contract(MANAGER)
    calls = [manager.call("schedule", to_checksum_address(to), call, 0) for to, call in changes]
    return manager.call("multicall", calls)


def take_back(changes: Iterable[Change], announced_by: bytes) -> bytes:
    """What was announced and not made is announced no longer."""
    manager, caller = contract(MANAGER), to_checksum_address(announced_by)
    calls = [manager.call("cancel", caller, to_checksum_address(to), call) for to, call in changes]
    return manager.call("multicall", calls)
