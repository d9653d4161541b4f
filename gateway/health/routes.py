"""`/health/live`: the process answers. `/health/ready`: it follows the chain and may be written to. `/health/audit`: what is
kept here agrees with the chain and with itself.

`wrong_chain`: the node answers for another ledger. Nothing is recorded then; pages go on from what was last verified."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from gateway.auth.actions import Action, does
from gateway.standing import audited, following

router = APIRouter(prefix="/health", tags=["health"])
AUDITS = {
    "never": "nothing was audited yet",
    "differs": "the last audit found records that differ: nguon audit records names them",
    "old": "the last audit was long ago",
}


@router.get("/live")
@does(Action.READ)
async def live() -> dict[str, Any]:
    return {"live": True}


@router.get("/ready", responses={503: {"description": "Not ready, and why"}})
@does(Action.READ)
async def ready(request: Request) -> JSONResponse:
    state = request.app.state
    position = state.reader.position()
    wrong, trouble = state.reader.wrong_chain(), state.worker.trouble
    because = following(position, wrong, trouble)
    why = "still following the chain" if because == "behind" else wrong or trouble
    is_ready = why is None
    found = {"ready": is_ready, "why": why, "wrong_chain": wrong is not None, "leads": state.worker.leads, **position}
    return JSONResponse(found, 200 if is_ready else 503)


@router.get("/audit")
@does(Action.READ)
async def audit(request: Request) -> dict[str, Any]:
    """`good` is false, with `why`, unless an audit of the last hour found nothing."""
    last = request.app.state.reader.audit()
    because = audited(last, time.time())
    return {"good": because is None, "why": AUDITS[because] if because else None, "last": last}
