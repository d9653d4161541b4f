"""`GET /v1/batches/{product}/{lot}`: the same story as the page, as JSON. `{product}` is a GTIN-14 or a percent-encoded URI."""

from __future__ import annotations

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request

from gateway.auth.actions import Action, does
from gateway.door import StrictRoute, segment
from gateway.problems import declared
from ledger.errors import NotFound
from ledger.events.identifiers import lot_bytes, product_id, product_uri
from ledger.events.model import Unit
from ledger.projection.present import UNIT_WORD

router = APIRouter(prefix="/v1/batches/{product}/{lot}", tags=["batches"], route_class=StrictRoute)
Origin = Annotated[str | None, Query(max_length=256, description="The origin party, where several used the lot.")]
RESPONSES = declared(400, 404)


@router.get("", responses=RESPONSES, summary="A batch: state, journey, upstream, downstream")
@does(Action.READ)
async def batch(request: Request, product: str, lot: str, origin: Origin = None) -> dict[str, Any]:
    return story_of(request, product, lot, origin)


@router.get("/journey", responses=RESPONSES)
@does(Action.READ)
async def journey(request: Request, product: str, lot: str, origin: Origin = None) -> list[dict[str, Any]]:
    return list(story_of(request, product, lot, origin)["journey"])


@router.get("/upstream", responses=RESPONSES)
@does(Action.READ)
async def upstream(request: Request, product: str, lot: str, origin: Origin = None) -> list[dict[str, Any]]:
    return list(story_of(request, product, lot, origin)["upstream"])


@router.get("/downstream", responses=RESPONSES)
@does(Action.READ)
async def downstream(request: Request, product: str, lot: str, origin: Origin = None) -> list[dict[str, Any]]:
    return list(story_of(request, product, lot, origin)["downstream"])


@router.get("/stock", responses=RESPONSES, summary="Who holds it now, with what is not final yet")
@does(Action.READ)
async def stock(request: Request, product: str, lot: str) -> dict[str, Any]:
    """Every batch of the lot with holdings and open shipments, over what is final and what is acknowledged."""
    uri = product_uri(segment(product))
    state = request.app.state
    goods = await run_sync(state.recorder.goods, product_id(uri), lot_bytes(uri, segment(lot)))
    unit = state.reader.unit(product_id(uri))
    name = state.reader.name
    return {
        "unit": UNIT_WORD[Unit(unit)] if unit else None,
        "batches": [
            {
                "batch": "0x" + each.batch.id.hex(),
                "origin": name(each.batch.origin),
                "holdings": {name(party): held.quantity for party, held in each.holdings.items()},
                "shipments": [
                    {"id": "0x" + s.id.hex(), "from": name(s.sender), "to": name(s.receiver), "open": s.open}
                    for s in each.shipments
                ],
            }
            for each in goods
        ],
    }


def story_of(request: Request, product: str, lot: str, origin: str | None) -> dict[str, Any]:
    uri, lot_text = product_uri(segment(product)), segment(lot)
    lot_bytes(uri, lot_text)
    found: dict[str, Any] | None = request.app.state.reader.story(uri, lot_text, origin)
    if found is None:
        raise NotFound(f"no batch of {uri} with lot {lot_text} is known here")
    return found
