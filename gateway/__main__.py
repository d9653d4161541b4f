"""One gateway process: `python -m gateway --data DIR --rpc URL [--port N]`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import uvicorn

from gateway.app import create_app
from gateway.settings import Settings
from gateway.wiring import wire
from ledger.errors import LedgerError


def main() -> int:
    parser = argparse.ArgumentParser(prog="gateway", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--public-url")
    told = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    public_url = told.public_url or f"http://127.0.0.1:{told.port}"
    try:
        app = create_app(wire(Settings(told.data, told.rpc, told.port, public_url)))
    except LedgerError as error:
        sys.stderr.write(f"The gateway cannot start: {error}\n")
        return 1
    uvicorn.run(app, host="127.0.0.1", port=told.port, log_level="warning", access_log=False, server_header=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
