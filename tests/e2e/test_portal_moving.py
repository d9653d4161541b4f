"""Promises: what is on its way comes back while nobody has it; a weigh slip is signed by its sender alone, and received by itself;
a sale tells nobody else of its buyer; what a role is not for it does not do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.gateway_process import Gateway, until
from tests.portal_desk import Clerk
from tests.portal_market import AT, Market, done, market_of, refused, signed_ship
from tests.signed_in import someone


@pytest.fixture
def market(nguon: Gateway) -> Market:
    return market_of(nguon)


# ── taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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
