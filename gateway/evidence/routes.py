"""`GET /v1/batches/{product}/{lot}/bundle`: one file with which a stranger checks the batch offline (docs/spec/bundle.md)."""

from __future__ import annotations

import time
from typing import Annotated, Final

from anyio import sleep
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from gateway.auth.actions import Action, does
from gateway.door import StrictRoute, segment
from gateway.evidence.keeping import Bundles
from gateway.problems import declared
from ledger.errors import ChainError, NotFound
from ledger.events.identifiers import lot_bytes, product_uri
from ledger.proof.bundle import MEDIA_TYPE

router = APIRouter(prefix="/v1/batches/{product}/{lot}", tags=["batches"], route_class=StrictRoute)
Origin = Annotated[str | None, Query(max_length=256, description="The origin party, where several used the lot.")]
PATIENCE: Final = 10.0
LOOK: Final = 0.05

_ANSWERS: Final = {
    200: {"description": "The bundle", "content": {MEDIA_TYPE: {}}},
    **declared(400, 404, 503),
}


@router.get(
    "/bundle", responses=_ANSWERS, response_class=Response, summary="A file with which anyone checks the batch offline"
)
@does(Action.READ)
async def bundle(request: Request, product: str, lot: str, origin: Origin = None) -> Response:
    """As of the newest block that the index followed, or, while the chain is away, as of the block of the last one made."""
    uri, lot_text = product_uri(segment(product)), segment(lot)
    lot_bytes(uri, lot_text)
    found = request.app.state.reader.story(uri, lot_text, origin)
    if found is None:
        raise NotFound(f"no batch of {uri} with lot {lot_text} is known here")
    bundles: Bundles = request.app.state.bundles
    document = await _made(bundles, bytes.fromhex(found["batch"][2:]))
    name = {"Content-Disposition": 'attachment; filename="bundle.json"'}
    return Response(document, media_type=MEDIA_TYPE, headers=name)


async def _made(bundles: Bundles, batch: bytes) -> bytes:
    """Waits for a beat, if there is none that is fresh."""
    kept = await run_sync(bundles.kept, batch)
    if kept is not None and kept.fresh:
        return kept.document
    bundles.want(batch)
    end = time.monotonic() + PATIENCE
    while bundles.waits(batch) and time.monotonic() < end:
        await sleep(LOOK)
    kept = await run_sync(bundles.kept, batch)
    if kept is not None:
        return kept.document  # after a beat that failed an older one, which says itself as of which block it stands
    raise bundles.failure(batch) or ChainError("no bundle was made in time")
