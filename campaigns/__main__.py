"""`./scripts/campaign NAME… [--json]`: runs campaigns one after the other; exit code 1 when one does not show what it has to."""

from __future__ import annotations

import argparse
import importlib
import json
import sys

NAMES = (
    "chaos", "coverage", "digital_links", "invariants", "lost_chain", "mutation", "other_partys_data", "records", "static", "sweep",
    "symbolic", "visits",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="campaign", description=__doc__)
    parser.add_argument(
        "names", nargs="+", choices=[*NAMES, "all"], metavar="NAME", help=f"all, or of {', '.join(NAMES)}"
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON for each campaign")
    told = parser.parse_args()
    failed = []
    for name in NAMES if "all" in told.names else told.names:
        print(f"── campaign: {name}", file=sys.stderr, flush=True)
        outcome = importlib.import_module(f"campaigns.{name}").run()
        print(json.dumps({"campaign": name, **outcome.told}) if told.json else outcome.text(name), flush=True)
        if not outcome.ok:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
