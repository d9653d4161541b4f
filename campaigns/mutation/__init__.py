"""Mutation of the custody ledger: small mistakes are put into it, one at a time, and the contracts' tests must notice each.

A mutant is killed by the first test that fails on it. Not counted: what does not compile, what compiles to the same code
as the original or as an earlier mutant, and what is argued to be equivalent (equivalent.toml). Every other survivor is
named in the evidence.
"""

from __future__ import annotations

import fcntl
from collections import Counter
from typing import Any

from campaigns import evidence
from campaigns.mutation import arguments, result, sources
from campaigns.mutation.judge import WORK, Judge
from campaigns.mutation.mutants import Mutant, made_of
from campaigns.mutation.verdicts import Verdicts
from campaigns.outcome import Outcome

NAME = "mutation"
COMMAND = "./scripts/campaign mutation"
SOURCES = (
    "contracts/src/**/*.sol",
    "contracts/test/**/*.sol",
    "campaigns/mutation/*",
    "tests/vectors/*.json",
    "foundry.toml",
)
AT_ONCE = 20
"""Mutants in one run of the compiler."""


def run() -> Outcome:
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one working copy: another campaign waits
        return _campaign()


def _campaign() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    texts = sources.read()
    trees = sources.trees(texts)
    every = made_of(texts, {path: trees[path] for path in sources.OUR_PATHS})
    every.sort(key=lambda one: sources.hash_of(one.id))  # so that what a broken-off campaign judged is a fair sample
    original = sources.codes(texts, {"": None})[""]
    if original is None:
        raise sources.CompilerFailed("the ledger as it is does not compile")
    ids = [one.id for one in every]
    verdicts, judge = Verdicts(), Judge(original)
    first = {sources.hash_of(original): ""}  # code → whose it is
    kinds: dict[str, str] = {}
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        codes = _codes(texts, some, verdicts)
        for one in some:
            kinds[one.id] = _kind(one, verdicts, first)
            if kinds[one.id] == "alive":
                if not verdicts.judged(one.id):
                    code = codes[one.id]
                    assert code  # else it were stillborn
                    verdicts.spoken(one.id, judge.killer(code, verdicts.killer_of(one.id)))
                kinds[one.id] = "killed" if verdicts.killer_of(one.id) else "survived"
        if codes:
            verdicts.keep(ids)
            _say(kinds, len(every))
            _write(hash_, kinds, verdicts, len(every))
    _look_again(texts, [one for one in every if kinds[one.id] == "survived"], kinds, verdicts, judge)
    verdicts.keep(ids)
    found = _write(hash_, kinds, verdicts, len(every))
    return Outcome(result.good(found), found)


def _codes(texts: dict[str, str], some: list[Mutant], verdicts: Verdicts) -> dict[str, str | None]:
    """Of those that have to be judged, or of which nothing is known."""
    open_ = {
        one.id: one.change
        for one in some
        if verdicts.code_of(one.id) is False or not (verdicts.code_of(one.id) is None or verdicts.judged(one.id))
    }
    found = sources.codes(texts, open_) if open_ else {}
    for id_, code in found.items():
        if verdicts.code_of(id_) is False:
            verdicts.compiled(id_, code)
    return found


def _kind(one: Mutant, verdicts: Verdicts, first: dict[str, str]) -> str:
    code = verdicts.code_of(one.id)
    if code is None:
        return "stillborn"
    assert isinstance(code, str)
    owner = first.setdefault(code, one.id)
    return "alive" if owner == one.id else "duplicate" if owner else "same_code"


def _look_again(
    texts: dict[str, str], survivors: list[Mutant], kinds: dict[str, str], verdicts: Verdicts, judge: Judge
) -> None:
    """What the optimizer makes the same of as of the original is no mutant; the rest goes through seasons of random acts."""
    if not survivors:
        return
    original = sources.codes(texts, {"": None}, sources.OPTIMIZED)[""]
    for one in survivors:
        if verdicts.optimized_of(one.id) is None:
            verdicts.optimized(one.id, sources.codes(texts, {one.id: one.change}, sources.OPTIMIZED)[one.id])
        if verdicts.optimized_of(one.id) == sources.hash_of(original or ""):
            kinds[one.id] = "same_code_optimized"
        elif not verdicts.went_through_seasons(one.id):
            code = sources.codes(texts, {one.id: one.change})[one.id]
            assert code  # it was judged
            verdicts.seasoned(one.id, judge.season(code))
            kinds[one.id] = "killed" if verdicts.killer_of(one.id) else "survived"


def _say(kinds: dict[str, str], total: int) -> None:
    counts = Counter(kinds.values())
    print(f"  {len(kinds):,} of {total:,}: {counts['killed']:,} killed, {counts['survived']} survived", flush=True)


def _write(hash_: str, kinds: dict[str, str], verdicts: Verdicts, total: int) -> dict[str, Any]:
    steps = [k.step for id_, kind in kinds.items() if kind == "killed" and (k := verdicts.killer_of(id_))]
    found = result.told(kinds, steps, total, arguments.read())
    evidence.write(NAME, command=COMMAND, seed=None, n=len(kinds), hash_=hash_, result=found)
    return found
