"""The command line: up, down, reset."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from devnet.running import down, reset
from devnet.settings import CHECKOUT, DEVNET_CHAIN_ID, DevnetError, Settings


def confirmed(settings: Settings) -> bool:
    if not sys.stdin.isatty():
        raise DevnetError("Nothing was removed: say --yes.")
    return input("Remove it for good? [y/N] ").strip().lower() == "y"


def _beat(text: str) -> float:
    beat = float(text)
    if not 0.01 <= beat <= 3600:
        raise argparse.ArgumentTypeError("a beat has 0.01 to 3600 seconds")
    return beat


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devnet", description="The development chain: Anvil with a durable journal.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, help_text in (
        ("up", "run the chain in the foreground until Ctrl-C or down"),
        ("down", "end the chain that is up in the data folder"),
        ("reset", "remove the chain of the data folder for good"),
    ):
        one = verbs.add_parser(verb, help=help_text, description=help_text)
        one.add_argument("--data", type=Path, default=CHECKOUT / "var" / "devnet", help="data folder (var/devnet)")
        if verb == "up":
            one.add_argument(
                "--port", type=int, default=0, help="port of the public RPC on 127.0.0.1 (0: any free one)"
            )
            one.add_argument("--chain-id", type=int, default=DEVNET_CHAIN_ID, help=f"({DEVNET_CHAIN_ID})")
            one.add_argument(
                "--beat",
                type=_beat,
                default=1.0,
                help=(
                    "least seconds between two blocks (1.0). Below 1, for tests, block times may run ahead of the "
                    "clock, because each block's time is at least a second after its parent's"
                ),
            )
            one.add_argument("--json", action="store_true", help="tell of readiness as one line of JSON")
        if verb == "reset":
            one.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 1 with one plain sentence on standard error."""
    told = _arguments().parse_args(arguments)
    data = told.data.resolve()
    try:
        if told.verb == "up":
            from devnet.serving import up  # noqa: PLC0415 - takes a second to load; the other verbs need none of it

            up(Settings(data, told.port, told.chain_id, told.beat), told.json)
        elif told.verb == "down":
            print(down(Settings(data)))
        else:
            settings = Settings(data)
            print(f"The chain in {data} with all its blocks, and nothing else, is to be removed.")
            if told.yes or confirmed(settings):
                reset(settings)
                print("Removed.")
    except DevnetError as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as fault:
        print(f"The chain in {data} stopped: {fault}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
