"""`/v1/parties`, `/v1/products`, `/v1/yields`, `/v1/council`. All changes of one request are one transaction: all or none."""

from __future__ import annotations

from typing import Any

import rfc8785
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, Object, authorise, does
from gateway.auth.asking import Asking
from gateway.door import StrictRoute, segment
from gateway.problems import Problem, declared
from gateway.registry.models import (
    UNITS,
    Changed,
    CouncilChanges,
    Parties,
    PartyStatus,
    Products,
    Renewed,
    Rotation,
    Step,
    Yields,
)
from gateway.renewing import renew
from ledger.bindings import registries
from ledger.bindings.changes import Admission, Registration, admitting, declaring, registering
from ledger.bindings.council import Change
from ledger.errors import NotFound
from ledger.events.identifiers import party_id, party_uri, product_uri
from ledger.events.model import Custody, Role, Status

router = APIRouter(prefix="/v1", tags=["registries"], route_class=StrictRoute)
RESPONSES = declared(400, 401, 403, 409, 413, 415, 422, 503)


@router.post("/parties", responses=RESPONSES, summary="Admit parties")
@does(Action.REGISTER)
async def admit(request: Request, body: Parties, _: Asking, step: Step = "make") -> Changed:
    return await run_sync(_admit, request.app.state, body, step)


@router.get("/parties", summary="All parties")
@does(Action.READ)
async def parties(request: Request) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = request.app.state.reader.parties()
    return found


@router.get("/parties/{id}", responses=declared(400, 404))
@does(Action.READ)
async def party(request: Request, id: str) -> dict[str, Any]:
    uri = party_uri(segment(id))
    return _found(request.app.state.reader.parties(uri), uri)


@router.post("/parties/{id}/status", responses=RESPONSES, summary="Suspend a party, or make it active again")
@does(Action.REGISTER)
async def status(request: Request, id: str, body: PartyStatus, _: Asking, step: Step = "make") -> Changed:
    """A suspended party may still bring goods back and say what is wrong with them (docs/spec/law.md)."""
    uri = party_uri(segment(id))
    _found(request.app.state.reader.parties(uri), uri)
    call = registries.set_status(party_id(uri), Status[body.status.upper()])
    changes = [(request.app.state.deployment.parties, call)]
    return await run_sync(_change, request.app.state, changes, [uri], step)


@router.post("/parties/{id}/signers/rotate", responses=RESPONSES, summary="Relay a party's own change of its keys")
@does(Action.RELAY)
async def rotate(request: Request, id: str, body: Rotation, _: Asking) -> Changed:
    """The signature decides, not who hands it in. `RotationOutOfTurn` says which rotation is expected next."""
    return await run_sync(_rotate, request.app.state, party_uri(segment(id)), body)


@router.post(
    "/parties/{id}/keys/renew",
    responses=RESPONSES
    | declared(404)
    | {202: {"model": Renewed, "description": "The new key signs; the old one still stands"}},
    summary="Follow a party's key here by a new one",
)
@does(Action.RENEW)
async def renew_key(request: Request, response: Response, id: str, who: Asking) -> Renewed:
    """A new key is made, admitted by the present one, and signs from then on; when no event of the old key is on its way any
    more, the new key ends it. What is not finished in half a minute is gone on with by asking again."""
    uri = party_uri(segment(id))
    authorise(who, Action.RENEW, Object(party_id(uri)))  # before it is said whether there is such a party
    _found(request.app.state.reader.parties(uri), uri)
    renewed = await run_sync(_renew, request.app.state, uri)
    response.status_code = 200 if renewed.finished else 202
    return renewed


@router.post("/products", responses=RESPONSES, summary="Register products and their makers")
@does(Action.REGISTER)
async def register(request: Request, body: Products, _: Asking, step: Step = "make") -> Changed:
    return await run_sync(_register, request.app.state, body, step)


@router.get("/products", summary="All products")
@does(Action.READ)
async def products(request: Request) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = request.app.state.reader.products()
    return found


@router.get("/products/{id}", responses=declared(400, 404))
@does(Action.READ)
async def product(request: Request, id: str) -> dict[str, Any]:
    uri = product_uri(segment(id))
    return _found(request.app.state.reader.products(uri), uri)


