"""`GET /v1/parties/{id}/days/{day}`: the daily digest, all that was signed in a party's name."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from gateway.auth.actions import Action, Object, authorise, does
from gateway.auth.asking import Asking
from gateway.door import StrictRoute, segment
from gateway.problems import declared
from ledger.errors import NotFound
from ledger.events.identifiers import party_id, party_uri
from ledger.projection.days import number

router = APIRouter(prefix="/v1/parties", tags=["events"], route_class=StrictRoute)


@router.get(
    "/{id}/days/{day}",
    responses=declared(400, 401, 403, 404, 422),
    summary="All that was signed in a party's name on a day of Vietnam's calendar",
)
@does(Action.DIGEST)
async def day(request: Request, id: str, day: date, who: Asking) -> dict[str, Any]:
    """For the party itself and for the operator. What somebody else signed with its keys stands here too: compare it with
    what you did. `signature` is the gateway's (docs/spec/http.md, Days)."""
    uri = party_uri(segment(id))
    party = party_id(uri)
    authorise(who, Action.DIGEST, Object(party))
    if request.app.state.reader.name(party) is None:
        raise NotFound(f"{uri} is not registered")
    return await run_sync(_day, request.app.state, uri, party, day)


def _day(state: Any, uri: str, party: bytes, day: date) -> dict[str, Any]:
    events, changes = state.reader.day(party, day)
    ids = [bytes.fromhex(each["id"][2:]) for each in events]
    receipts = state.receipts
    return {
        "party": uri,
        "day": day.isoformat(),
        "count": len(events),
        "kinds": dict(Counter(each["kind"] for each in events)),
        "elsewhere": sum(each["signed"] == "elsewhere" for each in events),
        "events": events,
        "key_changes": changes,
        "gateway": "0x" + receipts.address.hex(),
        "signature": "0x" + receipts.of_day(party, number(day), ids).hex(),
    }
