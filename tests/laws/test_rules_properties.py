"""Promise 2 over whole seasons: nothing out of nothing, nothing twice, and a refused event changes nothing."""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from rules_season import Season, Step, registered
from season_province import PARTY

from ledger.errors import Refusal
from ledger.events.lineage import Edge, downstream, upstream
from ledger.events.model import PER_MILLION, ZERO32, Kind, Make, Move, RecallFlag, Role, Status, Unit
from ledger.events.rules import Changes, MemoryState, Overlay, check, check_unsigned
from ledger.events.rules.act import NEVER_HELD
from ledger.events.rules.every import UNUSED_FIELDS
from ledger.events.rules.state import View

SEEDS = st.lists(st.integers(0, 2**32 - 1), min_size=20, max_size=60)
SEASON = settings(derandomize=True, deadline=None, max_examples=60)


def balances(state: MemoryState | Overlay) -> dict[bytes, int]:
    """Of each batch, by what is counted: Σ holdings + Σ open shipments + sold + disposed + consumed."""
    found: dict[bytes, int] = defaultdict(int)
    for (batch, _), holding in state.holdings.items():
        found[batch] += holding.quantity
    for (_, batch), shipment in state.shipments.items():
        found[batch] += shipment.open
    for batch, totals in state.batches.items():
        found[batch] += totals.sold + totals.disposed + totals.consumed
    return found


@SEASON
@given(SEEDS)
def test_what_was_made_is_held_on_its_way_sold_disposed_of_or_consumed(seeds: list[int]) -> None:
    season = Season(registered())
    for seed in seeds:
        season.step(seed)
        assert balances(season.view) == {
            id: batch.made + batch.adjusted_up - batch.adjusted_down for id, batch in season.view.batches.items()
        }
    sold: dict[bytes, int] = defaultdict(int)
    for (batch, _), holding in season.view.holdings.items():
        sold[batch] += holding.sold
    assert sold == {id: batch.sold for id, batch in season.view.batches.items()}


@SEASON
@given(SEEDS)
def test_a_refused_event_changes_nothing_and_pending_events_never_touch_what_is_final(seeds: list[int]) -> None:
    base = registered()
    season = Season(base)
    for seed in seeds:
        before = copy.deepcopy((season.view.batches, season.view.holdings, season.view.shipments, season.view.nonces))
        if isinstance(season.step(seed).outcome, Refusal):
            view = season.view
            assert before == (view.batches, view.holdings, view.shipments, view.nonces)
    assert not (base.batches or base.holdings or base.shipments or base.nonces)


@SEASON
@given(SEEDS)
def test_outputs_never_exceed_what_their_inputs_yield(seeds: list[int]) -> None:
    """Counted anew with exact fractions, from the events alone. Whatever a batch holds more, was adjusted."""
    season = Season(registered())
    entitled: dict[bytes, Fraction] = defaultdict(Fraction)

    def per_unit(source: bytes, output: bytes) -> Fraction:
        declared = PER_MILLION if source == output else season.view.yield_per_million(source, output)
        return Fraction(declared or 0, PER_MILLION)

    for seed in seeds:
        step = season.step(seed)
        if isinstance(step.outcome, Refusal):
            continue
        if isinstance(step.event, Make) and not step.event.inputs:
            entitled[step.outcome.links[0][1]] += step.event.outputs[0].quantity
        if isinstance(step.event, Make) and step.event.inputs:
            used = [(season.view.batches[entry.batch].product, entry.quantity) for entry in step.event.inputs]
            yields = {
                output.product: sum(quantity * per_unit(source, output.product) for source, quantity in used)
                for output in step.event.outputs
            }
            assert all(output.quantity <= yields[output.product] for output in step.event.outputs)
            for output, (_, batch, _) in zip(step.event.outputs, step.outcome.links[len(used) :], strict=True):
                entitled[batch] += yields[output.product]
            if len(step.event.outputs) > 1:
                best = sum(q * max(Fraction(1), *(per_unit(source, o) for o in yields)) for source, q in used)
                assert sum(output.quantity for output in step.event.outputs) <= best
        assert all(batch.made <= entitled[id] for id, batch in season.view.batches.items())


@SEASON
@given(SEEDS)
def test_no_row_of_conversions_pumps_mass(seeds: list[int]) -> None:
    """With no yield above 100 %, the grams on the ledger never exceed those that came in: by Commission, or put right
    by an adjustment, an inspector's or an origin's of its untouched harvest."""
    season = Season(registered(largest_yield=PER_MILLION))
    came_in = 0
    for seed in seeds:
        step = season.step(seed)
        view = season.view
        if isinstance(step.event, Make) and not (step.event.inputs or isinstance(step.outcome, Refusal)):
            came_in += sum(o.quantity for o in step.event.outputs if _in_grams(view, o.product))
        adjusted = sum(b.adjusted_up for b in view.batches.values() if _in_grams(view, b.product))
        grams = [b.made + b.adjusted_up - b.consumed for b in view.batches.values() if _in_grams(view, b.product)]
        assert sum(grams) <= came_in + adjusted


