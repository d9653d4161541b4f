"""The address a QR code opens: `GET /01/{gtin}/10/{lot}`, of one item `…/21/{serial}`; `/p/{product}/{lot}` without a GTIN.

Path parameters arrive percent-encoded (the application hands the raw path through) and are decoded here, once.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from gateway.auth.actions import Action, does
from gateway.pages.formats import VIETNAM
from gateway.pages.languages import plain
from gateway.pages.links import decoded
from gateway.pages.rendering import CONTENT_SECURITY_POLICY, Pages
from gateway.verification.page import page_key, scan_page
from gateway.verification.scanned import NEVER_ISSUED, scanned_item
from ledger.errors import LedgerError, NotFound, Refusal
from ledger.events.identifiers import lot_bytes, product_uri

router = APIRouter(tags=["scan"])
log = logging.getLogger(__name__)

Origin = Annotated[str | None, Query(description="The producer, where several used the lot code.")]
_RETRY_AFTER_S: Final = 30
_SHOWN_CODE: Final = 80
WITH_SCRIPT: Final = f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'"
"""Of the page of an item: its script says that somebody looks."""
_PAGES: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "A page for a code this registry does not know", "content": {"text/html": {}}},
    503: {"description": "A page when nothing can be looked up", "content": {"text/html": {}}},
}


@router.get("/01/{gtin}/10/{lot}", response_class=HTMLResponse, responses=_PAGES, summary="The page a QR code opens")
@does(Action.READ)
async def scan(request: Request, gtin: str, lot: str, origin: Origin = None) -> Response:
    """200 the lot's page, 404 a page for a code this registry does not know, 503 a page when nothing can be looked up."""
    return _answer(request, gtin, lot, origin)


@router.get(
    "/01/{gtin}/10/{lot}/21/{serial}",
    response_class=HTMLResponse,
    responses=_PAGES,
    summary="The page of one item's code",
)
@does(Action.READ)
def scan_item(request: Request, gtin: str, lot: str, serial: str, origin: Origin = None) -> Response:
    """As the lot's page, and what is known of this item. 404 also for a serial that the lot never issued."""
    return _answer(request, gtin, lot, origin, serial)


@router.get(
    "/p/{product}/{lot}",
    response_class=HTMLResponse,
    responses=_PAGES,
    summary="The same page for goods without a GTIN",
)
@does(Action.READ)
async def scan_without_gtin(request: Request, product: str, lot: str, origin: Origin = None) -> Response:
    return _answer(request, product, lot, origin)


def _answer(
    request: Request, raw_product: str, raw_lot: str, origin: str | None, raw_serial: str | None = None
) -> Response:
    pages: Pages = request.app.state.pages
    language = pages.language(request)
    shown = {"product": _shortened(raw_product), "lot": _shortened(raw_lot)}
    try:
        product, lot = product_uri(decoded(raw_product)), decoded(raw_lot)
        shown["lot"] = _shortened(lot)
        lot_bytes(product, lot)
        serial = None if raw_serial is None else decoded(raw_serial)
        story: dict[str, Any] | None = request.app.state.reader.story(product, lot, origin)
        item = None if story is None or serial is None else scanned_item(request, story, serial)
    except (Refusal, NotFound, UnicodeDecodeError):
        story = None
    except LedgerError as error:
        # Neither "registered" nor "unknown" can be said: whoever scans is told so, and the operator why.
        log.warning("scan: nothing could be looked up: %s", error)
        page = pages.render("unavailable.html", language, **shown)
        response = pages.respond(request, page.encode(), language, status=503)
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
        return response
    if story is None:
        return pages.respond(request, pages.render("unknown.html", language, **shown).encode(), language, status=404)
    found, today = story, datetime.now(VIETNAM).date()

    def make() -> str:
        return pages.render("scan.html", language, page=scan_page(found, language, today, origin, item))

    tag, body = pages.kept(page_key(found, language, today, origin, item), make)
    if item is None:
        return pages.respond(request, body, language, tag=tag)
    status = 404 if item.state in NEVER_ISSUED else 200
    return pages.respond(request, body, language, status, tag=tag, own={"Content-Security-Policy": WITH_SCRIPT})


def _shortened(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _SHOWN_CODE else text[:_SHOWN_CODE] + "…"
