"""`/health/live`: the process answers. `/health/ready`: it follows the chain and may be written to.

`wrong_chain`: the node answers for another ledger. Nothing is recorded then; pages go on from what was last verified."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

router = APIRouter(prefix="/health", tags=["health"])
STALE_SECONDS = 30.0


@router.get("/live")
async def live() -> dict[str, Any]:
    return {"live": True}


@router.get("/ready", responses={503: {"description": "Not ready, and why"}})
async def ready(request: Request) -> JSONResponse:
    state = request.app.state
    position = state.reader.position()
    wrong = state.reader.wrong_chain()
    lag, why = position["lag_seconds"], wrong or state.worker.trouble
    if why is None and (lag is None or lag >= STALE_SECONDS):
        why = "still following the chain"
    is_ready = why is None
    found = {"ready": is_ready, "why": why, "wrong_chain": wrong is not None, **position}
    return JSONResponse(found, 200 if is_ready else 503)
