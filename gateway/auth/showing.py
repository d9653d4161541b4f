"""Pages for people who sign in: their headers, their cookie, and what becomes of a refusal. No browser stores them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from gateway.auth.actions import Action, authorise
from gateway.auth.asking import SignedIn, cookie, is_secure, signed_in
from gateway.auth.forms import token
from gateway.auth.people import Person
from gateway.auth.roles import PersonRole
from gateway.auth.words import ROLES, said, scope_said
from gateway.pages.languages import Language, mark
from gateway.pages.rendering import Pages
from gateway.problems import status_of
from ledger.errors import Refusal

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # by which older browsers say where a form comes from
    "Vary": "Accept-Language, Cookie",
}


class PageRoute(APIRoute):
    """A refusal is a page in words; who is not signed in, or not wholly, is taken to where they can."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def worded(request: Request) -> Response:
            try:
                return await handler(request)
            except Refusal as refusal:
                request.app.state.watched.refusals.labels(refusal.law).inc()
                if refusal.law == "NotAuthenticated":
                    return go(request, "/sign-in")
                if refusal.law == "SecondFactorNeeded":
                    return go(request, "/second-factor")
                return show(request, "people/refused.html", status=status_of(refusal), refusal=refusal)

        return worded


def language_of(request: Request) -> Language:
    pages: Pages = request.app.state.people_pages
    return pages.language(request)


def show(
    request: Request,
    template: str,
    here: SignedIn | None = None,
    status: int = 200,
    refusal: Refusal | None = None,
    wrong: str | None = None,
    **values: Any,
) -> Response:
    """A page of templates/. `wrong`: what is wrong, where a room has words of its own for it. Whoever has no cookie yet gets one
    that stands for nobody, for the page's form."""
    pages: Pages = request.app.state.people_pages
    language = language_of(request)
    given = request.cookies.get(cookie(request))
    drawn = None if given else secrets.token_urlsafe(32)
    page = pages.render(
        template,
        language,
        token=token(request.app.state.vault, given or drawn or ""),
        to=lambda path: f"{path}?lang={language.code}",
        here=here,
        rooms=rooms(here) if here else [],
        wrong=wrong or (said(refusal, language) if refusal else None),
        role_words=ROLES,
        scope_said=lambda scope: scope_said(scope, language),
        party_name=lambda uri: _party_name(request, uri, language),
        **values,
    )
    response = pages.respond(request, page.encode(), language, status, own=HEADERS)
    if refusal and refusal.law == "TooManyTries":
        response.headers["Retry-After"] = str(refusal.numbers["seconds"])
    if drawn:
        keep_cookie(request, response, drawn, None)
    return response


def go(request: Request, path: str) -> Response:
    """To another page of ours, in the same language."""
    return RedirectResponse(f"{path}?lang={language_of(request).code}", 303, {"Cache-Control": "no-store"})


def keep_cookie(request: Request, response: Response, secret: str, seconds: int | None) -> None:
    """`seconds` None: until the browser is closed. No script reads it, no other site's form sends it."""
    response.set_cookie(
        cookie(request), secret, max_age=seconds, path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def drop_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(cookie(request), path="/", secure=is_secure(request), httponly=True, samesite="lax")


def home_of(person: Person) -> str:
    """The page at which their work begins."""
    if person.party is not None:
        return "/portal"
    return "/operating" if PersonRole.OPERATOR in person.roles else "/auditing"


def at_home(request: Request) -> Response | None:
    """There, for who is signed in already; else None."""
    found = signed_in(request)
    return go(request, home_of(found.person)) if found is not None and found.may.whole else None


def _party_name(request: Request, uri: str, language: Language) -> str:
    """What its people call it; its address where it has no name."""
    found = next(iter(request.app.state.reader.parties(uri)), None)
    return (language.pick(found["name"]) if found else "") or uri


ROOMS: Final = (
    ("/portal", mark("Today"), Action.PORTAL),
    ("/operating", mark("Union"), Action.OPERATE),
    ("/auditing", mark("Auditing"), Action.AUDIT),
    ("/people", mark("People"), Action.PEOPLE),
    ("/devices", mark("My devices"), Action.DEVICES),
)


def rooms(here: SignedIn) -> list[tuple[str, str]]:
    """Address and words of the pages this person may open."""
    return [(path, words) for path, words, action in ROOMS if may(here, action)]


def may(here: SignedIn, action: Action) -> bool:
    try:
        authorise(here.may, action)
    except Refusal:
        return False
    return True
