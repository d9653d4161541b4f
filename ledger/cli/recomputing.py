"""Reads a whole ledger from a node and holds the recomputation against the contracts' storage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment
from ledger.bindings.registries import CONTRACTS, read_change
from ledger.canonical.abi import Skipped, decode_log
from ledger.canonical.heads import Tag
from ledger.chain.node import LOG_RANGE, Node
from ledger.errors import ChainError
from ledger.proof.recompute import Recomputation


def recompute_and_compare(identity: Path, rpc: str, say: Callable[[str], None]) -> tuple[Recomputation, list[str], int]:
    """The recomputation, all faults, and the block up to which it was read."""
    deployment = Deployment.load(identity)
    node = Node(rpc)
    deployment.check(node)
    height = node.height()
    found = _recompute(node, deployment, height, say)
    return found, found.faults + _compare(node, deployment, found, height), height


def _recompute(node: Node, deployment: Deployment, height: int, say: Callable[[str], None]) -> Recomputation:
    found = Recomputation(deployment.domain)
    registries = {deployment.parties: Tag.PARTIES, deployment.products: Tag.PRODUCTS}
    times: dict[int, int] = {}
    for first in range(deployment.start, height + 1, LOG_RANGE):
        last = min(height, first + LOG_RANGE - 1)
        for log in node.logs((deployment.parties, deployment.products, deployment.ledger), first, last):
            if log.address in registries:
                change = read_change(registries[log.address], log)
                if change is not None:
                    found.change(change.registry, change.number, change.name, change.arguments, change.digest)
                continue
            said = decode_log(log.topics, log.data)
            if said is None or isinstance(said, Skipped):
                continue
            if log.block not in times:
                block = node.block(log.block)
                if block is None:
                    raise ChainError(f"the node does not know block {log.block}")
                times[log.block] = block.timestamp
            found.event(said, times[log.block])
        say(f"read blocks {first} to {last} of {height}: {found.events} events")
    return found


def _compare(node: Node, deployment: Deployment, found: Recomputation, height: int) -> list[str]:
    """What the contracts' storage says otherwise."""
    faults = []
    ledger = contract("CustodyLedger")

    def ask(function: str, *arguments: object) -> object:
        return ledger.result(function, node.call(deployment.ledger, ledger.call(function, *arguments), height))[0]

    if ask("ledgerHead") != found.ledger_head and found.events:
        faults.append("the ledger's head in storage is another: events are missing, added or changed")
    if ask("count") != found.events:
        faults.append(f"the contract counts {ask('count')} events, the logs hold {found.events}")
    for registry, address in ((Tag.PARTIES, deployment.parties), (Tag.PRODUCTS, deployment.products)):
        read = contract(CONTRACTS[registry])
        (head,) = read.result("head", node.call(address, read.call("head"), height))
        if head not in (found.registry_heads[registry], bytes(32)):
            faults.append(f"the head of the {registry.name.lower()} registry in storage is another")
    for subject, head in found.heads.items():
        if ask("headOf", subject) != head:
            faults.append(f"the head of 0x{subject.hex()} in storage is another")
    return faults
