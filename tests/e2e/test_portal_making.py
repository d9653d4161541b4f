"""Promise: what a cooperative makes is entered by its own people in a few taps, the law judges it before it is kept, and what
households brought, whom something was bought of and for how much stands in no public answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
import pypdfium2
import pytest
import zxingcpp

from tests.database_files import opened
from tests.gateway_process import Gateway, Json
from tests.portal_desk import Clerk
from tests.signed_in import someone

NBSP = "\N{NO-BREAK SPACE}"
TODAY = datetime.now(UTC).astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date


@dataclass
class Kitchen:
    """A party that harvests, salts and packs, and its clerk. Crab → salted crab (≤ 115 %), roe (10 %) → jars (2.5 a kg)."""

    nguon: Gateway
    coop: str
    crab: str
    salted: str
    roe: str
    jar: str
    lan: Clerk

    def harvested(self, kilograms: int = 100, product: str = "", lot: str = "A") -> str:
        """A harvest, final; answers the batch's id."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        goods = {"product": product or self.crab, "lot": lot, "quantity": kilograms * 1000}
        made = self.nguon.record({"kind": "Commission", "party": self.coop, "occurred_at": at, "outputs": [goods]})
        self.nguon.final(made["id"])
        return str(self.batch(product or self.crab, lot)["batch"])

    def batch(self, product: str, lot: str) -> Json:
        return self.nguon.batch(product, lot)

    def sign(self) -> list[str]:
        """All that waits is signed; answers the ids of what is new."""
        before = set(self.ids())
        self.lan.opens()
        path = re.search(r'formaction="(/portal/drafts/[0-9a-f]{32}/sign)', self.lan.answer.text)
        assert path, self.lan.says
        answer = self.lan.person.device.send(path[1])
        assert answer.status_code == 303, answer.text
        new = [id for id in self.ids() if id not in before]
        self.nguon.final(*new)
        return new

    def ids(self) -> list[str]:
        with opened(self.nguon.data / "nguon.db") as db:
            return ["0x" + row[0].hex() for row in db.execute("SELECT id FROM outbox ORDER BY seq").fetchall()]

    def held(self, product: str, lot: str) -> int:
        """By the party, final."""
        batch = self.batch(product, lot)
        return sum(each["quantity"] for each in batch["holdings"] if each["party"]["id"] == self.coop)


def gtin(number: int) -> str:
    """A GTIN of the demo prefix that no other test takes."""
    body = f"0952{number:09d}"
    check = -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body)) % 10
    return f"https://id.gs1.org/01/{body}{check}"


_numbers = iter(range(700_000_000, 800_000_000))


@pytest.fixture
def kitchen(nguon: Gateway) -> Iterator[Kitchen]:
    coop = nguon.party("kitchen", "producer", "processor", "packer")
    crab = nguon.product(coop, profile={"name": "Live crab"})
    salted = nguon.product(coop, stage=1, profile={"name": "Salted crab"})
    roe = nguon.product(coop, stage=1, profile={"name": "Crab roe"})
    jar = nguon.product(
        coop, stage=2, unit="pieces", uri=gtin(next(_numbers)), profile={"name": "Jar", "shelf_life_days": 180}
    )
    nguon.declare(crab, salted, 1_150_000)
    nguon.declare(crab, roe, 100_000)
    nguon.declare(salted, jar, 2_500)
    lan = Clerk(someone(nguon, coop, "recorder", "processor", name="Lan"))
    yield Kitchen(nguon, coop, crab, salted, roe, jar, lan)
    lan.person.device.end()


def test_processing_takes_several_lots_and_gives_co_products(kitchen: Kitchen) -> None:
    lan = kitchen.lan
    kitchen.harvested(100, lot="A")
    kitchen.harvested(40, lot="B")
    lan.opens("/portal/process")
    assert f"From 100{NBSP}kg Live crab at most 115{NBSP}kg" in lan.answer.text
    assert f"From 100{NBSP}kg Live crab at most 10{NBSP}kg" in lan.answer.text
    assert "Jar" not in lan.says, "nothing is declared from crab to jar"
    lan.fills("/portal/process", used1="30", more="1")
    assert lan.answer.text.count("<legend>Goes in") == 2
    lan.fills("/portal/process", whole2="1", made0="75", made1="2", lot="S1")
    assert lan.answer.url.path == "/portal"
    assert (
        "Processing: 75 kg Salted crab, lot S1 and 2 kg Crab roe, lot S1 from 30 kg Live crab, lot A and 40 kg"
        in lan.says.replace(NBSP, " ")
    )
    kitchen.sign()
    assert [kitchen.held(kitchen.crab, lot) for lot in "AB"] == [70_000, 0]
    assert (kitchen.held(kitchen.salted, "S1"), kitchen.held(kitchen.roe, "S1")) == (75_000, 2_000)


