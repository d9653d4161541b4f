"""All routes of a gateway, as it has them itself: a new one is among them without anybody's doing."""

from __future__ import annotations

import httpx

from gateway.app import ROUTERS
from gateway.auth.actions import Action, every_route_says
from gateway.auth.asking import DOORS
from tests.gateway_process import Json

Route = tuple[str, str]
"""Method and path."""


def described(url: str) -> Json:
    """The OpenAPI document."""
    document: Json = httpx.get(f"{url}/openapi.json").json()
    return document


def api(document: Json) -> list[Route]:
    return [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]


def pages(document: Json) -> list[Route]:
    """Those that no OpenAPI document has."""
    return sorted({*actions()} - {*api(document)})


def actions() -> dict[Route, Action]:
    """What each route of a router does."""
    told = every_route_says([route for each in ROUTERS for route in each.routes], DOORS)
    return {(method, path): action for method, path, action in told}
