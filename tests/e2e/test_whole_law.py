"""The whole law in one story, over HTTP: from raw crab to jars, with all that goes wrong on the way.

Goods come back, numbers are put right, a batch is recalled and cleared, a party is suspended; and at the end everything
adds up, and what the gateway says is what the chain gives.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from tests.command_line import nguon_says
from tests.gateway_process import Gateway, Json
from tests.stranger import soon

SPENT = ("held", "on_the_way", "consumed", "sold", "disposed")
BATCHES = {"crab": "RAW", "salted": "SALTED", "jar": "JARS"}


class Story:
    """Quantities in g and pieces; every statement is an hour after the one before."""

    def __init__(self, nguon: Gateway) -> None:
        self.nguon = nguon
        self.farm = nguon.party("farm", "producer")
        self.plant = nguon.party("plant", "processor", "packer")
        self.shop = nguon.party("shop", "retailer")
        self.inspector = nguon.party("inspector", "inspector")
        self.products = {
            "crab": nguon.product(self.farm),
            "salted": nguon.product(self.plant, stage=1),
            "jar": nguon.product(self.plant, stage=2, unit="pieces"),
        }
        nguon.declare(self.products["crab"], self.products["salted"], 1_150_000)
        nguon.declare(self.products["salted"], self.products["jar"], 2_500)

    def goods(self, word: str) -> Json:
        return {"product": self.products[word], "lot": BATCHES[word]}

    def say(self, party: str, kind: str, goods: str | None = None, **more: Any) -> str:
        """Recorded and final; answers the event's id."""
        answer = self.nguon.record(self._statement(party, kind, goods, more), params={"wait": "final"})
        assert answer["state"] == "final", answer
        id: str = answer["id"]
        return id

    def refused(self, law: str, party: str, kind: str, goods: str | None = None, **more: Any) -> None:
        assert self.nguon.refused(self._statement(party, kind, goods, more))["law"] == law

    def told(self, word: str) -> Json:
        return self.nguon.batch(self.products[word], BATCHES[word])

    def held(self, word: str, party: str) -> int:
        return next((h["quantity"] for h in self.told(word)["holdings"] if h["party"]["id"] == party), 0)

    def suspend(self, party: str, status: str = "suspended") -> None:
        path = f"/v1/parties/{quote(party, safe='')}"
        answer = self.nguon.operator.post(f"{path}/status", json={"status": status})
        assert answer.status_code == 200, answer.text
        assert self.nguon.operator.get(path).json()["status"] == status

    def adds_up(self) -> None:
        for word in BATCHES:
            q = self.told(word)["quantities"]
            assert q["made"] + q["adjusted_up"] - q["adjusted_down"] == sum(q[spent] for spent in SPENT), (word, q)

    def _statement(self, party: str, kind: str, goods: str | None, more: Json) -> Json:
        named = self.goods(goods) if goods else {}
        return {"kind": kind, "party": party, "occurred_at": "2025-11-20T07:00:00+07:00"} | named | more


