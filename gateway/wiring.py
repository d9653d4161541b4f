"""Puts the ledger together for one process: the only place that knows every part."""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from devnet.keys import worthless
from devnet.settings import DEVNET_CHAIN_ID

from gateway.auth.demo import DemoAccounts
from gateway.auth.keys import ApiKeys, load_or_create_secret, write_secret
from gateway.auth.limits import Limits
from gateway.auth.people import People
from gateway.auth.sessions import Sessions
from gateway.auth.vault import Vault
from gateway.pages.languages import SIGNED_IN, Languages
from gateway.pages.rendering import Pages
from gateway.portal.trade_units import TradeUnits
from gateway.settings import Settings
from gateway.visits.store import Visits
from gateway.worker import Worker
from ledger.bindings.deployments import Deployment, deploy, new_ledger_id
from ledger.canonical.typed_data import Domain
from ledger.chain.clock import ChainClock
from ledger.chain.node import Node
from ledger.chain.transactions import address_of
from ledger.errors import ChainError, LedgerError, RolledBack, StoreBusy
from ledger.labels import Issued
from ledger.projection.follower import Follower
from ledger.projection.reader import Reader
from ledger.projection.rebuilding import rebuilt
from ledger.reconcile.auditor import Auditor
from ledger.recording import Keyring, Recorder, Renewals, Undertaker, Waiting
from ledger.recording.guard import bind
from ledger.recording.keyring import new_private_key
from ledger.recording.rewrapping import ready
from ledger.signing.known import Known
from ledger.signing.receipts import ReceiptBook
from ledger.signing.signer import SigningKey
from ledger.store.database import Store
from ledger.store.lease import Lease
from ledger.submit import Council, Submitter

log = logging.getLogger(__name__)
CHAIN_DEADLINE = 120.0
STORE_DEADLINE = 120.0


@dataclass(frozen=True, slots=True)
class Wired:
    settings: Settings
    store: Store
    node: Node
    deployment: Deployment
    reader: Reader
    recorder: Recorder
    waiting: Waiting
    trade_units: TradeUnits
    keyring: Keyring
    issued: Issued
    renewals: Renewals
    council: Council
    worker: Worker
    api_keys: ApiKeys
    vault: Vault
    people: People
    demo_accounts: DemoAccounts
    sessions: Sessions
    limits: Limits
    receipts: ReceiptBook
    pages: Pages
    people_pages: Pages
    visits: Visits

    @property
    def domain(self) -> Domain:
        return self.deployment.domain


def wire(
    settings: Settings,
    make_node: Callable[[str | Callable[[], str]], Node] = Node,
    make_store: Callable[[Path], Store] = Store,
) -> Wired:
    """Everything but the listening socket. Raises LedgerError with one plain sentence for what is missing or wrong.

    `make_node`, `make_store`: the two seams at which a fault can be injected.
    """
    settings.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.data / "starting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of one data folder that start together make its ledger and keys once
        return _patiently(lambda: _wired(settings, make_node(settings.rpc), make_store))


def _patiently(wired: Callable[[], Wired]) -> Wired:
    """A database that another process holds, or a full disk, is waited for: whoever comes up then serves at once."""
    end = time.monotonic() + STORE_DEADLINE
    while True:
        try:
            return wired()
        except StoreBusy as busy:
            if time.monotonic() > end:
                raise
            log.warning("waiting at the start: %s", busy)
            time.sleep(0.5)


