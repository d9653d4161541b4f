"""From a draft to acting fields: names become ids, by what is final and what is pending."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ledger.errors import Refusal
from ledger.events import identifiers
from ledger.events.model import ZERO32, Event, Input, Kind, Make, Move, Note, Output
from ledger.events.rules.state import BatchState, HoldingState, ShipmentState
from ledger.events.rules.views import Overlay
from ledger.recording.drafts import BatchName, Draft, MakeDraft, MoveDraft, NoteDraft, RecallDraft, VoidDraft
from ledger.store.view import batch_of, holding_of, shipment_of


@dataclass(frozen=True, slots=True)
class Stamp:
    """What recording adds to a draft."""

    signer: bytes
    nonce: int
    party: bytes
    content: bytes


class Resolver:
    def __init__(self, db: sqlite3.Connection, overlay: Overlay) -> None:
        self._db = db
        self._overlay = overlay

    def event(self, draft: Draft, stamp: Stamp) -> Event:
        """The event this draft stands for. Raises Refusal for names that mean nothing or more than one thing."""
        if isinstance(draft, MakeDraft):
            return self._make(draft, stamp)
        if isinstance(draft, MoveDraft):
            return self._move(draft, stamp)
        if isinstance(draft, NoteDraft):
            return self._note(draft, stamp)
        if isinstance(draft, RecallDraft):
            return self._recall(draft, stamp)
        return self._void(draft, stamp)

    def batch(self, name: BatchName, party: bytes) -> bytes:
        """The batch's id. By product and lot alone: the one the party holds, else the maker's (DESIGN, section 4)."""
        if name.id is not None:
            return name.id
        if name.product is None or name.lot is None:
            raise Refusal("NotAnIdentifier", text="", expected="a batch id, or product and lot")
        uri = identifiers.product_uri(name.product)
        product, lot = identifiers.product_id(uri), identifiers.lot_bytes(uri, name.lot)
        if name.origin is not None:
            return identifiers.batch_id(product, identifiers.party_id(identifiers.party_uri(name.origin)), lot)
        found = self.named(product, lot)
        if len(found) > 1:
            found = [b for b in found if self._held(b.id, party)] or self._makers_first(found)
        if len(found) > 1:
            raise Refusal("AmbiguousLot", product=uri, lot=name.lot, batches=len(found))
        return found[0].id if found else identifiers.batch_id(product, party, lot)

    def named(self, product: bytes, lot: bytes) -> list[BatchState]:
        rows = self._db.execute("SELECT * FROM batches WHERE product = ? AND lot = ?", (product, lot))
        found = {row["id"]: batch_of(row) for row in rows}
        found |= {b.id: b for b in self._overlay.batches.values() if (b.product, b.lot) == (product, lot)}
        return list(found.values())

    def shipments(self, batch: bytes) -> list[ShipmentState]:
        rows = self._db.execute("SELECT * FROM shipments WHERE batch = ?", (batch,))
        found = {row["id"]: shipment_of(row) for row in rows}
        found |= {s.id: s for s in self._overlay.shipments.values() if s.batch == batch}
        return list(found.values())

    def holdings(self, batch: bytes) -> dict[bytes, HoldingState]:
        rows = self._db.execute("SELECT * FROM holdings WHERE batch = ?", (batch,))
        found = {row["party"]: holding_of(row) for row in rows}
        return found | {party: h for (b, party), h in self._overlay.holdings.items() if b == batch}

    def _held(self, batch: bytes, party: bytes) -> bool:
        holding = self._overlay.holding(batch, party)
        return holding is not None and holding.quantity > 0

    def _makers_first(self, found: list[BatchState]) -> list[BatchState]:
        """The brand owner's and the listed makers' before anybody else's, made goods before outside stock."""
        makers = [b for b in found if self._is_maker(b)]
        made = [b for b in makers or found if not b.outside]
        return made or makers or found

    def _is_maker(self, batch: BatchState) -> bool:
        product = self._overlay.product(batch.product)
        owner = product is not None and product.brand_owner == batch.origin
        return owner or self._overlay.is_maker(batch.product, batch.origin)

    def _make(self, draft: MakeDraft, stamp: Stamp) -> Make:
        named = [Input(self.batch(name, stamp.party), quantity) for name, quantity in draft.inputs]
        outputs = []
        for output in draft.outputs:
            uri = identifiers.product_uri(output.product)
            lot = identifiers.lot_bytes(uri, output.lot)
            outputs.append(Output(identifiers.product_id(uri), lot, output.quantity, output.open_until))
        first = 0
        if draft.kind is Kind.PACK and outputs:
            known = self._overlay.batch(identifiers.batch_id(outputs[0].product, stamp.party, outputs[0].lot))
            first = known.items if known else 0
        return Make(
            stamp.signer, stamp.nonce, draft.occurred_at, draft.kind, draft.provenance,
            tuple(sorted(named, key=lambda i: i.batch)), tuple(outputs), draft.items_root, first, stamp.content,
        )  # fmt: skip

    def _move(self, draft: MoveDraft, stamp: Stamp) -> Move:
        batch, target = self._goods(draft, stamp.party)
        to, holder = _party(draft.to), _party(draft.holder)
        return Move(
            stamp.signer, stamp.nonce, draft.occurred_at, draft.kind, batch, holder, to, draft.quantity, target, stamp.content
        )  # fmt: skip

    def _goods(self, draft: MoveDraft, party: bytes) -> tuple[bytes, bytes]:
        if draft.batch is None:
            if draft.shipment is None:
                raise Refusal("NotAnIdentifier", text="", expected="a batch, or a shipment")
            return self._batch_of_shipment(draft.shipment), draft.shipment
        if draft.kind not in (Kind.RECEIVE, Kind.REJECT) or draft.shipment is not None:
            return self.batch(draft.batch, party), draft.shipment or draft.mends or ZERO32
        name = draft.batch
        if name.id is None and name.origin is None and name.product is not None and name.lot is not None:
            uri = identifiers.product_uri(name.product)
            batches = [b.id for b in self.named(identifiers.product_id(uri), identifiers.lot_bytes(uri, name.lot))]
        else:
            batches = [self.batch(name, party)]
        fitting = [s for b in batches for s in self.shipments(b) if s.receiver == party and s.open > 0]
        if len(fitting) > 1:
            raise Refusal("AmbiguousShipment", shipments=len(fitting))
        if fitting:
            return fitting[0].batch, fitting[0].id
        return self.batch(name, party), ZERO32

    def _batch_of_shipment(self, shipment: bytes) -> bytes:
        pending = next((s.batch for s in self._overlay.shipments.values() if s.id == shipment), None)
        if pending is not None:
            return pending
        row = self._db.execute("SELECT batch FROM shipments WHERE id = ?", (shipment,)).fetchone()
        if row is None:
            raise Refusal("UnknownShipment", shipment=shipment, batch=ZERO32)
        return bytes(row["batch"])

    def _note(self, draft: NoteDraft, stamp: Stamp) -> Note:
        batches = (self.batch(draft.batch, stamp.party),) if draft.batch is not None else ()
        place = identifiers.place_uri(draft.place).encode("ascii") if draft.place is not None else b""
        return Note(
            stamp.signer, stamp.nonce, draft.occurred_at, draft.kind, batches, _party(draft.owner), place,
            draft.target or ZERO32, stamp.content,
        )  # fmt: skip

    def _recall(self, draft: RecallDraft, stamp: Stamp) -> Note:
        batches = tuple(sorted({self.batch(name, stamp.party) for name in draft.batches}))
        return Note(
            stamp.signer, stamp.nonce, draft.occurred_at, draft.kind, batches, ZERO32, b"", draft.recall or ZERO32, stamp.content
        )  # fmt: skip

    def _void(self, draft: VoidDraft, stamp: Stamp) -> Note:
        target = draft.signer + draft.nonce.to_bytes(12, "big")
        return Note(stamp.signer, stamp.nonce, draft.occurred_at, Kind.VOID, (), ZERO32, b"", target, stamp.content)


def _party(uri: str | None) -> bytes:
    return ZERO32 if uri is None else identifiers.party_id(identifiers.party_uri(uri))
