"""Promise: what is another party's is never seen and never changed, and nobody is told whether it exists. Random calls by the
people and keys of one party with the identifiers of another's; everything that comes back is looked through."""

from __future__ import annotations

import pytest

from tests.conftest import ALL
from tests.e2e import told_apart
from tests.e2e.attackers import VERBS, Attackers
from tests.e2e.entered import HOUSEHOLDS
from tests.e2e.leaky_gateway import LEAKS, TELLING, leaky
from tests.e2e.victim import HOUSEHOLD, PRICE, WHEN, Victim
from tests.every_route import actions
from tests.gateway_process import Gateway, client
from tests.signed_in import Someone

CALLS = 5_000 if ALL else 500
SEED = 31


@pytest.fixture(scope="module")
def victim(nguon: Gateway) -> Victim:
    return Victim(nguon)


@pytest.mark.timeout(3_600 if ALL else 300)
def test_nothing_of_another_partys_is_seen_or_changed(nguon: Gateway, victim: Victim) -> None:
    attackers = Attackers(nguon, victim)
    before = victim.rows()
    assert all(before.values()), (
        f"nothing is there to be changed: {[name for name, rows in before.items() if not rows]}"
    )
    found = attackers.look(max(CALLS, attackers.round) if ALL else CALLS, SEED)
    assert not found.seen, found.seen[:5]
    assert victim.rows() == before
    assert set(found.routes) == {*attackers.routes}, "every route was tried"
    assert set(found.callers) == {each.name for each in attackers.callers}, "everybody tried"
    assert found.not_yours > CALLS / 50, "many got as far as to be told that it is another's"
    if ALL:
        asked = {(route, each.name) for route in attackers.routes for each in attackers.callers}
        assert found.pairs == asked and {*VERBS} == {*found.verbs}, "every route was tried by everybody, and every verb"
    print(
        f"random calls: {found.calls}, visible: 0, changed: 0, refused as another's: {found.not_yours}, {found.statuses}"
    )


@pytest.mark.parametrize("leak", LEAKS if ALL else ["a_list_of_all"])
def test_a_planted_leak_is_seen(nguon: Gateway, leak: str) -> None:
    victim = Victim(nguon)
    with leaky(nguon, leak) as worker:
        attackers = Attackers(nguon, victim, worker)
        before = victim.rows()
        found = attackers.look(5_000, SEED, enough=1)
        assert found.seen or victim.rows() != before


def test_the_looking_sees_what_is_there(victim: Victim) -> None:
    """The control: the victim's own manager sees the names, so that a page which showed them would have been found."""
    page = victim.people[-1].device.http.get("/people").text
    assert {"Bí Mật", "Chờ Mời Kín"} <= {each for each in victim.secrets if each in page}


def test_of_what_waits_a_neighbour_sees_what_is_sent_to_it_and_answered_to_it_and_nothing_else(
    victim: Victim,
) -> None:
    """docs/spec/portal.md, section 2, rule 7. A weigh slip is known to both sides."""
    told = victim.entered.told
    seen = {
        name: _on_pages(who, victim.entered.secrets)
        for name, who in (("own", victim.people[-1]), ("neighbour", victim.neighbour))
    }
    assert seen["neighbour"] <= {*told} and all(each & seen["neighbour"] for each in victim.entered.each_told)
    assert seen["own"] >= seen["neighbour"] | {victim.entered.ids["refused"], *HOUSEHOLDS}


def _on_pages(who: Someone, secrets: list[str]) -> set[str]:
    """Those of the secrets that pages of the portal show this person."""
    paths = [path for method, path in actions() if method == "GET" and path.startswith("/portal") and "{" not in path]
    assert len(paths) > 8
    pages = [who.device.http.get(path, params={"lang": "en"}) for path in paths]
    assert all(each.status_code == 200 for each in pages)
    return {each for each in secrets for page in pages if each in page.text}


def test_an_answer_does_not_tell_what_is_anothers_from_what_is_not_there(nguon: Gateway, victim: Victim) -> None:
    """People, devices, API keys, days and whatever else an address, a query or a body names."""
    attackers = Attackers(nguon, victim)
    told = told_apart.differing(attackers, told_apart.of_others(attackers))
    assert not told.found, told.found[:3]
    assert all(told.refused[kind] for kind in ("people", "devices", "api-keys", "parties")), told.refused
    assert all(told.kinds[kind] for kind in told_apart.KINDS), told.kinds


@pytest.mark.parametrize("leak", TELLING if ALL else ["whose_it_is"])
def test_a_planted_difference_is_seen(nguon: Gateway, leak: str) -> None:
    victim = Victim(nguon)
    with leaky(nguon, leak) as worker:
        attackers = Attackers(nguon, victim, worker)
        assert told_apart.differing(attackers, told_apart.of_others(attackers)).found


def test_private_fields_are_not_found_by_guessing(nguon: Gateway, victim: Victim) -> None:
    """Whoever knows the values, and seals them itself, finds no digest of another's; and all are answered alike."""
    guesser = nguon.party("guesser", "producer")
    mine = nguon.as_party(guesser)
    guess = {"kind": "Observe", "party": guesser, "occurred_at": WHEN, "place": "urn:nguon:pond:victim",
             "private": {"price_vnd": PRICE, "household": HOUSEHOLD}}  # fmt: skip
    made = mine.post("/v1/events", json=guess, params={"wait": "final"}).json()["id"]
    own, theirs = (mine.get(f"/v1/events/{id}").json()["content"]["_sd"] for id in (made, victim.event))
    assert len(own) == len(theirs) == 2 and not {*own} & {*theirs}
    asked = [each.get(f"/v1/events/{victim.event}").json() for each in (client(nguon.url), mine, nguon.operator)]
    assert asked[0] == asked[1] == asked[2]


def test_an_idempotency_key_of_anothers_tells_nothing(nguon: Gateway, victim: Victim) -> None:
    mine = nguon.as_party(nguon.party("other", "producer"))
    event = {"kind": "Observe", "occurred_at": WHEN, "place": "urn:nguon:pond:victim"}
    key = victim.key_of_event.encode().hex()
    kept = mine.post("/v1/events", json=event, headers={"Idempotency-Key": key})
    assert (kept.status_code, kept.json()["already"]) == (202, False) and kept.json()["id"] != victim.event
    answers = [mine.get("/v1/events", params={"idempotency_key": each}) for each in (key, "never used")]
    assert answers[0].status_code == answers[1].status_code == 403 and answers[0].text == answers[1].text
