"""The QR code on a pack opens the scan page of its lot, whatever characters GS1 allows in a lot."""

from __future__ import annotations

import re
from io import BytesIO
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from gateway.pages.qr import QUIET_ZONE, qr_png, qr_svg
from tests.web.scan_app import Reader, scan_app
from tests.web.story_fixture import GTIN, PUBLIC_URL

CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
LOTS = st.text(CSET82, min_size=1, max_size=20)


def read(png: bytes) -> zxingcpp.Barcode:
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(png)).convert("L"))
    return found


def without_dot_segments(lot: str) -> bool:
    """A client folds `.` and `..` away before sending; no server can see them."""
    return lot not in (".", "..")


@settings(derandomize=True, deadline=None, max_examples=60)
@given(LOTS.filter(without_dot_segments))
def test_the_code_is_the_address_of_the_lot(lot: str) -> None:
    client = TestClient(scan_app(Reader({}), PUBLIC_URL + "/"))
    answer = client.get(f"/v1/labels/{GTIN}/{quote(lot, safe='')}/qr.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    address = read(answer.content).text
    assert address == f"{PUBLIC_URL}/01/{GTIN}/10/{quote(lot, safe='')}"
    assert unquote(address.rsplit("/", 1)[1]) == lot


@settings(derandomize=True, deadline=None, max_examples=40)
@given(LOTS.filter(without_dot_segments))
def test_the_scan_page_is_asked_for_exactly_this_lot(lot: str) -> None:
    """Decoded once: a lot holding `%2F` or `+` stays what it is."""
    reader = Reader({})
    TestClient(scan_app(reader, PUBLIC_URL)).get(f"/01/{GTIN}/10/{quote(lot, safe='')}")
    assert reader.asked == [(f"https://id.gs1.org/01/{GTIN}", lot, None)]


def test_error_correction_and_quiet_zone() -> None:
    png = qr_png(f"{PUBLIC_URL}/01/{GTIN}/10/LOT-1", module=4)
    assert read(png).ec_level == "Q"
    image = Image.open(BytesIO(png)).convert("L")
    edge = QUIET_ZONE * 4
    dark = ImageChops.invert(image).getbbox()
    assert dark == (edge, edge, image.width - edge, image.height - edge), "four white modules on every side"


def test_a_blot_over_a_tenth_of_the_code_leaves_it_readable() -> None:
    address = f"{PUBLIC_URL}/01/{GTIN}/10/LOT-1"
    image = Image.open(BytesIO(qr_png(address, module=8))).convert("L")
    side = int(image.width * 0.31)
    image.paste(255, (image.width - side - 40, image.height - side - 40, image.width - 40, image.height - 40))
    blotted = BytesIO()
    image.save(blotted, "PNG")
    assert read(blotted.getvalue()).text == address


def test_svg_draws_the_same_modules_on_white() -> None:
    address = f"{PUBLIC_URL}/01/{GTIN}/10/LOT-1"
    root = ElementTree.fromstring(qr_svg(address))
    path = next(element for element in root.iter() if element.tag.endswith("path"))
    ground = next(element for element in root.iter() if element.tag.endswith("rect"))
    assert (ground.get("fill"), path.get("fill")) == ("white", "#000000")
    dark = {(int(float(x)), int(float(y))) for x, y in re.findall(r"M([\d.]+),([\d.]+)", path.get("d") or "")}
    image = Image.open(BytesIO(qr_png(address, module=1))).convert("L")
    assert dark == {(x, y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y)) == 0}


@pytest.mark.parametrize(
    ("product", "lot", "law"),
    [
        (GTIN[:-1] + "9", "A", "WrongCheckDigit"),
        ("9521234000013", "A", "NotAnIdentifier"),
        (GTIN, "Đ", "LotForm"),
        (GTIN, "A" * 21, "LotForm"),
        (GTIN, "A B", "LotForm"),
    ],
)
def test_what_cannot_be_on_a_label_is_refused_by_name(product: str, lot: str, law: str) -> None:
    client = TestClient(scan_app(Reader({}), PUBLIC_URL))
    answer = client.get(f"/v1/labels/{product}/{quote(lot, safe='')}/qr.svg")
    assert (answer.status_code, answer.json()) == (422, {"law": law})


def test_bytes_that_are_no_text_are_refused() -> None:
    client = TestClient(scan_app(Reader({}), PUBLIC_URL))
    assert client.get(f"/v1/labels/{GTIN}/%FF/qr.png").json() == {"law": "NotAnIdentifier"}
