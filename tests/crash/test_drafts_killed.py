"""Promise: what people enter and have not signed is neither lost nor signed twice, whatever moment the process dies at: what
the table in ledger/recording/waiting.py says. The oracle reads the node."""

from __future__ import annotations

import secrets
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest

from ledger.bindings.deployments import Deployment
from ledger.errors import Refusal
from ledger.events.identifiers import party_id
from ledger.events.model import Kind
from ledger.recording import BatchName, Draft, MakeDraft, MoveDraft, OutputDraft
from tests.crash.dying import died, dying_draft
from tests.crash.ledger_parts import Parts

ENTERED, REPLACED, OTHER = range(3)
THEN = 1_700_000_000
HOUR = 3_600.0
pytestmark = pytest.mark.xdist_group("drafts killed")  # they share a chain and a party

# moment of death → which entries wait, and whether the second's events are signed
MOMENTS: dict[str, tuple[tuple[int, ...], bool]] = {
    "before the draft commits": ((), False),
    "after the draft commits": ((ENTERED,), False),
    "before the replacement commits": ((ENTERED,), False),
    "after the replacement commits": ((REPLACED,), False),
    "before the other draft commits": ((REPLACED,), False),
    "after the other draft commits": ((REPLACED, OTHER), False),
    "before the taking back commits": ((REPLACED, OTHER), False),
    "after the taking back commits": ((REPLACED,), False),
    "before the signing commits": ((REPLACED,), False),
    "after the signing commits": ((), True),
}


@pytest.fixture(scope="module")
def shared(ground: tuple[str, Deployment], tmp_path_factory: pytest.TempPathFactory) -> Parts:
    folder = tmp_path_factory.mktemp("shared") / "data"
    Parts.prepare(folder, ground[1])
    made = Parts(folder, ground[0])
    made.populate()
    return made


def entries(parts: Parts, lot: str) -> dict[str, Draft]:
    def caught(lot: str, quantity: int) -> MakeDraft:
        output = OutputDraft(parts.name("crab"), lot, quantity)
        return MakeDraft(kind=Kind.COMMISSION, outputs=(output,), occurred_at=THEN)

    goods = BatchName(product=parts.name("crab"), lot=lot, origin=parts.name("coop"))
    shipped = MoveDraft(kind=Kind.SHIP, batch=goods, quantity=40, to=parts.name("shop"), occurred_at=THEN)
    return {
        "entered": caught(lot, 1_000),
        "replaced": caught(lot, 100),
        "with it": shipped,
        "other": caught(f"{lot}-other", 7),
    }


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at(moment: str, shared: Parts) -> None:
    waiting, signed = MOMENTS[moment]
    drafts = entries(shared, moment.replace(" ", "-"))
    before = Counter(each.id for each in shared.on_chain())
    ids = tuple(secrets.token_hex(16) for _ in range(3))
    died(dying_draft, shared.folder, shared.rpc, moment, drafts, ids)

    again = Parts(shared.folder, shared.rpc)
    party = party_id(again.name("coop"))
    told = {ids.index(row.id): kept for row, kept in again.waiting.of(party)}
    assert tuple(told) == waiting
    expected = {
        ENTERED: [drafts["entered"]],
        REPLACED: [drafts["replaced"], drafts["with it"]],
        OTHER: [drafts["other"]],
    }
    assert all(list(kept) == expected[id] for id, kept in told.items())
    open_ = again.store.read().execute("SELECT count(*) FROM outbox WHERE state <> 'final'").fetchone()[0]
    assert open_ == (2 if signed else 0)

    if REPLACED in told:
        assert again.waiting.keep(party, "lan", ids[REPLACED], [drafts["other"]]).told, (
            "asked again, it is the same entry"
        )
    again = replace(again, grace_over=HOUR)
    again.waiting.step()  # whoever leads then
    with suppress(Refusal):  # and a finger that was impatient
        again.waiting.sign(party, ids[REPLACED])
    assert again.waiting.of(party) == [] and again.waiting.step() == 0
    again.settle(*(row["id"] for row in again.store.read().execute("SELECT id FROM outbox WHERE state <> 'final'")))

    quantities = sorted(_quantity(each) for each in again.on_chain() if each.id not in before)
    came = [1_000] if waiting == (ENTERED,) else [40, 100] if signed or REPLACED in waiting else []
    assert quantities == sorted(came + ([7] if OTHER in waiting else [])), "each once, and what was replaced never"
    again.store.close()


def _quantity(signed: object) -> int:
    event = signed.event  # type: ignore[attr-defined]
    return int(event.outputs[0].quantity if hasattr(event, "outputs") else event.quantity)
