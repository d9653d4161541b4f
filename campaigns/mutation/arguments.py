"""equivalent.toml: why a mutant that no test notices need not be noticed. Reviewed by people; checked here.

[[equivalent]]            # it cannot be told from the original by anything that the ledger promises
[[survives]]              # it can, and no test does; why that is left so
mutants = ["State.sol:* relational: a < b → a <= b"]      # ids; `*` stands for anything
argument = "…"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True)
class Argument:
    pattern: str
    equivalent: bool
    text: str

    def covers(self, id_: str) -> bool:
        return re.fullmatch(".*".join(map(re.escape, self.pattern.split("*"))), id_) is not None


def read(file: Path = FILE) -> list[Argument]:
    told = tomllib.loads(file.read_text("utf-8"))
    return [
        Argument(pattern, table == "equivalent", entry["argument"])
        for table in ("equivalent", "survives")
        for entry in told.get(table, [])
        for pattern in entry["mutants"]
    ]


def sort(
    kinds: Mapping[str, str], arguments: Iterable[Argument]
) -> tuple[Mapping[str, Argument], list[str], list[str]]:
    """Survivor → its argument; survivors without one; patterns of mutants that are no more, or were killed after all."""
    found: dict[str, Argument] = {}
    silent: list[str] = []
    arguments = list(arguments)
    idle = {argument.pattern for argument in arguments}
    for id_, kind in kinds.items():
        if kind == "killed":
            continue
        fitting = [argument for argument in arguments if argument.covers(id_)]
        idle -= {argument.pattern for argument in fitting}
        if kind == "survived" and fitting:
            found[id_] = fitting[0]
        elif kind == "survived":
            silent.append(id_)
    return found, silent, sorted(idle)
