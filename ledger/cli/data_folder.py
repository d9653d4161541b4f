"""A data folder of this machine, for verbs that read and mend files and do not ask the gateway."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node
from ledger.cli.client import Client, Unreachable
from ledger.errors import StoreError
from ledger.recording.rewrapping import KeyEncryptionKeys

rpc_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--rpc", help="The node's address, where no stack runs in the data folder."
)


@dataclass(frozen=True, slots=True)
class DataFolder:
    path: Path
    rpc: str | None

    @classmethod
    def of(cls, client: Client, rpc: str | None = None) -> DataFolder:
        if client.stack.data is None:
            raise Unreachable("This looks at files: give --data of a data folder on this machine, not --url.")
        return cls(client.stack.data, rpc or client.stack.rpc)

    @property
    def database(self) -> Path:
        return self.path / "nguon.db"

    @property
    def identity(self) -> Path:
        return self.path / "ledger.json"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def remembered_chain(self) -> Path:
        """The auditor's own: what the chain says, as far as it read."""
        return self.path / "audit.db"

    def chain(self) -> tuple[Node, Deployment]:
        """The node, which was asked whether it is this ledger's."""
        if self.rpc is None:
            raise Unreachable("This needs the chain: give --data of a running stack, or --rpc.")
        if not self.identity.exists():
            raise StoreError(f"{self.identity} is not there: it says which ledger this is")
        node, deployment = Node(self.rpc), Deployment.load(self.identity)
        deployment.check(node)
        return node, deployment

    def keks(self) -> KeyEncryptionKeys | None:
        """None where there are no secrets: then nothing can be opened, and nothing is said of that."""
        return KeyEncryptionKeys(self.secrets) if self.secrets.exists() else None

    @contextmanager
    def without_gateway(self) -> Iterator[None]:
        """Holds the gateway's own lock: while this lasts none serves the folder. Raises StoreError if one does."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "gateway.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(f"a gateway serves {self.path}: stop it first") from error
            yield
