"""Page: Certificates. A holder attaches one to a lot or to a place, an inspector confirms it, and either withdraws it.

Each is an Observe whose content is all there is to it (docs/spec/certificates.md): nothing is kept here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.forms import Form, Posted
from gateway.auth.showing import PageRoute
from gateway.pages.formats import VIETNAM
from gateway.pages.languages import mark
from gateway.portal.desk import Desk
from ledger.errors import Refusal
from ledger.events.certificates import (
    CONFIRMS,
    NAMES_EVENT,
    SCHEMES,
    STARS,
    WITHDRAWS,
    Certificate,
    Standing,
    standings,
)
from ledger.events.identifiers import party_id
from ledger.events.model import Kind, Role
from ledger.projection.attested import places_named, whole_of
from ledger.projection.present import Json
from ledger.recording import BatchName, NoteDraft

router = APIRouter(route_class=PageRoute, include_in_schema=False)

MOST: Final = 40
FIELDS: Final = ("scheme", "other", "level", "number", "issuer", "start", "end", "scope", "of", "print")
_LONGEST: Final = 120
_PRINT: Final = re.compile(r"[0-9a-f]{64}")
WORDS: Final = {
    "stated": mark("Stated, not confirmed"),
    "confirmed": mark("Confirmed by {party}"),
    "expired": mark("Expired"),
    "not_yet": mark("Not valid yet"),
    "withdrawn": mark("Withdrawn by {party}"),
}
_WRONG: Final = {
    "scheme": mark("Say which kind of certificate it is."),
    "number": mark("The number of the certificate is missing."),
    "issuer": mark("Who issued the certificate is missing."),
    "start": mark("The first day is no date."),
    "end": mark("The last day is no date, or lies before the first."),
    "print": mark("This is no SHA-256 fingerprint: it has 64 letters and digits, 0–9 and a–f."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A certificate in a clerk's words. `event`: the Observe that states it."""

    event: str
    title: str
    issuer: str
    about: str
    word: str
    state: str
    until: str | None
    print: str | None
    confirmable: bool
    withdrawable: bool


@router.get("/portal/certificates")
@does(Action.PORTAL)
def page(request: Request, here: Here) -> Response:
    return _page(Desk(request, here))


@router.post("/portal/certificates")
@does(Action.PORTAL)
def attach(request: Request, here: Here, form: Posted) -> Response:
    desk = Desk(request, here)
    desk.must(Kind.OBSERVE)
    if desk.again(form):
        return desk.today()
    try:
        return desk.keep(form, _draft(desk, form))
    except Refusal as refusal:
        return _page(desk, refusal, form)


@router.post("/portal/certificates/{id}/confirm")
@does(Action.PORTAL)
def confirm(request: Request, here: Here, form: Posted, id: str) -> Response:
    """By an inspector, of another party's certificate."""
    return _says(Desk(request, here), form, id, CONFIRMS)


@router.post("/portal/certificates/{id}/withdraw")
@does(Action.PORTAL)
def withdraw(request: Request, here: Here, form: Posted, id: str) -> Response:
    """By who attached it, or by an inspector."""
    return _says(Desk(request, here), form, id, WITHDRAWS[0])


def _says(desk: Desk, form: Form, id: str, finding: str) -> Response:
    desk.must(Kind.OBSERVE)
    if desk.again(form):
        return desk.today()
    try:
        event = next((each.certificate.event for each in _standings(desk) if each.certificate.event["id"] == id), None)
        lawful = _may_confirm if finding == CONFIRMS else _may_withdraw
        if event is None or not lawful(desk, dict(event)):
            raise Refusal("UnknownEvent")
        about = _subject_of(dict(event))
        content = {"bizStep": "inspecting", "disposition": finding, "certificationInfo": NAMES_EVENT + id}
        return desk.keep(form, NoteDraft(occurred_at=desk.now, content=content, **about))
    except Refusal as refusal:
        return _page(desk, refusal)


def _draft(desk: Desk, form: Form) -> NoteDraft:
    """Raises `CertificateForm`, `UnknownBatch`."""
    told = {name: " ".join(form.one(name).split())[:_LONGEST] for name in FIELDS}
    standard = told["scheme"] if told["scheme"] in SCHEMES else told["other"]
    level = told["level"] if standard in STARS and told["level"] in ("1", "2", "3", "4", "5") else ""
    start, end = _day(told["start"], "start"), _day(told["end"], "end")
    fingerprint = told["print"].lower().removeprefix("sha256:").replace(" ", "")
    for name, value in (("scheme", standard), ("number", told["number"]), ("issuer", told["issuer"])):
        if not value:
            raise Refusal("CertificateForm", field=name)
    if start and end and end < start:
        raise Refusal("CertificateForm", field="end")
    if fingerprint and not _PRINT.fullmatch(fingerprint):
        raise Refusal("CertificateForm", field="print")
    members = {
        "Standard": standard, "Identification": told["number"], "Agency": told["issuer"], "Value": level,
        "Subject": told["scope"], "StartDate": start.isoformat() if start else "", "EndDate": end.isoformat() if end else "",
    }  # fmt: skip
    listed = {f"cbvmda:certification{name}": value for name, value in members.items() if value}
    content: dict[str, Any] = {"cbvmda:certificationList": [listed]}
    if fingerprint:
        content["nguon:documents"] = [fingerprint]
    return NoteDraft(occurred_at=desk.now, content=content, **_chosen(desk, told["of"]))


