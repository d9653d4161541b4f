"""Every error as RFC 9457 problem+json, decided in this one place.

`type` is `/v1/laws/{law}`, which says the law in words; `law` its name; `expected` and `found` the two sides where it has two.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ledger.errors import ChainError, NotFound, Refusal, StoreBusy, StoreError, WrongChain
from ledger.events.laws import LAWS, describe
from ledger.events.model import URI_LIMIT, Unit

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
FORM_STATUS = {"JsonForm": 400, "DigitalLinkForm": 400, "NotAuthenticated": 401,
               "NotYourParty": 403, "NotYourSigner": 403, "OperatorOnly": 403,
               "NotYourRole": 403, "SecondFactorNeeded": 403, "SecondFactorRefused": 403, "SecondFactorMissing": 403,
               "SignInRefused": 403, "DevelopmentOnly": 403, "InvitationRefused": 403, "FormRefused": 403, "TooManyTries": 429,
               "NoKeyHere": 409, "DraftGone": 409, "DraftBuiltOn": 409, "IdempotencyKeyReused": 409, "AlreadyRegistered": 409,
               "KeyEncryptionKeyAway": 503}  # fmt: skip
REFUSED = 422
OWN_LAWS = {
    "RequestForm": "The request does not have the form that is asked for",
    "NoneKept": "None of these events was kept",
}
"""Titles of what this API alone refuses."""

_WORDS = {
    400: "Not to be read: no JSON, or an address that is no UTF-8",
    401: "No valid API key",
    403: "Not for this key",
    404: "Not known here",
    409: "In conflict with what was there before, or with the key that is kept here",
    413: "The body is over 2 MiB",
    415: "The body is not said to be JSON",
    422: "Refused: by which law, what was expected, what was found",
    503: "The chain or the database cannot be reached now, or the chain is not this ledger's",
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `law` and `numbers` are for programs, `detail` is for people.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "`/v1/laws/{law}`, or `about:blank` for what is no law"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "law": {"type": "string"},
        "expected": {"type": "string"},
        "found": {"type": "string"},
        "numbers": {"type": "object", "description": "The law's arguments; bytes as 0x-hex"},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "Of a wrong form: where, reason"},
        "results": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Of many events, none of which was kept",
        },
    },
}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These errors, as a route declares them in the API's description; the schema is added once by `describe_problems`."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _WORDS[status], "content": content} for status in statuses}


def describe_problems(openapi: dict[str, Any]) -> None:
    """Puts the problem's schema where `declared` refers to it."""
    openapi.setdefault("components", {}).setdefault("schemas", {})["Problem"] = SCHEMA


# Which argument of a law names the goods whose unit its quantities are in.
_GOODS = ("batch", "product", "output", "input")


class Problem(Exception):
    """An error that is no law: `status`, a title in plain words, a detail."""

    def __init__(self, status: int, title: str, detail: str = "", **extra: Any) -> None:
        super().__init__(title)
        self.status = status
        self.document: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
        if detail:
            self.document["detail"] = detail
        self.document |= extra


def status_of(refusal: Refusal) -> int:
    return FORM_STATUS.get(refusal.law, REFUSED)


def refusal_document(request: Request, refusal: Refusal) -> dict[str, Any]:
    """A refusal as a problem, with names and units looked up in the index."""
    request.app.state.watched.refusals.labels(refusal.law).inc()
    names = request.app.state.names
    said = describe(refusal, names.name, names.unit(*(refusal.numbers.get(k) for k in _GOODS)))
    document: dict[str, Any] = {
        "type": f"/v1/laws/{refusal.law}",
        "title": said.title,
        "status": status_of(refusal),
        "detail": said.detail,
        "law": refusal.law,
    }
    if said.expected is not None:
        document["expected"] = said.expected
    if said.found is not None:
        document["found"] = said.found
    document["numbers"] = {name: _number(value) for name, value in refusal.numbers.items()}
    return document


def _number(value: Any) -> Any:
    """A refusal's argument in JSON: bytes as 0x-hex, text as long as an identifier may be (an error does not reprint)."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value[:URI_LIMIT] if isinstance(value, str) else value


def respond(document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(document, document["status"], headers, media_type=MEDIA_TYPE)


def _later(title: str, detail: str, seconds: int) -> Response:
    """503, and when to ask again."""
    document = {"type": "about:blank", "title": title, "status": 503, "detail": detail}
    return respond(document, {"Retry-After": str(seconds)})


def install(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> Response:
        headers = {"WWW-Authenticate": "Bearer"} if error.law == "NotAuthenticated" else None
        return respond(refusal_document(request, error), headers)

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> Response:
        return respond(error.document)

    @app.exception_handler(NotFound)
    async def missing(request: Request, error: NotFound) -> Response:
        return respond({"type": "about:blank", "title": "Not found", "status": 404, "detail": str(error)})

    @app.exception_handler(ChainError)
    async def chain_away(request: Request, error: ChainError) -> Response:
        log.warning("the chain could not be used: %s", error)
        return _later("The chain cannot be reached now", "Nothing was lost. Try again in a moment.", 5)

    @app.exception_handler(StoreBusy)
    async def held(request: Request, error: StoreBusy) -> Response:
        log.warning("%s", error)
        return _later(
            "The database cannot be used now", "Nothing that was acknowledged is lost. Try again in a moment.", 5
        )

    @app.exception_handler(WrongChain)
    async def other_chain(request: Request, error: WrongChain) -> Response:
        why = f"Nothing was kept of this. {str(error)[:1].upper()}{str(error)[1:]}."
        return _later("The chain is not this ledger's: nothing is recorded now", why, 60)

    @app.exception_handler(StoreError)
    async def disk_failed(request: Request, error: StoreError) -> Response:
        # Whether the commit is on disk is unknown: only a start from disk can tell (reference/reliability.md, section 4.3).
        log.critical("stopping: %s", error)
        os._exit(70)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        """A fault of ours. Never a traceback to the client; the log has it."""
        log.error("fault at %s", request.url.path, exc_info=error)
        return respond({"type": "about:blank", "title": "A fault of ours; it was noted", "status": 500})

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {
                "where": "/".join(str(part) for part in each["loc"]),
                "reason": str(each["msg"]).removeprefix("Value error, ")[:200],
            }
            for each in error.errors()[:10]
        ]
        return respond(
            {"type": "/v1/laws/RequestForm", "title": OWN_LAWS["RequestForm"], "status": 422,
             "law": "RequestForm", "detail": "; ".join(f"{e['where']}: {e['reason']}" for e in errors[:3]),
             "errors": errors},
        )  # fmt: skip

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return respond(
            {"type": "about:blank", "title": str(error.detail), "status": error.status_code}, dict(error.headers or {})
        )


class Names:
    """Names and units of what a refusal mentions, from the index."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def name(self, id: bytes) -> str | None:
        found: str | None = self._reader.name(id)
        return found

    def unit(self, *ids: object) -> Unit | None:
        for each in ids:
            if isinstance(each, bytes) and (unit := self._reader.unit(each)) is not None:
                return Unit(unit)
        return None


def law_document(name: str) -> dict[str, Any]:
    """A law in words. Raises NotFound."""
    title = LAWS[name].title if name in LAWS else OWN_LAWS.get(name)
    if title is None:
        raise NotFound(f"there is no law named {name[:80]}")
    return {"law": name, "title": title}
