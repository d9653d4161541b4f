"""What the law asks a traced product to state: shown, or named as missing.

Circular 02/2024/TT-BKHCN lists ten items of minimum trace data; Decree 37/2026/NĐ-CP, Article 32, eight of a digital product
passport. A value of None is shown as "not stated".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.pages.languages import Language
from gateway.verification.certificates import Shown
from gateway.verification.content import place_of
from gateway.verification.dates import KeyDates
from gateway.verification.journey import Story, in_ledger_order
from gateway.verification.sentences import MAKES, party_name, place_name, product_name


@dataclass(frozen=True)
class Item:
    number: int
    label: str
    value: str | None


def circular_items(story: Story, dates: KeyDates, language: Language) -> tuple[Item, ...]:
    text, product, origin = language.text, story.get("product") or {}, story.get("origin") or {}
    about = profile_of(product)
    values = (
        (text("Product name"), product_name(product, language)),
        (text("Picture"), language.pick(about.get("image"))),
        (text("Producer or trader"), party_name(origin, language)),
        (text("Address"), language.pick(profile_of(origin).get("address"))),
        (text("Stages, each with product, place and time"), _stages(story, language)),
        (text("Production time"), made_on(dates, language)),
        (text("Traceability code"), _trace_code(story, dates, language)),
        (text("Brand, mark, model, serial number"), language.pick(about.get("brand"))),
        (text("Shelf life"), shelf_life(dates, language)),
        (text("Standards applied"), standards(about, language)),
    )
    return tuple(Item(number, *value) for number, value in enumerate(values, 1))


def decree_items(story: Story, dates: KeyDates, certificates: Sequence[Shown], language: Language) -> tuple[Item, ...]:
    text, product, origin = language.text, story.get("product") or {}, story.get("origin") or {}
    about, gtin = profile_of(product), product.get("gtin")
    name = product_name(product, language)
    address = language.pick(profile_of(origin).get("address"))
    steps = len(in_ledger_order(story))
    listed = [f"{each.title} ({each.state.rstrip('.')})" for each in certificates]
    stars = ocop_stars(about, language)
    finished_at = ", ".join(part for part in (address, _last_place(story)) if part)
    who = [party_name(origin, language), address or text("address not stated"), str(origin.get("id") or "")]
    made = [made_on(dates, language), best_before(dates, language)]
    values = (
        (text("Name and GTIN"), f"{name}, GTIN {gtin}" if gtin else text("{name}, GTIN not stated", name=name)),
        (text("Producer: name, address, identifier"), ", ".join(part for part in who if part)),
        (text("Origin, or place of the last finishing step"), finished_at or None),
        (text("Traceability information"), language.count("{n} signed step", "{n} signed steps", steps)),
        (text("Certificates, if any"), "; ".join([*([stars] if stars else []), *listed]) or None),
        (text("Production date, and use-by date if any"), "; ".join(part for part in made if part) or None),
        (text("Safety warnings, if any"), language.pick(about.get("warnings"))),
        (text("Other data the state asks for"), None),
    )
    return tuple(Item(number, *value) for number, value in enumerate(values, 1))


def profile_of(thing: Any) -> Mapping[str, Any]:
    """The profile of a product or a party; empty where there is none."""
    profile = thing.get("profile") if isinstance(thing, Mapping) else None
    return profile if isinstance(profile, Mapping) else {}


def made_on(dates: KeyDates, language: Language) -> str | None:
    return span(dates.first_made, dates.last_made, language)


def span(first: date | None, last: date | None, language: Language) -> str | None:
    """One day, or from one to another."""
    if first is None or last is None:
        return None
    if first == last:
        return language.day(first)
    return language.text("{first} to {last}", first=language.day(first), last=language.day(last))


def best_before(dates: KeyDates, language: Language) -> str | None:
    if dates.best_before is None:
        return None
    day = language.day(dates.best_before)
    return (
        language.text("until {date}, counted from the shelf life", date=day)
        if dates.computed
        else (language.text("until {date}", date=day))
    )


def shelf_life(dates: KeyDates, language: Language) -> str | None:
    if dates.shelf_life_days is not None:
        return language.count("{n} day", "{n} days", dates.shelf_life_days)
    return best_before(dates, language)


def ocop_stars(profile: Mapping[str, Any], language: Language) -> str | None:
    """OCOP stars with their state: so far nobody but the producer's profile says so."""
    stars = profile.get("ocop_stars")
    if type(stars) is not int or not 1 <= stars <= 5:
        return None
    return language.count("OCOP {n} star, as stated", "OCOP {n} stars, as stated", stars)


def standards(profile: Mapping[str, Any], language: Language) -> str | None:
    listed = profile.get("standards")
    words = [language.pick(entry) for entry in listed] if isinstance(listed, list) else [language.pick(listed)]
    return ", ".join(word for word in words if word) or None


def _stages(story: Story, language: Language) -> str | None:
    steps = [event for event, _ in in_ledger_order(story)]
    if not steps:
        return None
    stages = language.count("{n} stage, with product and time", "{n} stages, with product and time", len(steps))
    placeless = sum(1 for event in steps if not place_of(event))
    if placeless:
        stages += "; " + language.count("place not stated in {n} of them", "place not stated in {n} of them", placeless)
    return stages


def _trace_code(story: Story, dates: KeyDates, language: Language) -> str | None:
    """Product code + location code + lot + time; a missing part is named, not skipped."""
    product, origin = story.get("product") or {}, story.get("origin") or {}
    missing = language.text("not stated")
    gln = str(origin.get("id") or "").removeprefix("https://id.gs1.org/417/")
    parts = (
        f"GTIN {product['gtin']}" if product.get("gtin") else str(product.get("id") or missing),
        f"GLN {gln}" if gln.isdigit() else language.text("place code: {code}", code=missing),
        language.text("lot {lot}", lot=str(story.get("lot") or missing)),
        made_on(dates, language) or missing,
    )
    return " · ".join(parts)


def _last_place(story: Story) -> str | None:
    for event in reversed(story.get("journey") or ()):
        if event.get("kind") in MAKES and place_of(event):
            return place_name(place_of(event))
    return None
