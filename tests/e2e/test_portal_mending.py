"""Promise: a number typed wrong is mended in three taps, before it is signed and after; a correction is no loss; and where only
an inspector may, the page says whom to ask for what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count

import httpx
import pytest

from tests.gateway_process import Gateway, Json, until
from tests.portal_desk import Clerk
from tests.signed_in import someone

NUMBERS = count(1)
PATIENCE = 60.0


@dataclass
class Story:
    nguon: Gateway
    coop: str
    shop: str
    crab: str
    lan: Clerk
    be: Clerk

    def harvests(self, quantity: str, *, signed: bool = True) -> str:
        """Into a lot of its own, open for some days."""
        lot = f"L{next(NUMBERS)}"
        self.lan.opens("/portal/harvest").fills("/portal/harvest", quantity=quantity, quantity_unit="kg", lot=lot)
        assert self.lan.answer.url.path == "/portal", self.lan.says
        if signed:
            signs(self.lan)
            self.until(lot, held=int(quantity.replace(",", "")) * 1_000)
        return lot

    def records(self, kind: str, lot: str, quantity: int, party: str = "", **more: str) -> str:
        goods = {"product": self.crab, "lot": lot, "origin": self.coop} if "shipment" not in more else {}
        event = {"kind": kind, "party": party or self.coop, "occurred_at": "2025-11-20T07:30:00+07:00", **goods, **more}
        id: str = self.nguon.record(event | {"quantity": quantity})["id"]
        self.nguon.final(id)
        return id

    def mends(self, deed: str, quantity: object, who: Clerk | None = None) -> Clerk:
        """Two taps on Today and the form: the newest deed whose line has these words."""
        who = who or self.lan
        who.opens()
        line = re.search(
            rf"<li><b>{deed.replace(' ', chr(92) + 's')}(?:(?!<li>).)*?/portal/events/(0x[0-9a-f]+)/mend",
            who.answer.text,
            re.DOTALL,
        )
        assert line, who.says
        return who.opens(f"/portal/events/{line[1]}/mend").fills("/portal/events/", q0=quantity, q0_unit="kg")

    def quantities(self, lot: str) -> Json:
        found: Json = self.nguon.batch(self.crab, lot)["quantities"]
        return found

    def until(self, lot: str, **wanted: int) -> None:
        """What is signed is on the chain, and it is so much."""

        def right() -> bool:
            answer = httpx.get(f"{self.nguon.url}/v1/batches/{self.crab}/{lot}")
            return answer.status_code == 200 and wanted.items() <= answer.json()["quantities"].items()

        until(right, f"{lot}: {wanted}", PATIENCE)


@pytest.fixture(scope="module")
def story(nguon: Gateway) -> Story:
    coop, shop = nguon.party("coop", "producer"), nguon.party("shop", "retailer")
    nguon.party("lab", "inspector")
    crab = nguon.product(coop, profile={"name": {"vi": "Cua biển", "en": "Mud crab"}})
    lan = Clerk(someone(nguon, coop, "manager", name="Lan", at="198.51.100.71"))
    be = Clerk(someone(nguon, shop, "manager", name="Bé", at="198.51.100.72"))
    return Story(nguon, coop, shop, crab, lan, be)


def entries(who: Clerk) -> list[str]:
    """Newest first."""
    return re.findall(r"/portal/drafts/([0-9a-f]{32})/take-back", who.opens().answer.text)


def signs(who: Clerk) -> None:
    done = who.person.device.send(f"/portal/drafts/{entries(who)[0]}/sign")
    assert done.status_code == 303, done.text


def test_a_thousand_for_a_hundred_is_mended_before_it_is_signed(story: Story) -> None:
    """Touch Change, write 100, touch Keep."""
    lot = story.harvests("1,000", signed=False)
    (old,) = entries(story.lan)
    form = story.lan.opens(f"/portal/drafts/{old}/change")
    assert 'value="1,000"' in form.answer.text and f'value="{lot}"' in form.answer.text, "what was typed stands there"
    form.fills("/portal/drafts/", q0_0="100", q0_0_unit="kg")
    (new,) = entries(story.lan)
    assert (
        new != old
        and "Harvest: 100 kg Mud crab" in story.lan.says
        and f"1,000 kg Mud crab, lot {lot}" not in story.lan.says
    )
    signs(story.lan)
    story.until(lot, made=100_000, held=100_000, adjusted_down=0)
    gone = story.lan.person.device.send(f"/portal/drafts/{new}/change", draft="0" * 32, q0_0="7")
    assert gone.status_code == 409, "what is signed is corrected, not changed"


def test_a_lot_and_a_receiver_change_too_and_a_wrong_form_stands_as_it_was_typed(story: Story) -> None:
    lot = story.harvests("80", signed=False)
    (id,) = entries(story.lan)
    story.lan.opens(f"/portal/drafts/{id}/change").fills("/portal/drafts/", q0_0="much", lot0_0=f"{lot}-B")
    assert story.lan.answer.status_code == 422 and "This is no number: much" in story.lan.says
    assert f'value="{lot}-B"' in story.lan.answer.text
    story.lan.fills("/portal/drafts/", q0_0="5", q0_0_unit="ta")
    assert f"500 kg Mud crab, lot {lot}-B" in story.lan.opens().says
    for each in entries(story.lan):
        story.lan.person.device.send(f"/portal/drafts/{each}/take-back")


def test_what_is_built_on_is_not_changed_from_under_it(story: Story) -> None:
    lot = story.harvests("80", signed=False)
    _disposes(story, lot, "50", "dead")
    later, first = entries(story.lan)
    story.lan.opens(f"/portal/drafts/{first}/change").fills("/portal/drafts/", q0_0="49", q0_0_unit="kg")
    assert story.lan.answer.status_code == 409 and "Take that back first" in story.lan.says
    assert entries(story.lan) == [later, first]
    for each in (later, first):
        story.lan.person.device.send(f"/portal/drafts/{each}/take-back")


def test_after_signing_it_is_corrected_and_the_journey_says_so(story: Story) -> None:
    lot = story.harvests("1,000")
    story.mends("Harvest", "100")
    assert "Correction, less: 900 kg Mud crab" in story.lan.opens().says and "corrected to 100 kg" in story.lan.says
    signs(story.lan)
    story.until(lot, made=1_000_000, adjusted_down=900_000, held=100_000, disposed=0)
    page = httpx.get(f"{story.nguon.url}/p/{story.crab}/{lot}", params={"lang": "en"}).text
    assert "This is a correction, not a loss." in page and "a number was typed wrong" in page
    story.mends("Harvest", "100")
    assert story.lan.answer.status_code == 422 and "stands there already" in story.lan.says, (
        "it counts what was corrected"
    )
    assert "Only an inspector may raise" in story.mends("Harvest", "110").says, "what was adjusted down has moved"


def test_too_little_is_raised_while_nothing_has_moved(story: Story) -> None:
    lot = story.harvests("100")
    story.mends("Harvest", "1,000")
    signs(story.lan)
    story.until(lot, made=100_000, adjusted_up=900_000, held=1_000_000)


def test_where_only_an_inspector_may_it_says_whom_to_ask_for_what(story: Story) -> None:
    lot = story.harvests("100")
    story.records("Ship", lot, 1_000, to=story.shop)
    told = story.mends("Harvest", "150").says
    assert "Only an inspector may raise its quantity now" in told
    assert re.search(
        rf"Ask .*lab.* to raise the stock of coop by 50 kg: Mud crab, lot {lot}\. It mends the event 0x[0-9a-f]{{64}}",
        told,
    ), told
    assert entries(story.lan) == [], "nothing was entered"


def test_a_handover_still_open_is_withdrawn_and_shipped_again_in_one_form(story: Story) -> None:
    lot = story.harvests("1,000")
    ship = story.records("Ship", lot, 1_000_000, to=story.shop)
    story.mends("Handing over", "100")
    assert "Taking back: 1,000 kg" in story.lan.opens().says and "Handing over: 100 kg" in story.lan.says
    signs(story.lan)
    story.until(lot, held=900_000, on_the_way=100_000, disposed=0)
    open_ = {each["id"]: each["open"] for each in story.nguon.batch(story.crab, lot)["shipments"]}
    assert open_.pop(ship) == 0 and list(open_.values()) == [100_000]


def test_of_a_handover_partly_received_only_what_is_open_is_withdrawn(story: Story) -> None:
    lot = story.harvests("1,000")
    ship = story.records("Ship", lot, 1_000_000, to=story.shop)
    story.records("Receive", lot, 60_000, story.shop, shipment=ship)
    told = story.mends("Handing over", "50").says
    assert "Ask shop to send back what is too much" in told, told
    story.mends("Handing over", "100")
    signs(story.lan)
    story.until(lot, held=960_000, on_the_way=40_000)


def test_what_was_received_is_mended_by_the_receiver(story: Story) -> None:
    lot = story.harvests("500")
    ship = story.records("Ship", lot, 500_000, to=story.shop)
    story.records("Receive", lot, 50_000, story.shop, shipment=ship)
    story.mends("Receiving", "500", story.be)
    signs(story.be)
    story.until(lot, on_the_way=0, held=500_000, adjusted_up=0)
    story.mends("Receiving: 50 kg", "20", story.be)
    signs(story.be)
    story.until(lot, held=470_000, adjusted_down=30_000, disposed=0)


def test_a_sale_and_a_loss_that_were_too_much_or_too_little(story: Story) -> None:
    lot = story.harvests("500")
    story.records("Sell", lot, 400_000)
    story.mends("Sale", "40")
    signs(story.lan)
    story.until(lot, sold=40_000, held=460_000)
    _disposes(story, lot, "1", "spoiled")
    signs(story.lan)
    story.until(lot, disposed=1_000)
    story.mends("Loss", "10")
    signs(story.lan)
    story.until(lot, disposed=10_000, held=450_000)
    assert "Only an inspector may raise" in story.mends("Loss", "2").says


def test_nobody_mends_what_is_another_partys(story: Story) -> None:
    lot = story.harvests("10")
    id = story.nguon.batch(story.crab, lot)["journey"][0]["id"]
    assert story.be.person.device.http.get(f"/portal/events/{id}/mend").status_code == 422
    assert story.be.person.device.send(f"/portal/events/{id}/mend", draft="1" * 32, q0="1").status_code == 422
    story.harvests("10", signed=False)
    (draft,) = entries(story.lan)
    assert story.be.person.device.http.get(f"/portal/drafts/{draft}/change").status_code == 409
    assert story.be.person.device.send(f"/portal/drafts/{draft}/change", draft="2" * 32).status_code == 409
    story.lan.person.device.send(f"/portal/drafts/{draft}/take-back")


def _disposes(story: Story, lot: str, quantity: str, reason: str) -> None:
    found = re.search(
        rf"batch=(0x[0-9a-f]+)[^>]*data-code=\"[^\"]*/{lot}\"", story.lan.opens("/portal/dispose").answer.text
    )
    assert found, story.lan.says
    story.lan.opens("/portal/dispose", batch=found[1]).fills(
        "/portal/dispose", quantity=quantity, quantity_unit="kg", reason=reason
    )
    assert story.lan.answer.url.path == "/portal", story.lan.says
