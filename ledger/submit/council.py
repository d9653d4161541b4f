"""Changes of the registries: one transaction each, on disk before it is sent, answered when final."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from eth_utils.address import to_checksum_address

from ledger.bindings import council
from ledger.bindings.abi import contract
from ledger.bindings.council import Change, CouncilRole
from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node
from ledger.errors import ChainError, Refusal
from ledger.store import lost_changes
from ledger.store.database import Store
from ledger.submit.submissions import Decision, Sender, Submission

log = logging.getLogger(__name__)
DEADLINE = 60.0
LOOK = 0.02
Step = Literal["make", "announce", "take_back"]


@dataclass(frozen=True, slots=True)
class Waits:
    """Of a change that needs two steps: whether it is announced, from when on it may be made (seconds since 1970; if it were
    announced now, where it is not), and whether it may be made now. Times are the chain's."""

    announced: bool
    made_from: int
    ready: bool


class Council:
    def __init__(self, store: Store, node: Node, deployment: Deployment, private_key: bytes) -> None:
        self._store = store
        self._node = node
        self._deployment = deployment
        self._sender = Sender(store, node, private_key, deployment.chain_id)
        self._one_at_a_time = threading.Lock()

    def set_up(self, delays: Mapping[CouncilRole, int]) -> None:
        """Gives this key the council's four roles, with the delays of each, unless roles were given before."""
        self.finish()
        if not council.is_set_up(self._node, self._deployment):
            self._make(self._deployment.authority, council.set_up(self._deployment, self._sender.address, delays))

    def carry(self, step: Step, *changes: Change) -> int:
        """One step of these changes, all or none. Of changes some of which wait, only those are announced and taken back."""
        if step == "make":
            return self.change(*changes)
        waiting = [each for each in changes if self._delay(each)] or list(changes)  # none: the registry says why not
        return self.announce(*waiting) if step == "announce" else self.take_back(*waiting)

    def waits(self, *changes: Change) -> Waits | None:
        """Of the one that waits longest; None where none waits."""
        waiting = {each: delay for each in changes if (delay := self._delay(each))}
        if not waiting:
            return None
        block = self._node.block(self._node.height())
        now = max(int(time.time()), block.timestamp if block else 0)
        announced = [self._announced(each) for each in waiting]
        if not all(announced):
            return Waits(False, now + max(waiting.values()), False)
        return Waits(True, max(announced), max(announced) <= now)

    def check(self, *changes: Change) -> None:
        """Raises the Refusal that `change` would, and changes nothing."""
        self._simulate(self._deployment.authority, council.make(changes))

    def change(self, *changes: Change) -> int:
        """Makes all these changes or none. Answers the block in which they are final.

        One transaction: the authority executes them one after the other. Raises the Refusal that the registry or the
        authority names, ChainError when it does not become final in time. If the process dies here, the changes are either
        final, or on disk and sent again by the next call, or never were.
        """
        return self._make(self._deployment.authority, council.make(changes))

    def announce(self, *changes: Change) -> int:
        """The first of the two steps of a role with a delay. Otherwise as `change`."""
        return self._make(self._deployment.authority, council.announce(changes))

    def take_back(self, *changes: Change) -> int:
        """Of what was announced and not made. Otherwise as `change`."""
        return self._make(self._deployment.authority, council.take_back(changes, self._sender.address))

    def relay(self, registry: bytes, call: bytes) -> int:
        """Sends a call that carries its own right, a signature, as anybody may. Otherwise as `change`."""
        return self._make(registry, call)

    def _make(self, to: bytes, data: bytes) -> int:
        with self._one_at_a_time:
            self._deployment.check(self._node)  # this key may have power over another ledger, too
            self._finish_open()
            self._simulate(to, data)
            chain_nonce = self._sender.next_nonce()
            with self._store.write() as db:
                ours = self._sender.sign(db, chain_nonce, to, data)
            decision = self._finish_open().get(ours.seq) or self._decided_elsewhere(ours)
            if decision.receipt is None:
                raise ChainError("another transaction of the council took this one's place: ask again")
            if decision.state == "failed":
                raise ChainError("the chain refused a registry change that its simulation allowed")
            return decision.receipt.block

    def _simulate(self, to: bytes, data: bytes) -> None:
        """Raises the Refusal that the call would end with."""
        refused = self._node.simulate(self._sender.address, to, data)
        if refused is not None:
            named = _named(refused)
            if not self._ready_by_now(named):
                raise named

    def _ready_by_now(self, refused: Exception) -> bool:
        """A simulation runs at the latest block's time; the delay of what was announced may have ended since."""
        if not isinstance(refused, Refusal) or refused.law != "AccessManagerNotReady":
            return False
        return bool(time.time() >= self._asked("getSchedule", refused.numbers["operationId"])[0])

    def _delay(self, change: Change) -> int:
        """Seconds, 0 for a change that needs no second step (or that this key may not make at all)."""
        to, call = change
        _, delay = self._asked("canCall", to_checksum_address(self._sender.address), to_checksum_address(to), call[:4])
        return int(delay)

    def _announced(self, change: Change) -> int:
        """From when on it may be made, 0 for what is not announced."""
        to, call = change
        caller = to_checksum_address(self._sender.address)
        (operation,) = self._asked("hashOperation", caller, to_checksum_address(to), call)
        return int(self._asked("getSchedule", operation)[0])

    def _asked(self, function: str, *arguments: Any) -> tuple[Any, ...]:
        manager = contract(council.MANAGER)
        call = manager.call(function, *arguments)
        return manager.result(function, self._node.call(self._deployment.authority, call))

    def make_again(self) -> int:
        """What a chain lost with its newest blocks, in the order it was made in. Answers how many were made.

        One whose announced delay is running again waits, and what comes after it too; one that the registries refuse, because
        somebody made it meanwhile, is said so and passed over. If the process dies here, one may be made twice: the registries
        then refuse the second, or it changes nothing but their head.
        """
        made = 0
        for seq, (target, call) in lost_changes.waiting(self._store.read()):
            try:
                self._make(target, call)
                made += 1
            except Refusal as refusal:
                if refusal.law == "AccessManagerNotReady":
                    break
                log.error("a registry change that the chain lost was not made again: %s", refusal)
            with self._store.write() as db:
                lost_changes.done(db, seq)
        return made

    def finish(self) -> None:
        """Brings what an earlier process left open to its end, so that whoever asks the index next sees it."""
        with self._one_at_a_time:
            self._finish_open()

    def _decided_elsewhere(self, submission: Submission) -> Decision:
        """Another worker read what the chain said of it, and closed the row; the chain says it again."""
        end = time.monotonic() + DEADLINE
        while (decision := self._sender.decision(submission, self._sender.next_nonce())) is None:
            if time.monotonic() > end:
                raise ChainError("the node does not say what became of a registry change")
            time.sleep(LOOK)
        return decision

    def _finish_open(self) -> dict[int, Decision]:
        """What the chain decided about all open changes, by submission, in order. Other workers' are among them."""
        end = time.monotonic() + DEADLINE
        decisions = {}
        for submission in self._sender.open():
            while (decision := self._sender.decision(submission, used := self._sender.next_nonce())) is None:
                if time.monotonic() > end:
                    raise ChainError(
                        f"a registry change was not final after {DEADLINE:.0f} s; it is kept and sent again"
                    )
                if submission.nonce >= used:
                    self._sender.send(submission)
                time.sleep(LOOK)
            with self._store.write() as db:
                self._sender.decide(db, submission, decision)
            decisions[submission.seq] = decision
        return decisions


def _named(error: bytes) -> Exception:
    for name in ("PartyRegistry", "ProductRegistry", council.MANAGER):
        if named := contract(name).error(error):
            return Refusal(named[0], **named[1])
    return ChainError(f"the registries refused the change without a name we know: 0x{error.hex()}")
