"""`./scripts/chaos [--seed N] [--kills N] [--events N] [--all] [--self-test [DEFECT…]] [--data DIR] [--json]`.

Exit code 1 when anything acknowledged was lost or doubled, a nonce is missing, or something ended in a way nobody meant.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from campaigns import chaos as campaign
from chaos import selftest
from chaos.run import Plan, Report, run
from chaos.supervisor import Stuck

KILLS, EVENTS = 40, 800


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos", description="kill -9 of everything at any moment, on a hostile line")
    parser.add_argument("--seed", type=int, default=1, help="decides who is killed where and after what (1)")
    parser.add_argument("--kills", type=int, default=KILLS, help=f"to reach ({KILLS})")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"acknowledged events to reach ({EVENTS})")
    parser.add_argument("--all", action="store_true", help="the campaign: rounds of several seeds, kept as evidence")
    parser.add_argument(
        "--self-test", nargs="*", choices=list(selftest.ALL), metavar="DEFECT",
        help=f"plant known mistakes, and look whether they are found (all: {', '.join(selftest.ALL)})",
    )  # fmt: skip
    parser.add_argument("--data", type=Path, help="an empty folder to work in, which is kept; else one that is removed")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    told = parser.parse_args()
    if told.all:
        outcome = campaign.run()
        print(json.dumps(outcome.told) if told.json else outcome.text(campaign.NAME))
        return 0 if outcome.ok else 1
    if told.data is not None:
        told.data.mkdir(parents=True, exist_ok=True)
    try:
        with nullcontext(told.data) if told.data else TemporaryDirectory(prefix="nguon-chaos-") as folder:
            return _run(told, Path(folder))
    except Stuck as stuck:
        print(stuck, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(told: argparse.Namespace, folder: Path) -> int:
    if told.self_test is not None:
        found = asyncio.run(selftest.run(folder, told.seed, told.self_test or tuple(selftest.ALL)))
        print(json.dumps(found) if told.json else selftest.text(found))
        return 0 if all(each["found"] for each in found["defects"]) else 1
    report = asyncio.run(run(Plan(told.seed, told.kills, told.events), folder))
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