WRONG = (
    ({"used1": "10", "made0": "50"}, "What goes in gives at most 11.5 kg Salted crab, not 50 kg."),
    ({"used1": "10", "made0": "11", "made1": "1"}, "What goes in gives at most 11.5 kg in all, not 12 kg."),
    ({"used1": "101", "made0": "1"}, "You have 100 kg of it, not 101 kg."),
    ({"used1": "ten", "made0": "1"}, "This is no number: ten."),
    ({"used1": "10"}, "The quantity is missing."),
    ({"made0": "1"}, "The quantity is missing."),
    ({"used1": "10", "made0": "1", "lot": " "}, "The lot needs 1 to 64 letters."),
    ({"used1": "10", "made0": "1", "lot": "lô 7"}, "The lot has letters that a label cannot carry."),
    ({"used1": "10", "made0": "1", "batch1": "0x" + "7" * 64}, "There is no such lot."),
    ({"used1": "10", "made0": "1", "batch1": "?"}, "There is no such lot."),
)


def test_what_cannot_be_is_refused_in_words_and_what_was_typed_stays(kitchen: Kitchen) -> None:
    kitchen.harvested(100)
    lan = kitchen.lan
    for typed, said in WRONG:
        lan.opens("/portal/process").fills("/portal/process", **typed)
        assert lan.answer.status_code in (404, 422), said
        assert said in lan.says.replace(NBSP, " "), said
        for name in ("used1", "made0"):
            found = re.search(f'name="{name}" value="([^"]*)"', lan.answer.text)
            assert found and found[1] == typed.get(name, ""), (said, name)
    assert "Processing" not in lan.opens().says


def test_only_what_is_declared_and_of_which_the_party_is_a_maker_is_offered_and_taken(kitchen: Kitchen) -> None:
    nguon, lan = kitchen.nguon, kitchen.lan
    rival = nguon.party("rival", "producer")
    theirs = nguon.product(rival, stage=1, profile={"name": "Rival paste"})
    nguon.declare(kitchen.crab, theirs, 1_000_000)
    undeclared = nguon.product(kitchen.coop, stage=1, profile={"name": "Crab meal"})
    kitchen.harvested(100)
    lan.opens("/portal/process")
    assert "Rival paste" not in lan.says and "Crab meal" not in lan.says
    page = lan.answer
    for product, said in (
        (theirs, "Your party is not a maker of this product."),
        (undeclared, "Nobody has declared how much Crab meal comes out of Live crab."),
        ("urn:nguon:nothing", "There is no such product."),
    ):
        lan.answer = page
        lan.fills("/portal/process", output=product, used1="10", made0="1")
        assert said in lan.says, product


def test_a_lot_that_is_taken_is_said_so_and_another_is_proposed(kitchen: Kitchen) -> None:
    kitchen.harvested(100)
    lan = kitchen.lan
    for lot in ("S", "S"):
        lan.opens("/portal/process").fills("/portal/process", used1="10", made0="5", lot=lot)
    assert "This lot is closed" in lan.says
    assert f'name="lot" value="{TODAY():%d%m%y}"' in lan.answer.text
    lan.fills("/portal/process", used1="10", made0="5")
    assert lan.answer.url.path == "/portal"


def test_two_taps_of_an_impatient_finger_are_one_event(kitchen: Kitchen) -> None:
    kitchen.harvested(100)
    lan = kitchen.lan.opens("/portal/process")
    page = lan.answer
    for _ in range(2):
        lan.answer = page
        lan.fills("/portal/process", used1="10", made0="5", lot="S")
        assert lan.answer.url.path == "/portal"
    assert lan.says.count("Processing: 5") == 1
    assert len(kitchen.sign()) == 1
    assert kitchen.held(kitchen.salted, "S") == 5_000


