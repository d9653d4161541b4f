"""Page: declared yields. What a proposed one would allow is shown beside what came out of the goods so far."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here, SignedIn
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute, language_of
from gateway.operating.proposing import Proposal, called, page, settle
from gateway.operating.words import UNITS
from gateway.pages import formats
from gateway.pages.languages import Language
from ledger.bindings.changes import declaring
from ledger.errors import ChainError, Refusal
from ledger.events.identifiers import product_uri
from ledger.events.model import PER_MILLION
from ledger.projection.conversions import Conversions

router = APIRouter(route_class=PageRoute, include_in_schema=False)
HUNDRED = {"g": 100_000, "ml": 100_000, "pieces": 100}
"""A hundred of what people count in: kg, litres or pieces, in base units."""
SEEN = 500


@router.get("/operating/yields")
@does(Action.OPERATE)
def yields(request: Request, here: Here) -> Response:
    return _yields(request, here)


@router.post("/operating/yields")
@does(Action.OPERATE)
def declare(request: Request, here: Here, form: Posted) -> Response:
    language, state = language_of(request), request.app.state

    def propose(sure: bool) -> Proposal:
        source, output = _product(request, form.one("input")), _product(request, form.one("output"))
        going_in, coming_out = amount(form.one("from"), source["unit"]), amount(form.one("most"), output["unit"])
        if going_in == 0:
            raise Refusal("ProposalForm", reason="zero")
        per_million = -(-coming_out * PER_MILLION // going_in)  # upwards: what was typed must be allowed
        declared = {(each["input"], each["output"]): each["per_million"] for each in state.reader.yields()}
        now = declared.get((source["id"], output["id"]))
        seen = state.reader.conversions(source["id"], output["id"], SEEN)
        told = Told(language, source, output, going_in)
        changes = declaring(state.deployment.products, source["id"], output["id"], per_million, now)
        return Proposal(
            language.text("Declare this yield?"),
            tuple(told.says(per_million, now, seen)),
            language.text("Declare it"),
            changes,
            tuple(told.warns(per_million, now, seen)),
            lead=told.sentence(per_million),
        )

    def again(error: Refusal | ChainError) -> Response:
        return _yields(request, here, error, form)

    return settle(request, here, form, "/operating/yields", "/operating/yields", propose, again)


class Told:
    """A yield in words, for this much of the input."""

    def __init__(self, language: Language, source: dict[str, Any], output: dict[str, Any], going_in: int) -> None:
        self._language = language
        self._units = source["unit"], output["unit"]
        self._goods = {"source": called(source, language), "output": called(output, language)}
        self._in = going_in

    def sentence(self, per_million: int) -> str:
        """`from 100 kg of X at most 115 kg of Y`"""
        most = self._in * per_million // PER_MILLION
        amounts = {"from_amount": self._amount(self._in, 0), "most": self._amount(most, 1)}
        return self._language.text(
            "From {from_amount} of {source} at most {most} of {output}.", **amounts, **self._goods
        )

    def percent(self, per_million: int) -> str | None:
        """Of one unit out of the same; None where they cannot be compared."""
        if self._units[0] != self._units[1]:
            return None
        return formats.number(Decimal(per_million) / 10_000, self._language.locale)

    def says(self, per_million: int, now: int | None, seen: Conversions) -> list[str]:
        _ = self._language.text
        said = []
        if percent := self.percent(per_million):
            said.append(_("That is {percent} % of what goes in.", percent=percent))
        if now is None:
            said.append(_("Now: not declared, so none of it may be made of this."))
        else:
            said.append(_("Now: {sentence}", sentence=self.sentence(now)))
        said += self._seen(seen)
        said.append(_("It holds for every party that may make it, from the next block on. What was recorded stays."))
        return said

    def warns(self, per_million: int, now: int | None, seen: Conversions) -> list[str]:
        _ = self._language.text
        warned = []
        if self._units[0] == self._units[1] and per_million > PER_MILLION:
            extra = self._in * (per_million - PER_MILLION) // PER_MILLION
            warned.append(_(
                "More comes out than goes in: {extra} more from {from_amount}. Declare it only for what is truly added, such as"
                " brine or sauce: whoever makes it may then record that much out of nothing else.",
                extra=self._amount(extra, 1), from_amount=self._amount(self._in, 0),
            ))  # fmt: skip
        if per_million == 0:
            warned.append(_("Nothing of {output} may then be made from {source}.", **self._goods))
        elif now is not None and per_million < now:
            warned.append(_("This is less than now: what is above it will be refused from then on."))
        if above := seen.above(per_million):
            warned.append(self._language.count(
                "{n} conversion on the ledger gave more than this would allow.",
                "{n} conversions on the ledger gave more than this would allow.", above,
            ))  # fmt: skip
        return warned

    def _seen(self, seen: Conversions) -> list[str]:
        """What really came out: worst, best, all together, for the same amount of the input."""
        language, said = self._language, []
        if not seen.made:
            said.append(language.text("On the ledger: nothing was made of it so far."))
        else:
            used, made = seen.together
            came = sorted(self._in * out // into for into, out in seen.made)
            least, most, mean = (self._amount(each, 1) for each in (came[0], came[-1], self._in * made // used))
            amounts = {"from_amount": self._amount(self._in, 0), "mean": mean}
            if len(came) == 1:
                said.append(language.text("On the ledger, once: from {from_amount} came {mean}.", **amounts))
            else:
                said.append(language.text(
                    "On the ledger, {n} times: from {from_amount} came {least} to {most}, all together {mean}.",
                    n=language.number(len(came)), least=least, most=most, **amounts,
                ))  # fmt: skip
        if seen.mixed:
            said.append(language.count(
                "{n} more had other ingredients too and is not counted.",
                "{n} more had other ingredients too and are not counted.", seen.mixed,
            ))  # fmt: skip
        return said

    def _amount(self, quantity: int, side: int) -> str:
        return self._language.quantity(quantity, self._units[side])


def amount(typed: str, unit: str) -> int:
    """Base units of what people write in kg, litres or pieces, with a comma or a point. What can be read two ways is refused."""
    found = typed.strip()
    parts = re.fullmatch(r"([0-9]{1,9})(?:[.,]([0-9]{1,3}))?", found)
    if not parts:
        raise Refusal("ProposalForm", reason="amount", found=found[:40])
    whole, part = parts[1], parts[2] or ""
    if len(part) == 3 and whole.strip("0"):
        raise Refusal("ProposalForm", reason="thousands", found=found)
    if unit == "pieces":
        if part:
            raise Refusal("ProposalForm", reason="whole", found=found)
        return int(whole)
    return int(whole) * 1_000 + int(part.ljust(3, "0"))


def _product(request: Request, named: str) -> dict[str, Any]:
    if not named:
        raise Refusal("ProposalForm", reason="choose")
    uri = product_uri(named)
    found = next(iter(request.app.state.reader.products(uri)), None)
    if found is None:
        raise Refusal("UnknownProduct", product=uri)
    return dict(found)


def _yields(
    request: Request, here: SignedIn, error: Refusal | ChainError | None = None, form: Form | None = None
) -> Response:
    language, reader = language_of(request), request.app.state.reader
    products = {each["id"]: each for each in reader.products()}
    shown = []
    for each in reader.yields():
        source, output = products[each["input"]], products[each["output"]]
        told = Told(language, source, output, HUNDRED[source["unit"]])
        shown.append({"sentence": told.sentence(each["per_million"]), "percent": told.percent(each["per_million"])})
    choices = [(each["id"], called(each, language), UNITS[each["unit"]]) for each in products.values()]
    return page(request, here, "yields.html", error, yields=shown, form=form, products=choices)
