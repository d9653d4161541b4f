"""The pages that mend, dispose, recall and name units, in a real browser at a real gateway: four languages, a phone and a desk;
and the button that reads a QR code, with the browser's reader in the test's place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, Json, gateway, until
from tests.portal_desk import Clerk
from tests.signed_in import someone
from tests.web.test_account_pages import languages, looked_at

AT = "2025-11-20T07:30:00+07:00"
GTIN = "09520000002015"


@dataclass
class Stage:
    nguon: Gateway
    lan: Clerk
    pages: dict[str, str]


def _recorded(nguon: Gateway, kind: str, party: str, **more: object) -> str:
    id: str = nguon.record({"kind": kind, "party": party, "occurred_at": AT} | more)["id"]
    nguon.final(id)
    return id


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("pages")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as nguon:
        coop = nguon.party("hop-tac-xa-tan-duyet", "producer")
        plant = nguon.party("co-so-che-bien-nam-can", "processor")
        nguon.party("chi-cuc-quan-ly-chat-luong", "inspector")
        names: Json = {"name": {"vi": "Cua biển", "en": "Mud crab", "th": "ปูทะเล", "bn": "কাদা কাঁকড়া"}}
        crab = nguon.product(coop, uri=f"https://id.gs1.org/01/{GTIN}", profile=names)
        paste = nguon.product(plant, stage=1, profile={"name": {"vi": "Gạch cua đông lạnh", "en": "Frozen crab paste"}})
        nguon.declare(crab, paste, 500_000)
        for number, end in (("VG-TCVN-11892-1-0117", "2099-12-31"), ("VG-2021-04", "2024-01-31")):
            told = {
                "Standard": "VietGAP",
                "Identification": number,
                "Agency": "Trung tâm Chứng nhận Quacert",
                "EndDate": end,
            }
            listed = [{f"cbvmda:certification{name}": value for name, value in told.items()}]
            _recorded(nguon, "Observe", coop, place=coop, content={"cbvmda:certificationList": listed})
        for lot, quantity in (("241124", 1_000_000), ("231124", 350_000), ("221124", 80_000), ("211124", 5_000)):
            _recorded(nguon, "Commission", coop, outputs=[{"product": crab, "lot": lot, "quantity": quantity}])
        goods = {"product": crab, "lot": "231124", "origin": coop}
        ship = _recorded(nguon, "Ship", coop, quantity=200_000, to=plant, **goods)
        _recorded(nguon, "Receive", plant, quantity=120_000, shipment=ship)
        inputs, outputs = [goods | {"quantity": 100_000}], [{"product": paste, "lot": "G-7", "quantity": 30_000}]
        _recorded(nguon, "Transform", plant, inputs=inputs, outputs=outputs)
        _recorded(nguon, "Sell", coop, quantity=20_000, **goods)
        _recorded(nguon, "Recall", coop, batches=[{"product": crab, "lot": "211124", "origin": coop}])
        lan = Clerk(someone(nguon, coop, "manager", name="Nguyễn Thị Lan"))
        lan.opens("/portal/harvest").fills("/portal/harvest", quantity="1,000", lot="251124")
        for factor in ("20", "18.5"):
            told = {"name": "thùng", "factor": factor, "factor_unit": "kg", "product": crab}
            lan.opens("/portal/units").fills("/portal/units", **told)
        draft = re.search(r"/portal/drafts/([0-9a-f]{32})/change", lan.opens().answer.text)
        event = re.search(r"lot 231124</b>.*?/portal/events/(0x[0-9a-f]{64})/mend", lan.answer.text, re.DOTALL)
        batch = re.search(r"batch=(0x[0-9a-f]{64})", lan.opens("/portal/dispose").answer.text)
        assert draft and event and batch
        pages = {
            "today": "/portal", "change": f"/portal/drafts/{draft[1]}/change", "mend": f"/portal/events/{event[1]}/mend",
            "lots": "/portal/dispose", "loss": f"/portal/dispose?batch={batch[1]}", "recall": "/portal/recall",
            "lift": "/portal/lift", "certificates": "/portal/certificates", "units": "/portal/units",
        }  # fmt: skip
        yield Stage(nguon, lan, pages)


@contextmanager
def context(browser: Browser, stage: Stage, width: int, **more: object) -> Iterator[BrowserContext]:
    phone = width < 600
    opened = browser.new_context(
        viewport={"width": width, "height": 800}, device_scale_factor=2 if phone else 1, is_mobile=phone,
        has_touch=phone, locale="vi-VN", **more,
    )  # type: ignore[arg-type]  # fmt: skip
    cookie = stage.lan.person.device.cookie
    opened.add_cookies([{"name": "nguon-session", "value": cookie or "", "url": stage.nguon.url, "httpOnly": True}])
    try:
        yield opened
    finally:
        opened.close()


def at(stage: Stage, path: str, code: str = "vi") -> str:
    return f"{stage.nguon.url}{path}{'&' if '?' in path else '?'}lang={code}"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["today", "change", "mend", "lots", "loss", "recall", "lift", "units", "certificates"])
def test_every_page_reads_in_four_languages(
    browser: Browser, stage: Stage, artefacts: Path, name: str, width: int
) -> None:
    with context(browser, stage, width) as opened:
        page = opened.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for code in languages(width):
            answer = page.goto(at(stage, stage.pages[name], code))
            assert answer and answer.status == 200
            looked_at(page, code, width, artefacts / f"mending-{name}-{width}-{code}.png")
        assert said == [], "the browser has nothing to complain of, its content policy included"


@pytest.mark.parametrize("code", languages(360))
def test_whom_to_ask_and_what_a_recall_reaches_read_as_well(
    browser: Browser, stage: Stage, artefacts: Path, code: str
) -> None:
    for width in (360, 1280):
        with context(browser, stage, width) as opened:
            page = opened.new_page()
            page.goto(at(stage, stage.pages["recall"], code))
            page.locator("label.choice", has_text="231124").click()
            page.locator("#why").fill("Kiểm nghiệm không đạt: dư lượng kháng sinh")
            page.locator("main form.sheet button").first.click()
            page.wait_for_url(re.compile("/reach"))
            looked_at(page, code, width, artefacts / f"mending-reach-{width}-{code}.png")
            page.goto(at(stage, _moved(stage), code))
            page.locator("#q0").fill("1500")
            page.locator("main form button").click()
            assert page.locator("[role=alert]").count() == 1 and page.locator(".arriving h2").count() == 1
            looked_at(page, code, width, artefacts / f"mending-ask-{width}-{code}.png")


def _moved(stage: Stage) -> str:
    """Of a harvest whose lot has moved on."""
    journey = stage.nguon.batch(GTIN, "231124")["journey"]
    return f"/portal/events/{journey[0]['id']}/mend"


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_thousand_for_a_hundred_takes_three_taps(browser: Browser, stage: Stage, scripts: bool) -> None:
    with context(browser, stage, 360, java_script_enabled=scripts) as opened:
        page = opened.new_page()
        page.goto(at(stage, "/portal"))
        before = page.locator(".entered").first.inner_text()
        page.get_by_role("link", name="Sửa lại").first.tap()
        page.locator("#q0_0").tap()
        page.locator("#q0_0").fill("100" if "100\N{NO-BREAK SPACE}kg" not in before else "101")
        page.get_by_role("button", name="Lưu").tap()
        page.wait_for_url(re.compile("/portal\\?"))
        after = page.locator(".entered").first.inner_text()
        assert re.search(r"10[01]\skg", after) and page.locator(".entered").count() == 1 and before != after
        entered = page.locator(".entered").count()
        page.locator("li", has_text="221124").get_by_role("link", name="Ghi nhầm").tap()
        page.locator("#q0").tap()
        page.locator("#q0").fill("79" if scripts else "78")
        page.get_by_role("button", name="Lưu").tap()
        page.wait_for_url(re.compile("/portal\\?"))
        assert page.locator(".entered").count() == entered + 1
        page.locator(".entered").first.get_by_role("button", name="Lấy lại").tap()
        page.locator(".entered").nth(entered).wait_for(state="detached")


# ── reading a code ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reading(stage: Stage, browser: Browser) -> Iterator[Page]:
    """A page in whose browser the reader says what `window.shown` says, and the camera gives a picture that a page painted."""
    with context(browser, stage, 360) as opened:
        page = opened.new_page()
        page.add_init_script(
            "window.BarcodeDetector = class { async detect() { return window.shown ? [{rawValue: window.shown}] : []; } };"
            "navigator.mediaDevices.getUserMedia = async () => { window.asked = (window.asked || 0) + 1;"
            " const canvas = document.createElement('canvas'); canvas.getContext('2d').fillRect(0, 0, 9, 9);"
            " window.given = canvas.captureStream(5); return window.given; };"
        )
        yield page


def test_a_code_of_a_lot_opens_it(reading: Page, stage: Stage) -> None:
    reading.goto(at(stage, "/portal/dispose"))
    reading.get_by_role("button", name="Quét mã QR").tap()
    reading.locator(".scan video").wait_for(state="visible")
    reading.evaluate("window.shown = 'https://example.com/somewhere'")
    reading.get_by_text("Lô này không có trên trang").wait_for()
    reading.evaluate(f"window.shown = 'https://nguon.example/01/{GTIN}/10/221124/21/ABC?17=261231'")
    reading.wait_for_url(re.compile("batch=0x"))
    assert "221124" in reading.locator("main").inner_text()


def test_a_code_of_a_lot_ticks_it_and_the_camera_is_let_go(reading: Page, stage: Stage) -> None:
    reading.goto(at(stage, "/portal/recall"))
    button = reading.get_by_role("button", name="Quét mã QR")
    button.tap()
    reading.evaluate(f"window.shown = 'https://id.gs1.org/01/{GTIN}/10/221124'")
    expect(reading.locator("[data-code$='/221124']")).to_be_checked()
    until(lambda: reading.evaluate("window.given.getTracks().every(track => track.readyState === 'ended')"), "let go")
    assert reading.locator("input:checked").count() == 1 and reading.locator(".scan video").is_hidden()
    reading.evaluate("window.shown = null")
    button.tap()
    reading.locator(".scan video").wait_for(state="visible")
    button.tap()
    reading.locator(".scan video").wait_for(state="hidden")
    assert reading.evaluate("window.asked") == 2


def test_where_the_browser_reads_no_codes_there_is_no_button_and_a_camera_that_is_refused_is_said(
    browser: Browser, stage: Stage
) -> None:
    with context(browser, stage, 360) as opened:
        page = opened.new_page()
        page.add_init_script("delete window.BarcodeDetector")
        page.goto(at(stage, "/portal/dispose"))
        assert page.locator(".scan").is_hidden() and page.locator("[data-code]").count() > 1
        other = opened.new_page()
        other.add_init_script(
            "window.BarcodeDetector = class {};"
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
        )
        other.goto(at(stage, "/portal/dispose"))
        other.get_by_role("button", name="Quét mã QR").tap()
        other.get_by_text("Không dùng được máy ảnh").wait_for()


def test_the_camera_is_allowed_on_the_pages_that_read_a_code_and_nowhere_else(stage: Stage) -> None:
    http = stage.lan.person.device.http
    told = {name: http.get(path).headers["Permissions-Policy"] for name, path in stage.pages.items()}
    assert {name for name, policy in told.items() if "camera=(self)" in policy} == {"lots", "loss", "recall"}
    assert all("camera=()" in told[name] for name in ("today", "change", "mend", "units", "lift"))
    assert "camera=()" in http.get("/people").headers["Permissions-Policy"]


@pytest.mark.parametrize("width", [360, 1280])
def test_an_inspector_reads_whom_to_confirm_in_four_languages(
    browser: Browser, stage: Stage, artefacts: Path, width: int
) -> None:
    quality = next(
        each["id"] for each in stage.nguon.operator.get("/v1/parties").json() if "inspector" in each["roles"]
    )
    thu = Clerk(someone(stage.nguon, quality, "recorder", name=f"Lê Minh Thư {width}", at=f"192.0.2.{width % 200}"))
    with context(browser, Stage(stage.nguon, thu, stage.pages), width) as opened:
        page = opened.new_page()
        for code in languages(width):
            page.goto(at(stage, "/portal/certificates", code))
            looked_at(page, code, width, artefacts / f"mending-certificates-inspector-{width}-{code}.png")
            assert page.locator("button:not(.danger).second").count() == 1, "what has expired is not confirmed"
            assert page.locator("form.sheet").count() == 0, "an inspector attaches none"


def test_the_fingerprint_of_a_document_is_made_in_the_browser_and_typed_without_it(
    browser: Browser, stage: Stage
) -> None:
    document = b"%PDF-1.7 VietGAP"
    with context(browser, stage, 360) as opened:
        page = opened.new_page()
        sent: list[str] = []
        page.goto(at(stage, "/portal/certificates"))
        page.on("request", lambda request: sent.append(request.url))
        page.locator("#document").set_input_files({"name": "g.pdf", "mimeType": "application/pdf", "buffer": document})
        expect(page.locator("#print")).to_have_value(sha256(document).hexdigest())
        told = [url for url in sent if not url.startswith(f"{stage.nguon.url}/static/icon.svg?v=")]
        assert told == [], "the document stays where it is; the tab's icon comes when the browser likes"
    with context(browser, stage, 360, java_script_enabled=False) as opened:
        page = opened.new_page()
        page.goto(at(stage, "/portal/certificates"))
        assert not page.locator("#document").is_visible() and page.locator("#print").is_visible()
