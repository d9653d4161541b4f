"""What every request passes first: the raw path, strict JSON, security headers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import Problem
from ledger.canonical.strict_json import strict_loads
from ledger.errors import Refusal

MAX_BODY = 2 * 1024 * 1024
MAX_DEPTH = 16
API_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Door:
    """Routes see the path as it was sent, so that a product URI or a lot may hold an escaped slash; each parameter is
    decoded once, by `segment`. Answers get the API's headers unless they bring their own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        scope = dict(scope) | {"path": raw.split(b"?")[0].decode("latin-1")}

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in API_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


def segment(raw: str) -> str:
    """One path parameter, decoded once. Raises a 400 Problem for what is no UTF-8."""
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError as error:
        raise Problem(400, "The address is not UTF-8", raw[:200]) from error


class BodyRefused(HTTPException):
    """FastAPI lets only an HTTPException out of a body that cannot be read; this one keeps its reason."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(400, "The body is no JSON")
        self.refusal = refusal


class StrictRequest(Request):
    async def body(self) -> bytes:
        """At most MAX_BODY bytes, whatever the request says of its length. Raises 413."""
        if not hasattr(self, "_body"):
            read = bytearray()
            async for chunk in self.stream():
                read += chunk
                if len(read) > MAX_BODY:
                    raise HTTPException(413, f"The body is over {MAX_BODY // 2**20} MiB")
            self._body = bytes(read)
        return self._body

    async def json(self) -> Any:
        """Refuses what `json` alone would take: NaN, doubled members, lone surrogates, endless numbers, deep nesting."""
        try:
            return strict_loads(await self.body(), MAX_DEPTH)
        except Refusal as refusal:
            raise BodyRefused(refusal) from refusal


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `strict_loads`; all routers of the API use it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if self.body_field is not None and media != "application/json":
                raise Problem(415, "The body is not said to be JSON", "Send Content-Type: application/json.")
            return await handler(StrictRequest(request.scope, request.receive))

        return strict
