"""The command line: up, down, reset."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvicorn

from devnet.journal import Journal
from devnet.keeper import Keeper, Standing, opened
from devnet.node import version_of
from devnet.process import Process
from devnet.rpc import application
from devnet.running import Record, down, held, reset
from devnet.settings import CHECKOUT, DEVNET_CHAIN_ID, DevnetError, Settings, find_anvil


class _Server(uvicorn.Server):
    """Leaves the signals to serve(): the journal is to be closed after the last answer, not by a signal's way out."""

    def capture_signals(self) -> Any:
        return nullcontext()


def listening(port: int) -> socket.socket:
    """A bound loopback socket. Raises DevnetError if the port is taken."""
    # The protocol is named because asyncio asks for it before it spares answers Nagle's 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as fault:
        listener.close()
        raise DevnetError(f"Port {port} on 127.0.0.1 cannot be had: {fault}.") from fault
    return listener


async def serve(settings: Settings, journal: Journal, anvil: Path, listener: socket.socket, as_json: bool) -> None:
    """Keep the chain and answer for it until SIGTERM or SIGINT. Raises DevnetError."""
    keeper = Keeper(settings, journal, anvil)
    config = uvicorn.Config(
        application(keeper), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=3
    )
    server = _Server(config)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    me = Process.of(os.getpid())
    told = False

    def ready(standing: Standing) -> None:
        nonlocal told
        started = me.started if me else 0
        record = Record(url, os.getpid(), started, standing.node.pid, settings.chain_id, str(settings.journal))
        record.write(settings.record)
        if not told:
            told = True
            said = (
                f"Development chain {settings.chain_id} is up at {url}, height {standing.height}, in {settings.data}."
            )
            print(json.dumps(asdict(record)) if as_json else said, flush=True)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, keeper.stop)
    answering = asyncio.create_task(server.serve(sockets=[listener]))
    answering.add_done_callback(lambda _: keeper.stop())
    try:
        await keeper.run(ready)
    finally:
        settings.record.unlink(missing_ok=True)
        server.should_exit = True
        await answering


def up(settings: Settings, as_json: bool) -> None:
    """Run in the foreground. Raises DevnetError."""
    anvil = find_anvil()
    version = version_of(anvil)
    with held(settings):
        settings.record.unlink(missing_ok=True)  # one that a killed keeper left
        journal = opened(settings, version)
        try:
            with listening(settings.port) as listener:
                asyncio.run(serve(settings, journal, anvil, listener, as_json))
        finally:
            journal.close()


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
    except OSError as fault:
        print(f"The chain in {data} stopped: {fault}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
