"""`GET /v1/labels/{product}/{lot}/items`: labels of single items, for the party that packed them. A serial is a secret until it
is printed: who knows one before can print the same label."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import RawIOBase, StringIO
from itertools import chain, islice
from typing import Annotated, Any, Final, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway.auth.actions import Action, does
from gateway.auth.asking import Asking
from gateway.door import segment
from gateway.pages.qr import qr_png, qr_svg
from gateway.pages.sheets import Printed, printed, sheet
from gateway.problems import declared
from ledger.errors import NotFound, Refusal
from ledger.events.identifiers import CANONICAL_HOST, batch_id, gtin14, lot_bytes, product_id
from ledger.events.model import ITEM_LIMIT
from ledger.labels import Label

router = APIRouter(prefix="/v1/labels", tags=["labels"])
Form = Literal["csv", "pdf", "png", "svg"]
MOST: Final[dict[str, int]] = {"csv": ITEM_LIMIT, "pdf": 2_400, "png": 10_000, "svg": 10_000}
"""Labels in one file: a list streams for ever, a sheet is whole in memory, an archive keeps its table of contents there."""
ROWS_AT_ONCE: Final = 1_000
_MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "png": "application/zip",
    "svg": "application/zip",
}


@router.get(
    "/{product}/{lot}/items",
    response_class=Response,
    responses={
        200: {"content": {media.partition(";")[0]: {} for media in _MEDIA.values()}},
        **declared(400, 401, 403, 404, 422),
    },
    summary="Labels of single items, as a list, a sheet or an archive of images",
)
@does(Action.LABELS)
def labels(
    request: Request,
    product: str,
    lot: str,
    who: Asking,
    first: Annotated[int, Query(alias="from", ge=0, lt=ITEM_LIMIT, description="Index of the first item.")] = 0,
    count: Annotated[int, Query(ge=1, le=ITEM_LIMIT)] = 24,
    form: Annotated[Form, Query(description="csv: index, serial, address. png, svg: a ZIP of images.")] = "pdf",
    per_page: Annotated[Literal["12", "24", "40"], Query(description="Labels on an A4 page of a PDF.")] = "24",
) -> Response:
    """Of items `from` to `from + count - 1`, as far as they are packed; voided ones are left out. `product` is a GTIN of 14 digits.

    Only of lots that the key's own party packed, also before the Pack is final."""
    uri = f"{CANONICAL_HOST}/01/{gtin14(segment(product))}"
    lot = segment(lot)
    if count > MOST[form]:
        raise Refusal("LabelCount", count=count, limit=MOST[form])
    wanted = _labels(request, who.party or b"", uri, lot, first, count)
    host = str(request.app.state.settings.public_url)
    named = ((each, printed(host, uri, lot, each.serial)) for each in wanted)
    body = {"csv": _list, "pdf": lambda it: _sheet(it, int(per_page)), "png": _images, "svg": _drawings}[form](named)
    suffix = {"png": "zip", "svg": "zip"}.get(form, form)
    headers = {"Content-Disposition": f'attachment; filename="labels-{first}-{count}.{suffix}"'}
    return StreamingResponse(body, media_type=_MEDIA[form], headers=headers)


Named = Iterator[tuple[Label, Printed]]


def _labels(request: Request, party: bytes, uri: str, lot: str, first: int, count: int) -> Iterator[Label]:
    """Raises NotFound before anything is sent."""
    issued: Any = request.app.state.issued
    raw = lot_bytes(uri, lot)
    batch = batch_id(product_id(uri), party, raw)
    packs = issued.packs(batch, party, raw)
    found: Iterator[Label] = issued.range(party, batch, packs, first, count)
    one = next(found, None)
    if one is None:
        raise NotFound("of this lot your party has packed no such items with serials")
    return chain([one], found)


def _list(named: Named) -> Iterator[bytes]:
    """A thousand lines at a time: each piece is a turn of its own."""
    yield b"index,serial,address\r\n"
    while some := list(islice(named, ROWS_AT_ONCE)):
        lines = StringIO()
        csv.writer(lines).writerows((label.index, label.serial, it.address) for label, it in some)
        yield lines.getvalue().encode()


def _sheet(named: Named, per_page: int) -> Iterator[bytes]:
    yield sheet((it for _, it in named), per_page)


def _images(named: Named) -> Iterator[bytes]:
    return _zipped(((f"{label.index:07d}-{label.serial}.png", qr_png(it.address)) for label, it in named), ZIP_STORED)


def _drawings(named: Named) -> Iterator[bytes]:
    return _zipped(((f"{label.index:07d}-{label.serial}.svg", qr_svg(it.address)) for label, it in named), ZIP_DEFLATED)


class _Pipe(RawIOBase):
    """What was written and not sent yet; it cannot go back, so the archive describes each file after it."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


def _zipped(files: Iterator[tuple[str, bytes]], compression: int) -> Iterator[bytes]:
    pipe = _Pipe()
    with ZipFile(pipe, "w", compression) as archive:
        for name, data in files:
            archive.writestr(name, data)
            yield pipe.take()
    yield pipe.take()
