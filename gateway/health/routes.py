"""`/health/live`: the process answers. `/health/ready`: it follows the chain and may be written to."""

from __future__ import annotations

import time
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
    worker = request.app.state.worker
    caught_up: float | None = worker.caught_up_at
    age = None if caught_up is None else round(time.time() - caught_up, 1)
    is_ready = age is not None and age < STALE_SECONDS
    why = None if is_ready else worker.trouble or "still following the chain"
    document = {"ready": is_ready, "why": why, "seconds_since_caught_up": age, **request.app.state.reader.position()}
    return JSONResponse(document, 200 if is_ready else 503)
