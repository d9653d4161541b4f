"""One gateway process: `python -m gateway --data DIR (--rpc URL | --devnet DIR) [--port N] [--name NAME]`.

Several may serve one data folder, each under a name of its own: all record and answer, one of them leads.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import re
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uvicorn
from devnet.process import Process
from devnet.running import Record

from gateway.app import create_app
from gateway.request_log import JsonLines
from gateway.settings import Settings
from gateway.wiring import Wired, wire
from ledger.bindings.council import CouncilRole
from ledger.errors import ChainError, LedgerError
from ledger.events.laws import in_words

HOST = "127.0.0.1"


def main(arguments: list[str] | None = None, wiring: Callable[[Settings], Wired] = wire) -> int:
    """`wiring` may put other parts together than `wire` does: chaos/ plants its faults there."""
    parser = argparse.ArgumentParser(prog="gateway", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    chain = parser.add_mutually_exclusive_group(required=True)
    chain.add_argument("--rpc", help="address of a node")
    chain.add_argument("--devnet", type=Path, help="data folder of the development chain, whose address is awaited")
    parser.add_argument("--port", type=int, default=8700, help="0: any free one, told in DATA/NAME.json")
    parser.add_argument("--name", default="gateway", type=_name, help="of this worker (gateway)")
    parser.add_argument("--public-url")
    parser.add_argument(
        "--standstill",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="how long a chain that ends below what was followed may still be coming, before its blocks count as lost (30)",
    )
    parser.add_argument(
        "--council-delay",
        action="append",
        default=[],
        type=_delay,
        metavar="ROLE=SECONDS",
        help="of a fresh ledger: how long a change of yields, inspectors, admitting or suspending is announced before",
    )
    told = parser.parse_args(arguments)
    told.data.mkdir(parents=True, exist_ok=True)
    lock = (told.data / f"{told.name}.lock").open("w")  # held until this process ends, however it ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.stderr.write(f"The gateway cannot start: another one serves {told.data} under the name {told.name}.\n")
        return 1
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Named TCP, because asyncio switches Nagle's algorithm off only then (44 ms an answer otherwise).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, told.port))
    except OSError as error:
        sys.stderr.write(f"The gateway cannot start: port {told.port} on {HOST} cannot be had: {error.strerror}\n")
        return 1
    port = listener.getsockname()[1]
    url = f"http://{HOST}:{port}"
    try:
        find = told.rpc or partial(_address, told.devnet)
        settings = Settings(
            told.data,
            find,
            port,
            told.public_url or url,
            told.name,
            standstill=told.standstill,
            council_delays=dict(told.council_delay),
        )
        app = create_app(wiring(settings))
    except LedgerError as error:
        sys.stderr.write(f"The gateway cannot start: {in_words(error)}\n")
        return 1
    settings.record.write_text(json.dumps({"gateway": url, "pid": os.getpid()}))
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _name(told: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", told):
        raise argparse.ArgumentTypeError("small letters, digits and hyphens")
    return told


def _delay(told: str) -> tuple[CouncilRole, int]:
    role, _, seconds = told.partition("=")
    known = {each.name.lower(): each for each in CouncilRole}
    if role not in known or not seconds.isdecimal() or int(seconds) >= 2**32:
        raise argparse.ArgumentTypeError(f"ROLE=SECONDS is expected, with a role among {', '.join(known)}")
    return known[role], int(seconds)


def _address(devnet: Path) -> str:
    """Where the development chain of this folder listens now; a record of a dead one is passed over."""
    record = Record.read(devnet / "devnet.json")
    if record is None or not Process(record.pid, record.started).alive:
        raise ChainError(f"no development chain is up in {devnet}")
    return record.rpc


if __name__ == "__main__":
    sys.exit(main())