@router.post("/yields", responses=RESPONSES, summary="Declare yields")
@does(Action.REGISTER)
async def declare(request: Request, body: Yields, _: Asking, step: Step = "make") -> Changed:
    return await run_sync(_declare, request.app.state, body, step)


@router.get("/yields", summary="All declared yields")
@does(Action.READ)
async def yields(request: Request) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = request.app.state.reader.yields()
    return found


@router.post("/council/changes", responses=RESPONSES, summary="Change the registries by call data")
@does(Action.REGISTER)
async def change(request: Request, body: CouncilChanges, _: Asking, step: Step = "make") -> Changed:
    """All of them or none. The registries and the council's roles judge each as they judge any other caller's."""
    deployment = request.app.state.deployment
    changes = [(getattr(deployment, each.registry), each.call) for each in body.changes]
    return await run_sync(_change, request.app.state, changes, [], step)


def _found(found: list[dict[str, Any]], uri: str) -> dict[str, Any]:
    if not found:
        raise NotFound(f"{uri} is not registered")
    return found[0]


def _admit(state: Any, body: Parties, step: Step) -> Changed:
    changes: list[Change] = []
    uris = []
    for entry in body.parties:
        uri = party_uri(entry.uri)
        uris.append(uri)
        signers = {each.address: Custody[each.custody.upper()] for each in entry.signers}
        if entry.key:
            signers[state.keyring.address(party_id(uri))] = Custody.GATEWAY
        wanted = Admission(uri, Role(entry.role_bits()), _profile(entry.profile), signers)
        changes += admitting(state.deployment.parties, wanted, next(iter(state.reader.parties(uri)), None))
    return _change(state, changes, uris, step)


def _rotate(state: Any, uri: str, body: Rotation) -> Changed:
    change = body.change
    signed = (party_id(uri), change.signer, change.valid_from, change.to, change.custody, change.rotation)
    block = state.council.relay(state.deployment.parties, registries.rotate(signed, body.signature))
    return _followed(state, Changed(block=block, changes=1, registered=[uri]))


def _renew(state: Any, uri: str) -> Renewed:
    def followed(block: int) -> None:
        _followed(state, Changed(block=block, changes=1, registered=[uri]))

    key, standing = renew(state.renewals, state.council, state.deployment.parties, party_id(uri), followed)
    old = ["0x" + each.hex() for each in standing.old]
    return Renewed(
        party=uri, key="0x" + key.hex(), finished=standing.finished, still_standing=old, pending=standing.pending
    )


def _register(state: Any, body: Products, step: Step) -> Changed:
    changes: list[Change] = []
    uris = []
    for entry in body.products:
        uri, makers = product_uri(entry.uri), tuple(map(party_uri, entry.makers))
        uris.append(uri)
        wanted = Registration(
            uri,
            UNITS[entry.unit],
            entry.stage,
            party_uri(entry.brand_owner),
            makers,
            entry.open,
            _profile(entry.profile),
        )
        changes += registering(state.deployment.products, wanted, next(iter(state.reader.products(uri)), None))
    return _change(state, changes, uris, step)


def _declare(state: Any, body: Yields, step: Step) -> Changed:
    declared = {(each["input"], each["output"]): each["per_million"] for each in state.reader.yields()}
    changes: list[Change] = []
    uris = []
    for entry in body.yields:
        source, output = product_uri(entry.input), product_uri(entry.output)
        uris.append(f"{source} → {output}")
        now = declared.get((source, output))
        changes += declaring(state.deployment.products, source, output, entry.per_million, now)
    return _change(state, changes, uris, step)


def _change(state: Any, changes: list[Change], uris: list[str], step: Step) -> Changed:
    if not changes:
        return Changed(block=None, changes=0, registered=uris)
    block = state.council.carry(step, *changes)
    return _followed(state, Changed(block=block, changes=len(changes), registered=uris))


def _followed(state: Any, changed: Changed) -> Changed:
    """Returns when the index shows the changes: what is asked next is answered by them."""
    state.reader.wait_for(changed.block or 0)
    return changed


def _profile(profile: dict[str, Any]) -> str:
    """Canonical, so that a profile's digest says what it says; numbers with fractions have no place in it."""
    try:
        return rfc8785.dumps(profile).decode()
    except rfc8785.CanonicalizationError as error:
        raise Problem(422, "A profile holds text, whole numbers within 53 bits, lists and objects") from error
