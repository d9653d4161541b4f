"""Page: the batches within an auditor's scope."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from gateway.auditing.scoping import scope
from gateway.auditing.words import CAME, WENT, amount, called, marks
from gateway.auth.actions import Action, does
from gateway.auth.asking import Here, SignedIn
from gateway.auth.showing import PageRoute, language_of, show
from gateway.pages.languages import Language
from ledger.projection.auditing import LAST, Place

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SHOWN: Final = 50
NAMED: Final = 20
"""Parties of an area that are named."""


@dataclass(frozen=True, slots=True)
class Line:
    path: str
    product: str
    lot: str
    maker: str
    quantities: str
    marks: list[str]


@router.get("/auditing")
@does(Action.AUDIT)
def page(request: Request, here: Here) -> Response:
    return listed(request, here)


def listed(request: Request, here: SignedIn, wrong: str | None = None) -> Response:
    """Also with what is wrong in the form for the export, which stands on this page."""
    language, auditing, wanted = language_of(request), request.app.state.auditing, scope(here)
    lot = request.query_params.get("lot", "").strip()[:64]
    found = auditing.batches(wanted, lot, _place(request.query_params.get("before", "")), SHOWN + 1)
    parties = auditing.parties(wanted.area) if wanted.area is not None else []
    return show(
        request,
        "auditing/batches.html",
        here,
        422 if wrong else 200,
        wrong=wrong,
        lines=[_line(each, language) for _, each in found[:SHOWN]],
        lot=lot,
        older=_older(found[SHOWN - 1][0], lot, language) if len(found) > SHOWN else None,
        is_first="before" not in request.query_params,
        area=wanted.area,
        parties=[called(each, language) for each in parties[:NAMED]],
        more=max(0, len(parties) - NAMED),
        since=request.query_params.get("from", "")[:10],
        until=request.query_params.get("to", "")[:10],
    )


def _line(batch: dict[str, Any], language: Language) -> Line:
    product, figures = batch["product"], batch["quantities"]
    said = [
        f"{language.text(words)}: {amount(figures[name], product, language)}"
        for name, words in (*CAME, *WENT)
        if figures[name] or name == "made"
    ]
    return Line(
        f"/auditing/{batch['batch']}",
        called(product, language),
        batch["lot"],
        called(batch["origin"], language),
        " · ".join(said),
        marks(batch["marks"], language),
    )


def _place(text: str) -> Place:
    """Behind which the page begins; at the beginning for what is no place."""
    found = re.fullmatch(r"([0-9]{1,18})-([0-9a-f]{64})", text)
    return (int(found[1]), bytes.fromhex(found[2])) if found else LAST


def _older(place: Place, lot: str, language: Language) -> str:
    asked = {"lang": language.code, "before": f"{place[0]}-{place[1].hex()}", **({"lot": lot} if lot else {})}
    return f"/auditing?{urlencode(asked)}"
