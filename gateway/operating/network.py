"""Pages: how the network stands, with what is to be done; and the events that never reached the chain."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does
from gateway.auth.asking import Here
from gateway.auth.showing import PageRoute, language_of
from gateway.operating.laws import KINDS, TITLES
from gateway.operating.proposing import called, page
from gateway.operating.words import STATES
from gateway.pages.languages import Language, mark
from gateway.standing import audited, following
from ledger.events.laws import LAWS
from ledger.projection.reader import CHAIN_WORDS

router = APIRouter(route_class=PageRoute, include_in_schema=False)
WAITS_LONG = 120
"""Seconds: much longer than an event needs from acknowledged to final."""
SHOWN = 100
UNSEALED: Final = CHAIN_WORDS["none"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What an operator should know, and do. `quoted`: what the gateway itself says of it, in English; `link`: where to look."""

    what: str
    do: str
    quoted: str | None = None
    link: str | None = None
    is_bad: bool = True


_FOLLOWING: Final = {
    "wrong_chain": (
        mark("The node answers for another ledger. Nothing is recorded now; pages show what was last known."),
        mark(
            "Put the right chain back. A lost development chain is put back with nguon reanchor, while all is stopped."
        ),
    ),
    "trouble": (
        mark("The work in the background stands still. It tries again by itself."),
        mark("Look whether the node runs and the disk has room. What was acknowledged is kept."),
    ),
    "behind": (
        mark("The index is behind the chain. What was acknowledged is kept."),
        mark("Wait a minute. If it stays so: look whether the node runs and seals blocks."),
    ),
}
_AUDITED: Final = {
    "never": (
        mark("The records were not audited yet."),
        mark("The first audit comes a minute after the start. By hand: nguon audit records."),
    ),
    "differs": (
        mark("The last audit found records that differ from the chain or from the audit log."),
        mark("Run nguon audit records: it names them. The pages of these batches say so already. Then nguon rebuild."),
    ),
    "old": (
        mark("The last audit was long ago."),
        mark("Look whether a gateway leads, and into its log."),
    ),
}


@router.get("/operating")
@does(Action.OPERATE)
def network(request: Request, here: Here) -> Response:
    state, language = request.app.state, language_of(request)
    position, outbox, last, now = state.reader.position(), state.reader.outbox(), state.reader.audit(), time.time()
    wrong, trouble = state.reader.wrong_chain(), state.worker.trouble
    findings = []
    if because := following(position, wrong, trouble):
        what, do = (language.text(each) for each in _FOLLOWING[because])
        findings.append(Finding(what, do, wrong or trouble))
    if because_of := audited(last, now):
        what, do = (language.text(each) for each in _AUDITED[because_of])
        findings.append(Finding(what, do, is_bad=because_of == "differs"))
    findings += _outbox(outbox, now, language)
    if position["chain"] == UNSEALED:
        findings.append(
            Finding(
                language.text("Unsealed development chain: integrity and signatures only."),
                language.text(
                    "Good for trying out. No independent organisation seals its blocks, and the pages say so."
                ),
                is_bad=False,
            )
        )
    return page(
        request,
        here,
        "network.html",
        findings=sorted(findings, key=lambda each: not each.is_bad),
        well=not any(each.is_bad for each in findings),
        facts=_facts(position, outbox, last, state.worker.leads, language),
        never=outbox["states"]["dead"] + outbox["states"]["stuck"],
    )


def _outbox(outbox: dict[str, Any], now: float, language: Language) -> list[Finding]:
    findings, oldest = [], outbox["oldest_open"]
    if oldest is not None and now - oldest > WAITS_LONG:
        waited = language.count("{n} minute", "{n} minutes", int(now - oldest) // 60)
        findings.append(
            Finding(
                language.text("The oldest event on its way has waited for {time}.", time=waited),
                language.text(
                    "It is kept and tried again. Look below whether it is stuck; else look whether the node runs."
                ),
            )
        )
    for name, one, many, do in (
        ("dead", mark("{n} event is dead."), mark("{n} events are dead."),
         mark("They were acknowledged and can never be recorded. Tell their parties.")),
        ("stuck", mark("{n} event is stuck."), mark("{n} events are stuck."),
         mark("They were signed elsewhere, and only their signer can end them by a Void.")),
    ):  # fmt: skip
        if count := outbox["states"][name]:
            what = language.text(one if count == 1 else many, n=language.number(count))
            findings.append(Finding(what, language.text(do), link="/operating/dead"))
    return findings


def _facts(
    position: dict[str, Any], outbox: dict[str, Any], last: dict[str, Any] | None, leads: bool, language: Language
) -> list[tuple[str, str]]:
    _, number = language.text, language.number
    lag, open_states = position["lag_seconds"], ("accepted", "signed", "submitted", "mined", "stuck")
    on_its_way = [f"{_(STATES[each])}: {number(n)}" for each in open_states if (n := outbox["states"][each])]
    sealed = _("not sealed: development chain") if position["chain"] == UNSEALED else str(position["chain"])
    return [
        (_("Chain"), sealed),
        (_("Followed up to"), _("block {n}, {moment}", n=number(position["block"] or 0),
                                moment=language.moment(position["time"]) or "–")),
        (_("Level with the chain"), _("not yet since the start") if lag is None
         else _("{n} s ago", n=number(lag))),
        (_("Events on the ledger"), number(position["events"])),
        (_("On their way"), language.join(on_its_way) or _("none")),
        (_("Oldest on its way"), _since(outbox["oldest_open"], language) or _("none")),
        (_("Dead"), number(outbox["states"]["dead"])),
        (_("Last audit"), _("never") if last is None
         else _("{moment}: {good} records in order, {bad} not", moment=language.moment(last["finished_at"]) or "–",
                good=number(last["good"]), bad=number(last["bad"]))),
        (_("Batches under review"), number(last["batches_under_review"]) if last else _("none")),
        (_("Who follows and sends"), _("this gateway") if leads else _("another gateway on the same database")),
    ]  # fmt: skip


@router.get("/operating/dead")
@does(Action.OPERATE)
def dead(request: Request, here: Here) -> Response:
    language = language_of(request)
    shown = [_told(each, language) for each in request.app.state.reader.unrecorded(SHOWN)]
    return page(request, here, "dead.html", events=shown, most=SHOWN)


def _told(event: dict[str, Any], language: Language) -> dict[str, Any]:
    """A dead or stuck event for the page; the law in this language where it has words in it, else as the law is written."""
    law, kind = event["law"], KINDS.get(event["kind"])
    goods: dict[str, Any] = event["batch_ref"] or next(iter(event["outputs"]), {})
    translated = language.text(TITLES[law]) if law in TITLES else None
    amount = event["quantity"] or goods.get("quantity")
    named = goods.get("product")
    return {
        "id": event["id"],
        "is_dead": event["state"] == "dead",
        "party": called(event["party"], language),
        "kind": language.text(kind) if kind else event["kind"],
        "goods": called(named, language) if named else None,
        "lot": goods["lot"] if named else None,
        "amount": language.quantity(amount, named["unit"]) if named and amount and named["unit"] else None,
        "place": event["place"],
        "accepted": language.moment(event["accepted_at"]),
        "law": law,
        "law_said": translated,
        "law_written": LAWS[law].title if law in LAWS and translated is None else None,
        "signer": event["signer"],
        "nonce": event["nonce"],
    }


def _since(seconds: int | None, language: Language) -> str | None:
    return None if seconds is None else language.moment(datetime.fromtimestamp(seconds, UTC).isoformat())
