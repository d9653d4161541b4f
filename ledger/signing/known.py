"""What this process has verified itself: an event's id, its one encoding and its signature, so that nobody here does it twice."""

from __future__ import annotations

from collections import OrderedDict

from ledger.canonical.body import encode_body
from ledger.events.model import SignedEvent

MOST = 5_000
"""Events, the oldest given up first: what is under way between an acknowledgement and its block."""


class Known:
    """One per process, of one ledger; used by several threads. What it does not know is verified anew, as in another process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, tuple[bytes, SignedEvent]] = OrderedDict()

    def add(self, signed: SignedEvent, body: bytes | None = None) -> None:
        """Its id was computed and its signature made or recovered, here. `body`: its encoding, where it is at hand."""
        self._kept[signed.id] = (encode_body(signed.event) if body is None else body, signed)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def find(self, id: bytes, body: bytes, signature: bytes) -> SignedEvent | None:
        """The event, if it is known with these very bytes."""
        kept = self._kept.get(id)
        return kept[1] if kept is not None and kept[0] == body and kept[1].signature == signature else None
