"""The portal's first pages in a real browser at a real gateway: four languages, a phone and a desk; nothing that axe finds,
nothing too wide, too small or too pale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, gateway
from tests.portal_desk import Clerk
from tests.signed_in import Someone, someone
from tests.web.test_account_pages import Stage, context, languages, looked_at


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A cooperative with an open lot, something it slipped on, goods on their way to it and from it."""
    folder = tmp_path_factory.mktemp("portal")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as nguon:
        coop, farm = nguon.party("hop-tac-xa-tan-duyet", "producer"), nguon.party("nam-can", "producer")
        crab = nguon.product(farm, open=True, makers=(), profile={"name": {"vi": "Cua biển Năm Căn", "en": "Mud crab"}})
        nguon.product(coop, profile={"name": {"vi": "Tôm sú sinh thái", "en": "Ecological tiger shrimp"}})
        manager = someone(nguon, coop, "manager", name="Nguyễn Thị Lan")
        sent(nguon, farm, coop, crab, "NC-2411-A", 100_000)
        sent(nguon, farm, coop, crab, "NC-2411-B", 42_500)
        clerk = Clerk(manager)
        clerk.opens("/portal/harvest").fills("/portal/harvest", quantity="120")
        sent(nguon, coop, farm, crab, "TD-7", 15_000)
        yield Stage(nguon, coop, manager, Someone("", "", manager.device, ""))


def sent(nguon: Gateway, sender: str, receiver: str, product: str, lot: str, quantity: int) -> None:
    at = "2026-11-20T07:30:00+07:00"
    goods = {"product": product, "lot": lot, "quantity": quantity}
    made = nguon.record({"kind": "Commission", "party": sender, "occurred_at": at, "outputs": [goods]})
    ship = {"kind": "Ship", "party": sender, "occurred_at": at, "to": receiver, "origin": sender, **goods}
    nguon.final(made["id"], nguon.record(ship)["id"])


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["today", "harvest", "receive"])
def test_every_page_reads_in_four_languages(
    browser: Browser, stage: Stage, artefacts: Path, name: str, width: int
) -> None:
    with context(browser, stage, width, "manager") as opened:
        page = opened.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for code in languages(width):
            answer = page.goto(f"{stage.nguon.url}/portal?lang={code}")
            assert answer and answer.status == 200
            if name != "today":
                page.locator({"harvest": ".task[href*=harvest]", "receive": ".parcels a"}[name]).first.click()
            looked_at(page, code, width, artefacts / f"portal-{name}-{width}-{code}.png")
        assert said == [], "the browser has nothing to complain of, its content policy included"
