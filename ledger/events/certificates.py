"""Certificates and the state of each: stated, confirmed, expired, withdrawn; never a bare tick (docs/spec/certificates.md).

Any event may list certificates. An Observe whose `certificationInfo` names that event speaks of them: an inspector's that found
them in order confirms, its own party's or an inspector's that says `inactive` or `non_conformant` withdraws.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

Event = Mapping[str, Any]

NAMES_EVENT: Final = "urn:nguon:event:"
CONFIRMS: Final = "conformant"
WITHDRAWS: Final = ("inactive", "non_conformant")
_PREFIXES: Final = ("cbvmda:", "gdst:", "")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
SCHEMES: Final = ("VietGAP", "ASC", "BAP", "OCOP")
STARS: Final = ("OCOP", "BAP")
"""Schemes whose level is a number of stars, 1 to 5."""


@dataclass(frozen=True)
class Certificate:
    """As its event states it. Days as written where they are days, else None; `level` such as OCOP's stars; `prints` SHA-256 of
    the documents, in hexadecimal. `subject` is what the event is about: `batch` ids, or a place and its owner."""

    standard: str
    number: str | None
    issuer: str | None
    scope: str | None
    level: str | None
    start: date | None
    end: date | None
    end_written: bool
    prints: tuple[str, ...]
    event: Event


@dataclass(frozen=True)
class Standing:
    """`word` is stated, confirmed, expired, not_yet or withdrawn; `by` the confirming or withdrawing event."""

    certificate: Certificate
    word: str
    by: Event | None


def public_content(event: Event) -> Mapping[str, Any]:
    """The event's public content; empty where it is not canonical, as then no reader shows it."""
    content: Any = event.get("content")
    return content if isinstance(content, Mapping) and event.get("content_canonical") is True else {}


def last_part(name: Any) -> str | None:
    """`inspecting` of `inspecting`, `urn:epcglobal:cbv:bizstep:inspecting` and `https://ref.gs1.org/cbv/BizStep-inspecting`."""
    return re.split(r"[:/]|BizStep-|Disp-|BTT-", name)[-1] if isinstance(name, str) else None


def mappings(listed: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []


def certificates_in(event: Event) -> Iterator[Certificate]:
    """Those that an event's content lists, at its top or for the lot; what is not in canonical form lists none."""
    content = public_content(event)
    ilmd = content.get("ilmd")
    places = (content, ilmd if isinstance(ilmd, Mapping) else {})
    documents = content.get("nguon:documents")
    prints = tuple(each for each in documents if _is_print(each)) if isinstance(documents, list) else ()
    for entry in (entry for place in places for entry in mappings(place.get("cbvmda:certificationList"))):
        standard, number = _member(entry, "Standard"), _member(entry, "Identification")
        end = _member(entry, "EndDate")
        if standard or number:
            yield Certificate(
                standard or "", number, _member(entry, "Agency"), _member(entry, "Subject"), _member(entry, "Value"),
                _day(_member(entry, "StartDate")), _day(end), end is not None, prints, event,
            )  # fmt: skip


def standings(events: Iterable[Event], inspectors: Collection[Any], today: date) -> list[Standing]:
    """Every certificate among these events, in their order. Only what is final confirms; what may yet be final withdraws."""
    told = list(events)
    about: dict[str, list[Event]] = {}
    for event in told:
        if event.get("kind") == "Observe" and (named := named_by(event)):
            about.setdefault(named, []).append(event)
    return [
        _standing(each, about.get(str(event.get("id")), ()), inspectors, today)
        for event in told
        if event.get("state") != "dead"
        for each in certificates_in(event)
    ]


def named_by(event: Event) -> str | None:
    """Id of the event whose certificates an Observe speaks of."""
    uri = public_content(event).get("certificationInfo")
    return uri.removeprefix(NAMES_EVENT) if isinstance(uri, str) and uri.startswith(NAMES_EVENT) else None


def _standing(certificate: Certificate, about: Iterable[Event], inspectors: Collection[Any], today: date) -> Standing:
    """Withdrawn stays withdrawn: who has it anew attaches it anew."""
    confirmed: Event | None = None
    for event in about:
        finding = last_part(public_content(event).get("disposition"))
        inspects = _party(event) in inspectors
        if not _subjects(event) & _subjects(certificate.event) or event.get("state") == "dead":
            continue
        own = _party(event) == _party(certificate.event)  # an inspector's own certificate is not confirmed by itself
        if finding in WITHDRAWS and (inspects or own):
            return Standing(certificate, "withdrawn", event)
        if finding == CONFIRMS and inspects and not own and event.get("state") == "final":
            confirmed = confirmed or event
    if certificate.end is not None and today > certificate.end:
        return Standing(certificate, "expired", confirmed)
    if certificate.start is not None and today < certificate.start:
        return Standing(certificate, "not_yet", confirmed)
    return Standing(certificate, "confirmed" if confirmed else "stated", confirmed)


def _member(entry: Mapping[str, Any], name: str) -> str | None:
    found = next((entry[key] for prefix in _PREFIXES if (key := f"{prefix}certification{name}") in entry), None)
    return found.strip() or None if isinstance(found, str) else None


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written and _DAY.fullmatch(written) else None
    except ValueError:
        return None


def _is_print(value: Any) -> bool:
    return isinstance(value, str) and _FINGERPRINT.fullmatch(value) is not None


def _party(event: Event) -> Any:
    return (event.get("party") or {}).get("id")


def _subjects(event: Event) -> set[Any]:
    """Batches and, with its owner, the place that an event names."""
    lines = (*(event.get("outputs") or ()), *(event.get("inputs") or ()), *(event.get("batches") or ()))
    named = {line.get("batch") for line in lines}
    if event.get("batch_ref"):
        named.add(event["batch_ref"].get("batch"))
    if event.get("place"):
        named.add((event["place"], (event.get("owner") or event.get("party") or {}).get("id")))
    return named
