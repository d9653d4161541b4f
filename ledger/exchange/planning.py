"""From a fact to postings: which batch is meant, which shipment is received, which handover the document leaves out.

All of a fact is planned before any of it is posted. Where the document leaves custody out (a receiving without shipping,
goods that somebody else holds), the missing Ship and Receive are *derived* and marked; nothing is derived in place of a
statement that the document makes and that failed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.exchange.custody import Custody, Setback
from ledger.exchange.document import Json
from ledger.exchange.drafts import Batch, Posting, derived_move, make, move, observe
from ledger.exchange.facts import Fact, Goods
from ledger.exchange.port import BatchStock, OpenShipment, Recorded

Done = Callable[[str], Recorded | None]
"""What an earlier run recorded under a label of the fact."""

_Offer = tuple[BatchStock, OpenShipment, int]


@dataclass(slots=True)
class Plan:
    """`earlier` and `derived`: ids of parts and of derived handovers that an earlier run recorded. `postings`: the rest.

    `short`: the first refusal that is sure to come. `used`: what earlier postings use up of holdings and shipments.
    """

    earlier: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    short: Setback | None = None
    used: Counter[tuple[str, Goods, str]] = field(default_factory=Counter)


def plan(custody: Custody, fact: Fact, goods: Sequence[Goods], done: Done) -> Plan:
    """What is still to be posted of a fact about these goods (containers replaced by what is in them).

    Raises `Setback`, and `Refusal` for products and units that the ledger does not know.
    """
    made = Plan()
    for number, line in enumerate(goods[:1] if fact.kind == Kind.TRANSFORM else goods):
        _Part(custody, made, fact, number, line).plan(done)
    if made.short and len(made.postings) > 1:
        raise made.short  # nothing of it is posted; a single posting goes to the ledger, which refuses it itself
    return made


class _Part:
    """Plans one part: one line of goods, or a whole transformation."""

    def __init__(self, custody: Custody, plan: Plan, fact: Fact, number: int, line: Goods) -> None:
        self._custody = custody
        self._plan = plan
        self._fact = fact
        self._number = number
        self._line = line
        self._derived = 0  # handovers derived for this part, in earlier runs and in this plan

    def plan(self, done: Done) -> None:
        fact, line = self._fact, self._line
        main = done(str(self._number))
        if main or self._custody.derives:
            while before := done(self._derived_label()):
                self._plan.derived.append(before.id)
                self._derived += 1
        received, pieces = self._received_before(main, done) if main else (0, 0)
        if main and not (main.quantity and fact.kind == Kind.RECEIVE and received < _quantity(line)):
            return
        if fact.kind == Kind.TRANSFORM:
            self._transform()
        elif fact.kind == Kind.COMMISSION:
            self._custody.require_unit(line)
            self._post(make(fact, (), (line,)))
        elif fact.kind == Kind.OBSERVE:
            self._observe()
        elif fact.kind == Kind.RECEIVE:
            self._receive(replace(line, quantity=_quantity(line) - received), pieces)
        else:
            batch = self._hold(fact.party, line)
            self._post(move(fact, batch, _quantity(line), **({"to": fact.to} if fact.kind == Kind.SHIP else {})))

    def _received_before(self, main: Recorded, done: Done) -> tuple[int, int]:
        """How much earlier runs recorded of this part, in how many pieces (shipments)."""
        received, pieces = 0, 0
        piece: Recorded | None = main
        while piece:
            self._plan.earlier.append(piece.id)
            received, pieces = received + piece.quantity, pieces + 1
            piece = done(f"{self._number}.{pieces}") if self._fact.kind == Kind.RECEIVE else None
        return received, pieces

    def _transform(self) -> None:
        for line in self._fact.goods:
            self._custody.require_unit(line)
        inputs = [self._hold(self._fact.party, line) for line in self._fact.inputs]
        self._post(make(self._fact, inputs, self._fact.goods))

    def _observe(self) -> None:
        party = self._fact.party
        batches = self._custody.batches(self._line, party)
        seen = max(batches, key=lambda batch: (batch.holdings.get(party, 0), batch.origin == party))
        self._post(observe(self._fact, Batch(self._line, seen.origin)))

    def _hold(self, party: str, line: Goods) -> Batch:
        """The batch of which `party` takes a quantity; what the document leaves out is derived first."""
        wanted = _quantity(line)
        batches = self._custody.batches(line, party)
        best = max(batches, key=lambda batch: (self._held(batch, line, party), batch.origin == party))
        if self._held(best, line, party) < wanted and not self._custody.withheld(line.lot, party):
            enough = [batch for batch in batches if self._obtainable(batch, line, party) >= wanted]
            if enough:
                best = enough[0]
                self._derive(best, line, party, wanted - self._held(best, line, party))
        batch, held = Batch(line, best.origin), self._held(best, line, party)
        if held < wanted:
            self._fall_short(self._custody.more_than_held(batch, party, wanted, held), party)
        self._use(party, line, best.origin, wanted)
        return batch

    def _receive(self, line: Goods, pieces: int) -> None:
        fact, custody, party = self._fact, self._custody, self._fact.party
        batches = custody.batches(line, party)
        offers = self._offers(batches, line)
        for piece, (batch, shipment, taken) in enumerate(offers, pieces):
            label = f"{self._number}.{piece}" if piece else str(self._number)
            self._post(move(fact, Batch(line, batch.origin), taken, shipment=shipment.id), label)
            self._use(shipment.id, line, batch.origin, taken)
        if offers:
            return
        withheld = custody.withheld(line.lot, party)
        if withheld:
            raise custody.blame(line.lot, withheld)
        wanted = _quantity(line)
        holder = fact.source or self._holder(batches, line)
        if holder is None:
            custody.fail_for(line.lot, party, wanted)
            name = custody.names.master.batch_name(line.lot)
            raise Setback("UnknownShipment", f"no shipment of {name} to {custody.names.party(party)} is open")
        if holder == party:  # it is here already, and the document says so once more
            self._observe()
            return
        custody.require_deriving("UnknownShipment", holder, party, line, wanted)
        sent = self._hold(holder, line)
        if self._plan.short:
            raise self._plan.short
        ship = self._post_derived(Kind.SHIP, holder, sent, wanted, to=party)
        self._post(move(fact, sent, wanted), shipment_of=ship)

    def _offers(self, batches: Sequence[BatchStock], line: Goods) -> list[_Offer]:
        """Open shipments to the acting party that it receives, with how much of each; empty if there is none."""
        source, wanted = self._fact.source, _quantity(line)
        offers = list(self._open_to(self._fact.party, batches, line))
        named = [offer for offer in offers if source in (None, offer[1].sender)]
        if not named and source and any(self._held(batch, line, source) >= wanted for batch in batches):
            return []  # another sender's shipment is another event's
        named = named or offers
        whole = [offer for offer in named if offer[2] >= wanted]
        if whole:
            return [(whole[0][0], whole[0][1], wanted)]
        if named and sum(offer[2] for offer in named) < wanted:
            batch, shipment, open_quantity = named[0]
            id = bytes.fromhex(shipment.id.removeprefix("0x"))
            self._fall_short(Refusal("MoreThanOpen", shipment=id, wanted=wanted, open=open_quantity), self._fact.party)
            return [(batch, shipment, wanted)]
        taken: list[_Offer] = []
        for batch, shipment, open_quantity in named:
            if wanted:
                taken.append((batch, shipment, min(wanted, open_quantity)))
                wanted -= taken[-1][2]
        return taken

    def _open_to(self, party: str, batches: Sequence[BatchStock], line: Goods) -> Iterator[_Offer]:
        for batch in batches:
            for shipment in batch.shipments:
                left = shipment.open - self._plan.used[(shipment.id, _bare(line), batch.origin)]
                if shipment.receiver == party and left > 0:
                    yield batch, shipment, left

    def _holder(self, batches: Sequence[BatchStock], line: Goods) -> str | None:
        """Who hands over if the document does not say: who holds enough. The acting party, if it alone does, or accepts
        what it received before; None if nobody does."""
        party = self._fact.party
        most: Counter[str] = Counter()
        for batch in batches:
            for holder in batch.holdings:
                most[holder] = max(most[holder], self._held(batch, line, holder))
        enough = sorted(holder for holder in most if most[holder] >= _quantity(line))
        others = [holder for holder in enough if holder != party]
        if party in enough and (self._fact.step == "accepting" or not others):
            return party
        return max(others, key=lambda holder: most[holder], default=None)

    def _derive(self, batch: BatchStock, line: Goods, party: str, missing: int) -> None:
        """Bring `missing` of a batch to `party`: from what is on its way to it, then from whoever holds it."""
        named = Batch(line, batch.origin)
        for _, shipment, left in self._open_to(party, [batch], line):
            if taken := min(missing, left):
                self._custody.require_deriving("MoreThanHeld", shipment.sender, party, line, taken)
                self._post_derived(Kind.RECEIVE, party, named, taken, shipment=shipment.id)
                self._use(shipment.id, line, batch.origin, taken)
                self._use(party, line, batch.origin, -taken)
                missing -= taken
        for holder in sorted(batch.holdings, key=lambda one: (-batch.holdings[one], one)):
            taken = min(missing, self._held(batch, line, holder)) if holder != party else 0
            if taken:
                self._custody.require_deriving("MoreThanHeld", holder, party, line, taken)
                ship = self._post_derived(Kind.SHIP, holder, named, taken, to=party)
                self._post_derived(Kind.RECEIVE, party, named, taken, shipment_of=ship)
                self._use(holder, line, batch.origin, taken)
                self._use(party, line, batch.origin, -taken)
                missing -= taken

    def _obtainable(self, batch: BatchStock, line: Goods, party: str) -> int:
        coming = sum(left for _, _, left in self._open_to(party, [batch], line))
        return coming + sum(self._held(batch, line, holder) for holder in {*batch.holdings, party})

    def _held(self, batch: BatchStock, line: Goods, party: str) -> int:
        return max(0, batch.holdings.get(party, 0) - self._plan.used[(party, _bare(line), batch.origin)])

    def _use(self, whose: str, line: Goods, origin: str, quantity: int) -> None:
        self._plan.used[(whose, _bare(line), origin)] += quantity

    def _fall_short(self, refusal: Refusal, party: str) -> None:
        self._plan.short = self._plan.short or self._custody.refused(refusal, party, self._line)

    def _post(self, draft: Json, label: str | None = None, shipment_of: str | None = None) -> None:
        self._plan.postings.append(Posting(label or str(self._number), draft, shipment_of=shipment_of))

    def _post_derived(
        self, kind: Kind, party: str, batch: Batch, quantity: int, shipment_of: str | None = None, **to: str
    ) -> str:
        label = self._derived_label()
        self._derived += 1
        draft = derived_move(self._fact, kind, party, batch, quantity, **to)
        self._plan.postings.append(Posting(label, draft, derived=True, shipment_of=shipment_of))
        return label

    def _derived_label(self) -> str:
        return f"{self._number}/derived/{self._derived}"


def _quantity(line: Goods) -> int:
    return line.quantity or 0


def _bare(line: Goods) -> Goods:
    return Goods(line.lot)
