"""Addresses of what the pages link to. Everything outside `A-Za-z0-9-._~` is percent-encoded, as GS1 Digital Link asks."""

from __future__ import annotations

from urllib.parse import quote, unquote

from ledger.events.identifiers import is_gtin_uri


def decoded(segment: str) -> str:
    """One path segment, decoded exactly once. Raises UnicodeDecodeError (a ValueError) where the bytes are no UTF-8."""
    return unquote(segment, errors="strict")


def product_key(product_uri: str) -> str:
    """How a product stands in a path: its GTIN, else its URI in one segment."""
    return product_uri.rsplit("/", 1)[1] if is_gtin_uri(product_uri) else quote(product_uri, safe="")


def scan_path(product_uri: str, lot: str) -> str:
    """`/01/{gtin}/10/{lot}`, what a QR code holds; the page itself for goods without a GTIN."""
    if not is_gtin_uri(product_uri):
        return page_path(product_uri, lot)
    return f"/01/{product_key(product_uri)}/10/{quote(lot, safe='')}"


def page_path(product_uri: str, lot: str | None = None, serial: str | None = None) -> str:
    """The page that a scan leads to: of the product, of a lot, of one item of it."""
    return "/p/" + "/".join(
        [product_key(product_uri), *(quote(each, safe="") for each in (lot, serial) if lot and each)]
    )


def product_path(product_uri: str) -> str:
    """What the registry holds of a product, as JSON."""
    return f"/v1/products/{product_key(product_uri)}"


def item_path(product_uri: str, lot: str, serial: str) -> str:
    """What the QR code of one item opens."""
    return f"{scan_path(product_uri, lot)}/21/{serial}"


def batch_path(product_uri: str, lot: str) -> str:
    """The same records as JSON."""
    return f"/v1/batches/{product_key(product_uri)}/{quote(lot, safe='')}"


def qr_path(product_uri: str, lot: str) -> str | None:
    """The QR image of a batch; only goods with a GTIN have one."""
    if not is_gtin_uri(product_uri):
        return None
    return f"/v1/labels/{product_key(product_uri)}/{quote(lot, safe='')}/qr.svg"
