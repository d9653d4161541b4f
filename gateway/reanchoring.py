"""`nguon reanchor`: a development chain is gone, and its ledger is put onto a fresh one, equal to the last bit that is signed.

From the database alone: the same contracts at the same addresses with the same ledger id, every change of the registries and
every event in its order, at its block's time, with its own signature. The new CustodyLedger is given the count and head that
it must come by. What came out is compared before anything is replaced; where it differs, nothing is.

| the process dies | what is true |
|---|---|
| before the journal is in place | nothing was changed |
| after it, before ledger.json | the gateway calls the chain wrong; run it again |
| after ledger.json, before the index | the gateway finds other blocks and makes its index anew by itself |
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from devnet.journal import Journal, JournalError
from devnet.restoring import give_up, put_in_place, writing
from devnet.running import held
from devnet.settings import DEVNET_CHAIN_ID, DevnetError
from devnet.settings import Settings as Devnet

from gateway.rewriting import Signing, transactions
from ledger.bindings.deployments import DEPLOY_GAS, Deployment, addresses, creation_calls
from ledger.canonical.heads import Tag
from ledger.chain.node import Node
from ledger.cli.recomputing import read_storage
from ledger.errors import LedgerError
from ledger.projection.follower import reached
from ledger.projection.history import past_blocks
from ledger.projection.projector import LEDGER_SUBJECT, REGISTRY_SUBJECT
from ledger.projection.rebuilding import rebuilt
from ledger.store import outbox
from ledger.store.database import Store

Say = Callable[[str], None]
SAID_EVERY = 1_000
OWN_LOCKS = {"stack.lock", "starting.lock"}


class CannotReanchor(LedgerError):
    """One plain sentence. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Reanchored:
    """Both sides of every head: what the database says, and what the new chain's contracts say."""

    count: int
    ledger_head: bytes
    registry_heads: dict[str, bytes]
    subjects: int
    blocks: int
    pending: int
    replaced: Path | None
    differences: list[str]

    @property
    def document(self) -> dict[str, Any]:
        return {
            "ok": not self.differences,
            "events": self.count,
            "ledger_head": "0x" + self.ledger_head.hex(),
            "registry_heads": {name: "0x" + head.hex() for name, head in self.registry_heads.items()},
            "subjects": self.subjects,
            "blocks": self.blocks,
            "pending": self.pending,
            "replaced": str(self.replaced) if self.replaced else None,
            "differences": self.differences,
        }


def reanchor(data: Path, devnet: Path, say: Say) -> Reanchored:
    """Raises CannotReanchor, or DevnetError for what is wrong with the chain's folder."""
    settings = Devnet(devnet)
    with _alone(data), held(settings):
        deployment = Deployment.load(data / "ledger.json")
        if deployment.chain_id != DEVNET_CHAIN_ID:
            raise CannotReanchor(
                f"Chain {deployment.chain_id} is no development chain: its validators keep it, and nobody writes it anew."
            )
        _require_gone(settings, deployment)
        store = Store(data / "nguon.db")
        try:
            return asyncio.run(_reanchored(store, data, settings, deployment, say))
        finally:
            give_up(settings)
            store.close()


