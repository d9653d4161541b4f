"""Promise 2, on both sides: the contracts are the law, and the model says of every event exactly what they say.

A Hypothesis state machine drives both with the same histories: the same verdict, the same law with the same numbers, and
at each history's end the same state, heads and nonces. What is planted as a divergence in the model is found.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from chain_side import Chain, anvil
from differential import Differential, Divergence, Tally
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from campaigns import evidence
from ledger.events.model import Kind, Move
from ledger.events.rules import make, move, note
from ledger.events.rules.act import Act
from ledger.events.rules.state import BatchState

ALL = os.environ.get("NGUON_ALL") == "1"
ROUNDS, LENGTH = 2, 180 if ALL else 80
HISTORIES = 10
"""In a round, with a seed of its own: after its first ten examples Hypothesis mostly repeats parts of earlier ones."""
STEPS = 50_000 if ALL else 1_000
SEEDS = st.binary(min_size=4, max_size=4).map(lambda drawn: int.from_bytes(drawn, "big"))

pytestmark = [pytest.mark.xdist_group("differential"), pytest.mark.timeout(3600 if ALL else 600)]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    with anvil(tmp_path_factory.mktemp("anvil")) as node:
        yield Chain(node)


def live(chain: Chain, tally: Tally, round_: int, length: int, *phases: Phase) -> None:
    @seed(round_)
    class TwoLedgers(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.both = Differential(chain, tally)

        @rule(drawn=SEEDS)
        def event(self, drawn: int) -> None:
            self.both.step(drawn)

        def teardown(self) -> None:
            self.both.end()

    run_state_machine_as_test(
        TwoLedgers,
        settings=settings(
            deadline=None,
            database=None,
            max_examples=HISTORIES,
            stateful_step_count=length,
            phases=phases or (Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def until_enough(chain: Chain, tally: Tally) -> None:
    """Rounds add up over several runs, as long as contracts, model and this harness stay the same."""
    hash_ = evidence.sources(
        "contracts/src/**/*.sol",
        "ledger/events/model.py",
        "ledger/events/rules/*.py",
        "ledger/canonical/*.py",
        "tests/laws/*.py",
    )
    before = evidence.earlier("differential", hash_)
    done = len(before["seed"]) if before else 0
    if before:
        tally.steps = before["n"]
        tally.verdicts.update(before["result"]["verdicts"])
    while tally.steps < STEPS:
        live(chain, tally, done, LENGTH)
        done += 1
        evidence.write(
            "differential",
            command="NGUON_ALL=1 .venv/bin/pytest tests/laws/test_differential.py",
            seed=range(done),
            n=tally.steps,
            hash_=hash_,
            result={"divergences": 0, "histories": done * HISTORIES, "verdicts": dict(sorted(tally.verdicts.items()))},
        )


def test_model_and_contracts_say_the_same_of_whole_histories(chain: Chain) -> None:
    tally = Tally()
    if ALL:
        until_enough(chain, tally)
    else:
        for round_ in range(ROUNDS):
            live(chain, tally, round_, LENGTH)
    print(f"\n{tally}")
    assert tally.steps >= STEPS
    accepted = {kind for kind in Kind if tally.verdicts[f"accepted: {kind.word}"]}
    assert accepted == set(Kind)
    assert len([verdict for verdict in tally.verdicts if "accepted" not in verdict]) >= (50 if ALL else 30)


Rule = Callable[[Act, Move, BatchState], BatchState]


def a_receive_by_anybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(move, "_require_named", lambda *_: None)


def a_yield_rounded_up(patch: pytest.MonkeyPatch) -> None:
    exact = make._floor_sum
    patch.setattr(make, "_floor_sum", lambda used, yields: exact(used, yields) + 1)


def an_adjustment_without_its_flag(patch: pytest.MonkeyPatch) -> None:
    lawful: Rule = move._RULES[Kind.ADJUST_UP]

    def unflagged(act: Act, event: Move, batch: BatchState) -> BatchState:
        return replace(lawful(act, event, batch), adjusted=False)

    patch.setitem(move._RULES, Kind.ADJUST_UP, unflagged)


def a_sale_of_recalled_goods(patch: pytest.MonkeyPatch) -> None:
    def sell(act: Act, event: Move, batch: BatchState) -> BatchState:
        return move._sell(act, event, replace(batch, recalled=batch.recalled & 0))

    patch.setitem(move._RULES, Kind.SELL, sell)


def a_lift_in_any_capacity(patch: pytest.MonkeyPatch) -> None:
    def lift(act: Act, event: Any) -> None:
        for batch, _ in note._entitled(act, event):
            act.changes.batches[batch.id] = replace(batch, recalled=batch.recalled & 0)

    patch.setitem(note._RULES, Kind.LIFT, lift)


@pytest.mark.parametrize(
    "plant",
    [
        a_receive_by_anybody,
        a_yield_rounded_up,
        an_adjustment_without_its_flag,
        a_sale_of_recalled_goods,
        a_lift_in_any_capacity,
    ],
)
def test_a_planted_divergence_is_found(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises(Divergence) as found:
        for round_ in range(6):
            live(chain, Tally(), round_, 100, Phase.generate)
    assert "the contracts say" in str(found.value)
