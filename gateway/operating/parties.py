"""Pages: who takes part; admitting, suspending, roles, keys."""

from __future__ import annotations

from typing import Any

import rfc8785
from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here, SignedIn
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute, language_of
from gateway.door import segment
from gateway.operating.proposing import Proposal, called, page, path_of, settle
from gateway.operating.words import CUSTODY, ROLES, STATUS, folded
from gateway.pages.languages import mark
from gateway.renewing import renew as renewed
from ledger.bindings import registries
from ledger.bindings.changes import Admission, admitting, with_roles
from ledger.errors import ChainError, Refusal
from ledger.events.identifiers import party_id, party_uri
from ledger.events.model import Custody, Role, Status

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SHOWN = 50
NAME = 100


@router.get("/operating/parties")
@does(Action.OPERATE)
def parties(request: Request, here: Here) -> Response:
    return _parties(request, here)


@router.post("/operating/parties")
@does(Action.OPERATE)
def admit(request: Request, here: Here, form: Posted) -> Response:
    language, state = language_of(request), request.app.state
    _ = language.text

    def propose(sure: bool) -> Proposal:
        uri, names, roles = party_uri(form.one("uri")), _names(form), _roles(form)
        known = next(iter(state.reader.parties(uri)), None)
        signers: dict[bytes, Custody] = {}
        if sure or known is not None:  # a key is made for who is admitted, not for who is only thought of
            signers[state.keyring.address(party_id(uri))] = Custody.GATEWAY
        wanted = Admission(uri, roles, rfc8785.dumps({"name": names}).decode(), signers)
        words = language.join(_(ROLES[role][0]) for role in roles) or _("no role")
        says = [_("{name}, with the roles: {roles}.", name=names["vi"], roles=words), uri]
        if known is None:
            says.append(_("This gateway makes a signing key for it and keeps it sealed."))
            says.append(_("Name and roles are public, for good: what was once recorded is never taken away."))
        else:
            says.append(_("It is admitted already: missing roles are added, its name stays as it is."))
        title = _("Admit {name}?", name=names["vi"])
        return Proposal(title, tuple(says), _("Admit it"), admitting(state.deployment.parties, wanted, known))

    def again(error: Refusal | ChainError) -> Response:
        return _parties(request, here, error, form)

    return settle(request, here, form, "/operating/parties", "/operating/parties", propose, again)


@router.get("/operating/parties/{id}")
@does(Action.OPERATE)
def party(request: Request, here: Here, id: str) -> Response:
    return _party(request, here, _known(request, id))


@router.post("/operating/parties/{id}/status")
@does(Action.OPERATE)
def status(request: Request, here: Here, form: Posted, id: str) -> Response:
    language, state, known = language_of(request), request.app.state, _known(request, id)
    _, name = language.text, called(known, language)

    def propose(sure: bool) -> Proposal:
        if form.one("status") not in STATUS:
            raise Refusal("ProposalForm", reason="choose")
        wanted = Status[form.one("status").upper()]
        changes = [(state.deployment.parties, registries.set_status(party_id(known["id"]), wanted))]
        if known["status"] == wanted.name.lower():
            changes = []
        if wanted is Status.ACTIVE:
            again = (_("From the next block on it may do again all that its roles allow."),)
            return Proposal(_("Make {name} active again?", name=name), again, _("Make it active"), changes)
        says = (
            _("From the next block on it may only: receive goods, not accept them, take a shipment back, dispose of goods,"
              " recall, void, and send goods back to the party that made them."),
            _("It makes, packs, sells and sends on nothing more."),
            _("What was recorded stays. Events on their way that are not on the chain yet are refused."),
            _("Goods that it does not bring back itself, an inspector sends back for it."),
            _("Its people still sign in and read."),
        )  # fmt: skip
        return Proposal(_("Suspend {name}?", name=name), says, _("Suspend it"), changes, takes_away=True)

    at = path_of("parties", known["id"])
    return settle(request, here, form, f"{at}/status", at, propose, lambda error: _party(request, here, known, error))


