"""The write path put together on a real chain, in a process that can be told to die at a labelled moment of it."""

from __future__ import annotations

import os
import secrets
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from devnet.keys import worthless

from gateway.renewing import renew
from ledger.bindings import registries
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import decode_log
from ledger.chain.node import Node, Receipt, Sent
from ledger.events.identifiers import party_id, product_id
from ledger.events.model import FOREVER, Custody, Role, SignedEvent, Unit
from ledger.projection.follower import Follower
from ledger.recording import Draft, Keyring, Recorded, Recorder, RecordRequest, Renewals, Waiting
from ledger.recording.renewing import Standing
from ledger.recording.rewrapping import ready
from ledger.store import outbox
from ledger.store.database import Store
from ledger.submit import Council, Submitter
from tests.devnet_process import CHAIN_ID, DEADLINE

PRODUCTS = ("crab", "paste", "jar")


@dataclass
class Death:
    """Kill -9 of this process, when it reaches this moment."""

    moment: str | None = None

    def __call__(self, moment: str) -> None:
        if moment == self.moment:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(Store):
    def __init__(self, path: Path, death: Death) -> None:
        self.death = death
        self.committing = "nothing"
        super().__init__(path)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        with super().write() as db:
            yield db
            self.death(f"before the {self.committing} commits")
        self.death(f"after the {self.committing} commits")


class MortalNode(Node):
    """`deaf`: what is sent does not arrive, and nobody says so."""

    def __init__(self, url: str, death: Death) -> None:
        super().__init__(url)
        self.death = death
        self.deaf = False

    def send(self, raw: bytes) -> Sent:
        if self.deaf:
            return Sent.UNKNOWN
        sent = super().send(raw)
        self.death("after the send")
        return sent

    def receipt(self, transaction: bytes) -> Receipt | None:
        found = super().receipt(transaction)
        if found is not None:
            self.death("after the receipt")
        return found


@dataclass
class Parts:
    """One data folder on one chain."""

    folder: Path
    rpc: str
    death: Death = field(default_factory=Death)
    gas: int = 15_000_000
    late: float = 0.0
    wrong: float = 0.0
    grace_over: float = 0.0

    def __post_init__(self) -> None:
        self.node = MortalNode(self.rpc, self.death)
        self.deployment = Deployment.load(self.folder / "ledger.json")
        self.store = MortalStore(self.folder / "nguon.db", self.death)
        self.keks = ready(self.store, self.folder / "secrets")
        self.keyring = Keyring(self.store, self.keks, self.deployment.domain)
        self.renewals = Renewals(self.store, self.keyring, self.node, self.deployment)
        self.recorder = Recorder(self.store, self.deployment.domain, self.keyring, self.capture_clock)
        self.waiting = Waiting(self.store, self.deployment.domain, self.recorder, self.waiting_clock)
        self.council = Council(self.store, self.node, self.deployment, worthless("council", CHAIN_ID).private)
        self.follower = Follower(self.store, self.node, self.deployment)
        self.relayer = (self.folder / "relayer").read_bytes()
        self.submitter = Submitter(self.store, self.node, self.deployment, self.relayer, self.clock, self.gas)

    def clock(self) -> float:
        """The submitter's: a test may let it run ahead."""
        return time.time() + self.late

    def capture_clock(self) -> float:
        """The recorder's: a test may set it wrong."""
        return time.time() + self.wrong

    def waiting_clock(self) -> float:
        """By which what people entered is signed: a test may let it run ahead."""
        return time.time() + self.grace_over

    @staticmethod
    def prepare(folder: Path, deployment: Deployment) -> None:
        """A fresh data folder on a ledger that was deployed, with a relayer and names of its own."""
        folder.mkdir(parents=True)
        deployment.save(folder / "ledger.json")
        (folder / "secrets").mkdir(mode=0o700)
        (folder / "relayer").write_bytes(secrets.token_bytes(32))
        (folder / "tag").write_text(secrets.token_hex(8))

    def name(self, word: str) -> str:
        """The URI of a party or product of this folder alone."""
        return f"urn:nguon:test:{(self.folder / 'tag').read_text()}:{word}"

    def populate(self) -> None:
        """A cooperative and a shop with keys here; crab, paste of it, and jars."""
        parties, products = self.deployment.parties, self.deployment.products
        changes = []
        for uri in (self.name("coop"), self.name("shop")):
            id = party_id(uri)
            changes.append((parties, registries.admit(uri, Role.PRODUCER | Role.PROCESSOR | Role.PACKER, "{}")))
            signer = registries.set_signer(id, self.keyring.address(id), 0, FOREVER, Custody.GATEWAY)
            changes.append((parties, signer))
        for stage, word in enumerate(PRODUCTS):
            unit = Unit.PIECE if word == "jar" else Unit.GRAM
            owner = party_id(self.name("coop"))
            changes.append((products, registries.register(self.name(word), unit, stage, owner, False, "{}")))
        for source, output in pairwise(PRODUCTS):
            pair = (product_id(self.name(source)), product_id(self.name(output)))
            changes.append((products, registries.set_yield(*pair, 1_000_000)))
        self.council.change(*changes)
        self.catch_up()

    def record(self, draft: Draft, party: str = "coop", key: str | None = None) -> bytes:
        """Acknowledged: the event's id."""
        (outcome,) = self.recorder.record(party_id(self.name(party)), [RecordRequest(draft, key, b"request")])
        assert isinstance(outcome, Recorded), outcome
        return outcome.id

    def renew(self, party: str = "coop", seconds: float = DEADLINE) -> tuple[bytes, Standing]:
        """What the gateway does when it is asked, with the worker's part done in between."""

        def followed(block: int) -> None:
            self.catch_up()
            if seconds:
                self.settle(*(row.id for row in outbox.pending(self.store.read())))

        registry = self.deployment.parties
        return renew(self.renewals, self.council, registry, party_id(self.name(party)), followed, seconds)

    def state(self, id: bytes) -> str | None:
        found = outbox.find(self.store.read(), id)
        return found.state if found else None

    def catch_up(self) -> None:
        while self.follower.step():
            pass

    def settle(self, *ids: bytes) -> None:
        """What the worker does, until all these are final."""
        end = time.monotonic() + DEADLINE
        while any(self.state(id) != "final" for id in ids):
            assert time.monotonic() < end, [self.state(id) for id in ids]
            self.submitter.step()
            self.follower.step()
            time.sleep(0.005)

    def decided(self) -> None:
        """Until the chain has decided about all that was sent."""
        end = time.monotonic() + DEADLINE
        while (progress := self.submitter.step()).waiting or progress.signed:
            assert time.monotonic() < end, progress
            time.sleep(0.005)

    def on_chain(self) -> list[SignedEvent]:
        """Every recorded event, from the node and not from our tables."""
        logs = self.node.logs((self.deployment.ledger,), self.deployment.start, self.node.height())
        said = (decode_log(log.topics, log.data) for log in logs)
        return [each for each in said if isinstance(each, SignedEvent)]
