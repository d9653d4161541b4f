"""Processes of their own that die at a labelled moment of what they do."""

from __future__ import annotations

import multiprocessing
import signal
from pathlib import Path
from typing import Any

from ledger.bindings import registries
from ledger.errors import ChainError
from ledger.events.identifiers import party_id
from ledger.recording import Draft
from ledger.recording.renewing import Signed
from ledger.recording.rewrapping import rewrap
from ledger.store import outbox
from tests.crash.ledger_parts import Death, MortalStore, Parts
from tests.devnet_process import DEADLINE

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crash.dying"])


def died(target: Any, *arguments: Any) -> None:
    child = FORKS.Process(target=target, args=arguments)
    child.start()
    child.join(DEADLINE)
    assert child.exitcode == -signal.SIGKILL, "the child lived through the moment of its death"


def dying(folder: Path, rpc: str, moment: str, draft: Draft, key: str) -> None:
    """A whole write path in a process of its own, up to the moment of its death. The id is kept once it is acknowledged."""
    parts = Parts(folder, rpc, Death(moment))
    parts.store.committing = "event"
    id = parts.record(draft, key=key)
    (folder / "acknowledged").write_bytes(id)
    parts.store.committing = "submission"
    parts.submitter.step()
    parts.store.committing = "decision"
    parts.decided()
    parts.store.committing = "follower"
    parts.settle(id)


def dying_change(folder: Path, rpc: str, moment: str, uri: str) -> None:
    """The same for a change of a registry."""
    parts = Parts(folder, rpc, Death(moment))
    parts.store.committing = "change"
    parts.council.change((parts.deployment.parties, registries.admit(uri, 1, "{}")))
    raise ChainError("it was to die")


def dying_rewrap(data: Path, moment: str) -> None:
    """The key-encryption key of a data folder is changed. What is said of its steps are moments, too."""
    store = MortalStore(data / "nguon.db", death := Death(moment))
    store.committing = "rewrap"
    rewrap(store, data / "secrets", death)


def dying_renewal(folder: Path, rpc: str, moment: str) -> None:
    """A party's key is followed by another, step by step as gateway.renewing.py takes them."""
    parts = Parts(folder, rpc, Death(moment))
    party = party_id(parts.name("coop"))
    parts.store.committing = "key"
    key = parts.renewals.begin(party)
    for what in ("admission", "end"):
        parts.store.committing = f"signed {what}"
        step = parts.renewals.next(party, key, lambda _: parts.catch_up())
        assert isinstance(step, Signed)
        parts.store.committing = f"{what}'s submission"
        parts.council.relay(parts.deployment.parties, registries.rotate(step.change, step.signature))
        parts.death(f"after the {what} is on the chain")
        parts.store.committing = "index"
        parts.catch_up()
        parts.settle(*(row.id for row in outbox.pending(parts.store.read())))


def dying_draft(folder: Path, rpc: str, moment: str, drafts: dict[str, Draft], ids: tuple[str, str, str]) -> None:
    """What somebody enters is kept, replaced, kept again and taken back, and signed; each in one commit."""
    parts = Parts(folder, rpc, Death(moment))
    party = party_id(parts.name("coop"))
    entered, replaced, other = ids
    parts.store.committing = "draft"
    parts.waiting.keep(party, "lan", entered, [drafts["entered"]])
    parts.store.committing = "replacement"
    parts.waiting.replace(party, "lan", entered, replaced, [drafts["replaced"], drafts["with it"]])
    parts.store.committing = "other draft"
    parts.waiting.keep(party, "lan", other, [drafts["other"]])
    parts.store.committing = "taking back"
    parts.waiting.take_back(party, "lan", other)
    parts.store.committing = "signing"
    parts.waiting.sign(party, replaced)
