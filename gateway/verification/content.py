"""What an event's content adds, in plain words: reasons, readings, certificates, what is private (event.md, section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from gateway.pages import formats
from gateway.pages.languages import Language, mark, plain
from ledger.events.certificates import (
    CONFIRMS,
    STARS,
    WITHDRAWS,
    Certificate,
    certificates_in,
    last_part,
    mappings,
    named_by,
    public_content,
)

_SHOWN_READINGS: Final = 4
# The codes of `nguon:reason`; another word is shown as it was written.
REASONS: Final = {
    "dead_on_the_way": mark("died on the way"),
    "dead_in_the_tank": mark("died in the tank"),
    "dead": mark("died"),
    "weight_loss": mark("loss of weight"),
    "lost_on_the_way": mark("lost"),
    "damaged": mark("damaged"),
    "spoiled": mark("spoiled"),
    "expired": mark("past its shelf life"),
    "sample": mark("sample for testing"),
    "destroyed": mark("destroyed"),
    "typed_wrong": mark("a number was typed wrong"),
}
FINDINGS: Final = {
    "conformant": mark("Result as stated: in order"),
    "non_conformant": mark("Result as stated: not in order"),
}
ABOUT: Final = {
    CONFIRMS: mark("Says that the certificate of record {id} is in order."),
    **dict.fromkeys(WITHDRAWS, mark("Says that the certificate of record {id} does not stand any more.")),
}
READINGS: Final = {
    "Temperature": mark("temperature"),
    "AbsoluteHumidity": mark("humidity"),
    "RelativeHumidity": mark("humidity"),
    "Mass": mark("weight"),
    "Salinity": mark("salinity"),
}
UNITS: Final = {"CEL": "°C", "P1": "%", "KGM": "kg", "GRM": "g"}


content_of = public_content


def place_of(event: Mapping[str, Any]) -> str | None:
    """URI of the place an event names: acting on an Observe of a place, else where the content says it happened."""
    content = content_of(event)
    for stated in (event.get("place"), content.get("readPoint"), content.get("bizLocation")):
        uri = stated.get("id") if isinstance(stated, Mapping) else stated
        if isinstance(uri, str) and uri:
            return plain(uri)
    return None


def reason_of(event: Mapping[str, Any], language: Language) -> str:
    reason = language.pick(content_of(event).get("nguon:reason"))
    if reason is None:
        return language.text("not stated")
    return language.text(REASONS[reason]) if reason in REASONS else reason


def alerts_of(event: Mapping[str, Any], language: Language) -> Iterator[str]:
    """What must not be overlooked about a step."""
    if event.get("content_canonical") is False:
        yield language.text("The rest of this record is not in canonical form and is not shown.")
    if content_of(event).get("nguon:derived"):
        yield language.text("This handover was left out of the source document and was derived from it.")


def notes_of(event: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Further lines under a step."""
    content = content_of(event)
    if content.get("nguon:reason") and event.get("kind") != "Dispose":  # a loss says its reason in its sentence
        yield language.text("Reason: {reason}.", reason=reason_of(event, language))
    yield from _readings(content, language)
    disposition = last_part(content.get("disposition"))
    if disposition in FINDINGS:
        yield language.text(FINDINGS[disposition])
    for document in mappings(content.get("bizTransactionList")):
        number = document.get("bizTransaction")
        if last_part(document.get("type")) == "testres" and isinstance(number, str):
            yield language.text("Test report: {number}", number=plain(number))
    for certificate in certificates_in(event):
        told = ", ".join(part for part in (title_of(certificate, language), certificate.issuer) if part)
        yield language.text("Certificate, as stated: {certificate}", certificate=told)
    if event.get("kind") == "Observe" and (named := named_by(event)):
        # What it is worth stands with the certificate: here is only what the record says.
        words = ABOUT.get(disposition or "", mark("About the certificate of record {id}."))
        yield language.text(words, id=named[:6] + "…")
    documents = content.get("nguon:documents")
    if isinstance(documents, list) and documents:
        yield language.count(
            "{n} document attached by its fingerprint.", "{n} documents attached by their fingerprints.", len(documents)
        )
    hidden = content.get("_sd")
    if isinstance(hidden, list) and hidden:
        yield language.count("{n} private detail, not public.", "{n} private details, not public.", len(hidden))


def title_of(certificate: Certificate, language: Language) -> str:
    """`VietGAP · VG-0117`, `OCOP · 4 stars · 148/QĐ-UBND`."""
    level = certificate.level
    if certificate.standard in STARS and level is not None and re.fullmatch("[1-5]", level):
        level = language.count("{n} star", "{n} stars", int(level))
    return " · ".join(part for part in (certificate.standard, level, certificate.number) if part)


def ilmd(event: Mapping[str, Any], *names: str) -> str | None:
    """The first of these members of the content's `ilmd`, named without their prefix `cbvmda:`."""
    members: Any = content_of(event).get("ilmd")
    if isinstance(members, Mapping):
        for name in names:
            if isinstance(members.get(f"cbvmda:{name}"), str):
                return str(members[f"cbvmda:{name}"])
    return None


def best_before_of(event: Mapping[str, Any]) -> date | None:
    """Until when the goods keep, as the content states it for the lot."""
    return formats.day(ilmd(event, "itemExpirationDate", "bestBeforeDate", "sellByDate"))


def observed(event: Mapping[str, Any]) -> str | None:
    """The business step of an observation, as its bare CBV word: inspecting, sensor_reporting."""
    return last_part(content_of(event).get("bizStep"))


def _readings(content: Mapping[str, Any], language: Language) -> Iterator[str]:
    elements = content.get("sensorElementList")
    listed = [element.get("sensorReport") for element in mappings(elements)]
    reports = [report for inner in listed for report in mappings(inner)]
    for report in reports[:_SHOWN_READINGS]:
        kind = str(report.get("type") or "").rsplit(":", 1)[-1]
        value, unit = report.get("value"), str(report.get("uom") or "")
        if value is None or isinstance(value, (Mapping, list)):
            continue
        yield language.text(
            "Measured: {what} {value} {unit}",
            what=language.text(READINGS[kind]) if kind in READINGS else kind,
            value=str(value),
            unit=UNITS.get(unit, unit),
        ).strip()
