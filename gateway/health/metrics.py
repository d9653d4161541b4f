"""`GET /metrics`: what an operator watches, for Prometheus. Counted where it is kept: most of it is read from the database
when it is asked for, so every worker says the same and none forgets at a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from gateway.auth.actions import Action, does
from gateway.auth.asking import Asking
from gateway.problems import declared

router = APIRouter(tags=["health"])


class Watched:
    """The counters of one process: requests by route, method and status; refusals by law."""

    def __init__(self, reader: Any, worker: Any) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "nguon_http_request_seconds",
            "Time to the end of an answer",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.refusals = Counter("nguon_refusals", "Statements refused, by law", ["law"], registry=self.registry)
        self.registry.register(Kept(reader, worker))


class Kept(Collector):
    """What the database says at the moment of asking."""

    def __init__(self, reader: Any, worker: Any) -> None:
        self._reader = reader
        self._worker = worker

    def collect(self) -> Iterator[GaugeMetricFamily]:
        position, outbox = self._reader.position(), self._reader.outbox()
        states = GaugeMetricFamily("nguon_acknowledged_events", "Acknowledged events by state", labels=["state"])
        for state, count in outbox["states"].items():
            states.add_metric([state], count)
        yield states
        oldest = outbox["oldest_open"]
        age = 0.0 if oldest is None else max(0.0, time.time() - oldest)
        yield _one("nguon_oldest_open_event_seconds", "Age of the oldest acknowledged event that is not final", age)
        yield _one("nguon_recorded_events", "Events on the chain, as far as it was followed", position["events"])
        yield _one("nguon_followed_block", "The last block that was followed", position["block"] or 0)
        lag = position["lag_seconds"]
        yield _one(
            "nguon_lag_seconds", "Since the index was level with the chain; -1: never", -1 if lag is None else lag
        )
        yield _one("nguon_leads", "1 for the worker that follows and submits", float(self._worker.leads))
        yield _one(
            "nguon_wrong_chain", "1 while the node answers for another ledger", float(bool(self._reader.wrong_chain()))
        )


def _one(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)


@router.get("/metrics", responses=declared(401, 403), response_class=Response)
@does(Action.WATCH)
async def metrics(request: Request, _: Asking) -> Response:
    """The operator's key is asked for: how busy a cooperative is, is its own business."""
    return Response(generate_latest(request.app.state.watched.registry), media_type=CONTENT_TYPE_LATEST)
