"""What a development chain is made of: where it lives, what its hashes depend on, where its tools lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
DEVNET_CHAIN_ID = 31337
HARDFORK = "london"
GAS_LIMIT = 1_000_000_000
NO_COINBASE = "0x" + "00" * 20


class DevnetError(Exception):
    """Stops the development chain; its text is a plain sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """Everything a block hash depends on besides the transactions and their times; line 0 of the journal.

    `timestamp` is the genesis block's, in seconds since 1970; `anvil` its version, such as `1.7.1`.
    """

    anvil: str
    chain_id: int
    timestamp: int
    hardfork: str = HARDFORK
    gas_limit: int = GAS_LIMIT
    base_fee: int = 0
    coinbase: str = NO_COINBASE


@dataclass(frozen=True, slots=True)
class Settings:
    """One start of one chain. `beat` is the least time between two blocks, in seconds; port 0 means any free one."""

    data: Path
    port: int = 0
    chain_id: int = DEVNET_CHAIN_ID
    beat: float = 1.0

    @property
    def journal(self) -> Path:
        return self.data / "journal.jsonl"

    @property
    def record(self) -> Path:
        return self.data / "devnet.json"

    @property
    def lock(self) -> Path:
        return self.data / "lock"

    @property
    def scratch(self) -> Path:
        """Anvil's own files; worth nothing once it has ended."""
        return self.data / "anvil"


def find_anvil(checkout: Path = CHECKOUT) -> Path:
    """The pinned Anvil among the checkout's npm packages. Raises DevnetError if it was not installed."""
    modules = checkout / "node_modules"
    for candidate in (modules / ".bin" / "anvil", *sorted(modules.glob("@foundry-rs/anvil-*/bin/anvil"))):
        if candidate.is_file():
            return candidate
    raise DevnetError(
        f"Anvil is not installed under {modules}. Run `npm ci` in the checkout; the pinned package is for Linux "
        "on x86-64."
    )
