"""The web application: rooms put behind one door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.middleware.gzip import GZipMiddleware

from gateway import problems
from gateway.accounts.devices import router as devices
from gateway.accounts.people import router as people
from gateway.accounts.routes import router as accounts
from gateway.accounts.signing_in import router as signing_in
from gateway.accounts.start import router as start
from gateway.auditing import ROUTERS as AUDITING
from gateway.auth.actions import Action, does, every_route_says
from gateway.auth.asking import DOORS
from gateway.capture.days import router as daily
from gateway.capture.routes import router as events
from gateway.door import BodyRefused, Door, segment
from gateway.evidence.keeping import Bundles
from gateway.evidence.routes import router as evidence
from gateway.health.identity import router as ledger
from gateway.health.metrics import Watched
from gateway.health.metrics import router as metrics
from gateway.health.routes import router as health
from gateway.labels.items import router as item_labels
from gateway.labels.routes import router as labels
from gateway.operating import ROUTERS as OPERATING
from gateway.pages.assets import router as static
from gateway.portal import ROUTERS as PORTAL
from gateway.registry.routes import router as registry
from gateway.request_log import RequestLog
from gateway.resolver.routes import router as resolver
from gateway.verification.batches import router as batches
from gateway.verification.items import router as items
from gateway.verification.routes import router as scan
from gateway.verification.sharing import router as sharing
from gateway.visits.routes import router as visits
from gateway.wiring import Wired
from ledger.projection.auditing import Auditing

ROUTERS = (
    events, daily, batches, sharing, evidence, items, registry, accounts, labels, item_labels, ledger, health, metrics,
    resolver, scan, visits, static, start, signing_in, devices, people, *PORTAL, *OPERATING, *AUDITING,
)  # fmt: skip


class Gateway(FastAPI):
    actions: tuple[tuple[str, str, Action], ...] = ()

    def openapi(self) -> dict[str, Any]:
        described = super().openapi()
        problems.describe_problems(described)
        for method, path, action in self.actions:
            operation = described["paths"].get(path, {}).get(method.lower())
            if operation is not None:
                operation["x-action"] = action.value
        return described


def create_app(wired: Wired) -> FastAPI:
    bundles = Bundles(wired.store, wired.node, wired.deployment)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        wired.worker.start()
        bundles.start()
        wired.visits.start()
        yield
        wired.visits.stop()
        bundles.stop()
        wired.worker.stop()
        wired.store.close()

    app = Gateway(
        title="Nguon",
        summary="A provenance ledger that a province's cooperatives run together",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=problems.declared(422),
    )
    for name in (
        "settings",
        "reader",
        "recorder",
        "waiting",
        "trade_units",
        "keyring",
        "issued",
        "renewals",
        "council",
        "worker",
        "api_keys",
        "vault",
        "people",
        "demo_accounts",
        "sessions",
        "limits",
        "people_pages",
        "receipts",
        "pages",
        "deployment",
        "domain",
        "visits",
    ):
        setattr(app.state, name, getattr(wired, name))
    app.state.bundles = bundles
    app.state.auditing = Auditing(wired.store)
    app.state.watched = Watched(wired.reader, wired.worker)
    app.state.names = problems.Names(wired.reader)
    app.state.acts_for_anyone = wired.settings.chain_id == 31337  # the development chain, whose keys guard nothing
    problems.install(app)

    @app.exception_handler(BodyRefused)
    async def unreadable(request: Request, error: BodyRefused) -> Response:
        return problems.respond(problems.refusal_document(request, error.refusal))

    for router in ROUTERS:
        app.include_router(router)

    @app.get("/v1/laws/{name}", tags=["laws"], responses=problems.declared(400, 404))
    @does(Action.READ)
    async def law(request: Request, name: str) -> dict[str, Any]:
        """A law in words: what a problem's `type` links to."""
        return problems.law_document(segment(name))

    app.actions = tuple(every_route_says(app.routes, DOORS))

    # For bad lines; nothing secret stands beside what a stranger typed.
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=3)
    app.add_middleware(RequestLog)  # inside: the door hands on a scope of its own, in which the route is then named
    app.add_middleware(Door)
    return app
