"""What is said of a batch without naming it: certificates of a place where it or an ingredient was made, and who inspects.

A certificate is content alone (docs/spec/certificates.md); whoever reads the story judges it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ledger.errors import Refusal
from ledger.events.identifiers import party_id, place_id
from ledger.events.model import Kind, Role, Status
from ledger.projection.present import Json, Presenter

MOST_OF_A_PLACE: Final = 50
LOOKED_THROUGH: Final = 5_000
"""Latest Observes in which a list of certificates is looked for: no index has what content says."""
_MAKES: Final = ("Commission", "Transform", "Pack")
_NAMES: Final = b"certificationList", b"certificationInfo"


def attested(db: sqlite3.Connection, presenter: Presenter, story: Json) -> Json:
    """`places`: `{place, owner, journey}` of each place with a certificate where the owner made the batch or an ancestor;
    `inspectors`: URIs of active parties with the role, among those who observed what the story tells."""
    places = []
    for owner, uri in _made_at(story):
        journey = _of_place(db, presenter, owner["id"], uri)
        if journey:
            places.append({"place": uri, "owner": owner, "journey": journey})
    told = [*story["journey"], *(event for each in (*story["upstream"], *places) for event in each["journey"])]
    observers = {event["party"]["id"] for event in told if event["kind"] == Kind.OBSERVE.word}
    return {"places": places, "inspectors": sorted(observers.intersection(inspectors(db)))}


def _made_at(story: Json) -> Iterator[tuple[Json, str]]:
    """Owner and place of each making, once; all of its owner's places among them."""
    told: dict[tuple[str, str], Json] = {}
    for batch in (story, *story["upstream"]):
        for event in batch["journey"]:
            if event["kind"] in _MAKES:
                for uri in (whole_of(event["party"]["id"]), *places_named(event)):
                    told[event["party"]["id"], uri] = event["party"]
    return ((owner, uri) for (_, uri), owner in told.items())


def whole_of(party: str) -> str:
    """The place that stands for all places of a party: its GLN as a location, else its URN."""
    return party.replace("/417/", "/414/", 1)


def places_named(event: Json) -> Iterator[str]:
    """Where an event's content says that it happened, and the place that it observes."""
    for stated in (event["place"], event["content"].get("readPoint"), event["content"].get("bizLocation")):
        uri: Any = stated.get("id") if isinstance(stated, dict) else stated
        if isinstance(uri, str) and uri:
            yield uri


def _of_place(db: sqlite3.Connection, presenter: Presenter, owner: str, uri: str) -> list[Json]:
    try:
        subject = place_id(party_id(owner), uri)
    except Refusal:  # a place that only content names may be no URI: no Observe can name it
        return []
    sql = (
        "SELECT DISTINCT e.* FROM links l JOIN events e ON e.seq = l.event WHERE l.subject = ? AND e.kind = ?"
        " AND (instr(e.body, ?) OR instr(e.body, ?)) ORDER BY e.seq DESC LIMIT ?"
    )
    rows = db.execute(sql, (subject, Kind.OBSERVE, *_NAMES, MOST_OF_A_PLACE)).fetchall()
    return [presenter.event(row) for row in reversed(rows)]


def latest(db: sqlite3.Connection, party: bytes | None, most: int) -> list[Json]:
    """Final Observes that state, confirm or withdraw a certificate, newest first; all parties' where `party` is None."""
    sql = (
        "SELECT * FROM (SELECT * FROM events WHERE kind = ?1 AND (?2 IS NULL OR party = ?2) ORDER BY seq DESC LIMIT ?3) e"
        " WHERE instr(e.body, ?4) OR instr(e.body, ?5) LIMIT ?6"
    )
    presenter = Presenter(db)
    rows = db.execute(sql, (Kind.OBSERVE, party, LOOKED_THROUGH, *_NAMES, most)).fetchall()
    return [presenter.event(row) for row in rows]


def about(db: sqlite3.Connection, events: Iterable[Json]) -> list[Json]:
    """All Observes of what these observe that speak of certificates, in ledger order."""
    sql = (
        "SELECT DISTINCT e.* FROM events a JOIN links s ON s.event = a.seq JOIN links l ON l.subject = s.subject"
        " JOIN events e ON e.seq = l.event WHERE a.id = ? AND e.kind = ? AND (instr(e.body, ?) OR instr(e.body, ?))"
    )
    presenter, found = Presenter(db), {}
    for event in events:
        for row in db.execute(sql, (bytes.fromhex(event["id"][2:]), Kind.OBSERVE, *_NAMES)):
            found[row["seq"]] = row
    return [presenter.event(found[seq]) for seq in sorted(found)]


def inspectors(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("SELECT uri FROM parties WHERE status = ? AND roles & ?", (Status.ACTIVE, Role.INSPECTOR))
    return [row["uri"] for row in rows]
