"""A change of the registries on a page: proposed by a form, shown in plain words, made when it is confirmed.

A role of the council with a delay takes two steps. The page says so, and which step comes next; the same form, filled in again
when the time has come, finds what was announced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.auth.asking import SignedIn
from gateway.auth.forms import Form
from gateway.auth.showing import language_of, show
from gateway.operating.words import moment, said
from gateway.pages.languages import Language
from gateway.problems import status_of
from ledger.bindings.council import Change
from ledger.errors import ChainError, Refusal
from ledger.submit import Step

STEPS: dict[str, Step] = {"make": "make", "announce": "announce", "take_back": "take_back"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would change, in the person's words. `do`: the words of the button that makes it; `lead`: the one sentence that
    matters, where there is one; `takes_away`: somebody may do less from then on."""

    title: str
    says: tuple[str, ...]
    do: str
    changes: list[Change]
    warns: tuple[str, ...] = ()
    lead: str | None = None
    takes_away: bool = False


Again = Callable[[Refusal | ChainError], Response]


def settle(
    request: Request,
    here: SignedIn,
    form: Form,
    action: str,
    back: str,
    propose: Callable[[bool], Proposal],
    again: Again,
) -> Response:
    """The page that asks once more; or, when it was answered, the change, and then the page `back`.

    `action`: where the form goes; `propose(sure)`: what it asks for, `sure` when it was confirmed; `again`: the page with the
    form, as it was filled in, and what is wrong.
    """
    state, step = request.app.state, STEPS.get(form.one("step"))
    try:
        proposal = propose(step is not None)
        if not proposal.changes:
            raise Refusal("ProposalForm", reason="nothing")
        if step is not None:
            block = state.council.carry(step, *proposal.changes)
            state.reader.wait_for(block)
            if step == "make":
                return _done(request, back, block)
        return _ask(request, here, form, action, back, proposal)
    except (Refusal, ChainError) as error:
        return again(error)


def _ask(request: Request, here: SignedIn, form: Form, action: str, back: str, proposal: Proposal) -> Response:
    language, council = language_of(request), request.app.state.council
    waits = council.waits(*proposal.changes)
    if waits is None or waits.ready:
        council.check(*proposal.changes)
    return show(
        request,
        "operating/confirm.html",
        here,
        proposal=proposal,
        action=action,
        back=back,
        typed=form.typed("step"),
        ready=waits is None or waits.ready,
        announced=waits is not None and waits.announced,
        from_when=moment(waits.made_from, language) if waits else None,
    )


def _done(request: Request, path: str, block: int) -> Response:
    address = f"{path}?lang={language_of(request).code}&done={block}"
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


def page(
    request: Request,
    here: SignedIn,
    template: str,
    error: Refusal | ChainError | None = None,
    **values: Any,
) -> Response:
    """A page of the Union, with what went wrong on it in words, and the name of the law."""
    language, state = language_of(request), request.app.state
    status = 200 if error is None else 503 if isinstance(error, ChainError) else status_of(error)
    told = request.query_params.get("done", "")
    return show(
        request,
        f"operating/{template}",
        here,
        status,
        wrong=said(error, language, lambda id: name_of(state, id, language)) if error else None,
        law=error.law if isinstance(error, Refusal) and error.law != "ProposalForm" else None,
        done=language.number(int(told)) if told.isascii() and told.isdigit() and len(told) < 16 else None,
        **values,
    )


def name_of(state: Any, id: bytes, language: Language) -> str | None:
    """What people call a party or a product; its address where it has no name; None for neither."""
    uri: str | None = state.reader.name(id)
    found = uri and next(iter(state.reader.parties(uri) or state.reader.products(uri)), None)
    return (language.pick(found["name"]) if found else None) or uri


def called(told: dict[str, Any], language: Language) -> str:
    """The name of a party or product, as the index tells it; its address where it has none."""
    return language.pick(told["name"]) or str(told["id"])


def path_of(page: str, uri: str) -> str:
    return f"/operating/{page}/{quote(uri, safe='')}"
