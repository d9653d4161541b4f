"""`./scripts/chaos [--seed N] [--kills N] [--events N] [--all] [--self-test] [--data DIR] [--json]`.

Exit code 1 when anything acknowledged was lost or doubled, a nonce is missing, or something ended in a way nobody meant.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from chaos import selftest
from chaos.run import Plan, Report, run

KILLS, EVENTS = 40, 800


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos", description="kill -9 of everything at any moment, on a hostile line")
    parser.add_argument("--seed", type=int, default=1, help="decides who is killed where and after what (1)")
    parser.add_argument("--kills", type=int, default=KILLS, help=f"to reach ({KILLS})")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"acknowledged events to reach ({EVENTS})")
    parser.add_argument(
        "--self-test", action="store_true", help="plant known mistakes, and look whether they are found"
    )
    parser.add_argument("--data", type=Path, help="an empty folder to work in, which is kept; else one that is removed")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    told = parser.parse_args()
    if told.data is not None:
        told.data.mkdir(parents=True, exist_ok=True)
    with nullcontext(told.data) if told.data else tempfile.TemporaryDirectory(prefix="nguon-chaos-") as folder:
        if told.self_test:
            found = asyncio.run(selftest.run(Path(folder), told.seed))
            print(json.dumps(found) if told.json else selftest.text(found))
            return 0 if all(each["found"] for each in found["defects"]) else 1
        report = asyncio.run(run(Plan(told.seed, told.kills, told.events), Path(folder)))
    print(json.dumps(report.figures) if told.json else text(report))
    for each in report.details["found"]:
        print(each, file=sys.stderr)
    return 0 if report.ok else 1


def text(report: Report) -> str:
    lines = [f"{name}: {value}" for name, value in report.figures.items()]
    lines += [f"{name}: {json.dumps(value)}" for name, value in report.details.items() if name != "found"]
    return "\n".join([*lines, "kept" if report.ok else "NOT KEPT"])


if __name__ == "__main__":
    sys.exit(main())
