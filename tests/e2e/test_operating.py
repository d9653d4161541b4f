"""Promise: what the Union does on its pages is what the API and the chain then say, asked once more before it is done; and nobody
else does it. Against a running gateway on a real chain, by forms as a browser sends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from ledger.events.identifiers import check_digit
from tests.devnet_process import devnet
from tests.gateway_process import Gateway, Json, gateway, until
from tests.operated import asked, confirmed, done, one_event_dies, text_of
from tests.signed_in import Device, Someone, path_of, someone

AT = "2025-11-20T07:30:00+07:00"


@pytest.fixture(scope="module")
def operator(nguon: Gateway) -> Someone:
    return someone(nguon, None, "operator", at="203.0.113.201", name="Phạm Quốc Việt")


@pytest.fixture(scope="module")
def device(operator: Someone) -> Device:
    return operator.device


def at(kind: str, uri: str, *more: str) -> str:
    return "/".join((f"/operating/{kind}", quote(uri, safe=""), *more))


def told(nguon: Gateway, kind: str, uri: str) -> Json:
    found: Json = nguon.operator.get(f"/v1/{kind}/{quote(uri, safe='')}").json()
    return found


def named(nguon: Gateway, name: str, *roles: str) -> str:
    uri = nguon.name("party")
    entry = {"uri": uri, "roles": roles, "profile": {"name": {"vi": name}}}
    assert nguon.operator.post("/v1/parties", json={"parties": [entry]}).status_code == 200
    return uri


# ── parties ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_party_is_admitted_when_it_is_confirmed_and_not_before(nguon: Gateway, device: Device) -> None:
    uri = nguon.name("htx")
    fields = {"uri": uri, "name_vi": "HTX Đầm Dơi", "name_en": "Dam Doi Coop", "role": ["producer", "inspector"]}
    question = asked(device, "/operating/parties", **fields)
    assert "Admit HTX Đầm Dơi?" in question.text and "Producer and Inspector" in text_of(question)
    assert told(nguon, "parties", uri)["status"] == 404, "nothing was done yet"
    assert confirmed(device, question).status_code == 303
    party = told(nguon, "parties", uri)
    assert party["name"] == {"vi": "HTX Đầm Dơi", "en": "Dam Doi Coop"}
    assert (party["roles"], party["status"]) == (["producer", "inspector"], "active")
    assert [each["custody"] for each in party["signers"]] == ["gateway"]
    found = text_of(device.http.get("/operating/parties", params={"q": "dam doi"}))
    assert "Dam Doi Coop" in found and uri in found, "found without its accents"
    page = device.http.get(at("parties", uri))
    assert party["signers"][0]["address"] in page.text and "until further notice" in page.text
    # the same once more changes nothing, and says so
    again = device.send("/operating/parties", **fields)
    assert again.status_code == 422 and "it stands so already" in again.text


def test_a_gln_is_taken_as_it_is_written_and_a_mistyped_one_is_named(nguon: Gateway, device: Device) -> None:
    body = "952000000902"
    right, wrong = body + str(check_digit(body)), body + str((check_digit(body) + 1) % 10)
    answer = device.send("/operating/parties", uri=wrong, name_vi="Cơ sở Năm Căn", role=["packer"])
    assert answer.status_code == 422 and "Law: WrongCheckDigit" in text_of(answer)
    assert f"Expected: {check_digit(body)}" in text_of(answer)
    assert f'value="{wrong}"' in answer.text and 'value="Cơ sở Năm Căn"' in answer.text, "what was typed stays"
    assert 'value="packer" checked' in answer.text
    done(device, "/operating/parties", uri=right, name_vi="Cơ sở Năm Căn", role=["packer"])
    assert told(nguon, "parties", f"https://id.gs1.org/417/{right}")["roles"] == ["packer"]


def test_a_suspended_party_ships_nothing_on_until_it_is_active_again(nguon: Gateway, device: Device) -> None:
    coop, shop = nguon.party("coop", "producer"), nguon.party("shop", "retailer")
    crab = nguon.product(coop)
    goods = {"product": crab, "lot": "S1"}
    caught = {"kind": "Commission", "party": coop, "occurred_at": AT, "outputs": [goods | {"quantity": 1000}]}
    nguon.final(nguon.record(caught)["id"])
    ship = {"kind": "Ship", "party": coop, "occurred_at": AT, **goods, "quantity": 10, "to": shop}

    question = asked(device, at("parties", coop, "status"), status="suspended")
    said = text_of(question)
    assert "Suspend coop?" in said and "send goods back to the party that made them" in said
    assert confirmed(device, question).status_code == 303
    assert told(nguon, "parties", coop)["status"] == "suspended"
    assert nguon.refused(ship)["law"] == "PartySuspended"
    shown = text_of(done(device, at("parties", coop, "status"), status="active"))
    assert "active" in shown
    nguon.final(nguon.record(ship)["id"])


def test_the_roles_are_exactly_those_that_were_ticked(nguon: Gateway, device: Device) -> None:
    lab = nguon.party("lab", "producer", "carrier")
    question = asked(device, at("parties", lab, "roles"), role=["producer", "inspector"])
    said = text_of(question)
    assert "Added: Inspector." in said and "Taken away: Carrier." in said and "recall any batch" in said
    assert confirmed(device, question).status_code == 303
    assert told(nguon, "parties", lab)["roles"] == ["producer", "inspector"]
    done(device, at("parties", lab, "roles"), role=["producer"])
    assert told(nguon, "parties", lab)["roles"] == ["producer"]
    same = device.send(at("parties", lab, "roles"), role=["producer"])
    assert same.status_code == 422 and "it stands so already" in same.text


def test_a_key_is_renewed_and_the_old_one_ends(nguon: Gateway, device: Device) -> None:
    coop = nguon.party("coop", "producer")
    (old,) = (each["address"] for each in told(nguon, "parties", coop)["signers"])
    answer = device.send(at("parties", coop, "renew"))
    assert answer.status_code == 200 and "signs from now on" in answer.text, answer.text
    signers = {each["address"]: each for each in told(nguon, "parties", coop)["signers"]}
    (new,) = signers.keys() - {old}
    assert new in text_of(answer)
    assert signers[old]["to"] is not None and signers[new]["to"] is None


# ── products and yields ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_product_and_its_makers(nguon: Gateway, device: Device) -> None:
    owner, plant, rival = (nguon.party(word, "producer", "processor") for word in ("owner", "plant", "rival"))
    uri = nguon.name("mam")
    fields = {"uri": uri, "name_vi": "Mắm ba khía", "unit": "g", "stage": "1", "brand_owner": owner, "maker": plant}
    shown = text_of(done(device, "/operating/products", **fields))
    assert "Mắm ba khía" in shown
    product = told(nguon, "products", uri)
    assert (product["unit"], product["stage"], product["brand_owner"]) == ("g", 1, owner)
    assert (product["makers"], product["open"]) == ([plant], False)

    question = asked(device, at("products", uri, "makers"), maker=rival, not_any_more=[plant])
    assert "rival may make it" in text_of(question) and "plant may not make it any more" in text_of(question)
    assert confirmed(device, question).status_code == 303
    assert told(nguon, "products", uri)["makers"] == [rival]
    twice = device.send("/operating/products", **fields)
    assert twice.status_code == 422 and "registered already" in twice.text and 'value="Mắm ba khía"' in twice.text


@pytest.fixture(scope="module")
def brine(nguon: Gateway) -> dict[str, str]:
    """Crab, salted crab and jars, of one plant."""
    plant = nguon.party("plant", "producer", "processor", "packer")
    return {
        "plant": plant,
        "crab": nguon.product(plant, profile={"name": "Ba khía sống"}),
        "shrimp": nguon.product(plant),
        "salted": nguon.product(plant, stage=1, profile={"name": "Ba khía muối"}),
        "jar": nguon.product(plant, stage=2, unit="pieces", profile={"name": "Hũ 400 g"}),
    }


def proposed(brine: dict[str, str], source: str, output: str, going_in: str, most: str) -> dict[str, Any]:
    return {"input": brine[source], "output": brine[output], "from": going_in, "most": most}


def test_a_yield_shows_what_it_would_allow_before_it_is_declared(nguon: Gateway, device: Device, brine: Json) -> None:
    question = asked(device, "/operating/yields", **proposed(brine, "crab", "salted", "100", "115"))
    said = text_of(question)
    assert "From 100 kg of Ba khía sống at most 115 kg of Ba khía muối." in said
    assert "That is 115 % of what goes in." in said
    assert "15 kg more from 100 kg" in said, "brine, and a warning"
    assert "Now: not declared" in said and "nothing was made of it so far" in said
    assert (brine["crab"], brine["salted"]) not in [
        (y["input"], y["output"]) for y in nguon.operator.get("/v1/yields").json()
    ]
    assert confirmed(device, question).status_code == 303
    declared = {(y["input"], y["output"]): y["per_million"] for y in nguon.operator.get("/v1/yields").json()}
    assert declared[brine["crab"], brine["salted"]] == 1_150_000

    # what came out so far, for the same amount: 90 and 112 of a hundred, 101 of both together
    for lot, made in (("Y1", 900), ("Y2", 1_120)):
        made_of(nguon, brine, lot, 1_000, made)
    nguon.declare(brine["shrimp"], brine["salted"], 1_000_000)
    made_of(nguon, brine, "Y3", 1_000, 500, "shrimp")
    question = asked(device, "/operating/yields", **proposed(brine, "crab", "salted", "200", "220"))
    said = text_of(question)
    assert "From 200 kg of Ba khía sống at most 220 kg" in said and "That is 110 %" in said
    assert "Now: From 200 kg of Ba khía sống at most 230 kg" in said and "less than now" in said
    assert "On the ledger, 2 times: from 200 kg came 180 kg to 224 kg, all together 202 kg." in said
    assert "1 more had other ingredients too and is not counted." in said
    assert "1 conversion on the ledger gave more than this would allow." in said


def made_of(nguon: Gateway, brine: Json, lot: str, used: int, made: int, *others: str) -> None:
    plant = brine["plant"]
    inputs = [{"product": brine[name], "lot": lot, "quantity": used} for name in ("crab", *others)]
    ids = [
        nguon.record({"kind": "Commission", "party": plant, "occurred_at": AT, "outputs": [each]})["id"]
        for each in inputs
    ]
    salted = {"product": brine["salted"], "lot": lot, "quantity": made}
    done = nguon.record({"kind": "Transform", "party": plant, "occurred_at": AT, "inputs": inputs, "outputs": [salted]})
    nguon.final(*ids, done["id"])


def test_a_jar_of_350_g_may_be_filled(device: Device, brine: Json) -> None:
    """1 ÷ 350 is no whole number of millionths: it is rounded so that what was typed is allowed."""
    said = text_of(asked(device, "/operating/yields", **proposed(brine, "salted", "jar", "0.35", "1")))
    assert "From 350 g of Ba khía muối at most 1 piece of Hũ 400 g." in said
    assert "%" not in said, "grams and pieces have no ratio"
    said = text_of(asked(device, "/operating/yields", **proposed(brine, "salted", "jar", "100", "250")))
    assert "From 100 kg of Ba khía muối at most 250 pieces of Hũ 400 g." in said


@pytest.mark.parametrize(
    ("changed", "words", "law"),
    [
        ({"most": "rất nhiều"}, "Write an amount in digits", None),
        ({"most": "1.150"}, "can be read two ways", None),
        ({"from": "0"}, "must be above zero", None),
        ({"output": ""}, "Choose one from each list", None),
        ({"output": "urn:nguon:test:nothing"}, "is not registered", "UnknownProduct"),
        ({"input": "salted", "output": "crab"}, "Expected: above 1. Found: 0.", "StageNotRising"),
        ({"input": "crab", "output": "crab"}, "Expected: above 0. Found: 0.", "StageNotRising"),
    ],
)
def test_a_yield_that_cannot_be_is_refused_in_words_and_stays_typed(
    device: Device, brine: Json, changed: dict[str, str], words: str, law: str | None
) -> None:
    fields = proposed(brine, "crab", "salted", "100", "115") | {k: brine.get(v, v) for k, v in changed.items()}
    answer = device.send("/operating/yields", **fields)
    assert answer.status_code == 422 and words in text_of(answer), text_of(answer)
    assert (f"Law: {law}" in text_of(answer)) == (law is not None)
    assert f'name="from" value="{fields["from"]}"' in answer.text, "what was typed stays"


# ── who else ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_else_does_it_and_no_form_without_its_token(nguon: Gateway, device: Device) -> None:
    """Confirmed at once, so that only who sends it stands between the form and the ledger."""
    uri = nguon.name("gian")
    form = {"uri": uri, "name_vi": "Gian", "role": ["producer"], "step": "make"}
    stranger = Device(nguon.url, "203.0.113.202")
    assert stranger.send("/operating/parties", **form).headers["location"].startswith("/sign-in")
    manager = someone(nguon, nguon.party("coop", "producer"), "manager", at="203.0.113.203")
    assert manager.device.send("/operating/parties", **form).status_code == 403
    half = someone(nguon, None, "operator", at="203.0.113.204")
    assert half.device.send("/sign-out").status_code == 303
    assert half.device.sign_in(half.name).status_code == 303, "the password alone"
    assert half.device.send("/operating/parties", **form).headers["location"].startswith("/second-factor")
    for forged in ("", "0" * 96, stranger.token()):
        assert device.http.post("/operating/parties", data=form | {"token": forged}).status_code == 403
    elsewhere = {"Origin": "https://elsewhere.example"}
    sent = device.http.post("/operating/parties", data=form | {"token": device.token()}, headers=elsewhere)
    assert sent.status_code == 403
    assert nguon.operator.get(path_of(uri)).status_code == 404, "and none of them admitted anybody"


@pytest.mark.parametrize("path", ["/operating/parties/urn:nguon:test:nobody", "/operating/products/urn:nguon:test:nothing",
                                  "/operating/parties/12", "/operating/products/%2F%2F"])  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(device: Device, path: str) -> None:
    answer = device.http.get(path)
    assert answer.status_code == 422 and "nothing of this name" in answer.text


# ── the network ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_network_says_how_it_stands(nguon: Gateway, device: Device) -> None:
    said = text_of(device.http.get("/operating"))
    assert "Unsealed development chain" in said and "this gateway" in said
    assert "The records were not audited yet." in said or "records in order" in said
    events = nguon.operator.get("/v1/ledger").json()["as_of"]["events"]
    assert f"Events on the ledger {events:,}" in said


def test_a_dead_event_and_a_chain_that_is_away_are_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("dead")
    with devnet(folder, beat=0.05) as chain:
        with gateway(folder, chain.rpc) as first:
            coop, shop = named(first, "HTX Tân Duyệt", "producer"), first.party("shop", "retailer")
            crab = first.product(coop, profile={"name": "Ba khía"})
            goods = {"product": crab, "lot": "D1"}
            caught = {"kind": "Commission", "party": coop, "occurred_at": AT, "outputs": [goods | {"quantity": 50_000}]}
            first.final(first.record(caught)["id"])
            person = someone(first, None, "operator", at="203.0.113.205")
            assert "There is none" in text_of(person.device.http.get("/operating/dead"))
        ship = {"kind": "Ship", "party": coop, "occurred_at": AT, **goods, "quantity": 30_000, "to": shop}
        with one_event_dies(folder, chain.rpc, ship, coop) as running:
            device = person.device
            device.http.base_url = running.url
            device.http.headers["Origin"] = running.url
            said = text_of(device.http.get("/operating/dead"))
            assert "HTX Tân Duyệt dead · sent off · 30 kg · Ba khía, lot D1" in said
            assert "PartySuspended" in said and "may only receive" in said and "they record it again" in said
            said = text_of(device.http.get("/operating"))
            assert "1 event is dead." in said and "All is well" not in said
            said = text_of(device.http.get("/operating", params={"lang": "vi"}))
            assert "1 event" not in said, "in Vietnamese, too"
    with gateway(folder, "http://127.0.0.1:9", ready=False) as alone:
        device.http.base_url = alone.url
        device.http.headers["Origin"] = alone.url
        until(lambda: alone.health()["why"] is not None, "it knows that the chain is away")
        said = text_of(device.http.get("/operating"))
        assert "All is well" not in said
        form = {"uri": "urn:nguon:test:late", "name_vi": "Muộn", "role": ["producer"]}
        answer = device.send("/operating/parties", **form)
        assert answer.status_code == 503 and "did not answer" in answer.text and 'value="Muộn"' in answer.text


# ── a council that waits ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("slow")
    delays = ("--council-delay", "yields=3600", "--council-delay", "inspectors=2")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc, *delays) as running:
        yield running


def test_a_change_that_waits_is_announced_said_so_and_made_when_its_time_has_come(slow: Gateway) -> None:
    device = someone(slow, None, "operator", at="203.0.113.206").device
    uri = slow.name("lab")
    fields = {"uri": uri, "name_vi": "Phòng kiểm nghiệm", "role": ["packer", "inspector"]}
    question = asked(device, "/operating/parties", **fields)
    assert "The council waits" in question.text and 'value="make"' not in question.text
    announced = confirmed(device, question, "announce")
    assert announced.status_code == 200 and "It is announced" in announced.text
    assert slow.operator.get(path_of(uri)).status_code == 404

    def ready() -> httpx.Response | None:
        answer = device.send("/operating/parties", **fields)
        return answer if 'value="make"' in answer.text else None

    assert confirmed(device, until(ready, "its time has come")).status_code == 303
    assert slow.operator.get(path_of(uri)).json()["roles"] == ["packer", "inspector"]

    owner = slow.party("owner", "producer")
    source, output = slow.product(owner), slow.product(owner, stage=1)
    proposal = {"input": source, "output": output, "from": "100", "most": "90"}
    announced = confirmed(device, asked(device, "/operating/yields", **proposal), "announce")
    assert "It can be made from" in text_of(announced)
    early = device.send("/operating/yields", **proposal, step="make")
    assert early.status_code == 422 and "its time has not come yet" in early.text
    assert "Law: AccessManagerNotReady" in text_of(early)
    back = confirmed(device, announced, "take_back")
    assert back.status_code == 200 and 'value="announce"' in back.text
    assert slow.operator.get("/v1/yields").json() == []
