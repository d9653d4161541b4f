"""Import of an EPCIS document: every event recorded, refused or skipped, each with its reason.

Events are taken in the order of their time and reported in the order of the document. Importing a document again records
nothing new: each custody event has an idempotency key made from the source event. If the process dies in the middle,
what was recorded stays, and the next import goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.errors import Refusal
from ledger.events.model import Kind
from ledger.exchange.admission import Conversions, admit, needs_of
from ledger.exchange.containers import Containers
from ledger.exchange.custody import Custody, Setback
from ledger.exchange.dependence import Dependence
from ledger.exchange.document import Document
from ledger.exchange.drafts import Posting, idempotency_key
from ledger.exchange.epc import Lot, NotMapped
from ledger.exchange.facts import Fact, Goods, merged
from ledger.exchange.mapping import read_fact
from ledger.exchange.masterdata import MasterData, read_master_data
from ledger.exchange.planning import Plan, plan
from ledger.exchange.port import LedgerPort, Recorded
from ledger.exchange.report import Report, Result, Row
from ledger.exchange.wording import Names

Progress = Callable[[int, int], None]
"""Called with the number of events done and of all."""

_ALREADY = "already recorded"


def capture(
    document: Document,
    port: LedgerPort,
    *,
    admitting: bool = False,
    conversions: Conversions | None = None,
    progress: Progress | None = None,
) -> Report:
    """Put a document's events to the ledger.

    `admitting`: first admit its parties and products, with stages and yields of `conversions`; on a development network
    also derive the handovers it leaves out. Raises `Refusal` for faulty master data and for an admission that the
    registries refuse, and `ChainError` if the ledger cannot be asked; what is wrong with one event is in its row.
    """
    master = read_master_data(document.vocabularies)
    facts = [read_fact(index, event, master) for index, event in enumerate(document.events)]
    needs = needs_of(facts, master)
    if admitting:
        admit(needs, master, conversions or Conversions(), port)
    run = _Run(port, master, facts, derives=admitting and port.can_derive())
    rows: dict[int, Row] = {}
    for count, fact in enumerate(sorted(facts, key=lambda fact: (fact.time, fact.index)), 1):
        rows[fact.index] = run.row(fact)
        if progress:
            progress(count, len(facts))
    return Report(
        tuple(rows[fact.index] for fact in facts),
        tuple(uri for uri in needs.parties if not port.knows_party(uri)),
        tuple(uri for uri in needs.products if port.unit_of(uri) is None),
    )


class _Run:
    """One import under way: what failed, what is in which logistic unit."""

    def __init__(self, port: LedgerPort, master: MasterData, facts: list[Fact], derives: bool) -> None:
        self._port = port
        self._names = Names(master)
        self._dependence = Dependence()
        self._containers = Containers()
        self._custody = Custody(port, self._dependence, self._names, derives)
        for fact in facts:
            for uri in filter(None, (fact.party, fact.to, fact.source)):
                self._names.met_party(uri)
            for line in fact.goods + fact.inputs:
                self._names.met_product(line.lot.product)

    def row(self, fact: Fact) -> Row:
        """Record one fact and say what became of it."""
        recorded: list[Recorded] = []
        derived: list[str] = []
        try:
            if fact.fault:
                raise fact.fault
            self._require_parties(fact)
            made = plan(self._custody, fact, self._goods(fact), lambda label: self._done(fact, label))
            recorded += [Recorded(id) for id in made.earlier]
            derived += made.derived
            self._post(fact, made, recorded, derived)
        except Setback as setback:
            return self._failed(fact, setback, recorded, derived)
        except Refusal as refusal:
            return self._failed(fact, self._custody.refused(refusal, fact.party), recorded, derived)
        except NotMapped as reason:
            return self._failed(fact, Setback(None, str(reason)), recorded, derived)
        self._dependence.succeeded(fact)
        self._containers.apply(fact)
        ids = [one.id for one in recorded]
        detail = self._told(fact, made) if made.postings else _ALREADY
        return Row(fact.index, ids[0], Result.RECORDED, None, detail, tuple(derived), None, tuple(ids[1:]))

    def _post(self, fact: Fact, made: Plan, recorded: list[Recorded], derived: list[str]) -> None:
        ids: dict[str, str] = {}
        for posting in made.postings:
            draft = dict(posting.draft)
            if posting.shipment_of:
                draft["shipment"] = ids[posting.shipment_of]
            try:
                done = self._port.record(draft, idempotency_key(fact, posting.label))
            except Refusal as refusal:
                raise self._custody.refused(refusal, str(draft["party"]), _line(posting, fact)) from refusal
            ids[posting.label] = done.id
            if posting.derived:
                derived.append(done.id)
            else:
                recorded.append(done)

    def _require_parties(self, fact: Fact) -> None:
        for uri in filter(None, (fact.party, fact.to)):
            if not self._port.knows_party(uri):
                raise Refusal("UnknownParty", party=uri)

    def _goods(self, fact: Fact) -> tuple[Goods, ...]:
        """The goods a fact is about, logistic units replaced by what is in them."""
        goods = list(fact.goods)
        for unit in fact.containers:
            found = self._containers.goods_in(unit)
            if not found:
                self._custody.fail_for(unit, fact.party)
                raise NotMapped(f"this document does not say what is in {unit}")
            if fact.kind != Kind.OBSERVE and any(line.quantity is None for line in found):
                raise NotMapped(f"this document does not say how much is in {unit}")
            goods += found
        return merged(goods)

    def _done(self, fact: Fact, label: str) -> Recorded | None:
        return self._port.recorded(idempotency_key(fact, label))

    def _failed(self, fact: Fact, setback: Setback, recorded: list[Recorded], derived: list[str]) -> Row:
        self._dependence.failed(fact, setback.cause)
        return Row(
            fact.index,
            None,
            Result.SKIPPED if setback.law is None else Result.REFUSED,
            setback.law,
            setback.detail,
            tuple(derived),
            setback.cause.root if setback.cause else None,
            tuple(one.id for one in recorded),
        )

    def _told(self, fact: Fact, made: Plan) -> str:
        """What was recorded, in a line."""
        own = [posting for posting in made.postings if not posting.derived]
        lines = fact.goods if fact.kind == Kind.TRANSFORM else [_line(posting, fact) for posting in own]
        kinds = dict.fromkeys(posting.draft["kind"] for posting in own)
        told = f"{', '.join(kinds)}: {'; '.join(self._names.goods(line) for line in lines)}"
        halves = [
            f"{one.draft['kind']} by {self._names.party(one.draft['party'])}" for one in made.postings if one.derived
        ]
        told += f". Derived, the document leaves it out: {', '.join(halves)}" if halves else ""
        return told + (f". {fact.left_out} single items left out" if fact.left_out else "")


def _line(posting: Posting, fact: Fact) -> Goods:
    """The goods that a posting moves, notes or makes."""
    draft = posting.draft
    named = draft if "product" in draft else draft["outputs"][0]
    lot = Lot(named["product"], named["lot"])
    unit = next((line.unit for line in fact.goods + fact.inputs if line.lot == lot), None)
    return Goods(lot, named.get("quantity"), unit)
