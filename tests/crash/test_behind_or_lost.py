"""A node that ends below what was followed: is it behind, or has the chain lost blocks? Taken for lost too soon, pages show an
older state; too late, and acknowledged events wait for blocks that never come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from devnet.keys import worthless

from ledger.bindings.deployments import Deployment, deploy, new_ledger_id
from ledger.chain.node import Block, Node
from ledger.errors import ChainError, RolledBack
from ledger.projection.follower import BLOCKS_AT_ONCE, Follower
from tests.crash.ledger_parts import Parts
from tests.crash.test_write_path import strange
from tests.devnet_process import CHAIN_ID, devnet

PATIENCE = 30.0


class Short(Node):
    """A node that shows no block above `ends`, and another one at `other`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.ends = super().height()
        self.other: int | None = None

    def height(self) -> int:
        return self.ends

    def block(self, number: int) -> Block | None:
        found = super().block(number) if number <= self.ends else None
        return replace(found, hash=bytes(32)) if found and number == self.other else found


@dataclass
class Watch:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """A chain that was followed past its first checkpoint."""
    with devnet(tmp_path_factory.mktemp("chain"), beat=0.01) as chain:
        council = bytes.fromhex(worthless("council", CHAIN_ID).address[2:])
        node = Node(chain.rpc)
        deployment: Deployment = deploy(
            node, worthless("deployer", CHAIN_ID).private, council, new_ledger_id(), CHAIN_ID
        )
        folder: Path = tmp_path_factory.mktemp("data") / "data"
        Parts.prepare(folder, deployment)
        made = Parts(folder, chain.rpc)
        made.populate()
        while node.height() < BLOCKS_AT_ONCE + 5:
            strange(made, bytes(31) + b"\x09", bytes(20), b"")
        made.catch_up()
        yield made


def followed(parts: Parts, patience: float | None) -> tuple[Short, Watch, Follower]:
    node, watch = Short(parts.rpc), Watch()
    follower = Follower(parts.store, node, parts.deployment, patience=patience, clock=watch)
    assert follower.step() == 0
    return node, watch, follower


def behind(follower: Follower) -> None:
    with pytest.raises(ChainError, match="is behind") as raised:
        follower.step()
    assert not isinstance(raised.value, RolledBack)


def test_a_checkpoint_says_what_was_followed(parts: Parts) -> None:
    (row,) = parts.store.read().execute("SELECT * FROM checkpoints").fetchall()
    block = parts.node.block(BLOCKS_AT_ONCE)
    assert block is not None
    assert (row["block"], row["hash"], row["count"]) == (block.number, block.hash, 0)


def test_a_chain_that_stands_still_has_lost_blocks(parts: Parts) -> None:
    node, watch, follower = followed(parts, PATIENCE)
    node.ends = BLOCKS_AT_ONCE + 1
    behind(follower)
    watch.now += PATIENCE - 1
    behind(follower)
    node.ends += 1  # it comes: patience begins anew
    behind(follower)
    watch.now += PATIENCE - 1
    behind(follower)
    watch.now += 1
    with pytest.raises(RolledBack) as lost:
        follower.step()
    assert lost.value.ancestor == BLOCKS_AT_ONCE + 2


def test_where_no_chain_loses_blocks_a_node_is_waited_for(parts: Parts) -> None:
    node, watch, follower = followed(parts, None)
    whole, node.ends = node.ends, BLOCKS_AT_ONCE + 1
    behind(follower)
    watch.now += 1_000_000
    behind(follower)
    node.ends = whole
    assert follower.step() == 0


def test_another_history_is_known_by_its_checkpoints(parts: Parts) -> None:
    """A lower height and another block at a checkpoint: nothing to wait for, however patient one is."""
    node, _, follower = followed(parts, None)
    node.ends, node.other = BLOCKS_AT_ONCE + 1, BLOCKS_AT_ONCE
    with pytest.raises(RolledBack) as lost:
        follower.step()
    assert lost.value.ancestor == parts.deployment.start


def test_another_block_at_the_cursor_is_a_loss(parts: Parts) -> None:
    node, _, follower = followed(parts, None)
    node.other = node.ends
    with pytest.raises(RolledBack) as lost:
        follower.step()
    assert lost.value.ancestor == BLOCKS_AT_ONCE
