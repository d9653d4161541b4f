"""The door: what is no statement is refused with a plain reason, in problem+json, with nothing written and no fault of ours.

Everything here is malformed, absurd or hostile. An answer is 4xx, its media type is problem+json, it says what is wrong in
words, it shows nothing of the inside, and afterwards the outbox holds what it held.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.database_files import read
from tests.gateway_process import Gateway, Json
from tests.hostile import HOSTILE, NO_JSON, WRONG_FORM

WHEN = "2025-11-20T07:30:00+07:00"
JSON = {"Content-Type": "application/json"}
INSIDE = ("Traceback", "site-packages", "sqlite", "pydantic", "<class", "Exception", ".py")


@pytest.fixture(scope="module")
def coop(nguon: Gateway) -> str:
    return nguon.party("door", "producer", "processor", "packer")


@pytest.fixture(scope="module")
def crab(nguon: Gateway, coop: str) -> str:
    return nguon.product(coop)


@pytest.fixture(autouse=True)
def nothing_is_written(nguon: Gateway) -> Iterator[None]:
    before = written(nguon)
    yield
    assert written(nguon) == before, "something was kept of what was refused"


def written(nguon: Gateway) -> list[int]:
    """Rows of what only an accepted request writes; a sealed key of a party never admitted serves its admission later."""
    with read(nguon.data / "nguon.db") as db:
        tables = ("outbox", "idempotency", "disclosures", "parties", "products", "yields", "events", "api_keys")
        return [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


def refusal(answer: httpx.Response, *statuses: int) -> Json:
    """The problem document of an answer that must be one."""
    assert 400 <= answer.status_code < 500, answer.text[:500]
    if statuses:
        assert answer.status_code in statuses, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:500]
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"
    document: Json = answer.json()
    assert document["status"] == answer.status_code and len(document["title"]) > 5
    assert len(answer.content) < 8_000, "an error quotes, it does not reprint"
    assert not [word for word in INSIDE if word in answer.text], answer.text[:500]
    return document


# ── no JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_json_is_400(nguon: Gateway, name: str) -> None:
    document = refusal(nguon.operator.post("/v1/events", content=NO_JSON[name], headers=JSON), 400)
    assert (document["law"], document["type"]) == ("JsonForm", "/v1/laws/JsonForm")
    assert document["detail"] == f"the JSON is not accepted: {document['numbers']['reason']}"


def test_every_route_with_a_body_has_the_same_door(nguon: Gateway) -> None:
    for path in ("/v1/events", "/v1/parties", "/v1/products", "/v1/yields"):
        for body, status in ((b'{"a":NaN}', 400), (b'{"a":1,"a":1}', 400), (b"[" * 99 + b"]" * 99, 400), (b"{}", 422)):
            refusal(nguon.operator.post(path, content=body, headers=JSON), status)
        refusal(nguon.operator.post(path, content=b"{}", headers={"Content-Type": "text/plain"}), 415)
        refusal(nguon.operator.post(path, content=b"x" * 3_000_000, headers=JSON), 413)


@pytest.mark.parametrize("length", ["told", "not told"])
def test_three_megabytes_are_413(nguon: Gateway, length: str) -> None:
    body = b'{"kind":"' + b"x" * 3_000_000 + b'"}'
    pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    answer = nguon.operator.post("/v1/events", content=body if length == "told" else pieces, headers=JSON)
    assert "2 MiB" in refusal(answer, 413)["title"]
    assert nguon.operator.get("/health/live").status_code == 200


def test_just_under_the_limit_is_read(nguon: Gateway) -> None:
    body = json.dumps({"kind": "Sell", "x": "y" * (2 * 1024 * 1024 - 100)}).encode()
    refusal(nguon.operator.post("/v1/events", content=body, headers=JSON), 422)


@pytest.mark.parametrize(
    "media",
    ["", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
     "application/jsonp", "*/*", "application/json5", "ä"],
)  # fmt: skip
def test_what_is_not_said_to_be_json_is_415(nguon: Gateway, media: str) -> None:
    headers = [(b"content-type", media.encode("latin-1"))] if media else []
    body = {"kind": "Sell", "occurred_at": WHEN, "quantity": 1}
    answer = nguon.operator.post("/v1/events", content=json.dumps(body).encode(), headers=headers)
    assert "application/json" in refusal(answer, 415)["detail"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "NONSENSE"])
def test_another_method_is_405_and_says_which_there_are(nguon: Gateway, method: str) -> None:
    path = "/v1/yields" if method != "GET" else "/v1/parties/urn%3Aa%3Ab/status"
    answer = nguon.operator.request(method, path)
    refusal(answer, 405)
    assert answer.headers["allow"]


# ── JSON that is no event ───────────────────────────────────────────────────────────────────────────────────────────────


def observe(coop: str, **more: Any) -> Json:
    return {"kind": "Observe", "party": coop, "occurred_at": WHEN, "place": "urn:nguon:test:pond"} | more


def caught(coop: str, crab: str, **more: Any) -> Json:
    output = {"product": crab, "lot": "DOOR", "quantity": 1}
    output |= {name: more.pop(name) for name in ("product", "lot", "quantity", "open_until") if name in more}
    return {"kind": "Commission", "party": coop, "occurred_at": WHEN, "outputs": [output]} | more


@pytest.mark.parametrize("name", WRONG_FORM)
def test_json_of_another_form_is_422_and_says_where(nguon: Gateway, coop: str, crab: str, name: str) -> None:
    document = refusal(nguon.operator.post("/v1/events", json=caught(coop, crab, **WRONG_FORM[name])), 422)
    assert document["law"] == "RequestForm"
    assert document["errors"] and all(
        error["where"].startswith("body") and error["reason"] for error in document["errors"]
    )
    assert "Value error" not in document["detail"]
    (member,) = WRONG_FORM[name]
    if member != "kind":
        assert any(member in error["where"].split("/") for error in document["errors"]), document["errors"]


@pytest.mark.parametrize(
    "body", [None, 7, "Commission", [], {}, {"events": []}, {"events": None}, {"events": [{"events": []}]},
             {"events": [None]}, {"events": [{}] * 101}, {"signature": "0x"}, {"make": {}, "signature": "0x" + "00" * 64}],
)  # fmt: skip
def test_a_body_of_another_shape_is_422(nguon: Gateway, body: Any) -> None:
    assert (
        refusal(nguon.operator.post("/v1/events", content=json.dumps(body), headers=JSON), 422)["law"] == "RequestForm"
    )


SIGNED: Json = {
    "signer": "0x" + "01" * 20, "nonce": "1", "occurredAt": "1", "kind": 21, "batches": [], "owner": "0x" + "00" * 32,
    "place": "urn:a:b", "target": "0x" + "00" * 32, "content": "{}",
}  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"signer": "0x01"}, {"signer": None}, {"nonce": str(2**96)}, {"nonce": "-1"}, {"nonce": "0x1"}, {"nonce": 1.5},
        {"occurredAt": str(2**64)}, {"occurredAt": "now"}, {"kind": 256}, {"kind": -1}, {"kind": "21"}, {"batches": ["0x00"]},
        {"batches": ["0x" + "00" * 32] * 401}, {"owner": "urn:a:b"}, {"place": None}, {"place": "p" * 1_025}, {"content": {}},
        {"content": "x" * 70_000}, {"extra": 1}, {"target": "0x" + "0" * 63},
    ],
)  # fmt: skip
def test_a_signed_event_of_another_form_is_422(nguon: Gateway, coop: str, changed: Json) -> None:
    body = {"party": coop, "note": SIGNED | changed, "signature": "0x" + "00" * 64}
    assert refusal(nguon.operator.post("/v1/events", json=body), 422)["law"] == "RequestForm"


def test_a_signed_event_has_one_shape(nguon: Gateway, coop: str) -> None:
    two = {"party": coop, "note": SIGNED, "move": SIGNED, "signature": "0x" + "00" * 64}
    none = {"party": coop, "signature": "0x" + "00" * 64}
    short = {"party": coop, "note": SIGNED, "signature": "0x" + "00" * 65}
    for body in (two, none, short):
        assert refusal(nguon.operator.post("/v1/events", json=body), 422)["law"] == "RequestForm"


# ── names that are none ─────────────────────────────────────────────────────────────────────────────────────────────────

IDENTIFIERS = {
    "a GTIN of 13 digits": ("product", "9529999000013", "NotAnIdentifier"),
    "a GTIN of 15 digits": ("product", "095299990000130", "NotAnIdentifier"),
    "a wrong check digit": ("product", "09529999000018", "WrongCheckDigit"),
    "a wrong check digit in a link": ("product", "https://id.gs1.org/01/09529999000018", "WrongCheckDigit"),
    "a lot in the product": ("product", "https://id.gs1.org/01/09529999000019/10/L1", "NotAnIdentifier"),
    "a GLN as a product": ("product", "https://id.gs1.org/417/9529999000019", "NotAnIdentifier"),
    "a GTIN in other digits": ("product", "０９５２９９９９０００019", "NotAnIdentifier"),
    "a party's wrong check digit": ("party", "9529999000018", "WrongCheckDigit"),
    "a party's GLN of 12 digits": ("party", "952999900001", "NotAnIdentifier"),
    "a party by name": ("party", "Hợp tác xã", "NotAnIdentifier"),
    "a javascript link": ("party", "javascript:alert(1)", "NotAnIdentifier"),
    "a file link": ("party", "file:///etc/passwd", "NotAnIdentifier"),
    "a URN with a blank": ("party", "urn:a:b c", "NotAnIdentifier"),
    "a URN with a line break": ("party", "urn:a:b\nc", "NotAnIdentifier"),
    "a URN without a name": ("party", "urn:a:", "NotAnIdentifier"),
    "a URN with letters of another script": ("party", "urn:a:bộ", "NotAnIdentifier"),
    "a URN in capitals": ("party", "URN:A:B", "NotAnIdentifier"),
    "a lot with a blank": ("lot", "L 1", "LotForm"),
    "a lot with a letter outside ASCII": ("lot", "Lô1", "LotForm"),
    "a lot with a NUL": ("lot", "L\x00", "LotForm"),
    "a lot with a line break": ("lot", "L1\n", "LotForm"),
}


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_a_name_that_is_none_is_refused_by_its_law(nguon: Gateway, coop: str, crab: str, name: str) -> None:
    member, value, law = IDENTIFIERS[name]
    document = refusal(nguon.operator.post("/v1/events", json=caught(coop, crab, **{member: value})), 422)
    assert document["law"] == law and document["detail"]
    if law == "WrongCheckDigit":
        assert document["expected"] == "last digit 9"


def test_the_registries_refuse_the_same_names(nguon: Gateway, coop: str) -> None:
    for member, value, law in IDENTIFIERS.values():
        if member == "party":
            body = {"parties": [{"uri": value, "roles": []}]}
            assert refusal(nguon.operator.post("/v1/parties", json=body), 422)["law"] == law
        elif member == "product":
            entry = {"uri": value, "unit": "g", "brand_owner": coop}
            assert refusal(nguon.operator.post("/v1/products", json={"products": [entry]}), 422)["law"] == law


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/parties", {"parties": []}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "roles": ["admin"]}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "roles": ["Producer"]}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "roles": "producer"}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "roles": [1]}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "profile": []}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "profile": {"x": 2**60}}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "profile": {"x": 1.5}}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "profile": {"x": "y" * 9_000}, "key": False}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "key": "yes"}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "status": "active"}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b"}] * 51}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "signers": [{"address": "0x00"}]}]}),
        ("/v1/parties", {"parties": [{"uri": "urn:a:b", "signers": [{"address": "0x" + "00" * 20}], "key": False}]}),
        (
            "/v1/parties",
            {"parties": [{"uri": "urn:a:b", "signers": [{"address": "0x" + "01" * 20, "custody": "gateway"}]}]},
        ),
        ("/v1/products", {"products": [{"uri": "urn:a:b", "unit": "kg", "brand_owner": "urn:a:b"}]}),
        ("/v1/products", {"products": [{"uri": "urn:a:b", "unit": "G", "brand_owner": "urn:a:b"}]}),
        ("/v1/products", {"products": [{"uri": "urn:a:b", "unit": "g"}]}),
        ("/v1/products", {"products": [{"uri": "urn:a:b", "unit": "g", "brand_owner": "urn:a:nobody"}]}),
        ("/v1/products", {"products": [{"uri": "urn:a:b", "unit": "g", "brand_owner": "urn:a:b", "stage": 65_536}]}),
        ("/v1/products", {"products": [{"uri": "urn:a:b", "unit": "g", "brand_owner": "urn:a:b", "stage": -1}]}),
        ("/v1/products", {"products": [{"uri": "urn:a:b", "unit": "g", "brand_owner": "urn:a:b", "open": 1}]}),
        ("/v1/yields", {"yields": [{"input": "urn:a:b", "output": "urn:a:c", "per_million": -1}]}),
        ("/v1/yields", {"yields": [{"input": "urn:a:b", "output": "urn:a:c", "per_million": 2**63}]}),
        ("/v1/yields", {"yields": [{"input": "urn:a:b", "output": "urn:a:c", "per_million": "9"}]}),
        ("/v1/yields", {"yields": [{"input": "urn:a:b", "output": "urn:a:unknown", "per_million": 9}]}),
    ],
)
def test_the_registries_refuse_unknown_words_and_absurd_numbers(nguon: Gateway, path: str, body: Json) -> None:
    refusal(nguon.operator.post(path, json=body), 422)


def test_a_refused_entry_takes_the_whole_request_with_it(nguon: Gateway, coop: str) -> None:
    good = {"uri": nguon.name("good"), "roles": ["producer"], "key": False}
    refusal(nguon.operator.post("/v1/parties", json={"parties": [good, good]}), 409)
    entry = {"uri": nguon.name("product"), "unit": "g", "brand_owner": coop}
    bad = entry | {"uri": nguon.name("bad"), "brand_owner": "urn:a:nobody"}
    refusal(nguon.operator.post("/v1/products", json={"products": [entry, bad]}), 422)
    assert nguon.operator.get(f"/v1/parties/{quote(good['uri'], safe='')}").status_code == 404
    assert nguon.operator.get(f"/v1/products/{quote(entry['uri'], safe='')}").status_code == 404


# ── hostile text in every place for text ────────────────────────────────────────────────────────────────────────────────


def places(coop: str, crab: str, text: str) -> Iterator[Json]:
    """One body for each member that holds text, with this text in it; each is against some law even where it may stand."""
    for member in (
        "party",
        "product",
        "lot",
        "occurred_at",
        "provenance",
        "items_root",
        "open_until",
        "kind",
        "quantity",
    ):
        yield caught(coop, crab, **{"quantity": 0} | {member: text})
    sell = {"kind": "Sell", "party": coop, "occurred_at": WHEN, "quantity": 1, "product": crab, "lot": "DOOR"}
    for member in ("batch", "product", "lot", "origin", "shipment", "to"):
        yield sell | {member: text}
    for member in ("place", "owner"):
        yield observe(coop) | {"owner": "urn:a:nobody"} | {member: text}
    yield {"kind": "Void", "party": coop, "occurred_at": WHEN, "signer": text, "nonce": "1"}
    yield {"kind": "Void", "party": coop, "occurred_at": WHEN, "signer": "0x" + "01" * 20, "nonce": text}
    yield observe(coop, content={text: 1})
    yield observe(coop, content={"ilmd": {text: text}})
    yield observe(coop) | {text: 1}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_refused_wherever_it_stands(nguon: Gateway, coop: str, crab: str, text: str) -> None:
    for body in places(coop, crab, text):
        refusal(nguon.operator.post("/v1/events", json=body), 409, 422)


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\u202eabc", "a\r\nb", "\u0007", "\u2066x"], ids=range(6))
def test_content_holds_no_text_that_shows_otherwise_than_it_is(nguon: Gateway, coop: str, text: str) -> None:
    for content in ({"nguon:reason": text}, {"ilmd": {"cbvmda:countryOfOrigin": [text]}}, {"readPoint": {text: "x"}}):
        document = refusal(nguon.operator.post("/v1/events", json=observe(coop, content=content)), 422)
        assert document["law"] == "ContentText"


@pytest.mark.parametrize(
    ("content", "law"),
    [
        ({"eventTime": WHEN}, "ContentRepeatsActingField"),
        ({"quantityList": []}, "ContentRepeatsActingField"),
        ({"ilmd": {"lotNumber": "L1"}}, "ContentRepeatsActingField"),
        ({"cbvmda:informationProvider": "urn:a:b"}, "ContentRepeatsActingField"),
        ({"price": "5"}, "ContentFieldNotAllowed"),
        ({"ilmd": {"farmer": "A"}}, "ContentFieldNotAllowed"),
        ({"ilmd": []}, "ContentFieldForm"),
        ({"_sd": ["x"]}, "ContentFieldForm"),
        ({"nguon:entered": [{"value": 1.5}]}, "ContentNumber"),
        ({"nguon:entered": [{"value": 2**53}]}, "ContentNumber"),
        ({"nguon:reason": "x" * 8_200}, "ContentTooLong"),
        ({"readPoint": json.loads("[" * 11 + "]" * 11)}, "ContentNotCanonical"),
    ],
)
def test_content_is_refused_by_its_law(nguon: Gateway, coop: str, content: Json, law: str) -> None:
    document = refusal(nguon.operator.post("/v1/events", json=observe(coop, content=content)), 422)
    assert document["law"] == law and document["detail"]


@pytest.mark.parametrize("private", [{"price": 1.5}, {"price": 2**53}, {"a": json.loads("[" * 12 + "]" * 12)}])
def test_private_fields_are_json_without_fractions(nguon: Gateway, coop: str, private: Json) -> None:
    document = refusal(nguon.operator.post("/v1/events", json=observe(coop, private=private)), 422)
    assert document["law"] == "DisclosureForm"


# ── addresses and headers ───────────────────────────────────────────────────────────────────────────────────────────────

PATHS = {
    "/v1/events/%ff": (422,), "/v1/events/%00": (422,), "/v1/events/%2e%2e": (422,), "/v1/events/0x": (422,),
    "/v1/events/0x00": (422,), "/v1/events/0x" + "0" * 64: (404,), "/v1/events/0x" + "0" * 66: (422,),
    "/v1/events/" + "a" * 30_000: (422,), "/v1/events/0x%20" + "0" * 63: (422,), "/v1/events/": (404,),
    "/v1/batches/%ff/L1": (400,), "/v1/batches/urn:a:b/%ff": (400,), "/v1/batches/%c0%af/L1": (400,),
    "/v1/batches/%00/L1": (422,), "/v1/batches/urn:a:b/%00": (422,), "/v1/batches/urn:a:b/L%0a1": (422,),
    "/v1/batches/../../etc/passwd": (404,), "/v1/batches/..%2f..%2fetc/passwd": (422,), "/v1/batches/%2e%2e/%2e%2e": (422,),
    "/v1/batches/urn:a:b/" + "L" * 65: (422,), "/v1/batches/urn:a:b/" + "L" * 30_000: (422,),
    "/v1/batches/urn:a:" + "b" * 30_000 + "/L": (422,), "/v1/batches/09529999000018/L1": (422,),
    "/v1/batches/09529999000019/L1": (404,), "/v1/batches/urn:a:b/L1?origin=%ff": (404, 422),
    "/v1/batches/urn:a:b/L1?origin=" + "o" * 257: (422,), "/v1/batches/urn:a:b/L1/journey/x": (404,),
    "/v1/batches//L1": (404, 422), "/v1/batches/urn:a:b/": (404, 422),
    "/v1/parties/%ff": (400,), "/v1/parties/9529999000018": (422,), "/v1/parties/urn:a:nobody": (404,),
    "/v1/products/%ff": (400,), "/v1/products/09529999000018": (422,), "/v1/products/urn:a:nothing": (404,),
    "/v1/laws/%ff": (400,), "/v1/laws/%00": (404,), "/v1/laws/NoSuchLaw": (404,), "/v1/laws/" + "L" * 30_000: (404,),
    "/v1/events?idempotency_key=" + "k" * 201: (422,), "/v1/events?idempotency_key=%ff": (404,), "/v1/events": (422,),
    "/nothing": (404,), "/v1": (404,), "//v1//events": (404,), "/v1/events%2fx": (404,), "/V1/EVENTS": (404,),
    "/.git/config": (404,), "/v1/%2e%2e/health/live": (404,),
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=[path[:50] for path in PATHS])
def test_an_address_that_names_nothing(nguon: Gateway, path: str) -> None:
    status, media, body = raw_get(nguon, path.encode())
    assert status in PATHS[path], body[:300]
    assert media == "application/problem+json"
    assert not [word for word in INSIDE if word in body] and len(body) < 8_000


def raw_get(nguon: Gateway, target: bytes, *headers: bytes) -> tuple[int, str, str]:
    """A GET of these very bytes, which a well-behaved client would have tidied up: status, media type, body."""
    url = urlsplit(nguon.url)
    key = nguon.operator.headers["authorization"].encode()
    head = [
        b"GET " + target + b" HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Authorization: " + key,
        b"Connection: close",
        *headers,
    ]
    with closing(socket.create_connection((url.hostname, url.port), timeout=30)) as connection:
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    top, _, body = answer.partition(b"\r\n\r\n")
    lines = top.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), fields.get("content-type", ""), body.decode("utf-8", "replace")


def test_a_path_or_header_beyond_all_measure_ends_at_the_server(nguon: Gateway) -> None:
    """Before the application: the connection is answered with 4xx or closed, and the next one is served."""
    for target, headers in (
        (b"/v1/batches/" + b"a" * 500_000 + b"/x", ()),
        (b"/v1/ledger", (b"X-Long: " + b"a" * 500_000,)),
        (b"/v1/ledger", (b"X-Bad\x00Name: a",)),
        (b"/v1/\xff\xfe", ()),
        (b"/v1/led ger", ()),
    ):
        try:
            status, _, _ = raw_get(nguon, target, *headers)
        except (ConnectionError, IndexError):
            continue
        assert 400 <= status < 500
    assert nguon.operator.get("/v1/ledger").status_code == 200


@pytest.mark.parametrize(
    "key",
    [b"", b"k" * 201, b"k" * 60_000, b"a\tb" * 90],
    ids=["empty", "201 long", "60,000 long", "with tabs, 270 long"],
)
def test_an_idempotency_key_of_another_form(nguon: Gateway, coop: str, key: bytes) -> None:
    headers = [(b"idempotency-key", key)]
    document = refusal(nguon.operator.post("/v1/events", json=observe(coop), headers=headers), 422)
    assert document["errors"][0]["where"].lower() == "header/idempotency-key"


@pytest.mark.parametrize("wait", ["", "Final", "true", "final,final", "%00"])
def test_wait_means_final_or_is_left_out(nguon: Gateway, coop: str, wait: str) -> None:
    document = refusal(nguon.operator.post(f"/v1/events?wait={wait}", json=observe(coop)), 422)
    assert document["errors"][0]["where"] == "query/wait"


def test_a_key_in_another_alphabet_is_no_key(nguon: Gateway, coop: str) -> None:
    for shown in (b"\xff\xfe", b"Bearer pk_\xc3\xa9_\xff", b"Bearer " + b"k" * 60_000):
        answer = httpx.post(f"{nguon.url}/v1/events", json=observe(coop), headers=[(b"authorization", shown)])
        assert refusal(answer, 401)["law"] == "NotAuthenticated"
