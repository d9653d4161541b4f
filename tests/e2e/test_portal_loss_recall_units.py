"""Promises: a loss goes out of stock with its reason; a recall shows what it reaches and is signed at once, by managers alone; a
unit of the trade means what it meant when it was written, whatever it means later."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx
import pytest

from tests.gateway_process import Gateway, Json, until
from tests.portal_desk import Clerk
from tests.signed_in import someone


@dataclass
class Story:
    nguon: Gateway
    coop: str
    plant: str
    crab: str
    paste: str
    lan: Clerk
    an: Clerk

    def makes(self, lot: str, quantity: int) -> None:
        outputs = [{"product": self.crab, "lot": lot, "quantity": quantity}]
        self.records("Commission", outputs=outputs)

    def records(self, kind: str, party: str = "", **more: object) -> str:
        event = {"kind": kind, "party": party or self.coop, "occurred_at": "2025-11-20T07:30:00+07:00"}
        id: str = self.nguon.record(event | more)["id"]
        self.nguon.final(id)
        return id

    def handed_on(self, lot: str, quantity: int) -> None:
        """Shipped to the plant and received there."""
        goods = {"product": self.crab, "lot": lot, "origin": self.coop}
        ship = self.records("Ship", quantity=quantity, to=self.plant, **goods)
        self.records("Receive", self.plant, quantity=quantity, shipment=ship)

    def is_made(self, lot: str, quantity: int) -> None:
        """What was signed is on the chain."""

        def there() -> bool:
            answer = httpx.get(f"{self.nguon.url}/v1/batches/{self.crab}/{lot}")
            return answer.status_code == 200 and answer.json()["quantities"]["made"] == quantity

        until(there, f"{quantity} of {lot}")

    def batch(self, lot: str, product: str = "") -> Json:
        return self.nguon.batch(product or self.crab, lot)


@pytest.fixture(scope="module")
def story(nguon: Gateway) -> Story:
    coop, plant = nguon.party("coop", "producer"), nguon.party("plant", "processor")
    crab = nguon.product(coop, profile={"name": {"vi": "Cua biển", "en": "Mud crab"}})
    paste = nguon.product(plant, stage=1, profile={"name": {"vi": "Gạch cua", "en": "Crab paste"}})
    nguon.declare(crab, paste, 500_000)
    lan = Clerk(someone(nguon, coop, "manager", name="Lan", at="198.51.100.81"))
    an = Clerk(someone(nguon, coop, "recorder", "shipper", "processor", name="An", at="198.51.100.82"))
    return Story(nguon, coop, plant, crab, paste, lan, an)


def signs(who: Clerk) -> None:
    ids = re.findall(r"/portal/drafts/([0-9a-f]{32})/take-back", who.opens().answer.text)
    assert who.person.device.send(f"/portal/drafts/{ids[0]}/sign").status_code == 303


def boxes(page: str) -> dict[str, str]:
    """Lot → the value of its box."""
    told = re.findall(r'name="batch" value="(0x[0-9a-f]{64})" data-code="[^"]*/([^"/]+)"', page)
    return {lot: batch for batch, lot in told}


@pytest.mark.parametrize(
    ("reason", "words"), [("dead", "died"), ("weight_loss", "loss of weight"), ("sample", "sample")]
)
def test_a_loss_goes_out_of_stock_with_its_reason(story: Story, reason: str, words: str) -> None:
    lot = f"LOSS-{reason}"
    story.makes(lot, 10_000)
    story.an.opens("/portal/dispose")
    link = re.search(rf"batch=(0x[0-9a-f]+)[^>]*data-code=\"[^\"]*/{lot}\"", story.an.answer.text)
    if link:
        story.an.opens("/portal/dispose", batch=link[1])
    assert f"lot {lot}" in story.an.says and "You have 10 kg of it." in story.an.says
    story.an.fills("/portal/dispose", quantity="11", quantity_unit="kg", reason=reason)
    assert story.an.answer.status_code == 422 and "You have 10 kg of it, not 11 kg" in story.an.says
    assert f'<option value="{reason}" selected>' in story.an.answer.text, "what was chosen stands"
    story.an.fills("/portal/dispose", quantity="2.5", quantity_unit="kg", reason=reason)
    assert "Loss: 2.5 kg Mud crab" in story.an.says
    signs(story.an)
    until(lambda: story.batch(lot)["quantities"]["disposed"] == 2_500, "it is on the chain")
    page = httpx.get(f"{story.nguon.url}/p/{story.crab}/{lot}", params={"lang": "en"}).text
    assert words in page


def test_a_recall_shows_what_it_reaches_and_is_signed_at_once(story: Story) -> None:
    story.makes("REC", 100_000)
    story.handed_on("REC", 60_000)
    inputs = [{"product": story.crab, "lot": "REC", "origin": story.coop, "quantity": 40_000}]
    outputs = [{"product": story.paste, "lot": "P1", "quantity": 10_000}]
    story.records("Transform", story.plant, inputs=inputs, outputs=outputs)
    story.records("Sell", quantity=5_000, product=story.crab, lot="REC", origin=story.coop)
    batch = boxes(story.lan.opens("/portal/recall").answer.text)["REC"]
    story.lan.fills("/portal/recall/reach", batch=batch, why="Kiểm nghiệm không đạt")
    told = story.lan.says
    for part in (
        "35 kg: coop",
        "20 kg: plant",
        "5 kg sold by coop",
        "Crab paste , lot P1",
        "10 kg: plant",
        "reaches: plant",
    ):
        assert part in told, (part, told)
    assert "signed at once" in told and not story.batch("REC")["state"]["recalled_by"], "nothing is recalled yet"
    story.lan.fills("/portal/recall", why="Kiểm nghiệm không đạt")
    assert story.lan.answer.url.path == "/portal/lift", story.lan.says
    assert "take it back" not in story.lan.opens().says, "it does not wait"
    until(lambda: story.batch("REC")["state"]["recalled_by"] == ["origin", "brand_owner"], "it is on the chain")
    assert story.batch("P1", story.paste)["state"]["recalled_ingredients"]
    assert story.batch("REC")["journey"][-1]["content"]["nguon:reason"] == "Kiểm nghiệm không đạt"
    assert "REC" not in boxes(story.lan.opens("/portal/recall").answer.text), "what is recalled is not recalled again"


def test_a_recall_is_lifted_by_whom_it_was_and_that_waits(story: Story) -> None:
    story.makes("BACK", 1_000)
    batch = boxes(story.lan.opens("/portal/recall").answer.text)["BACK"]
    story.lan.fills("/portal/recall/reach", batch=batch, why="x").fills("/portal/recall")
    until(lambda: story.batch("BACK")["state"]["recalled_by"], "it is recalled")
    page = story.lan.opens("/portal/lift").answer.text
    form = next(each for each in page.split("<form")[1:] if batch in each)
    recall = re.search(r'name="recall" value="(0x[0-9a-f]{64})"', form)
    draft = re.search(r'name="draft" value="([0-9a-f]{32})"', form)
    assert recall and draft
    done = story.lan.person.device.send("/portal/lift", batch=batch, recall=recall[1], draft=draft[1])
    assert done.status_code == 303, done.text
    assert "Recall lifted: Mud crab, lot BACK" in story.lan.opens().says
    signs(story.lan)
    until(lambda: not story.batch("BACK")["state"]["recalled_by"], "it is lifted")


def test_recall_and_lift_are_for_managers(story: Story) -> None:
    assert "/portal/recall" not in story.an.opens().answer.text
    for path in ("/portal/recall", "/portal/lift"):
        assert story.an.person.device.http.get(path).status_code == 403
        assert story.an.person.device.send(path, batch="0x" + "1" * 64, draft="3" * 32).status_code == 403
    assert story.an.person.device.send("/portal/recall/reach", batch="0x" + "1" * 64).status_code == 403
    for chosen in ([], ["0x12"], ["0x" + "1" * 64], [f"0x{number:064x}" for number in range(201)]):
        assert story.lan.person.device.send("/portal/recall/reach", batch=chosen).status_code == 422


def test_a_unit_means_what_it_meant_when_it_was_written(story: Story) -> None:
    declared = {"name": "Thùng", "factor": "20", "factor_unit": "kg", "product": story.crab}
    story.lan.opens("/portal/units").fills("/portal/units", **declared)
    assert "1 thùng = 20 kg" in story.lan.says
    story.an.opens("/portal/harvest").fills("/portal/harvest", quantity="5", quantity_unit="thùng", lot="U1")
    assert "Harvest: 100 kg Mud crab" in story.an.says
    signs(story.an)
    story.is_made("U1", 100_000)
    form = story.an.opens("/portal/harvest").answer.text
    assert re.search(r'<select name="quantity_unit"[^>]*>\s*<option value="thùng">thùng \(20\s?kg\)', form), (
        "used last, it stands first"
    )
    assert not re.search(
        r'<select name="quantity_unit"[^>]*>\s*<option value="thùng"', story.lan.opens("/portal/harvest").answer.text
    )
    story.lan.opens("/portal/units").fills("/portal/units", **declared | {"factor": "18.5"})
    assert "1 thùng = 18.5 kg" in story.lan.says and "before: 20 kg" in story.lan.says
    story.an.opens("/portal/harvest").fills("/portal/harvest", quantity="2", quantity_unit="thùng", lot="U2")
    signs(story.an)
    story.is_made("U2", 37_000)
    assert story.batch("U1")["quantities"]["made"] == 100_000
    said = [story.batch(lot)["journey"][0]["content"]["nguon:entered"] for lot in ("U1", "U2")]
    assert said == [
        [{"value": "5", "unit": "thùng", "factor": 20_000, "version": 1}],
        [{"value": "2", "unit": "thùng", "factor": 18_500, "version": 2}],
    ]
    made = re.search(r"/portal/events/(0x[0-9a-f]+)/mend", story.an.opens().answer.text.split("lot U1</b>")[1])
    assert made
    mend = story.an.opens(f"/portal/events/{made[1]}/mend").answer.text
    assert 'value="100"' in mend and '<option value="kg" selected>' in mend, (
        "5 thùng would be less now: it stands in kg"
    )


def test_units_are_declared_by_managers_and_kg_is_everybodys(story: Story) -> None:
    send = story.lan.person.device.send
    told = {"product": story.crab, "factor": "2", "factor_unit": "kg"}
    for name in ("kg", "G", "tonne", "2x", "", "<b>", "a" * 21):
        assert send("/portal/units?lang=en", name=name, **told).status_code == 422, name
    assert send("/portal/units", name="giạ", **told | {"factor": "0"}).status_code == 422
    assert story.an.person.device.send("/portal/units", name="giạ", **told).status_code == 403
    assert "A manager of your party" in story.an.opens("/portal/units").says
    jar = story.nguon.product(story.coop, unit="pieces", stage=2)
    assert send("/portal/units?lang=vi", product=jar, name="chục", factor="12", factor_unit="piece").status_code == 303
    offered = story.lan.person.device.http.get("/portal/harvest", params={"lang": "vi", "product": jar}).text
    assert "chục" not in offered or "chục (12" in offered
