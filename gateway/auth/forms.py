"""Forms of our own pages, read whole and strictly. A form is taken only from a page of this host, and with that page's token.

The browser says where a form comes from (Sec-Fetch-Site; older ones by Origin), and each form carries a token made of the
cookie, so another site can neither send one in somebody's name nor sign somebody in as another. A token is salted anew in each
page: compressing pages gives none of it away.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, Request

from gateway.auth.asking import cookie
from gateway.auth.vault import Vault
from ledger.errors import Refusal

MAX_FORM = 64 * 1024
MAX_FIELDS = 500
"""A collection round has two for each household, a store with many lots two for each lot."""
_MEDIA = "application/x-www-form-urlencoded"


class Form:
    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def one(self, name: str) -> str:
        """Empty where it was left out."""
        return self._fields.get(name, [""])[0]

    def many(self, name: str) -> list[str]:
        return self._fields.get(name, [])

    def typed(self, *but: str) -> list[tuple[str, str]]:
        """All that was typed and chosen, for a page that asks once more."""
        return [
            (name, value) for name, values in self._fields.items() for value in values if name not in ("token", *but)
        ]


async def read_form(request: Request) -> Form:
    """Raises `FormRefused`."""
    if not _from_here(request):
        raise Refusal("FormRefused", reason="it was sent by another page")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            raise Refusal("FormRefused", reason="it is too long")
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise Refusal("FormRefused", reason="it cannot be read") from error
    form = Form(fields)
    given = request.cookies.get(cookie(request), "")
    if media != _MEDIA or not given or not _fits(request.app.state.vault, given, form.one("token")):
        raise Refusal("FormRefused", reason="its page is too old, or cookies are switched off")
    return form


Posted = Annotated[Form, Depends(read_form)]


def token(vault: Vault, given: str) -> str:
    """For the forms of one page, sent to whoever has this cookie."""
    salt = secrets.token_hex(16)
    return salt + vault.mac("form", salt + given).hex()


def _fits(vault: Vault, given: str, shown: str) -> bool:
    salt, mac = shown[:32], shown[32:]
    return hmac.compare_digest(vault.mac("form", salt + given).hex().encode(), mac.encode())


def _from_here(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", " ")
