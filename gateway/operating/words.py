"""What the Union's pages call things, and what they say of a refusal: what is wrong, what was expected and found, what to do."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from gateway.pages.languages import Language, mark
from ledger.errors import ChainError, Refusal, WrongChain
from ledger.events.laws import explain
from ledger.events.model import FOREVER, Role

ROLES: Final = {
    Role.PRODUCER: (mark("Producer"), mark("harvests, catches, processes its own")),
    Role.PROCESSOR: (mark("Processing plant"), mark("makes goods of others' goods")),
    Role.PACKER: (mark("Packer"), mark("packs into pieces with codes")),
    Role.CARRIER: (mark("Carrier"), mark("carries, recalled goods too")),
    Role.RETAILER: (mark("Shop"), mark("sells to consumers")),
    Role.INSPECTOR: (mark("Inspector"), mark("observes and recalls any batch; the council makes it one on its own")),
}
STATUS: Final = {"active": mark("active"), "suspended": mark("suspended")}
CUSTODY: Final = {
    "gateway": mark("kept by this registry's gateway"),
    "external": mark("kept by the party itself"),
    "hardware": mark("kept in the party's hardware"),
}
UNITS: Final = {"g": mark("kilogram"), "ml": mark("litre"), "pieces": mark("piece")}
STATES: Final = {
    "accepted": mark("taken in"),
    "signed": mark("signed, about to be sent"),
    "submitted": mark("sent to the chain"),
    "mined": mark("in a block"),
    "final": mark("final"),
    "stuck": mark("stuck"),
    "dead": mark("dead"),
}

_SAID: Final = {
    "NotAnIdentifier": mark(
        "“{text}” is no identifier. Expected: a GLN of 13 digits for a party, a GTIN of 14 for a product, a GS1 Digital Link,"
        " or a URN such as urn:nguon:ba-khia."
    ),
    "WrongCheckDigit": mark("One digit of “{text}” is mistyped: the last digit does not fit. Expected: {expected}."),
    "UriLength": mark("An identifier has 1 to 256 letters. Found: {length}."),
    "AlreadyRegistered": mark("{id} is there already."),
    "StageNotRising": mark(
        "What comes out must be on a higher stage than what goes in. Expected: above {input}. Found: {output}."
    ),
    "ProfileTooLong": mark("The names are too long. Expected: at most {limit} bytes. Found: {length}."),
    "UnknownParty": mark("{party} is not admitted. Admit it first."),
    "UnknownProduct": mark("{product} is not registered. Add it first."),
    "NoKeyHere": mark("No key of {party} is kept here. Its own key signs the change, and any gateway takes it in."),
    "SignerNotValid": mark(
        "The key kept here may not sign now. Expected: from {from} until {to}. Found: {blockTime}."
        " The council has to register a key."
    ),
    "UnknownSigner": mark(
        "The key kept here is not registered for this party. Admit the party once more: that registers it."
    ),
    "PartySuspended": mark("{party} is suspended and changes no keys. Make it active first."),
    "KeyEncryptionKeyAway": mark("The sealed keys cannot be opened: the key-encryption key is not in its place."),
    "AccessManagerNotScheduled": mark(
        "The council waits before this change, and it was not announced. Announce it first."
    ),
    "AccessManagerNotReady": mark("This change was announced, and its time has not come yet."),
    "AccessManagerExpired": mark("This change was announced more than a week before. Announce it again."),
    "AccessManagerAlreadyScheduled": mark("This change is announced already."),
    "AccessManagerUnauthorizedCall": mark("The council's key here may not make this change."),
}
_REASONS: Final = {
    "nothing": mark("Nothing would change: it stands so already."),
    "name": mark("A name in Vietnamese is needed, of at most 100 letters."),
    "registered": mark("It is registered already. Its makers are changed on its own page."),
    "roles": mark("One of the roles is not known."),
    "choose": mark("Choose one from each list."),
    "stage": mark("A stage is a whole number from 0 to 65535. Raw goods have 0, what is made of them more."),
    "amount": mark("Write an amount in digits, such as 115 or 1,5. Found: “{found}”."),
    "thousands": mark(
        "“{found}” can be read two ways. Write thousands without a point, and at most two digits after a comma."
    ),
    "whole": mark("Pieces are whole. Found: “{found}”."),
    "zero": mark("The amount that goes in must be above zero."),
}
_CHAIN: Final = mark(
    "The chain did not answer in time. What was sent is kept and goes on by itself: look at the list before you try again."
)
_WRONG_CHAIN: Final = mark("The node answers for another ledger. Nothing was changed.")
_OTHER: Final = mark("This was refused: {why}.")
_MOMENTS: Final = ("from", "to", "blockTime")


def said(error: Refusal | ChainError, language: Language, name: Callable[[bytes], str | None]) -> str:
    if isinstance(error, WrongChain):
        return language.text(_WRONG_CHAIN)
    if isinstance(error, ChainError):
        return language.text(_CHAIN)
    message = _SAID.get(error.law) or _REASONS.get(str(error.numbers.get("reason")))
    if message is None:
        return language.text(_OTHER, why=explain(error, name))
    values = {key: _written(key, value, language, name) for key, value in error.numbers.items()}
    return language.text(message, **values) if values else language.text(message)


def _written(key: str, value: Any, language: Language, name: Callable[[bytes], str | None]) -> str:
    if isinstance(value, bytes):
        return name(value) or "0x" + value.hex()
    if key in _MOMENTS and isinstance(value, int):
        return moment(value, language)
    return language.number(value) if isinstance(value, int) else str(value)[:100]


def moment(seconds: int, language: Language) -> str:
    """Vietnam time of seconds since 1970; words for what has no end, and for what stood from the beginning."""
    if seconds == FOREVER:
        return language.text("further notice")
    if seconds == 0:
        return language.text("the beginning")
    try:
        return language.moment(datetime.fromtimestamp(seconds, UTC).isoformat()) or str(seconds)
    except (ValueError, OverflowError):
        return str(seconds)


def folded(text: str) -> str:
    """For a search that asks for no accents: `Đầm Dơi` is found by `dam doi`."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(each for each in bare if not unicodedata.combining(each))
