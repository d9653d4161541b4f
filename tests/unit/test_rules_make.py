"""Promise 2: no quantity out of nothing (docs/spec/law.md, Make), each law just inside and just outside."""

from __future__ import annotations

from dataclasses import replace

from rules_world import NOW, UNKNOWN, Case, CaseOf, Cases, World, judge, party, product

from ledger.events.identifiers import batch_id
from ledger.events.lineage import Edge
from ledger.events.model import DAY, ITEM_LIMIT, OPEN_LIMIT, UINT96_MAX, Input, Kind, LinkRole, Make, Output
from ledger.events.rules.state import BatchState, HoldingState

CASES = Cases()


def with_output(event: Make, **more: object) -> Make:
    return replace(event, outputs=(replace(event.outputs[0], **more), *event.outputs[1:]))  # type: ignore[arg-type]


def commission(world: World, name: str = "crab", by: str = "farm") -> Make:
    return world.make(by, Kind.COMMISSION, [world.out(name, 1)])


def transform(world: World, inputs: list[Input], *outputs: Output) -> Make:
    return world.make("farm", Kind.TRANSFORM, list(outputs), inputs)


def let_farm_make(world: World, *names: str) -> None:
    for name in names:
        world.state.set_maker(product(name), party("farm"))


# -- outputs ------------------------------------------------------------------------------------------------------------


@CASES("QuantityZero")
def of_an_output(world: World) -> Case:
    event = commission(world)
    return Case(event, with_output(event, quantity=0), {})


@CASES("LotLength")
def empty(world: World) -> Case:
    event = commission(world)
    return Case(with_output(event, lot=b"A"), with_output(event, lot=b""), {"length": 0})


@CASES("LotLength")
def longer_than_64(world: World) -> Case:
    event = commission(world)
    return Case(with_output(event, lot=b"A" * 64), with_output(event, lot=b"A" * 65), {"length": 65})


@CASES("UnknownProduct")
def of_an_output_product(world: World) -> Case:
    event = commission(world)
    return Case(event, with_output(event, product=UNKNOWN), {"product": UNKNOWN})


@CASES("NotMaker")
def until_listed(world: World) -> Case:
    listed, unlisted = commission(world, "shell"), commission(world, "paste")
    let_farm_make(world, "shell")
    return Case(listed, unlisted, {"product": product("paste"), "party": party("farm")})


@CASES("NotMaker")
def unless_open(world: World) -> Case:
    return Case(
        commission(world, "raw"), commission(world, "paste"), {"product": product("paste"), "party": party("farm")}
    )


@CASES("NotMaker")
def unless_from_outside(world: World) -> Case:
    event = commission(world, "paste")
    return Case(replace(event, provenance=1), event, {"product": product("paste"), "party": party("farm")})


@CASES("OutsideStockNotNew")
def when_the_event_is_outside(world: World) -> Case:
    batch = world.harvest(5)
    event = commission(world)
    return Case(event, replace(event, provenance=1), {"batch": batch})


@CASES("OutsideStockNotNew")
def when_the_batch_is_outside(world: World) -> Case:
    outside = world.harvest(5, provenance=2)
    event = commission(world)
    return Case(with_output(event, lot=b"L2"), event, {"batch": outside})


@CASES("BatchClosed")
def one_second_late(world: World) -> Case:
    open_, closed = world.harvest(5, lot=b"L1"), world.harvest(5, lot=b"L2")
    until = NOW + DAY
    assert world.state.batches[open_].open_until == until
    world.state.batches[closed] = replace(world.state.batches[closed], open_until=until - 1)
    world.now = until
    event = commission(world)
    return Case(event, with_output(event, lot=b"L2"), {"batch": closed, "openUntil": until - 1})


@CASES("OpenTooLong")
def beyond_seven_days(world: World) -> Case:
    event, latest = commission(world), NOW + OPEN_LIMIT
    longest = with_output(event, open_until=latest)
    return Case(longest, with_output(event, open_until=latest + 1), {"openUntil": latest + 1, "latest": latest})


@CASES("OutputsRepeatProduct")
def in_two_lots(world: World) -> Case:
    let_farm_make(world, "paste", "shell")
    batch = world.harvest(100)
    event = transform(world, [Input(batch, 100)], world.out("paste", 50), world.out("shell", 10))
    twice = replace(event, outputs=(event.outputs[0], world.out("paste", 10, lot=b"L2")))
    return Case(event, twice, {"product": product("paste")})


@CASES("OutputIsInput")
def of_itself(world: World) -> Case:
    batch = world.harvest(100)
    event = transform(world, [Input(batch, 10)], world.out("crab", 10, lot=b"L2"))
    return Case(event, with_output(event, lot=b"L1"), {"batch": batch})


