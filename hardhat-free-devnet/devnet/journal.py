"""The chain's memory: one line a block, durable before anybody hears of the block.

    line 0: checksum SP {"anvil", "base_fee", "chain_id", ...}                       what all hashes depend on
    line n: checksum SP {"number", "timestamp", "hash", "transactions": [raw, ...]}  block n, in mined order

The checksum is the first 16 hex digits of the SHA-256 of the rest of the line: it finds accidents, not tampering.
A last line without its newline was being written when the process died. It was never acknowledged and is cut off.
Any other fault means that something acknowledged is damaged: then nothing is cut and opening stops.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from devnet.settings import DevnetError, Genesis


class JournalError(DevnetError):
    """The journal cannot be read, or could not be written: nothing may be acknowledged after this."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block as the journal keeps it: hash and raw transactions as 0x-hex, timestamp in seconds since 1970."""

    number: int
    timestamp: int
    hash: str
    transactions: tuple[str, ...]


class Journal:
    """An open journal. One writer: whoever opens it holds the data folder's lock."""

    def __init__(self, path: Path) -> None:
        """Read and check every line, cut off a torn last one. Raises JournalError."""
        self.path = path
        kept = 0
        self.height = -1
        with path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                kept += len(line)
                if self.height < 0:
                    self.genesis = self._genesis(line)
                    self.timestamp = self.genesis.timestamp
                    self.height = 0
                else:
                    self._advance(self._block(line, self.height + 1))
        if self.height < 0:
            raise JournalError(f"{path} has no complete first line. It is not a journal, or its file system lost it.")
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        if kept < path.stat().st_size:
            os.ftruncate(self._file, kept)
            os.fsync(self._file)
        self._sound = True

    @classmethod
    def create(cls, path: Path, genesis: Genesis) -> Journal:
        """A new journal holding line 0. If the process dies here there is either no journal or a whole one."""
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(_sealed(asdict(genesis)))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        for folder in (path.parent, path.parent.parent):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            os.fsync(handle)
            os.close(handle)
        return cls(path)

    def append(self, block: Block) -> None:
        """Make the next block durable. When this returns the block may be acknowledged, and not earlier.

        Raises JournalError if the disk refuses; what is on it then is unknown, so the journal takes no further block.
        """
        if not self._sound or block.number != self.height + 1:
            raise JournalError(f"Block {block.number} cannot follow block {self.height} in {self.path}.")
        line = memoryview(_sealed(asdict(block)))
        self._sound = False
        try:
            while line:
                line = line[os.write(self._file, line) :]
            os.fsync(self._file)
        except OSError as fault:
            raise JournalError(
                f"Block {block.number} could not be written to {self.path}: {fault.strerror}."
            ) from fault
        self._sound = True
        self._advance(block)

    def blocks(self) -> Iterator[Block]:
        """All blocks from 1 on, read anew from the disk."""
        with self.path.open("rb") as lines:
            next(lines, b"")
            for number in range(1, self.height + 1):
                yield self._block(next(lines, b""), number)

    def close(self) -> None:
        os.close(self._file)

    def _advance(self, block: Block) -> None:
        self.height = block.number
        self.timestamp = block.timestamp

    def _genesis(self, line: bytes) -> Genesis:
        try:
            return Genesis(**_opened(line))
        except (ValueError, TypeError) as fault:
            raise self._damaged(0) from fault

    def _block(self, line: bytes, number: int) -> Block:
        try:
            fields = _opened(line)
            block = Block(**{**fields, "transactions": tuple(fields["transactions"])})
            if block.number != number:
                raise ValueError(block.number)
        except (ValueError, TypeError, KeyError) as fault:
            raise self._damaged(number) from fault
        return block

    def _damaged(self, number: int) -> JournalError:
        what = f"which holds block {number}" if number else "which says what the chain is made of"
        return JournalError(
            f"Line {number} of {self.path} (counted from 0), {what}, is damaged, though it was written whole. "
            "Nothing was changed. Bring the file back from a copy, or give the chain up with reset."
        )


def _sealed(fields: dict[str, object]) -> bytes:
    body = json.dumps(fields, separators=(",", ":"), sort_keys=True).encode("ascii")
    return _checksum(body) + b" " + body + b"\n"


def _opened(line: bytes) -> dict[str, Any]:
    """The fields of a whole line. Raises ValueError if a bit of it changed."""
    checksum, _, body = line[:-1].partition(b" ")
    if checksum != _checksum(body):
        raise ValueError("checksum")
    fields = json.loads(body)
    if not isinstance(fields, dict):
        raise ValueError("not an object")
    return fields


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:16].encode("ascii")
