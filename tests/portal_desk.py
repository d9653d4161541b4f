"""A person at the portal, for tests: forms as the pages show them, sent as a browser sends them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.signed_in import Someone


class _Forms(HTMLParser):
    """Forms with their action and what stands in their fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][1][self._area] = [data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.forms.append((told.get("action") or "", {}))
        if not self.forms:
            return
        fields = self.forms[-1][1]
        name = told.get("name")
        if tag == "input" and name and (told.get("type") not in ("checkbox", "radio") or "checked" in told):
            fields.setdefault(name, []).append(told.get("value") or "")
        if tag == "select":
            self._select = name
        if tag == "textarea" and name:
            fields[name], self._area = [""], name
        if tag == "option" and self._select and ("selected" in told or self._select not in fields):
            fields[self._select] = [told.get("value") or ""]


@dataclass
class Clerk:
    """Somebody at the portal. `answer` is the last page."""

    person: Someone
    answer: httpx.Response = field(init=False)

    def opens(self, path: str = "/portal", **query: Any) -> Clerk:
        self.answer = self.person.device.http.get(path, params={"lang": "en", **query})
        assert self.answer.status_code == 200, self.answer.text
        return self

    def fills(self, action: str, **fields: Any) -> Clerk:
        """The form of the open page whose action begins so, with these fields in place of what stands there."""
        path, told = self.form(action)
        given = {name: value if isinstance(value, list) else [str(value)] for name, value in fields.items()}
        self.answer = self.sends(path, {**told, **given})
        return self

    def sends(self, path: str, data: dict[str, list[str]]) -> httpx.Response:
        """As a browser sends a form; where it is taken to."""
        return self.person.device.http.post(path, data=data, follow_redirects=True)

    def form(self, action: str) -> tuple[str, dict[str, list[str]]]:
        """A form of the open page, with what stands in it."""
        found = _Forms()
        found.feed(self.answer.text)
        return next((a, f) for a, f in found.forms if a.startswith(action))

    def ticks(self, lot: str) -> str:
        """The key of a lot in the open page's list, whose fields are `quantity_{key}`."""
        found = re.search(
            rf'value="([0-9a-f]{{16}})"(?:(?!value=").)*?lot {re.escape(lot)}<', self.answer.text, re.DOTALL
        )
        assert found, self.says
        return found[1]

    @property
    def waits(self) -> bool:
        """Whether something entered and not signed stands on the open page."""
        return 'class="sheet entered' in self.answer.text

    @property
    def says(self) -> str:
        """The page's text, on one line."""
        body = re.sub(r"<(head|script|style).*?</\1>", " ", self.answer.text, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def fresh() -> str:
    return secrets.token_hex(16)
