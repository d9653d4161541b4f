"""`/health/live`: the process answers. `/health/ready`: it follows the chain and may be written to."""

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
    lag, why = position["lag_seconds"], state.worker.trouble or state.reader.wrong_chain()
    if why is None and (lag is None or lag >= STALE_SECONDS):
        why = "still following the chain"
    is_ready = why is None
    return JSONResponse(
        {"ready": is_ready, "why": why, "leads": state.worker.leads, **position}, 200 if is_ready else 503
    )
