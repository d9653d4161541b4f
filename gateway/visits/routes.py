"""`/visits/{batch}/{serial}`: the page of an item, once somebody sees it, says so here. The answer is always the same: nobody
learns by it whether a serial was issued. Only items that were issued are counted, so invented ones fill no table.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from typing import Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.visits.people import is_person
from gateway.visits.store import Visits
from ledger.errors import LedgerError
from ledger.items.serial import index_of

router = APIRouter(prefix="/visits", include_in_schema=False)
log = logging.getLogger(__name__)
_BATCH: Final = re.compile("0x[0-9a-f]{64}")
_HEADERS: Final = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
_PICTURE: Final = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


@router.post("/{batch}/{serial}", status_code=204)
@does(Action.READ)
def shown(request: Request, batch: str, serial: str) -> Response:
    """What the page's script sends."""
    _count(request, batch, serial)
    return Response(status_code=204, headers=_HEADERS)


@router.get("/{batch}/{serial}/picture.svg")
@does(Action.READ)
def picture(request: Request, batch: str, serial: str) -> Response:
    """What a browser without JavaScript loads instead: one clear pixel."""
    _count(request, batch, serial)
    return Response(_PICTURE, media_type="image/svg+xml", headers=_HEADERS)


def _count(request: Request, batch: str, serial: str) -> None:
    if not _BATCH.fullmatch(batch) or not is_person(request.method, request.headers):
        return
    visits: Visits = request.app.state.visits
    raw = bytes.fromhex(batch[2:])
    try:
        if request.app.state.issued.state_of(raw, serial) not in ("registered", "voided"):
            return
        address = request.client.host if request.client else ""
        visits.count(raw, index_of(serial), address, request.headers["user-agent"])
    except (LedgerError, sqlite3.Error) as error:
        log.warning("a visit was not counted: %s", error)
