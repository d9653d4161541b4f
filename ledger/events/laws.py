"""A refusal in a clerk's words: the law's words with the refusal's numbers filled in."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import LedgerError, Refusal
from ledger.events.custody_laws import CUSTODY_LAWS, NOTE_LAWS
from ledger.events.door_laws import DOOR_LAWS
from ledger.events.form_laws import FORM_LAWS
from ledger.events.law_table import EVERY_EVENT_LAWS, MAKE_LAWS, Law
from ledger.events.model import Unit
from ledger.events.plain_words import Names, Words
from ledger.events.registry_laws import COUNCIL_LAWS, REGISTRY_LAWS

__all__ = ["CHAIN_LAWS", "LAWS", "Explanation", "Law", "describe", "explain", "in_words"]

CHAIN_LAWS = (*EVERY_EVENT_LAWS, *MAKE_LAWS, *CUSTODY_LAWS, *NOTE_LAWS, *REGISTRY_LAWS)
LAWS: dict[str, Law] = {law.name: law for law in (*CHAIN_LAWS, *COUNCIL_LAWS, *FORM_LAWS, *DOOR_LAWS)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A refusal for a person, and for the members of an RFC 9457 problem."""

    law: str
    title: str
    detail: str
    expected: str | None
    found: str | None


def explain(refusal: Refusal, names: Names, unit: Unit | None = None) -> str:
    """One plain sentence with the numbers: `wanted 10000 kg, held 9876 kg: 124 kg out of nothing`. Never fails."""
    return describe(refusal, names, unit).detail


def in_words(error: LedgerError) -> str:
    """One sentence for whoever is at the machine, where no index is at hand to name things by."""
    return explain(error, lambda _: None) if isinstance(error, Refusal) else str(error)


def describe(refusal: Refusal, names: Names, unit: Unit | None = None) -> Explanation:
    """All that can be said of a refusal; a law not in the table is shown by its name and numbers.

    `names(id)` gives the name of a party, product, batch, place or signer, or None; `unit` is that of the quantities.
    """
    law = LAWS.get(refusal.law)
    if law is None:
        return Explanation(refusal.law, "The ledger does not accept this.", str(refusal), None, None)
    words = Words(names, unit)

    def say(template: str | None) -> str | None:
        return None if template is None else words.say(template, refusal.numbers)

    return Explanation(law.name, law.title, say(law.sentence) or "", say(law.expected), say(law.found))
