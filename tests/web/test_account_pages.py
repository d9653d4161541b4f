"""The pages for people who sign in, in a real browser at a real gateway: four languages, a phone and a desk, with and without
JavaScript; nothing that axe finds, nothing too wide, too small or too pale."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, gateway
from tests.signed_in import PASSWORD, Device, Someone, invited, someone
from tests.web.test_scan_page import LEGIBLE_PX, LOW_CONTRAST, TOO_LOW, TOO_SMALL, TOO_WIDE, TOUCH_PX

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LANGUAGES = ("vi", "en", "th", "bn")
SAMPLE = {360: ("vi", "th"), 1280: ("en", "bn")}
"""Each page in each language once; at both widths in all four with NGUON_ALL=1, as `./scripts/test --all` sets it."""
TOUCHED = (
    "button, input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select, .choice, .standing, .rooms a, summary,"
    " .languages a, .links a"
)
VIOLATIONS = """async () => (await axe.run()).violations.map(
  v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 90)).join(' | ')}`)"""


def languages(width: int) -> tuple[str, ...]:
    return LANGUAGES if os.environ.get("NGUON_ALL") == "1" else SAMPLE[width]


@dataclass
class Stage:
    nguon: Gateway
    coop: str
    manager: Someone
    operator: Someone

    def cookie(self, of: str) -> str | None:
        """Between password and second factor a session lasts ten minutes, so these two are made when they are needed."""
        if of == "enrolling":
            newcomer = Device(self.nguon.url, "192.0.2.5")
            code = invited(self.nguon, None, "operator", name="Võ Thị Sáu")["invitation"]["code"]
            assert newcomer.send("/invitation", code=code, password=PASSWORD).status_code == 303
            return newcomer.cookie
        if of == "half":
            half = Device(self.nguon.url, "192.0.2.6")
            assert half.sign_in(self.operator.name).status_code == 303
            return half.cookie
        whole = {"manager": self.manager.device, "operator": self.operator.device}.get(of)
        return whole.cookie if whole else None


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("pages")
    with devnet(folder, beat=0.05) as chain, gateway(folder, chain.rpc) as nguon:
        coop = nguon.party("hop-tac-xa-tan-duyet", "producer")
        manager = someone(nguon, coop, "manager", name="Nguyễn Thị Lan")
        manager.device.http.headers["User-Agent"] = "Mozilla/5.0 (Linux; Android 13) Chrome/120.0 Mobile Safari/537.36"
        other = Device(nguon.url, "192.0.2.3")
        other.http.headers["User-Agent"] = manager.device.http.headers["User-Agent"]
        assert other.sign_in(manager.name).status_code == 303
        for name, roles in (("Trần Văn Bé", ("recorder", "shipper")), ("Lê Hoàng Tố Uyên", ("processor",))):
            manager.device.invite(name, *roles)
        operator = someone(nguon, None, "operator", name="Phạm Quốc Việt", at="192.0.2.4")
        invited(nguon, None, "auditor", name="Inspector Jane Doe", scope="area Huyện Năm Căn")
        yield Stage(nguon, coop, manager, operator)


@contextmanager
def context(browser: Browser, stage: Stage, width: int, of: str = "", **more: bool) -> Iterator[BrowserContext]:
    phone = width < 600
    opened = browser.new_context(
        viewport={"width": width, "height": 800},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale="vi-VN",
        **more,  # type: ignore[arg-type]
    )
    if cookie := stage.cookie(of):
        opened.add_cookies([{"name": "nguon-session", "value": cookie, "url": stage.nguon.url, "httpOnly": True}])
    try:
        yield opened
    finally:
        opened.close()


SHOWN = {
    "sign-in": ("", "/sign-in"),
    "invitation": ("", "/invitation"),
    "enrolling": ("enrolling", "/second-factor"),
    "second-factor": ("half", "/second-factor"),
    "devices": ("manager", "/devices"),
    "people": ("manager", "/people"),
    "union": ("operator", "/people"),
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", SHOWN)
def test_every_page_reads_in_four_languages(
    browser: Browser, stage: Stage, artefacts: Path, name: str, width: int
) -> None:
    of, path = SHOWN[name]
    with context(browser, stage, width, of) as opened:
        page = opened.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for code in languages(width):
            answer = page.goto(f"{stage.nguon.url}{path}?lang={code}")
            assert answer and answer.status == 200 and page.url.split("?")[0].endswith(path)
            if page.locator("details").count():
                page.evaluate("document.querySelectorAll('details').forEach((each, n) => each.open = n < 2)")
            looked_at(page, code, width, artefacts / f"account-{name}-{width}-{code}.png")
        assert said == [], "the browser has nothing to complain of, its content policy included"


def looked_at(page: Page, code: str, width: int, picture: Path) -> None:
    page.screenshot(path=picture, full_page=True, scale="css")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(TOO_SMALL, LEGIBLE_PX) == []
    assert page.evaluate(TOO_LOW, [TOUCHED, TOUCH_PX]) == [], f"a finger needs {TOUCH_PX} px"
    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate(VIOLATIONS) == []
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(LOW_CONTRAST) == []
    page.emulate_media(color_scheme="light")
    assert page.locator("html").get_attribute("lang") == code
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("code", languages(360))
def test_what_went_wrong_and_an_invitation_read_as_well(
    browser: Browser, stage: Stage, artefacts: Path, code: str
) -> None:
    with context(browser, stage, 360, "") as opened:
        page = opened.new_page()
        page.goto(f"{stage.nguon.url}/sign-in?lang={code}")
        page.locator("#name").fill("ai-0000")
        page.locator("#password").fill("sai mật khẩu rồi")
        page.locator("main button").click()
        assert page.locator("[role=alert]").count() == 1
        looked_at(page, code, 360, artefacts / f"account-wrong-360-{code}.png")
    with context(browser, stage, 360, "manager") as opened:
        page = opened.new_page()
        page.goto(f"{stage.nguon.url}/people?lang={code}")
        page.locator("summary.button").click()
        page.locator("#name").fill("Ngô Thị Mười")
        page.locator("details[open] input[value=recorder]").check()
        page.locator("details[open] button").click()
        assert page.locator("svg.qr").is_visible()
        looked_at(page, code, 360, artefacts / f"account-invited-360-{code}.png")
        page.goto(f"{stage.nguon.url}/people?lang={code}&party=urn:nguon:nobody")
        assert page.locator("[role=alert]").count() == 1
        looked_at(page, code, 360, artefacts / f"account-refused-360-{code}.png")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_from_an_invitation_to_ones_devices(browser: Browser, stage: Stage, scripts: bool) -> None:
    told = invited(stage.nguon, stage.coop, "recorder", name="Huỳnh Thị Năm")["invitation"]
    with context(browser, stage, 360, "", java_script_enabled=scripts) as opened:
        page = opened.new_page()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        page.goto(told["link"])
        if scripts:
            expect(page.locator("#code")).not_to_have_value("")
            assert page.url == f"{stage.nguon.url}/invitation", "the code is out of the address bar"
            assert page.locator("#code").input_value() == told["code"]
        else:
            page.locator("#code").fill(told["code"].lower())
        page.locator("#password").fill(PASSWORD)
        page.locator("main button").click()
        page.wait_for_url(re.compile("/portal"))
        page.locator(".rooms a[href^='/devices']").click()
        assert "Huỳnh Thị Năm" in page.locator("main").inner_text()
        assert not [url for url in sent if told["code"] in url], "the code went into no address"
        (cookie,) = opened.cookies()
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
        page.get_by_role("button", name="Đăng xuất").first.click()
        page.wait_for_url(re.compile("/sign-in"))


def test_the_keyboard_alone_is_enough_to_sign_in(browser: Browser, stage: Stage) -> None:
    with context(browser, stage, 1280, "") as opened:
        page = opened.new_page()
        page.goto(f"{stage.nguon.url}/sign-in?lang=en")
        page.locator("#name").focus()
        page.keyboard.type(stage.manager.name)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/portal"))
        assert "What you have" in page.locator("main").inner_text()


def test_another_site_can_neither_post_a_form_nor_frame_a_page(browser: Browser, stage: Stage) -> None:
    """A page of another origin in the same browser: its form is refused, though the browser knows the cookie."""
    with context(browser, stage, 1280, "manager") as opened:
        page = opened.new_page()
        elsewhere = stage.nguon.url.replace("127.0.0.1", "localhost")
        page.goto(f"{elsewhere}/health/live")
        token = stage.manager.device.token()
        page.set_content(
            f'<form method="post" action="{stage.nguon.url}/devices/end-others?lang=en">'
            f'<input name="token" value="{token}"><button>x</button></form>'
        )
        page.locator("button").click()
        page.wait_for_url(re.compile("127.0.0.1"))
        assert page.locator("form.sheet, [role=alert]").count() == 1
        assert "/devices/end-others" in page.url or "/sign-in" in page.url
        assert stage.manager.device.is_in()
