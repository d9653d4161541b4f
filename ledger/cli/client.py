"""The gateway, asked over HTTP; what comes back as problem+json becomes one exception."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import httpx

Json = dict[str, Any]


class Unreachable(Exception):
    """One plain sentence."""


class Refused(Exception):
    """The gateway said no, with a problem document."""

    def __init__(self, problem: Json, as_json: bool = False) -> None:
        super().__init__(problem.get("title", "refused"))
        self.problem = problem
        self.as_json = as_json

    def show(self) -> None:
        if self.as_json:
            click.echo(json.dumps(self.problem, ensure_ascii=False))
        for problem in [self.problem, *(result["problem"] for result in self.problem.get("results", []))]:
            law = problem.get("law")
            said = problem.get("detail") or problem.get("title", "refused")
            click.echo(f"Refused{' by ' + law if law else ''}: {said}", err=True)


@dataclass(frozen=True, slots=True)
class Stack:
    """Where a gateway is, the key to use, and the chain's address where it is known."""

    url: str
    key: str | None
    rpc: str | None
    data: Path | None

    @staticmethod
    def find(data: str, url: str | None, key_file: str | None) -> Stack:
        """By `--url`, else by DATA/stack.json. Nothing is asked yet, so `--help` works without a stack."""
        key = Path(key_file).read_text().strip() if key_file else None
        if url:
            return Stack(url.rstrip("/"), key, None, None)
        folder = Path(data)
        operator = folder / "secrets" / "operator-api-key"
        if key is None and operator.exists():
            key = operator.read_text().strip()
        try:
            found = json.loads((folder / "stack.json").read_text())
        except (FileNotFoundError, ValueError):
            return Stack("", key, None, folder)
        return Stack(found["gateway"], key, found["rpc"], folder)


class Client:
    def __init__(self, stack: Stack, as_json: bool) -> None:
        self.stack = stack
        self.as_json = as_json
        headers = {"Authorization": f"Bearer {stack.key}"} if stack.key else {}
        self._http = httpx.Client(headers=headers, timeout=90)

    def get(self, path: str, **query: str) -> Any:
        return self._ask("GET", path, params=query)

    def find(self, path: str, **query: str) -> Any | None:
        """Like get; None for 404."""
        try:
            return self.get(path, **query)
        except Refused as refused:
            if refused.problem.get("status") == 404:
                return None
            raise

    def post(self, path: str, body: Json | bytes, **options: Any) -> Any:
        """`body`: values, or JSON as it stands. Options: `key` (Idempotency-Key), `wait` (until final)."""
        headers = {"Content-Type": "application/json"}
        if options.get("key"):
            headers["Idempotency-Key"] = options["key"]
        params = {"wait": "final"} if options.get("wait") else {}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask("POST", path, content=content, headers=headers, params=params)

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path)

    def download(self, path: str, to: Path, **query: str) -> int:
        """An answer that is no JSON, into a file that is there when all of it is; how many bytes."""
        if not self.stack.url:
            raise Unreachable(f"No stack runs in {self.stack.data}: start one with ./scripts/start, or give --url.")
        unfinished = to.with_name(to.name + ".unfinished")
        try:
            with self._http.stream("GET", self.stack.url + path, params=query) as answer:
                if answer.status_code >= 400:
                    raise Refused(json.loads(answer.read()), self.as_json)
                with unfinished.open("wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
        except httpx.HTTPError as error:
            unfinished.unlink(missing_ok=True)
            raise Unreachable(f"The gateway at {self.stack.url} cannot be reached: {error}") from error
        unfinished.replace(to)
        return to.stat().st_size

    def say(self, *lines: str) -> None:
        """For people: standard output, or standard error when JSON goes there."""
        for line in lines:
            click.echo(line, err=self.as_json)

    def result(self, document: Any, lines: Iterable[str] = ()) -> None:
        """The answer: JSON with `--json`, else the lines."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False))
        else:
            for line in lines:
                click.echo(line)

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        return self._answer(method, path, **request).json()

    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        """What the gateway gave; it was looked whether it is JSON."""
        if not self.stack.url:
            raise Unreachable(f"No stack runs in {self.stack.data}: start one with ./scripts/start, or give --url.")
        try:
            answer = self._http.request(method, self.stack.url + path, **request)
        except httpx.HTTPError as error:
            raise Unreachable(f"The gateway at {self.stack.url} cannot be reached: {error}") from error
        try:
            document = answer.json()
        except ValueError as error:
            raise Unreachable(f"The gateway at {self.stack.url} answered {answer.status_code} without JSON.") from error
        if answer.status_code >= 400:
            raise Refused(document, self.as_json)
        return answer


def escaped(text: str) -> str:
    """One path segment: a product URI or a lot may hold a slash."""
    return quote(text, safe="")


def shown(name: Any) -> str:
    """A name for people from a profile: plain text, or by language."""
    if isinstance(name, dict):
        return str(name.get("vi") or next(iter(name.values()), ""))
    return str(name)
