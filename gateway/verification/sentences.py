"""Sentences: who did what, how much, with whom. Values are escaped; the parties alone are set in bold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from markupsafe import Markup

from gateway.pages.languages import Language, mark
from gateway.verification.content import observed, reason_of
from gateway.verification.recall import capacity_words
from ledger.events.identifiers import CANONICAL_HOST

Event = Mapping[str, Any]

MAKES: Final = ("Commission", "Transform", "Pack")
OBSERVED: Final = {
    "inspecting": mark("{party} inspected {product}."),
    "sensor_reporting": mark("{party} measured {product}."),
    "storing": mark("{party} noted how {product} is stored."),
}
_OBSERVED: Final = mark("{party} noted an observation on {product}.")
_FETCHED: Final = mark(
    "{party}, as inspector, sent {amount} of {product} back to {to}. {holder}, which held it, was suspended."
)
_CORRECTED: Final = mark(
    "{party} corrected the information in an earlier record on {product}. Quantities stay as they are."
)
_CORRECTED_PLACE: Final = mark("{party} corrected the information in an earlier record. Quantities stay as they are.")
_ANSWERS: Final = {
    "Receive": mark("{party} received {amount} of {product} from {sender}."),
    "Reject": mark("{party} did not accept {amount} of {product}; it went back to {sender}."),
    "Withdraw": mark("{party} took back {amount} of {product} that was on the way to {to}."),
}
_GLN_PLACE: Final = f"{CANONICAL_HOST}/414/"


def sentence_of(event: Event, ship: Event | None, told_of: Event | None, language: Language) -> Markup:
    """`ship` is the Ship that the event answers; `told_of` the batch whose journey tells the event, with its origin."""
    kind = event.get("kind")
    who = _bold(party_name(event.get("party"), language))
    if kind in MAKES:
        return _making(event, who, language)
    if kind in ("Recall", "Lift"):
        return _recalling(event, who, told_of, language)
    reference = event.get("batch_ref") or {}
    product = reference.get("product")
    values: dict[str, str | Markup] = {"party": who, "product": product_name(product, language)}
    if event.get("quantity") is not None:
        values["amount"] = amount(int(event["quantity"]), product, language)
    if event.get("holder"):
        values["holder"] = _bold(party_name(event.get("holder"), language))
    if kind == "Ship":
        values["to"] = _bold(party_name(event.get("to"), language))
        if "holder" in values:
            return language.rich(_FETCHED, **values)
        return language.rich("{party} sent {amount} of {product} to {to}.", **values)
    if ship is not None and kind in _ANSWERS:
        values["sender"] = _bold(party_name(sender_of(ship), language))
        values["to"] = _bold(party_name(ship.get("to"), language))
        return language.rich(_ANSWERS[str(kind)], **values)
    if kind == "Dispose":
        values["reason"] = reason_of(event, language)
        if event.get("target"):
            return language.rich("{party} reported {amount} of {product} lost on the way. Reason: {reason}.", **values)
        return language.rich("{party} took {amount} of {product} out as a loss. Reason: {reason}.", **values)
    if kind == "AdjustUp" and "holder" in values:
        return language.rich(
            "{party}, as inspector, corrected the stock of {holder}: {amount} of {product} more.", **values
        )
    plain_words = {
        "Receive": mark("{party} received {amount} of {product}."),
        "Reject": mark("{party} did not accept {amount} of {product}; it went back to the sender."),
        "Withdraw": mark("{party} took back {amount} of {product} that was on the way."),
        "Return": mark("{party} took back {amount} of {product} that it had sold, from a buyer."),
        "AdjustUp": mark("{party} corrected its record: {amount} of {product} more."),
        "AdjustDown": mark(
            "{party} corrected its record: {amount} of {product} less. This is a correction, not a loss."
        ),
        "Sell": mark("{party} sold {amount} of {product}."),
        "Void": mark("{party} cancelled a record that had not been made."),
    }
    if kind in plain_words:
        return language.rich(plain_words[str(kind)], **values)
    if kind == "Correct":
        return language.rich(_CORRECTED if product else _CORRECTED_PLACE, **values)
    if kind == "Observe" and product is None:
        return language.rich("{party} noted an observation.", **values)
    if kind == "Observe":
        return language.rich(OBSERVED.get(observed(event) or "", _OBSERVED), **values)
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


def _recalling(event: Event, who: Markup, told_of: Event | None, language: Language) -> Markup:
    batches = event.get("batches") or [event.get("batch_ref") or {}]
    subject = (told_of or {}).get("batch")
    shown = next((batch for batch in batches if batch.get("batch") == subject), batches[0])
    goods = language.text(
        "{product} (lot {lot})", product=product_name(shown.get("product"), language), lot=str(shown.get("lot") or "")
    )
    if len(batches) > 1:
        goods = language.count("{goods} and {n} more lot", "{goods} and {n} more lots", len(batches) - 1, goods=goods)
    recalled, lifted = (
        mark("{party} ({capacity}) recalled {goods}."),
        mark("{party} ({capacity}) lifted its recall of {goods}."),
    )
    message = recalled if event.get("kind") == "Recall" else lifted
    return language.rich(message, party=who, capacity=capacity_words(event, told_of, language), goods=goods)


def sender_of(ship: Event) -> Any:
    """The party whose goods a Ship sent: the holder an inspector named, else the signer's (law.md, Ship)."""
    return ship.get("holder") or ship.get("party")


def shortfall_of(event: Event, ship: Event | None, received: int, back: int, language: Language) -> tuple[str, ...]:
    """What a receipt leaves open of its shipment, all receipts up to this one counted together, less what went `back`."""
    if event.get("kind") != "Receive" or ship is None:
        return ()
    sent = int(ship.get("quantity") or 0)
    if received + back >= sent:
        return ()
    product = (event.get("batch_ref") or {}).get("product")
    note = language.text(
        "Short: {received} of the {sent} sent had arrived by then. Still on the way or missing: {short}.",
        received=amount(received, product, language),
        sent=amount(sent, product, language),
        short=amount(sent - received - back, product, language),
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
    stated = language.pick(thing.get("name")) or language.pick(
        profile.get("name") if isinstance(profile, Mapping) else None
    )
    return stated or str(thing.get("id") or "") or language.text(otherwise)


def _bold(text: str) -> Markup:
    return Markup("<b>{}</b>").format(text)
