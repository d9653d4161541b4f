"""Page: one batch for an auditor: its sum, its journey as a table, what is private in it, what the last audit said."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from gateway.auditing.scoping import within
from gateway.auditing.words import CAME, KINDS, WENT, amount, called, marks
from gateway.auth.actions import Action, does
from gateway.auth.asking import Here, SignedIn
from gateway.auth.showing import PageRoute, language_of, show
from gateway.pages.languages import Language
from gateway.pages.links import batch_path, scan_path
from ledger.errors import Refusal
from ledger.projection.auditing import STEPS

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Step:
    """`goods`: what it acts on, a line each; `private`: name and value of what is kept here."""

    kind: str
    goods: list[str]
    to: str | None
    party: str
    uri: str
    signer: str
    occurred: str
    captured: str
    recorded: str
    id: str
    block: str
    private: list[tuple[str, str]]


@router.get("/auditing/{batch}")
@does(Action.AUDIT)
def page(request: Request, here: Here, batch: str) -> Response:
    language, auditing, reader = language_of(request), request.app.state.auditing, request.app.state.reader
    given = request.query_params.get("after", "")
    after = int(given) if re.fullmatch("[0-9]{1,18}", given) else 0
    found = auditing.batch(_id(batch), within(here), after)
    if found is None:
        raise _not_there(here, batch)
    journey, product = found["journey"], found["product"]
    if any(each["private"] for each in journey):
        auditing.looked(_id(batch), here.may.actor)
    figures = found["quantities"]
    total = figures["made"] + figures["adjusted_up"] - figures["adjusted_down"]
    last, review = reader.audit(), found["marks"]["under_review"]
    return show(
        request,
        "auditing/batch.html",
        here,
        batch=found,
        product=called(product, language),
        maker=called(found["origin"], language),
        marks=marks(found["marks"], language),
        came=[_quantity(each, figures, product, language) for each in CAME],
        went=[_quantity(each, figures, product, language) for each in WENT],
        total=amount(total, product, language),
        found=amount(sum(figures[name] for name, _ in WENT), product, language),
        adds_up=total == sum(figures[name] for name, _ in WENT),
        steps=[_step(each, found["batch"], language) for each in journey[:STEPS]],
        later=journey[STEPS - 1]["position"] if len(journey) > STEPS else None,
        is_first=after == 0,
        audited=_audited(last, language),
        is_bad=last is not None and last["bad"] > 0,
        review=language.moment(review["since"]) if review else None,
        check=review["check"] if review else None,
        scan=scan_path(product["id"], found["lot"]),
        told=f"{batch_path(product['id'], found['lot'])}?origin={quote(found['origin']['id'], safe='')}",
    )


def _id(text: str) -> bytes:
    """Empty for what is no id: there is no such batch."""
    return bytes.fromhex(text[2:]) if re.fullmatch("0x[0-9a-f]{64}", text) else b""


def _not_there(here: SignedIn, batch: str) -> Refusal:
    """To an auditor it is the same whether there is no such batch or one outside the scope."""
    if here.may.is_operator:
        return Refusal("UnknownBatch", batch=_id(batch))
    return Refusal("NotYourParty", party="another party")


def _quantity(
    named: tuple[str, str], figures: dict[str, int], product: dict[str, Any], language: Language
) -> tuple[str, str, str]:
    """Words, sign and amount of a line of the sum."""
    name, words = named
    sign = "\N{MINUS SIGN}" if name == "adjusted_down" else "+"
    return language.text(words), sign, amount(figures[name], product, language)


def _audited(last: dict[str, Any] | None, language: Language) -> str:
    if last is None:
        return language.text("The records were not compared with the chain yet.")
    return language.text(
        "Last compared with the chain: {moment}, up to block {block}. {good} records in order, {bad} not.",
        moment=language.moment(last["finished_at"]) or "–",
        block=language.number(last["block"]),
        good=language.number(last["good"]),
        bad=language.number(last["bad"]),
    )


def _step(event: dict[str, Any], batch: str, language: Language) -> Step:
    kind = KINDS.get(event["kind"])
    to = event["to"]
    return Step(
        kind=language.text(kind) if kind else event["kind"],
        goods=list(_goods(event, batch, language)),
        to=called(to, language) if to else None,
        party=called(event["party"], language),
        uri=event["party"]["id"],
        signer=event["signer"],
        occurred=language.moment(event["occurred_at"]) or "–",
        captured=language.moment(event["captured_at"]) or "–",
        recorded=language.moment(event["recorded_at"]) or "–",
        id=event["id"],
        block=language.number(event["block"]),
        private=[(name, _value(value)) for name, value in sorted(event["private"].items())],
    )


def _goods(event: dict[str, Any], batch: str, language: Language) -> list[str]:
    """A line for each batch it acts on, with a sign for what was used and made; of the page's own batch the amount alone."""
    lines = [("\N{MINUS SIGN} ", each, each["quantity"]) for each in event["inputs"]]
    lines += [("+ ", each, each["quantity"]) for each in event["outputs"]]
    if event["quantity"] is not None:
        lines.append(("", event["batch_ref"], event["quantity"]))
    said = []
    for sign, each, quantity in lines:
        much = f"{sign}{amount(quantity, each['product'], language)}"
        if each["batch"] != batch and each["product"]:
            much = f"{much} {called(each['product'], language)}, {language.text('lot {lot}', lot=each['lot'])}"
        said.append(much)
    return said


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
