"""Promise: who scans one pack's code is told what is known of this very pack, and whether others looked before; of them nothing is
kept but how many. Two workers of one data folder count together."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.devnet_process import devnet
from tests.e2e.test_items import AT, Packer, changed
from tests.gateway_process import Gateway, gateway, until
from tests.web.page_text import Text

PHONE = "Mozilla/5.0 (Linux; Android 10; K) a phone nobody has"
BOT = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
SEEN = {"sec-fetch-site": "same-origin", "sec-fetch-dest": "empty"}


class Code:
    """The code of one item, as browsers at several addresses see it: the gateway believes a proxy on its own machine."""

    def __init__(self, packer: Packer, serial: str) -> None:
        self.packer, self.serial = packer, serial

    def headers(self, number: int, agent: str) -> dict[str, str]:
        return {"x-forwarded-for": f"203.0.{number}.77", "user-agent": agent}

    def page(self, at: Gateway, number: int = 0, agent: str = PHONE) -> httpx.Response:
        address = f"{at.url}/01/{self.packer.gtin}/10/{self.packer.lot}/21/{self.serial}?lang=en"
        return httpx.get(address, headers=self.headers(number, agent), follow_redirects=True, timeout=60)

    def said(self, at: Gateway, number: int = 0) -> str:
        return Text(self.page(at, number).text).text

    def look(self, at: Gateway, number: int, agent: str = PHONE, **more: str) -> None:
        """The page, and then what its script sends."""
        page = self.page(at, number, agent).text
        visit = page.partition('data-visit="')[2].partition('"')[0]
        assert visit.startswith("/visits/0x"), page[:500]
        headers = self.headers(number, agent) | SEEN | {k.replace("_", "-"): v for k, v in more.items()}
        assert httpx.post(at.url + visit, headers=headers, timeout=60).status_code == 204


@pytest.fixture(scope="module")
def packer(nguon: Gateway) -> Packer:
    made = Packer(nguon)
    made.pack(50)
    nguon.final(*made.events)
    return made


@pytest.fixture(scope="module")
def second(nguon: Gateway) -> Iterator[Gateway]:
    with gateway(nguon.data, nguon.rpc, name="second") as running:
        yield running


def code(packer: Packer, index: int) -> Code:
    return Code(packer, packer.listed(index, 1)[0]["serial"])


def test_two_workers_count_together_and_ones_own_look_is_not_counted(
    packer: Packer, nguon: Gateway, second: Gateway
) -> None:
    item = code(packer, 3)
    assert "Registered · first look" in item.said(nguon) and "Registered · first look" in item.said(second)
    item.look(nguon, 1)
    item.look(second, 1)
    assert "seen before (1 time, first on" in item.said(second, 2) and "first look" in item.said(second, 1)
    item.look(second, 2)
    for at in (nguon, second):
        assert "seen before (2 times, first on" in item.said(at, 3)
        assert "seen before (1 time, first on" in item.said(at, 2)
    assert "first look" in code(packer, 4).said(nguon)


def test_bots_previews_and_prefetchers_do_not_count(packer: Packer, nguon: Gateway) -> None:
    item = code(packer, 7)
    for number in range(3):
        item.page(nguon, number, BOT)
        item.look(nguon, number, BOT)
        item.look(nguon, number, sec_purpose="prefetch;prerender")
        item.look(nguon, number, sec_fetch_site="cross-site")
    assert "Registered · first look" in item.said(nguon, 9)


def test_nowhere_on_disk_is_an_address_or_a_browser(packer: Packer, nguon: Gateway) -> None:
    code(packer, 9).look(nguon, 113)
    kept = {path: path.read_bytes() for path in nguon.data.glob("**/*") if path.is_file()}
    assert any(path.name == "visits.db" for path in kept)
    for told in (b"203.0.113", PHONE.encode(), b"a phone nobody has"):
        assert not [path.name for path, held in kept.items() if told in held]


def test_the_verdict_follows_what_is_on_the_chain(packer: Packer, nguon: Gateway) -> None:
    item = code(packer, 11)
    invented = Code(packer, changed(item.serial))
    answer = invented.page(nguon)
    assert answer.status_code == 404 and "Not issued · the code is unknown to this registry" in Text(answer.text).text
    nguon.final(packer.void(11, 1))
    assert "Check: voided label · its packer declared this label spoiled" in item.said(nguon)
    other = Packer(nguon)
    other.pack(5)
    nguon.final(*other.events)
    goods = {"product": other.jar, "lot": other.lot}
    nguon.final(nguon.record({"kind": "Recall", "party": other.coop, "occurred_at": AT, "batches": [goods]})["id"])
    for recalled in (code(other, 1), Code(other, "0" * 20)):
        assert "Recalled" in recalled.said(nguon) and "Registered ·" not in recalled.said(nguon)


@pytest.mark.long
def test_with_the_index_stopped_the_page_says_how_old_its_knowledge_is(tmp_path: Path) -> None:
    with devnet(tmp_path, beat=0.05) as chain, gateway(tmp_path, chain.rpc) as running:
        packer = Packer(running)
        packer.pack(5)
        running.final(*packer.events)
        item = code(packer, 1)
        assert "Registered · first look" in item.said(running)
        chain.kill()
        began = time.monotonic()
        told = until(lambda: "Registered ·" not in (said := item.said(running)) and said, "the page is not green", 90)
        assert "Could not verify now · the chain cannot be reached" in told
        assert "Last verified against the chain at" in told and time.monotonic() - began < 60
