"""The events of an auditor's scope as a table for spreadsheets: one line for each batch that an event acts on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from gateway.auditing.batches import listed
from gateway.auditing.scoping import scope
from gateway.auditing.words import called
from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.showing import HEADERS, PageRoute, language_of
from gateway.pages.languages import Language, plain
from ledger.projection.auditing import Auditing
from ledger.projection.days import VIETNAM

router = APIRouter(route_class=PageRoute, include_in_schema=False)
COLUMNS: Final = (
    "position", "event", "kind", "part", "party", "party_name", "signer", "product", "product_name", "lot", "batch", "quantity",
    "unit", "to", "holder", "place", "target", "occurred_at", "captured_at", "recorded_at", "block",
)  # fmt: skip
AT_ONCE: Final = 500
FORMULA: Final = ("=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
                  "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip


@router.get("/auditing/export.csv")
@does(Action.AUDIT)
def export(request: Request, here: Here) -> Response:
    language, asked = language_of(request), request.query_params
    try:
        span = _span(asked.get("from", ""), asked.get("to", ""))
    except (ValueError, OverflowError):
        return listed(
            request, here, wrong=language.text("Give days as the form has them, the first one not after the last.")
        )
    auditing: Auditing = request.app.state.auditing
    places = auditing.places(scope(here), span)
    return StreamingResponse(
        _lines(auditing, places, language),
        media_type="text/csv; charset=utf-8",
        headers={
            **HEADERS,
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": 'attachment; filename="nguon-events.csv"',
        },
    )


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, without controls that would turn what stands beside it."""
    shown = plain(text).replace("\n", " ").replace("\t", " ")
    return f"'{shown}" if shown.lstrip().startswith(FORMULA) else shown


def _span(since: str, until: str) -> tuple[int, int]:
    """Seconds of Vietnam's days, the last one included; empty: no bound. Raises ValueError."""
    first = date.fromisoformat(since) if since else date(1970, 1, 2)
    last = date.fromisoformat(until) if until else date(9998, 1, 1)
    if last < first:
        raise ValueError("the days are the wrong way round")
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=VIETNAM) for day in (first, last + timedelta(days=1)))
    return int(begin.timestamp()), int(end.timestamp())


def _lines(auditing: Auditing, places: Sequence[int], language: Language) -> Iterator[bytes]:
    """The mark at the beginning tells spreadsheets that it is UTF-8. No snapshot stays open between two pieces."""
    yield ("\N{ZERO WIDTH NO-BREAK SPACE}" + _written([COLUMNS])).encode()
    for start in range(0, len(places), AT_ONCE):
        events = auditing.events(places[start : start + AT_ONCE])
        yield _written([row for event in events for row in _rows(event, language)]).encode("utf-8", "replace")


def _written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _rows(event: dict[str, Any], language: Language) -> Iterator[list[str]]:
    for part, goods in _goods(event):
        product = goods.get("product") or {}
        quantity = goods.get("quantity")
        values = (
            event["position"], event["id"], event["kind"], part, event["party"]["id"], called(event["party"], language),
            event["signer"], product.get("id"), called(product, language) if product else None, goods.get("lot"),
            goods.get("batch"), quantity, product.get("unit") if quantity is not None else None,
            (event["to"] or {}).get("id"), (event["holder"] or {}).get("id"), event["place"], event["target"],
            event["occurred_at"], event["captured_at"], event["recorded_at"], event["block"],
        )  # fmt: skip
        yield [safe(str(value)) if value is not None else "" for value in values]


def _goods(event: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What it acts on, and how; one line without goods for an event on none."""
    if event["inputs"] or event["outputs"]:
        return [*(("used", each) for each in event["inputs"]), *(("made", each) for each in event["outputs"])]
    if event["quantity"] is not None:
        return [("moved", event["batch_ref"] | {"quantity": event["quantity"]})]
    return [("noted", each) for each in event["batches"]] or [("", {})]
