"""The verb up: one process that keeps the chain and answers for it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from devnet.journal import Journal
from devnet.keeper import Keeper, Standing, opened
from devnet.node import version_of
from devnet.process import Process
from devnet.rpc import application
from devnet.running import Record, held
from devnet.settings import DevnetError, Settings, find_anvil


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
    runner = web.AppRunner(application(keeper), access_log=None, shutdown_timeout=3)
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
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        await keeper.run(ready)
    finally:
        settings.record.unlink(missing_ok=True)
        await runner.cleanup()


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
