"""Who is asking: the two doors, and for which party. Programs come with an API key and have no cookie; people come with a
session's cookie to the pages, and a key opens none of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from gateway.auth.actions import Action, Object, Principal, authorise
from gateway.auth.people import Person
from gateway.auth.roles import NOBODY
from gateway.auth.sessions import Session
from ledger.errors import Refusal
from ledger.events.identifiers import party_id, party_uri

bearer = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="pk_<id>_<secret>")


def by_key(request: Request, _shown: Annotated[object, Depends(bearer)]) -> Principal:
    state = request.app.state
    found: Principal = state.api_keys.principal(request.headers.get("authorization"))
    if found.is_operator:
        found = replace(found, for_anyone=state.acts_for_anyone)
    authorise(found, _action(request))
    return found


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at a device. `may` is what `authorise` judges."""

    may: Principal
    person: Person
    session: Session


def by_session(request: Request) -> SignedIn:
    """Raises `NotAuthenticated` without a session, `SecondFactorNeeded` in one that is not whole yet."""
    found = signed_in(request)
    authorise(found.may if found else None, _action(request))
    assert found is not None  # else it was refused
    return found


def signed_in(request: Request) -> SignedIn | None:
    """Who has the cookie of a session; read from the database each time."""
    state = request.app.state
    secret = request.cookies.get(cookie(request))
    session: Session | None = state.sessions.find(secret) if secret else None
    person: Person | None = state.people.find(session.person) if session else None
    if session is None or person is None:
        return None
    whole = session.stage == "whole"
    roles = person.roles if whole or _action(request) is Action.PROVE else NOBODY
    return SignedIn(Principal(person.party, roles, f"person/{person.id}", person.scope, whole), person, session)


def cookie(request: Request) -> str:
    """Its name. Over https the browser itself binds it to this host, this path and a secure line."""
    return "__Host-nguon" if is_secure(request) else "nguon-session"


def is_secure(request: Request) -> bool:
    return str(request.app.state.settings.public_url).startswith("https://")


def _action(request: Request) -> Action:
    action: Action = request.scope["route"].endpoint.action
    return action


Asking = Annotated[Principal, Depends(by_key)]
Here = Annotated[SignedIn, Depends(by_session)]
DOORS: Final = (by_key, by_session)


def acting_party(state: Any, who: Principal, named: str | None) -> bytes:
    """The party an event is recorded for: the key's own. The operator names one, on the development chain alone."""
    if who.party is not None:
        if named is not None:
            authorise(who, Action.RECORD, Object(party_id(party_uri(named))))
        return who.party
    if named is None and who.for_anyone:
        raise Refusal("PartyNotNamed")
    uri = party_uri(named or "")
    authorise(who, Action.RECORD, Object(party_id(uri)))
    if state.reader.name(party_id(uri)) is None:
        raise Refusal("UnknownParty", party=uri)
    return party_id(uri)


def may_record(who: Principal, party: bytes, kind: int) -> None:
    """Whether the key's scopes hold this kind of event. Raises `NotYourRole`."""
    authorise(who, Action.RECORD, Object(party), kind)
