"""A line in trouble is not believed (promise 1): what answers another question, or has another form, is no answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ledger.chain.node import Node, Sent
from ledger.errors import ChainError

ADDRESS, HASH = bytes(20), bytes(32)


class Line(BaseHTTPRequestHandler):
    """Answers every question with `answer`, `id` being the question's where it is "its own"."""

    answer: Any = None

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = self.answer
        if isinstance(answer, dict) and answer.get("id") == "its own":
            answer = answer | {"id": question["id"]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def node() -> Iterator[Node]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Node(f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()


def test_an_answer_to_the_question_is_taken(node: Node) -> None:
    Line.answer = {"jsonrpc": "2.0", "id": "its own", "result": "0x11"}
    assert node.height() == 17


@pytest.mark.parametrize("id", [4711, None, "x"])
def test_an_answer_to_another_question_is_none(node: Node, id: object) -> None:
    Line.answer = {"jsonrpc": "2.0", "id": id, "result": "0x11"}
    with pytest.raises(ChainError):
        node.height()
    assert node.send(b"\x01") is Sent.UNKNOWN


@pytest.mark.parametrize("result", [None, {"odd": [1]}, "0x", [], 17, "words"], ids=repr)
def test_a_result_of_another_form_is_none(node: Node, result: object) -> None:
    """Each question either fails as ChainError, or says that there is nothing: no other exception leaves the room."""
    Line.answer = {"jsonrpc": "2.0", "id": "its own", "result": result}
    questions = [
        node.chain_id, node.height, lambda: node.block(1), lambda: node.logs([ADDRESS], 0, 1), lambda: node.code(ADDRESS),
        lambda: node.call(ADDRESS, b""), lambda: node.next_nonce(ADDRESS), lambda: node.receipt(HASH),
    ]  # fmt: skip
    for question in questions:
        try:
            question()
        except ChainError:
            continue
    assert isinstance(node.send(b"\x01"), Sent)


@pytest.mark.parametrize("answer", [None, [], 17, "0x1", {}, {"jsonrpc": "2.0"}], ids=repr)
def test_what_is_no_answer_is_none(node: Node, answer: object) -> None:
    Line.answer = answer
    with pytest.raises(ChainError):
        node.height()
    assert node.send(b"\x01") is Sent.UNKNOWN
