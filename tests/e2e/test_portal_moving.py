"""Promises: goods are handed over in a few taps and nobody loses any on the way; what is wrong is said in words and nothing is
kept of it; an impatient finger makes one event; what was signed in between is not taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from tests.gateway_process import Gateway, Json, until
from tests.portal_desk import Clerk
from tests.signed_in import path_of, someone

AT = "2026-10-15T05:30:00+07:00"


@dataclass
class Market:
    """Two parties with a clerk each; the first has 100 kg of crab of lot A and 40 kg of lot B."""

    nguon: Gateway
    coop: str
    store: str
    crab: str
    lan: Clerk
    be: Clerk

    def stock(self, lot: str = "A") -> Json:
        """With what is signed and not final yet; nothing of what waits."""
        told: Json = self.nguon.operator.get(f"/v1/batches/{quote(self.crab, safe='')}/{lot}/stock").json()
        return told["batches"][0]

    def holds(self, party: str, lot: str = "A") -> int:
        return int(self.stock(lot)["holdings"].get(party, 0))

    def on_the_way(self, lot: str = "A") -> int:
        return sum(int(each["open"]) for each in self.stock(lot)["shipments"])

    def signed(self, kind: str, lot: str = "A", count: int = 1) -> list[Json]:
        """All events of this kind, once there are so many and they are final."""
        path = f"/v1/batches/{quote(self.crab, safe='')}/{lot}/journey"

        def found() -> list[Json]:
            told = [each for each in self.nguon.operator.get(path).json() if each["kind"] == kind]
            return told if len(told) >= count else []

        return until(found, f"{count} {kind} of lot {lot}") if count else found()

    @property
    def untouched(self) -> bool:
        """Nothing was signed since the harvest; what waits is not signed."""
        return (self.holds(self.coop), self.on_the_way(), self.holds(self.store)) == (100_000, 0, 0)

    def ship(self, lot: str = "A", **more: Any) -> None:
        self.lan.opens("/portal/ship")
        self.lan.fills("/portal/ship", goods=self.lan.ticks(lot), to=self.store, **more)
        assert self.lan.answer.url.path == "/portal", self.lan.says


@pytest.fixture
def market(nguon: Gateway) -> Market:
    coop, store = nguon.party("htx-tan-duyet", "producer"), nguon.party("cua-nam-can", "processor", "retailer")
    crab = nguon.product(coop, profile={"name": {"vi": "Cua biển", "en": "Mud crab"}}, makers=(coop,))
    for lot, grams in (("A", 100_000), ("B", 40_000)):
        out = [{"product": crab, "lot": lot, "quantity": grams}]
        nguon.record({"kind": "Commission", "party": coop, "occurred_at": AT, "outputs": out})
    lan = Clerk(someone(nguon, coop, "manager", name="Nguyễn Thị Lan", at="192.0.2.11"))
    be = Clerk(someone(nguon, store, "manager", name="Trần Văn Bé", at="192.0.2.12"))
    return Market(nguon, coop, store, crab, lan, be)


def refused(clerk: Clerk, words: str) -> str:
    """Said in these words on the form that was sent; what was typed still stands there."""
    assert clerk.answer.status_code >= 400 and 'role="alert"' in clerk.answer.text, clerk.says
    alert = re.search(r'role="alert">([^<]+)<', clerk.answer.text)
    assert alert and words in alert[1].replace("\N{NO-BREAK SPACE}", " ").replace("&#39;", "'"), clerk.says
    return clerk.answer.text


def done(clerk: Clerk) -> str:
    assert clerk.answer.status_code == 200 and clerk.answer.url.path == "/portal", clerk.says
    return clerk.says.replace("\N{NO-BREAK SPACE}", " ")


# ── handing over ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_several_lots_go_as_one_entry_and_the_receiver_sees_them_at_once(market: Market) -> None:
    lan = market.lan.opens("/portal/ship")
    a, b = lan.ticks("A"), lan.ticks("B")
    assert f'name="quantity_{a}" value="100"' in lan.answer.text, "all of it is proposed"
    lan.fills("/portal/ship", goods=[a, b], to=market.store, **{f"quantity_{b}": "12.5"}, carrier="ghe Út Hai")
    assert "100 kg Mud crab, lot A to cua-nam-can" in done(lan) and "12.5 kg Mud crab, lot B" in lan.says
    assert lan.says.count("Take back") == 1, "one draft with both"
    seen = market.be.opens().says
    assert "On its way to you from htx-tan-duyet" in seen and "lot A" in seen and "12.5" in seen
    assert market.untouched, "nothing is signed yet"
    lan.fills("/portal/drafts", **{}).opens()
    assert "On its way to you" not in market.be.opens().says, "taken back: nobody ever saw it"


def test_the_last_receiver_is_proposed(market: Market) -> None:
    other = market.nguon.party("a-first-by-name", "processor")
    assert '<option value="">' in market.lan.opens("/portal/ship").answer.text, (
        "nobody is proposed before the first time"
    )
    market.ship(**{})
    market.lan.opens("/portal/ship")
    assert f'<option value="{market.store}" selected>' in market.lan.answer.text
    assert market.lan.answer.text.index(market.store) < market.lan.answer.text.index(other)


WRONG_QUANTITIES = {
    "101": "You have 100 kg of it, not 101 kg.",
    "many": "This is no number: many.",
    "": "This is no number",
    "0": "The quantity is missing.",
    "0.0001": "too fine to be counted",
}


def test_a_wrong_quantity_is_said_in_words_and_nothing_is_kept(market: Market) -> None:
    lan = market.lan.opens("/portal/ship")
    key = lan.ticks("A")
    for typed, words in WRONG_QUANTITIES.items():
        lan.fills(
            "/portal/ship", goods=key, to=market.store, **{f"quantity_{key}": typed, f"quantity_{key}_unit": "kg"}
        )
        page = refused(lan, words)
        assert f'value="{key}" checked' in page and f'<option value="{market.store}" selected' in page
        assert f'name="quantity_{key}" value="{typed}"' in page
    assert "Take back" not in lan.opens().says


def test_nothing_ticked_nobody_chosen_and_goods_that_are_gone_are_said_in_words(market: Market) -> None:
    lan = market.lan.opens("/portal/ship")
    lan.fills("/portal/ship", to=market.store)
    refused(lan, "Nothing is chosen yet.")
    lan.fills("/portal/ship", goods=lan.ticks("A"), to="")
    refused(lan, "This receiver is not known.")
    lan.fills("/portal/ship", goods=lan.ticks("A"), to="urn:nguon:test:nobody")
    refused(lan, "This receiver is not known.")
    lan.fills("/portal/ship", goods=lan.ticks("A"), to=market.coop)
    refused(lan, "The receiver is your own party.")
    lan.fills("/portal/ship", goods="0" * 16, to=market.store)
    refused(lan, "There is no such lot.")


def test_recalled_goods_only_go_back(market: Market) -> None:
    market.ship()
    market.be.opens().fills("/portal/receive")
    market.be.fills("/portal/drafts")
    market.be.opens().fills("/portal/receive")
    path, form = market.be.form("/portal/drafts")
    market.be.sends(path.replace("take-back", "sign"), form)
    batch = [{"product": market.crab, "lot": "A"}]
    market.nguon.record({"kind": "Recall", "party": market.coop, "occurred_at": AT, "batches": batch})
    be, third = market.be.opens("/portal/ship"), market.nguon.party("quan-an", "retailer")
    assert "recalled" in be.says
    be.fills("/portal/ship", goods=be.ticks("A"), to=third)
    refused(be, "This lot is recalled: it only goes back")
    be.fills("/portal/ship", goods=be.ticks("A"), to=market.coop)
    assert "Handing over" in done(be)
    assert "nothing to sell" in be.opens("/portal/sell").says


def test_a_suspended_party_hands_over_nothing(market: Market) -> None:
    lan = market.lan.opens("/portal/ship")
    told = market.nguon.operator.post(f"{path_of(market.coop)}/status", json={"status": "suspended"})
    assert told.status_code < 300, told.text
    third = market.nguon.party("quan-an", "retailer")
    lan.fills("/portal/ship", goods=lan.ticks("A"), to=third)
    refused(lan, "Your party is suspended")


def test_two_taps_are_one_event(market: Market) -> None:
    lan = market.lan.opens("/portal/ship")
    path, form = lan.form("/portal/ship")
    form |= {"goods": [lan.ticks("A")], "to": [market.store]}
    for _ in range(2):
        assert lan.sends(path, form).url.path == "/portal"
    assert lan.opens().says.count("Handing over") == 1
    be = market.be.opens()
    path_of_receipt, receipt = be.form("/portal/receive")
    for _ in range(2):
        answer = be.sends(path_of_receipt, receipt)
        assert answer.url.path == "/portal" and answer.status_code == 200, "the second tap says what the first one did"
    assert be.opens().says.count("Receiving") == 1
    sign, token = be.form("/portal/drafts")
    be.sends(sign.replace("take-back", "sign"), token)
    answer = be.sends(path_of_receipt, receipt)
    assert answer.status_code == 200 and "Receiving" not in be.opens().says, "nor does it a quarter of an hour later"
    assert lan.sends(path, form).status_code == 200 and "Handing over" not in lan.opens().says
    assert [len(market.signed(kind)) for kind in ("Ship", "Receive")] == [1, 1]
    assert (market.holds(market.coop), market.on_the_way(), market.holds(market.store)) == (0, 0, 100_000)


# ── receiving ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_consignment_that_is_not_signed_yet_is_received_whole_in_one_tap(market: Market) -> None:
    """Each lot of it: the sender's entry is signed by it, with what was entered before."""
    market.ship("B", **{"carrier": ""})
    lan = market.lan.opens("/portal/ship")
    lan.fills("/portal/ship", goods=lan.ticks("A"))
    be = market.be.opens()
    assert be.says.count("All of it arrived") == 1
    be.fills("/portal/receive")
    assert done(be).count("Receiving") == 2
    assert [market.on_the_way(lot) for lot in "AB"] == [100_000, 40_000], "signed, both of them"
    assert "arrived: signed soon" in market.lan.opens().says
    be.fills("/portal/drafts").opens().fills("/portal/receive")
    path, form = be.form("/portal/drafts")
    be.sends(path.replace("take-back", "sign"), form)
    assert [market.holds(market.store, lot) for lot in "AB"] == [100_000, 40_000]


