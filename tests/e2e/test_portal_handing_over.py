"""Promises: goods are handed over and received in a few taps and nobody loses any on the way; what is wrong is said in words and
nothing is kept of it; an impatient finger makes one event."""

from __future__ import annotations

import re

import pytest

from tests.gateway_process import Gateway
from tests.portal_market import AT, Market, done, market_of, refused
from tests.signed_in import path_of


@pytest.fixture
def market(nguon: Gateway) -> Market:
    return market_of(nguon)


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
    assert answer.status_code == 200 and not be.opens().waits, "nor does it a quarter of an hour later"
    assert lan.sends(path, form).status_code == 200 and not lan.opens().waits
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
