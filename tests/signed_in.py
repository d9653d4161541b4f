"""People at their browsers, for tests of the pages: forms as a browser sends them, with cookie, token and origin."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx
import pyotp

from tests.gateway_process import KEPT_OPEN, Gateway, Json

PASSWORD = "cua biển Năm Căn 7"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass
class Device:
    """One browser. `at` gives it an address of its own, as a proxy before the gateway would tell it."""

    url: str
    at: str = "192.0.2.1"
    language: str = "en"
    http: httpx.Client = field(init=False)
    _tokens: dict[str | None, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=self.url,
            timeout=60,
            limits=KEPT_OPEN,
            verify=False,  # there is no TLS on the loopback, and reading certificates takes long
            headers={"Origin": self.url, "Accept-Language": self.language, "X-Forwarded-For": self.at},
        )

    @property
    def cookie(self) -> str | None:
        return next((each.value for each in self.http.cookies.jar), None)

    def token(self, path: str = "/invitation") -> str:
        """Any page's token fits all forms of this cookie; this page is open to everybody."""
        if self.cookie is None or self.cookie not in self._tokens:
            found = _TOKEN.search(self.http.get(path).text)
            assert found, path
            self._tokens[self.cookie] = found[1]
        return self._tokens[self.cookie]

    def send(self, path: str, **fields: Any) -> httpx.Response:
        return self.http.post(path, data={"token": self.token(), **fields})

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        return self.send("/sign-in", name=name, password=password)

    def is_in(self) -> bool:
        return self.http.get("/devices").status_code == 200

    def invite(self, name: str, *roles: str, **more: str) -> tuple[str, str]:
        """Sign-in name and code, as the page shows them."""
        shown = self.send("/people", name=name, role=list(roles), **more)
        assert shown.status_code == 200, shown.text
        words = [unescape(each) for each in re.findall(r"<code>([^<]+)</code>", shown.text)]
        assert len(words) == 3, shown.text
        return words[0], words[1]

    def end(self) -> None:
        self.http.close()


@dataclass
class Someone:
    """A person with a device on which they are signed in. `code` is the invitation that was used."""

    id: str
    name: str
    device: Device
    code: str
    secret: str | None = None

    def next_code(self) -> str:
        """A code of the second factor that no step before used: waits for the next half minute if it must."""
        assert self.secret
        if not hasattr(self, "_last"):
            self._last = 0
        step = int(time.time()) // 30
        end = time.monotonic() + 90
        while step + 1 <= self._last:
            assert time.monotonic() < end
            time.sleep(0.2)
            step = int(time.time()) // 30
        self._last = max(step, self._last + 1)
        return pyotp.TOTP(self.secret).at(self._last * 30)


def invited(nguon: Gateway, party: str | None, *roles: str, name: str = "Nguyễn Thị Lan", **more: str) -> Json:
    """By the operator's key."""
    body = {"name": name, "roles": list(roles), **({"party": party} if party else {}), **more}
    answer = nguon.operator.post("/v1/people", json=body)
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()
    return told


def someone(nguon: Gateway, party: str | None, *roles: str, at: str = "192.0.2.1", **more: str) -> Someone:
    """Invited, with a password, signed in; an operator with the second factor shown."""
    told = invited(nguon, party, *roles, **more)
    device = Device(nguon.url, at)
    code = told["invitation"]["code"]
    done = device.send("/invitation", code=code, password=PASSWORD)
    assert done.status_code == 303, done.text
    person = Someone(told["id"], told["sign_in"], device, code)
    if "operator" in roles:
        person.secret = enrolled(device)
        assert device.send("/second-factor", code=person.next_code()).status_code == 303
    assert device.is_in()
    return person


def enrolled(device: Device) -> str:
    """The secret that is shown while the second factor is set up."""
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', device.http.get("/second-factor").text)
    assert found
    return found[1].replace(" ", "")


def path_of(party: str) -> str:
    return f"/v1/parties/{quote(party, safe='')}"