def _in_grams(view: View, product: bytes) -> bool:
    found = view.product(product)
    return found is not None and found.unit is Unit.GRAM


@SEASON
@given(SEEDS)
def test_a_nonce_works_once(seeds: list[int]) -> None:
    season = Season(registered())
    season.live(seeds)
    burned = [nonce for _, changes in season.accepted for nonce in changes.nonces]
    assert len(burned) == len(set(burned))
    for step, _ in season.accepted:
        try:
            check_unsigned(season.view, step.id, step.event, step.time)
            raise AssertionError("the same event was accepted twice")
        except Refusal as refusal:
            assert refusal == Refusal("NonceUsed", signer=step.event.signer, nonce=step.event.nonce)


@SEASON
@given(SEEDS, st.integers(0, 60))
def test_pending_over_final_reads_the_same_as_all_final(seeds: list[int], finals: int) -> None:
    """However many of the events are final already, rules and reads come out the same."""
    season = Season(registered())
    season.live(seeds)
    whole, base = registered(), registered()
    for _, changes in season.accepted[:finals]:
        base.apply(changes)
    pending = Overlay(base)
    position = 0
    for happened in season.history:
        if not isinstance(happened, Step):
            happened.apply(whole)
            happened.apply(base)
        elif isinstance(happened.outcome, Changes):
            changes = happened.outcome
            judged = (happened.id, happened.event, happened.recovered, happened.time)
            assert check(whole, *judged) == changes
            whole.apply(changes)
            if position >= finals:
                assert check(pending, *judged) == changes
                pending.apply(changes)
            position += 1
    assert_reads_alike(pending, whole)
    assert_reads_alike(season.view, whole)
    for _, changes in season.accepted[finals:]:
        base.apply(changes)
        base.apply(changes)  # changes are values: a follower that applies them again after a crash changes nothing
    assert vars(base) == vars(whole)


def assert_reads_alike(view: View, whole: MemoryState) -> None:
    assert all(view.batch(id) == batch for id, batch in whole.batches.items())
    assert all(view.holding(*key) == holding for key, holding in whole.holdings.items())
    assert all(view.shipment(*key) == shipment for key, shipment in whole.shipments.items())
    assert all(view.nonce_used(*key) for key in whole.nonces)
    stranger = PARTY["shop"][:19] + b"\0"
    assert view.batch(stranger) is None
    assert view.holding(stranger, stranger) is None
    assert view.shipment(stranger, stranger) is None
    assert not view.nonce_used(stranger, 1)


@SEASON
@given(SEEDS)
def test_every_batch_made_from_others_leads_back_to_a_commission(seeds: list[int]) -> None:
    season = Season(registered())
    season.live(seeds)
    into: dict[bytes, list[Edge]] = defaultdict(list)
    out_of: dict[bytes, list[Edge]] = defaultdict(list)
    for edge in (edge for _, changes in season.accepted for edge in changes.edges):
        into[edge.output].append(edge)
        out_of[edge.input].append(edge)
    commissioned = {
        id for step, changes in season.accepted if step.event.kind == Kind.COMMISSION for _, id, _ in changes.links
    }
    for id, batch in season.view.batches.items():
        walk = upstream(id, lambda found: into.get(found, ()), 10_000)
        assert commissioned & set(walk.depths)
        assert (id in into) == (not batch.commission_only)
        assert all(id in downstream(other, lambda found: out_of.get(found, ()), 10_000).depths for other in walk.others)


@SEASON
@given(SEEDS)
def test_recalled_goods_only_go_back(seeds: list[int]) -> None:
    """Nothing is made of them or added to them; they move to origin, brand owner or a carrier, or leave the ledger."""
    season = Season(registered())
    for seed in seeds:
        before = dict(season.view.batches)
        step = season.step(seed)
        if isinstance(step.outcome, Refusal):
            continue
        recalled = {id: batch for id, batch in before.items() if batch.recalled}
        if isinstance(step.event, Make):
            assert not recalled.keys() & step.outcome.batches.keys()
        elif isinstance(step.event, Move) and step.event.batch in recalled:
            batch = recalled[step.event.batch]
            if step.event.kind == Kind.SHIP:
                back = {batch.origin, season.base.products[batch.product].brand_owner}
                assert step.event.to in back or season.base.parties[step.event.to].roles & Role.CARRIER
            else:
                assert step.event.kind in {Kind.RECEIVE, Kind.REJECT, Kind.WITHDRAW, Kind.RETURN, Kind.DISPOSE}


