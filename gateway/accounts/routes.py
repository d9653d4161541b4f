"""`/v1/people` and API keys, for programs: how the first operator and a party's first manager are invited, and keys made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from gateway.accounts.people import invitation_link
from gateway.auth.actions import Action, Object, Principal, authorise, does
from gateway.auth.asking import Asking
from gateway.auth.keys import ApiKey
from gateway.auth.people import Person
from gateway.auth.roles import OF_A_PARTY, PersonRole, roles_of, words_of
from gateway.door import StrictRoute, segment
from gateway.problems import Problem, declared
from ledger.errors import NotFound
from ledger.events.identifiers import party_id, party_uri

router = APIRouter(prefix="/v1", route_class=StrictRoute)
Scope = Literal["recorder", "shipper", "processor", "manager"]
Uri = Annotated[str, Field(min_length=1, max_length=256)]
ERRORS = declared(400, 401, 403, 404, 413, 415, 422, 503)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewPerson(Strict):
    """`party` is left out of an operator or an auditor. `scope` of an auditor: `party URI`, `product URI` or `area NAME`."""

    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S")]
    roles: Annotated[list[Literal[Scope, "auditor", "operator"]], Field(min_length=1, max_length=4)]
    party: Uri | None = None
    scope: Annotated[str, Field(max_length=300)] | None = None


class NewKey(Strict):
    """What a new key is for, and for how long. Left out: all that its party does, for a year."""

    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)] | None = None
    days: Annotated[int, Field(ge=1, le=730)] = 365


@router.post("/people", status_code=201, responses=ERRORS, tags=["people"], summary="Invite a person")
@does(Action.PEOPLE)
async def invite(request: Request, body: NewPerson, who: Asking) -> dict[str, Any]:
    """The invitation is shown in this answer and never again. It is for one person and one use, within three days."""
    party = _whose(request, body.party, who)
    call = request.app.state.people.invite
    person, code = await run_sync(call, body.name, party, roles_of(body.roles), body.scope, who.actor)
    return _invited(request, person, code)


@router.get("/people", responses=declared(401, 403, 404, 422), tags=["people"], summary="The people of a party")
@does(Action.PEOPLE)
async def people(
    request: Request, who: Asking, party: Annotated[str | None, Query(min_length=1, max_length=256)] = None
) -> list[dict[str, Any]]:
    """Without `party`: one's own party's; the operator's: the Union's own."""
    if set(request.query_params) - {"party"}:  # a slip of the pen would show the wrong people
        raise Problem(422, "Only party can be asked for")
    whose = _whose(request, party, who)
    return [_told(request, each) for each in request.app.state.people.of(whose)]


@router.post("/people/{id}/recover", responses=ERRORS, tags=["people"], summary="A new invitation for a person")
@does(Action.PEOPLE)
async def recover(request: Request, id: str, who: Asking) -> dict[str, Any]:
    """Password, second factor and sessions end at once."""
    person = _person(request, id, who)
    code = await run_sync(request.app.state.people.recover, person.id, who.actor)
    return _invited(request, request.app.state.people.find(person.id), code)


@router.post("/demo/accounts", responses=declared(401, 403, 503), tags=["people"], summary="Make the demo's accounts")
@does(Action.OPERATE)
async def demo_accounts(request: Request, who: Asking) -> dict[str, Any]:
    """On the development chain alone: a fixed list with a password that everybody knows. Again adds nothing."""
    return {"accounts": await run_sync(request.app.state.demo_accounts.make, who.actor)}


@router.post(
    "/people/{id}/end", responses=declared(400, 401, 403, 404, 422, 503), tags=["people"], summary="End a person"
)
@does(Action.PEOPLE)
async def end(request: Request, id: str, who: Asking) -> dict[str, Any]:
    """For good. Password, second factor, sessions and a waiting invitation end at once; what they recorded stays."""
    person = _person(request, id, who)
    await run_sync(request.app.state.people.end, person.id, who.actor)
    return _told(request, request.app.state.people.find(person.id))


@router.post(
    "/parties/{id}/api-keys", status_code=201, responses=ERRORS, tags=["API keys"], summary="A new API key for a party"
)
@does(Action.API_KEYS)
async def new_key(request: Request, id: str, who: Asking, body: NewKey | None = None) -> dict[str, Any]:
    """The key is shown in this answer and never again."""
    party, uri = _registered(request, segment(id), who, Action.API_KEYS)
    told = body or NewKey()
    scopes = OF_A_PARTY if told.scopes is None else roles_of(told.scopes)
    key: str = await run_sync(request.app.state.api_keys.create, party, scopes, told.days, who.actor)
    made = request.app.state.api_keys.find(key.split("_")[1])
    return {"party": uri, "api_key": key, **_key(made)}


@router.get("/parties/{id}/api-keys", responses=declared(400, 401, 403, 404), tags=["API keys"], summary="Its API keys")
@does(Action.API_KEYS)
async def keys(request: Request, id: str, who: Asking) -> list[dict[str, Any]]:
    """Never their secrets."""
    party, _ = _registered(request, segment(id), who, Action.API_KEYS)
    return [_key(each) for each in request.app.state.api_keys.of(party)]


@router.delete(
    "/api-keys/{key}", responses=declared(400, 401, 403, 404), tags=["API keys"], summary="Revoke an API key"
)
@does(Action.API_KEYS)
async def revoke(request: Request, key: str, who: Asking) -> dict[str, Any]:
    """From the next request on every worker refuses it. `key` is its id: the eight characters after `pk_`."""
    found: ApiKey | None = request.app.state.api_keys.find(segment(key))
    authorise(who, Action.API_KEYS, Object(found.party if found else None))
    if found is None:
        raise NotFound("there is no such key")
    await run_sync(request.app.state.api_keys.revoke, found.id, who.actor)
    return _key(request.app.state.api_keys.find(found.id))


def _whose(request: Request, named: str | None, who: Principal) -> bytes | None:
    """The party that is named; else the asker's own, which for the operator is the Union."""
    if named:
        return _registered(request, named, who, Action.PEOPLE)[0]
    authorise(who, Action.PEOPLE, Object(who.party))
    return who.party


def _person(request: Request, id: str, who: Principal) -> Person:
    """Who does not exist is refused as somebody else's person would be; the operator alone hears of it."""
    person: Person | None = request.app.state.people.find(segment(id))
    authorise(who, Action.PEOPLE, Object(person.party if person else None))
    if person is None:
        raise NotFound("there is no such person")
    return person


def _registered(request: Request, named: str, who: Principal, action: Action) -> tuple[bytes, str]:
    """Id and URI. Whoever may not is told so before it is said whether there is such a party."""
    uri = party_uri(named)
    authorise(who, action, Object(party_id(uri)))
    if request.app.state.reader.name(party_id(uri)) is None:
        raise NotFound(f"{uri} is not registered")
    return party_id(uri), uri


def _told(request: Request, person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "sign_in": person.sign_in,
        "party": request.app.state.reader.name(person.party) if person.party is not None else None,
        "roles": words_of(person.roles),
        "scope": person.scope,
        "signs_in": person.has_password,
        "ended_at": _moment(person.ended_at),
    }


def _invited(request: Request, person: Person, code: str) -> dict[str, Any]:
    invitation = {
        "link": invitation_link(request, code),
        "code": code,
        "expires_at": _moment(person.invited_until),
    }
    return _told(request, person) | {"invitation": invitation}


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "scopes": words_of(key.scopes & ~PersonRole.OPERATOR),
        "created_at": _moment(key.created_at),
        "expires_at": _moment(key.expires_at),
        "revoked_at": _moment(key.revoked_at),
    }


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