def _wired(settings: Settings, node: Node, make_store: Callable[[Path], Store]) -> Wired:
    store = make_store(settings.database)
    deployment = _deployment(settings, node, store)
    with store.write() as db:
        bind(db, deployment.domain)
    keyring = Keyring(store, ready(store, settings.secrets), deployment.domain)
    council = _council(settings, node, store, deployment)
    clock = ChainClock()
    known = Known()
    recorder = Recorder(store, deployment.domain, keyring, clock.now, known)
    waiting = Waiting(store, deployment.domain, recorder, clock.now)
    lease = Lease(store, settings.name)
    relayer = worthless("relayer", settings.chain_id).private

    standstill = settings.standstill if settings.chain_id == DEVNET_CHAIN_ID else None

    def rewind(lost: RolledBack) -> None:
        with rebuilt(store, node, deployment) as index:
            again = index.put_in_place(lease.check)
        log.warning("%s: the index follows it, and %d events go to it again", lost, again)

    worker = Worker(
        lease,
        Follower(store, node, deployment, lease.check, standstill, clock.seen, known=known),
        Submitter(store, node, deployment, relayer, fence=lease.check, known=known),
        Undertaker(store, recorder, lease.check),
        waiting,
        partial(Auditor(settings.database, settings.data / "audit.db", node, deployment).step, store),
        rewind,
        council.make_again,
    )
    pepper = load_or_create_secret(settings.secrets / "pepper")
    api_keys, vault = ApiKeys(store, pepper), Vault(pepper)
    people = People(store, vault)
    _operator_key(settings, api_keys)
    return Wired(
        settings=settings,
        store=store,
        node=node,
        deployment=deployment,
        reader=Reader(store, lease.lag),
        recorder=recorder,
        waiting=waiting,
        trade_units=TradeUnits(store),
        keyring=keyring,
        issued=Issued(store, keyring.labels),
        renewals=Renewals(store, keyring, node, deployment, clock.now),
        council=council,
        worker=worker,
        api_keys=api_keys,
        vault=vault,
        people=people,
        demo_accounts=DemoAccounts(store, vault, people, settings.chain_id),
        sessions=Sessions(store, vault),
        limits=Limits(store, vault),
        receipts=ReceiptBook(_receipt_key(settings), deployment.domain),
        pages=Pages(),
        people_pages=Pages(Languages.load(domains=SIGNED_IN)),
        visits=Visits(settings.visits),
    )


def _council(settings: Settings, node: Node, store: Store, deployment: Deployment) -> Council:
    return Council(store, node, deployment, worthless("council", settings.chain_id).private)


def _deployment(settings: Settings, node: Node, store: Store) -> Deployment:
    """The ledger of this data folder. On a fresh development chain it is deployed; anywhere else it must be there.

    What was deployed is only read here: whether the node still answers for it is the follower's to find out, and until it
    does, pages go on from the index and nothing is recorded.
    """
    if settings.deployment.exists():
        return Deployment.load(settings.deployment)
    _wait_for(node)
    # The id is drawn and kept before the first contract: a crash in the middle goes on with the same ledger.
    drawn = settings.data / "ledger-id"
    if not drawn.exists():
        write_secret(drawn, new_ledger_id())
    chain_id = node.chain_id()
    if chain_id != settings.chain_id:
        raise LedgerError(f"the node's chain id is {chain_id}, expected {settings.chain_id}")
    deployer = worthless("deployer", chain_id).private
    council = address_of(worthless("council", chain_id).private)
    deployment = deploy(node, deployer, council, drawn.read_bytes(), chain_id)
    _council(settings, node, store, deployment).set_up(settings.council_delays)
    deployment.save(settings.deployment)
    log.info("deployed ledger %s", deployment.ledger_id.hex())
    return deployment


def _wait_for(node: Node) -> None:
    end = time.monotonic() + CHAIN_DEADLINE
    while True:
        try:
            node.chain_id()
            return
        except ChainError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def _receipt_key(settings: Settings) -> SigningKey:
    """The gateway's own; on the chain it may do nothing."""
    path = settings.secrets / "receipt-key"
    if not path.exists():
        write_secret(path, new_private_key())
    return SigningKey(path.read_bytes())


def _operator_key(settings: Settings, api_keys: ApiKeys) -> None:
    path = settings.secrets / "operator-api-key"
    if not path.exists():
        write_secret(path, api_keys.create(None).encode())
