"""`POST /v1/events` and `GET /v1/events/{id}`."""

from __future__ import annotations

import asyncio
import json
import time
from hashlib import sha256
from typing import Annotated, Any, Literal

import orjson
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Path, Query, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Asking, acting_party, may_record
from gateway.capture.models import Kept, KeptMany, ManyEvents, One, Posted, SignedBytes, SignedElsewhere
from gateway.door import StrictRoute
from gateway.problems import OWN_LAWS, declared, refusal_document, respond, status_of
from ledger.canonical.typed_data import event_id
from ledger.errors import NotFound, Refusal
from ledger.events.model import SignedEvent
from ledger.recording import Outcome, Recorded, RecordRequest
from ledger.store.outbox import OutboxRow

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=StrictRoute)
WAIT_SECONDS = 30.0
EventId = Annotated[str, Path(pattern="^(0x)?[0-9a-fA-F]{64}$", description="0x and 64 hexadecimal digits")]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


@router.post(
    "",
    status_code=202,
    response_model=Kept | KeptMany,
    response_model_exclude_none=True,
    responses={
        200: {"model": Kept | KeptMany, "description": "All of it is final"},
        **declared(400, 401, 403, 409, 413, 415, 422, 503),
    },
    summary="Record one event or many",
)
@does(Action.RECORD)
async def post(
    request: Request,
    body: Posted,
    who: Asking,
    wait: Annotated[Literal["final"] | None, Query()] = None,
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """Answers 202 when every kept event is on disk and signed, 200 when `wait=final` saw all of them final on the chain.

    A refused event is never kept. One event refused alone is a problem document; among many it is a result of its own.
    """
    many = isinstance(body, ManyEvents)
    posted: list[One] = body.events if isinstance(body, ManyEvents) else [body]
    keyed = _keys(idempotency_key, len(posted) if many else None)
    outcomes = await run_sync(_record, request.app.state, who, posted, keyed)
    if not many and isinstance(outcomes[0], Refusal):
        raise outcomes[0]
    kept = [outcome.id for outcome in outcomes if isinstance(outcome, Recorded)]
    if wait == "final" and kept:
        await _until_final(request, kept)
    results = [_kept(request, outcome, just_now=wait is None) for outcome in outcomes]
    if not many:
        status = results[0]["status"]
        return _answer(results[0], status, {"Location": f"/v1/events/{results[0]['id']}"})
    if not kept:
        document = {
            "type": "/v1/laws/NoneKept", "title": OWN_LAWS["NoneKept"], "status": 422, "law": "NoneKept",
            "results": results,
        }  # fmt: skip
        return respond(document)
    return _answer({"results": results}, 200 if all(each["status"] == 200 for each in results) else 202)


@router.get("", responses=declared(401, 403, 404))
@does(Action.IMPORT)
async def find(request: Request, _: Asking, idempotency_key: Annotated[str, Query(max_length=200)]) -> dict[str, Any]:
    """The event kept under an Idempotency-Key: for an import that starts again."""
    found: bytes | None = request.app.state.recorder.recorded_under(idempotency_key)
    if found is None:
        raise NotFound("no event was kept under this key")
    event: dict[str, Any] = request.app.state.reader.event(found)
    return event


@router.get("/{id}", responses=declared(404))
@does(Action.READ)
async def get(request: Request, id: EventId) -> dict[str, Any]:
    """An event as it stands: acknowledged (its state says how far), or recorded on the chain (`final`)."""
    found: dict[str, Any] = request.app.state.reader.event(bytes.fromhex(id.removeprefix("0x")))
    return found


@router.get("/{id}/receipt", responses=declared(404))
@does(Action.READ)
async def receipt(request: Request, id: EventId) -> dict[str, Any]:
    """The receipt of an event that this gateway acknowledged, once more."""
    found = _receipt(request, request.app.state.reader.kept(bytes.fromhex(id.removeprefix("0x"))))
    if found is None:
        raise NotFound("this gateway acknowledged no such event")
    return found


def _keys(key: str | None, count: int | None) -> list[str | None]:
    if key is None:
        return [None] * (count or 1)
    return [key] if count is None else [f"{key}/{index}" for index in range(count)]


def _record(state: Any, who: Any, posted: list[One], keys: list[str | None]) -> list[Outcome]:
    """Runs in a thread: a commit waits for the disk. Events of one party after another go into one commit."""
    outcomes: list[Outcome] = []
    group: list[RecordRequest] = []
    acting: bytes | None = None
    for each, key in zip(posted, keys, strict=True):
        try:
            party = acting_party(state, who, each.party)
        except Refusal as refusal:
            outcomes += _flush(state, acting, group)
            outcomes.append(refusal)
            continue
        if party != acting:
            outcomes += _flush(state, acting, group)
            acting = party
        request = b"" if key is None else sha256(each.model_dump_json().encode()).digest()
        try:
            what = _what(state, each)
            may_record(who, party, what.event.kind if isinstance(what, SignedEvent) else what.kind)
            group.append(RecordRequest(what, key, request))
        except Refusal as refusal:
            outcomes += _flush(state, acting, group)
            outcomes.append(refusal)
    return outcomes + _flush(state, acting, group)


def _flush(state: Any, party: bytes | None, group: list[RecordRequest]) -> list[Outcome]:
    if party is None or not group:
        return []
    requests = list(group)
    group.clear()
    outcomes: list[Outcome] = state.recorder.record(party, requests)
    state.worker.nudge()
    return outcomes


def _what(state: Any, each: One) -> Any:
    if not isinstance(each, SignedElsewhere | SignedBytes):
        return each.draft()
    event = each.event()
    return SignedEvent(event_id(state.domain, event), event, each.signature)


def _kept(request: Request, outcome: Outcome, just_now: bool) -> dict[str, Any]:
    """A `Kept` as JSON, without what it has not: a model made and judged for each of a hundred takes longer than their law."""
    if isinstance(outcome, Refusal):
        return {"status": status_of(outcome), "already": False, "problem": refusal_document(request, outcome)}
    reader = request.app.state.reader
    state: Any = "accepted" if just_now and outcome.kept else reader.state(outcome.id)
    receipt = _receipt(request, outcome.kept or reader.kept(outcome.id))
    said = {
        "status": 200 if state == "final" else 202, "id": "0x" + outcome.id.hex(), "state": state,
        "already": outcome.already, "receipt": receipt,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}


def _answer(document: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    try:
        body = orjson.dumps(document)
    except TypeError:  # a law's number may be wider than 64 bits
        body = json.dumps(document, ensure_ascii=False).encode()
    return Response(body, status, headers, media_type="application/json")


def _receipt(request: Request, kept: OutboxRow | None) -> dict[str, Any] | None:
    """None for an event that came to the chain another way."""
    if kept is None:
        return None
    given = request.app.state.receipts.give(kept.id, kept.shape, kept.body, kept.signature, kept.accepted_at)
    document: dict[str, Any] = given.document()
    return document


async def _until_final(request: Request, ids: list[bytes]) -> None:
    """Until all are final or WAIT_SECONDS have passed: then the answer is 202 and says where to look."""
    reader = request.app.state.reader
    end = time.monotonic() + WAIT_SECONDS
    waiting = list(ids)
    while waiting and time.monotonic() < end:
        waiting = [id for id in waiting if not reader.is_final(id)]
        if waiting:
            await asyncio.sleep(0.025)
