"""What others show of a lot: `badge.svg` and `badge.json` on a shop's page, `card.png` beside a link."""

from __future__ import annotations

from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from gateway.auth.actions import Action, does
from gateway.door import StrictRoute
from gateway.pages.languages import Language
from gateway.pages.links import scan_path
from gateway.problems import declared
from gateway.verification.badge import badge_svg, card_png, statement_of
from gateway.verification.batches import Origin, story_of
from ledger.signing import badges

router = APIRouter(prefix="/v1/batches/{product}/{lot}", tags=["batches"], route_class=StrictRoute)
RESPONSES = declared(400, 404)
Lang = Annotated[str | None, Query(max_length=10, description="The language of the words, as on the page.")]
_ELSEWHERE: Final = {
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/badge.json", responses=RESPONSES, summary="What this gateway says of the lot now, signed")
@does(Action.READ)
async def badge_json(
    request: Request, response: Response, product: str, lot: str, origin: Origin = None, lang: Lang = None
) -> dict[str, Any]:
    """Signed by the gateway's own key (`GET /v1/ledger`, `gateway`); how to check it: docs/spec/certificates.md, Badges."""
    story = story_of(request, product, lot, origin)
    statement = statement_of(story, page_address(request, story), _language(request))
    response.headers["Cache-Control"] = "no-cache"
    return await run_sync(badges.give, request.app.state.receipts, statement)


@router.get(
    "/badge.svg",
    response_class=Response,
    responses=RESPONSES | {200: {"content": {"image/svg+xml": {}}}},
    summary="The same as a picture for another page",
)
@does(Action.READ)
async def badge_picture(request: Request, product: str, lot: str, origin: Origin = None, lang: Lang = None) -> Response:
    """Drawn as things stand: not to be kept, so that a recall reaches every shop's page."""
    picture = badge_svg(story_of(request, product, lot, origin), _language(request))
    return Response(picture, media_type="image/svg+xml", headers=_ELSEWHERE | {"Cache-Control": "no-cache"})


@router.get(
    "/card.png",
    response_class=Response,
    responses=RESPONSES | {200: {"content": {"image/png": {}}}},
    summary="A picture of the lot's QR code, 1200 × 630, for links that are sent",
)
@does(Action.READ)
async def card(request: Request, product: str, lot: str) -> Response:
    story = story_of(request, product, lot, None)
    picture = await run_sync(card_png, page_address(request, story), str(story["lot"]))
    return Response(picture, media_type="image/png", headers=_ELSEWHERE | {"Cache-Control": "public, max-age=86400"})


def page_address(request: Request, story: dict[str, Any]) -> str:
    """Of the scan page, as the QR code has it."""
    path = scan_path(str(story["product"]["id"]), str(story["lot"]))
    return str(request.app.state.settings.public_url).rstrip("/") + path


def _language(request: Request) -> Language:
    found: Language = request.app.state.pages.language(request)
    return found
