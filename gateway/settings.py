"""What the gateway is told at its start. Read once, from the command line; nothing else reads the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` holds database, keys and ledger identity; `public_url` is what QR codes begin with."""

    data: Path
    rpc: str
    port: int
    public_url: str
    host: str = "127.0.0.1"
    chain_id: int = 31337

    @property
    def database(self) -> Path:
        return self.data / "nguon.db"

    @property
    def deployment(self) -> Path:
        return self.data / "ledger.json"

    @property
    def record(self) -> Path:
        """Where this process says which address it got."""
        return self.data / "gateway.json"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"
