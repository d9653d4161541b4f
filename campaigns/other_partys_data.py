"""What is another party's is never seen: random calls at every route, by everybody, and each planted leak is found
(tests/e2e/test_other_partys_data.py has the promise, and what else is asked of it)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from campaigns import evidence
from campaigns.outcome import Outcome
from tests.devnet_process import devnet
from tests.e2e import told_apart
from tests.e2e.attackers import Attackers
from tests.e2e.leaky_gateway import LEAKS, TELLING, leaky
from tests.e2e.victim import Victim
from tests.gateway_process import Gateway, gateway

NAME = "other_partys_data"
COMMAND = "./scripts/campaign other_partys_data"
SOURCES = (
    "gateway/**/*.py",
    "gateway/pages/templates/**/*.html",
    "ledger/projection/*.py",
    "ledger/recording/waiting.py",
    "ledger/store/drafts.py",
    "tests/e2e/victim.py",
    "tests/e2e/entered.py",
    "tests/e2e/attackers.py",
    "tests/e2e/told_apart.py",
    "tests/e2e/leaky_gateway.py",
    "tests/every_route.py",
    "tests/signed_in.py",
    "campaigns/other_partys_data.py",
)
CALLS = 5_000
SEED = 31


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    before = evidence.earlier(NAME, hash_)
    if before:
        return Outcome(True, before["result"])
    with _running() as nguon:
        told = {**_looked(nguon), **_told_apart(nguon), "planted": _planted(nguon)}
    shown = (
        told["visible"] == told["changed"] == told["told_apart"] == told["routes_not_asked_by_everybody"] == 0
        and told["random_calls"] >= CALLS
        and all(told["planted"].values())
    )
    if shown:
        n = told["random_calls"] + told["asked_twice"]
        evidence.write(NAME, command=COMMAND, seed=SEED, n=n, hash_=hash_, result=told)
    return Outcome(shown, told)


@contextmanager
def _running() -> Iterator[Gateway]:
    with (
        tempfile.TemporaryDirectory() as folder,
        devnet(Path(folder), beat=0.05) as chain,
        gateway(Path(folder), chain.rpc) as nguon,
    ):
        yield nguon


def _looked(nguon: Gateway) -> dict[str, Any]:
    victim = Victim(nguon)
    attackers = Attackers(nguon, victim)
    before = victim.rows()
    found = attackers.look(max(CALLS, attackers.round), SEED)
    after = victim.rows()
    everybody = {(route, each.name) for route in attackers.routes for each in attackers.callers}
    return {
        "random_calls": found.calls,
        "visible": len(found.seen),
        "seen": sorted({f"{method} {path}: {secret}" for (method, path), secret in found.seen})[:20],
        "changed": sum(before[table] != after.get(table) for table in before),
        "tables_looked_at": len(before),
        "secrets_looked_for": len(victim.secrets),
        "routes": len(attackers.routes),
        "callers": len(attackers.callers),
        "routes_not_asked_by_everybody": len(everybody - found.pairs),
        "refused_as_anothers": found.not_yours,
        "by_verb": dict(sorted(found.verbs.items())),
        "by_caller": dict(sorted(found.callers.items())),
        "by_status": dict(sorted(found.statuses.items())),
    }


def _told_apart(nguon: Gateway) -> dict[str, Any]:
    """Routes that are not for everybody, asked of what is another's and of what is not there."""
    attackers = Attackers(nguon, Victim(nguon))
    told = told_apart.differing(attackers, told_apart.of_others(attackers))
    return {
        "asked_twice": told.asked,
        "asked_twice_by_kind": dict(told.kinds),
        "told_apart": len(told.found),
        "refused_as_anothers_by_kind": dict(+told.refused),
    }


def _planted(nguon: Gateway) -> dict[str, int]:
    """Leak → after how many calls it was found; 0: it was not."""
    found = {}
    for leak in LEAKS:
        victim = Victim(nguon)
        with leaky(nguon, leak) as worker:
            seen = Attackers(nguon, victim, worker).look(CALLS, SEED, enough=1)
        found[leak] = seen.calls if seen.seen else 0
    for leak in TELLING:
        victim = Victim(nguon)
        with leaky(nguon, leak) as worker:
            attackers = Attackers(nguon, victim, worker)
            found[leak] = len(told_apart.differing(attackers, told_apart.of_others(attackers)).found)
    return found
