"""What the gateway is told at its start. Read once, from the command line; nothing else reads the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ledger.bindings.council import CouncilRole


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` holds database, keys and ledger identity; `public_url` is what QR codes begin with; `name` tells the workers
    of one data folder apart; `rpc` is the node's address, or who knows it at the moment; `council_delays`, in seconds, are
    given to the council's roles once, on a fresh ledger.

    `standstill`: seconds for which a development chain that ends below what was followed may still be coming. It is as long as
    its journal: what stays away so long was lost. Other chains lose no block, and are waited for."""

    data: Path
    rpc: str | Callable[[], str]
    port: int
    public_url: str
    name: str = "gateway"
    host: str = "127.0.0.1"
    chain_id: int = 31337
    standstill: float = 30.0
    council_delays: Mapping[CouncilRole, int] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.data / "nguon.db"

    @property
    def visits(self) -> Path:
        """Counts of looks, apart: no backup has them."""
        return self.data / "visits.db"

    @property
    def deployment(self) -> Path:
        return self.data / "ledger.json"

    @property
    def record(self) -> Path:
        """Where this process says which address it got."""
        return self.data / f"{self.name}.json"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"
