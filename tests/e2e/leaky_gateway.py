"""A gateway with a leak that was planted in it: `python -m tests.e2e.leaky_gateway LEAK …`. The looking has to find each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from gateway.__main__ import main
from gateway.accounts import routes
from gateway.auth import actions
from gateway.auth.people import People
from gateway.auth.sessions import Sessions
from ledger.errors import NotFound, Refusal
from ledger.events.model import Kind
from ledger.projection.reader import Reader
from ledger.recording import MoveDraft
from ledger.recording.waiting import Waiting
from tests.gateway_process import Gateway, gateway


def what_is_anybodys() -> None:
    """Whose it is, is not asked any more."""
    actions._reaches = lambda *_: True


def a_list_of_all() -> None:
    """The list of a party's people lost its condition."""

    def of(self: People, party: bytes | None) -> list[Any]:
        ids = self._store.read().execute("SELECT id FROM people").fetchall()
        return [replace(self.find(row["id"]), party=party) for row in ids]  # type: ignore[type-var]

    People.of = of  # type: ignore[method-assign]


def private_fields() -> None:
    """An event shows its private fields to whoever asks."""
    event = Reader.event
    Reader.event = lambda self, id: event(self, id) | {"private": self.disclosures(id)}  # type: ignore[method-assign]


def what_waits_for_anybody() -> None:
    """A Ship that waits is announced to everybody, not to its receiver alone."""

    def announced(self: Waiting, party: bytes) -> list[Any]:
        rows = self._store.read().execute("SELECT DISTINCT party FROM drafts WHERE party <> ?", (party,))
        return [
            (row, number, draft)
            for (each,) in rows.fetchall()
            for row, drafts in self.of(each)
            for number, draft in enumerate(drafts)
            if row.law is None and isinstance(draft, MoveDraft) and draft.kind is Kind.SHIP
        ]

    Waiting.announced = announced  # type: ignore[method-assign]


def an_id_for_a_secret() -> None:
    """The cookie is looked up as the session's id."""

    def find(self: Sessions, secret: str) -> Any:
        sql = "SELECT s.*, p.party FROM sessions s JOIN people p ON p.id = s.person WHERE s.id = ?"
        row = self._store.read().execute(sql, (secret,)).fetchone()
        return found(self, secret) if row is None else self._session(row)

    found = Sessions.find
    Sessions.find = find  # type: ignore[method-assign]


def whose_it_is() -> None:
    """A refusal names the party whose person or key it is."""
    authorise = actions.authorise

    def telling(who: Any, action: Any, on: Any = None, kind: Any = None) -> None:
        try:
            authorise(who, action, on, kind)
        except Refusal as refusal:
            if refusal.law == "NotYourParty" and on.party is not None:
                raise Refusal("NotYourParty", party=on.party) from refusal
            raise

    routes.authorise = telling  # type: ignore[attr-defined]


def not_there() -> None:
    """What does not exist is not found, before it is asked who may know."""

    def person(request: Any, id: str, who: Any) -> Any:
        found = request.app.state.people.find(id)
        if found is None:
            raise NotFound("there is no such person")
        actions.authorise(who, actions.Action.PEOPLE, actions.Object(found.party))
        return found

    routes._person = person


def whose_slip_it_was() -> None:
    """Whether something was entered under an id is told to whoever asks."""
    Waiting.knows = lambda self, party, id: self.became(id) is not None  # type: ignore[method-assign]


LEAKS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (what_is_anybodys, a_list_of_all, private_fields, what_waits_for_anybody, an_id_for_a_secret)
}
TELLING: dict[str, Callable[[], None]] = {each.__name__: each for each in (whose_it_is, not_there, whose_slip_it_was)}


@contextmanager
def leaky(nguon: Gateway, leak: str) -> Iterator[Gateway]:
    """A second worker of the same data folder, with this leak."""
    module = ("tests.e2e.leaky_gateway", leak)
    with gateway(nguon.data, nguon.rpc, name=leak.replace("_", "-"), module=module) as worker:
        yield worker


if __name__ == "__main__":
    (LEAKS | TELLING)[sys.argv[1]]()
    sys.exit(main(sys.argv[2:]))