def test_what_the_receiver_has_is_not_taken_back_as_if_it_never_left(market: Market) -> None:
    market.ship()
    lan = market.lan.opens()
    path, form = lan.form("/portal/drafts")
    market.be.opens().fills("/portal/receive")
    lan.answer = lan.sends(path, form)
    refused(lan, "This is signed already, or was taken back before.")
    assert "100 kg arrived: signed soon" in lan.says.replace("\N{NO-BREAK SPACE}", " ")
    assert "All of it comes back" not in lan.says, "and it is not called back either"
    sent = re.search(r"/portal/sent/(0x[0-9a-f]{64})", lan.answer.text)
    assert sent and "The receiver has it" in lan.opens(f"/portal/sent/{sent[1]}").says


def test_of_100_kg_97_live(market: Market) -> None:
    """The digits are typed once: what is missing died, by one choice."""
    market.ship()
    be = market.be.opens()
    parcel = re.search(r"/portal/receive/[0-9a-f]{32}\.0", be.answer.text)
    assert parcel
    be.opens(parcel[0]).fills("/portal/receive/", arrived="97")
    page = refused(be, "Nothing is chosen yet.")
    assert 'value="97"' in page
    be.fills("/portal/receive/", arrived="97", rest="dead_on_the_way")
    assert "Receiving: 97 kg" in done(be) and "Loss: 3 kg" in be.says.replace("\N{NO-BREAK SPACE}", " ")
    path, form = be.form("/portal/drafts")
    be.sends(path.replace("take-back", "sign"), form)
    (loss,) = market.signed("Dispose")
    assert (int(loss["quantity"]), loss["content"]["nguon:reason"]) == (3_000, "dead_on_the_way")
    assert (market.holds(market.coop), market.holds(market.store), market.on_the_way()) == (0, 97_000, 0)


