"""A chain with a ledger on it, and a data folder with parties and goods of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from devnet.keys import worthless

from ledger.bindings.deployments import Deployment, deploy, new_ledger_id
from ledger.chain.node import Node
from tests.crash.ledger_parts import Parts
from tests.devnet_process import CHAIN_ID, devnet


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Deployment]]:
    """The chain's address, and what was deployed there."""
    with devnet(tmp_path_factory.mktemp("chain"), beat=0.02) as chain:
        council = bytes.fromhex(worthless("council", CHAIN_ID).address[2:])
        key = worthless("deployer", CHAIN_ID).private
        yield chain.rpc, deploy(Node(chain.rpc), key, council, new_ledger_id(), CHAIN_ID)


@pytest.fixture
def parts(ground: tuple[str, Deployment], tmp_path: Path) -> Iterator[Parts]:
    Parts.prepare(tmp_path / "data", ground[1])
    made = Parts(tmp_path / "data", ground[0])
    made.populate()
    yield made
    made.store.close()  # SQLite knows an open file by a number that a later test's file may get