# -- each kind ----------------------------------------------------------------------------------------------------------


@CASES("UnknownProvenance")
def above_two(world: World) -> Case:
    event = commission(world)
    return Case(replace(event, provenance=2), replace(event, provenance=3), {"provenance": 3})


@CASES("RoleMissing")
def of_producer(world: World) -> Case:
    raw = commission(world, "raw", by="shop")
    return Case(replace(raw, provenance=1), raw, {"party": party("shop"), "needed": 1})


@CASES("RoleMissing")
def of_any_maker(world: World) -> Case:
    inputs = [Input(world.harvest(10, by="shop", provenance=1), 10)]
    by_shop = world.make("shop", Kind.TRANSFORM, [world.out("raw", 1)], inputs)
    return Case(transform(world, [Input(world.harvest(10), 10)], world.out("crab", 10, b"L2")), by_shop, {
        "party": party("shop"), "needed": 7,
    })  # fmt: skip


@CASES("RoleMissing")
def of_packer(world: World) -> Case:
    batch = world.harvest(1000)
    world.hand_over(batch, 400, to="plant")
    world.hand_over(batch, 400, to="packer")
    jars, inputs = [world.out("jar", 2)], [Input(batch, 400)]
    by_plant = world.make("plant", Kind.PACK, jars, inputs)
    return Case(world.make("packer", Kind.PACK, jars, inputs), by_plant, {"party": party("plant"), "needed": 4})


@CASES("OutputCount")
def one_for_commission(world: World) -> Case:
    event = commission(world)
    return Case(event, replace(event, outputs=event.outputs * 2), {"count": 2, "limit": 1})


@CASES("OutputCount")
def none(world: World) -> Case:
    event = commission(world)
    return Case(event, replace(event, outputs=()), {"count": 0, "limit": 1})


@CASES("OutputCount")
def four_for_transform(world: World) -> Case:
    names = ("crab", "raw", "paste", "shell")
    let_farm_make(world, *names)
    world.state.set_yield(product("crab"), product("raw"), 1_000_000)
    batch = world.harvest(100)
    event = transform(world, [Input(batch, 100)], *(world.out(name, 1, b"L4") for name in names))
    five = replace(event, outputs=(*event.outputs, world.out("sauce", 1)))
    return Case(event, five, {"count": 5, "limit": 4})


@CASES("OutputCount")
def one_for_pack(world: World) -> Case:
    event = pack(world)
    return Case(event, replace(event, outputs=event.outputs * 2), {"count": 2, "limit": 1})


@CASES("InputCount")
def sixteen(world: World) -> Case:
    batches = [world.harvest(1, lot=b"N%d" % number) for number in range(17)]
    event = transform(world, [Input(batch, 1) for batch in sorted(batches)], world.out("crab", 1))
    return Case(replace(event, inputs=event.inputs[:16]), event, {"count": 17, "limit": 16})


@CASES("InputCount")
def none_at_all(world: World) -> Case:
    event = transform(world, [Input(world.harvest(1), 1)], world.out("crab", 1, b"L2"))
    return Case(event, replace(event, inputs=()), {"count": 0, "limit": 16})


def pack(world: World, quantity: int = 2) -> Make:
    """From 200 g a jar."""
    batch = world.harvest(200 * quantity, lot=b"FOR-PACK")
    world.hand_over(batch, 200 * quantity, to="packer")
    return world.make("packer", Kind.PACK, [world.out("jar", quantity)], [Input(batch, 200 * quantity)])


@CASES("NotPieces")
def but_grams(world: World) -> Case:
    world.state.set_maker(product("crab"), party("packer"))
    event = pack(world)
    return Case(event, with_output(event, product=product("crab")), {"product": product("crab")})


@CASES("FirstIndexWrong")
def of_a_new_batch(world: World) -> Case:
    event = pack(world)
    return Case(event, replace(event, first_index=1), {"given": 1, "expected": 0})


@CASES("FirstIndexWrong")
def of_a_batch_with_items(world: World) -> Case:
    world.record(pack(world, 7))
    event = pack(world)
    return Case(replace(event, first_index=7), replace(event, first_index=6), {"given": 6, "expected": 7})


@CASES("TooManyItems")
def beyond_two_to_the_twenty(world: World) -> Case:
    world.record(pack(world, ITEM_LIMIT - 2))
    event = replace(pack(world), first_index=ITEM_LIMIT - 2)
    numbers = {"count": ITEM_LIMIT + 1, "limit": ITEM_LIMIT}
    return Case(event, with_output(event, quantity=3), numbers)


# -- inputs -------------------------------------------------------------------------------------------------------------