def test_packing_proposes_the_date_and_offers_the_label(kitchen: Kitchen) -> None:
    lan = kitchen.lan
    kitchen.harvested(60, kitchen.salted, "S")
    lan.opens("/portal/pack")
    assert f"From 100{NBSP}kg Salted crab at most 250{NBSP}pieces" in lan.answer.text.replace(
        "250 pieces", f"250{NBSP}pieces"
    )
    assert f'value="{TODAY() + timedelta(180)}"' in lan.answer.text, "as the product's description says"
    assert re.search(r'name="own_codes"[^>]* checked', lan.answer.text), "at first each pack has a code of its own"
    best = TODAY() + timedelta(90)
    lan.fills("/portal/pack", used1="40", quantity="101", best_before=best, lot="H1")
    assert "What goes in gives at most 100 pieces Jar, not 101 pieces." in lan.says.replace(NBSP, " ")
    lan.fills("/portal/pack", quantity="100")
    assert lan.answer.url.path == "/portal" and "Packing: 100 pieces Jar, lot H1" in lan.says.replace(NBSP, " ")
    code = re.search(r'href="(/v1/labels/\d{14}/H1/qr\.svg)"', lan.answer.text)
    assert code and httpx.get(kitchen.nguon.url + code[1]).headers["content-type"].startswith("image/svg")
    lan.opens("/portal/pack")
    assert f'value="{best}"' in lan.answer.text, "as far off as at the last time, also while that waits"
    assert (
        kitchen.nguon.operator.get(f"/v1/batches/{quote(kitchen.jar, safe='')}/H1/items/{'0' * 20}").status_code == 404
    )
    (event,) = kitchen.sign()
    told = kitchen.nguon.operator.get(f"/v1/events/{event}").json()
    assert told["content"]["ilmd"] == {"cbvmda:bestBeforeDate": str(best), "cbvmda:productionDate": str(TODAY())}
    assert int(told["items_root"], 16) != 0 and told["first_index"] == 0, "drawn when it was signed"
    assert (kitchen.held(kitchen.salted, "S"), kitchen.held(kitchen.jar, "H1")) == (20_000, 100)
    lan.opens("/portal/pack")
    assert f'value="{best}"' in lan.answer.text, "and when it is final"
    lan.fills("/portal/pack", used1="1", quantity="1", best_before="soon")
    assert lan.answer.status_code == 422 and "soon" in lan.says


def test_labels_of_single_packs_are_printed_from_the_lots_page(kitchen: Kitchen) -> None:
    """Each on the sheet is registered; a lot that was packed without codes has none, and the next time proposes none."""
    lan = kitchen.lan
    kitchen.harvested(60, kitchen.salted, "S")
    lan.opens("/portal/pack").fills("/portal/pack", used1="20", quantity="30", lot="CODES")
    kitchen.sign()
    lan.opens(f"/portal/stock/{kitchen.batch(kitchen.jar, 'CODES')['batch']}")
    assert "Labels for single packs" in lan.says
    page = re.search(r'href="(/portal/labels/0x[0-9a-f]{64})\?', lan.answer.text)
    assert page and "numbered 1 to 30" in lan.opens(page[1]).says
    http = lan.person.device.http
    answer = http.get(f"{page[1]}/sheet", params={"lang": "en", "first": "29", "last": "40", "per_page": "12"})
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    codes = sorted(each.text for each in zxingcpp.read_barcodes(document[0].render(scale=200 / 72).to_pil()))
    assert len(document) == 1 and len(codes) == 2
    for code in codes:
        found = httpx.get(f"{kitchen.nguon.url}/v1/batches/{kitchen.jar[-14:]}/CODES/items/{code[-20:]}").json()
        assert found["state"] == "registered" and found["index"] in (28, 29)
    for wrong in (
        {"first": "0", "last": "1"},
        {"first": "5", "last": "4"},
        {"first": "1", "last": "99999"},
        {"first": "x", "last": "1"},
    ):
        refused = http.get(f"{page[1]}/sheet", params={"lang": "en"} | wrong)
        assert refused.status_code == 422 and 'name="first"' in refused.text, wrong
    assert http.get(f"{page[1]}/sheet", params={"lang": "en", "first": "31", "last": "40"}).status_code == 422

    lan.opens("/portal/pack").fills("/portal/pack", used1="20", quantity="30", lot="BARE", own_codes=[])
    kitchen.sign()
    lan.opens(f"/portal/stock/{kitchen.batch(kitchen.jar, 'BARE')['batch']}")
    assert "Labels for single packs" not in lan.says
    assert not re.search(r'name="own_codes"[^>]* checked', lan.opens("/portal/pack").answer.text), "as at the last time"


