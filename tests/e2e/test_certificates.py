"""Promises: a certificate is shown with its state and never with more: stated by its holder, confirmed by the signature of an
inspector who is another, expired by its own date, withdrawn by either. That of a place counts for what was made there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from urllib.parse import quote

import httpx
import pytest
import zxingcpp
from PIL import Image

from ledger.errors import Refusal
from ledger.signing import badges
from tests.gateway_process import Gateway, until
from tests.portal_desk import Clerk
from tests.portal_market import done, refused
from tests.signed_in import someone
from tests.web.page_text import Text

AT = "2025-11-20T07:30:00+07:00"
PRINT = "0123456789abcdef" * 4
LATER = (date.today() + timedelta(days=200)).isoformat()


@dataclass
class Scene:
    nguon: Gateway
    coop: str
    crab: str
    lan: Clerk
    thu: Clerk
    tam: Clerk
    lots: list[str] = field(default_factory=list)

    def lot(self) -> str:
        lot = f"C{len(self.lots)}"
        self.lots.append(lot)
        outputs = [{"product": self.crab, "lot": lot, "quantity": 10_000}]
        made = self.nguon.record({"kind": "Commission", "party": self.coop, "occurred_at": AT, "outputs": outputs})
        self.nguon.final(made["id"])
        return lot

    def batch(self, lot: str) -> str:
        return str(self.nguon.batch(self.crab, lot)["batch"])

    def scan(self, lot: str) -> str:
        answer = httpx.get(f"{self.nguon.url}/p/{quote(self.crab, safe='')}/{lot}", params={"lang": "en"})
        assert answer.status_code == 200
        return Text(answer.text).text.replace("\N{NO-BREAK SPACE}", " ")

    def shows(self, lot: str, words: str) -> str:
        def there() -> str:
            said = self.scan(lot)
            return said if words in said else ""

        return until(there, f"{words} on the page of {lot}")

    def attaches(self, **fields: str) -> None:
        self.lan.opens("/portal/certificates").fills("/portal/certificates?", **fields)
        signs(self.lan)

    def presses(self, who: Clerk, number: str, what: str) -> None:
        """The button beside the certificate of this number, once the page has it."""

        def there() -> bool:
            return number in who.opens("/portal/certificates").says

        until(there, f"{number} on the page of certificates")
        line = next(each for each in who.answer.text.split("<li ") if number in each)
        path = re.search(rf"/portal/certificates/0x[0-9a-f]{{64}}/{what}", line)
        assert path, f"no button to {what}"
        told = who.form("/portal/certificates/0x")[1]
        who.answer = who.sends(path[0], told)
        signs(who)


def signs(who: Clerk) -> None:
    done(who)
    ids = re.findall(r"/portal/drafts/([0-9a-f]{32})/take-back", who.opens().answer.text)
    assert ids and who.person.device.send(f"/portal/drafts/{ids[0]}/sign").status_code == 303


@pytest.fixture(scope="module")
def scene(nguon: Gateway) -> Scene:
    coop, quality = nguon.party("certified", "producer"), nguon.party("quality", "inspector")
    other = nguon.party("other", "producer")
    crab = nguon.product(coop, profile={"name": {"vi": "Cua biển", "en": "Mud crab"}})
    lan = Clerk(someone(nguon, coop, "manager", name="Lan", at="198.51.100.91"))
    thu = Clerk(someone(nguon, quality, "recorder", name="Thu", at="198.51.100.92"))
    tam = Clerk(someone(nguon, other, "manager", name="Tam", at="198.51.100.93"))
    return Scene(nguon, coop, crab, lan, thu, tam)


def test_stated_then_confirmed_by_an_inspector_then_withdrawn_by_who_attached_it(scene: Scene) -> None:
    lot = scene.lot()
    scene.attaches(
        scheme="VietGAP", number="VG-17", issuer="Quacert", end=LATER, scope="mud crab", print=PRINT,
        of=f"batch {scene.batch(lot)}",
    )  # fmt: skip
    said = scene.shows(lot, "VietGAP · VG-17")
    assert "Stated by certified" in said and "No inspector has confirmed it." in said
    assert "Issued by, as stated: Quacert" in said and "this lot · mud crab" in said and PRINT in said
    assert "Confirmed by" not in said
    scene.presses(scene.thu, "VG-17", "confirm")
    scene.shows(lot, "Confirmed by quality")
    scene.presses(scene.lan, "VG-17", "withdraw")
    said = scene.shows(lot, "Withdrawn by certified")
    assert "Confirmed by" not in said.split("Journey")[0]


def test_an_expired_certificate_says_so_whoever_confirmed_it(scene: Scene) -> None:
    lot = scene.lot()
    scene.attaches(
        scheme="ASC", number="ASC-3", issuer="Control Union", start="2021-01-01", end="2024-01-31",
        of=f"batch {scene.batch(lot)}",
    )  # fmt: skip
    said = scene.shows(lot, "ASC · ASC-3")
    assert "Expired on 31 Jan 2024." in said and "Stated by certified" not in said.split("Journey")[0]
    scene.lan.opens("/portal/certificates")
    assert "Expired" in scene.lan.says


def test_a_certificate_of_all_places_counts_for_every_lot_and_for_nobody_elses(scene: Scene) -> None:
    lot = scene.lot()
    scene.lan.opens("/portal/certificates")
    scene.attaches(scheme="OCOP", level="4", number="148/QD", issuer="UBND Ca Mau", end=LATER)
    said = scene.shows(lot, "OCOP · 4 stars · 148/QD")
    assert "all places of certified" in said
    later = scene.lot()
    assert "OCOP · 4 stars · 148/QD" in scene.scan(later), "also what is made afterwards"
    other = scene.tam.opens("/portal/certificates").says
    assert "148/QD" not in other, "another party's page has its own alone"
    story = scene.nguon.batch(scene.crab, lot)
    assert [place["place"] for place in story["places"]] == [scene.coop]


@pytest.mark.parametrize("lie", ["not an inspector", "another lot", "itself"])
def test_what_is_no_confirmation_confirms_nothing(scene: Scene, lie: str) -> None:
    lot, number = scene.lot(), f"L-{lie.replace(' ', '-')}"
    scene.attaches(scheme="BAP", level="2", number=number, issuer="GSA", end=LATER, of=f"batch {scene.batch(lot)}")
    scene.shows(lot, number)
    journey = scene.nguon.batch(scene.crab, lot)["journey"]
    attached = next(each["id"] for each in journey if number in str(each["content"]))
    quality = next(
        each["id"] for each in parties(scene.nguon) if "inspector" in each["roles"] and "quality" in each["id"]
    )
    about = {"bizStep": "inspecting", "disposition": "conformant", "certificationInfo": f"urn:nguon:event:{attached}"}
    told = {
        "kind": "Observe", "occurred_at": AT, "party": quality if lie == "another lot" else scene.coop, "content": about,
        "product": scene.crab, "lot": scene.lot() if lie == "another lot" else lot, "origin": scene.coop,
    }  # fmt: skip
    if lie == "itself":
        told["content"] = about | {"disposition": "urn:epcglobal:cbv:disp:conformant"}
    scene.nguon.final(scene.nguon.record(told)["id"])
    assert "Confirmed by" not in scene.scan(lot) and "No inspector has confirmed it." in scene.scan(lot)


def parties(nguon: Gateway) -> list[dict[str, list[str] | str]]:
    found: list[dict[str, list[str] | str]] = httpx.get(f"{nguon.url}/v1/parties").json()
    return found


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": " "}, "The number of the certificate is missing."),
        ({"start": "2026-02-01", "end": "2026-01-31"}, "lies before the first"),
        ({"print": "abc"}, "no SHA-256 fingerprint"),
        ({"scheme": "", "other": ""}, "Say which kind"),
        ({"of": "batch 0x" + "1" * 64}, "There is no such lot"),
    ],
)
def test_what_is_wrong_is_said_on_the_form(scene: Scene, fields: dict[str, str], words: str) -> None:
    told = {"scheme": "VietGAP", "number": "X-1", "issuer": "Q"} | fields
    scene.lan.opens("/portal/certificates").fills("/portal/certificates?", **told)
    assert 'value="Q"' in refused(scene.lan, words)


def test_only_an_inspector_has_a_button_to_confirm(scene: Scene) -> None:
    assert "/confirm" not in scene.lan.opens("/portal/certificates").answer.text
    assert "/confirm" not in scene.tam.opens("/portal/certificates").answer.text


def test_a_badge_is_the_gateways_signed_word_and_a_changed_one_is_refused(scene: Scene) -> None:
    lot = scene.lot()
    records = f"{scene.nguon.url}/v1/batches/{quote(scene.crab, safe='')}/{lot}"
    badge = httpx.get(f"{records}/badge.json", params={"lang": "en"}).json()
    assert badge["gateway"] == httpx.get(f"{scene.nguon.url}/v1/ledger").json()["gateway"]
    stated = badges.read(badge)
    assert (stated["verdict"], stated["lot"], stated["batch"]) == ("registered", lot, scene.batch(lot))
    assert stated["page"].endswith(f"/{lot}") and stated["chain"] == "unsealed development chain"
    lies = [badge | {"statement": stated | {name: "registered?"}} for name in stated]
    lies += [badge | {name: 7} for name in badge]
    lies += [badge | {"gateway": "0x" + "1" * 40}, badge | {"ledger_id": "0x" + "1" * 64}, {}]
    for lie in lies:
        with pytest.raises(Refusal, match="BadgeForm"):
            badges.read(lie)


def test_a_recall_reaches_the_badge_on_every_shops_page(scene: Scene) -> None:
    lot = scene.lot()
    records = f"{scene.nguon.url}/v1/batches/{quote(scene.crab, safe='')}/{lot}"
    before = httpx.get(f"{records}/badge.svg", params={"lang": "en"})
    assert "Registered" in before.text and f"lot {lot}" in before.text and "set-cookie" not in before.headers
    assert before.headers["cross-origin-resource-policy"] == "cross-origin"
    assert before.headers["cache-control"] == "no-cache"
    goods = {"product": scene.crab, "lot": lot, "origin": scene.coop}
    recall = {"kind": "Recall", "party": scene.coop, "occurred_at": AT, "batches": [goods]}
    scene.nguon.final(scene.nguon.record(recall)["id"])
    after = httpx.get(f"{records}/badge.svg", params={"lang": "en"}).text
    assert "Recalled" in after and "Registered" not in after
    assert badges.read(httpx.get(f"{records}/badge.json").json())["verdict"] == "recalled"


def test_the_card_of_a_link_holds_the_code_of_the_page(scene: Scene) -> None:
    lot = scene.lot()
    page = httpx.get(f"{scene.nguon.url}/p/{quote(scene.crab, safe='')}/{lot}").text
    named = dict(re.findall(r'<meta property="(og:[a-z:]+)" content="([^"]*)"', page))
    assert named["og:title"] == f"Cua biển, lô {lot}" and named["og:image"].startswith(named["og:url"].split("/p/")[0])
    answer = httpx.get(f"{scene.nguon.url}/v1/batches/{quote(scene.crab, safe='')}/{lot}/card.png")
    picture = Image.open(BytesIO(answer.content))
    assert picture.size == (1200, 630) and len(answer.content) < 30_000
    (code,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert code.text == named["og:url"]