@CASES("InputsNotAscending")
def the_same_twice(world: World) -> Case:
    first, second = sorted([world.harvest(10, lot=b"A"), world.harvest(10, lot=b"B")])
    event = transform(world, [Input(first, 5), Input(second, 5)], world.out("crab", 10))
    return Case(event, replace(event, inputs=(Input(first, 5), Input(first, 5))), {})


@CASES("InputsNotAscending")
def descending(world: World) -> Case:
    batches = [world.harvest(10, lot=b"A"), world.harvest(10, lot=b"B")]
    event = transform(world, [Input(batch, 5) for batch in batches], world.out("crab", 10))
    return Case(event, replace(event, inputs=event.inputs[::-1]), {})


@CASES("QuantityZero")
def of_an_input(world: World) -> Case:
    batch = world.harvest(10)
    event = transform(world, [Input(batch, 1)], world.out("crab", 1, b"L2"))
    return Case(event, replace(event, inputs=(Input(batch, 0),)), {})


@CASES("UnknownBatch")
def as_input(world: World) -> Case:
    event = transform(world, [Input(world.harvest(10), 1)], world.out("crab", 1, b"L2"))
    return Case(event, replace(event, inputs=(Input(UNKNOWN, 1),)), {"batch": UNKNOWN})


@CASES("BatchRecalled")
def as_input_whoever_recalled_it(world: World) -> Case:
    good, bad = world.harvest(10), world.harvest(10, lot=b"L3")
    world.recall(bad, by="lab")
    event = transform(world, [Input(good, 1)], world.out("crab", 1, b"L2"))
    return Case(event, replace(event, inputs=(Input(bad, 1),)), {"batch": bad})


@CASES("MoreThanHeld")
def the_tuna_of_the_sample_document(world: World) -> Case:
    batch = world.harvest(9_876_000)
    event = transform(world, [Input(batch, 9_876_000)], world.out("crab", 1, b"L2"))
    numbers = {"batch": batch, "party": party("farm"), "wanted": 10_000_000, "held": 9_876_000}
    return Case(event, replace(event, inputs=(Input(batch, 10_000_000),)), numbers)


# -- yields -------------------------------------------------------------------------------------------------------------


@CASES("AboveYield")
def salted_crab_at_115_percent(world: World) -> Case:
    let_farm_make(world, "paste")
    event = transform(world, [Input(world.harvest(1000), 1000)], world.out("paste", 1150))
    return Case(event, with_output(event, quantity=1151), {
        "product": product("paste"), "wanted": 1151, "limit": 1150,
    })  # fmt: skip


@CASES("AboveYield")
def the_same_product_at_100_percent(world: World) -> Case:
    event = transform(world, [Input(world.harvest(1000), 1000)], world.out("crab", 1000, b"L2"))
    return Case(event, with_output(event, quantity=1001), {
        "product": product("crab"), "wanted": 1001, "limit": 1000,
    })  # fmt: skip


@CASES("AboveYield")
def rounded_down_once_after_the_sum(world: World) -> Case:
    """Thrice 2 g at 333,333 per million is 1.99…: 1, not 0, as three divisions would give, and not 2."""
    let_farm_make(world, "paste")
    inputs = [Input(world.harvest(2, "raw", lot=b"R%d" % number), 2) for number in range(3)]
    event = transform(world, inputs, world.out("paste", 1))
    return Case(event, with_output(event, quantity=2), {"product": product("paste"), "wanted": 2, "limit": 1})


@CASES("AboveYield")
def in_pieces(world: World) -> Case:
    event = pack(world)
    return Case(event, with_output(event, quantity=3), {"product": product("jar"), "wanted": 3, "limit": 2})


@CASES("ConversionNotDeclared")
def backwards(world: World) -> Case:
    let_farm_make(world, "paste")
    event = transform(world, [Input(world.harvest(100), 100)], world.out("paste", 100))
    back = with_output(event, product=product("raw"))
    return Case(event, back, {"input": product("crab"), "output": product("raw")})


@CASES("ConversionNotDeclared")
def taken_back(world: World) -> Case:
    let_farm_make(world, "paste", "shell")
    world.state.set_yield(product("crab"), product("shell"), 0)
    event = transform(world, [Input(world.harvest(100), 100)], world.out("paste", 1))
    shells = with_output(event, product=product("shell"))
    return Case(event, shells, {"input": product("crab"), "output": product("shell")})


@CASES("MixedUnits")
def of_two_outputs(world: World) -> Case:
    let_farm_make(world, "paste", "shell", "sauce")
    event = transform(world, [Input(world.harvest(100), 100)], world.out("paste", 1), world.out("shell", 1))
    return Case(event, replace(event, outputs=(event.outputs[0], world.out("sauce", 1))), {})


