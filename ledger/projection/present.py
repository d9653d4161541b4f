"""Rows as the JSON of the API: URIs and words instead of hashes and numbers. One of these lives within one snapshot."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import rfc8785

from ledger.canonical import content as contents
from ledger.canonical.body import decode_body
from ledger.canonical.strict_json import strict_loads
from ledger.errors import Refusal
from ledger.events.identifiers import batch_id
from ledger.events.model import ZERO32, Event, Kind, Make, Move, Provenance, Shape, Unit

Json = dict[str, Any]
UNIT_WORD = {Unit.GRAM: "g", Unit.MILLILITRE: "ml", Unit.PIECE: "pieces"}
GTIN_URI = "https://id.gs1.org/01/"
PROFILE_DEPTH = 16


def hexed(value: bytes) -> str:
    return "0x" + value.hex()


def timestamp(seconds: int | None) -> str | None:
    """RFC 3339 in UTC; None for none, and for times beyond what a calendar holds."""
    if seconds is None or not 0 <= seconds < 253_402_300_800:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


class Presenter:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._parties: dict[bytes, Json] = {}
        self._products: dict[bytes, Json] = {}
        self._batches: dict[bytes, Json] = {}

    def party(self, party: bytes) -> Json:
        if party not in self._parties:
            row = self._db.execute("SELECT * FROM parties WHERE id = ?", (party,)).fetchone()
            if row is None:
                return {"id": hexed(party), "name": hexed(party), "profile": {}}
            profile = _profile(row["profile"])
            self._parties[party] = {"id": row["uri"], "name": profile.get("name", row["uri"]), "profile": profile}
        return self._parties[party]

    def product(self, product: bytes) -> Json:
        if product not in self._products:
            row = self._db.execute("SELECT * FROM products WHERE id = ?", (product,)).fetchone()
            if row is None:
                return {"id": hexed(product), "gtin": None, "unit": None, "name": hexed(product), "profile": {}}
            profile = _profile(row["profile"])
            gtin = row["uri"].removeprefix(GTIN_URI) if row["uri"].startswith(GTIN_URI) else None
            self._products[product] = {
                "id": row["uri"], "gtin": gtin, "unit": UNIT_WORD[Unit(row["unit"])],
                "name": profile.get("name", row["uri"]), "profile": profile,
            }  # fmt: skip
        return self._products[product]

    def batch(self, batch: bytes) -> Json:
        """A batch by name: id, product, origin, lot. What was only ever named keeps its id alone."""
        if batch not in self._batches:
            row = self._db.execute("SELECT product, origin, lot FROM batches WHERE id = ?", (batch,)).fetchone()
            if row is None:
                return {"batch": hexed(batch), "product": None, "origin": None, "lot": None}
            self._batches[batch] = self._name(batch, row["product"], row["origin"], row["lot"])
        return self._batches[batch]

    def event(self, row: sqlite3.Row) -> Json:
        """A recorded event from its row in `events`."""
        event = decode_body(Shape(row["shape"]), row["body"])
        shown = self._event(row["id"], event, row["party"], row["signature"])
        return shown | {
            "state": "final", "law": None, "recorded_at": timestamp(row["recorded_at"]), "block": row["block"],
            "log_index": row["log_index"], "position": row["seq"],
        }  # fmt: skip

    def pending(self, id: bytes, event: Event, party: bytes, signature: bytes, state: str, law: str | None) -> Json:
        """An acknowledged event that the chain does not show yet."""
        shown = self._event(id, event, party, signature)
        return shown | {
            "state": state, "law": law, "recorded_at": None, "block": None, "log_index": None, "position": None
        }  # fmt: skip

    def _name(self, batch: bytes, product: bytes, origin: bytes, lot: bytes) -> Json:
        return {
            "batch": hexed(batch), "product": self.product(product), "origin": self.party(origin), "lot": text(lot)
        }  # fmt: skip

    def _event(self, id: bytes, event: Event, party: bytes, signature: bytes) -> Json:
        try:
            content, canonical = contents.check(event.content), True
        except Refusal:
            content, canonical = {}, False
        word = self._kinds.get(event.kind, str(event.kind))
        return {
            "id": hexed(id),
            "kind": word,
            "party": self.party(party),
            "signer": hexed(event.signer),
            "nonce": str(event.nonce),
            "occurred_at": timestamp(event.occurred_at),
            "captured_at": _text_only(content.get("nguon:captured")),
            **self._acting(event, party),
            "content": content,
            "content_canonical": canonical,
            "derived": "nguon:derived" in content,
            "signature": hexed(signature),
        }

    def _acting(self, event: Event, party: bytes) -> Json:
        shown: Json = {
            "inputs": [], "outputs": [], "batch_ref": None, "quantity": None, "to": None, "target": None, "place": None,
            "owner": None, "holder": None, "batches": [], "provenance": None, "items_root": None, "first_index": None,
        }  # fmt: skip
        if isinstance(event, Make):
            shown["inputs"] = [self.batch(i.batch) | {"quantity": i.quantity} for i in event.inputs]
            shown["outputs"] = [
                self._name(batch_id(o.product, party, o.lot), o.product, party, o.lot)
                | {"quantity": o.quantity, "open_until": timestamp(o.open_until) if o.open_until else None}
                for o in event.outputs
            ]
            if event.kind == Kind.COMMISSION:
                shown["provenance"] = Provenance(event.provenance).name.lower()
            if event.kind == Kind.PACK:
                shown |= {"items_root": hexed(event.items_root), "first_index": event.first_index}
        elif isinstance(event, Move):
            shown |= {
                "batch_ref": self.batch(event.batch), "quantity": event.quantity,
                "to": None if event.to == ZERO32 else self.party(event.to),
                "holder": None if event.holder == ZERO32 else self.party(event.holder),
                "target": None if event.target == ZERO32 else hexed(event.target),
            }  # fmt: skip
        else:
            shown |= {
                "batch_ref": self.batch(event.batches[0]) if len(event.batches) == 1 else None,
                "batches": [self.batch(batch) for batch in event.batches],
                "place": text(event.place) or None,
                "owner": None if event.owner == ZERO32 else self.party(event.owner),
                "target": None if event.target == ZERO32 else hexed(event.target),
            }
        return shown

    @cached_property
    def _kinds(self) -> dict[int, str]:
        return {int(kind): kind.word for kind in Kind}


def _text_only(said: object) -> str | None:
    """A member's value where its meaning is a text: whoever signs may put anything there."""
    return said if isinstance(said, str) else None


def _profile(stored: str) -> Json:
    """A profile is the council's JSON object; anything else counts as an empty one, and breaks no page."""
    try:
        found = strict_loads(stored.encode("utf-8", "surrogatepass"), PROFILE_DEPTH)
        rfc8785.dumps(found)  # no fractions: nothing that a JSON answer could not show
    except (Refusal, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