def test_more_is_packed_into_a_lot_that_stays_open(kitchen: Kitchen) -> None:
    kitchen.harvested(60, kitchen.salted, "S")
    for count in (20, 30):
        kitchen.lan.opens("/portal/pack").fills("/portal/pack", used1="20", quantity=count, lot="H", later="1")
        assert kitchen.lan.answer.url.path == "/portal"
    kitchen.sign()
    batch = kitchen.batch(kitchen.jar, "H")
    assert batch["state"]["items"] == 50 and kitchen.held(kitchen.jar, "H") == 50


def test_who_lacks_the_role_is_told_before_typing_and_refused_if_they_post(nguon: Gateway, kitchen: Kitchen) -> None:
    """A party without the packer's role; a person without the processor's."""
    plain = nguon.party("plain")
    bay = Clerk(someone(nguon, plain, "manager", name="Bảy", at="192.0.2.9"))
    for path in ("pack", "process", "harvest", "collect"):
        assert "has not the role" in bay.opens(f"/portal/{path}").says, path
        assert f'href="/portal/{path}?' not in bay.opens().answer.text
    kitchen.harvested(10)
    form = kitchen.lan.opens("/portal/process")
    tu = Clerk(someone(nguon, kitchen.coop, "recorder", name="Tư", at="192.0.2.10"))
    assert 'href="/portal/process?' not in tu.opens().answer.text
    tu.opens("/portal/process").fills("/portal/process", used1="1", made0="1")
    assert tu.answer.status_code == 403
    assert form.opens().says.count("Processing") == 0
    harvest = nguon.product(plain, profile={"name": "Snail"})
    bay.opens("/portal/opening-stock", product=harvest)
    token = bay.person.device.token()
    refused = bay.person.device.http.post(
        "/portal/harvest?lang=en",
        data={"token": token, "draft": "0" * 32, "product": harvest, "quantity": "1", "lot": "L"},
    )
    assert refused.status_code == 422 and "has not the role" in refused.text


@pytest.mark.parametrize("path", ["opening-stock", "bought"])
def test_goods_from_outside_are_a_lot_of_their_own_and_not_traced_before(kitchen: Kitchen, path: str) -> None:
    nguon, lan = kitchen.nguon, kitchen.lan
    foreign = nguon.product(nguon.party("elsewhere", "producer"), profile={"name": "Foreign salt"})
    who = {"who": "Ông Sáu Lái", "price": "1,500,000", "seller": "trader"} if path == "bought" else {}
    lan.opens(f"/portal/{path}", product=foreign)
    assert "not traced before here" in lan.says
    lan.fills(f"/portal/{path}", quantity="30", lot="N1", **who)
    assert lan.answer.url.path == "/portal", lan.says
    lan.opens(f"/portal/{path}", product=foreign).fills(f"/portal/{path}", quantity="3", lot="N1", **who)
    assert "This lot is taken" in lan.says and 'value="N1"' not in lan.answer.text
    (event,) = kitchen.sign()
    batch = kitchen.batch(foreign, "N1")
    assert batch["state"]["not_traced"] and not batch["state"]["open"] and kitchen.held(foreign, "N1") == 30_000
    told = nguon.operator.get(f"/v1/events/{event}")
    assert told.json()["provenance"] == {"opening-stock": "opening_stock", "bought": "bought_outside"}[path]
    assert len(told.json()["content"].get("_sd", [])) == (2 if path == "bought" else 0)
    for public in public_answers(nguon, foreign, "N1", event):
        assert "Sáu" not in public and "1500000" not in public and "trader" not in public
    lan.opens("/portal/stock")
    assert "brought in from outside by" in lan.says and "not traced before a point" in lan.says


def public_answers(nguon: Gateway, product: str, lot: str, event: str) -> list[str]:
    """All that anybody gets to see of it."""
    name = f"{quote(product, safe='')}/{quote(lot, safe='')}"
    paths = [f"/v1/events/{event}", f"/v1/events/{event}/receipt", f"/p/{name}?lang=vi"]
    paths += [f"/v1/batches/{name}{more}" for more in ("", "/journey", "/stock", "/upstream", "/downstream")]
    answers = [httpx.get(nguon.url + path) for path in paths]
    assert [each.status_code for each in answers] == [200] * len(paths)
    return [each.text for each in answers]


