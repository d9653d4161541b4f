"""What recording builds on, kept from commit to commit, is what it would be if it were made anew (ledger/recording/pending.py)."""

from __future__ import annotations

import random
import time

from ledger.bindings import registries
from ledger.events.identifiers import batch_id, party_id, product_id
from ledger.events.model import Kind, Role
from ledger.events.rules import Overlay
from ledger.recording import Recorded, RecordRequest
from ledger.recording.drafts import BatchName, MakeDraft, MoveDraft, OutputDraft
from ledger.recording.pending import Pending
from ledger.store import outbox
from tests.crash.ledger_parts import Parts

STEPS = 60


class Season:
    """Crab is caught and shipped at random; now and then a step of submitting or following, or a change of a
    registry."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.chance = random.Random(5)
        self.lots: list[str] = []

    def act(self) -> str:
        what = self.chance.choice(
            ["catch", "catch", "ship", "ship", "ship", "submit", "follow", "follow", "settle", "registry"]
        )
        getattr(self, what)()
        return what

    def catch(self) -> None:
        lot = f"L{len(self.lots)}"
        output = OutputDraft(self.parts.name("crab"), lot, 1_000)
        self.parts.record(MakeDraft(occurred_at=int(time.time()) - 60, kind=Kind.COMMISSION, outputs=(output,)))
        self.lots.append(lot)

    def ship(self) -> None:
        if not self.lots:
            return
        goods = BatchName(product=self.parts.name("crab"), lot=self.chance.choice(self.lots))
        draft = MoveDraft(
            occurred_at=int(time.time()) - 60, kind=Kind.SHIP, batch=goods,
            quantity=self.chance.randrange(1, 400), to=self.parts.name("shop"),
        )  # fmt: skip
        (outcome,) = self.parts.recorder.record(party_id(self.parts.name("coop")), [RecordRequest(draft)])
        assert isinstance(outcome, Recorded) or outcome.law == "MoreThanHeld"

    def submit(self) -> None:
        self.parts.submitter.step()

    def follow(self) -> None:
        self.parts.follower.step()

    def settle(self) -> None:
        self.parts.decided()
        self.parts.catch_up()

    def registry(self) -> None:
        change = registries.set_roles(party_id(self.parts.name("shop")), Role(self.chance.choice([3, 7])))
        self.parts.council.change((self.parts.deployment.parties, change))


def test_what_is_kept_equals_what_is_made_anew(parts: Parts) -> None:
    season, pending = Season(parts), Pending()
    kept = 0
    before: Overlay | None = None
    for _ in range(STEPS):
        what = season.act()
        with parts.store.snapshot() as db:
            now = int(time.time())
            overlay, anew = pending.current(db, now), pending.look(db, now)
            assert told(overlay, season) == told(anew, season), what
            kept += overlay is before and what == "settle"
            before = overlay
    assert kept, "it was kept while what became final was expected"


def test_a_change_of_a_registry_makes_it_anew(parts: Parts) -> None:
    """Who lost a role a moment ago has lost it for what comes next."""
    season, pending = Season(parts), Pending()
    with parts.store.snapshot() as db:
        before = pending.current(db, int(time.time()))
    season.registry()
    parts.catch_up()
    with parts.store.snapshot() as db:
        after = pending.current(db, int(time.time()))
        assert after is not before
        shop = party_id(parts.name("shop"))
        assert after.party(shop) == pending.look(db, int(time.time())).party(shop)


def told(overlay: Overlay, season: Season) -> list[object]:
    """All that the rules can ask of it about this season's goods."""
    coop, shop = (party_id(season.parts.name(word)) for word in ("coop", "shop"))
    crab = product_id(season.parts.name("crab"))
    store = season.parts.store.read()
    ids = [row["id"] for row in store.execute("SELECT id FROM outbox ORDER BY seq")]
    events = [found.signed for id in ids if (found := outbox.find(store, id))]
    said: list[object] = []
    for each in [batch_id(crab, coop, lot.encode()) for lot in season.lots]:
        said += [overlay.batch(each), overlay.holding(each, coop), overlay.holding(each, shop)]
        said += [overlay.shipment(event.id, each) for event in events]
    return said + [overlay.nonce_used(event.event.signer, event.event.nonce) for event in events]
