"""`./scripts/bench NAME [--json]`: exit code 1 when a budget is missed."""

from __future__ import annotations

import argparse
import importlib
import json
import sys

from campaigns import evidence

NAMES = ("gas", "write")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--evidence", action="store_true", help="keep it as docs/evidence/NAME.json")
    told = parser.parse_args()
    bench = importlib.import_module(f"bench.{told.name}")
    report = bench.measure()
    if told.evidence:
        evidence.write(
            told.name,
            command=f"./scripts/bench {told.name} --evidence",
            seed=None,
            n=report.rounds,
            hash_=evidence.sources(*bench.SOURCES),
            result=json.loads(report.as_json()),
        )
    print(report.as_json() if told.json else report.as_text())
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
