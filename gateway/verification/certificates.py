"""Certificates for the page, each with its state in words: stated by whom, confirmed by whom, expired, withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from gateway.pages.languages import Language, mark
from gateway.verification.content import title_of
from gateway.verification.journey import Story, in_ledger_order
from gateway.verification.sentences import party_name, place_name, product_name
from ledger.events.certificates import Certificate, Standing, standings

SHOWN: Final = 6
_WORST_LAST: Final = ("confirmed", "stated", "not_yet", "expired", "withdrawn")
STATES: Final = {
    "stated": mark("Stated by {party}. No inspector has confirmed it."),
    "confirmed": mark("Confirmed by {party} on {date}."),
    "expired": mark("Expired on {date}."),
    "not_yet": mark("Not valid before {date}."),
    "withdrawn": mark("Withdrawn by {party} on {date}."),
}


@dataclass(frozen=True)
class Shown:
    """`word` decides the colour, `state` says it. `lines`: whose it is, for what, and until when, as stated."""

    word: str
    title: str
    state: str
    lines: tuple[str, ...]
    prints: tuple[str, ...]


def certificates_of(story: Story, today: date, language: Language) -> tuple[Shown, ...]:
    """Of the batch, its ancestors and the places where they were made; those that stand first."""
    told = [event for event, _ in in_ledger_order(story)]
    of_batches = {event.get("id") for event in told}
    for place in story.get("places") or ():
        told += [event for event in place.get("journey") or () if event.get("id") not in of_batches]
    found = standings(told, story.get("inspectors") or (), today)
    found.sort(key=lambda standing: _WORST_LAST.index(standing.word))
    return tuple(_shown(standing, story, language) for standing in found)


def _shown(standing: Standing, story: Story, language: Language) -> Shown:
    certificate = standing.certificate
    by = standing.by if standing.word in ("confirmed", "withdrawn") else certificate.event
    day = {"expired": certificate.end, "not_yet": certificate.start}.get(standing.word)
    said = language.date((by or {}).get("occurred_at")) or language.text("an unknown day")
    state = language.text(
        STATES[standing.word],
        party=party_name((by or {}).get("party"), language),
        date=language.day(day) if day else said,
    )
    if standing.word == "expired" and standing.by is not None:
        state += " " + language.text("{party} had confirmed it.", party=party_name(standing.by.get("party"), language))
    return Shown(
        standing.word, title_of(certificate, language), state, tuple(_lines(certificate, story, language)),
        certificate.prints,
    )  # fmt: skip


def _lines(certificate: Certificate, story: Story, language: Language) -> Iterator[str]:
    issuer = certificate.issuer or language.text("not stated")
    yield language.text("Issued by, as stated: {issuer}", issuer=issuer)
    yield language.text("For: {scope}", scope=" · ".join(_scope(certificate, story, language)))
    until = language.day(certificate.end) if certificate.end else None
    if until is None:
        words = mark("Valid until: not readable") if certificate.end_written else mark("Valid until: not stated")
        yield language.text(words)
    elif certificate.start:
        yield language.text("Valid {first} to {last}", first=language.day(certificate.start), last=until)
    else:
        yield language.text("Valid until {date}", date=until)


def _scope(certificate: Certificate, story: Story, language: Language) -> Iterator[str]:
    """What the event is about, then what the certificate itself says it covers."""
    event = certificate.event
    if event.get("place"):
        owner = event.get("owner") or event.get("party")
        uri = str(event["place"])
        if _is_whole(uri, owner):
            yield language.text("all places of {party}", party=party_name(owner, language))
        else:
            yield language.text(
                "place {place} of {party}", place=place_name(uri) or uri, party=party_name(owner, language)
            )
    else:
        batches = event.get("outputs") or event.get("batches") or [event.get("batch_ref") or {}]
        for batch in batches:
            if batch.get("batch") == story.get("batch"):
                yield language.text("this lot")
            elif batch.get("product"):
                yield language.text(
                    "{product}, lot {lot}", product=product_name(batch["product"], language), lot=str(batch.get("lot"))
                )
    if certificate.scope:
        yield certificate.scope


def _is_whole(uri: str, owner: Any) -> bool:
    """Whether it stands for all places of its owner (ledger/projection/attested.py)."""
    party = str(owner.get("id") or "") if isinstance(owner, Mapping) else ""
    return uri == party.replace("/417/", "/414/", 1)
