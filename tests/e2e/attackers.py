"""Calls at what is another party's, drawn at random: any route, any verb, by anybody; and what comes back, looked through."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from tests.e2e.victim import PARTYS, WHEN, Victim
from tests.every_route import Route, api, described, pages
from tests.gateway_process import ROOT, Gateway, Json, client
from tests.signed_in import Device, Someone, path_of, someone

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OTHER_VERB = 0.08  # how often a route is asked with any verb beside its own
PARAMETER = re.compile(r"([\w-]+)?/\{(\w+)(?::\w+)?\}")
READ_BY = {
    "gateway/pages/templates/**/*.html": r'name="(\w+)"',
    "gateway/**/*.py": r'(?:form\.one|form\.many|query_params\.get)\("(\w+)"',
}
FIELDS = sorted(
    {
        name
        for glob, pattern in READ_BY.items()
        for path in ROOT.glob(glob)
        for name in re.findall(pattern, path.read_text("utf-8"))
    }
    - {"token", "viewport"}
    | {
        "arrived",
        "arrived_unit",
        "rejected",
        "rejected_unit",
        "batch1",
        "used1",
        "used1_unit",
        "made0",
        "made0_unit",
        "q0",
        "q0_unit",
    }
)
"""Every name that some form or address of a page is read by; the last ones have a number, or come from a macro."""


@dataclass
class Found:
    """What came of it. `seen`: (route, secret); `pairs`: routes × callers that were asked."""

    calls: int = 0
    routes: Counter[Route] = field(default_factory=Counter)
    verbs: Counter[str] = field(default_factory=Counter)
    callers: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    pairs: set[tuple[Route, str]] = field(default_factory=set)
    not_yours: int = 0
    seen: list[tuple[Route, str]] = field(default_factory=list)


@dataclass
class Caller:
    """`person` is None of a program, and of a browser that is signed in as nobody."""

    name: str
    http: httpx.Client
    device: Device | None = None
    person: Someone | None = None


class Attackers:
    """The people and keys of one party, an auditor of it, nobody, and whoever holds an id of the victim's for its secret."""

    def __init__(self, nguon: Gateway, victim: Victim, at: Gateway | None = None) -> None:
        """`at`: the gateway that is asked, if it is another one of the same data folder."""
        self.asked = asked = at or nguon
        self.victim, self.party = victim, nguon.party("attacker", "producer", "processor", "packer")
        document = described(asked.url)
        self.schemas, self.paths = document["components"]["schemas"], document["paths"]
        self.api, self.pages = api(document), pages(document)
        forged = f"pk_{victim.of['api-keys'][0]}_{'A' * 43}"
        self.programs = [
            Caller("key of all scopes", self._key(asked, None)),
            *(Caller(f"key {scope}", self._key(asked, scope)) for scope in PARTYS),
            Caller("key forged", client(asked.url, forged)),
            Caller("no key", client(asked.url)),
        ]
        people = [(role, someone(asked, self.party, role, at="203.0.113.210")) for role in PARTYS]
        people.append(("auditor", someone(asked, None, "auditor", at="203.0.113.210", scope=f"party {self.party}")))
        self.people = [Caller(f"person {role}", one.device.http, one.device, one) for role, one in people]
        for name, cookie in (("nobody's browser", None), ("session forged", victim.of["devices"][0])):
            device = Device(asked.url, "203.0.113.211")
            if cookie:
                device.http.cookies.set("nguon-session", cookie)
            self.people.append(Caller(name, device.http, device))

    @property
    def routes(self) -> list[Route]:
        return [*self.api, *self.pages]

    @property
    def callers(self) -> list[Caller]:
        return [*self.programs, *self.people]

    def look(self, calls: int, seed: int, enough: int | None = None) -> Found:
        """At least so many calls; ends early when `enough` has been seen."""
        dice, found = random.Random(seed), Found()
        for (method, path), caller in self._drawn(dice):
            if found.calls >= calls or (enough is not None and len(found.seen) >= enough):
                return found
            if dice.random() < OTHER_VERB:
                self._one(dice, dice.choice(VERBS), (method, path), caller, found)
            self._one(dice, method, (method, path), caller, found)
            found.pairs.add(((method, path), caller.name))
        raise AssertionError("there is always another call")

    def _one(self, dice: random.Random, verb: str, route: Route, caller: Caller, found: Found) -> None:
        sent, answer = self._call(dice, verb, route, caller)
        assert answer.status_code < 500, (verb, route, sent, answer.text)
        found.calls += 1
        found.routes[route] += 1
        found.verbs[verb] += 1
        found.callers[caller.name] += 1
        found.statuses[str(answer.status_code)] += 1
        back = answer.text + str(answer.headers)
        found.not_yours += "NotYourParty" in back or "belongs to somebody else" in back
        # What the caller sent itself may come back: whoever sends an id has it already.
        found.seen += [(route, secret) for secret in self.victim.secrets if secret in back and secret not in sent]

    def _drawn(self, dice: random.Random) -> Iterator[tuple[Route, Caller]]:
        """Round after round all routes in a random order; each is asked by all callers in turn, and by managers of its own door
        more often: they get farthest."""
        turns: dict[Route, list[Caller]] = {route: [] for route in self.routes}
        while True:
            for route in dice.sample(self.routes, len(self.routes)):
                if not turns[route]:
                    turns[route] = self._turns(route)
                    dice.shuffle(turns[route])
                yield route, turns[route].pop()

    def _turns(self, route: Route) -> list[Caller]:
        own = self.programs if route in self.api else self.people
        managers = [each for each in own if each.name in ("key of all scopes", "key manager", "person manager")]
        return [*self.callers, *managers * (10 // len(managers))]

    @property
    def round(self) -> int:
        """Calls after which everybody has asked every route."""
        return int(sum(len(self._turns(route)) for route in self.routes) * (1 + 2 * OTHER_VERB))

    def _call(self, dice: random.Random, verb: str, route: Route, caller: Caller) -> tuple[str, httpx.Response]:
        """All that was sent, as text, and the answer."""
        query = {name: self.text(dice, name) for name in dice.sample(FIELDS, 3)}
        if dice.random() < 0.5:
            query["party"] = self.victim.party
        body: Json = {}
        if verb not in ("GET", "HEAD", "DELETE", "OPTIONS"):
            body = self.json(dice, route) if route in self.api else self._form(dice, route)
        path = self.path(dice, route[1])
        at = f"198.18.{dice.randrange(256)}.{dice.randrange(256)}"  # of one address not so many may try to sign in
        return f"{path} {query} {body}", self.send(caller, verb, route, path, query, body, at)

    def send(
        self, caller: Caller, verb: str, route: Route, path: str, query: Json, body: Json, at: str
    ) -> httpx.Response:
        """`body`: of a route of the API JSON, else the fields of a form."""
        caller.http.headers["X-Forwarded-For"] = at
        if caller.person and caller.device and not caller.device.is_in():
            caller.device.sign_in(caller.person.name)
        asked = query | {"lang": "en", "idempotency_key": "x"}
        if verb in ("GET", "HEAD", "DELETE", "OPTIONS"):
            return caller.http.request(verb, path, params=asked)
        if route in self.api:
            return caller.http.request(verb, path, params=asked, json=body)
        token = caller.device.token() if caller.device else "0" * 96
        return caller.http.request(verb, path, params=asked, data=body | {"token": token})

    def path(self, dice: random.Random, path: str) -> str:
        return PARAMETER.sub(lambda at: f"{at[1] or ''}/{quote(self.id_for(dice, at[1], at[2]), safe='')}", path)

    def id_for(self, dice: random.Random, before: str | None, name: str) -> str:
        """Mostly of the kind that stands here, now and then of another."""
        fitting = self.victim.of.get(before or "")
        if fitting and dice.random() < 0.8:
            return dice.choice(fitting)
        return self.text(dice, name if dice.random() < 0.5 else "id")

    def text(self, dice: random.Random, name: str) -> str:
        """By what the field is called; else any id of the victim's."""
        victim = self.victim
        match name:
            case "party" | "uri" | "to" | "origin" | "holder" | "brand_owner" | "sender":
                return victim.party
            case "product" | "input" | "output":
                return victim.product
            case "lot":
                return victim.lot
            case "role":
                return dice.choice(PARTYS)
            case "day":
                return "2025-11-20"
            case "occurred_at":
                return WHEN
            case "gtin":
                return "09520000002015"
            case "name":
                return "Ai"
            case "id" | "key" | "person" | "session":
                return dice.choice([each for ids in victim.of.values() for each in ids])
            case "draft":
                return dice.choice([dice.randbytes(16).hex()] * 3 + victim.of["drafts"][:1] + victim.of["slips"])
            case "parcel":
                return dice.choice(victim.of["receive"])
            case "batch" | "batch1" | "goods":
                return victim.of["stock"][0][2:18] if name == "goods" else victim.of["stock"][0]
            case "quantity" | "arrived" | "rejected" | "used1" | "made0" | "q0" | "brought" | "factor":
                return dice.choice(("1", "9" * 13))
            case (
                "unit"
                | "quantity_unit"
                | "arrived_unit"
                | "rejected_unit"
                | "used1_unit"
                | "made0_unit"
                | "q0_unit"
                | "factor_unit"
            ):
                return "g"
            case "code":
                return "0" * 20
            case "password":
                return "một mật khẩu nào đó"
        # Texts are kept, and come back to whoever sent them: what nobody may see is in none of them.
        return dice.choice(
            [each for kind in ("parties", "products", "events", "shipments") for each in victim.of[kind]]
        )

    def _form(self, dice: random.Random, route: Route) -> Json:
        fields: Json = {name: self.text(dice, name) for name in dice.sample(FIELDS, dice.randrange(len(FIELDS) + 1))}
        if "role" in fields:
            fields["role"] = list(PARTYS[: dice.randint(1, 4)])
        if route[1] == "/sign-in":
            fields["name"] = dice.choice(self.victim.sign_ins)
        return fields

    def json(self, dice: random.Random, route: Route) -> Json:
        described = self.paths[route[1]][route[0].lower()].get("requestBody")
        if described is None or dice.random() < 0.05:
            return {}
        filled: Json = self._filled(dice, described["content"]["application/json"]["schema"]) or {}
        return filled

    def _filled(self, dice: random.Random, schema: Json, name: str = "") -> Any:
        """A value of the form that the description asks for, about the victim where it is text."""
        if "$ref" in schema:
            return self._filled(dice, self.schemas[schema["$ref"].rpartition("/")[2]], name)
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self._filled(dice, dice.choice(schema[several]), name)
        if "const" in schema or "enum" in schema:
            return schema.get("const", dice.choice(schema.get("enum", [None])))
        match schema.get("type"):
            case "object":
                required = schema.get("required", [])
                members = schema.get("properties", {}).items()
                return {
                    key: self._filled(dice, each, key)
                    for key, each in members
                    if key in required or dice.random() < (0.9 if key == "party" else 0.3)
                }
            case "array":
                return [self._filled(dice, schema["items"], name)]
            case "integer":
                return dice.randint(int(schema.get("minimum", 1)), int(min(schema.get("maximum", 1_000), 1_000)))
            case "boolean":
                return dice.random() < 0.5
            case "string":
                return self.text(dice, name)
        return None

    def _key(self, nguon: Gateway, scope: str | None) -> httpx.Client:
        body = {"scopes": [scope]} if scope else {}
        made = nguon.operator.post(f"{path_of(self.party)}/api-keys", json=body).json()
        return client(nguon.url, made["api_key"])
