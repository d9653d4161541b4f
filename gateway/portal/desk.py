"""What every page of the portal is made of: whose desk it is, what stands on it, and how something entered is kept."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from fastapi import Request, Response

from gateway.auth.actions import Action, Object, authorise
from gateway.auth.asking import SignedIn
from gateway.auth.forms import Form
from gateway.auth.showing import go, language_of, may, show
from gateway.pages.languages import Language
from gateway.pages.links import scan_path
from gateway.portal.amounts import BUILT_IN, TradeUnit, base_units, entered, named
from gateway.portal.words import said
from gateway.problems import status_of
from ledger.errors import Refusal
from ledger.events.identifiers import product_id, product_uri
from ledger.events.model import Kind, Role
from ledger.events.rules.state import BatchState
from ledger.projection.present import Json, hexed, text
from ledger.recording import Draft, MoveDraft
from ledger.recording.trial import Trial

WITH_CAMERA: Final = ("dispose.html", "recall.html")
"""Pages with a button that reads a code (gateway/pages/static/scan.js)."""


@dataclass(frozen=True, slots=True)
class Goods:
    """A quantity of one batch. `product` as the ledger presents it; `quantity` in its base unit, `said` in words."""

    batch: str
    product: Json
    name: str
    lot: str
    origin: str
    quantity: int
    said: str
    recalled: bool = False
    open_until: int = 0

    @property
    def code(self) -> str:
        """What its QR code says behind the host."""
        return scan_path(self.product["id"], self.lot)


class Desk:
    """Of the party of whoever asks. Raises `NotYourParty` for who has none."""

    def __init__(self, request: Request, here: SignedIn) -> None:
        if here.person.party is None:
            raise Refusal("NotYourParty", party="")
        self.request = request
        self.here = here
        self.party: bytes = here.person.party
        self.language: Language = language_of(request)
        self.state = request.app.state
        self._named: dict[bytes, Json] = {}
        self._wrote: list[tuple[bytes, str]] = []
        self.typed_units: dict[str, str] = {}
        """What was chosen as the unit of a field, for the form to stand as it was."""

    @staticmethod
    def fresh() -> str:
        """The id of an entry to come, drawn with its form."""
        return secrets.token_hex(16)

    @property
    def now(self) -> int:
        return int(time.time())

    @cached_property
    def uri(self) -> str:
        return str(self.name_of(self.party)["id"])

    @cached_property
    def roles(self) -> Role:
        """Of the party."""
        with self.state.reader.desk() as desk:
            return Role(desk.roles(self.party))

    def has(self, roles: Role) -> bool:
        """Whether the party has one of these roles, or none is needed."""
        return not roles or bool(self.roles & roles)

    @cached_property
    def trial(self) -> Trial:
        """How things stand, with all that the party has entered."""
        trial: Trial = self.state.waiting.look(self.party)
        return trial

    def batch(self, id: bytes) -> BatchState | None:
        return self.trial.batch(id)

    def batch_named(self, draft: MoveDraft, party: bytes) -> BatchState | None:
        """Of a draft of this or another party, which may have entered the batch itself a moment ago."""
        trial = self.trial if party == self.party else self.state.waiting.look(party)
        found: BatchState | None = trial.batch(trial.batch_of(draft, party))
        return found

    def product_of(self, id: bytes) -> Json | None:
        """Of a batch, or of a shipment."""
        state = self.trial.batch(id) or self.trial.batch(self.trial.batch_of_shipment(id) or b"")
        return self.product(state.product) if state else None

    def may(self, *kinds: Kind) -> bool:
        """Whether this person's roles hold all of these kinds."""
        try:
            self.must(*kinds)
        except Refusal:
            return False
        return True

    def name_of(self, id: bytes) -> Json:
        if id not in self._named:
            with self.state.reader.desk() as desk:
                self._named[id] = desk.party(id)
        return self._named[id]

    def product(self, id: bytes) -> Json:
        if id not in self._named:
            with self.state.reader.desk() as desk:
                self._named[id] = desk.product(id)
        return self._named[id]

    def product_called(self, uri: str) -> Json:
        """Of a form. Raises `UnknownProduct`."""
        found = self.product(product_id(product_uri(uri)))
        if found["unit"] is None:
            raise Refusal("UnknownProduct", product=product_id(product_uri(uri)))
        return found

    def words(self, thing: Json) -> str:
        """A party's or product's name in the reader's language; its address where it has none."""
        return self.language.pick(thing.get("name")) or str(thing["id"])

    def amount(self, quantity: int, product: Json) -> str:
        unit = product.get("unit")
        return self.language.quantity(quantity, unit) if unit else self.language.number(quantity)

    def goods(self, batch: BatchState, quantity: int) -> Goods:
        product = self.product(batch.product)
        return Goods(
            hexed(batch.id), product, self.words(product), text(batch.lot), self.words(self.name_of(batch.origin)),
            quantity, self.amount(quantity, product), bool(batch.recalled), batch.open_until,
        )  # fmt: skip

    def stock(self) -> list[Goods]:
        """What the party holds, with all that it has entered, by product and lot."""
        held = [self.goods(each.batch, each.quantity) for each in self.trial.stock(self.party) if each.quantity]
        return sorted(held, key=lambda goods: (goods.name, goods.lot))

    # ── entering ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def units(self, product: Json) -> Sequence[TradeUnit]:
        """Those of everybody and the party's own; the one that this person last wrote stands first."""
        id = product_id(product["id"])
        own = self.state.trade_units.of(self.party, id)
        taken = {unit.name for unit in own}
        all_ = [each for each in BUILT_IN[product["unit"]] if self.language.text(each.words) not in taken] + own
        last = self.state.trade_units.last(self.here.person.id, id)
        return sorted(all_, key=lambda unit: unit.name != last)

    def unit_said(self, unit: TradeUnit, product: Json) -> str:
        """`kg`; of the party's own how much it is: `thùng (20 kg)`."""
        words = self.language.text(unit.words)
        return words if unit.version is None else f"{words} ({self.amount(unit.factor, product)})"

    @property
    def decimal_comma(self) -> bool:
        return bool(self.language.locale.number_symbols["latn"]["decimal"] == ",")

    def parties(self) -> list[Json]:
        """All that goods may go to or come from, by name in the reader's language."""
        with self.state.reader.desk() as reader:
            return sorted(reader.parties(self.party), key=lambda party: self.words(party).casefold())

    def quantity(self, form: Form, product: Json, field: str = "quantity") -> tuple[int, dict[str, Any]]:
        """Base units, and the content that says what was typed. Raises Refusal."""
        self.typed_units[field] = form.one(f"{field}_unit")
        unit = named(self.units(product), form.one(f"{field}_unit"))
        typed = form.one(field)
        amount = base_units(typed, unit, self.decimal_comma)
        self._wrote.append((product_id(product["id"]), unit.name))
        return amount, {"nguon:entered": entered(typed, unit)}

    def must(self, *kinds: Kind) -> None:
        """Raises `NotYourRole` unless this person's roles hold all of these kinds."""
        for kind in kinds:
            authorise(self.here.may, Action.RECORD, Object(self.party), kind)

    def keep(self, form: Form, *drafts: Draft) -> Response:
        """Waits to be signed, in the place of what the form changes; then the person is back at Today, which shows it.
        Raises Refusal."""
        self.must(*(draft.kind for draft in drafts))
        person, waiting = self.here.person.id, self.state.waiting
        if old := form.one("change"):
            waiting.replace(self.party, person, old, entry_id(form), drafts)
        else:
            waiting.keep(self.party, person, entry_id(form), drafts)
        for product, unit in self._wrote:
            self.state.trade_units.used(person, product, unit)
        return self.today()

    def again(self, form: Form) -> bool:
        """Whether this very form was taken before: a finger that taps twice, a line that broke before the answer came."""
        return bool(self.state.waiting.knows(self.party, form.one("draft")))

    def today(self) -> Response:
        return go(self.request, "/portal")

    def show(self, template: str, refusal: Refusal | None = None, wrong: str | None = None, **values: Any) -> Response:
        """`wrong`: the refusal in words that fit this page better than those for all pages."""
        response = show(
            self.request, f"portal/{template}", self.here, status_of(refusal) if refusal else 200, refusal,
            wrong=wrong or (said(refusal, self) if refusal else None), desk=self, draft=self.fresh(), **values,
        )  # fmt: skip
        if template in WITH_CAMERA:
            response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
        return response


def entry_id(form: Form) -> str:
    """Drawn with the page: sent twice by an impatient finger it is one entry."""
    id = form.one("draft")
    if len(id) != 32 or not set(id) <= set("0123456789abcdef"):
        raise Refusal("FormRefused", reason="its page is too old")
    return id


def may_open(here: SignedIn) -> bool:
    return may(here, Action.PORTAL)