def _chosen(desk: Desk, typed: str) -> dict[str, Any]:
    """Raises `UnknownBatch` for what the page does not offer."""
    kind, _, what = typed.partition(" ")
    if kind == "batch" and what in {goods.batch for goods in desk.stock()}:
        return {"batch": BatchName(id=bytes.fromhex(what[2:]))}
    if kind == "place" and what in _places(desk):
        return {"place": what}
    raise Refusal("UnknownBatch", batch=b"")


def _places(desk: Desk) -> list[str]:
    """All of the party's places as one, then those that it named lately."""
    with desk.state.reader.desk() as reader:
        recent = reader.recent(desk.party, 100)
    named = (uri for event in recent for uri in places_named(event))
    return list(dict.fromkeys((whole_of(desk.uri), *named)))


def _day(typed: str, name: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise Refusal("CertificateForm", field=name) from error


def _subject_of(event: Json) -> dict[str, Any]:
    """The batch or the place that is observed, whoever observes it now."""
    if event["place"]:
        owner = event["owner"] or event["party"]
        return {"place": event["place"], "owner": owner["id"]}
    return {"batch": BatchName(id=bytes.fromhex(event["batch_ref"]["batch"][2:]))}


def _standings(desk: Desk) -> list[Standing]:
    """The party's own; of an inspector everybody's. Latest first."""
    everybody = desk.roles & Role.INSPECTOR
    with desk.state.reader.desk() as reader:
        found, told, inspectors = reader.certificates(None if everybody else desk.party, MOST)
    shown = {event["id"] for event in found}
    today = datetime.now(VIETNAM).date()
    return [each for each in reversed(standings(told, inspectors, today)) if each.certificate.event["id"] in shown]


def _may_confirm(desk: Desk, event: Json) -> bool:
    return bool(desk.roles & Role.INSPECTOR) and party_id(event["party"]["id"]) != desk.party


def _may_withdraw(desk: Desk, event: Json) -> bool:
    return bool(desk.roles & Role.INSPECTOR) or party_id(event["party"]["id"]) == desk.party


def _line(desk: Desk, standing: Standing) -> Line:
    certificate, event = standing.certificate, dict(standing.certificate.event)
    may = desk.may(Kind.OBSERVE) and standing.word not in ("expired", "withdrawn")
    by = desk.words((standing.by or event)["party"])
    return Line(
        event["id"], _title(desk, certificate), certificate.issuer or "", ", ".join(_about(desk, event)), standing.word,
        desk.language.text(WORDS[standing.word], party=by),
        desk.language.day(certificate.end) if certificate.end else None,
        next(iter(certificate.prints), None),
        may and standing.word != "confirmed" and _may_confirm(desk, event),
        may and _may_withdraw(desk, event),
    )  # fmt: skip


def _title(desk: Desk, certificate: Certificate) -> str:
    level = certificate.level
    if level and level.isdecimal() and len(level) == 1 and certificate.standard in STARS:
        level = desk.language.count("{n} star", "{n} stars", int(level))
    return " · ".join(part for part in (certificate.standard, level, certificate.number) if part)


def _about(desk: Desk, event: Json) -> Iterator[str]:
    """Whose it is, and for what."""
    owner = event["owner"] or event["party"]
    yield desk.words(event["party"])
    if event["place"]:
        whole = event["place"] == whole_of(owner["id"])
        yield desk.language.text("all places") if whole else event["place"]
    elif event["batch_ref"] and event["batch_ref"]["product"]:
        product = desk.words(event["batch_ref"]["product"])
        yield desk.language.text("{product}, lot {lot}", product=product, lot=event["batch_ref"]["lot"])


def _page(desk: Desk, refusal: Refusal | None = None, form: Form | None = None) -> Response:
    holds, wrong = desk.roles & ~Role.INSPECTOR, None
    if refusal and refusal.law == "CertificateForm":
        wrong = desk.language.text(_WRONG[str(refusal.numbers["field"])])
    elif refusal and refusal.law == "UnknownEvent":
        wrong = desk.language.text(mark("This certificate is not there any more, or not yours to change."))
    return desk.show(
        "certificates.html", refusal, wrong, lines=[_line(desk, each) for each in _standings(desk)], schemes=SCHEMES,
        stock=desk.stock() if holds else [], places=_places(desk) if holds else [], whole=whole_of(desk.uri),
        may_attach=bool(holds) and desk.may(Kind.OBSERVE), inspects=bool(desk.roles & Role.INSPECTOR),
        typed={name: form.one(name) if form else "" for name in FIELDS},
        first=next((each for each in desk.stock() if each.batch == desk.request.query_params.get("batch")), None),
    )  # fmt: skip
