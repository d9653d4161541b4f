"""One chain and one gateway for all end-to-end tests of a worker; each test uses parties and products of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, gateway


@pytest.fixture(scope="session")
def nguon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("nguon")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as running:
        # The CLI finds a stack by its record; tests start the two halves themselves.
        (folder / "stack.json").write_text(json.dumps({"gateway": running.url, "rpc": chain.rpc}))
        yield running
