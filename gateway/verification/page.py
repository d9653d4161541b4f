"""The page of a lot, from its story: a pure function. The same dictionary is answered as JSON by `GET /v1/batches/…`."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

import orjson

from gateway.pages.languages import Language
from gateway.pages.links import batch_path, page_path, qr_path, scan_path
from gateway.verification.badge import snippet
from gateway.verification.certificates import SHOWN, Shown, certificates_of
from gateway.verification.dates import KeyDates, key_dates
from gateway.verification.journey import Journey, Story, in_ledger_order, journey_of
from gateway.verification.passport import (
    Item,
    circular_items,
    decree_items,
    made_on,
    ocop_stars,
    profile_of,
    span,
    standards,
)
from gateway.verification.quantities import Balance, balance_of, total_of
from gateway.verification.scanned import ScannedItem
from gateway.verification.sentences import amount, party_name, product_name
from gateway.verification.stops import Way, way_of
from gateway.verification.verdict import Banner, Verdict, banners_of, chain_lines, is_fresh, verdict_of
from gateway.verification.verdict_of_item import verdict_of_item

_PHONE = re.compile(r"\+?[0-9][0-9 ().\-]{3,24}")
_WEB = re.compile(r"https?://[^\s<>\"']{1,200}")
_SHOWN_RELATIVES = 12
ISSUED = ("registered", "voided")
"""Of an item: its looks are counted."""


@dataclass(frozen=True)
class Producer:
    """`dial` and `site` are set only for what is a telephone number or a web address, so that no link runs anything."""

    name: str
    address: str | None
    phone: str | None
    dial: str | None
    site: str | None
    uri: str


@dataclass(frozen=True)
class Signer:
    name: str
    steps: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Relative:
    """An ingredient, or what was made of this lot."""

    name: str
    lot: str
    origin: str
    used: str
    href: str
    recalled: bool


@dataclass(frozen=True)
class ScanPage:
    verdict: Verdict
    chain: str
    chain_meaning: str
    as_of: str | None
    as_of_block: str | None
    verified_at: str | None
    banners: tuple[Banner, ...]
    name: str
    description: str | None
    lot: str
    gtin: str | None
    stars: str | None
    warnings: str | None
    certificates: tuple[Shown, ...]
    more_certificates: tuple[Shown, ...]
    more_said: str
    producer: Producer
    facts: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]
    signed_by: str
    signers: tuple[Signer, ...]
    ingredients: tuple[Relative, ...]
    made_into: tuple[Relative, ...]
    journey: Journey
    way: Way
    balance: Balance
    circular: tuple[Item, ...]
    decree: tuple[Item, ...]
    open_until: str | None
    batch: str
    head: str
    ledger_head: str
    complete: bool
    suffix: str
    json_href: str
    qr_href: str | None
    address: str
    card: str
    badge: str
    snippet: str
    serial: str | None
    item_href: str | None
    visit: str | None


def page_key(
    story: Story, language: Language, today: date, origin: str | None = None, item: ScannedItem | None = None
) -> bytes:
    """Bytes equal exactly for equal pages: all the page is made of, but of the index's lag only whether it is too long."""
    as_of = story.get("as_of") or {}
    fresh = is_fresh(as_of)
    fixed = {
        **story,
        "as_of": {**as_of, "lag_seconds": fresh, "verified_at": None if fresh else as_of.get("verified_at")},
    }
    key = [language.code, today.isoformat(), origin, fixed, None if item is None else repr(item)]
    try:
        return orjson.dumps(key)
    except TypeError:  # a quantity beyond 64 bits, which the ledger allows
        return json.dumps(key).encode()


def scan_page(
    story: Story,
    language: Language,
    today: date,
    origin_asked: str | None = None,
    site: str = "",
    item: ScannedItem | None = None,
) -> ScanPage:
    """Everything the template shows. `today` is the day in Vietnam; `origin_asked` the producer the address named, if any;
    `site` what addresses for other people's pages begin with; `item` the one whose code was scanned, None for a code of the whole
    lot."""
    product, origin, as_of = story.get("product") or {}, story.get("origin") or {}, story.get("as_of") or {}
    dates, lot, uri = key_dates(story), str(story.get("lot") or ""), str(product.get("id") or "")
    about, block = profile_of(product), as_of.get("block")
    suffix = f"origin={quote(origin_asked, safe='')}" if origin_asked else ""
    state, signers = story.get("state") or {}, _signers(story, language)
    chain, chain_meaning = chain_lines(as_of, language)
    certificates = certificates_of(story, today, language)
    recalled = [batch.get("batch") for batch in state.get("recalled_ingredients") or ()]
    address, records = site + scan_path(uri, lot), site + batch_path(uri, lot)
    badge = f"{records}/badge.svg?lang={language.code}{'&' + suffix if suffix else ''}"
    named = language.text("{product}, lot {lot}", product=product_name(product, language), lot=lot)
    return ScanPage(
        verdict=(
            verdict_of(story, is_fresh(as_of), language)
            if item is None
            else verdict_of_item(item, story, is_fresh(as_of), language)
        ),
        chain=chain,
        chain_meaning=chain_meaning,
        as_of=language.moment(as_of.get("time")),
        verified_at=None if is_fresh(as_of) else language.moment(as_of.get("verified_at")),
        as_of_block=None if block is None else language.number(int(block)),
        banners=banners_of(story, dates, dates.past(today), language),
        name=product_name(product, language),
        description=language.pick(about.get("description")),
        lot=lot,
        gtin=product.get("gtin"),
        stars=ocop_stars(about, language),
        warnings=language.pick(about.get("warnings")),
        certificates=certificates[:SHOWN],
        more_certificates=certificates[SHOWN:],
        more_said=language.count("{n} more certificate", "{n} more certificates", max(0, len(certificates) - SHOWN)),
        producer=_producer(origin, language),
        facts=tuple(_facts(story, dates, language)),
        details=tuple(_details(about, language)),
        signed_by=_signed_by(signers, party_name(origin, language), language),
        signers=signers,
        ingredients=_relatives(story.get("upstream"), recalled, language),
        made_into=_relatives(story.get("downstream"), (), language),
        journey=journey_of(story, language),
        way=way_of(story, language),
        balance=balance_of(story, language),
        circular=circular_items(story, dates, language),
        decree=decree_items(story, dates, certificates, language),
        open_until=language.moment(state.get("open_until")) if state.get("open") else None,
        batch=str(story.get("batch") or ""),
        head=str(story.get("head") or ""),
        ledger_head=str(as_of.get("ledger_head") or ""),
        complete=story.get("lineage_complete", True) is True,
        suffix=f"&{suffix}" if suffix else "",
        json_href=batch_path(uri, lot) + (f"?{suffix}" if suffix else ""),
        qr_href=qr_path(uri, lot),
        address=address,
        card=f"{records}/card.png",
        badge=badge.removeprefix(site),
        snippet=snippet(badge, f"{address}?{suffix}" if suffix else address, named),
        serial=item.serial if item else None,
        item_href=_item_href(item, batch_path(uri, lot), suffix),
        visit=f"/visits/{story.get('batch')}/{item.serial}" if item and item.state in ISSUED else None,
    )


