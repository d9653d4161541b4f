"""Who may do what: one function, `authorise`. What no rule allows is refused.

Every route says its action with `@does`; a gateway with a route that says none does not start (`every_route_says`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from gateway.auth.roles import EVERYBODY, NOBODY, OF_A_PARTY, RECORDS, PersonRole, words_of
from ledger.errors import Refusal
from ledger.events.identifiers import party_id, party_uri, product_id, product_uri


class Action(StrEnum):
    READ = "read what is public"
    SIGN_IN = "sign in"
    PROVE = "show the second factor"
    RECORD = "record an event"
    RELAY = "relay a signed change of keys"
    IMPORT = "look up an import"
    DIGEST = "read all that was signed in a party's name"
    LABELS = "print the labels of a party's items"
    RENEW = "renew a party's signing key"
    REGISTER = "change the registries"
    WATCH = "read the metrics"
    API_KEYS = "make and revoke API keys"
    PEOPLE = "invite and change people"
    DEVICES = "see and end one's own sessions"
    PORTAL = "work in a party's portal"
    OPERATE = "run the network"
    AUDIT = "read what was disclosed to auditors"


OPEN: Final = frozenset({Action.READ, Action.SIGN_IN})
"""For everybody, known or not."""

_MAY: Final[dict[Action, PersonRole]] = {
    Action.PROVE: EVERYBODY,
    Action.RECORD: OF_A_PARTY | PersonRole.OPERATOR,
    Action.RELAY: OF_A_PARTY | PersonRole.OPERATOR,
    Action.IMPORT: PersonRole.OPERATOR,
    Action.DIGEST: OF_A_PARTY | PersonRole.OPERATOR,
    Action.LABELS: PersonRole.PROCESSOR | PersonRole.MANAGER,
    Action.RENEW: PersonRole.MANAGER | PersonRole.OPERATOR,
    Action.REGISTER: PersonRole.OPERATOR,
    Action.WATCH: PersonRole.OPERATOR,
    Action.API_KEYS: PersonRole.MANAGER | PersonRole.OPERATOR,
    Action.PEOPLE: PersonRole.MANAGER | PersonRole.OPERATOR,
    Action.DEVICES: EVERYBODY,
    Action.PORTAL: OF_A_PARTY,
    Action.OPERATE: PersonRole.OPERATOR,
    Action.AUDIT: PersonRole.AUDITOR | PersonRole.OPERATOR,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, by an API key or a session. `party` None: the Union's own. `whole`: nothing is left to be shown.

    `actor` is how the audit log names them; `for_anyone`: an operator on the development chain, who records for any party.
    """

    party: bytes | None
    roles: PersonRole
    actor: str
    scope: str | None = None
    whole: bool = True
    for_anyone: bool = False

    @property
    def is_operator(self) -> bool:
        return PersonRole.OPERATOR in self.roles


@dataclass(frozen=True, slots=True)
class Object:
    """What is acted on: whose it is (None: the Union's own), and for auditors what it is about."""

    party: bytes | None
    product: bytes | None = None
    area: str | None = None


def authorise(who: Principal | None, action: Action, on: Object | None = None, kind: int | None = None) -> None:
    """Returns if it is allowed. `on` None: nothing of anybody's in particular, or it is not known yet.

    Raises `NotAuthenticated`, `SecondFactorNeeded`, `OperatorOnly`, `NotYourRole` or `NotYourParty`, which never says whose it
    is: what is found by an id may not be there at all, and then nobody's.
    """
    if action in OPEN:
        return
    if who is None:
        raise Refusal("NotAuthenticated")
    if not who.whole and action is not Action.PROVE:
        raise Refusal("SecondFactorNeeded")
    may = _MAY.get(action, NOBODY)
    if kind is not None and not who.is_operator:
        may &= RECORDS.get(kind, OF_A_PARTY)  # a kind that there is not: the law says so
    if not may & who.roles:
        if may == PersonRole.OPERATOR:
            raise Refusal("OperatorOnly")
        raise Refusal("NotYourRole", roles=" / ".join(words_of(may & ~PersonRole.OPERATOR)))
    if on is not None and not _reaches(who, action, on):
        raise Refusal("NotYourParty", party="another party")


def _reaches(who: Principal, action: Action, on: Object) -> bool:
    if who.is_operator:
        return action is not Action.RECORD or who.for_anyone
    if action is Action.AUDIT:
        try:
            scope = scope_of(who)
        except Refusal:
            return False
        return any(
            wanted is not None and wanted == found
            for wanted, found in ((scope.party, on.party), (scope.product, on.product), (scope.area, on.area))
        )
    return who.party is not None and who.party == on.party


def scope_of(auditor: Principal) -> Object:
    """What an auditor's scope is of: one of party, product and area. Raises `NotAnIdentifier` and the like for a scope that
    names none, `NotYourParty` for who has no scope."""
    kind, _, what = (auditor.scope or "").partition(" ")
    match kind:
        case "party":
            return Object(party_id(party_uri(what)))
        case "product":
            return Object(None, product=product_id(product_uri(what)))
        case "area" if what:
            return Object(None, area=what)
    raise Refusal("NotYourParty", party="another party")


Route = TypeVar("Route", bound=Callable[..., Any])


def does(action: Action) -> Callable[[Route], Route]:
    """Says of a route which action it is. `by_key` and `by_session` (asking.py) let in by it."""

    def said(function: Route) -> Route:
        function.action = action  # type: ignore[attr-defined]
        return function

    return said


def every_route_says(routes: Iterable[Any], doors: Iterable[Callable[..., Any]]) -> Iterator[tuple[str, str, Action]]:
    """(method, path, action) of all routes. Raises RuntimeError for one that says no action, or whose action is not for
    everybody and that stands behind none of the doors."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from every_route_says(route.original_router.routes, doors)
        elif hasattr(route, "dependant"):
            action = getattr(route.endpoint, "action", None)
            if action is None:
                raise RuntimeError(f"{route.path} says not what it does: give it @does(Action.…)")
            if action not in OPEN and not any(each.call in doors for each in route.dependant.dependencies):
                raise RuntimeError(f"{route.path} asks nobody who they are")
            yield from ((method, route.path, action) for method in sorted(route.methods))
