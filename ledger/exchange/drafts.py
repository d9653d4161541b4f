"""Facts as drafts: JSON-ready statements in the form that `ledger.exchange.port` gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from ledger.events.model import Kind
from ledger.exchange.document import Json
from ledger.exchange.facts import Fact, Goods

_DERIVED_STEP = {Kind.SHIP: "shipping", Kind.RECEIVE: "receiving"}


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch named in full: the goods of a document and the origin that the ledger knows."""

    goods: Goods
    origin: str

    @property
    def named(self) -> Json:
        return {"product": self.goods.lot.product, "lot": self.goods.lot.lot, "origin": self.origin}


@dataclass(frozen=True, slots=True)
class Posting:
    """A draft and its place in its fact: `label` is unique there and the same in every run.

    `shipment_of` is the label of the earlier posting whose id is the shipment that this one receives.
    """

    label: str
    draft: Json
    derived: bool = False
    shipment_of: str | None = None


def idempotency_key(fact: Fact, label: str) -> str:
    """Acting party, source event with its digest, and part: who states the same again gets the same key."""
    text = "\n".join((fact.party, fact.event_id or "", fact.digest, label))
    return f"epcis-{sha256(text.encode('utf-8')).hexdigest()}"


def make(fact: Fact, inputs: Sequence[Batch], outputs: Sequence[Goods]) -> Json:
    draft = _draft(fact, outputs[0] if len(outputs) == 1 else None)
    if inputs:
        draft["inputs"] = [entry.named | {"quantity": entry.goods.quantity} for entry in inputs]
    draft["outputs"] = [
        {"product": line.lot.product, "lot": line.lot.lot, "quantity": line.quantity} for line in outputs
    ]
    return draft


def move(fact: Fact, batch: Batch, quantity: int, **to: str | None) -> Json:
    """`to` names the other end: `to=` a party for Ship, `shipment=` an id for Receive."""
    draft = _draft(fact, batch.goods) | batch.named | {"quantity": quantity} | to
    if batch.goods.inside:
        draft["content"]["parentID"] = batch.goods.inside
    return draft


def observe(fact: Fact, batch: Batch) -> Json:
    return _draft(fact, batch.goods) | {"kind": Kind.OBSERVE.word} | batch.named


def derived_move(fact: Fact, kind: Kind, party: str, batch: Batch, quantity: int, **to: str | None) -> Json:
    """One half of a handover that the document leaves out, marked as such and as derived from this fact."""
    source = {"eventID": fact.event_id} if fact.event_id else {"sha256": fact.digest}
    return (
        {
            "party": party,
            "kind": kind.word,
            "occurred_at": _occurred_at(fact),
            "content": {"bizStep": _DERIVED_STEP[kind], "nguon:derived": source},
            "private": {},
        }
        | batch.named
        | {"quantity": quantity}
        | to
    )


def _draft(fact: Fact, goods: Goods | None) -> Json:
    content = dict(fact.content)
    if goods and goods.entered:
        value, unit = goods.entered
        content["nguon:entered"] = [{"value": value, "unit": unit}]
    assert fact.kind is not None
    return {
        "party": fact.party,
        "kind": fact.kind.word,
        "occurred_at": _occurred_at(fact),
        "content": content,
        "private": dict(fact.private),
    }


def _occurred_at(fact: Fact) -> str:
    return fact.time.strftime("%Y-%m-%dT%H:%M:%SZ")
