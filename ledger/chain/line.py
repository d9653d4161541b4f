"""The line to a node: one question after the other over one kept connection a thread, JSON-RPC over HTTP.

web3.py's own takes a millisecond of this process for a question, most of it in `requests` and in a JSON reader of Python's; a
question at each look and each submission made that a fifth of what recording took.
"""

from __future__ import annotations

import select
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import count
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from web3.exceptions import BadResponseFormat
from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

BROKEN = (OSError, HTTPException)
"""What a line in trouble raises."""


LOOK = 1.0
"""Seconds for which a connection that stands says where the node is."""


class _Held(threading.local):
    """This thread's connection, with what is said over it."""

    connection: HTTPConnection | None = None
    url = ""
    path = "/"
    until = 0.0

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}


class Line(JSONBaseProvider):
    """`find` says where the node is: a development chain has another address after each start. It is asked at each connecting
    and each LOOK, for it may read files."""

    def __init__(self, find: Callable[[], str], timeout: float) -> None:
        super().__init__()
        self._find = find
        self._timeout = timeout
        self._held = _Held()
        self._ids = count(1)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """For web3.py, whose parameters are of types of its own."""
        question = self.encode_rpc_request(method, params)
        return self._belongs(orjson.loads(question)["id"], orjson.loads(self._post(question)))

    def ask(self, method: str, *params: Any) -> RPCResponse:
        """The answer as the node wrote it, to a question in plain JSON."""
        question = self._question(method, params)
        return self._belongs(question["id"], orjson.loads(self._post(orjson.dumps(question))))

    def ask_all(self, method: str, each: list[list[Any]]) -> list[RPCResponse]:
        """Of many questions in one request, in their order."""
        questions = [self._question(method, params) for params in each]
        answers = orjson.loads(self._post(orjson.dumps(questions)))
        by_id = {answer["id"]: answer for answer in answers}
        return [by_id[question["id"]] for question in questions]

    def _question(self, method: str, params: Any) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}

    @staticmethod
    def _belongs(id: object, answer: Any) -> RPCResponse:
        """An answer that a line in trouble gives late, to the next question, would be taken for its own."""
        if not isinstance(answer, dict) or answer.get("id") != id:
            raise BadResponseFormat("the answer belongs to another question")
        return answer  # type: ignore[return-value]

    def _post(self, body: bytes) -> bytes:
        """Raises one of BROKEN; the connection is then given up, and what may still come over it with it."""
        held = self._connected()
        connection = held.connection
        assert connection is not None, "it is connected"
        try:
            connection.request("POST", held.path, body, held.headers)
            with connection.getresponse() as response:
                if response.status != 200:
                    raise HTTPException(f"the node's door answered {response.status}")
                return response.read()
        except BaseException:
            connection.close()
            held.connection = None
            raise

    def _connected(self) -> _Held:
        """This thread's connection; another where the node has moved, hung up, or said what it was not asked."""
        held = self._held
        now = time.monotonic()
        if held.connection is not None and now < held.until and not _spoke(held.connection):
            return held
        url = self._find()
        if held.connection is None or held.url != url or _spoke(held.connection):
            if held.connection is not None:
                held.connection.close()
            parts = urlsplit(url)
            kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
            held.connection, held.url = kind(parts.hostname or "", parts.port, timeout=self._timeout), url
            held.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            held.headers = {"Content-Type": "application/json", **_said_of(parts.username, parts.password)}
        held.until = now + LOOK
        return held


def _said_of(name: str | None, password: str | None) -> dict[str, str]:
    """A name in the address is for the node's door."""
    if name is None:
        return {}
    who = f"{unquote(name)}:{unquote(password or '')}"
    return {"Authorization": f"Basic {b64encode(who.encode()).decode()}"}


def _spoke(connection: HTTPConnection) -> bool:
    if connection.sock is None:
        return False
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))
