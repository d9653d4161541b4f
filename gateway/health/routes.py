"""`/health/live`: the process answers. `/health/ready`: it follows the chain and may be written to. `/health/audit`: what is
kept here agrees with the chain and with itself.

`wrong_chain`: the node answers for another ledger. Nothing is recorded then; pages go on from what was last verified."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from gateway.auth.actions import Action, does

router = APIRouter(prefix="/health", tags=["health"])
STALE_SECONDS = 30.0
AUDIT_SECONDS = 3_600.0  # four times the pause between two audits


@router.get("/live")
@does(Action.READ)
async def live() -> dict[str, Any]:
    return {"live": True}


@router.get("/ready", responses={503: {"description": "Not ready, and why"}})
@does(Action.READ)
async def ready(request: Request) -> JSONResponse:
    state = request.app.state
    position = state.reader.position()
    wrong = state.reader.wrong_chain()
    lag, why = position["lag_seconds"], wrong or state.worker.trouble
    if why is None and (lag is None or lag >= STALE_SECONDS):
        why = "still following the chain"
    is_ready = why is None
    found = {"ready": is_ready, "why": why, "wrong_chain": wrong is not None, "leads": state.worker.leads, **position}
    return JSONResponse(found, 200 if is_ready else 503)


@router.get("/audit")
@does(Action.READ)
async def audit(request: Request) -> dict[str, Any]:
    """`good` is false, with `why`, unless an audit of the last hour found nothing."""
    last = request.app.state.reader.audit()
    why = None
    if last is None:
        why = "nothing was audited yet"
    elif last["bad"]:
        why = "the last audit found records that differ: nguon audit records names them"
    elif time.time() - datetime.fromisoformat(last["finished_at"]).timestamp() > AUDIT_SECONDS:
        why = "the last audit was long ago"
    return {"good": why is None, "why": why, "last": last}
