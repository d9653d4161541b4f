"""Promise: nobody does what their role is not for, or with another party's things. Every route × everybody who may ask × their
own and another party's, each cell asked of a running gateway.

The routes come from the OpenAPI document and the routers of the pages. What is expected stands in this file; a route that
nobody put into it fails, and so does one that is no longer there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from gateway.auth.roles import RECORDS, PersonRole
from ledger.events.model import Kind
from tests.every_route import api, described, pages
from tests.gateway_process import Gateway, Json, client
from tests.signed_in import Device, Someone, path_of, someone

IN, NO, KEY, SIGN_IN, FACTOR = "in", "403", "401", "to sign in", "to the second factor"
PARTYS = ("recorder", "shipper", "processor", "manager")
KEYS = ("operator", *PARTYS)
PEOPLE = (*PARTYS, "auditor", "operator", "half")
EVERYBODY = ("nobody", *(f"key {each}" for each in KEYS), *(f"person {each}" for each in PEOPLE))

Cells = dict[str, tuple[str, str]]
"""Who → (with what is their own party's, with another's)."""


def row(others: str, **allowed: tuple[str, str]) -> Cells:
    """Everybody gets `others`, but those that are named."""
    return {who: (others, others) for who in EVERYBODY} | {who.replace("_", " "): each for who, each in allowed.items()}


def keys(**allowed: tuple[str, str]) -> Cells:
    """A key is asked for: people at their browsers have none."""
    return row(KEY, **{f"key_{each}": (NO, NO) for each in KEYS}) | {
        f"key {who}": each for who, each in allowed.items()
    }


def people(others: str, **allowed: tuple[str, str]) -> Cells:
    """A session is asked for: programs with their keys have none."""
    told = {f"person_{each}": (others, others) for each in PEOPLE} | {"person_half": (FACTOR, FACTOR)}
    return row(SIGN_IN, **told) | {f"person {who}": each for who, each in allowed.items()}


BOTH = (IN, IN)
ROWS: dict[str, Cells] = {
    "everybody": row(IN),
    "operator's key": keys(operator=BOTH),
    "any key": keys(**dict.fromkeys(KEYS, BOTH)),
    "key that observes": keys(operator=BOTH, recorder=(IN, NO), manager=(IN, NO)),
    "party's key": keys(operator=BOTH, **dict.fromkeys(PARTYS, (IN, NO))),
    "key that packs": keys(processor=BOTH, manager=BOTH),
    "manager's key": keys(operator=BOTH, manager=(IN, NO)),
    "anybody signed in": people(IN),
    "own device": people(NO, **{each: (IN, NO) for each in PEOPLE if each != "half"}),
    "second factor": people(IN, half=BOTH),
    "party's people": people(NO, **dict.fromkeys(PARTYS, BOTH)),
    "shipper": people(NO, shipper=BOTH, manager=BOTH),
    "who observes": people(NO, recorder=BOTH, manager=BOTH),
    "prints labels": people(NO, processor=BOTH, manager=BOTH),
    "party's manager": people(NO, manager=BOTH),
    "manager": people(NO, manager=(IN, NO), operator=BOTH),
    "operator": people(NO, operator=BOTH),
    "auditor": people(NO, auditor=BOTH, operator=BOTH),
    "auditor of it": people(NO, auditor=(IN, NO), operator=BOTH),
}
ROUTES = {
    "GET /": "everybody",
    "GET /.well-known/gs1resolver": "everybody",
    "HEAD /.well-known/gs1resolver": "everybody",
    "OPTIONS /.well-known/gs1resolver": "everybody",
    "GET /01/{gtin}": "everybody",
    "GET /01/{gtin}/10/{lot}": "everybody",
    "GET /01/{gtin}/10/{lot}/21/{serial}": "everybody",
    "GET /01/{link:path}": "everybody",
    "HEAD /01/{link:path}": "everybody",
    "OPTIONS /01/{link:path}": "everybody",
    "GET /p/{product}": "everybody",
    "HEAD /p/{product}": "everybody",
    "GET /p/{product}/{lot}": "everybody",
    "HEAD /p/{product}/{lot}": "everybody",
    "GET /p/{product}/{lot}/{serial}": "everybody",
    "HEAD /p/{product}/{lot}/{serial}": "everybody",
    "POST /visits/{batch}/{serial}": "everybody",
    "GET /visits/{batch}/{serial}/picture.svg": "everybody",
    "GET /static/{name}": "everybody",
    "GET /health/audit": "everybody",
    "GET /health/live": "everybody",
    "GET /health/ready": "everybody",
    "GET /metrics": "operator's key",
    "GET /v1/batches/{product}/{lot}": "everybody",
    "GET /v1/batches/{product}/{lot}/badge.json": "everybody",
    "GET /v1/batches/{product}/{lot}/badge.svg": "everybody",
    "GET /v1/batches/{product}/{lot}/card.png": "everybody",
    "GET /v1/batches/{product}/{lot}/bundle": "everybody",
    "GET /v1/batches/{product}/{lot}/downstream": "everybody",
    "GET /v1/batches/{product}/{lot}/journey": "everybody",
    "GET /v1/batches/{product}/{lot}/stock": "everybody",
    "GET /v1/batches/{product}/{lot}/upstream": "everybody",
    "GET /v1/events": "operator's key",
    "POST /v1/events": "key that observes",
    "GET /v1/events/{id}": "everybody",
    "GET /v1/events/{id}/receipt": "everybody",
    "GET /v1/batches/{product}/{lot}/items/{serial}": "everybody",
    "GET /v1/labels/{product}/{lot}/items": "key that packs",
    "GET /v1/labels/{product}/{lot}/qr.png": "everybody",
    "GET /v1/labels/{product}/{lot}/qr.svg": "everybody",
    "GET /v1/laws/{name}": "everybody",
    "GET /v1/ledger": "everybody",
    "GET /v1/parties": "everybody",
    "POST /v1/parties": "operator's key",
    "GET /v1/parties/{id}": "everybody",
    "GET /v1/parties/{id}/api-keys": "manager's key",
    "POST /v1/parties/{id}/api-keys": "manager's key",
    "GET /v1/parties/{id}/days/{day}": "party's key",
    "POST /v1/parties/{id}/keys/renew": "manager's key",
    "POST /v1/parties/{id}/signers/rotate": "any key",
    "POST /v1/parties/{id}/status": "operator's key",
    "DELETE /v1/api-keys/{key}": "manager's key",
    "GET /v1/people": "manager's key",
    "POST /v1/people": "manager's key",
    "POST /v1/people/{id}/recover": "manager's key",
    "POST /v1/people/{id}/end": "manager's key",
    "GET /v1/products": "everybody",
    "POST /v1/products": "operator's key",
    "GET /v1/products/{id}": "everybody",
    "GET /v1/yields": "everybody",
    "POST /v1/yields": "operator's key",
    "POST /v1/council/changes": "operator's key",
    "POST /v1/demo/accounts": "operator's key",
    "GET /sign-in": "everybody",
    "POST /sign-in": "everybody",
    "GET /invitation": "everybody",
    "POST /invitation": "everybody",
    "GET /second-factor": "second factor",
    "POST /second-factor": "second factor",
    "GET /devices": "anybody signed in",
    "GET /portal": "party's people",
    "POST /portal/drafts/{id}/take-back": "party's people",
    "POST /portal/drafts/{id}/sign": "party's people",
    "GET /portal/harvest": "party's people",
    "POST /portal/harvest": "party's people",
    "GET /portal/collect": "party's people",
    "POST /portal/collect": "party's people",
    "GET /portal/process": "party's people",
    "POST /portal/process": "party's people",
    "GET /portal/pack": "party's people",
    "POST /portal/pack": "party's people",
    "GET /portal/labels/{batch}": "prints labels",
    "GET /portal/labels/{batch}/sheet": "prints labels",
    "GET /portal/bought": "party's people",
    "POST /portal/bought": "party's people",
    "GET /portal/opening-stock": "party's people",
    "POST /portal/opening-stock": "party's people",
    "GET /portal/stock": "party's people",
    "GET /portal/stock/{batch}": "party's people",
    "POST /portal/receive": "party's people",
    "GET /portal/receive/{id}": "party's people",
    "POST /portal/receive/{id}": "party's people",
    "GET /portal/ship": "party's people",
    "POST /portal/ship": "party's people",
    "POST /portal/withdraw": "party's people",
    "GET /portal/sent/{id}": "party's people",
    "POST /portal/sent/{id}": "party's people",
    "GET /portal/weigh": "party's people",
    "POST /portal/weigh": "party's people",
    "POST /portal/slips/{id}/agree": "shipper",
    "POST /portal/slips/{id}/decline": "shipper",
    "POST /portal/slips/{id}/drop": "shipper",
    "GET /portal/sell": "party's people",
    "POST /portal/sell": "party's people",
    "GET /portal/return": "party's people",
    "POST /portal/return": "party's people",
    "GET /portal/drafts/{id}/change": "party's people",
    "POST /portal/drafts/{id}/change": "party's people",
    "GET /portal/events/{id}/mend": "party's people",
    "POST /portal/events/{id}/mend": "party's people",
    "GET /portal/dispose": "party's people",
    "POST /portal/dispose": "party's people",
    "GET /portal/certificates": "party's people",
    "POST /portal/certificates": "who observes",
    "POST /portal/certificates/{id}/confirm": "who observes",
    "POST /portal/certificates/{id}/withdraw": "who observes",
    "GET /portal/units": "party's people",
    "POST /portal/units": "party's manager",
    "GET /portal/recall": "party's manager",
    "POST /portal/recall/reach": "party's manager",
    "POST /portal/recall": "party's manager",
    "GET /portal/lift": "party's manager",
    "POST /portal/lift": "party's manager",
    "GET /people": "manager",
    "POST /people": "manager",
    "POST /people/{id}/roles": "manager",
    "POST /people/{id}/recover": "manager",
    "POST /people/{id}/end": "manager",
    "GET /operating": "operator",
    "GET /operating/dead": "operator",
    "GET /operating/parties": "operator",
    "POST /operating/parties": "operator",
    "GET /operating/parties/{id}": "operator",
    "POST /operating/parties/{id}/renew": "operator",
    "POST /operating/parties/{id}/roles": "operator",
    "POST /operating/parties/{id}/status": "operator",
    "GET /operating/products": "operator",
    "POST /operating/products": "operator",
    "GET /operating/products/{id}": "operator",
    "POST /operating/products/{id}/makers": "operator",
    "GET /operating/yields": "operator",
    "POST /operating/yields": "operator",
    "GET /auditing": "auditor",
    "GET /auditing/export.csv": "auditor",
    "GET /auditing/{batch}": "auditor of it",
    "POST /devices/{id}/end": "own device",
    "POST /devices/end-others": "anybody signed in",
    "POST /sign-out": "anybody signed in",
}
LAST = ("POST /devices/end-others", "POST /sign-out")


@dataclass
class World:
    nguon: Gateway
    coop: str
    rival: str
    colleague: Someone
    stranger: Someone
    who: dict[str, httpx.Client]
    devices: dict[str, Device]
    second: dict[str, str]
    batches: dict[str, str]
    numbers: Iterator[int]
    nobodys: str

    def asked(self, route: str, who: str, own: bool) -> httpx.Response:
        method, path = route.split()
        party, person = (self.coop, self.colleague) if own else (self.rival, self.stranger)
        values = {
            "id": person.id if "people" in path else self.session(who, own) if "devices" in path else party,
            "key": self.key(party) if "{key}" in path else "",
            "gtin": "09520000002015", "lot": "L", "product": "09520000002015", "name": "nguon.css", "day": "2026-11-20",
            "batch": self.batches[party] if "auditing" in path else "0x" + "0" * 64, "serial": "0" * 20,
        }  # fmt: skip
        if path.startswith("/v1/events/"):
            values["id"] = "0" * 64
        if path.startswith("/v1/products/"):
            values["id"] = "09520000002015"
        filled = path.replace("{link:path}", "09520000002015/22/V").format(
            **{name: quote(value, safe="") for name, value in values.items()}
        )
        http = self.who[who]
        if path.startswith(("/v1", "/.well-known", "/01", "/p/", "/health", "/metrics", "/static")):
            return http.request(method, filled, **self.told(path, method, party))
        if method == "GET":
            return http.get(filled, params={"party": party} if path == "/people" else {})
        fields: dict[str, Any] = {"name": f"Ai {next(self.numbers)}", "role": "recorder", "party": party}
        if who in self.devices:
            fields["token"] = self.devices[who].token()
        else:
            fields["token"] = self.nobodys
        return http.post(filled, data=fields)

    def told(self, path: str, method: str, party: str) -> Json:
        """A body that is refused for nothing but who sends it, where that is possible; `{}` is looked at later than who asks."""
        if path == "/v1/events":
            if method == "GET":
                return {"params": {"idempotency_key": "x"}}
            place = f"urn:nguon:pond:{next(self.numbers)}"
            at = "2025-11-20T07:30:00+07:00"
            return {"json": {"kind": "Observe", "party": party, "occurred_at": at, "place": place}}
        if path == "/v1/people":
            if method == "GET":
                return {"params": {"party": party}}
            return {"json": {"name": f"Ai {next(self.numbers)}", "roles": ["recorder"], "party": party}}
        return {} if method in ("GET", "HEAD", "OPTIONS", "DELETE") else {"json": {}}

    def session(self, who: str, own: bool) -> str:
        """Of a second device of theirs; or of a person of the other party."""
        return self.second.get(who, self.second["stranger"]) if own else self.second["stranger"]

    def key(self, party: str) -> str:
        made: Json = self.nguon.operator.post(f"{path_of(party)}/api-keys", json={}).json()
        return str(made["id"])


def twice(person: Someone) -> str:
    """Signed in on a second device too; the id of that session, as the form to end it has it."""
    other = Device(person.device.url, person.device.at)
    assert other.sign_in(person.name).status_code == 303
    if person.secret:
        assert other.send("/second-factor", code=person.next_code()).status_code == 303
    other.end()
    found = re.search(r"/devices/([0-9a-f]{32})/end", person.device.http.get("/devices").text)
    assert found
    return found[1]


def harvested(nguon: Gateway, party: str) -> str:
    """A batch of theirs."""
    made = {"product": nguon.product(party), "lot": "L", "quantity": 1_000}
    said = {"kind": "Commission", "party": party, "occurred_at": "2025-11-20T07:30:00+07:00", "outputs": [made]}
    nguon.record(said, params={"wait": "final"})
    return str(nguon.batch(made["product"], "L")["batch"])


@pytest.fixture(scope="module")
def world(nguon: Gateway) -> Iterator[World]:
    coop, rival = nguon.party("coop", "producer"), nguon.party("rival", "producer")
    nobody = Device(nguon.url)
    who: dict[str, httpx.Client] = {"nobody": nobody.http}
    for scope in PARTYS:
        made = nguon.operator.post(f"{path_of(coop)}/api-keys", json={"scopes": [scope]}).json()
        who[f"key {scope}"] = client(nguon.url, made["api_key"])
    who["key operator"] = client(nguon.url, (nguon.data / "secrets" / "operator-api-key").read_text())
    nobodys = nobody.token()
    for http in who.values():  # a page's cookie, which is nobody's session, so that forms are judged by who sends them
        http.headers["Origin"] = nguon.url
        http.cookies.set("nguon-session", nobody.cookie or "")
    devices, second = {}, {}
    for place, role in enumerate(PEOPLE):
        at, party = f"198.51.100.{place}", coop if role in PARTYS else None
        more = {"scope": f"party {coop}"} if role == "auditor" else {}
        person = someone(nguon, party, "operator" if role == "half" else role, at=at, **more)
        if role == "half":
            assert person.device.send("/sign-out").status_code == 303
            assert person.device.sign_in(person.name).headers["location"].startswith("/second-factor")
        else:
            second[f"person {role}"] = twice(person)
        devices[f"person {role}"] = person.device
        who[f"person {role}"] = person.device.http
    colleague, stranger = (
        someone(nguon, coop, "recorder", at="203.0.113.1"),
        someone(nguon, rival, "manager", at="203.0.113.2"),
    )
    second["stranger"] = twice(stranger)
    batches = {party: harvested(nguon, party) for party in (coop, rival)}
    yield World(nguon, coop, rival, colleague, stranger, who, devices, second, batches, count(), nobodys)
    for each in who.values():
        each.close()


def observed(answer: httpx.Response) -> str:
    assert answer.status_code < 500, answer.text
    to = answer.headers.get("location", "").split("?")[0]
    if answer.status_code == 303 and to in ("/sign-in", "/second-factor"):
        left = "Max-Age=0" in answer.headers.get("set-cookie", "")
        return IN if left else SIGN_IN if to == "/sign-in" else FACTOR
    if answer.status_code == 403 and answer.headers["content-type"].startswith("text/html"):
        same = any(f'action="/{page}?' in answer.text for page in ("sign-in", "invitation", "second-factor"))
        return IN if same else NO  # the form again, with a word about what was typed
    return {401: KEY, 403: NO}.get(answer.status_code, IN)


def routes(nguon: Gateway) -> set[str]:
    document = described(nguon.url)
    assert pages(document), "pages are in no OpenAPI document"
    return {f"{method} {path}" for method, path in [*api(document), *pages(document)]}


def test_every_route_is_in_the_table_and_every_line_of_the_table_is_a_route(nguon: Gateway) -> None:
    assert routes(nguon) == set(ROUTES)
    for name, cells in ROWS.items():
        assert set(cells) == set(EVERYBODY), name


def test_every_route_of_the_openapi_document_says_its_action(nguon: Gateway) -> None:
    paths = described(nguon.url)["paths"]
    assert all(each.get("x-action") for methods in paths.values() for each in methods.values())


def test_every_cell(world: World) -> None:
    wrong, cells = [], 0
    for route, name in ROUTES.items():
        for who in EVERYBODY:
            for own, expected in zip((True, False), ROWS[name][who], strict=True):
                if route in LAST and not own:
                    continue  # there is no other's of it, and the session is over
                found = observed(world.asked(route, who, own))
                cells += 1
                if found != expected:
                    wrong.append(f"{route} by {who}, {'own' if own else 'another'}: {found}, expected {expected}")
    assert not wrong, f"{len(wrong)} of {cells} cells: " + "; ".join(wrong[:12])
    assert cells == (2 * len(ROUTES) - len(LAST)) * len(EVERYBODY)


def test_each_scope_records_its_kinds_of_event_and_no_other(world: World) -> None:
    """Seventeen kinds by four scopes, in one post for each scope: what is refused for the role says so, the rest is judged by
    the law of its kind."""
    words = {role.word: role for role in PersonRole}
    wrong = []
    for scope in PARTYS:
        for kind in Kind:
            answer = world.who[f"key {scope}"].post("/v1/events", json=statement(kind, world.coop))
            assert answer.status_code in (202, 403, 404, 409, 422), answer.text
            refused = answer.json().get("law") == "NotYourRole"
            if refused == bool(RECORDS[kind] & words[scope]):
                wrong.append((scope, kind.word, answer.text))
    assert not wrong
    assert {kind for kind, roles in RECORDS.items() if roles == PersonRole.MANAGER} == {
        Kind.RECALL,
        Kind.LIFT,
        Kind.VOID,
    }


def statement(kind: Kind, party: str) -> Json:
    """A statement of the right form; the goods in it do not exist."""
    told: Json = {"kind": kind.word, "party": party, "occurred_at": "2025-11-20T07:30:00+07:00"}
    goods = {"product": "urn:nguon:test:nothing", "lot": "L"}
    match kind:
        case Kind.COMMISSION:
            return told | {"outputs": [goods | {"quantity": 1}]}
        case Kind.TRANSFORM | Kind.PACK:
            return told | {"inputs": [goods | {"quantity": 1}], "outputs": [goods | {"quantity": 1}]}
        case Kind.OBSERVE | Kind.CORRECT:
            return told | {"place": "urn:nguon:pond:1"} | ({"target": "0x" + "1" * 64} if kind is Kind.CORRECT else {})
        case Kind.RECALL | Kind.LIFT:
            return told | {"batches": [goods]} | ({"recall": "0x" + "1" * 64} if kind is Kind.LIFT else {})
        case Kind.VOID:
            return told | {"signer": "0x" + "1" * 40, "nonce": 1}
    more = {"to": party} if kind is Kind.SHIP else {}
    return told | goods | {"quantity": 1} | more | ({"mends": "0x" + "1" * 64} if "Adjust" in kind.word else {})
