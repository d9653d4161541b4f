"""Page: where I am signed in, and ending it there."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Posted
from gateway.auth.showing import PageRoute, go, language_of, show
from ledger.errors import Refusal

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/devices")
@does(Action.DEVICES)
def devices(request: Request, here: Here) -> Response:
    language, state = language_of(request), request.app.state
    shown = [
        {
            "id": each.id,
            "device": each.device,
            "this": each.id == here.session.id,
            "since": language.moment(_instant(each.created_at)),
            "seen": language.moment(_instant(each.seen_at)),
        }
        for each in state.sessions.of(here.person.id)
        if each.stage == "whole"
    ]
    party = state.reader.name(here.person.party) if here.person.party is not None else None
    return show(request, "people/devices.html", here, devices=shown, party=party)


@router.post("/devices/end-others")
@does(Action.DEVICES)
def end_others(request: Request, here: Here, form: Posted) -> Response:
    request.app.state.sessions.end_others(here.person.id, here.session.id)
    return go(request, "/devices")


@router.post("/devices/{id}/end")
@does(Action.DEVICES)
def end(request: Request, here: Here, form: Posted, id: str) -> Response:
    if id not in {each.id for each in request.app.state.sessions.of(here.person.id)}:
        raise Refusal("NotYourParty", party="another party")
    request.app.state.sessions.end(id, here.person.id)
    return go(request, "/devices")


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
