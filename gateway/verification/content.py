"""What an event's content adds, in plain words: reasons, readings, certificates, what is private (event.md, section 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.pages.languages import Language, mark, plain

_SHOWN_READINGS: Final = 4
REASONS: Final = {
    "loss": mark("loss of weight"),
    "drip_loss": mark("loss of weight"),
    "death": mark("died"),
    "mortality": mark("died"),
    "sample": mark("sample for testing"),
    "destroyed": mark("destroyed"),
    "destruction": mark("destroyed"),
    "spoiled": mark("spoiled"),
    "damaged": mark("damaged"),
    "expired": mark("past its shelf life"),
    "lost": mark("lost"),
    "lost_on_the_way": mark("lost"),
}
READINGS: Final = {
    "Temperature": mark("temperature"),
    "AbsoluteHumidity": mark("humidity"),
    "RelativeHumidity": mark("humidity"),
    "Mass": mark("weight"),
    "Salinity": mark("salinity"),
}
UNITS: Final = {"CEL": "°C", "P1": "%", "KGM": "kg", "GRM": "g"}


def content_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event's public content; empty where it is not canonical, as then no reader shows it."""
    content = event.get("content")
    return content if isinstance(content, Mapping) and event.get("content_canonical") is True else {}


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
    yield from _readings(content, language)
    for certificate in certificates(event):
        yield language.text("Certificate, as stated: {certificate}", certificate=certificate)
    documents = content.get("nguon:documents")
    if isinstance(documents, list) and documents:
        yield language.count("{n} document attached by its fingerprint.", "{n} documents attached by their fingerprints.",
                             len(documents))
    hidden = content.get("_sd")
    if isinstance(hidden, list) and hidden:
        yield language.count("{n} private detail, not public.", "{n} private details, not public.", len(hidden))


def certificates(event: Mapping[str, Any]) -> Iterator[str]:
    """Scheme and number of each certificate the content lists."""
    listed = content_of(event).get("certificationList")
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, Mapping):
            continue
        names = (entry.get(key) or entry.get(f"gdst:{key}") or entry.get(f"cbvmda:{key}")
                 for key in ("certificationStandard", "certificationIdentification", "certificationAgency"))
        words = [plain(name) for name in names if isinstance(name, str) and name]
        if words:
            yield ", ".join(words)


def ilmd(event: Mapping[str, Any], *names: str) -> str | None:
    """The first of these members of the content's `ilmd`, with or without the CBV prefix."""
    members = content_of(event).get("ilmd")
    for name in names if isinstance(members, Mapping) else ():
        value = members.get(f"cbvmda:{name}") or members.get(name)
        if isinstance(value, str):
            return value
    return None


def _readings(content: Mapping[str, Any], language: Language) -> Iterator[str]:
    elements = content.get("sensorElementList")
    reports = [report for element in (elements if isinstance(elements, list) else ()) if isinstance(element, Mapping)
               for report in (element.get("sensorReport") or ()) if isinstance(report, Mapping)]
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
