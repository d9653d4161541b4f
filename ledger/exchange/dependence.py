"""Which failure made which: what later events of a document were to get from events that failed.

An event that fails leaves promises: so much of a lot would have come to a party, such a logistic unit would have been
filled or handed over. A later event that lacks just that fails as a consequence; its root is the first failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.events.model import Kind
from ledger.exchange.epc import Lot
from ledger.exchange.facts import Fact

Thing = Lot | str
"""A lot, or a logistic unit by its name."""


@dataclass(frozen=True, slots=True)
class Promise:
    """`quantity` (None: unknown, or a logistic unit) of `thing` comes to `party` (None: the event does not say)."""

    thing: Thing
    party: str | None
    quantity: int | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Event `index` failed, in the end because of event `root` (itself, if it is the root)."""

    index: int
    root: int
    promises: tuple[Promise, ...]


class Dependence:
    """Failures and what succeeded, in the order of time."""

    def __init__(self) -> None:
        self._failures: list[Failure] = []
        self._kept: set[tuple[Thing, str | None]] = set()

    def succeeded(self, fact: Fact) -> None:
        self._kept |= {(promise.thing, promise.party) for promise in promises(fact)}

    def failed(self, fact: Fact, cause: Failure | None) -> None:
        root = fact.index if cause is None else cause.root
        self._failures.append(Failure(fact.index, root, tuple(promises(fact))))

    def withheld(self, thing: Thing, party: str) -> Failure | None:
        """The latest failed event that was to bring this thing to this very party."""
        return next((one for one in reversed(self._failures) if _to(one, thing, party)), None)

    def cause(self, thing: Thing, party: str, missing: int | None = None) -> Failure | None:
        """The failure for which `party` lacks `missing` (None: all) of the thing, if the failed events explain it.

        What was to come to the party itself counts. Only if no event, failed or not, was to bring it there, does what
        was to come to others count: the document then leaves the handover out.
        """
        failures = [one for one in self._failures if _to(one, thing, party)]
        kept = (thing, party) in self._kept
        if not failures and not kept:
            failures = [one for one in self._failures if any(promise.thing == thing for promise in one.promises)]
        if not failures or (missing is not None and not _covers(failures, thing, missing)):
            return None
        return failures[-1]


def promises(fact: Fact) -> Iterator[Promise]:
    """What an event brings to whom, if it succeeds."""
    party = fact.party or None
    brings = fact.kind in (Kind.COMMISSION, Kind.TRANSFORM, Kind.SHIP, Kind.RECEIVE)
    to = fact.to if fact.kind == Kind.SHIP else party
    if brings:
        for line in fact.goods:
            yield Promise(line.lot, to, line.quantity)
        for unit in fact.containers:
            yield Promise(unit, to, None)
    if fact.fills:
        yield Promise(fact.fills, party, None)


def _to(failure: Failure, thing: Thing, party: str) -> bool:
    return any(promise.thing == thing and promise.party == party for promise in failure.promises)


def _covers(failures: list[Failure], thing: Thing, missing: int) -> bool:
    quantities = [promise.quantity for one in failures for promise in one.promises if promise.thing == thing]
    return None in quantities or sum(quantity or 0 for quantity in quantities) >= missing
