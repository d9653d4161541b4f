"""Reads a whole ledger from a node and holds the recomputation against the contracts' storage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eth_abi.exceptions import DecodingError

from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment
from ledger.bindings.registries import CONTRACTS, read_change
from ledger.canonical.abi import decode_log
from ledger.canonical.heads import Tag
from ledger.chain.node import LOG_RANGE, Log, Node
from ledger.errors import ChainError, Refusal
from ledger.events.model import SignedEvent
from ledger.proof.recompute import Recomputation


@dataclass(frozen=True, slots=True)
class Stored:
    """What the contracts' storage says: heads of ledger, registries and subjects, and how many events there are."""

    ledger_head: bytes
    count: int
    registry_heads: Mapping[Tag, bytes]
    heads: Mapping[bytes, bytes]


def recompute_and_compare(identity: Path, rpc: str, say: Callable[[str], None]) -> tuple[Recomputation, list[str], int]:
    """The recomputation, all faults, and the block up to which it was read."""
    deployment = Deployment.load(identity)
    node = Node(rpc)
    deployment.check(node)
    height = node.height()
    found = recompute(deployment, read_logs(node, deployment, height, say))
    return found, compare(found, read_storage(node, deployment, found.heads, height)), height


def read_logs(node: Node, deployment: Deployment, height: int, say: Callable[[str], None]) -> Iterator[tuple[Log, int]]:
    """Every log of the three contracts with the time of its block, in chain order."""
    contracts = (deployment.parties, deployment.products, deployment.ledger)
    number, time = -1, 0
    for first in range(deployment.start, height + 1, LOG_RANGE):
        last = min(height, first + LOG_RANGE - 1)
        for log in node.logs(contracts, first, last):
            if log.block != number:
                block = node.block(log.block)
                if block is None:
                    raise ChainError(f"the node does not know block {log.block}")
                number, time = log.block, block.timestamp
            yield log, time
        say(f"read blocks {first} to {last} of {height}")


def recompute(deployment: Deployment, logs: Iterable[tuple[Log, int]]) -> Recomputation:
    """What these logs say the ledger is, and what no honest ledger would say."""
    found = Recomputation(deployment.domain)
    registries = {deployment.parties: Tag.PARTIES, deployment.products: Tag.PRODUCTS}
    for log, time in logs:
        try:
            if log.address in registries:
                change = read_change(registries[log.address], log)
                if change is not None:
                    found.change(change.registry, change.number, change.name, change.arguments, change.digest)
            elif isinstance(said := decode_log(log.topics, log.data), SignedEvent):
                found.event(said, time)
        except KeyError:
            found.faults.append(f"log {log.index} of block {log.block} changes what no log registered")
        except (Refusal, DecodingError) as error:
            found.faults.append(f"log {log.index} of block {log.block} is no log of this ledger: {error}")
    return found


def read_storage(node: Node, deployment: Deployment, subjects: Iterable[bytes], height: int) -> Stored:
    """What the contracts say of themselves and of these subjects as of this block."""
    ledger = contract("CustodyLedger")

    def ask(function: str, *arguments: object) -> bytes:
        return node.call(deployment.ledger, ledger.call(function, *arguments), height)

    registry_heads = {}
    for registry, address in ((Tag.PARTIES, deployment.parties), (Tag.PRODUCTS, deployment.products)):
        read = contract(CONTRACTS[registry])
        (registry_heads[registry],) = read.result("head", node.call(address, read.call("head"), height))
    return Stored(
        ledger.result("ledgerHead", ask("ledgerHead"))[0],
        ledger.result("count", ask("count"))[0],
        registry_heads,
        {subject: ledger.result("headOf", ask("headOf", subject))[0] for subject in subjects},
    )


def compare(found: Recomputation, stored: Stored) -> list[str]:
    """All faults: those of the recomputation, and what the storage says otherwise."""
    faults = list(found.faults)
    if stored.ledger_head != found.ledger_head:
        faults.append("the ledger's head in storage is another: events are missing, added or changed")
    if stored.count != found.events:
        faults.append(f"the contract counts {stored.count} events, the logs hold {found.events}")
    for registry, head in stored.registry_heads.items():
        if head != found.registry_heads[registry]:
            faults.append(f"the head of the {registry.name.lower()} registry in storage is another")
    for subject, head in found.heads.items():
        if stored.heads.get(subject) != head:
            faults.append(f"the head of 0x{subject.hex()} in storage is another")
    return faults
