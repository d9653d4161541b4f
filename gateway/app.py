"""The web application: rooms put behind one door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response

from gateway import problems
from gateway.capture.routes import router as events
from gateway.door import MAX_BODY, BodyRefused, Door, segment
from gateway.health.identity import router as ledger
from gateway.health.routes import router as health
from gateway.labels.routes import router as labels
from gateway.pages.assets import router as static
from gateway.registry.routes import router as registry
from gateway.verification.batches import router as batches
from gateway.verification.routes import router as scan
from gateway.wiring import Wired


def create_app(wired: Wired) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        wired.worker.start()
        yield
        wired.worker.stop()
        wired.store.close()

    app = FastAPI(
        title="Nguon",
        summary="A provenance ledger that a province's cooperatives run together",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        max_body_size=MAX_BODY,
    )
    for name in (
        "settings",
        "reader",
        "recorder",
        "keyring",
        "council",
        "worker",
        "api_keys",
        "pages",
        "deployment",
        "domain",
    ):
        setattr(app.state, name, getattr(wired, name))
    app.state.names = problems.Names(wired.reader)
    app.state.acts_for_anyone = wired.settings.chain_id == 31337  # the development chain, whose keys guard nothing
    problems.install(app)

    @app.exception_handler(BodyRefused)
    async def unreadable(request: Request, error: BodyRefused) -> Response:
        return problems.respond(problems.refusal_document(request, error.refusal))

    for router in (events, batches, registry, labels, ledger, health, scan, static):
        app.include_router(router)

    @app.get("/v1/laws/{name}", tags=["laws"], responses={404: {"description": "No such law"}})
    async def law(request: Request, name: str) -> dict[str, Any]:
        """A law in words: what a problem's `type` links to."""
        return problems.law_document(segment(name))

    app.add_middleware(Door)
    return app
