"""Acknowledged is kept (promise 1), whatever the kernel refuses and wherever the process dies: a sample of the sweep's cases
each time, all of them with `./scripts/campaign sweep`."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from tests.crash.sweep import FAULTS, STAYING, Case, Sweep, ledger

SAMPLE = 36
SEED = 1
pytestmark = [
    pytest.mark.skipif(shutil.which("strace") is None, reason="apt-get install -y --no-install-recommends strace"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple]:
    with ledger(tmp_path_factory.mktemp("chain")) as made:
        yield made


def sample(cases: list[Case]) -> list[Case]:
    """One of each fault of those calls that have to do with what is promised, and some of all."""
    drawn = random.Random(SEED)
    chosen = drawn.sample(cases, SAMPLE)
    for name in ("pwrite64", "fdatasync", "sendto", "recvfrom"):
        of_name = sorted((case for case in cases if case.call == name), key=lambda case: case.fault)
        chosen += [drawn.choice(list(some)) for _, some in groupby(of_name, key=lambda case: case.fault)]
    return chosen


def test_a_fault_at_any_call_breaks_no_promise(ground: tuple, tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, *ground)
    cases = sweep.cases()
    assert {case.fault for case in cases} == {*FAULTS, *STAYING}
    assert {"openat", "pwrite64", "fdatasync", "connect", "sendto", "recvfrom"} <= {case.call for case in cases}
    results = [sweep.run(case) for case in sample(cases)]
    assert not [result for result in results if result.wrong]
    assert sum(result.reached for result in results) > 0.8 * len(results)
    assert {result.end for result in results} >= {"killed", "went on", "stopped"}


def test_the_sweep_finds_a_promise_that_was_given_before_the_commit(ground: tuple, tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, *ground, hasty=True)
    killed = [case for case in sweep.cases() if case.fault == "KILL" and case.call == "pwrite64"]
    results = (sweep.run(case) for case in killed)
    assert any("what was acknowledged is not on the chain once" in result.wrong for result in results)
