"""From the code on a demo jar to its page: decoded from the PNG, opened in a real browser, told as the API tells it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page

from gateway.verification.content import REASONS
from tests.devnet_process import devnet
from tests.gateway_process import Gateway, gateway

NGUON = Path(sys.executable).with_name("nguon")


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A stack of its own with the demo final on it."""
    folder = tmp_path_factory.mktemp("jar")
    (folder / "devnet").mkdir()
    with devnet(folder / "devnet", beat=0.05) as chain, gateway(folder, chain.rpc) as running:
        (folder / "stack.json").write_text(json.dumps({"gateway": running.url, "rpc": chain.rpc}))
        command = [str(NGUON), "--json", "--data", str(folder), "demo"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, str] = json.loads(done.stdout)["links"]
        assert isinstance(running, Gateway)
        yield found


@pytest.fixture(scope="module")
def decoded(links: dict[str, str]) -> str:
    """What a phone's camera reads from the label."""
    image = Image.open(io.BytesIO(httpx.get(links["qr"]).content))
    codes = zxingcpp.read_barcodes(image)
    assert len(codes) == 1
    return str(codes[0].text)


def opened(browser: Browser, address: str, width: int, height: int) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2, is_mobile=width < 700, locale="en-AU"
    )
    page = context.new_page()
    page.goto(address)
    return page


def test_the_code_on_the_jar_is_the_address_of_its_page(links: dict[str, str], decoded: str) -> None:
    assert decoded == links["scan"]
    assert urlsplit(decoded).path.startswith("/01/")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)])
def test_the_decoded_code_opens_a_page_that_says_what_the_api_says(
    browser: Browser, artefacts: Path, links: dict[str, str], decoded: str, width: int, height: int
) -> None:
    story: dict[str, Any] = httpx.get(links["batch"]).json()
    page = opened(browser, decoded, width, height)
    shown = page.locator("body").inner_text()
    page.screenshot(path=artefacts / f"demo-jar-{width}.png", full_page=True)
    page.screenshot(path=artefacts / f"demo-jar-first-screen-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for said in (
        story["product"]["name"]["en"],
        story["lot"],
        story["origin"]["name"]["en"],
        story["origin"]["profile"]["address"],
        f"{story['quantities']['made']} pieces",
        f"{story['quantities']['sold']} pieces",
        f"{story['quantities']['held']} pieces",
        story["as_of"]["chain"].capitalize(),
    ):
        assert said in shown, said
    events = {event["id"]: event for batch in [story, *story["upstream"]] for event in batch["journey"]}
    assert len(events) > 20
    for event in events.values():
        assert page.locator(f"text={event['id'][2:8]}").count() or event["id"] in page.content(), event["kind"]
        assert event["party"]["name"]["en"] in shown
    losses = [event for event in story["journey"] if event["kind"] == "Dispose"]
    assert losses
    for event in losses:
        assert REASONS[event["content"]["nguon:reason"]] in shown
    page.context.close()


def test_the_page_is_complete_in_vietnamese_too(
    browser: Browser, artefacts: Path, links: dict[str, str], decoded: str
) -> None:
    story = httpx.get(links["batch"]).json()
    page = opened(browser, decoded + "?lang=vi", 390, 844)
    shown = page.locator("body").inner_text()
    page.screenshot(path=artefacts / "demo-jar-vi-390.png", full_page=True)
    assert story["product"]["name"]["vi"] in shown
    assert story["origin"]["name"]["vi"] in shown
    page.context.close()
