"""Page: `/`, where somebody begins who was told nothing but the gateway's address."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import signed_in
from gateway.auth.demo import JAR, PASSWORD, SECOND_FACTOR, code_now
from gateway.auth.showing import PageRoute, show

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
@does(Action.READ)
def start(request: Request) -> Response:
    """The demo's accounts and its jar stand here where they are, and they are on the development chain alone."""
    state = request.app.state
    gtin, lot = JAR
    jar = state.acts_for_anyone and state.reader.story(gtin, lot) is not None
    return show(
        request,
        "people/start.html",
        signed_in(request),
        jar=f"/01/{gtin}/10/{lot}" if jar else None,
        accounts=[
            (party, [person for _, person in each])
            for party, each in groupby(state.demo_accounts.there(), key=lambda each: each[0].party)
        ],
        password=PASSWORD,
        second_factor=" ".join(SECOND_FACTOR[place : place + 4] for place in range(0, len(SECOND_FACTOR), 4)),
        code=code_now(),
    )
