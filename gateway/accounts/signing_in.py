"""Pages: sign in, second factor, invitation. Each that opens a session gives a new cookie, whatever cookie was there before."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here, signed_in
from gateway.auth.forms import Posted
from gateway.auth.limits import ACCOUNT, ADDRESS, network
from gateway.auth.people import Person, as_typed
from gateway.auth.second_factor import address
from gateway.auth.sessions import OF_A_PARTY, Stage, device_of
from gateway.auth.showing import PageRoute, at_home, drop_cookie, go, home_of, keep_cookie, show
from gateway.pages.qr import qr_inline
from gateway.problems import status_of
from ledger.errors import Refusal

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/sign-in")
@does(Action.SIGN_IN)
def sign_in_page(request: Request) -> Response:
    return at_home(request) or show(request, "people/sign_in.html")


@router.post("/sign-in")
@does(Action.SIGN_IN)
def sign_in(request: Request, form: Posted) -> Response:
    state, name = request.app.state, as_typed(form.one("name"))
    try:
        state.limits.take((ACCOUNT, name), (ADDRESS, _address(request)))
        person = state.people.signing_in(name, form.one("password"))
        if not person.needs_second_factor:
            state.limits.forget(ACCOUNT, name)
            return _enter(request, person, "whole")
        if state.people.second_factor(person.id)[1] is None:
            raise Refusal("SecondFactorMissing")
        return _enter(request, person, "half", "/second-factor")
    except Refusal as refusal:
        return show(request, "people/sign_in.html", status=status_of(refusal), refusal=refusal)


@router.post("/sign-out")
@does(Action.DEVICES)
def sign_out(request: Request, here: Here, form: Posted) -> Response:
    request.app.state.sessions.end(here.session.id, here.person.id)
    response = go(request, "/sign-in")
    drop_cookie(request, response)
    return response


@router.get("/second-factor")
@does(Action.PROVE)
def second_factor_page(request: Request, here: Here) -> Response:
    return at_home(request) or _second_factor(request, here)


@router.post("/second-factor")
@does(Action.PROVE)
def second_factor(request: Request, here: Here, form: Posted) -> Response:
    if (back := at_home(request)) is not None:
        return back
    state, person = request.app.state, here.person
    try:
        state.limits.take((ACCOUNT, person.id), (ADDRESS, _address(request)))
        state.people.prove(person.id, form.one("code"))
    except Refusal as refusal:
        return _second_factor(request, here, refusal)
    for each in (person.id, person.sign_in):
        state.limits.forget(ACCOUNT, each)
    return _enter(request, person, "whole")


@router.get("/invitation")
@does(Action.SIGN_IN)
def invitation_page(request: Request) -> Response:
    """The code stands behind the `#` of the link, which no browser sends: a script puts it into the form, or it is typed."""
    return show(request, "people/invitation.html", code="")


@router.post("/invitation")
@does(Action.SIGN_IN)
def invitation(request: Request, form: Posted) -> Response:
    state, code = request.app.state, form.one("code")
    try:
        state.limits.take((ADDRESS, _address(request)))
        person = state.people.accept(code, form.one("password"))
    except Refusal as refusal:
        return show(request, "people/invitation.html", status=status_of(refusal), refusal=refusal, code=code[:40])
    if person.needs_second_factor:
        return _enter(request, person, "enrolling", "/second-factor")
    return _enter(request, person, "whole")


def _second_factor(request: Request, here: Here, refusal: Refusal | None = None) -> Response:
    """While it is set up the secret is shown, in the session that used the invitation and in no other."""
    secret = qr = None
    if here.session.stage == "enrolling":
        secret, _ = request.app.state.people.second_factor(here.person.id)
        qr = qr_inline(address(secret, here.person.sign_in))
        secret = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    status = status_of(refusal) if refusal else 200
    return show(request, "people/second_factor.html", here, status, refusal, secret=secret, qr=qr)


def _enter(request: Request, person: Person, stage: Stage, to: str | None = None) -> Response:
    """A new session, which begins at the person's first page; the one this browser had, whoever's, is over."""
    sessions, old = request.app.state.sessions, signed_in(request)
    device = device_of(request.headers.get("user-agent", ""))
    secret = sessions.begin(person.id, stage, device, old.session.id if old else None)
    if old and old.person.id != person.id:
        sessions.end(old.session.id, old.person.id)
    response = go(request, to or home_of(person))
    keep_cookie(request, response, secret, OF_A_PARTY.most if person.party is not None else None)
    return response


def _address(request: Request) -> str:
    return network(request.client.host if request.client else "")