@SEASON
@given(SEEDS)
def test_only_who_recalled_lifts(seeds: list[int]) -> None:
    season = Season(registered())
    for seed in seeds:
        before = dict(season.view.batches)
        step = season.step(seed)
        if isinstance(step.outcome, Refusal):
            continue
        party = season.base.parties[season.base.signers[step.event.signer].party]
        for id, after in step.outcome.batches.items():
            changed = after.recalled ^ before[id].recalled if id in before else after.recalled
            assert bool(changed) <= (step.event.kind in {Kind.RECALL, Kind.LIFT})
            assert bool(changed & RecallFlag.ORIGIN) <= (party.id == after.origin)
            assert bool(changed & RecallFlag.INSPECTORS) <= bool(party.roles & Role.INSPECTOR)
            brand_owner = season.base.products[after.product].brand_owner
            assert bool(changed & RecallFlag.BRAND_OWNER) <= (party.id == brand_owner)


@SEASON
@given(SEEDS)
def test_a_suspended_partys_goods_leave_it_only_by_loss_or_towards_their_origin(seeds: list[int]) -> None:
    season = Season(registered())
    for seed in seeds:
        before = dict(season.view.holdings)
        step = season.step(seed)
        if isinstance(step.outcome, Refusal):
            continue
        for (batch, holder), after in step.outcome.holdings.items():
            held = before.get((batch, holder), NEVER_HELD)
            if season.base.parties[holder].status == Status.ACTIVE or after.quantity >= held.quantity:
                continue
            assert isinstance(step.event, Move)
            assert step.event.kind in {Kind.SHIP, Kind.DISPOSE}
            totals = season.view.batches[batch]
            if step.event.kind == Kind.SHIP and step.event.to != totals.origin:
                assert step.event.to == season.base.products[totals.product].brand_owner
                assert season.base.parties[totals.origin].status == Status.SUSPENDED
                assert step.event.holder == holder


@SEASON
@given(SEEDS)
def test_a_shipment_has_one_receiver_and_only_shrinks(seeds: list[int]) -> None:
    """And what its goods become is a holding of the receiver, of the sender, or a loss."""
    season = Season(registered())
    for seed in seeds:
        before = dict(season.view.shipments)
        holdings = dict(season.view.holdings)
        step = season.step(seed)
        if isinstance(step.outcome, Refusal):
            continue
        for key, after in step.outcome.shipments.items():
            assert isinstance(step.event, Move)
            if key not in before:
                assert (after.id, after.receiver, after.open) == (step.id, step.event.to, step.event.quantity)
                continue
            was = before[key]
            assert after == replace(was, open=was.open - step.event.quantity)
            gains = {Kind.RECEIVE: was.receiver, Kind.REJECT: was.sender, Kind.WITHDRAW: was.sender}
            if step.event.kind == Kind.DISPOSE:
                assert step.outcome.holdings == {}
            else:
                owner = (key[1], gains[Kind(step.event.kind)])
                held = holdings.get(owner, NEVER_HELD)
                assert step.outcome.holdings == {
                    owner: replace(held, quantity=held.quantity + step.event.quantity, ever_held=True)
                }


@SEASON
@given(SEEDS)
def test_quantities_are_put_right_by_origins_at_once_or_by_inspectors_for_all_to_see(seeds: list[int]) -> None:
    season = Season(registered())
    for seed in seeds:
        before = dict(season.view.batches)
        step = season.step(seed)
        if isinstance(step.outcome, Refusal):
            continue
        for id, after in step.outcome.batches.items():
            was = before.get(id)
            if was is None:
                assert not (after.adjusted or after.adjusted_up or after.adjusted_down)
                continue
            by_inspector = False
            if isinstance(step.event, Move) and step.event.kind == Kind.ADJUST_UP and step.event.holder != ZERO32:
                by_inspector = True
                signer = season.base.signers[step.event.signer]
                assert season.base.parties[signer.party].roles & Role.INSPECTOR
            assert after.adjusted_up == was.adjusted_up or by_inspector or not was.moved
            assert after.adjusted >= (was.adjusted or by_inspector)
            assert after.moved >= was.moved


def test_the_seasons_are_worth_their_name() -> None:
    """Most events pass, every kind often enough, and many laws refuse the rest."""
    accepted: Counter[Kind] = Counter()
    for_a_holder: Counter[Kind] = Counter()
    refused: Counter[str] = Counter()
    for number in range(60):
        season = Season(registered())
        season.live(range(number * 1000, number * 1000 + 50))
        for step in season.steps:
            if isinstance(step.outcome, Refusal):
                refused[step.outcome.law] += 1
            else:
                accepted[Kind(step.event.kind)] += 1
                if isinstance(step.event, Move) and step.event.holder != ZERO32:
                    for_a_holder[Kind(step.event.kind)] += 1
    assert accepted.total() > 3 * refused.total()
    assert {kind: accepted[kind] for kind in UNUSED_FIELDS if accepted[kind] < 50} == {}
    assert set(accepted) == set(Kind)
    assert all(for_a_holder[kind] >= 15 for kind in (Kind.SHIP, Kind.ADJUST_UP)), for_a_holder
    assert len(refused) >= 30, refused