def _item_href(item: ScannedItem | None, batch: str, suffix: str) -> str | None:
    if item is None or item.state == "malformed":
        return None
    return f"{batch}/items/{item.serial}" + (f"?{suffix}" if suffix else "")


def _producer(party: Any, language: Language) -> Producer:
    profile = profile_of(party)
    phone, site = language.pick(profile.get("phone")), language.pick(profile.get("url"))
    return Producer(
        name=party_name(party, language),
        address=language.pick(profile.get("address")),
        phone=phone,
        dial="tel:" + re.sub(r"[^0-9+]", "", phone) if phone and _PHONE.fullmatch(phone) else None,
        site=site if site and _WEB.fullmatch(site) else None,
        uri=str(party.get("id") or "") if isinstance(party, Mapping) else "",
    )


def _facts(story: Story, dates: KeyDates, language: Language) -> list[tuple[str, str]]:
    """Key dates and quantity, for the first screen."""
    text, product = language.text, story.get("product")
    made = made_on(dates, language) or text("not stated")
    keeps = language.day(dates.best_before) if dates.best_before else text("not stated")
    quantity = amount(total_of(story.get("quantities") or {}), product, language)
    label = {"Commission": text("Harvested"), "Pack": text("Packed")}.get(dates.kind or "", text("Made"))
    facts = [(label, made), (text("Best before"), keeps), (text("Quantity"), quantity)]
    harvested = span(dates.first_harvest, dates.last_harvest, language)
    if harvested:
        facts.insert(0, (text("Harvested"), harvested))
    return facts


def _details(about: Mapping[str, Any], language: Language) -> list[tuple[str, str]]:
    """What the product's profile states, beyond the first screen."""
    text = language.text
    listed = (
        (text("Net content"), language.pick(about.get("net_content"))),
        (text("Species"), language.pick(about.get("species"))),
        (text("Brand"), language.pick(about.get("brand"))),
        (text("Storage"), language.pick(about.get("storage"))),
        (text("Standards"), standards(about, language)),
    )
    return [(label, value) for label, value in listed if value]


def _signers(story: Story, language: Language) -> tuple[Signer, ...]:
    """Who signed the steps below, in order of appearance."""
    steps: dict[str, int] = {}
    addresses: dict[str, dict[str, None]] = {}
    for event, _ in in_ledger_order(story):
        name = party_name(event.get("party"), language)
        steps[name] = steps.get(name, 0) + 1
        addresses.setdefault(name, {})[str(event.get("signer") or "")] = None
    return tuple(
        Signer(name, language.count("{n} step", "{n} steps", count), tuple(a for a in addresses[name] if a))
        for name, count in steps.items()
    )


def _signed_by(signers: tuple[Signer, ...], origin: str, language: Language) -> str:
    """For the first screen: the producer by name if it signed, and how many others."""
    names = sorted((signer.name for signer in signers), key=lambda name: name != origin)
    if not names:
        return language.text("not stated")
    if len(names) == 1:
        return names[0]
    return language.count("{party} and {n} other", "{party} and {n} others", len(names) - 1, party=names[0])


def _relatives(batches: Any, recalled: Collection[Any], language: Language) -> tuple[Relative, ...]:
    relatives = []
    for batch in sorted(batches or (), key=lambda batch: batch.get("batch") not in recalled)[:_SHOWN_RELATIVES]:
        product, lot = batch.get("product") or {}, str(batch.get("lot") or "")
        relatives.append(
            Relative(
                name=product_name(product, language),
                lot=lot,
                origin=party_name(batch.get("origin"), language),
                used=amount(int(batch.get("quantity") or 0), product, language),
                href=f"{page_path(str(product.get('id') or ''), lot)}?lang={language.code}",
                recalled=batch.get("batch") in recalled,
            )
        )
    return tuple(relatives)
