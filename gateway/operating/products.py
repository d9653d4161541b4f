"""Pages: products, and who may make them."""

from __future__ import annotations

import re
from typing import Any

import rfc8785
from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here, SignedIn
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute, language_of
from gateway.door import segment
from gateway.operating.proposing import Proposal, called, page, path_of, settle
from gateway.operating.words import UNITS, folded
from ledger.bindings.changes import Registration, registering, with_makers
from ledger.errors import ChainError, Refusal
from ledger.events.identifiers import party_uri, product_uri
from ledger.events.model import Unit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SHOWN = 50
NAME = 100
BASE = {"g": Unit.GRAM, "ml": Unit.MILLILITRE, "pieces": Unit.PIECE}


@router.get("/operating/products")
@does(Action.OPERATE)
def products(request: Request, here: Here) -> Response:
    return _products(request, here)


@router.post("/operating/products")
@does(Action.OPERATE)
def register(request: Request, here: Here, form: Posted) -> Response:
    language, state = language_of(request), request.app.state
    _ = language.text

    def propose(sure: bool) -> Proposal:
        uri, names = product_uri(form.one("uri")), _names(form)
        owner = _party(request, form.one("brand_owner"))
        makers = [_party(request, each) for each in form.many("maker") if each]
        unit, is_open = form.one("unit"), form.one("open") == "yes"
        if unit not in BASE:
            raise Refusal("ProposalForm", reason="choose")
        known = next(iter(state.reader.products(uri)), None)
        if known is not None:
            raise Refusal("ProposalForm", reason="registered")
        wanted = Registration(
            uri,
            BASE[unit],
            _stage(form),
            owner["id"],
            tuple(each["id"] for each in makers),
            is_open,
            rfc8785.dumps({"name": names}).decode(),
        )
        says = [
            uri,
            _("It is measured in {unit}, on stage {stage}.", unit=_(UNITS[unit]), stage=str(wanted.stage)),
            _("The brand owner is {name}.", name=called(owner, language)),
        ]
        if is_open:
            says.append(_("Any party with the role of a producer may bring it."))
        else:
            others = language.join(called(each, language) for each in makers)
            says.append(_("Besides the brand owner these may make it: {names}.", names=others) if others else
                        _("Only the brand owner may make it."))  # fmt: skip
        says.append(_("Unit, stage, brand owner and whether it is open never change again; makers do."))
        title = _("Add {name}?", name=names["vi"])
        return Proposal(title, tuple(says), _("Add it"), registering(state.deployment.products, wanted, None))

    def again(error: Refusal | ChainError) -> Response:
        return _products(request, here, error, form)

    return settle(request, here, form, "/operating/products", "/operating/products", propose, again)


@router.get("/operating/products/{id}")
@does(Action.OPERATE)
def product(request: Request, here: Here, id: str) -> Response:
    return _product(request, here, _known(request, id))


@router.post("/operating/products/{id}/makers")
@does(Action.OPERATE)
def makers(request: Request, here: Here, form: Posted, id: str) -> Response:
    language, state, known = language_of(request), request.app.state, _known(request, id)
    _ = language.text

    def propose(sure: bool) -> Proposal:
        listed = {known["brand_owner"], *known["makers"]}
        more = [_party(request, each) for each in form.many("maker") if each]
        more = [each for each in more if each["id"] not in listed]
        fewer = [_party(request, each) for each in form.many("not_any_more") if each in known["makers"]]
        says = [_("From the next block on {name} may make it.", name=called(each, language)) for each in more]
        says += [
            _(
                "From the next block on {name} may not make it any more. What it made stays.",
                name=called(each, language),
            )
            for each in fewer
        ]
        changes = with_makers(
            state.deployment.products, known["id"], [each["id"] for each in more], [each["id"] for each in fewer]
        )
        title = _("Change who may make {name}?", name=called(known, language))
        return Proposal(title, tuple(says), _("Change the makers"), changes)

    at = path_of("products", known["id"])
    return settle(
        request, here, form, f"{at}/makers", at, propose, lambda error: _product(request, here, known, error, form)
    )


def _known(request: Request, id: str) -> dict[str, Any]:
    uri = product_uri(segment(id))
    found = next(iter(request.app.state.reader.products(uri)), None)
    if found is None:
        raise Refusal("UnknownProduct", product=uri)
    return dict(found)


def _party(request: Request, named: str) -> dict[str, Any]:
    if not named:
        raise Refusal("ProposalForm", reason="choose")
    uri = party_uri(named)
    found = next(iter(request.app.state.reader.parties(uri)), None)
    if found is None:
        raise Refusal("UnknownParty", party=uri)
    return dict(found)


def _names(form: Form) -> dict[str, str]:
    names = {code: form.one(f"name_{code}").strip() for code in ("vi", "en")}
    if not names["vi"] or any(len(name) > NAME for name in names.values()):
        raise Refusal("ProposalForm", reason="name")
    return {code: name for code, name in names.items() if name}


def _stage(form: Form) -> int:
    typed = form.one("stage").strip()
    if not re.fullmatch("[0-9]{1,5}", typed) or int(typed) >= 2**16:
        raise Refusal("ProposalForm", reason="stage")
    return int(typed)


def _products(
    request: Request, here: SignedIn, error: Refusal | ChainError | None = None, form: Form | None = None
) -> Response:
    language, reader, asked = (
        language_of(request),
        request.app.state.reader,
        request.query_params.get("q", "").strip()[:NAME],
    )
    wanted, everything = folded(asked), reader.products()
    found = [
        each | {"called": called(each, language), "path": path_of("products", each["id"])}
        for each in everything
        if wanted in folded(f"{called(each, language)} {each['name']} {each['id']}")
    ]
    return page(
        request,
        here,
        "products.html",
        error,
        products=found[:SHOWN],
        found=len(found),
        all=len(everything),
        asked=asked,
        form=form,
        units=UNITS,
        parties=_choices(request),
    )


def _product(
    request: Request,
    here: SignedIn,
    known: dict[str, Any],
    error: Refusal | ChainError | None = None,
    form: Form | None = None,
) -> Response:
    language = language_of(request)
    return page(
        request,
        here,
        "product.html",
        error,
        product=known,
        name=called(known, language),
        at=path_of("products", known["id"]),
        units=UNITS,
        form=form,
        parties=_choices(request),
    )


def _choices(request: Request) -> list[tuple[str, str]]:
    """Address and name of every party."""
    language = language_of(request)
    return [(each["id"], called(each, language)) for each in request.app.state.reader.parties()]