WAYS: tuple[tuple[dict[str, str], dict[str, int], int, int], ...] = (
    ({"arrived": "90", "rest": "on_the_way"}, {"Receive": 90_000}, 0, 10_000),
    ({"arrived": "90", "rest": "back"}, {"Receive": 90_000, "Reject": 10_000}, 10_000, 0),
    ({"arrived": "0", "rest": "back"}, {"Reject": 100_000}, 100_000, 0),
    ({"arrived": "0", "rest": "lost_on_the_way"}, {"Dispose": 100_000}, 0, 0),
    ({"arrived": "100"}, {"Receive": 100_000}, 0, 0),
    (
        {"arrived": "900", "arrived_unit": "g", "rejected": "90", "rest": "spoiled"},
        {"Receive": 900, "Reject": 90_000, "Dispose": 9_100}, 90_000, 0,
    ),
)  # fmt: skip
"""What is typed of 100 kg · what is signed of it · what the sender has again · what is still on its way."""


def test_every_way_of_receiving_balances(market: Market) -> None:
    be = market.be
    for place, (fields, events, held, left) in enumerate(WAYS):
        lot = f"W{place}"
        out = [{"product": market.crab, "lot": lot, "quantity": 100_000}]
        market.nguon.record({"kind": "Commission", "party": market.coop, "occurred_at": AT, "outputs": out})
        market.ship(lot)
        parcel = re.search(r'(/portal/receive/[0-9a-f]{32}\.0)[^"]*"><b>100', be.opens().answer.text)
        assert parcel
        be.opens(parcel[1]).fills("/portal/receive/", **{"arrived_unit": "kg"} | fields)
        done(be)
        path, form = be.form("/portal/drafts")
        be.sends(path.replace("take-back", "sign"), form)
        assert {kind: int(market.signed(kind, lot)[0]["quantity"]) for kind in events} == events
        silent = {"Receive", "Reject", "Dispose"} - set(events)
        assert all(market.signed(kind, lot, 0) == [] for kind in silent)
        assert (market.holds(market.coop, lot), market.on_the_way(lot)) == (held, left)
        assert market.holds(market.store, lot) == events.get("Receive", 0)


