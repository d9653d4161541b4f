"""Model and contract name the same law: of several broken laws the first of docs/spec/law.md is named.

Each test below breaks a row of laws at once and then mends them one by one from the front: every law must be named in
its turn, and the event accepted when none is left.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import test_rules_every
import test_rules_make
import test_rules_mend
import test_rules_move
import test_rules_note
import test_rules_recall
from rules_peel import peel, recall, set_fields, set_input, set_output
from rules_world import NOW, STRANGER, UNKNOWN, World, party, product

from ledger.events.laws import LAWS
from ledger.events.model import DAY, OPEN_LIMIT, UINT96_MAX, Custody, Event, Input, Kind, Make, Role
from ledger.events.rules.state import SignerState

MODULES = (
    test_rules_every,
    test_rules_make,
    test_rules_mend,
    test_rules_move,
    test_rules_note,
    test_rules_recall,
)
LAW_PAGE = Path(__file__).parents[2] / "docs" / "spec" / "law.md"


def signed_by_an_ended_signer(world: World, event: Any) -> Event:
    late = b"\x01" * 20
    world.state.set_signer(late, SignerState(party("farm"), NOW - DAY, NOW, Custody.GATEWAY))
    return replace(event, signer=late)


def with_all_nonces_used(world: World, event: Any) -> Event:
    world.state.nonces |= {(address, event.nonce) for address in (*world.state.signers, STRANGER)}
    return replace(event)


def by_a_suspended_farm(world: World, event: Any) -> Event:
    world.suspend("farm")
    return replace(event)


def without_roles(world: World, event: Any) -> Event:
    world.set_party("farm", Role(0))
    return replace(event)


def let_farm_make(world: World, *names: str) -> None:
    for name in names:
        world.state.set_maker(product(name), party("farm"))


def test_laws_for_every_event_and_of_commission() -> None:
    peel(
        lambda world: world.make("farm", Kind.COMMISSION, [world.out("crab", 1)]),
        [
            ("BadSignature", set_fields()),
            ("UnknownSigner", set_fields(signer=STRANGER)),
            ("SignerNotValid", signed_by_an_ended_signer),
            ("UnknownKind", set_fields(kind=4)),
            ("NonceUsed", with_all_nonces_used),
            ("OccurredInFuture", set_fields(occurred_at=NOW + 1)),
            ("ContentTooLong", set_fields(content=b"x" * 9000)),
            ("PartySuspended", by_a_suspended_farm),
            ("UnusedFieldSet", set_fields(first_index=1)),
            ("UnknownProvenance", set_fields(provenance=3)),
            ("OutputCount", lambda _, event: replace(event, outputs=event.outputs * 2)),
            ("QuantityZero", set_output(quantity=0)),
            ("LotLength", set_output(lot=b"")),
            ("UnknownProduct", set_output(product=UNKNOWN)),
            ("NotMaker", set_output(product=product("paste"))),
            ("OpenTooLong", set_output(open_until=NOW + OPEN_LIMIT + 1)),
        ],
    )


def test_the_role_comes_before_the_outputs() -> None:
    peel(
        lambda world: world.make("farm", Kind.COMMISSION, [world.out("crab", 1)]),
        [("RoleMissing", without_roles), ("OutputCount", set_fields(outputs=()))],
    )


def test_an_open_batch_is_looked_at_before_its_time_is() -> None:
    def prepare(world: World) -> Event:
        world.harvest(1, provenance=1)
        world.now += 2 * DAY
        return world.make("farm", Kind.COMMISSION, [world.out("crab", 1, b"L2")])

    def closed(world: World, event: Any) -> Event:
        batch = world.state.batches[next(iter(world.state.batches))]
        world.state.batches[batch.id] = replace(batch, outside=False)
        return replace(event, outputs=(world.out("crab", 1, b"L1", open_for=9 * DAY),))

    def outside(world: World, event: Any) -> Event:
        batch = world.state.batches[next(iter(world.state.batches))]
        world.state.batches[batch.id] = replace(batch, outside=True)
        return replace(event)

    peel(prepare, [("OutsideStockNotNew", outside), ("BatchClosed", closed)])


def transform(world: World) -> Make:
    """All of two batches into paste and shell, in open new batches."""
    let_farm_make(world, "paste", "shell")
    inputs = [Input(world.harvest(100, lot=lot), 100) for lot in (b"A", b"B")]
    return world.make("farm", Kind.TRANSFORM, [world.out("paste", 100), world.out("shell", 10)], inputs)


def with_the_last_input_recalled(world: World, event: Any) -> Event:
    recall(world, event.inputs[-1].batch)
    return replace(event)


def test_laws_of_transform() -> None:
    peel(
        transform,
        [
            ("UnusedFieldSet", set_fields(provenance=1)),
            ("RoleMissing", without_roles),
            ("InputCount", set_fields(inputs=())),
            ("OutputCount", set_fields(outputs=())),
            (
                "InputsNotAscending",
                lambda _, event: replace(
                    event, inputs=(event.inputs[0], replace(event.inputs[1], batch=event.inputs[0].batch))
                ),
            ),
            ("QuantityZero", set_input(quantity=0)),
            ("UnknownBatch", set_input(batch=b"\xff" * 32)),
            ("BatchRecalled", with_the_last_input_recalled),
            ("MoreThanHeld", set_input(quantity=101)),
            ("QuantityZero", set_output(quantity=0)),
            ("OutputsRepeatProduct", set_output(product=product("paste"))),
            ("LotLength", set_output(lot=b"")),
            ("UnknownProduct", set_output(product=UNKNOWN)),
            ("NotMaker", set_output(product=product("jar"))),
            ("OpenTooLong", set_output(open_until=NOW + OPEN_LIMIT + 1)),
            ("AboveYield", set_output(quantity=61)),
        ],
    )


def test_an_input_is_judged_whole_before_the_next() -> None:
    world = World()
    event = transform(world)
    broken = replace(event, inputs=(Input(event.inputs[0].batch, 101), Input(event.inputs[0].batch, 0)))
    assert world.refusal(broken).law == "MoreThanHeld"


def test_an_output_is_judged_whole_before_the_next() -> None:
    world = World()
    event = transform(world)
    late = replace(event.outputs[0], open_until=NOW + OPEN_LIMIT + 1)
    broken = replace(event, outputs=(late, replace(event.outputs[1], quantity=0)))
    assert world.refusal(broken).law == "OpenTooLong"


def test_an_output_that_is_an_input_is_found_before_its_batch_is_looked_at() -> None:
    world = World()
    batch = world.harvest(10, provenance=1)
    event = world.make("farm", Kind.TRANSFORM, [world.out("crab", 1)], [Input(batch, 1)])
    assert world.refusal(event).law == "OutputIsInput"
    other = world.harvest(10, lot=b"L2")
    assert world.refusal(replace(event, inputs=(Input(other, 1),))).law == "OutsideStockNotNew"


def with_sauce(world: World, event: Any) -> Event:
    let_farm_make(world, "sauce")
    return replace(event, outputs=(*event.outputs[:-1], world.out("sauce", 10**9)))


def with_undeclared_yield(world: World, event: Any) -> Event:
    world.state.set_yield(product("crab"), product("paste"), 0)
    return replace(event)


def test_laws_of_yield() -> None:
    def too_much_paste(world: World, event: Any) -> Event:
        return replace(event, outputs=(replace(event.outputs[0], quantity=231), event.outputs[1]))

    def too_much_together(world: World, event: Any) -> Event:
        return replace(event, outputs=(replace(event.outputs[0], quantity=230), replace(event.outputs[1], quantity=1)))

    peel(
        transform,
        [
            ("MixedUnits", with_sauce),
            ("ConversionNotDeclared", with_undeclared_yield),
            ("AboveYield", too_much_paste),
            ("AboveInputs", too_much_together),
        ],
    )


def test_the_first_output_is_weighed_before_the_second_ones_conversion_is_asked() -> None:
    world = World()
    event = transform(world)
    world.state.set_yield(product("crab"), product("shell"), 0)
    assert world.refusal(event).law == "ConversionNotDeclared"
    heavy = replace(event, outputs=(replace(event.outputs[0], quantity=231), event.outputs[1]))
    assert world.refusal(heavy).law == "AboveYield"


def test_a_yield_comes_before_an_overflow() -> None:
    world = World()
    let_farm_make(world, "paste")
    world.harvest(UINT96_MAX, "paste", b"P1", provenance=0)
    crab = world.harvest(100)
    event = world.make("farm", Kind.TRANSFORM, [world.out("paste", 116, b"P1")], [Input(crab, 100)])
    assert world.refusal(event).law == "AboveYield"
    within = replace(event, outputs=(world.out("paste", 115, b"P1"),))
    assert world.refusal(within).law == "QuantityOverflow"


def test_laws_of_pack() -> None:
    def prepare(world: World) -> Event:
        world.state.set_maker(product("crab"), party("packer"))
        batch = world.harvest(400)
        world.hand_over(batch, 400, to="packer")
        return world.make("packer", Kind.PACK, [world.out("jar", 2)], [Input(batch, 400)])

    peel(
        prepare,
        [
            ("UnusedFieldSet", set_fields(provenance=1)),
            ("InputCount", set_fields(inputs=())),
            ("OutputCount", set_fields(outputs=())),
            ("MoreThanHeld", set_input(quantity=401)),
            ("OpenTooLong", set_output(open_until=NOW + OPEN_LIMIT + 1)),
            ("NotPieces", set_output(product=product("crab"))),
            ("FirstIndexWrong", set_fields(first_index=9)),
            ("TooManyItems", set_output(quantity=2**20 + 1)),
            ("AboveYield", set_output(quantity=3)),
        ],
    )


def test_every_law_of_the_page_has_words_and_its_very_arguments() -> None:
    """Laws are named as in the page everywhere; a law added there and forgotten here is found."""
    page = re.findall(r"`([A-Z]\w+)\(([^)`]*)\)`", LAW_PAGE.read_text("utf-8"))
    written = {name: arguments for name, arguments in page if " " in arguments or not arguments}
    del written["SignerChange"]  # a signed type
    assert len(written) > 40
    for name, arguments in written.items():
        assert LAWS[name].arguments == arguments, name


def test_every_law_for_events_is_tried_at_its_edge() -> None:
    tried = {"BadSignature"}
    for module in MODULES:
        tried |= module.CASES.laws()
    events = LAW_PAGE.read_text("utf-8").split("## Registries")[0]
    named = {name for name, _ in re.findall(r"`([A-Z]\w+)\(([^)`]*)\)`", events)}
    assert named - tried == {"UnknownShape"}, "only bytes can have an unknown shape; a typed event has one of three"