NOTE = "Tư Đen 12,5\n\n2. Út Mười: 7 kg\nChị Hai Lùn - 100\n"


def test_a_round_of_households_is_one_lot_and_their_names_are_nobody_elses(kitchen: Kitchen) -> None:
    nguon, lan = kitchen.nguon, kitchen.lan
    lan.opens("/portal/collect", lang="vi").fills("/portal/collect", note=NOTE + "chưa cân\nBa 5 thùng", lot="T1")
    assert lan.answer.status_code == 422 and "5, 6" in lan.says, "wrong lines are named by number"
    assert "chưa cân\nBa 5 thùng" in lan.answer.text, "as it was typed"
    lan.fills("/portal/collect", note=NOTE, add_up="1")
    assert "3 hộ: 119,5 kg" in lan.says.replace(NBSP, " ") and lan.answer.url.path == "/portal/collect"
    lan.fills("/portal/collect")
    assert lan.answer.url.path == "/portal" and "119,5 kg Live crab, lô T1" in lan.says.replace(NBSP, " ")
    (event,) = kitchen.sign()
    assert kitchen.held(kitchen.crab, "T1") == 119_500
    told = nguon.operator.get(f"/v1/events/{event}").json()
    (table,) = told["content"]["_sd_tables"]
    assert (table["name"], table["rows"]) == ("households", 3)
    for public in public_answers(nguon, kitchen.crab, "T1", event):
        assert not [name for name in ("Tư Đen", "Út", "Hai Lùn", "12500", "12,5") if name in public]
    with opened(nguon.data / "nguon.db") as db:
        rows = db.execute(
            "SELECT row, disclosure FROM private_rows WHERE event = ?", (bytes.fromhex(event[2:]),)
        ).fetchall()
        assert sorted(row for row, _ in rows) == [0, 1, 2] and all(disclosure for _, disclosure in rows)


def test_the_last_rounds_households_are_proposed_to_their_own_party_alone(kitchen: Kitchen, nguon: Gateway) -> None:
    lan = kitchen.lan
    lan.opens("/portal/collect", lang="vi").fills("/portal/collect", note=NOTE)
    waiting = lan.opens("/portal/collect").answer.text
    kitchen.sign()
    signed = lan.opens("/portal/collect").answer.text
    for page in (waiting, signed):
        assert re.findall(r'name="household" value="([^"]+)"', page) == ["Tư Đen", "Út Mười", "Chị Hai Lùn"]
    form = lan.answer
    data = {"token": lan.person.device.token(), "draft": "a" * 32, "product": kitchen.crab, "lot": "T2", "unit": "kg",
            "household": ["Tư Đen", "Út Mười", "Chị Hai Lùn"], "brought": ["4", "", "x"], "note": "Năm 1"}  # fmt: skip
    refused = lan.person.device.http.post("/portal/collect?lang=en", data=data)
    assert refused.status_code == 422 and "Not a name with a quantity: Chị Hai Lùn" in refused.text
    kept = lan.person.device.http.post("/portal/collect?lang=en", data=data | {"brought": ["4", "", "2.5"]})
    assert kept.status_code == 303
    lan.opens()
    assert "Collection round: 7.5 kg" in lan.says.replace(NBSP, " ") and "from 3 households" in lan.says
    assert "Tư Đen" not in lan.says and form.status_code == 200
    other = nguon.party("rival", "producer")
    nguon.product(other, profile={"name": "Snail"})
    rival = Clerk(someone(nguon, other, "manager", name="Rival", at="192.0.2.11"))
    assert "Households, one a line" in rival.opens("/portal/collect").says
    assert "Tư Đen" not in rival.opens("/portal/collect").answer.text