CANNOT_ARRIVE: tuple[tuple[dict[str, str], str], ...] = (
    ({"arrived": "101", "rest": "back"}, "100 kg is still on the way, not 101 kg."),
    ({"arrived": "60", "rejected": "41", "rest": "spoiled"}, "100 kg is still on the way, not 101 kg."),
    ({"arrived": "0", "rest": "on_the_way"}, "The quantity is missing."),
    ({"arrived": "a lot", "rest": "back"}, "This is no number"),
    ({"arrived": "9", "rest": "eaten"}, "Nothing is chosen yet."),
)


def test_what_cannot_have_arrived_is_said_in_words_and_signs_nothing(market: Market) -> None:
    market.ship()
    parcel = re.search(r"/portal/receive/[0-9a-f]{32}\.0", market.be.opens().answer.text)
    assert parcel
    for fields, words in CANNOT_ARRIVE:
        be = market.be.opens(parcel[0])
        be.fills("/portal/receive/", **{"arrived_unit": "kg", "rejected_unit": "kg"} | fields)
        assert f'value="{fields["arrived"]}"' in refused(be, words)
    assert market.untouched, "the sender's entry waits on"


def test_a_page_that_is_older_than_the_signature_still_receives(market: Market) -> None:
    market.ship()
    be = market.be.opens()
    path, form = be.form("/portal/receive")
    assert "." in form["parcel"][0], "not signed when the page was made"
    lan = market.lan.opens()
    sign, token = lan.form("/portal/drafts")
    lan.sends(sign.replace("take-back", "sign"), token)
    be.answer = be.sends(path, form)
    assert "Receiving: 100 kg" in done(be)


# ── taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def signed_ship(market: Market, lot: str = "A") -> Clerk:
    """Signed, and on its way; the sender's Today."""
    market.ship(lot)
    path, form = market.lan.opens().form("/portal/drafts")
    market.lan.answer = market.lan.sends(path.replace("take-back", "sign"), form)
    assert "On its way from you" in done(market.lan)
    return market.lan


