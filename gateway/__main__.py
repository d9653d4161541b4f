"""One gateway process: `python -m gateway --data DIR --rpc URL [--port N]`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import socket
import sys
from pathlib import Path

import uvicorn

from gateway.app import create_app
from gateway.settings import Settings
from gateway.wiring import wire
from ledger.errors import LedgerError

HOST = "127.0.0.1"


def main() -> int:
    parser = argparse.ArgumentParser(prog="gateway", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--port", type=int, default=8700, help="0: any free one, told in DATA/gateway.json")
    parser.add_argument("--public-url")
    told = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
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
    settings = Settings(told.data, told.rpc, port, told.public_url or url)
    try:
        app = create_app(wire(settings))
    except LedgerError as error:
        sys.stderr.write(f"The gateway cannot start: {error}\n")
        return 1
    settings.record.write_text(json.dumps({"gateway": url, "pid": os.getpid()}))
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
