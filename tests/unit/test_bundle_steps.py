"""Promise 4: a bundle is refused at the step that its fault belongs to, also where the chain's operator and a party lie."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger.events.model import Kind
from ledger.proof import layout
from ledger.proof.bundle import Bundle, Named, write
from ledger.proof.trust import TrustedLedger
from ledger.proof.verify import STEPS, Verdict, verify
from tests.gateway_process import ROOT
from tests.proof_world import NOW, ProofWorld, journey

CONVERSIONS = ((1, 2), (2, 3))
Tampering = Callable[[Bundle], Bundle]


@pytest.fixture(scope="module")
def world() -> ProofWorld:
    made = ProofWorld()
    journey(made)
    return made.lawful()


@pytest.fixture(scope="module")
def good(world: ProofWorld) -> Bundle:
    batches = [world.batch("jar", "plant"), world.batch("salted", "plant"), world.batch("crab", "farm")]
    return world.bundle(*batches, conversions=CONVERSIONS)


def checked(bundle: Bundle, trusted: TrustedLedger, at: int = NOW) -> Verdict:
    return verify(write(bundle), [trusted], at)


def test_a_whole_bundle_is_accepted_and_four_answers_stand_apart(world: ProofWorld, good: Bundle) -> None:
    verdict = checked(good, world.trusted)
    assert verdict.accepted and verdict.failed_step is None
    assert [step["step"] for step in verdict.steps] == [name for name, _ in STEPS]
    assert verdict.answers is not None
    assert list(verdict.answers) == ["content", "signed", "recorded", "standing"]
    assert verdict.answers["recorded"]["seal"] == "unsealed development chain: integrity and signatures only"
    standing = verdict.answers["standing"]
    assert standing["batch"]["product"] == "urn:w:jar" and standing["batch"]["items"] == 1
    assert standing["holdings"] == {"unit": "pieces", "held": {"urn:w:shop": 1}, "on_the_way": 0}
    assert [each["party"] for each in verdict.answers["signed"]].count("urn:w:plant") == 4


def test_the_page_has_the_steps_of_the_program() -> None:
    page = (ROOT / "docs/spec/bundle.md").read_text("utf-8")
    said = re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)
    assert said == [(str(number), name) for number, (name, _) in enumerate(STEPS, 1)]


def _dropped(bundle: Bundle) -> Bundle:
    return replace(bundle, events=bundle.events[:1] + bundle.events[2:])


def _swapped(bundle: Bundle) -> Bundle:
    first, second, *rest = bundle.events
    return replace(bundle, events=(second, first, *rest))


def _swapped_links(bundle: Bundle) -> Bundle:
    *others, last = bundle.batches
    links = (last.links[1], last.links[0], *last.links[2:])
    return replace(bundle, batches=(*others, last._replace(links=links)))


def _another_signature(bundle: Bundle) -> Bundle:
    events = list(bundle.events)
    events[0] = events[0]._replace(signature=events[1].signature)
    return replace(bundle, events=tuple(events))


def _other_profile(bundle: Bundle) -> Bundle:
    return replace(bundle, parties=(bundle.parties[0]._replace(profile="{}"), *bundle.parties[1:]))


def _renamed(bundle: Bundle) -> Bundle:
    return replace(bundle, products=(Named("urn:w:another", "{}"), *bundle.products[1:]))


TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    "another ledger": (lambda b: replace(b, ledger_id=bytes(32)), "ledger"),
    "another chain": (lambda b: replace(b, chain_id=b.chain_id + 1), "ledger"),
    "another contract": (lambda b: replace(b, contract=bytes(20)), "ledger"),
    "a header of another block": (lambda b: replace(b, header=b.header[:-1] + b"\1"), "block"),
    "no header": (lambda b: replace(b, header=b""), "block"),
    "another hash": (lambda b: replace(b, block_hash=bytes(32)), "block"),
    "nodes in another order": (lambda b: replace(b, nodes=b.nodes[::-1]), "contracts"),
    "a node twice": (lambda b: replace(b, nodes=(b.nodes[0], *b.nodes)), "contracts"),
    "no nodes": (lambda b: replace(b, nodes=()), "contracts"),
    "a shape that is none": (lambda b: replace(b, events=(b.events[0]._replace(shape=9), *b.events[1:])), "events"),
    "a longer body": (lambda b: replace(b, events=(b.events[0]._replace(body=b.events[0].body + bytes(32)),)), "events"),
    "an event twice": (lambda b: replace(b, events=(*b.events, b.events[0])), "events"),
    "a signature of another event": (_another_signature, "signatures"),
    "another profile": (_other_profile, "registries"),
    "a product of another name": (_renamed, "registries"),
    "a party less": (lambda b: replace(b, parties=b.parties[1:]), "registries"),
    "a party twice": (lambda b: replace(b, parties=(b.parties[0], *b.parties)), "registries"),
    "a product less": (lambda b: replace(b, products=b.products[1:]), "registries"),
    "a Note left out": (_dropped, "heads"),
    "events in another order": (_swapped, "heads"),
    "links in another order": (_swapped_links, "heads"),
    "a batch twice": (lambda b: replace(b, batches=(*b.batches, b.batches[-1])), "heads"),
    "no batch": (lambda b: replace(b, batches=()), "heads"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_is_tampered_with_is_refused_at_its_step(world: ProofWorld, good: Bundle, what: str) -> None:
    tamper, step = TAMPERINGS[what]
    verdict = checked(tamper(good), world.trusted)
    assert not verdict.accepted and verdict.failed_step == step, verdict.steps[-1]
    assert verdict.answers is None and verdict.steps[-1]["ok"] is False


def test_a_node_that_nothing_needs_is_refused(world: ProofWorld, good: Bundle) -> None:
    stray = sorted((*good.nodes, b"\xc2\x01\x02"))
    assert checked(replace(good, nodes=tuple(stray)), world.trusted).failed_step == "remainder"


@pytest.mark.parametrize("place", range(3))
def test_each_missing_node_is_missed(world: ProofWorld, good: Bundle, place: int) -> None:
    at = place * (len(good.nodes) - 1) // 2
    assert not checked(replace(good, nodes=good.nodes[:at] + good.nodes[at + 1 :]), world.trusted).accepted


def test_the_trust_file_alone_says_which_code_is_believed(world: ProofWorld, good: Bundle) -> None:
    for name in ("ledger", "parties", "products"):
        other = replace(getattr(world.trusted, name), code_hash=bytes(32))
        assert checked(good, replace(world.trusted, **{name: other})).failed_step == "contracts"


def test_age_has_both_ends(world: ProofWorld, good: Bundle) -> None:
    assert checked(good, world.trusted, NOW + 1_000).accepted
    assert checked(good, world.trusted, NOW + 1_001).failed_step == "age"
    assert checked(good, world.trusted, NOW - 300).accepted
    assert checked(good, world.trusted, NOW - 301).failed_step == "age"
    assert checked(good, replace(world.trusted, max_age=None), NOW + 10**9).accepted


def test_the_batches_are_one_and_its_ancestors(world: ProofWorld) -> None:
    jar, salted, crab = world.batch("jar", "plant"), world.batch("salted", "plant"), world.batch("crab", "farm")
    for batches, conversions in (((jar, salted), ((2, 3),)), ((crab, jar, salted), CONVERSIONS)):
        assert checked(world.bundle(*batches, conversions=conversions), world.trusted).failed_step == "lineage"


# ── a chain whose operator lies ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_hidden_recall_is_found_though_storage_hides_it() -> None:
    world = ProofWorld()
    jar, salted, crab = journey(world)
    world.note("farm", Kind.RECALL, crab)
    world.lawful()
    honest = checked(world.bundle(jar, salted, crab, conversions=CONVERSIONS), world.trusted)
    assert honest.answers and honest.answers["standing"]["recalled_ingredients"] == ["0x" + crab.hex()]
    slot = layout.batch_slot(crab)
    world.lies[("ledger", slot)] = world.storage()["ledger"][slot] & ~(48 << 160)
    assert checked(world.bundle(jar, salted, crab, conversions=CONVERSIONS), world.trusted).failed_step == "batches"


@pytest.mark.parametrize(
    ("shift", "what"), [(0, "product"), (32, "origin"), (64, "open until"), (128, "items"), (160, "marks")]
)
def test_every_part_of_a_batchs_state_is_held_against_its_events(shift: int, what: str) -> None:
    world = ProofWorld()
    batches = journey(world)
    world.lawful()
    slot = layout.batch_slot(batches[0])
    world.lies[("ledger", slot)] = world.storage()["ledger"][slot] ^ 1 << shift
    verdict = checked(world.bundle(*batches, conversions=CONVERSIONS), world.trusted)
    assert verdict.failed_step == "batches", what


def _unlawful(*said: Callable[[ProofWorld, bytes], object]) -> Verdict:
    """A crab batch of 1,000 g with further statements that its parties signed and a lying chain recorded."""
    world = ProofWorld()
    crab = world.batch("crab", "farm")
    world.make("farm", Kind.COMMISSION, {}, world.out("crab", 1_000))
    world.lawful()
    for say in said:
        say(world, crab)
    moved = any(each.event.kind in (Kind.SHIP, Kind.SELL, Kind.DISPOSE) for each in world.events)
    slot = layout.batch_slot(crab)
    world.lies[("ledger", slot)] = world.storage()["ledger"][slot] | (4 << 160 if moved else 0)
    return checked(world.bundle(crab), world.trusted)


def test_what_is_lawful_passes_that_harness() -> None:
    assert _unlawful(lambda w, b: w.move("farm", Kind.SELL, b, 1_000)).accepted


@pytest.mark.parametrize(
    "say",
    [
        lambda w, b: w.move("farm", Kind.SELL, b, 1_124),
        lambda w, b: w.move("shop", Kind.SELL, b, 1),
        lambda w, b: w.move("farm", Kind.RETURN, b, 1),
        lambda w, b: w.move("farm", Kind.SHIP, b, 1_001, to=w.party["shop"]),
        lambda w, b: w.move("farm", Kind.SHIP, b, 1, to=w.party["farm"]),
        lambda w, b: w.move("shop", Kind.RECEIVE, b, 1, target=bytes(32)),
        lambda w, b: w.move("shop", Kind.RECEIVE, b, 2, target=w.move("farm", Kind.SHIP, b, 1, to=w.party["shop"]).id),
        lambda w, b: w.move("plant", Kind.RECEIVE, b, 1, target=w.move("farm", Kind.SHIP, b, 1, to=w.party["shop"]).id),
        lambda w, b: w.move("shop", Kind.WITHDRAW, b, 1, target=w.move("farm", Kind.SHIP, b, 1, to=w.party["shop"]).id),
        lambda w, b: w.move("farm", Kind.DISPOSE, b, 1_001),
        lambda w, b: w.move("plant", Kind.DISPOSE, b, 1, target=w.move("farm", Kind.SHIP, b, 1, to=w.party["shop"]).id),
        lambda w, b: w.move("farm", Kind.SELL, b, 0),
        lambda w, b: w.move("farm", Kind.SELL, b, 1, to=w.party["shop"]),
    ],
)
def test_nothing_comes_out_of_nothing_even_where_a_lying_chain_recorded_it(
    say: Callable[[ProofWorld, bytes], object],
) -> None:
    verdict = _unlawful(say)
    assert verdict.failed_step == "law", verdict.steps[-1]


def test_within_one_product_nothing_gains_mass() -> None:
    world = ProofWorld()
    first, second = world.batch("crab", "farm"), world.batch("crab", "farm", b"L2")
    world.make("farm", Kind.COMMISSION, {}, world.out("crab", 1_000))
    world.make("farm", Kind.TRANSFORM, {first: 1_000}, world.out("crab", 1_000, b"L2"))
    assert checked(world.lawful().bundle(second, first), world.trusted).accepted
    gaining = ProofWorld()
    gaining.make("farm", Kind.COMMISSION, {}, gaining.out("crab", 1_000))
    gaining.make("farm", Kind.TRANSFORM, {first: 1_000}, gaining.out("crab", 1_001, b"L2"))
    gaining.lies |= {("ledger", slot): word for slot, word in world.storage()["ledger"].items()
                     if slot in map(layout.batch_slot, (first, second))}  # fmt: skip
    assert checked(gaining.bundle(second, first), gaining.trusted).failed_step == "law"


def test_a_yield_that_was_lowered_since_is_a_remark_and_no_refusal() -> None:
    world = ProofWorld()
    batches = journey(world)
    world.lawful()
    world.state.set_yield(world.product["crab"], world.product["salted"], 900_000)
    verdict = checked(world.bundle(*batches, conversions=CONVERSIONS), world.trusted)
    assert verdict.accepted and verdict.answers
    assert verdict.answers["standing"]["remarks"] == [
        "more of urn:w:salted was made than today's declared yields allow"
    ]


def test_a_signer_outside_its_time_is_refused() -> None:
    for from_, to in ((NOW + 1, 2**64 - 1), (7, NOW - 100)):
        world = ProofWorld()
        batches = journey(world)
        world.lawful()
        slot = layout.signer_slot(world.keys["shop"].address)
        world.lies[("parties", slot)] = 3 | from_ << 32 | to << 96 | 1 << 160
        bundle = world.bundle(*batches, conversions=CONVERSIONS)
        assert checked(bundle, world.trusted).failed_step == "registries"


# ── bare links ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_many_moves_stand_bare_and_are_counted() -> None:
    world = ProofWorld()
    batches = journey(world)
    for _ in range(99):
        sent = world.move("farm", Kind.SHIP, batches[2], 1, to=world.party["shop"])
        world.move("farm", Kind.WITHDRAW, batches[2], 1, target=sent.id)
    full = checked(world.lawful().bundle(*batches, conversions=CONVERSIONS), world.trusted)
    assert full.accepted and full.answers and not full.answers["content"]["links_without_event"], (
        "200 Moves stand whole"
    )
    again = ProofWorld(links=world.links, events=world.events)
    again.move("farm", Kind.SELL, batches[2], 1)
    bundle = again.lawful().bundle(*batches, conversions=CONVERSIONS)
    verdict = checked(bundle, again.trusted)
    assert verdict.accepted and verdict.answers
    assert verdict.answers["content"]["links_without_event"] == {"0x" + batches[2].hex(): 201}
    assert verdict.answers["standing"]["holdings"]["held"] == {"urn:w:shop": 1}, "of the jars"


def test_what_others_made_of_an_ancestor_stands_bare() -> None:
    world = ProofWorld()
    _, salted, crab = journey(world)
    other = world.make("plant", Kind.TRANSFORM, {crab: 50}, world.out("salted", 50, b"L2"))
    bundle = world.lawful().bundle(salted, crab, conversions=((1, 2),))
    verdict = checked(bundle, world.trusted)
    assert verdict.accepted and verdict.answers
    assert verdict.answers["content"]["links_without_event"] == {"0x" + crab.hex(): 1}
    own = checked(world.bundle(crab), world.trusted)
    assert own.accepted and own.answers and not own.answers["content"]["links_without_event"]
    assert "0x" + other.id.hex() in [each["event"] for each in own.answers["signed"]]


@pytest.mark.parametrize("kind", [Kind.OBSERVE, Kind.COMMISSION, Kind.TRANSFORM, Kind.PACK, Kind.SHIP, Kind.RECEIVE])
def test_no_event_can_be_left_out(kind: Kind) -> None:
    world = ProofWorld()
    batches = journey(world)
    world.lawful()
    world.events = [each for each in world.events if each.event.kind != kind]
    verdict = checked(world.bundle(*batches, conversions=CONVERSIONS), world.trusted)
    assert not verdict.accepted and verdict.failed_step in ("registries", "heads")


def test_an_event_of_another_batch_does_not_belong_there() -> None:
    world = ProofWorld()
    crab = world.batch("crab", "farm")
    world.make("farm", Kind.COMMISSION, {}, world.out("crab", 1_000))
    stray = world.make("farm", Kind.COMMISSION, {}, world.out("crab", 5, b"L9"))
    world.lawful()
    assert checked(world.bundle(crab), world.trusted).accepted
    assert checked(world.bundle(crab, strays=(stray,)), world.trusted).failed_step == "heads"