def test_all_that_is_on_its_way_comes_back_with_one_tap(market: Market) -> None:
    lan = signed_ship(market)
    path, form = lan.form("/portal/withdraw")
    for _ in range(2):
        lan.answer = lan.sends(path, form)
        assert done(lan).count("Taking back: 100 kg") == 1
    assert "On its way to you" not in market.be.opens().says, "what is called back is not on its way any more"
    sign, token = lan.opens().form("/portal/drafts")
    lan.sends(sign.replace("take-back", "sign"), token)
    assert (market.holds(market.coop), market.on_the_way()) == (100_000, 0)
    (withdraw,) = market.signed("Withdraw")
    assert withdraw["target"] == market.signed("Ship")[0]["id"]


def test_part_of_it_comes_back_and_part_was_lost(market: Market) -> None:
    lan = signed_ship(market)
    sent = re.search(r"/portal/sent/(0x[0-9a-f]{64})", lan.answer.text)
    assert sent
    page = f"/portal/sent/{sent[1]}"
    lan.opens(page).fills(page, quantity="101")
    refused(lan, "100 kg is still on the way, not 101 kg.")
    lan.fills(page, quantity="30", what="eaten")
    refused(lan, "Nothing is chosen yet.")
    lan.fills(page, quantity="30", what="back")
    assert "Taking back: 30 kg" in done(lan)
    lan.opens(page)
    assert 'name="quantity" value="70"' in lan.answer.text, "the rest is proposed"
    lan.fills(page, quantity="1.5", what="lost_on_the_way")
    assert "Loss: 1.5 kg" in done(lan)
    assert "68.5 kg" in market.be.opens().says.replace("\N{NO-BREAK SPACE}", " ")
    lan.fills("/portal/drafts")
    done(lan)


def test_what_the_receiver_wrote_first_is_theirs(market: Market) -> None:
    """60 kg are written as arrived: at most 40 kg come back, and a page from before is refused in words."""
    lan = signed_ship(market)
    path, form = lan.form("/portal/withdraw")
    sent = re.search(r"/portal/sent/(0x[0-9a-f]{64})", lan.answer.text)
    assert sent
    lan.opens(f"/portal/sent/{sent[1]}")
    be = market.be.opens(f"/portal/receive/{sent[1]}")
    be.fills("/portal/receive/", arrived="60", rest="on_the_way")
    done(be)
    lan.fills("/portal/sent/", quantity="100", what="back")
    refused(lan, "40 kg is still on the way, not 100 kg.")
    lan.answer = lan.sends(path, form)
    assert "Taking back: 40 kg" in done(lan)
    be.opens()
    for clerk in (lan, be):
        sign, token = clerk.opens().form("/portal/drafts")
        clerk.sends(sign.replace("take-back", "sign"), token)
    assert (market.holds(market.coop), market.holds(market.store), market.on_the_way()) == (40_000, 60_000, 0)


# ── weigh slips ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def weighs(market: Market, quantity: str = "97", **more: str) -> Clerk:
    fields = {"sender": market.coop, "product": market.crab, "lot": "A", "quantity_unit": "kg"} | more
    market.be.opens("/portal/weigh", product=market.crab).fills("/portal/weigh", quantity=quantity, **fields)
    return market.be


def test_the_scale_starts_it_the_sender_agrees_and_both_are_signed(market: Market) -> None:
    assert "waits for htx-tan-duyet to agree" in done(weighs(market))
    lan = market.lan.opens()
    assert "97 kg Mud crab , lot A weighed by cua-nam-can" in lan.says.replace("\N{NO-BREAK SPACE}", " ")
    assert market.untouched
    path, form = lan.form("/portal/slips")
    for _ in range(2):
        assert lan.sends(path, form).url.path == "/portal", "twice is once"
    until(lambda: market.holds(market.store) == 97_000, "the Receive follows")
    assert (market.holds(market.coop), market.on_the_way()) == (3_000, 0)
    (ship,), (receive,) = market.signed("Ship"), market.signed("Receive")
    assert receive["target"] == ship["id"] and ship["party"]["id"] == market.coop
    assert receive["party"]["id"] == market.store and receive["content"]["nguon:entered"] == [
        {"unit": "kg", "value": "97"}
    ]
    assert "Weigh slip 97" not in lan.opens().says and "to agree" not in market.be.opens().says
    again = market.be.opens("/portal/weigh")
    assert f'<option value="{market.coop}" selected' in again.answer.text and 'value="A"' in again.answer.text


