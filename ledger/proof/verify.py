"""The numbered procedure with which a stranger checks a bundle (docs/spec/bundle.md, section 3). Reaches no store, chain, HTTP.

Each step has a name; the first that fails ends it. What a bundle shows is told in four answers apart, of which none stands for
another: content intact · who signed · recorded by block N, sealed by whom · standing as of block N.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.canonical.typed_data import Domain
from ledger.proof import bundle as bundles
from ledger.proof import custody, history, layout, registries, states
from ledger.proof.answers import answers
from ledger.proof.bundle import Bundle
from ledger.proof.form import FormError, hexed
from ledger.proof.history import History
from ledger.proof.mpt import Nodes, ProofFailed, heap_of
from ledger.proof.proven import Proven
from ledger.proof.seal import SCHEMES, Header, read_header
from ledger.proof.trust import TrustedLedger

CLOCKS_DIFFER: Final = 300
"""Seconds by which a block may be later than the time of the check."""


@dataclass(slots=True)
class Verdict:
    """`steps`: those that were taken, each with what it found; the last one failed unless `accepted`. `unreadable`: the bytes are
    no bundle of any kind. `answers` is None for what was refused."""

    accepted: bool = False
    failed_step: str | None = None
    unreadable: bool = False
    steps: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        told = {"accepted": self.accepted, "failed_step": self.failed_step, "steps": self.steps}
        return told | ({"answers": self.answers} if self.answers else {})


@dataclass(slots=True)
class _Check:
    """One run of the procedure. What a step finds, later ones use."""

    data: bytes
    trusted: Sequence[TrustedLedger]
    at: int
    bundle: Bundle = field(init=False)
    ledger: TrustedLedger = field(init=False)
    header: Header = field(init=False)
    sealed_by: tuple[bytes, ...] = ()
    nodes: Nodes = field(init=False)
    proven: Proven = field(init=False)
    history: History = field(init=False)
    words: dict[bytes, layout.BatchWord] = field(default_factory=dict)
    custody: custody.Custody = field(init=False)

    def form(self) -> str:
        self.bundle = bundles.read(self.data)
        return f"{len(self.data)} bytes, {len(self.bundle.events)} events, {len(self.bundle.batches)} batches"

    def in_trust(self) -> str:
        shown = self.bundle
        for ledger in self.trusted:
            known = (ledger.ledger_id, ledger.chain_id, ledger.ledger.address)
            if known == (shown.ledger_id, shown.chain_id, shown.contract):
                self.ledger = ledger
                return ledger.name
        raise ProofFailed(f"the trust file does not name ledger {hexed(shown.ledger_id)} at this address on this chain")

    def block(self) -> str:
        self.header = read_header(self.bundle.header)
        found = SCHEMES[self.ledger.scheme].block_hash(self.header)
        if found != self.bundle.block_hash:
            raise ProofFailed("the header does not have the block's hash")
        return f"block {self.header.number}, {hexed(found)}"

    def seal(self) -> str:
        self.sealed_by = SCHEMES[self.ledger.scheme].sealed_by(self.header, self.ledger)
        if not self.sealed_by:
            return "unsealed development chain: integrity and signatures only"
        return f"sealed by {len(self.sealed_by)} of {len(self.ledger.validators(self.header.number))} validators"

    def age(self) -> str:
        age = self.at - self.header.time
        if age < -CLOCKS_DIFFER:
            raise ProofFailed(f"the block is {-age} s later than the time of this check")
        if self.ledger.max_age is not None and age > self.ledger.max_age:
            raise ProofFailed(f"the block is {age} s old, at most {self.ledger.max_age} s are trusted")
        return f"{max(age, 0)} s"

    def contracts(self) -> str:
        shown = self.bundle.nodes
        if list(shown) != sorted(set(shown)):
            raise ProofFailed("nodes do not stand in ascending order, once each")
        self.nodes = Nodes(heap_of(shown))
        self.proven = Proven(self.nodes, self.header.state_root, self.ledger)
        if self.proven.octets("ledger", layout.LEDGER_ID) != self.ledger.ledger_id:
            raise ProofFailed("the contract keeps another ledger id")
        return f"{self.proven.count()} events, head {hexed(self.proven.octets('ledger', layout.LEDGER_HEAD))}"

    def events(self) -> str:
        domain = Domain(self.ledger.chain_id, self.ledger.ledger.address, self.ledger.ledger_id)
        self.history = History(domain, self.bundle, self.header.time)
        history.read_events(self.history)
        return f"{len(self.history.events)} ids computed"

    def signatures(self) -> str:
        history.check_signatures(self.history)
        return f"{len(self.history.events)} signatures"

    def registries(self) -> str:
        registries.check_registries(self.history, self.proven)
        return f"{len(self.history.parties)} parties, {len(self.history.products)} products"

    def heads(self) -> str:
        history.check_heads(self.history, self.proven)
        links = sum(len(batch.links) for batch in self.bundle.batches)
        return f"{links} links"

    def lineage(self) -> str:
        history.check_lineage(self.history)
        return f"{len(self.history.goods) - 1} ancestors"

    def batches(self) -> str:
        self.words = states.check_batches(self.history, self.proven)
        return f"{len(self.words)} states"

    def law(self) -> str:
        self.custody = custody.check_law(self.history, self.proven)
        return f"quantities of {len(self.custody.holdings)} of {len(self.words)} batches"

    def remainder(self) -> str:
        if len(self.nodes.used) != len(self.bundle.nodes):
            raise ProofFailed("there are nodes that nothing here needs")
        return "nothing is left over"


STEPS: Final[tuple[tuple[str, Callable[[_Check], str]], ...]] = (
    ("form", _Check.form),
    ("ledger", _Check.in_trust),
    ("block", _Check.block),
    ("seal", _Check.seal),
    ("age", _Check.age),
    ("contracts", _Check.contracts),
    ("events", _Check.events),
    ("signatures", _Check.signatures),
    ("registries", _Check.registries),
    ("heads", _Check.heads),
    ("lineage", _Check.lineage),
    ("batches", _Check.batches),
    ("law", _Check.law),
    ("remainder", _Check.remainder),
)
"""In order. The names are those of docs/spec/bundle.md."""


def verify(data: bytes, trusted: Sequence[TrustedLedger], at: int) -> Verdict:
    """Checks a bundle's bytes at a time (seconds since 1970), believing the trust file alone."""
    check, verdict = _Check(data, trusted, at), Verdict()
    for name, step in STEPS:
        try:
            verdict.steps.append({"step": name, "ok": True, "found": step(check)})
        except (ProofFailed, FormError, bundles.Unreadable) as failed:
            verdict.steps.append({"step": name, "ok": False, "found": str(failed)})
            verdict.failed_step = name
            verdict.unreadable = isinstance(failed, bundles.Unreadable)
            break
    else:
        verdict.accepted = True
    if verdict.accepted:
        verdict.answers = answers(
            check.history, check.proven, check.words, check.custody, check.header, check.sealed_by
        )
    return verdict
