"""Page: the people of a party, for its managers; of the Union, and of any party by `?party=`, for operators."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, Object, authorise, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.people import Person
from gateway.auth.roles import OF_A_PARTY, OF_THE_UNION, PersonRole, roles_of
from gateway.auth.showing import PageRoute, go, language_of, show
from gateway.pages.qr import qr_inline
from gateway.problems import status_of
from ledger.errors import Refusal
from ledger.events.identifiers import party_id, party_uri

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/people")
@does(Action.PEOPLE)
def people(request: Request, here: Here) -> Response:
    return _list(request, here, _whose(here, request.query_params.get("party")))


@router.post("/people")
@does(Action.PEOPLE)
def invite(request: Request, here: Here, form: Posted) -> Response:
    party = _whose(here, form.one("party"))
    try:
        roles, scope = _chosen(form)
        person, code = request.app.state.people.invite(form.one("name"), party, roles, scope, here.may.actor)
    except Refusal as refusal:
        return _list(request, here, party, refusal)
    return _invited(request, here, person, code)


@router.post("/people/{id}/roles")
@does(Action.PEOPLE)
def change(request: Request, here: Here, form: Posted, id: str) -> Response:
    person = _theirs(request, here, id)
    try:
        request.app.state.people.change(id, *_chosen(form), here.may.actor)
    except Refusal as refusal:
        return _list(request, here, person.party, refusal)
    return _back(request, here, person)


@router.post("/people/{id}/recover")
@does(Action.PEOPLE)
def recover(request: Request, here: Here, form: Posted, id: str) -> Response:
    person = _theirs(request, here, id)
    code = request.app.state.people.recover(id, here.may.actor)
    return _invited(request, here, request.app.state.people.find(id) or person, code)


@router.post("/people/{id}/end")
@does(Action.PEOPLE)
def end(request: Request, here: Here, form: Posted, id: str) -> Response:
    person = _theirs(request, here, id)
    request.app.state.people.end(id, here.may.actor)
    return _back(request, here, person)


def _whose(here: Here, named: str | None) -> bytes | None:
    party = party_id(party_uri(named)) if named else here.person.party
    authorise(here.may, Action.PEOPLE, Object(party))
    return party


def _theirs(request: Request, here: Here, id: str) -> Person:
    """Somebody this person may change. Who does not exist is refused as somebody else's would be."""
    person: Person | None = request.app.state.people.find(id)
    authorise(here.may, Action.PEOPLE, Object(person.party if person else None))
    if person is None:
        raise Refusal("PersonForm", reason="ended")
    if person.id == here.person.id:
        raise Refusal("PersonForm", reason="self")
    return person


def _chosen(form: Form) -> tuple[PersonRole, str | None]:
    try:
        roles = roles_of(form.many("role"))
    except KeyError as error:
        raise Refusal("PersonForm", reason="roles") from error
    return roles, f"{form.one('scope_kind')} {form.one('scope')}"


def _back(request: Request, here: Here, person: Person) -> Response:
    """To the list the person is on. An operator's list of a party is found again by its address."""
    if person.party == here.person.party:
        return go(request, "/people")
    return _list(request, here, person.party)


def _list(request: Request, here: Here, party: bytes | None, refusal: Refusal | None = None) -> Response:
    state, language = request.app.state, language_of(request)
    uri = state.reader.name(party) if party is not None else None
    if party is not None and uri is None:
        raise Refusal("UnknownParty", party=party)
    shown = [
        {
            "person": each,
            "until": language.moment(_instant(each.invited_until)) if each.invited_until is not None else None,
            "self": each.id == here.person.id,
        }
        for each in state.people.of(party)
    ]
    choices = [role for role in PersonRole if role in (OF_A_PARTY if party is not None else OF_THE_UNION)]
    status = status_of(refusal) if refusal else 200
    others = state.reader.parties() if here.may.is_operator else []
    return show(
        request, "people/people.html", here, status, refusal, people=shown, party=uri, choices=choices, others=others
    )  # fmt: skip


def _invited(request: Request, here: Here, person: Person, code: str) -> Response:
    """The link in letters and as a QR code, this once. What stands behind `#` goes to no server and into no log."""
    link = invitation_link(request, code)
    until = language_of(request).moment(_instant(person.invited_until or 0))
    party = request.app.state.reader.name(person.party) if person.party is not None else None
    return show(
        request,
        "people/invited.html",
        here,
        person=person,
        code=code,
        link=link,
        qr=qr_inline(link),
        until=until,
        party=party,
    )


def invitation_link(request: Request, code: str) -> str:
    return f"{str(request.app.state.settings.public_url).rstrip('/')}/invitation#{code}"


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
