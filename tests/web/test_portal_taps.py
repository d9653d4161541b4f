"""Entry cost decides: how many taps a clerk's tasks take on a phone, on a slow line, with a slow processor. Digits are counted
apart. What a script needed in seconds is printed, and judged by nobody."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from tests.devnet_process import devnet
from tests.gateway_process import gateway
from tests.signed_in import Someone, someone
from tests.web.test_account_pages import Stage, context
from tests.web.test_portal_pages import sent

SLOW_LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOW_PROCESSOR = {"rate": 4}


class Thumb:
    """Counts what it does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = self.digits = 0
        self.begun = time.monotonic()

    def tap(self, selector: str) -> None:
        self.page.locator(selector).first.tap()
        self.page.wait_for_load_state()
        self.taps += 1

    def type(self, selector: str, digits: str) -> None:
        """Into a field that has the focus already; else it takes a tap to get it there."""
        field = self.page.locator(selector)
        if not field.evaluate("field => field === document.activeElement"):
            self.tap(selector)
        field.type(digits)
        self.digits += len(digits)

    def done(self, task: str, most: int) -> None:
        seconds = time.monotonic() - self.begun
        print(f"{task}: {self.taps} taps, {self.digits} digits, {seconds:.1f} s")
        assert self.taps <= most, f"{task} takes {self.taps} taps"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("taps")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as nguon:
        coop, farm = nguon.party("hop-tac-xa", "producer", "packer"), nguon.party("trai-cua", "producer")
        crab = nguon.product(farm, open=True, profile={"name": {"vi": "Cua biển", "en": "Mud crab"}})
        salted = nguon.product(farm, unit="g", open=True, profile={"name": {"vi": "Ba khía chín", "en": "Boiled crab"}})
        jar = nguon.product(
            coop, unit="pieces", stage=1, profile={"name": {"vi": "Ba khía muối, hũ 400 g", "en": "Salted crab"}}
        )
        nguon.declare(salted, jar, 2_500)
        opening = {"product": salted, "lot": "M", "quantity": 60_000}
        made = {"kind": "Commission", "party": coop, "occurred_at": "2026-11-20T07:30:00+07:00", "outputs": [opening]}
        nguon.final(nguon.record(made)["id"])
        sent(nguon, farm, coop, crab, "A", 100_000)
        sent(nguon, farm, coop, crab, "B", 40_000)
        sent(nguon, coop, farm, crab, "before", 10_000)
        at, goods = "2026-11-20T07:30:00+07:00", {"product": crab, "lot": "S", "quantity": 50_000}
        nguon.record({"kind": "Commission", "party": coop, "occurred_at": at, "outputs": [goods]})
        clerk = someone(nguon, coop, "manager", name="Lan")
        yield Stage(nguon, coop, clerk, Someone("", "", clerk.device, ""))


@contextmanager
def phone(browser: Browser, stage: Stage) -> Iterator[Thumb]:
    """At Today, in Vietnamese."""
    with context(browser, stage, 360, "manager") as opened:
        page = opened.new_page()
        line = opened.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", SLOW_LINE)
        line.send("Emulation.setCPUThrottlingRate", SLOW_PROCESSOR)
        page.goto(f"{stage.nguon.url}/portal?lang=vi")
        yield Thumb(page)


def entered(thumb: Thumb, words: str) -> None:
    """It stands on Today, waiting to be signed."""
    thumb.page.wait_for_url(re.compile(r"/portal\?"))
    assert words in thumb.page.locator(".entered").first.inner_text().replace("\N{NO-BREAK SPACE}", " ")


def test_receive(browser: Browser, stage: Stage) -> None:
    with phone(browser, stage) as thumb:
        thumb.tap(".arriving button")
        entered(thumb, "100 kg Cua biển")
        thumb.done("receive a consignment of two lots", 2)


def test_harvest_by_template(browser: Browser, stage: Stage) -> None:
    with phone(browser, stage) as thumb:
        first(thumb, "120")
    with phone(browser, stage) as thumb:
        thumb.tap(".again a, .task[href*=harvest]")
        thumb.type("#quantity", "85")
        thumb.tap("main form.sheet button:not(.second)")
        entered(thumb, "85 kg")
        thumb.done("harvest, a further night", 3)


def test_pack(browser: Browser, stage: Stage) -> None:
    """From one lot, into the jar that is packed always; the date and the lot are proposed."""
    with phone(browser, stage) as thumb:
        thumb.tap(".task[href*=pack]")
        thumb.type("#used1", "40")
        thumb.type("#quantity", "100")
        thumb.tap("main form.sheet button:not(.second)")
        entered(thumb, "100 sản phẩm Ba khía muối")
        thumb.done("pack", 5)


def first(thumb: Thumb, digits: str) -> None:
    thumb.tap(".task[href*=harvest]")
    thumb.type("#quantity", digits)
    thumb.tap("main form.sheet button:not(.second)")
    entered(thumb, f"{digits} kg")


def test_ship(browser: Browser, stage: Stage) -> None:
    """All of a lot, to whom goods went last time."""
    with phone(browser, stage) as thumb:
        thumb.tap(".task[href*=ship]")
        if not thumb.page.locator("input[name=goods]").first.is_checked():  # an only lot is ticked
            thumb.tap(".pick label.choice")
        thumb.tap("main form.sheet > button")
        entered(thumb, "trai-cua")
        thumb.done("ship a lot", 4)