def test_agreeing_signs_nothing_else_of_the_one_who_weighed(market: Market) -> None:
    """What the receiver entered a moment ago can still be taken back."""
    signed_ship(market, "B")
    market.be.opens().fills("/portal/receive")
    weighs(market)
    market.lan.opens().fills("/portal/slips")
    until(lambda: market.holds(market.store) == 97_000, "the Receive follows")
    assert (market.on_the_way("B"), market.holds(market.store, "B")) == (
        40_000,
        0,
    ) and "Receiving: 40" in market.be.opens().says


def test_the_sender_says_no_and_the_other_sees_it(market: Market) -> None:
    weighs(market)
    lan = market.lan.opens()
    path, form = lan.form("/portal/slips")
    lan.answer = lan.sends(path.replace("agree", "decline"), form)
    assert "weighed by" not in done(lan)
    assert lan.sends(path, form).status_code == 409, "what was declined is not agreed to"
    assert "htx-tan-duyet does not agree" in market.be.opens().says
    market.be.fills("/portal/slips")
    assert "does not agree" not in done(market.be)
    assert market.untouched


def test_the_one_who_weighed_takes_it_back_but_not_once_it_is_agreed_to(market: Market) -> None:
    weighs(market).fills("/portal/slips")
    assert "to agree" not in done(market.be) and "weighed by" not in market.lan.opens().says
    weighs(market)
    path, form = market.be.form("/portal/slips")
    market.lan.opens().fills("/portal/slips")
    market.be.answer = market.be.sends(path, form)
    refused(market.be, "This is signed already, or was taken back before.")


CANNOT_WEIGH: tuple[tuple[dict[str, str], str], ...] = (
    ({"quantity": "101"}, "The sender has not that much of this lot in the ledger."),
    ({"lot": "Z"}, "The sender has no such lot."),
    ({"sender": ""}, "The sender is not chosen yet."),
    ({"sender": "urn:nguon:test:nobody"}, "The sender signs elsewhere."),
    ({"quantity": "heavy"}, "This is no number"),
)


def test_what_cannot_have_been_weighed_is_said_in_words(market: Market) -> None:
    for fields, words in CANNOT_WEIGH:
        refused(weighs(market, **{"quantity": "97"} | fields), words)
    assert "weighed by" not in market.lan.opens().says


def test_a_slip_that_the_sender_cannot_keep_any_more_stays_and_says_so(market: Market) -> None:
    weighs(market)
    market.ship()
    lan = market.lan.opens()
    lan.fills("/portal/slips")
    refused(lan, "You have 0 g of it, not 97 kg.")
    assert "weighed by cua-nam-can" in lan.opens().says and "waits for" in market.be.opens().says


def test_a_slip_is_agreed_to_by_whoever_may_hand_over(market: Market) -> None:
    weighs(market)
    helper = Clerk(someone(market.nguon, market.coop, "recorder", name="Năm", at="192.0.2.13")).opens()
    assert "weighed by cua-nam-can" in helper.says and "Right, hand over" not in helper.says
    slip = re.search(r"/portal/slips/([0-9a-f]{32})/agree", market.lan.opens().answer.text)
    assert slip
    for path, status in ((f"/portal/slips/{slip[1]}/agree", 403), (f"/portal/drafts/{slip[1]}/sign", 409)):
        assert helper.person.device.send(path).status_code == status
    assert helper.person.device.send(f"/portal/drafts/{slip[1]}/take-back").status_code == 409
    assert market.untouched


# ── selling ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def sold(market: Market, quantity: str = "5", **more: Any) -> Clerk:
    lan = market.lan.opens("/portal/sell")
    key = lan.ticks("A")
    return lan.fills("/portal/sell", goods=key, **{f"quantity_{key}": quantity} | more)


