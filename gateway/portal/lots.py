"""Names of new lots, and how long a lot stays open."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from gateway.auth.forms import Form
from gateway.pages.formats import VIETNAM
from gateway.portal.desk import Desk
from ledger.errors import Refusal
from ledger.events.identifiers import product_id
from ledger.projection.present import Json, text

NIGHTS: Final = 6
"""Days for which a new lot stays open: the law allows 7, and a phone's clock may be ahead of the chain's."""
_TAKEN: Final = ("BatchClosed", "OutsideStockNotNew", "OutputIsInput")


def new_lot(desk: Desk, *products: Json) -> str:
    """The day, and a number where the day has one of any of these products already: `261124`, `261124-2`."""
    taken = {text(batch.lot) for each in products for batch in desk.trial.made_by(desk.party, product_id(each["id"]))}
    day = datetime.now(UTC).astimezone(VIETNAM).strftime("%d%m%y")
    return next(lot for n in range(1, 1_000) if (lot := day if n == 1 else f"{day}-{n}") not in taken)


def lot_to_show(desk: Desk, typed: str, refusal: Refusal | None, *products: Json) -> str:
    """What was typed; a new one where nothing was, or where the law says that it is taken."""
    if typed and not (refusal and refusal.law in _TAKEN):
        return typed
    return new_lot(desk, *products)


def lot_of(form: Form) -> str:
    """Raises `LotLength` where none was typed."""
    lot = form.one("lot").strip()
    if not lot:
        raise Refusal("LotLength", length=0)
    return lot


def is_known(desk: Desk, product: Json, lot: str) -> bool:
    """Whether the party has made a batch of this name."""
    return any(text(batch.lot) == lot for batch in desk.trial.made_by(desk.party, product_id(product["id"])))
