"""A browser and a served page. Where Chromium is missing the tests are skipped with what to install; under CI they fail."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from gateway.pages.formats import VIETNAM
from gateway.visits.store import Visits
from ledger.errors import ChainError
from ledger.items.serial import index_of
from tests.web.scan_app import Reader, Table, scan_app
from tests.web.story_fixture import (
    GTIN,
    LOT,
    certified_jar,
    every_kind,
    jar_on_a_lost_chain,
    jar_under_review,
    jar_with_a_recalled_ingredient,
    recalled_jar,
    story,
)

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "web"
INSTALL = "Chromium is missing: apt-get install -y --no-install-recommends chromium fonts-dejavu-core fonts-noto-core"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: Playwright holds this thread's event loop while it runs, and other tests need theirs."""
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(INSTALL)
        pytest.skip(INSTALL)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--disable-gpu", "--disable-quic"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return ARTEFACTS


class Reaching(Reader):
    """Answers but for the lot AWAY: what it would ask is lost."""

    def story(self, product_uri: str, lot: str, origin: str | None = None) -> dict[str, Any] | None:
        if lot == "AWAY":
            raise ChainError("away")
        return super().story(product_uri, lot, origin)


FIRST, SEEN, UNUSUAL, VOIDED, PENDING, ELSEWHERE, INVENTED = (f"000{number}0123456789ABCDEF" for number in range(7))
"""Serials of the served lot, by what is known of them. With and without JavaScript, tests look at others."""
LOOKED_AT = {True: "00070123456789ABCDEF", False: "00080123456789ABCDEF"}


def issued() -> Table:
    known = (FIRST, SEEN, UNUSUAL, PENDING, *LOOKED_AT.values())
    return Table({**dict.fromkeys(known, "registered"), VOIDED: "voided", ELSEWHERE: "elsewhere"}, {PENDING})


def looked_at(path: Path) -> Visits:
    """Twice at one item; at another from four networks a day, for three days."""
    batch, now = bytes.fromhex(story()["batch"][2:]), datetime.now(VIETNAM)
    for ago in (2, 1, 0):
        visits = Visits(path, lambda ago=ago: now - timedelta(ago))
        for network in range(4):
            visits.count(batch, index_of(UNUSUAL), f"203.0.{network}.1", "a browser")
        if ago:
            visits.count(batch, index_of(SEEN), "203.0.113.1", "a browser")
    return Visits(path)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the served scan pages, on a free port of the loopback."""
    visits = looked_at(tmp_path_factory.mktemp("visits") / "visits.db")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        told = {
            LOT: story(),
            "RECALLED": recalled_jar(),
            "INGREDIENT": jar_with_a_recalled_ingredient(),
            "LAW": every_kind(),
            "REVIEW": jar_under_review(),
            "CERTIFIED": certified_jar(),
            "STALE": jar_on_a_lost_chain(),
        }
        reader = Reaching({(f"https://id.gs1.org/01/{GTIN}", lot): each for lot, each in told.items()})
        server = uvicorn.Server(
            uvicorn.Config(
                scan_app(reader, address, issued=issued(), visits=visits), log_level="warning", lifespan="off"
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline, "the page server did not start"
            threading.Event().wait(0.02)
        yield address
        server.should_exit = True
        thread.join(30)