def test_a_buyer_and_a_price_are_nobody_elses_business(market: Market) -> None:
    done(sold(market, buyer="Chị Tư Rạch Gốc", price="1.450.000"))
    path, form = market.lan.form("/portal/drafts")
    market.lan.sends(path.replace("take-back", "sign"), form)
    (sale,) = market.signed("Sell")
    assert int(sale["quantity"]) == 5_000 and len(sale["content"]["_sd"]) == 2
    assert "Rạch Gốc" not in str(sale) and "1450000" not in str(sale)
    assert market.holds(market.coop) == 95_000


def test_sold_at_the_stall_needs_nothing_but_the_quantity(market: Market) -> None:
    done(sold(market, "0.25"))
    path, form = market.lan.form("/portal/drafts")
    market.lan.sends(path.replace("take-back", "sign"), form)
    (sale,) = market.signed("Sell")
    assert int(sale["quantity"]) == 250 and "_sd" not in sale["content"]


def test_a_price_that_is_none_and_more_than_there_is_are_said_in_words(market: Market) -> None:
    assert 'value="cheap"' in refused(sold(market, price="cheap"), "This is no number: cheap.")
    refused(sold(market, "101"), "You have 100 kg of it, not 101 kg.")
    batch = [{"product": market.crab, "lot": "A"}]
    lan = market.lan.opens("/portal/sell")
    key = lan.ticks("A")
    market.nguon.record({"kind": "Recall", "party": market.coop, "occurred_at": AT, "batches": batch})
    lan.fills("/portal/sell", goods=key)
    refused(lan, "This lot is recalled")


def test_a_customer_brings_it_back(market: Market) -> None:
    lan = market.lan
    assert "nothing can come back" in lan.opens("/portal/return").says
    sold(market)
    key = lan.opens("/portal/return").ticks("A")
    lan.fills("/portal/return", goods=key, **{f"quantity_{key}": "6"})
    refused(lan, "5 kg of it was sold, not 6 kg.")
    lan.fills("/portal/return", goods=key, **{f"quantity_{key}": "2"})
    assert "Return: 2 kg" in done(lan)
    lan.opens("/portal/return").fills("/portal/return", goods=key, sellable="no", **{f"quantity_{key}": "1"})
    path, form = lan.form("/portal/drafts")
    lan.sends(path.replace("take-back", "sign"), form)
    told = [(int(e["quantity"]), e["content"]["disposition"]) for e in market.signed("Return", count=2)]
    assert told == [(2_000, "sellable_accessible"), (1_000, "non_sellable_other")]
    assert market.holds(market.coop) == 98_000


# ── roles ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_kinds_of_a_role_decide(market: Market) -> None:
    signed_ship(market, "B")
    helper = Clerk(someone(market.nguon, market.coop, "processor", name="Sáu", at="192.0.2.14")).opens()
    assert not {"Sell", "Return", "Weigh slip", "All of it comes back"} & set(
        re.split(r"(?<=\w) (?=[A-Z])", helper.says)
    )
    helper.opens("/portal/ship").fills("/portal/ship", goods=helper.ticks("A"), to=market.store)
    refused(helper, "Your role does not allow this.")
    parcel = re.search(r"/portal/receive/0x[0-9a-f]{64}", market.be.opens().answer.text)
    assert parcel
    driver = Clerk(someone(market.nguon, market.store, "shipper", name="Bảy", at="192.0.2.15"))
    shown = driver.opens(parcel[0]).answer.text
    assert 'value="back"' in shown and 'value="dead_on_the_way"' not in shown, "losses are the recorder's"


def test_who_may_not_receive_does_not_sign_the_senders_entry_either(market: Market) -> None:
    market.ship()
    _, form = market.be.opens().form("/portal/receive")
    helper = Clerk(someone(market.nguon, market.store, "recorder", name="Chín", at="192.0.2.16"))
    answer = helper.person.device.send("/portal/receive", parcel=form["parcel"], draft=form["draft"])
    assert answer.status_code == 403
    assert market.untouched
