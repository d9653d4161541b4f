"""QR images of a lot: `GET /v1/labels/{product}/{lot}/qr.png` and `qr.svg`.

The code holds `{public_url}/01/{gtin}/10/{lot}`, the address of the scan page. A lot need not be recorded yet: labels are
printed before packing.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.pages.links import decoded, scan_path
from gateway.pages.qr import qr_png, qr_svg
from ledger.errors import Refusal
from ledger.events.identifiers import CANONICAL_HOST, gtin14, lot_bytes

router = APIRouter(prefix="/v1/labels", tags=["labels"])
_HEADERS = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}


@router.get("/{product}/{lot}/qr.png", response_class=Response, responses={200: {"content": {"image/png": {}}}})
@does(Action.READ)
async def png(request: Request, product: str, lot: str) -> Response:
    """PNG of the lot's QR code. `product` is a GTIN of 14 digits. Refused where product or lot cannot be on a label."""
    return Response(qr_png(_address(request, product, lot)), media_type="image/png", headers=_HEADERS)


@router.get("/{product}/{lot}/qr.svg", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
@does(Action.READ)
async def svg(request: Request, product: str, lot: str) -> Response:
    """SVG of the lot's QR code, as `qr.png`."""
    return Response(qr_svg(_address(request, product, lot)), media_type="image/svg+xml", headers=_HEADERS)


def _address(request: Request, raw_product: str, raw_lot: str) -> str:
    try:
        product, lot = f"{CANONICAL_HOST}/01/{gtin14(decoded(raw_product))}", decoded(raw_lot)
    except UnicodeDecodeError as error:
        raise Refusal("NotAnIdentifier", text=f"{raw_product}/{raw_lot}", expected="UTF-8") from error
    lot_bytes(product, lot)
    return str(request.app.state.settings.public_url).rstrip("/") + scan_path(product, lot)
