"""The pages that a scan leads to: `/p/{product}/{lot}`, of an item `/p/{product}/{lot}/{serial}`, of a product `/p/{product}`.

`product` is a GTIN or, for goods without one, a URI. The address in a QR code of goods with a GTIN leads here (gateway/resolver).
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
from gateway.pages.links import decoded, product_key
from gateway.pages.rendering import CONTENT_SECURITY_POLICY, Pages, shortened
from gateway.verification.page import page_key, scan_page
from gateway.verification.passport import profile_of
from gateway.verification.scanned import NEVER_ISSUED, scanned_item
from gateway.verification.sentences import product_name
from ledger.errors import LedgerError, NotFound, Refusal
from ledger.events.identifiers import lot_bytes, product_uri

router = APIRouter(tags=["scan"])
log = logging.getLogger(__name__)

Origin = Annotated[str | None, Query(description="The producer, where several used the lot code.")]
_RETRY_AFTER_S: Final = 30
WITH_SCRIPT: Final = f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'"
"""Of the page of an item: its script says that somebody looks."""
_PAGES: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "A page for a code this registry does not know", "content": {"text/html": {}}},
    503: {"description": "A page when nothing can be looked up", "content": {"text/html": {}}},
}


@router.head("/p/{product}/{lot}/{serial}", include_in_schema=False)
@router.get(
    "/p/{product}/{lot}/{serial}", response_class=HTMLResponse, responses=_PAGES, summary="The page of one item"
)
@does(Action.READ)
def item_page(request: Request, product: str, lot: str, serial: str, origin: Origin = None) -> Response:
    """The page of its lot, with what is known of this item. 404 also for a serial that the lot never issued."""
    return scan(request, product, lot, serial, origin)


@router.head("/p/{product}/{lot}", include_in_schema=False)
@router.get("/p/{product}/{lot}", response_class=HTMLResponse, responses=_PAGES, summary="The page of a lot")
@does(Action.READ)
async def lot_page(request: Request, product: str, lot: str, origin: Origin = None) -> Response:
    """200 the lot's page, 404 a page for a code this registry does not know, 503 a page when nothing can be looked up."""
    return scan(request, product, lot, None, origin)


@router.head("/p/{product}", include_in_schema=False)
@router.get("/p/{product}", response_class=HTMLResponse, responses=_PAGES, summary="The page of a product")
@does(Action.READ)
async def product_page(request: Request, product: str) -> Response:
    """What a code without a lot leads to. Answers as the page of a lot does."""
    pages: Pages = request.app.state.pages
    language = pages.language(request)
    try:
        uri = product_uri(decoded(product))
        found = next(iter(request.app.state.reader.products(uri)), None)
    except (Refusal, UnicodeDecodeError):
        found = None
    except LedgerError as error:
        return _unavailable(request, error, {"product": product})
    if found is None:
        return pages.unknown(request, {"product": product})
    page = pages.render(
        "product.html",
        language,
        name=product_name(found, language),
        about=language.pick(profile_of(found).get("description")),
        product=shortened(decoded(product_key(uri))),
    )
    return pages.respond(request, page.encode(), language)


def scan(request: Request, raw_product: str, raw_lot: str, raw_serial: str | None, origin: str | None) -> Response:
    """The page of a lot, or of an item of it."""
    pages: Pages = request.app.state.pages
    language = pages.language(request)
    shown = {"product": raw_product, "lot": raw_lot}
    try:
        product, lot = product_uri(decoded(raw_product)), decoded(raw_lot)
        shown["lot"] = lot
        lot_bytes(product, lot)
        serial = None if raw_serial is None else decoded(raw_serial)
        story: dict[str, Any] | None = request.app.state.reader.story(product, lot, origin)
        item = None if story is None or serial is None else scanned_item(request, story, serial)
    except (Refusal, NotFound, UnicodeDecodeError):
        story = None
    except LedgerError as error:
        return _unavailable(request, error, shown)
    if story is None:
        return pages.unknown(request, shown)
    site = str(request.app.state.settings.public_url).rstrip("/")
    found, today = story, datetime.now(VIETNAM).date()

    def make() -> str:
        return pages.render("scan.html", language, page=scan_page(found, language, today, origin, site, item))

    tag, body = pages.kept(page_key(found, language, today, origin, item), make)
    if item is None:
        return pages.respond(request, body, language, tag=tag)
    status = 404 if item.state in NEVER_ISSUED else 200
    return pages.respond(request, body, language, status, tag=tag, own={"Content-Security-Policy": WITH_SCRIPT})


def _unavailable(request: Request, error: LedgerError, code: dict[str, str]) -> Response:
    """Neither "registered" nor "unknown" can be said: whoever scans is told so, and the operator why."""
    log.warning("scan: nothing could be looked up: %s", error)
    pages: Pages = request.app.state.pages
    language = pages.language(request)
    page = pages.render("unavailable.html", language, shown={name: shortened(text) for name, text in code.items()})
    return pages.respond(request, page.encode(), language, 503, own={"Retry-After": str(_RETRY_AFTER_S)})
