"""Rules, nonce, signature, one durable commit. No signature leaves this module before that commit.

`rules` see what is final plus what is pending, so what is acknowledged here is what the contract will accept.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ledger.canonical import content as contents
from ledger.canonical.disclosure import seal_statement
from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal, WrongChain
from ledger.events.model import Kind, Make, SignedEvent
from ledger.events.rules import Changes, Overlay, check, check_unsigned
from ledger.events.rules.state import BatchState, HoldingState, ShipmentState
from ledger.recording import drawing, guard
from ledger.recording.drafts import Draft
from ledger.recording.keyring import CAPTURE_MARGIN, Keyring, present
from ledger.recording.pending import Pending
from ledger.recording.resolve import Resolver, Stamp
from ledger.recording.trial import Trial
from ledger.signing.known import Known
from ledger.signing.nonces import Lanes
from ledger.signing.signer import LocalSigner, recover
from ledger.store import audit_log, items, outbox, private
from ledger.store.database import Store
from ledger.store.lease import chain_is_wrong


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """One thing to record: a draft, or an event signed elsewhere. `key` and the SHA-256 `digest` of what was
    asked make a repeat harmless."""

    what: Draft | SignedEvent
    key: str | None = None
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Recorded:
    """`kept`: the event as it was kept just now; None where it had been before."""

    id: bytes
    kept: outbox.OutboxRow | None = None

    @property
    def already(self) -> bool:
        return self.kept is None


Outcome = Recorded | Refusal
Within = Callable[[sqlite3.Connection, Callable[[], "list[Outcome]"]], "list[Outcome]"]
"""What else is done in the commit of a call: given its transaction and how to record, it answers what came of it."""
MOST_TOGETHER = 1_000
"""Requests in one commit: those behind them wait for the next."""


@dataclass(slots=True, eq=False)
class _Asked:
    """One call, until a commit served it."""

    party: bytes
    requests: Sequence[RecordRequest]
    within: Within | None = None
    drawn: dict[int, drawing.Drawn] = field(default_factory=dict)  # items, by the number of the request
    outcomes: list[Outcome] | None = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Goods:
    """A batch as recording sees it now. `holdings` by party id."""

    batch: BatchState
    holdings: dict[bytes, HoldingState]
    shipments: list[ShipmentState]


class Recorder:
    """One per process. Calls that come together share one commit; several processes may record into one database."""

    def __init__(
        self,
        store: Store,
        domain: Domain,
        keyring: Keyring,
        clock: Callable[[], float] = time.time,
        known: Known | None = None,
    ) -> None:
        """`known` is told what was signed or verified here."""
        self._store = store
        self._domain = domain
        self._keyring = keyring
        self._clock = clock
        self._lock = threading.Lock()
        self._lanes = Lanes()
        self._known = Known() if known is None else known
        self._asked: deque[_Asked] = deque()
        self._pending = Pending()

    def record(self, party: bytes, requests: Sequence[RecordRequest], within: Within | None = None) -> list[Outcome]:
        """Records what the law allows, in order; a refused one leaves its neighbours untouched. What `within` does is
        committed with it.

        When this returns, every Recorded is on disk. If the process dies inside, none of the new ones is, and none was
        acknowledged. Raises StoreError when the commit failed: then the process must stop; WrongChain while the node
        answers for another ledger.
        """
        mine = _Asked(party, requests, within, self._drawn_ahead(party, requests))
        self._asked.append(mine)
        with self._lock:  # whoever has it commits for all who came meanwhile
            if mine.outcomes is None and mine.error is None:
                self._commit()
        if mine.error is not None:
            raise mine.error
        assert mine.outcomes is not None, "it was in the queue"
        return mine.outcomes

    def _commit(self) -> None:
        together: list[_Asked] = []
        while self._asked and sum(len(each.requests) for each in together) < MOST_TOGETHER:
            together.append(self._asked.popleft())
        try:
            with self._store.write() as db:
                if why := chain_is_wrong(db):
                    raise WrongChain(why)
                guard.bind(db, self._domain)
                overlay = self._pending.current(db, self._now(db))
                outcomes = [self._served(db, overlay, each) for each in together]
        except BaseException as error:
            self._pending.forget()  # it holds changes that were not committed
            for each in together:
                each.error = error
            return
        for each, outcome in zip(together, outcomes, strict=True):
            each.outcomes = outcome

    def goods(self, product: bytes, lot: bytes) -> list[Goods]:
        """Every batch of a product and lot with its holders and shipments, over what is final and what is pending."""
        with self._lock, self._store.snapshot() as db:
            overlay = self._pending.look(db, self._now(db))
            resolver = Resolver(db, overlay)
            return [
                Goods(batch, resolver.holdings(batch.id), resolver.shipments(batch.id))
                for batch in resolver.named(product, lot)
            ]

    def recorded_under(self, key: str) -> bytes | None:
        """The event kept under an Idempotency-Key, whichever party's."""
        row = self._store.read().execute("SELECT response FROM idempotency WHERE key = ?", (key,)).fetchone()
        return bytes(row["response"]) if row else None

    def _served(self, db: sqlite3.Connection, overlay: Overlay, asked: _Asked) -> list[Outcome]:
        def recorded() -> list[Outcome]:
            keeping = _Keeping(db, overlay, asked.party, self._now(db))
            outcomes = [self._attempt(keeping, each, asked.drawn.get(n)) for n, each in enumerate(asked.requests)]
            keeping.end()
            return outcomes

        return recorded() if asked.within is None else asked.within(db, recorded)

    def _attempt(self, keeping: _Keeping, request: RecordRequest, drawn: drawing.Drawn | None) -> Outcome:
        try:
            return self._one(keeping, request, drawn)
        except Refusal as refusal:
            return refusal

    def _one(self, keeping: _Keeping, request: RecordRequest, drawn: drawing.Drawn | None) -> Recorded:
        db, party = keeping.db, keeping.party
        if request.key is not None:
            row = db.execute("SELECT * FROM idempotency WHERE party = ? AND key = ?", (party, request.key)).fetchone()
            if row is not None:
                if row["request"] != request.digest:
                    raise Refusal("IdempotencyKeyReused", key=request.key)
                return Recorded(row["response"])
        if isinstance(request.what, SignedEvent):
            recorded = self._keep_signed(keeping, request.what)
        else:
            recorded = self._sign(keeping, request.what, drawn)
        if request.key is not None:
            answer = (party, request.key, request.digest, recorded.id)
            db.execute("INSERT INTO idempotency VALUES (?, ?, ?, ?)", answer)
            keeping.pen.row("idempotency", answer[:2], answer, audit_log.actor_of(party), "answer kept")
        return recorded

    def _sign(self, keeping: _Keeping, draft: Draft, drawn: drawing.Drawn | None) -> Recorded:
        overlay, now = keeping.overlay, keeping.now
        signer = keeping.signer(self._keyring)
        sealed = seal_statement(draft.content | keeping.captured, draft.private, draft.private_tables)
        encoded = contents.encode(sealed.content)
        stamp = Stamp(signer.address, self._lanes.peek(signer.address), keeping.party, encoded)
        event = keeping.resolver.event(draft, stamp)
        if drawing.wants_items(draft) and isinstance(event, Make):
            check_unsigned(overlay, b"", event, now)  # for what is refused none are drawn
            drawn = self._drawn(keeping, event, drawn)
            event = replace(event, items_root=drawn.root)
        unsigned = signer.prepare(event)
        changes = check_unsigned(overlay, unsigned.id, unsigned.event, now)
        check_unsigned(overlay, unsigned.id, unsigned.event, now + CAPTURE_MARGIN)
        self._lanes.take(
            signer.address
        )  # a refused draft uses no nonce; should the commit fail, this one is never given again
        guard.intend(keeping.db, unsigned.id, unsigned.event)
        signed = unsigned.sign()
        kept = keeping.outbox.add(keeping.party, signed, now)
        private.add_fields(keeping.db, keeping.pen, signed.id, sealed.disclosures.values())
        private.add_tables(keeping.db, keeping.pen, signed.id, sealed.rows)
        if drawn is not None:
            items.keep_nodes(keeping.db, keeping.pen, signed.id, drawn.nodes)
        self._applied(overlay, changes, kept, signed)
        return Recorded(signed.id, kept)

    def _drawn_ahead(self, party: bytes, requests: Sequence[RecordRequest]) -> dict[int, drawing.Drawn]:
        """Items take seconds: they are drawn before others have to wait for us."""
        if not any(drawing.wants_items(each.what) for each in requests):
            return {}
        labels = self._keyring.labels
        labels.ensure(party)
        with self._store.snapshot() as db:
            now = self._now(db)
            trial = Trial(db, Pending().look(db, now), self._domain, now)
            found = drawing.places(trial, db, party, [(each.what, each.key) for each in requests])
        return {number: drawing.draw(labels, self._store.read(), party, each) for number, each in found.items()}

    def _drawn(self, keeping: _Keeping, event: Make, ahead: drawing.Drawn | None) -> drawing.Drawn:
        """Those that were drawn ahead, unless another Pack of the batch came between."""
        if event.kind is not Kind.PACK:
            raise Refusal("UnusedFieldSet", field="itemsRoot")
        place = drawing.place_of(event, keeping.party)
        if ahead is not None and ahead.place == place:
            return ahead
        return drawing.draw(self._keyring.labels, keeping.db, keeping.party, place)

    def _keep_signed(self, keeping: _Keeping, signed: SignedEvent) -> Recorded:
        db, overlay, now = keeping.db, keeping.overlay, keeping.now
        if signed.id in keeping.outbox or outbox.find(db, signed.id):
            return Recorded(signed.id)
        if db.execute("SELECT 1 FROM events WHERE id = ?", (signed.id,)).fetchone():
            return Recorded(signed.id)
        changes = check(overlay, signed.id, signed.event, recover(signed.id, signed.signature), now)
        check_unsigned(overlay, signed.id, signed.event, now + CAPTURE_MARGIN)
        contents.check(signed.event.content)  # the contract knows only its length, so its laws come first
        known = overlay.signer(signed.event.signer)
        if known is None or known.party != keeping.party:
            raise Refusal("NotYourSigner", signer=signed.event.signer)
        kept = keeping.outbox.add(keeping.party, signed, now)
        self._applied(overlay, changes, kept, signed)
        return Recorded(signed.id, kept)

    def _applied(self, overlay: Overlay, changes: Changes, kept: outbox.OutboxRow, signed: SignedEvent) -> None:
        overlay.apply(changes)
        self._pending.added(kept)
        self._known.add(signed, kept.body)

    def _now(self, db: sqlite3.Connection) -> int:
        return present(db, self._clock)


class _Keeping:
    """What one call records, within its transaction. New rows are written together by `end`."""

    def __init__(self, db: sqlite3.Connection, overlay: Overlay, party: bytes, now: int) -> None:
        self.db = db
        self.overlay = overlay
        self.party = party
        self.now = now
        self.captured = {"nguon:captured": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.resolver = Resolver(db, overlay)
        self.pen = audit_log.Pen(db)
        self.outbox = outbox.Adding(db, self.pen)
        self._signer: LocalSigner | None = None

    def signer(self, keyring: Keyring) -> LocalSigner:
        """Looked for once: nobody else's change comes into this transaction. Raises Refusal."""
        if self._signer is None:
            self._signer = keyring.signer(self.db, self.party, self.now)
        return self._signer

    def end(self) -> None:
        self.outbox.end()
        self.pen.end()
