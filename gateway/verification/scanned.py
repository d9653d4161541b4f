"""What is known of the one item whose code was scanned, as the page needs it. The room that counts visits is not known here."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import Request

from ledger.errors import Refusal
from ledger.items.serial import LENGTH
from ledger.labels.issued import State

NEVER_ISSUED: Final[tuple[State, ...]] = ("not_issued", "malformed")


@dataclass(frozen=True, slots=True)
class Looks:
    """At this item by others than who asks: how many, the day of the `first`, and since when they are counted here. `unusual`:
    networks and days, where they are more than one pack explains."""

    visits: int
    first: date | None
    since: date
    unusual: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class ScannedItem:
    """`final`: whether the Pack that would have issued it is on the chain for good. `looks` None: they are not known now."""

    serial: str
    state: State
    final: bool
    looks: Looks | None


def scanned_item(request: Request, story: Mapping[str, Any], serial: str) -> ScannedItem:
    """Raises LedgerError where nothing can be looked up."""
    state = request.app.state
    batch = bytes.fromhex(str(story["batch"]).removeprefix("0x"))
    try:
        shown = state.issued.shown(batch, serial)
    except Refusal as refusal:
        if refusal.law != "SerialForm":
            raise
        return ScannedItem(serial if len(serial) <= LENGTH else serial[:LENGTH] + "…", "malformed", True, None)
    final = shown.pack is None or shown.pack.final
    looks = _looks(request, batch, shown.index) if shown.state == "registered" else None
    return ScannedItem(serial, shown.state, final, looks)


def _looks(request: Request, batch: bytes, index: int) -> Looks | None:
    address = request.client.host if request.client else ""
    try:
        seen = request.app.state.visits.seen(batch, index, address, request.headers.get("user-agent", ""))
    except sqlite3.Error:
        return None
    unusual = seen.unusual and (seen.unusual.networks, seen.unusual.days)
    return Looks(seen.visits, seen.first, seen.since, unusual)
