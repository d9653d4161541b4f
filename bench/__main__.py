"""`./scripts/bench NAME [--json]`: exit code 1 when a budget is missed."""

from __future__ import annotations

import argparse
import importlib
import sys

NAMES = ("gas",)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    report = importlib.import_module(f"bench.{told.name}").measure()
    print(report.as_json() if told.json else report.as_text())
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
