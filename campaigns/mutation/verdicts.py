"""What became of each mutant, kept in `cache/mutation/verdicts.json`, so that a broken-off campaign goes on where it stopped.

A verdict stands while all that it came from is the same: a mutant's code is the compiler's word on these sources; that it
was killed, the word of one test on that code; that it survived, the word of all tests.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from devnet.compiler import ROOT

from campaigns.mutation.judge import STEPS, Killer
from campaigns.mutation.sources import PLAIN, hash_of

FILE = ROOT / "cache" / "mutation" / "verdicts.json"


@dataclass
class Verdict:
    """`sources`: hash of what was compiled. `code`: hash of what came of it, None if nothing did. `killer` and `of`: the
    test that noticed, and the hash of the tests that were asked. Of survivors, if asked for: `optimized`, hash of the
    optimized code; `seasons`, hash of the invariants that did not notice."""

    sources: str
    code: str | None
    killer: Killer | None = None
    of: str | None = None
    optimized: str | None = None
    seasons: str | None = None


class Verdicts:
    def __init__(self, file: Path = FILE) -> None:
        self._file = file
        told = json.loads(file.read_text("utf-8")) if file.exists() else {}
        self._kept = {
            id_: Verdict(**{**entry, "killer": Killer(**entry["killer"]) if entry["killer"] else None})
            for id_, entry in told.items()
        }
        self.sources = _hash_of_files("contracts/src/**/*.sol") + hash_of(json.dumps(PLAIN, sort_keys=True))
        self._support = _hash_of_files("contracts/test/World.sol", "tests/vectors/*.json", "foundry.toml") + hash_of(
            json.dumps(STEPS)
        )
        self._tests = _hash_of_files("contracts/test/**/*.sol")
        self._campaign = _hash_of_files("contracts/test/campaign/*.sol")

    def code_of(self, id_: str) -> str | bool | None:
        """Hash of its code, None if it has none; False if that is not known."""
        kept = self._kept.get(id_)
        return kept.code if kept and kept.sources == self.sources else False

    def killer_of(self, id_: str) -> Killer | None:
        kept = self._kept.get(id_)
        return kept.killer if kept else None

    def judged(self, id_: str) -> bool:
        """Whether the tests as they are now have spoken."""
        kept = self._kept.get(id_)
        return bool(kept and kept.sources == self.sources and kept.of == self._asked(kept.killer))

    def optimized_of(self, id_: str) -> str | None:
        kept = self._kept[id_]
        return kept.optimized if kept.sources == self.sources else None

    def went_through_seasons(self, id_: str) -> bool:
        return self._kept[id_].seasons == self._asked(None)

    def compiled(self, id_: str, code: str | None) -> None:
        """Its killer so far is still the one to ask first."""
        self._kept[id_] = Verdict(self.sources, hash_of(code) if code is not None else None, self.killer_of(id_))

    def spoken(self, id_: str, killer: Killer | None) -> None:
        kept = self._kept[id_]
        kept.killer, kept.of = killer, self._asked(killer)

    def seasoned(self, id_: str, killer: Killer | None) -> None:
        if killer:
            self.spoken(id_, killer)
        else:
            self._kept[id_].seasons = self._asked(None)

    def optimized(self, id_: str, code: str | None) -> None:
        self._kept[id_].optimized = hash_of(code or "")

    def keep(self, ids: list[str]) -> None:
        """Writes what is known of these mutants; others are no mutants any more."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        told = {id_: asdict(self._kept[id_]) for id_ in ids if id_ in self._kept}
        new.write_text(json.dumps(told, ensure_ascii=False, indent=0), "utf-8")
        new.replace(self._file)

    def _asked(self, killer: Killer | None) -> str:
        if killer is None or not killer.file:
            return self._support + self._tests
        file = ROOT / killer.file
        support = self._support + (self._campaign if killer.step == "invariants" else "")
        return support + (hash_of(file.read_text("utf-8")) if file.exists() else "none")


def _hash_of_files(*globs: str) -> str:
    paths = sorted({path for glob in globs for path in ROOT.glob(glob)})
    return hash_of(*(part for path in paths for part in (path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))))
