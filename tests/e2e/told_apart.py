"""Whether an answer tells what is another party's from what does not exist: each route that is not for everybody is asked
twice, the second time with an identifier of the same form that nobody has."""

from __future__ import annotations

import json
import random
import re
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from gateway.auth.actions import OPEN
from ledger.events.identifiers import party_id
from tests.e2e.attackers import FIELDS, PARAMETER, Attackers, Caller
from tests.every_route import Route, actions
from tests.signed_in import invited

ASKED = {"key of all scopes", "person manager", "person recorder", "person auditor"}
BODIES = 2
OF_ANYBODY = {"/portal/weigh"}
"""Pages that list all parties, as GET /v1/parties does: goods may come from each of them."""
PORTAL = ("drafts", "slips", "receive", "sent", "stock", "events")
KINDS = (*PORTAL, "auditing")
IN_FORMS = ("drafts", "slips")
"""Kinds of which every form of the portal sends one: what is entered is kept under it."""
HEX = re.compile(r"(?<=0x)[0-9a-f]{64}|[0-9a-f]{8,}")
"""What is drawn anew in an identifier of the same form."""


@dataclass
class Told:
    """`found`: where an answer differed; `refused`: by kind of identifier, how many were refused as another party's.
    `kinds`: by kind, how many were asked."""

    asked: int = 0
    found: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)


def differing(attackers: Attackers, others: dict[str, list[str]]) -> Told:
    """`others`: identifiers by kind."""
    told = Told()
    does = actions()
    for route in attackers.routes:
        if does.get(route) in OPEN or route not in does:
            continue
        named = {before for before, _ in PARAMETER.findall(route[1])}
        for kind, ids in others.items():
            if kind != "parties" and kind not in named and not (kind in IN_FORMS and _is_form(attackers, route)):
                continue  # a party is also named in queries and bodies
            if kind == "parties" and route[1] in OF_ANYBODY:
                continue
            for id in ids if kind == "parties" or kind in named else ids[:1]:
                for caller in attackers.callers:
                    if caller.name in ASKED:
                        first, second = _both(attackers, caller, route, kind, id)
                        told.asked += 1
                        told.kinds[kind] += 1
                        told.refused[kind] += "NotYourParty" in str(first) or "belongs to somebody else" in str(first)
                        if first != second and not (kind not in named and _is_taken(first)):
                            told.found.append(f"{route} by {caller.name}, {kind}: {first} or {second}")
    return told


def of_others(attackers: Attackers) -> dict[str, list[str]]:
    """By kind, of the victim and of the Union; a person who was ended among them."""
    nguon, victim = attackers.asked, attackers.victim
    operators = (nguon.data / "secrets" / "operator-api-key").read_text()
    ended = invited(nguon, victim.party, "recorder", name="Đã Nghỉ Kín")["id"]
    assert nguon.operator.post(f"/v1/people/{ended}/end", json={}).status_code == 200
    return {
        "people": [victim.of["people"][0], ended, invited(nguon, None, "operator", name="Việt Kín")["id"]],
        "devices": victim.of["devices"][:1],
        "api-keys": [victim.of["api-keys"][0], operators.split("_")[1]],
        "parties": [victim.party],
        **{kind: victim.of[kind] for kind in KINDS},
    }


def _is_form(attackers: Attackers, route: Route) -> bool:
    return route[0] == "POST" and route not in attackers.api and route[1].startswith("/portal/")


def _is_taken(answers: list[Any]) -> bool:
    """A lawful form under an id of 128 random bits that another's entry has: nothing is kept, and its sender must be told."""
    return all(status == 409 for status, _, _ in answers)


def _both(attackers: Attackers, caller: Caller, route: Route, kind: str, id: str) -> tuple[list[Any], list[Any]]:
    """What is answered of this id, and of one that nobody has."""
    drawn = HEX.sub(lambda at: secrets.token_hex(len(at[0]) // 2), id)
    nobodys = f"{id.rpartition(':')[0]}:nobody" if kind == "parties" else drawn
    times = BODIES if route[0] == "POST" and route in attackers.api else 1
    theirs, none = random.Random(7), random.Random(7)  # everything else is asked alike
    return (
        [_answer(attackers, caller, route, kind, id, theirs) for _ in range(times)],
        [_answer(attackers, caller, route, kind, nobodys, none) for _ in range(times)],
    )


def _answer(
    attackers: Attackers, caller: Caller, route: Route, kind: str, id: str, dice: random.Random
) -> tuple[int, str, str]:
    def filled(at: re.Match[str]) -> str:
        there = id if at[1] == kind else attackers.id_for(dice, at[1], at[2])
        return f"{at[1] or ''}/{quote(there, safe='')}"

    victims = attackers.victim.party
    party = id if kind == "parties" else victims
    body = (
        attackers.json(dice, route) if route in attackers.api else {name: attackers.text(dice, name) for name in FIELDS}
    )
    body = json.loads(json.dumps(body).replace(victims, party))
    if kind in IN_FORMS and _is_form(attackers, route):
        body["draft"] = id
    path = PARAMETER.sub(filled, route[1])
    answer = attackers.send(caller, route[0], route, path, {"party": party}, body, "198.18.0.1")
    text = re.sub(r'name="(?:token|draft)" value="\w+"', "", answer.text)
    for said in (id, quote(id, safe=""), party_id(id).hex() if kind == "parties" else id):
        text = text.replace(said, "ID")
    return answer.status_code, answer.headers.get("location", ""), text
