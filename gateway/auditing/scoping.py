"""What an auditor may read, asked of `authorise`; and the scope by which lists are found."""

from __future__ import annotations

from gateway.auth.actions import Action, Object, authorise, scope_of
from gateway.auth.asking import SignedIn
from ledger.errors import Refusal
from ledger.projection.auditing import Concern, May, Scope, is_of_area


def scope(here: SignedIn) -> Scope:
    """An operator's is everything. Raises `NotAnIdentifier` and the like for a scope that names nothing."""
    if here.may.is_operator:
        return Scope(everything=True)
    found = scope_of(here.may)
    return Scope(found.party, found.product, found.area)


def within(here: SignedIn) -> May:
    """Whether what concerns this is theirs to read."""
    wanted = scope(here)

    def may(concern: Concern) -> bool:
        area = wanted.area if wanted.area and is_of_area(concern.profile, wanted.area) else None
        try:
            authorise(here.may, Action.AUDIT, Object(concern.party, concern.product, area))
        except Refusal:
            return False
        return True

    return may