@router.post("/operating/parties/{id}/roles")
@does(Action.OPERATE)
def roles(request: Request, here: Here, form: Posted, id: str) -> Response:
    language, state, known = language_of(request), request.app.state, _known(request, id)
    _ = language.text

    def propose(sure: bool) -> Proposal:
        wanted, held = _roles(form), Role(known["role_bits"])
        says = []
        for change, message in (
            (wanted & ~held, mark("Added: {roles}.")),
            (held & ~wanted, mark("Taken away: {roles}.")),
        ):
            if change:
                words = language.join(_(ROLES[role][0]) for role in change)
                says.append(_(message, roles=words))
        if Role.INSPECTOR in wanted & ~held:
            says.append(_(
                "An inspector may observe and recall any batch, put a quantity up, and send a suspended party's goods back."
            ))  # fmt: skip
        says.append(_("What it recorded in these roles stays and stays valid."))
        title = _("Change the roles of {name}?", name=called(known, language))
        changes = with_roles(state.deployment.parties, known, wanted)
        return Proposal(title, tuple(says), _("Change the roles"), changes, takes_away=bool(held & ~wanted))

    at = path_of("parties", known["id"])
    return settle(
        request, here, form, f"{at}/roles", at, propose, lambda error: _party(request, here, known, error, form)
    )


@router.post("/operating/parties/{id}/renew")
@does(Action.OPERATE)
def renew(request: Request, here: Here, form: Posted, id: str) -> Response:
    state, known = request.app.state, _known(request, id)
    try:
        registry = state.deployment.parties
        key, standing = renewed(
            state.renewals, state.council, registry, party_id(known["id"]), state.reader.wait_for
        )  # fmt: skip
    except (Refusal, ChainError) as error:
        return _party(request, here, known, error)
    told = {"key": "0x" + key.hex(), "finished": standing.finished, "pending": standing.pending}
    return _party(request, here, _known(request, id), renewed=told)


def _known(request: Request, id: str) -> dict[str, Any]:
    uri = party_uri(segment(id))
    found = next(iter(request.app.state.reader.parties(uri)), None)
    if found is None:
        raise Refusal("UnknownParty", party=uri)
    return dict(found)


def _names(form: Form) -> dict[str, str]:
    names = {code: form.one(f"name_{code}").strip() for code in ("vi", "en")}
    if not names["vi"] or any(len(name) > NAME for name in names.values()):
        raise Refusal("ProposalForm", reason="name")
    return {code: name for code, name in names.items() if name}


def _roles(form: Form) -> Role:
    try:
        return Role(sum({Role[word.upper()] for word in form.many("role")}))
    except KeyError as error:
        raise Refusal("ProposalForm", reason="roles") from error


def _parties(
    request: Request, here: SignedIn, error: Refusal | ChainError | None = None, form: Form | None = None
) -> Response:
    language, asked = language_of(request), request.query_params.get("q", "").strip()[:NAME]
    everybody = request.app.state.reader.parties()
    wanted = folded(asked)
    found = [
        each | {"called": called(each, language), "path": path_of("parties", each["id"])}
        for each in everybody
        if wanted in folded(f"{called(each, language)} {each['name']} {each['id']}")
    ]
    return page(
        request,
        here,
        "parties.html",
        error,
        parties=found[:SHOWN],
        found=len(found),
        all=len(everybody),
        asked=asked,
        form=form,
        roles=ROLES,
        statuses=STATUS,
    )


def _party(
    request: Request,
    here: SignedIn,
    known: dict[str, Any],
    error: Refusal | ChainError | None = None,
    form: Form | None = None,
    renewed: dict[str, Any] | None = None,
) -> Response:
    language = language_of(request)
    chosen = set(form.many("role")) if form else set(known["roles"])
    signers = [
        {
            "address": each["address"],
            "from": language.moment(each["from"])
            if (each["from"] or "")[:4] > "1970"
            else language.text("the beginning"),
            "to": language.moment(each["to"]) or language.text("further notice"),
            "custody": CUSTODY[each["custody"]],
        }
        for each in known["signers"]
    ]
    return page(
        request,
        here,
        "party.html",
        error,
        party=known,
        name=called(known, language),
        at=path_of("parties", known["id"]),
        signers=signers,
        kept_here=any(each["custody"] == "gateway" for each in known["signers"]),
        chosen=chosen,
        roles=ROLES,
        statuses=STATUS,
        renewed=renewed,
    )
