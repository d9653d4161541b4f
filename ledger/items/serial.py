"""Serials: 20 characters that name one item of a batch and that nobody without the label key can invent (docs/spec/items.md, 1).

20 bits say which item it is, 80 bits of HMAC that it was issued. Nothing is stored per item: the key makes them all again.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Final

from ledger.errors import Refusal
from ledger.events.model import ITEM_LIMIT

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without I, L, O and U: all in GS1's set 82, all in the alphanumeric mode of a QR code."""
LENGTH: Final = 20
_MAC_BITS: Final = 80
_PAIRS: Final = [(high + low).encode("ascii") for high in ALPHABET for low in ALPHABET]
_VALUE: Final = {letter: value for value, letter in enumerate(ALPHABET)}
_MEANT: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def label_key(secret: bytes, batch: bytes) -> bytes:
    """The 32-byte key of a batch (32-byte id), of its party's label secret (32 bytes)."""
    return hmac.digest(secret, b"nguon.label-key" + batch, "sha256")


def serial(key: bytes, index: int) -> str:
    """The serial of the item at `index` of the batch. Raises ValueError above the most that a batch may have."""
    return next(serials(key, index, 1)).decode("ascii")


def serials(key: bytes, first: int, count: int) -> Iterator[bytes]:
    """Of `count` items from `first` on, in order, as ASCII. Raises ValueError above the most that a batch may have."""
    if first < 0 or count < 0 or first + count > ITEM_LIMIT:
        raise ValueError(f"a batch has no items {first} to {first + count - 1}")
    mac = _mac(key)
    return (_encoded(index << _MAC_BITS | mac(index)) for index in range(first, first + count))


def index_of(text: str) -> int:
    """Which item a serial says it is of; whether it was issued is another question. Raises `SerialForm(length)`."""
    if len(text) != LENGTH or not _VALUE.keys() >= set(text):
        raise Refusal("SerialForm", length=LENGTH)
    a, b, c, d = (_VALUE[letter] for letter in text[:4])
    return a << 15 | b << 10 | c << 5 | d


def typed(text: str) -> str:
    """A serial as somebody may type it from a label: small letters, groups, O for 0. What is none stays none."""
    return text[: 4 * LENGTH].upper().translate(_MEANT)


def _mac(key: bytes) -> Callable[[int], int]:
    """80 bits of HMAC-SHA-256 of an index in four bytes. The key is hashed in once: a million take a third of the time."""
    inner, outer = (sha256(bytes(each ^ pad for each in key.ljust(64, b"\0"))) for pad in (0x36, 0x5C))

    def mac(index: int) -> int:
        within, around = inner.copy(), outer.copy()
        within.update(index.to_bytes(4, "big"))
        around.update(within.digest())
        return int.from_bytes(around.digest()[: _MAC_BITS // 8], "big")

    return mac


def _encoded(bits: int) -> bytes:
    pairs = _PAIRS
    return b"".join(
        (
            pairs[bits >> 90], pairs[bits >> 80 & 1023], pairs[bits >> 70 & 1023], pairs[bits >> 60 & 1023],
            pairs[bits >> 50 & 1023], pairs[bits >> 40 & 1023], pairs[bits >> 30 & 1023], pairs[bits >> 20 & 1023],
            pairs[bits >> 10 & 1023], pairs[bits & 1023],
        )
    )  # fmt: skip
