"""Passwords of people: argon2id with the least that OWASP's Password Storage Cheat Sheet asks for (19 MiB, two passes,
one lane). Two are reckoned at a time in a process, so a flood of them holds neither its memory nor its processors."""

from __future__ import annotations

import threading
import unicodedata
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from ledger.errors import Refusal

SHORTEST: Final = 10
LONGEST: Final = 200
_DIFFERENT: Final = 5
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_two = threading.BoundedSemaphore(2)
_NOBODYS: Final = _hasher.hash("nobody has this password")


def chosen(password: str, *known: str) -> str:
    """The hash of a new password. Raises `PasswordRefused`. `known`: names that stand beside it and are no secret."""
    shown = _as_typed(password)
    if len(shown) < SHORTEST:
        raise Refusal("PasswordRefused", reason="short")
    if len(shown) > LONGEST:
        raise Refusal("PasswordRefused", reason="long")
    if len(set(shown)) < _DIFFERENT or any(name and shown.casefold() in name.casefold() for name in known):
        raise Refusal("PasswordRefused", reason="plain")
    with _two:
        return _hasher.hash(shown)


def fits(kept: str | None, password: str) -> bool:
    """Takes as long where there is nothing to compare with."""
    shown = _as_typed(password)[: LONGEST + 1]
    with _two:
        try:
            return _hasher.verify(kept or _NOBODYS, shown) and kept is not None
        except (Argon2Error, InvalidHashError):
            return False


def _as_typed(password: str) -> str:
    """Two keyboards write one Vietnamese letter in two ways; both mean the same password."""
    return unicodedata.normalize("NFKC", password)