@CASES("AboveInputs")
def paste_and_shell_from_one_crab(world: World) -> Case:
    """Each within its own yield (1,150 and 300), together within the larger one."""
    let_farm_make(world, "paste", "shell")
    event = transform(world, [Input(world.harvest(1000), 1000)], world.out("paste", 1000), world.out("shell", 150))
    more = replace(event, outputs=(event.outputs[0], world.out("shell", 151)))
    return Case(event, more, {"wanted": 1151, "limit": 1150})


@CASES("AboveInputs")
def at_most_100_percent_of_poor_yields(world: World) -> Case:
    let_farm_make(world, "paste", "shell")
    world.state.set_yield(product("crab"), product("paste"), 900_000)
    event = transform(world, [Input(world.harvest(1000), 1000)], world.out("paste", 800), world.out("shell", 200))
    more = replace(event, outputs=(event.outputs[0], world.out("shell", 201)))
    return Case(event, more, {"wanted": 1001, "limit": 1000})


@CASES("QuantityOverflow")
def of_the_makers_holding(world: World) -> Case:
    world.harvest(UINT96_MAX - 1)
    event = commission(world)
    return Case(event, with_output(event, quantity=2), {})


@CASES.parametrize()
def test_a_law_of_making_holds_at_its_edge(law: str, case: CaseOf) -> None:
    judge(law, case)


# -- effects ------------------------------------------------------------------------------------------------------------


def test_a_commission_makes_a_batch_of_its_party() -> None:
    world = World()
    event = commission(world)
    changes = world.record(event)
    batch = batch_id(product("crab"), party("farm"), b"L1")
    assert changes.batches == {batch: BatchState(batch, product("crab"), party("farm"), b"L1", NOW + DAY, made=1)}
    assert changes.holdings == {(batch, party("farm")): HoldingState(1, 0, True)}
    assert changes.links == [("batch", batch, LinkRole.MADE)]
    assert changes.nonces == [(event.signer, event.nonce)]
    assert changes.edges == []
    assert changes.shipments == {}


def test_a_second_commission_adds_and_keeps_the_time_of_the_first() -> None:
    world = World()
    batch = world.harvest(5)
    world.record(world.make("farm", Kind.COMMISSION, [world.out("crab", 6, open_for=2 * DAY)]))
    assert world.state.batches[batch].made == 11
    assert world.state.batches[batch].open_until == NOW + DAY
    assert world.state.holdings[(batch, party("farm"))].quantity == 11


def test_stock_from_outside_is_marked() -> None:
    world = World()
    assert world.state.batches[world.harvest(5, provenance=2)].outside
    assert not world.state.batches[world.harvest(5, lot=b"L2")].outside


def test_a_transform_consumes_and_makes_and_leaves_edges_inputs_first() -> None:
    world = World()
    let_farm_make(world, "paste", "shell")
    first, second = sorted([world.harvest(100, lot=b"A"), world.harvest(50, lot=b"B")])
    outputs = [world.out("paste", 40), world.out("shell", 3)]
    changes = world.record(transform(world, [Input(second, 20), Input(first, 30)], *outputs))
    paste, shell = (batch_id(product(name), party("farm"), b"L1") for name in ("paste", "shell"))
    assert [(subject, role) for _, subject, role in changes.links] == [
        (first, LinkRole.INPUT),
        (second, LinkRole.INPUT),
        (paste, LinkRole.MADE),
        (shell, LinkRole.MADE),
    ]
    assert changes.edges == [Edge(i, q, o) for o in (paste, shell) for i, q in ((first, 30), (second, 20))]
    assert (changes.batches[first].consumed, changes.batches[first].moved) == (30, True)
    assert changes.batches[paste].made == 40
    assert not changes.batches[paste].commission_only
    assert changes.batches[paste].items == 0


def test_a_batch_is_no_longer_made_by_commission_alone_once_it_was_transformed_into() -> None:
    world = World()
    source, target = world.harvest(100, lot=b"A"), world.harvest(100, lot=b"B")
    assert world.state.batches[target].commission_only
    world.record(transform(world, [Input(source, 10)], world.out("crab", 10, b"B")))
    assert not world.state.batches[target].commission_only
    assert not world.state.batches[target].moved
    world.harvest(1, lot=b"B")
    assert not world.state.batches[target].commission_only, "a later Commission does not undo that"


def test_a_pack_counts_its_items_with_or_without_serials() -> None:
    world = World()
    world.record(pack(world, 7))
    world.record(replace(pack(world, 3), first_index=7, items_root=UNKNOWN))
    assert world.state.batches[batch_id(product("jar"), party("packer"), b"L1")].items == 10
