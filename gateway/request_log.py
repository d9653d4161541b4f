"""One line of JSON for each request, with an id that the answer carries too. What a client sent, a key above all, is in none."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("gateway.request")
HEADER = "X-Request-Id"
request_id: ContextVar[str] = ContextVar("request_id", default="")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLog:
    """A client may give the id (1 to 64 letters, digits, dots, hyphens), else one is drawn."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        token = request_id.set(id)
        started, status = time.perf_counter(), 0

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = id
            await send(message)

        try:
            await self._app(scope, receive, with_id)
        finally:
            taken = time.perf_counter() - started
            route = _route(scope)
            scope["app"].state.watched.requests.labels(scope["method"], route, status).observe(taken)
            fields = {"method": scope["method"], "route": route, "status": status, "ms": round(taken * 1000, 1)}
            log.info("answered", extra={"fields": fields})
            request_id.reset(token)


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: a path may hold what a client typed."""
    route = scope.get("route")
    return str(getattr(route, "path", "")) or "none"


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request id where there is one, and a fault's traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        if id := request_id.get():
            line["request"] = id
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
