"""Dependencies of routes: who is asking, and for which party. The one place where a request is allowed to act."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from gateway.auth.keys import Principal
from ledger.errors import Refusal
from ledger.events.identifiers import party_id, party_uri

bearer = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="pk_<id>_<secret>")


def principal(request: Request, _shown: Annotated[object, Depends(bearer)]) -> Principal:
    found: Principal = request.app.state.api_keys.principal(request.headers.get("authorization"))
    return found


def operator(who: Annotated[Principal, Depends(principal)]) -> Principal:
    if not who.is_operator:
        raise Refusal("OperatorOnly")
    return who


Asking = Annotated[Principal, Depends(principal)]
Operator = Annotated[Principal, Depends(operator)]


def acting_party(state: Any, who: Principal, named: str | None) -> bytes:
    """The party an event is recorded for: the key's own. The operator names one, on the development chain alone."""
    if who.party is not None:
        if named is not None and party_id(party_uri(named)) != who.party:
            raise Refusal("NotYourParty", party=named)
        return who.party
    if not state.acts_for_anyone:
        raise Refusal("NotYourParty", party=named or "")
    if named is None:
        raise Refusal("PartyNotNamed")
    uri = party_uri(named)
    if state.reader.name(party_id(uri)) is None:
        raise Refusal("UnknownParty", party=uri)
    return party_id(uri)
