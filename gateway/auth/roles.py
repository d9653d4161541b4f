"""What a person, or an API key, is there for. The same words for both: a key's scopes are roles."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag
from typing import Final

from ledger.events.model import Kind


class PersonRole(IntFlag):
    """Bits as they are kept. The first four belong to a party, the last two to the Union."""

    RECORDER = 1
    SHIPPER = 2
    PROCESSOR = 4
    MANAGER = 8
    AUDITOR = 16
    OPERATOR = 32

    @property
    def word(self) -> str:
        return str(self.name).lower()


NOBODY: Final = PersonRole(0)
OF_A_PARTY: Final = PersonRole.RECORDER | PersonRole.SHIPPER | PersonRole.PROCESSOR | PersonRole.MANAGER
OF_THE_UNION: Final = PersonRole.AUDITOR | PersonRole.OPERATOR
EVERYBODY: Final = OF_A_PARTY | OF_THE_UNION

_KINDS: Final = {
    PersonRole.RECORDER: (Kind.COMMISSION, Kind.DISPOSE, Kind.ADJUST_UP, Kind.ADJUST_DOWN, Kind.OBSERVE, Kind.CORRECT),
    PersonRole.SHIPPER: (Kind.SHIP, Kind.RECEIVE, Kind.REJECT, Kind.WITHDRAW, Kind.SELL, Kind.RETURN),
    PersonRole.PROCESSOR: (Kind.TRANSFORM, Kind.PACK),
    PersonRole.MANAGER: (Kind.RECALL, Kind.LIFT, Kind.VOID),
}
RECORDS: Final[dict[int, PersonRole]] = {
    kind: role | PersonRole.MANAGER for role, kinds in _KINDS.items() for kind in kinds
}
"""Which roles record which kind of event. A manager records all of them; what burns or bans is a manager's alone."""


def words_of(roles: PersonRole) -> list[str]:
    return [role.word for role in PersonRole if role in roles]


def roles_of(words: Iterable[str]) -> PersonRole:
    """Raises KeyError for a word that is no role."""
    roles = NOBODY
    for word in words:
        roles |= PersonRole[word.upper()]
    return roles
