"""What can go wrong, named.

LedgerError                 everything this library raises on purpose
├── Refusal                 the law or the form forbids it; carries the law's name and its numbers
├── NotFound                no such batch, event, party or product
├── ChainError              the node is away, behind, or answers nonsense
│   ├── WrongChain          the node answers for another ledger
│   └── RolledBack          the node has this ledger, and lost blocks of it
├── StoreBusy               the database cannot be used just now; nothing was changed
└── StoreError              the database cannot keep a promise; the process must stop
"""

from __future__ import annotations

from typing import Any


class LedgerError(Exception):
    """Base of all errors of this library."""


class Refusal(LedgerError):
    """A statement that the ledger does not accept.

    `law` is the name of the custom error in docs/spec/law.md, or of a rule about form (docs/spec/event.md).
    `numbers` are that error's arguments by name: ints, bytes, strings.
    """

    def __init__(self, law: str, **numbers: Any) -> None:
        self.law = law
        self.numbers = numbers
        shown = ", ".join(f"{k}={'0x' + v.hex() if isinstance(v, bytes) else v}" for k, v in numbers.items())
        super().__init__(f"{law}({shown})")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refusal) and (self.law, self.numbers) == (other.law, other.numbers)

    def __hash__(self) -> int:
        return hash(self.law)


class NotFound(LedgerError):
    """Nothing is known under this name."""


class ChainError(LedgerError):
    """The node could not be asked, or what it answered cannot be used. Trying again may help."""


class WrongChain(ChainError):
    """The node is up and answers for another ledger. Trying again does not help."""


class RolledBack(ChainError):
    """The node has this ledger, but not the blocks that were followed after `ancestor`."""

    def __init__(self, ancestor: int, followed: int) -> None:
        super().__init__(f"the chain lost what came after block {ancestor}; block {followed} had been followed")
        self.ancestor = ancestor


class StoreBusy(LedgerError):
    """The database cannot be used just now: another process holds it, or the disk is full.

    Nothing was changed; trying again may help.
    """


class StoreError(LedgerError):
    """A commit failed. Nothing may be acknowledged after this; the process stops and starts from disk."""
