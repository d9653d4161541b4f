"""The scan page's rooms as a small application, for tests: the real routers over a reader that answers from a table, as what was
issued does; looks are really counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.labels.routes import router as labels
from gateway.pages.assets import router as assets
from gateway.pages.languages import Languages
from gateway.pages.rendering import Pages
from gateway.resolver.routes import router as resolver
from gateway.verification.routes import router as verification
from gateway.visits.routes import router as looks
from gateway.visits.store import Visits
from ledger.errors import Refusal
from ledger.events.model import ZERO32
from ledger.items.proof import PackItems
from ledger.items.serial import index_of
from ledger.labels.issued import Answer, Shown, State
from ledger.store.items import Packed


class Reader:
    """`stories` by (product URI, lot). `failure` is raised instead of answering, as a lost node or database would."""

    def __init__(self, stories: dict[tuple[str, str], dict[str, Any]]) -> None:
        self.stories = stories
        self.failure: Exception | None = None
        self.asked: list[tuple[str, str, str | None]] = []

    def products(self, uri: str) -> list[dict[str, Any]]:
        if self.failure is not None:
            raise self.failure
        return [told["product"] for (product, _), told in self.stories.items() if product == uri][:1]

    def story(self, product_uri: str, lot: str, origin: str | None = None) -> dict[str, Any] | None:
        self.asked.append((product_uri, lot, origin))
        if self.failure is not None:
            raise self.failure
        return self.stories.get((product_uri, lot))


@dataclass
class Table:
    """What was issued, by serial, in place of keys and Packs; `pending`: those whose Pack is not final."""

    states: dict[str, Answer] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)

    def shown(self, batch: bytes, serial: str) -> Shown:
        pack = Packed(ZERO32, ZERO32, PackItems(0, 1_800, ZERO32), serial not in self.pending)
        return Shown(self.states.get(serial, "not_issued"), batch, serial, index_of(serial), 1_800, pack, None, None)

    def state_of(self, batch: bytes, serial: str) -> State:
        return self.shown(batch, serial).state


class RawPath:
    """Hands the path through as it was sent, so that a route decodes each segment itself, once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": scope["raw_path"].decode("ascii")}
        await self.app(scope, receive, send)


async def refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return JSONResponse({"law": error.law}, status_code=422)


def scan_app(
    reader: Reader,
    public_url: str,
    languages: Languages | None = None,
    issued: Table | None = None,
    visits: Visits | None = None,
) -> FastAPI:
    app = FastAPI()
    app.state.issued, app.state.visits = issued or Table(), visits
    app.state.reader = reader
    app.state.pages = Pages(languages)
    app.state.settings = SimpleNamespace(public_url=public_url)
    for router in (assets, labels, resolver, verification, looks):
        app.include_router(router)
    app.add_exception_handler(Refusal, refused)
    app.add_middleware(RawPath)
    return app