def test_stock_says_where_a_batch_came_from_and_what_can_be_done_with_it(kitchen: Kitchen) -> None:
    nguon, lan = kitchen.nguon, kitchen.lan
    lan.opens("/portal/bought", product=kitchen.crab).fills("/portal/bought", quantity="50", who="Ai đó", lot="N")
    lan.opens("/portal/process").fills("/portal/process", used1="20", made0="20", lot="S")
    lan.opens("/portal/stock")
    assert lan.says.count("not traced before a point") == 2, "what waits to be signed inherits the mark too"
    kitchen.sign()
    batch = kitchen.batch(kitchen.salted, "S")["batch"]
    lan.opens(f"/portal/stock/{batch}")
    assert "not traced before a point" in lan.says and "made by" in lan.says
    assert f'href="/portal/pack?lang=en&amp;batch={batch}"' in lan.answer.text
    assert "/portal/process" not in lan.answer.text, (
        "nothing is declared from salted crab to anything that is not packed"
    )
    scan = re.search(r'href="(/p/[^"?]+)', lan.answer.text)
    assert scan and httpx.get(nguon.url + scan[1]).status_code == 200
    lan.opens("/portal/pack", batch=batch)
    assert f'value="{batch}"' in lan.answer.text
    at = datetime.now(UTC).isoformat(timespec="seconds")
    goods = {"product": kitchen.crab, "lot": "N"}
    recall = nguon.record({"kind": "Recall", "party": kitchen.coop, "occurred_at": at, "batches": [goods]})
    nguon.final(recall["id"])
    assert "contains a recalled ingredient" in lan.opens(f"/portal/stock/{batch}").says
    raw = kitchen.batch(kitchen.crab, "N")["batch"]
    lan.opens(f"/portal/stock/{raw}")
    assert "recalled" in lan.says and "/portal/process" not in lan.answer.text
    assert raw not in lan.opens("/portal/process").answer.text
    for nothing in ("0x" + "0" * 64, "nothing"):
        assert lan.person.device.http.get(f"/portal/stock/{nothing}").status_code in (404, 422)


def test_a_harvest_over_nights_goes_into_one_open_lot_from_todays_entry(kitchen: Kitchen) -> None:
    lan = kitchen.lan
    lan.opens("/portal/harvest").fills("/portal/harvest", quantity="12.5", lot="N24")
    for _ in range(2):
        link = re.search(r'href="(/portal/harvest\?[^"]*lot=N24)"', lan.opens().answer.text)
        assert link and "open until" in lan.says
        lan.answer = lan.person.device.http.get(link[1].replace("&amp;", "&"))  # the first tap
        assert re.search(r'<input id="quantity"[^>]* autofocus', lan.answer.text)
        lan.fills("/portal/harvest", quantity="10")  # the second
        assert lan.answer.url.path == "/portal"
    assert len(kitchen.sign()) == 3
    assert kitchen.held(kitchen.crab, "N24") == 32_500
    assert kitchen.batch(kitchen.crab, "N24")["state"]["open"]


def test_the_last_harvest_stands_on_today_when_its_lot_is_closed(kitchen: Kitchen) -> None:
    lan = kitchen.lan
    assert "Harvest again" not in lan.opens().says
    kitchen.harvested(5, lot="OLD")
    link = re.search(r'href="(/portal/harvest\?[^"]*)">Harvest again', lan.opens().answer.text)
    assert link and "lot=" not in link[1]
    lan.opens("/portal/harvest").fills("/portal/harvest", quantity="1", lot="OLD")
    assert "This lot is closed" in lan.says and 'value="OLD"' not in lan.answer.text


def test_what_a_stranger_opens_to_all_never_stands_before_ones_own(nguon: Gateway) -> None:
    """Older and open to everybody: still, who writes a harvest and no more means their own product."""
    stranger = nguon.party("stranger", "producer")
    open_to_all = nguon.product(stranger, open=True, profile={"name": "Anybody's crab"})
    coop = nguon.party("coop", "producer")
    named = nguon.product(stranger, makers=(coop,), profile={"name": "Made for a stranger"})
    own = nguon.product(coop, profile={"name": "Own crab"})
    who = Clerk(someone(nguon, coop, "recorder", name="Own", at="198.51.100.77"))
    told = who.opens("/portal/harvest").answer.text
    assert told.index(f'value="{own}"') < told.index(f'value="{named}"') < told.index(f'value="{open_to_all}"')
    who.fills("/portal/harvest", quantity="7", lot="OWN")
    assert "7 kg Own crab" in who.says.replace(NBSP, " ")


def test_many_that_wait_push_no_task_off_the_screen(kitchen: Kitchen) -> None:
    lan = kitchen.lan
    for lot in ("W1", "W2", "W3"):
        lan.opens("/portal/harvest").fills("/portal/harvest", quantity="5", lot=lot)
    told = lan.opens().says.replace(NBSP, " ")
    newest, tasks, other = told.index("lot W3"), told.index("Collection round"), told.index("Also waiting to be signed")
    assert newest < tasks < other < told.index("5 kg Live crab, lot W2") < told.index("5 kg Live crab, lot W1")
