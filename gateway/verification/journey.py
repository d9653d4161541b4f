"""The journey in plain words: one step per event, over a batch and its ancestors, in ledger order.

Everything is read from the story (`GET /v1/batches/{product}/{lot}`); nothing here is guessed. What a source leaves out is
left out, or named as missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from markupsafe import Markup

from gateway.pages.languages import Language, mark
from gateway.verification.content import alerts_of, notes_of, reason_of
from ledger.events.identifiers import CANONICAL_HOST

Story = Mapping[str, Any]
Event = Mapping[str, Any]

STEP_LIMIT: Final = 40
_GLN_PLACE: Final = f"{CANONICAL_HOST}/414/"
_MAKES: Final = ("Commission", "Transform", "Pack")
_TONES: Final = {"Ship": "moved", "Receive": "moved", "Sell": "moved", "Dispose": "lost", "Observe": "noted", "Void": "noted"}
STATES: Final = {
    "accepted": mark("accepted, not yet on the ledger"),
    "signed": mark("signed, not yet on the ledger"),
    "submitted": mark("sent, not yet on the ledger"),
    "mined": mark("on the ledger, not yet final"),
    "dead": mark("never reached the ledger"),
}


@dataclass(frozen=True)
class Step:
    """One event as it is shown. Texts are in the page's language; `tone` is made, moved, lost or noted.

    `about` names the ancestor a step is told of where the sentence does not, `later` when it was captured and recorded.
    """

    id: str
    tone: str
    sentence: Markup
    about: str | None
    occurred: str
    later: tuple[str, ...]
    block: str | None
    place: str | None
    signer: str
    alerts: tuple[str, ...]
    notes: tuple[str, ...]
    state: str | None


@dataclass(frozen=True)
class Journey:
    """`left_out` counts steps of ancestors that only the JSON shows, so that no page outgrows a bad line."""

    steps: tuple[Step, ...]
    left_out: int


def in_ledger_order(story: Story) -> list[tuple[Event, Mapping[str, Any] | None]]:
    """Every event of the batch and its ancestors once, each with the ancestor it is told of (None: the batch itself).

    Ordered by block, then by `position` where the story gives it; what is not on the ledger yet comes last. Within a block the
    farthest ancestor comes first, as nothing is made before its ingredients.
    """
    seen: dict[str, tuple[Event, Mapping[str, Any] | None]] = {}
    ancestors = sorted(story.get("upstream") or (), key=lambda entry: -int(entry.get("depth") or 0))
    for batch in ancestors:
        for event in batch.get("journey") or ():
            seen.setdefault(event["id"], (event, batch))
    own = {event["id"]: (event, None) for event in story.get("journey") or ()}
    seen.update(own)
    last = float("inf")

    def place(entry: tuple[Event, Mapping[str, Any] | None]) -> tuple[float, float]:
        block, position = entry[0].get("block"), entry[0].get("position")
        return (last if block is None else block, last if position is None else position)

    return sorted(seen.values(), key=place)


def journey_of(story: Story, language: Language) -> Journey:
    entries = in_ledger_order(story)
    kept = _worth_showing(entries)
    ships = {event["id"]: event for event, _ in entries if event.get("kind") == "Ship"}
    received: dict[str, int] = {}
    steps = []
    for index, (event, ancestor) in enumerate(entries):
        target = event.get("target")
        if event.get("kind") == "Receive" and target:
            received[target] = received.get(target, 0) + int(event.get("quantity") or 0)
        if index in kept:
            ship = ships.get(target) if target else None
            steps.append(_step(event, ancestor, ship, received.get(target or "", 0), language))
    return Journey(tuple(steps), len(entries) - len(steps))


def _worth_showing(entries: Sequence[tuple[Event, Any]]) -> set[int]:
    """Own steps before the making of ancestors before whatever else befell them; latest of the own first."""

    def weight(index: int) -> tuple[int, int]:
        event, ancestor = entries[index]
        if ancestor is None:
            return (0 if event.get("kind") in _MAKES else 1, -index)
        return (2 if event.get("kind") in _MAKES else 3, index)

    return set(sorted(range(len(entries)), key=weight)[:STEP_LIMIT])


def _step(event: Event, ancestor: Any, ship: Event | None, received: int, language: Language) -> Step:
    about = None
    if ancestor is not None and event.get("kind") not in _MAKES:
        about = language.text("ingredient, lot {lot}", lot=str(ancestor.get("lot") or ""))
    return Step(
        id=str(event["id"]),
        tone=_TONES.get(str(event.get("kind")), "made"),
        sentence=_sentence(event, ship, language),
        about=about,
        occurred=language.moment(event.get("occurred_at")) or language.text("not stated"),
        later=tuple(_later(event, language)),
        block=None if event.get("block") is None else language.number(int(event["block"])),
        place=place_name(event.get("place")),
        signer=str(event.get("signer") or ""),
        alerts=(*_shortfall(event, ship, received, language), *alerts_of(event, language)),
        notes=tuple(notes_of(event, language)),
        state=_standing(event, language),
    )


def _later(event: Event, language: Language) -> Iterator[str]:
    """When the event was entered and recorded; the day only where it is another than the day it occurred."""
    occurred = event.get("occurred_at")
    captured = language.moment(event.get("captured_at"), after=occurred)
    recorded = language.moment(event.get("recorded_at"), after=occurred)
    if captured:
        yield language.text("entered {moment}", moment=captured)
    if recorded:
        yield language.text("recorded {moment}", moment=recorded)


def _standing(event: Event, language: Language) -> str | None:
    """What keeps the event from being final, in words; None once it is final."""
    state = event.get("state")
    if state == "final":
        return None
    return language.text(STATES[state]) if state in STATES else str(state or "?")


def _sentence(event: Event, ship: Event | None, language: Language) -> Markup:
    kind = event.get("kind")
    who = _bold(party_name(event.get("party"), language))
    if kind in _MAKES:
        return _making(event, who, language)
    reference = event.get("batch_ref") or {}
    product = reference.get("product")
    values: dict[str, str | Markup] = {"party": who, "product": product_name(product, language)}
    if event.get("quantity") is not None:
        values["amount"] = amount(int(event["quantity"]), product, language)
    if kind == "Ship":
        values["to"] = _bold(party_name(event.get("to"), language))
        return language.rich("{party} sent {amount} of {product} to {to}.", **values)
    if kind == "Receive" and ship is not None:
        values["sender"] = _bold(party_name(ship.get("party"), language))
        return language.rich("{party} received {amount} of {product} from {sender}.", **values)
    if kind == "Dispose":
        values["reason"] = reason_of(event, language)
        if event.get("target"):
            return language.rich("{amount} of {product} was lost on the way, says {party}. Reason: {reason}.", **values)
        return language.rich("{party} took {amount} of {product} out as a loss. Reason: {reason}.", **values)
    plain_words = {
        "Receive": mark("{party} received {amount} of {product}."),
        "Sell": mark("{party} sold {amount} of {product}."),
        "Void": mark("{party} cancelled a record that had not been made."),
    }
    if kind in plain_words:
        return language.rich(plain_words[str(kind)], **values)
    if kind == "Observe":
        if product is None:
            return language.rich("{party} noted an observation.", **values)
        return language.rich("{party} noted an observation on {product}.", **values)
    return language.rich("{party}: {kind}.", party=who, kind=str(kind))


def _making(event: Event, who: Markup, language: Language) -> Markup:
    inputs, outputs = event.get("inputs") or (), event.get("outputs") or ()
    made = language.join([_lot(line, language) for line in outputs])
    if event.get("kind") == "Commission":
        message = {
            "opening_stock": mark("{party} counted {made} already in stock. Nothing before this is traced."),
            "bought_outside": mark("{party} bought {made} from outside this ledger. Nothing before this is traced."),
        }.get(str(event.get("provenance")), mark("{party} brought in {made}."))
        return language.rich(message, party=who, made=made)
    used = language.join([_lot(line, language) for line in inputs])
    if event.get("kind") == "Pack":
        return language.rich("{party} packed {used} into {made}.", party=who, used=used, made=made)
    products = {(line.get("product") or {}).get("id") for line in (*inputs, *outputs)}
    regrouped, made_from = mark("{party} put {used} together as {made}."), mark("{party} made {made} from {used}.")
    message = regrouped if len(products) == 1 else made_from
    return language.rich(message, party=who, used=used, made=made)


def _shortfall(event: Event, ship: Event | None, received: int, language: Language) -> tuple[str, ...]:
    """What a receipt leaves open of its shipment, all receipts up to this one counted together."""
    if event.get("kind") != "Receive" or ship is None:
        return ()
    sent = int(ship.get("quantity") or 0)
    if received >= sent:
        return ()
    product = (event.get("batch_ref") or {}).get("product")
    note = language.text(
        "Short: {received} of the {sent} sent had arrived by then. {short} was still on the way or missing.",
        received=amount(received, product, language),
        sent=amount(sent, product, language),
        short=amount(sent - received, product, language),
    )
    return (note,)


def _lot(line: Mapping[str, Any], language: Language) -> str:
    return language.text(
        "{amount} of {product} (lot {lot})",
        amount=amount(int(line.get("quantity") or 0), line.get("product"), language),
        product=product_name(line.get("product"), language),
        lot=str(line.get("lot") or ""),
    )


def amount(quantity: int, product: Any, language: Language) -> str:
    unit = product.get("unit") if isinstance(product, Mapping) else None
    return language.quantity(quantity, str(unit)) if unit else language.number(quantity)


def product_name(product: Any, language: Language) -> str:
    return _name(product, language, mark("a product without a name"))


def party_name(party: Any, language: Language) -> str:
    return _name(party, language, mark("an organisation without a name"))


def place_name(uri: Any) -> str | None:
    """A place as people write it: its GLN where it has one, else its URI."""
    if not isinstance(uri, str) or not uri:
        return None
    key, _, extension = uri.removeprefix(_GLN_PLACE).partition("/254/")
    return uri if not uri.startswith(_GLN_PLACE) else f"GLN {key}" + (f" · {unquote(extension)}" if extension else "")


def _name(thing: Any, language: Language, otherwise: str) -> str:
    if not isinstance(thing, Mapping):
        return language.text(otherwise)
    profile = thing.get("profile")
    stated = language.pick(thing.get("name")) or language.pick(profile.get("name") if isinstance(profile, Mapping) else None)
    return stated or str(thing.get("id") or "") or language.text(otherwise)


def _bold(text: str) -> Markup:
    return Markup("<b>{}</b>").format(text)