@pytest.fixture(scope="module")
def story(nguon: Gateway) -> Story:
    """Chapter one: caught, salted and packed; a third of the jars at the shop."""
    s = Story(nguon)
    until = datetime.fromtimestamp(soon(2), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    caught = s.say(s.farm, "Commission", outputs=[s.goods("crab") | {"quantity": 10_000, "open_until": until}])
    # Weighed again before anything moved: the origin itself may put it right.
    s.say(s.farm, "AdjustUp", "crab", quantity=200, mends=caught)
    first = s.say(s.farm, "Ship", "crab", quantity=8_000, to=s.plant)
    s.say(s.plant, "Reject", "crab", quantity=1_000)
    s.say(s.plant, "Receive", "crab", quantity=7_000, shipment=first)
    wrong = s.say(s.farm, "Ship", "crab", quantity=500, to=s.shop)
    s.say(s.farm, "Withdraw", "crab", quantity=500, shipment=wrong)
    s.say(s.plant, "Transform", inputs=[s.goods("crab") | {"quantity": 6_000}],
          outputs=[s.goods("salted") | {"quantity": 6_500}])  # fmt: skip
    s.say(
        s.plant, "Pack", inputs=[s.goods("salted") | {"quantity": 4_000}], outputs=[s.goods("jar") | {"quantity": 10}]
    )
    s.say(s.plant, "Ship", "jar", quantity=3, to=s.shop)
    s.say(s.shop, "Receive", "jar", quantity=3)
    return s


def test_what_is_rejected_or_withdrawn_goes_back_to_the_sender(story: Story) -> None:
    crab = story.told("crab")
    assert story.held("crab", story.farm) == 10_200 - 8_000 + 1_000
    assert [shipment["open"] for shipment in crab["shipments"]] == [0, 0]
    assert {"Reject", "Withdraw", "AdjustUp"} <= {event["kind"] for event in crab["journey"]}
    story.adds_up()


def test_what_is_returned_was_sold_and_can_be_sold_again(story: Story) -> None:
    story.say(story.shop, "Sell", "jar", quantity=2)
    story.refused("MoreThanSold", story.shop, "Return", "jar", quantity=3)
    story.say(story.shop, "Return", "jar", quantity=1)
    assert story.told("jar")["quantities"]["sold"] == 1 and story.held("jar", story.shop) == 2
    story.refused("MoreThanSold", story.shop, "Return", "jar", quantity=2)
    story.adds_up()


def test_an_adjustment_is_no_loss_and_an_inspectors_leaves_its_mark(story: Story) -> None:
    made = story.told("salted")["journey"][0]["id"]
    story.refused("TargetMissing", story.plant, "AdjustDown", "salted", quantity=100)
    story.say(story.plant, "AdjustDown", "salted", quantity=100, mends=made)
    assert not story.told("salted")["state"]["adjusted"]
    story.refused("AlreadyMoved", story.plant, "AdjustUp", "salted", quantity=50, mends=made)
    up = story.say(story.inspector, "AdjustUp", "salted", quantity=50, mends=made, holder=story.plant)
    salted = story.told("salted")
    assert salted["state"]["adjusted"]
    assert (salted["quantities"]["adjusted_down"], salted["quantities"]["adjusted_up"]) == (100, 50)
    assert salted["quantities"]["disposed"] == 0 and story.held("salted", story.plant) == 6_500 - 4_000 - 50
    shown = next(event for event in salted["journey"] if event["id"] == up)
    assert (shown["holder"]["id"], shown["target"]) == (story.plant, made)
    story.adds_up()


def test_a_correction_says_what_is_right_and_moves_nothing(story: Story) -> None:
    before = story.told("jar")
    packed = before["journey"][0]["id"]
    words = {"nguon:reason": "nhãn ghi sai ngày"}
    corrected = story.say(story.plant, "Correct", "jar", target=packed, content=words)
    after = story.told("jar")
    assert after["quantities"] == before["quantities"] and after["head"] != before["head"]
    assert (after["journey"][-1]["id"], after["journey"][-1]["target"]) == (corrected, packed)
    assert after["journey"][-1]["content"]["nguon:reason"] == words["nguon:reason"]


def test_recalled_goods_only_go_back_and_all_made_of_them_say_so(story: Story) -> None:
    assert story.told("jar")["state"]["recalled_ingredients"] == []
    story.refused("NotEntitled", story.shop, "Recall", batches=[story.goods("crab") | {"origin": story.farm}])
    recall = story.say(story.farm, "Recall", batches=[story.goods("crab")])
    crab = story.told("crab")["state"]
    assert crab["recalled_by"] == ["origin", "brand_owner"] and not crab["open"]
    jar = story.told("jar")["state"]
    assert jar["recalled_by"] == [] and jar["recall_known"]
    assert [batch["lot"] for batch in jar["recalled_ingredients"]] == [BATCHES["crab"]]
    shown = nguon_says("--data", story.nguon.data, "show", story.products["jar"], BATCHES["jar"]).out
    assert "CONTAINS A RECALLED INGREDIENT" in shown and "RECALLED by" not in shown

    crab_of_farm = {"origin": story.farm}
    story.refused("BatchRecalled", story.plant, "Sell", "crab", quantity=100, **crab_of_farm)
    story.refused("BatchRecalled", story.plant, "Ship", "crab", quantity=100, to=story.shop, **crab_of_farm)
    before = story.held("crab", story.farm)
    story.say(story.plant, "Ship", "crab", quantity=400, to=story.farm, **crab_of_farm)
    story.say(story.farm, "Receive", "crab", quantity=400)
    assert story.held("crab", story.farm) == before + 400
    # The jars themselves are not recalled: the law lets them be sold, and the page warns.
    story.say(story.shop, "Sell", "jar", quantity=1)

    story.refused("NotRecalled", story.plant, "Lift", batches=[story.goods("jar")], recall=recall)
    story.say(story.farm, "Lift", batches=[story.goods("crab")], recall=recall)
    assert story.told("crab")["state"]["recalled_by"] == []
    assert story.told("jar")["state"]["recalled_ingredients"] == []
    story.say(story.farm, "Sell", "crab", quantity=100)
    story.adds_up()


def test_each_capacity_lifts_its_own_recall(story: Story) -> None:
    recall = story.say(story.inspector, "Recall", batches=[story.goods("salted") | {"origin": story.plant}])
    story.refused("NotRecalled", story.plant, "Lift", batches=[story.goods("salted")], recall=recall)
    assert story.told("salted")["state"]["recalled_by"] == ["inspectors"]
    assert [b["lot"] for b in story.told("jar")["state"]["recalled_ingredients"]] == [BATCHES["salted"]]
    story.say(
        story.inspector, "Lift", batches=[story.goods("salted") | {"origin": story.plant}], recall=recall
    )  # fmt: skip
    assert story.told("jar")["state"]["recalled_ingredients"] == []


def test_a_suspended_partys_goods_only_go_back(story: Story) -> None:
    story.say(story.plant, "Ship", "jar", quantity=4, to=story.shop)
    story.suspend(story.shop)
    story.say(story.shop, "Receive", "jar", quantity=4)
    held = story.held("jar", story.shop)
    story.refused("PartySuspended", story.shop, "Sell", "jar", quantity=1)
    story.refused("PartySuspended", story.shop, "Ship", "jar", quantity=1, to=story.farm)
    story.say(story.shop, "Ship", "jar", quantity=1, to=story.plant)

    story.refused("RoleMissing", story.farm, "Ship", "jar", quantity=1, to=story.plant, holder=story.shop)
    back = {"origin": story.plant, "holder": story.shop}
    story.refused("NotAWayBack", story.inspector, "Ship", "jar", quantity=1, to=story.farm, **back)
    story.refused("MoreThanHeld", story.inspector, "Ship", "jar", quantity=held, to=story.plant, **back)
    brought = story.say(story.inspector, "Ship", "jar", quantity=held - 1, to=story.plant, **back)
    sent = next(shipment for shipment in story.told("jar")["shipments"] if shipment["id"] == brought)
    assert (sent["from"]["id"], sent["to"]["id"], sent["open"]) == (story.shop, story.plant, held - 1)
    story.say(story.plant, "Receive", "jar", quantity=held - 1, shipment=brought)
    assert story.held("jar", story.shop) == 0
    story.suspend(story.shop, "active")
    story.refused("HolderNotSuspended", story.inspector, "Ship", "jar", quantity=1, to=story.plant, **back)
    story.adds_up()


def test_at_the_end_everything_adds_up_and_the_chain_says_the_same(story: Story) -> None:
    story.adds_up()
    said = nguon_says("--data", story.nguon.data, "--json", "verify")
    assert said.code == 0 and said.json["ok"] is True and said.json["faults"] == [], said


def test_the_command_line_tells_the_new_kinds_in_words(story: Story) -> None:
    story.adds_up()
    said = nguon_says("--data", story.nguon.data, "show", story.products["jar"], BATCHES["jar"])
    assert said.code == 0, said.err
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert any("Return" in line and "1 pieces" in line for line in lines), said.out
    assert any("Correct plant: correcting 0x" in line for line in lines), said.out
    assert any("AdjustUp inspector: 0.05 kg of plant mending 0x" in line for line in lines), said.out
    assert any(f"Recall farm: lot {BATCHES['crab']}" in line for line in lines), said.out
    assert any("Ship inspector:" in line and "of shop to plant" in line for line in lines), said.out
