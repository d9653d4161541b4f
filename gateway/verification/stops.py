"""The way of the goods, drawn by us: who made or received them, each hand-over with its distance, and the stops as points.

Positions are what parties state in their profiles: `coordinates` = {"latitude", "longitude"} in degrees, of the party or of one
of its `places` (a list of {"id", "name", "coordinates"}). No map of anybody else's is loaded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.pages.languages import Language
from gateway.verification.content import place_of
from gateway.verification.journey import Story, in_ledger_order
from gateway.verification.passport import profile_of
from gateway.verification.sentences import MAKES, party_name, place_name, sender_of

SHOWN: Final = 12
WIDTH: Final = 320
HEIGHT: Final = 200
_MARGIN: Final = 24
_EARTH_KM: Final = 6371.0
_DEGREES: Final = re.compile(r"-?\d{1,3}(\.\d{1,10})?")
Position = tuple[float, float]
"""Latitude and longitude in degrees."""


@dataclass(frozen=True)
class Stop:
    """`x`, `y` in the drawing's units; None where no position is stated, or only one is."""

    number: int
    name: str
    where: str | None
    x: int | None
    y: int | None


@dataclass(frozen=True)
class Way:
    """`legs`: hand-overs in words. `lines`: those that can be drawn, (x1, y1, x2, y2). `drawn`: whether there are points at all."""

    stops: tuple[Stop, ...]
    legs: tuple[str, ...]
    lines: tuple[tuple[int, int, int, int], ...]
    drawn: bool
    more: str | None


def way_of(story: Story, language: Language) -> Way:
    parties, places, hops = _found(story)
    shown = list(parties)[:SHOWN]
    number = {uri: place + 1 for place, uri in enumerate(shown)}
    positions = {uri: position_of(parties[uri], places.get(uri)) for uri in shown}
    points = _drawn({uri: at for uri, at in positions.items() if at is not None})
    stops = tuple(
        Stop(
            number[uri], party_name(parties[uri], language), _where(parties[uri], places.get(uri), language),
            *points.get(uri, (None, None)),
        )
        for uri in shown
    )  # fmt: skip
    legs = []
    for sender, receiver in hops:
        if sender in number and receiver in number:
            here, there = positions[sender], positions[receiver]
            away = language.text("distance not known")
            if here and there:
                km = distance_km(here, there)
                away = language.text("less than 1 km") if km < 1 else f"{language.number(round(km))} km"
            legs.append(f"{number[sender]} → {number[receiver]}: {away}")
    lines = tuple((*points[a], *points[b]) for a, b in hops if a in points and b in points)
    rest = len(parties) - len(shown)
    more = language.count("{n} more stop is in the JSON.", "{n} more stops are in the JSON.", rest) if rest else None
    return Way(stops, tuple(legs), lines, bool(points), more)


def _found(story: Story) -> tuple[dict[str, Any], dict[str, str], list[tuple[str, str]]]:
    """Parties that made or received the goods by first appearance, where each made them, and the hand-overs that arrived."""
    parties: dict[str, Any] = {}
    places: dict[str, str] = {}
    ships: dict[Any, Any] = {}
    hops: dict[tuple[str, str], None] = {}
    for event, _ in in_ledger_order(story):
        kind, party = event.get("kind"), event.get("party") or {}
        uri = str(party.get("id") or "")
        if kind == "Ship":
            ships[event.get("id")] = sender_of(event)
        if kind in MAKES or kind == "Receive":
            parties.setdefault(uri, party)
        if kind in MAKES and (place := place_of(event)):
            places.setdefault(uri, place)
        if kind == "Receive" and (sender := ships.get(event.get("target"))):
            hops[str(sender.get("id") or ""), uri] = None
            parties.setdefault(str(sender.get("id") or ""), sender)
    return parties, places, list(hops)


def position_of(party: Any, place: str | None) -> Position | None:
    """Of the place where its owner's profile lists it, else of the party."""
    profile = profile_of(party)
    listed = profile.get("places")
    for each in listed if isinstance(listed, list) else ():
        if (
            isinstance(each, Mapping)
            and place
            and each.get("id") == place
            and (found := _read(each.get("coordinates")))
        ):
            return found
    return _read(profile.get("coordinates"))


def _read(stated: Any) -> Position | None:
    if not isinstance(stated, Mapping):
        return None
    told = [stated.get(name) for name in ("latitude", "longitude")]
    if not all(isinstance(each, (str, int)) and _DEGREES.fullmatch(str(each)) for each in told):
        return None
    latitude, longitude = (float(str(each)) for each in told)
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _where(party: Any, place: str | None, language: Language) -> str | None:
    """The place by its name in the profile, else as it is written; else the party's address."""
    profile = profile_of(party)
    listed = profile.get("places")
    for each in listed if isinstance(listed, list) else ():
        if (
            isinstance(each, Mapping)
            and place
            and each.get("id") == place
            and (name := language.pick(each.get("name")))
        ):
            return name
    return language.pick(profile.get("address")) or (place_name(place) if place else None)


def distance_km(here: Position, there: Position) -> float:
    """In a straight line over the ground (great circle)."""
    (a, b), (c, d) = [[math.radians(each) for each in point] for point in (here, there)]
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def _drawn(positions: Mapping[str, Position]) -> dict[str, tuple[int, int]]:
    """Points within the drawing, north up, one scale for both directions; nothing where there are not two different ones."""
    if len(set(positions.values())) < 2:
        return {}
    middle = math.cos(math.radians(sum(at[0] for at in positions.values()) / len(positions)))
    flat = {uri: (at[1] * middle, -at[0]) for uri, at in positions.items()}
    left, top = (min(point[axis] for point in flat.values()) for axis in (0, 1))
    wide, high = (max(point[axis] for point in flat.values()) - low for axis, low in ((0, left), (1, top)))
    room = WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN
    scale = min(space / size for space, size in zip(room, (wide, high), strict=True) if size > 0)
    indent = [(space - size * scale) / 2 for space, size in zip(room, (wide, high), strict=True)]
    return {
        uri: (
            round(_MARGIN + indent[0] + (x - left) * scale),
            round(_MARGIN + indent[1] + (y - top) * scale),
        )
        for uri, (x, y) in flat.items()
    }
