"""`GET /v1/batches/{product}/{lot}/items/{serial}`: was this very item issued? With the proof (docs/spec/items.md, section 3)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from gateway.auth.actions import Action, does
from gateway.door import StrictRoute, segment
from gateway.problems import declared
from ledger.errors import NotFound
from ledger.events.identifiers import lot_bytes, product_uri
from ledger.labels import Shown

router = APIRouter(prefix="/v1/batches/{product}/{lot}/items", tags=["batches"], route_class=StrictRoute)
Origin = Annotated[str | None, Query(max_length=256, description="The origin party, where several used the lot.")]
Hash = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]


class ItemPack(BaseModel):
    """The Pack whose root the proof leads to: what its packer signed."""

    event: Hash
    final: bool
    first_index: int
    count: int
    items_root: Hash


class Proof(BaseModel):
    """`leaf` was issued at `index`; `path` leads from it to the Pack's `items_root`."""

    index: int
    leaf: Hash
    path: list[Hash]
    pack: ItemPack


class Item(BaseModel):
    """`elsewhere`: another gateway drew the serials of this Pack. `issued`: items of the batch, in all its Packs."""

    batch: Hash
    serial: str
    state: Literal["registered", "not_issued", "voided", "elsewhere"]
    index: int
    issued: int
    voided_by: Hash | None
    proof: Proof | None


@router.get("/{serial}", response_model=Item, responses=declared(400, 404, 422), summary="One item, by its serial")
@does(Action.READ)
def item(request: Request, product: str, lot: str, serial: str, origin: Origin = None) -> Item:
    """`registered`: the leaf is this serial's. `not_issued`: the leaf at its index is another's, or there are not so many items.
    `voided`: issued, and its label was spoiled. Answers have one shape, however near the serial is."""
    uri, lot_text = product_uri(segment(product)), segment(lot)
    lot_bytes(uri, lot_text)
    batch = request.app.state.reader.batch(uri, lot_text, origin)
    if batch is None:
        raise NotFound(f"no batch of {uri} with lot {lot_text} is known here")
    return _document(request.app.state.issued.shown(batch, segment(serial)))


def _document(shown: Shown) -> Item:
    proof = None
    if shown.proof is not None and shown.pack is not None:
        items = shown.pack.items
        pack = ItemPack(
            event=_hex(shown.pack.event), final=shown.pack.final, first_index=items.first, count=items.count,
            items_root=_hex(items.root),
        )  # fmt: skip
        path = [_hex(each) for each in shown.proof.path]
        proof = Proof(index=shown.proof.index, leaf=_hex(shown.proof.leaf), path=path, pack=pack)
    return Item(
        batch=_hex(shown.batch), serial=shown.serial, state=shown.state, index=shown.index, issued=shown.issued,
        voided_by=None if shown.voided_by is None else _hex(shown.voided_by), proof=proof,
    )  # fmt: skip


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
