"""Page: Labels for single packs. A sheet at a time, for whoever prints; the numbers on it begin with 1, as people count."""

from __future__ import annotations

from itertools import chain

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.showing import PageRoute, may
from gateway.pages.sheets import GRIDS, printed, sheet
from gateway.portal.desk import Desk
from gateway.portal.making import batch_called
from ledger.errors import Refusal
from ledger.events.identifiers import is_gtin_uri
from ledger.store.items import Packed

router = APIRouter(route_class=PageRoute, include_in_schema=False)
MOST = 960
"""Labels in one file: 40 sheets of 24, some seconds of work."""


@router.get("/portal/labels/{batch}")
@does(Action.LABELS)
def page(request: Request, here: Here, batch: str) -> Response:
    return _form(Desk(request, here), batch_called(batch))


@router.get("/portal/labels/{batch}/sheet")
@does(Action.LABELS)
def file(request: Request, here: Here, batch: str, first: str = "", last: str = "", per_page: str = "24") -> Response:
    desk, id = Desk(request, here), batch_called(batch)
    try:
        packs = _packs(desk, id)
        low, high, grid = (_number(each) for each in (first, last, per_page))
        if high < low or high - low >= MOST or grid not in GRIDS:
            raise Refusal("QuantityForm", value=f"{low}-{high}")
        labels = desk.state.issued.range(desk.party, id, packs, low - 1, high - low + 1)
        one = next(labels, None)
        if one is None:
            raise Refusal("QuantityForm", value=f"{low}-{high}")
    except Refusal as refusal:
        return _form(desk, id, refusal, {"first": first[:10], "last": last[:10], "per_page": per_page})
    state = desk.batch(id)
    assert state is not None, "it has packs"
    host, product, lot = (
        str(desk.state.settings.public_url),
        desk.product(state.product)["id"],
        state.lot.decode("ascii"),
    )
    pdf = sheet((printed(host, product, lot, each.serial) for each in chain([one], labels)), grid)
    named = {"Content-Disposition": f'attachment; filename="labels-{low}-{high}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=named)


def labels_path(desk: Desk, batch: bytes) -> str | None:
    """Where labels of a batch are printed; None if the party did not pack it, its items bear no serials, or the person may not."""
    if not may(desk.here, Action.LABELS):
        return None
    try:
        _packs(desk, batch)
    except Refusal:
        return None
    return f"/portal/labels/0x{batch.hex()}"


def _packs(desk: Desk, batch: bytes) -> list[Packed]:
    """Those of the party's own with serials. Raises `UnknownBatch`."""
    state = desk.batch(batch)
    if state is not None and state.origin == desk.party and is_gtin_uri(desk.product(state.product)["id"]):
        found: list[Packed] = desk.state.issued.packs(batch, desk.party, state.lot)
        if found:
            return found
    raise Refusal("UnknownBatch", batch=batch)


def _form(desk: Desk, batch: bytes, refusal: Refusal | None = None, typed: dict[str, str] | None = None) -> Response:
    packs, state = _packs(desk, batch), desk.batch(batch)
    assert state is not None, "it has packs"
    first, last = packs[0].items.first + 1, packs[-1].items.first + packs[-1].items.count
    product = desk.product(state.product)
    proposed = {"first": str(first), "last": str(min(last, first + 239)), "per_page": "24"}
    return desk.show(
        "labels.html", refusal, batch="0x" + batch.hex(), name=desk.words(product), lot=state.lot.decode("ascii"),
        first=first, last=last, most=MOST, grids=list(GRIDS), typed=typed or proposed,
    )  # fmt: skip


def _number(text: str) -> int:
    """As typed, from 1 up. Raises `QuantityForm`."""
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 7 and int(plain) > 0):
        raise Refusal("QuantityForm", value=plain[:20])
    return int(plain)