async def _reanchored(store: Store, data: Path, settings: Devnet, old: Deployment, say: Say) -> Reanchored:
    with store.snapshot() as db:
        first = next(past_blocks(db), None)
        predecessor = reached(db, old)
        heads = {bytes(row["subject"]): bytes(row["head"]) for row in db.execute("SELECT * FROM heads")}
    if first is None:
        raise CannotReanchor("The database holds nothing of this ledger yet: start on a fresh data folder instead.")
    signing = Signing(old.chain_id)
    if addresses(signing.address("deployer")) != (old.authority, old.parties, old.products, old.ledger):
        raise CannotReanchor("This ledger's contracts were not deployed by the development chain's deployer.")
    say(f"Writing {predecessor[0]} events and every registry change anew …")
    async with writing(settings, first.time - 2) as chain:
        creations = creation_calls(signing.address("deployer"), signing.address("council"), old.ledger_id, predecessor)
        created = await chain.block(first.time - 1, [signing.sign("deployer", None, c, DEPLOY_GAS) for c in creations])
        new = replace(old, start=created.number, start_hash=bytes.fromhex(created.hash.removeprefix("0x")))
        with store.snapshot() as db:
            for block in past_blocks(db):
                made = await chain.block(block.time, list(transactions(block, old, signing)))
                if made.number % SAID_EVERY == 0:
                    say(f"block {made.number}")
        node = Node(chain.url)
        try:
            new.check(node)
        except LedgerError as error:
            raise CannotReanchor(f"These are not the contracts of this ledger: {error}.") from error
        say("Comparing every head with the database's …")
        with rebuilt(store, node, new) as index:
            differences = [f"table {name} differs" for name in index.differences()]
            differences += _differing_heads(node, new, heads, predecessor)
            aside = None
            if not differences:
                aside = put_in_place(settings)
                new.save(data / "ledger.json")
                index.put_in_place()
    registries = {tag.name.lower(): heads.get(subject, b"") for tag, subject in REGISTRY_SUBJECT.items()}
    subjects = len(heads) - len({LEDGER_SUBJECT, *REGISTRY_SUBJECT.values()} & heads.keys())
    pending = len(outbox.pending(store.read()))
    return Reanchored(*predecessor, registries, subjects, made.number, pending, aside, differences)


def _differing_heads(
    node: Node, deployment: Deployment, heads: dict[bytes, bytes], predecessor: tuple[int, bytes]
) -> list[str]:
    """What the new contracts' storage says otherwise than the database."""
    subjects = [subject for subject in heads if len(subject) == 32]
    stored = read_storage(node, deployment, subjects, node.height())
    found = []
    if (stored.count, stored.ledger_head) != predecessor:
        found.append(f"the ledger has {stored.count} events and another head")
    for tag, subject in REGISTRY_SUBJECT.items():
        if subject in heads and stored.registry_heads[tag] != heads[subject]:
            found.append(f"the head of the {Tag(tag).name.lower()} registry is another")
    found += [f"the head of 0x{s.hex()} is another" for s in subjects if stored.heads[s] != heads[s]]
    return found


def _require_gone(settings: Devnet, deployment: Deployment) -> None:
    if not settings.journal.exists():
        return
    try:
        journal = Journal(settings.journal)
    except JournalError:
        return  # damaged: it is put aside
    journal.close()
    start = next((block for block in journal.blocks() if block.number == deployment.start), None)
    if start is not None and start.hash == "0x" + deployment.start_hash.hex():
        raise CannotReanchor(f"The chain in {settings.data} holds this ledger: there is nothing to restore.")


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """No gateway of this data folder runs, and none starts."""
    if not (data / "ledger.json").exists():
        raise CannotReanchor(f"{data} holds no ledger.")
    with ExitStack() as stack:
        for path in {*data.glob("*.lock"), *(data / name for name in OWN_LOCKS)}:
            lock = stack.enter_context(path.open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CannotReanchor(f"A gateway serves {data} ({path.stem}): stop it first.") from None
        yield


def main() -> int:
    parser = argparse.ArgumentParser(prog="gateway.reanchoring", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--devnet", type=Path, help="data folder of the development chain (DATA/devnet)")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    stream = sys.stderr if told.json else sys.stdout
    try:
        data = told.data.resolve()
        done = reanchor(data, told.devnet or data / "devnet", lambda text: print(text, file=stream, flush=True))
    except (LedgerError, DevnetError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if told.json:
        print(json.dumps(done.document))  # noqa: T201
    else:
        for line in _lines(done):
            print(line)  # noqa: T201
    return 1 if done.differences else 0


def _lines(done: Reanchored) -> list[str]:
    if done.differences:
        return ["The ledger would not be the same. Nothing was changed:", *done.differences[:100]]
    lines = [
        f"events       {done.count}",
        f"ledger head  0x{done.ledger_head.hex()}",
        *(f"{name:12} 0x{head.hex()}" for name, head in done.registry_heads.items()),
        f"All of them, and the heads of {done.subjects} batches and places, are those of the database.",
        f"{done.pending} acknowledged events were not final before and go their way when the gateway starts.",
    ]
    return [*lines, f"The journal before it lies in {done.replaced}."] if done.replaced else lines


if __name__ == "__main__":
    sys.exit(main())
