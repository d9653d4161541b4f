"""The address a QR code opens, over HTTP: what is answered, under which headers, and what is never concluded."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from ledger.errors import ChainError, StoreError
from tests.unit.test_catalogues import BANNED
from tests.web.page_text import Text
from tests.web.scan_app import Reader, scan_app
from tests.web.story_fixture import GTIN, LOT, PUBLIC_URL, SALT, line, story

Story = dict[str, Any]
PRODUCT = f"https://id.gs1.org/01/{GTIN}"
ADDRESS = f"/01/{GTIN}/10/BKM-261121%2FA"


def client(reader: Reader) -> TestClient:
    return TestClient(scan_app(reader, PUBLIC_URL))


def get(reader: Reader, address: str, **headers: str) -> Response:
    return client(reader).get(address, headers=headers)


def reader_of(told: Story | None = None) -> Reader:
    return Reader({(PRODUCT, LOT): told or story()})


def test_a_lot_is_served_with_headers_that_let_nothing_else_in() -> None:
    answer = get(reader_of(), ADDRESS)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["content-language"] == "vi" and answer.headers["vary"] == "Accept-Language"
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text and " style=" not in answer.text and "<style" not in answer.text


def test_the_language_follows_the_link_then_the_browser() -> None:
    assert '<html lang="en">' in get(reader_of(), ADDRESS, **{"accept-language": "en-AU"}).text
    assert '<html lang="vi">' in get(reader_of(), ADDRESS + "?lang=vi", **{"accept-language": "en-AU"}).text
    assert '<html lang="vi">' in get(reader_of(), ADDRESS, **{"accept-language": "fr"}).text


@pytest.mark.parametrize(
    "address",
    [
        f"/01/{GTIN}/10/NONE",
        f"/p/{GTIN[:-1]}9/X",
        "/p/abc/X",
        "/p/not-a-uri/X",
        f"/p/{GTIN}/%FF",
        f"/p/{GTIN}/{'A' * 200}",
        f"/p/{GTIN}/%3Cb%3E%00",
    ],
)
def test_an_unknown_code_is_a_real_page_that_keeps_the_code(address: str) -> None:
    answer = get(reader_of(), address + "?lang=en")
    assert answer.status_code == 404
    said = Text(answer.text).text
    assert "This code is unknown to this registry" in said and "Unsealed development chain" in said
    assert "Registered" not in said and BANNED.findall(said) == []
    assert ("A" * 80 in said) == ("A" * 80 in address)
    assert Text(get(reader_of(), f"/01/{GTIN}/10/NO%26NE").text).text.count("NO&NE") == 1


@pytest.mark.parametrize("failure", [ChainError("away"), StoreError("gone")])
def test_nothing_is_concluded_when_nothing_can_be_looked_up(failure: Exception) -> None:
    reader = reader_of()
    reader.failure = failure
    answer = get(reader, ADDRESS + "?lang=en")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    said = Text(answer.text).text
    assert "Could not verify now" in said and LOT in said and "Unsealed development chain" in said
    assert "Registered" not in said and "unknown to this registry" not in said


def test_goods_without_a_gtin_have_a_page_too() -> None:
    told = {**story(), **{key: line("salt", 1)[key] for key in ("batch", "product", "lot")}}
    answer = get(Reader({(SALT["id"], "MUOI-2610"): told}), "/p/urn%3Anguon%3Aproduct%3Amuoi-hot/MUOI-2610?lang=en")
    assert answer.status_code == 200 and "sea salt" in answer.text
    assert 'href="/v1/batches/urn%3Anguon%3Aproduct%3Amuoi-hot/MUOI-2610"' in answer.text
    assert "qr.svg" not in answer.text


def test_a_page_seen_before_is_not_sent_again_until_something_changes() -> None:
    reader = reader_of()
    visitor = client(reader)
    tag = visitor.get(ADDRESS).headers["etag"]
    reader.stories[PRODUCT, LOT]["as_of"]["lag_seconds"] = 3
    again = visitor.get(ADDRESS, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    reader.stories[PRODUCT, LOT]["as_of"]["lag_seconds"] = 500
    stale = visitor.get(ADDRESS, headers={"if-none-match": tag})
    assert stale.status_code == 200 and "verdict-unverified" in stale.text
    reader.stories[PRODUCT, LOT]["as_of"]["lag_seconds"] = 1
    reader.stories[PRODUCT, LOT]["quantities"]["sold"] += 1
    assert visitor.get(ADDRESS, headers={"if-none-match": tag}).status_code == 200
    assert visitor.get(ADDRESS + "?lang=en").headers["etag"] != tag


def test_styles_are_kept_for_ever_under_a_name_that_changes_with_them() -> None:
    visitor = client(reader_of())
    (address,) = re.findall(r'href="(/static/nguon\.css\?v=[0-9a-f]{16})"', visitor.get(ADDRESS).text)
    answer = visitor.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert visitor.get(address, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert visitor.get("/static/nguon.css?v=old").headers["cache-control"] == "no-cache"
    for outside in ("/static/..%2Frendering.py", "/static/none.css", "/static/"):
        assert visitor.get(outside).status_code == 404


def test_a_lot_code_several_use_is_asked_for_by_its_producer() -> None:
    reader = reader_of()
    answer = get(reader, ADDRESS + "?lang=en&origin=urn%3Ax%3Aa%2Fb")
    assert reader.asked == [(PRODUCT, LOT, "urn:x:a/b")]
    assert 'href="?lang=vi&amp;origin=urn%3Ax%3Aa%2Fb"' in answer.text
    assert answer.headers["etag"] != get(reader, ADDRESS + "?lang=en").headers["etag"]
