"""A party's key here is followed by another: admitted by the old one, which the new one then ends (docs/spec/law.md, Governance).

What comes next is read from the index each time, so a renewal is gone on with by asking again. A signed change is on disk
before it leaves; while it can still be made, the same bytes are given again. The old key is ended only when none of its
events is on its way, and then only END_AFTER later: an event that a chain loses and takes again meanwhile does not die of it.

| the process dies | what is true | asked again |
|---|---|---|
| before the key commits | nothing changed | it begins anew |
| after it | a sealed key that nobody knows | that key is admitted |
| after the change that admits it commits | as before; the change is signed | the same bytes are relayed |
| after it was relayed | it is on disk and becomes final | the new key signs; the old one is ended |
| after the change that ends the old key commits | both stand, the new one signs | the same bytes are relayed, while they can be |
| after that was relayed | done when it is final | done |
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from ledger.bindings.deployments import Deployment
from ledger.bindings.registries import rotations_of
from ledger.canonical.typed_data import SignerChange, signer_change_digest
from ledger.chain.node import Node
from ledger.errors import Refusal
from ledger.events.model import FOREVER, Custody
from ledger.recording.keyring import CAPTURE_MARGIN, KeyHere, Keyring, keys_here, present
from ledger.signing.signer import recover
from ledger.store import audit_log, outbox
from ledger.store.database import Store

END_AFTER: Final = 300
"""Seconds from signing the old key's end to that end: longer than it takes to bring it onto the chain."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A change with 64 bytes of signature, on disk."""

    change: SignerChange
    signature: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """`old`: keys that are not ended yet, `pending`: of how many of their events nobody knows yet whether they are final."""

    old: tuple[bytes, ...]
    pending: int

    @property
    def finished(self) -> bool:
        return not self.old


class Renewals:
    """For any number of threads and processes: each change has its number, and the registry takes each number once."""

    def __init__(
        self, store: Store, keyring: Keyring, node: Node, deployment: Deployment, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._node = node
        self._registry = deployment.parties
        self._domain = replace(deployment.domain, contract=deployment.parties)
        self._clock = clock

    def begin(self, party: bytes) -> bytes:
        """The address of the key to come: of the renewal that is not finished, or a new one's, sealed and on disk.

        Raises `NoKeyHere`, and `SignerNotValid` or `UnknownSigner` when no key here may sign for the party.
        """
        with self._store.write() as db:
            now = self._now(db)
            here = list(keys_here(db, party))
            if not here:
                raise Refusal("NoKeyHere", party=party)
            newest, *older = here
            if not any(key.signs(now) for key in here):
                raise _cannot_sign(newest, now)
            unfinished = newest.valid_to is None or (newest.signs(now) and any(map(_stands, older)))
            return newest.address if unfinished else self._keyring.make(db, party)

    def next(self, party: bytes, key: bytes, followed: Callable[[int], None]) -> Signed | Standing:
        """The change to be relayed now so that `key` follows those before it; or how it stands, when there is none just now.

        `followed` returns when the index has this block: what the chain counts already is not wanted again.
        """
        with self._store.snapshot() as db:
            wanted = self._wanted(db, party, key)
        if isinstance(wanted, Standing):
            return wanted
        number = rotations_of(self._node, self._registry, party)
        followed(self._node.height())
        with self._store.write() as db:
            wanted = self._wanted(db, party, key)
            if isinstance(wanted, Standing):
                return wanted
            wanted = wanted._replace(rotation=number)
            return self._kept(db, wanted) or self._sign(db, wanted)

    def _wanted(self, db: sqlite3.Connection, party: bytes, key: bytes) -> SignerChange | Standing:
        """By what the index says now; its number is not known yet."""
        now = self._now(db)
        here = list(keys_here(db, party))
        place = next(place for place, each in enumerate(here) if each.address == key)
        new = here[place]
        if new.valid_to is None:
            return SignerChange(party, key, 0, FOREVER, Custody.GATEWAY, 0)
        old = {each.address: each for each in here[place + 1 :] if _stands(each)}
        if old and not new.signs(now):
            raise _cannot_sign(new, now)
        pending = [row.signed.event.signer for row in outbox.pending_of(db, party)] if old else []
        for each in old.values():
            if each.address not in pending:
                assert each.valid_from is not None and each.custody is not None, "it stands"
                return SignerChange(party, each.address, each.valid_from, now + END_AFTER, each.custody, 0)
        return Standing(tuple(old), sum(signer in old for signer in pending))

    def _kept(self, db: sqlite3.Connection, wanted: SignerChange) -> Signed | None:
        """What was signed for this before, if the registry may still take it."""
        now = self._now(db)
        sql = "SELECT * FROM rotations WHERE party = ? AND rotation = ? AND signer = ? ORDER BY created_at DESC"
        for row in db.execute(sql, (wanted.party, wanted.rotation, wanted.signer)):
            change = wanted._replace(valid_to=int(row["valid_to"]))
            by = recover(signer_change_digest(self._domain, change), row["signature"])
            ends_as_wanted = (change.valid_to == FOREVER) == (wanted.valid_to == FOREVER)
            if ends_as_wanted and change.valid_to > now + CAPTURE_MARGIN and by == self._by(db, wanted.party):
                return Signed(change, row["signature"])
        return None

    def _sign(self, db: sqlite3.Connection, change: SignerChange) -> Signed:
        signature = self._keyring.opened(db, self._by(db, change.party)).sign_change(self._domain, change)
        db.execute(
            "INSERT OR REPLACE INTO rotations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                change.party, change.rotation, change.signer, str(change.valid_from), str(change.valid_to), change.custody,
                signature, int(time.time()),
            ),
        )  # fmt: skip
        key = (change.party, change.rotation, change.signer, str(change.valid_to))
        audit_log.keep(db, "rotations", key, audit_log.actor_of(change.party), "change of keys signed")
        return Signed(change, signature)

    def _by(self, db: sqlite3.Connection, party: bytes) -> bytes:
        return self._keyring.signer(db, party, self._now(db)).address

    def _now(self, db: sqlite3.Connection) -> int:
        return present(db, self._clock)


def _stands(key: KeyHere) -> bool:
    """Registered, with no end. One whose end the council set is left alone."""
    return key.valid_to == FOREVER


def _cannot_sign(key: KeyHere, now: int) -> Refusal:
    if key.valid_from is None or key.valid_to is None:
        return Refusal("UnknownSigner", signer=key.address)
    numbers = {"from": key.valid_from, "to": key.valid_to, "blockTime": now}
    return Refusal("SignerNotValid", signer=key.address, **numbers)
