"""Promises about people, sessions, keys and limits that need another hour: what ends by itself, and what is kept how long."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
import pytest
from cryptography.exceptions import InvalidTag
from fastapi import APIRouter

from gateway.auth import passwords
from gateway.auth.actions import Action, Object, Principal, authorise, does, every_route_says
from gateway.auth.keys import ApiKeys
from gateway.auth.limits import ACCOUNT, ADDRESS, Limits, network
from gateway.auth.people import INVITATION_SECONDS, People
from gateway.auth.roles import EVERYBODY, OF_A_PARTY, PersonRole
from gateway.auth.second_factor import STEP, step_of
from gateway.auth.sessions import OF_A_PARTY as PARTYS
from gateway.auth.sessions import OF_THE_UNION, Sessions, device_of
from gateway.auth.vault import Vault
from ledger.errors import Refusal
from ledger.events.identifiers import party_id, product_id
from ledger.events.model import Kind
from ledger.store.database import Store

COOP = b"\1" * 32
PASSWORD = "rừng ngập mặn 2026"


@dataclass
class World:
    store: Store
    time: float = 1_800_000_000.0
    vault: Vault = field(default_factory=lambda: Vault(b"pepper"))

    def now(self) -> float:
        return self.time

    def __post_init__(self) -> None:
        self.people = People(self.store, self.vault, self.now)
        self.sessions = Sessions(self.store, self.vault, self.now)
        self.limits = Limits(self.store, self.vault, self.now)
        self.keys = ApiKeys(self.store, b"pepper", self.now)

    def person(self, party: bytes | None = COOP, roles: PersonRole = PersonRole.RECORDER) -> str:
        person, code = self.people.invite("Lan", party, roles, None, "operator")
        self.people.accept(code, PASSWORD)
        return person.id


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(Store(tmp_path / "nguon.db"))


def law(raised: pytest.ExceptionInfo[Refusal]) -> str:
    return raised.value.law


def test_an_invitation_ends_after_three_days(world: World) -> None:
    _, code = world.people.invite("Lan", COOP, PersonRole.RECORDER, None, "operator")
    world.time += INVITATION_SECONDS - 1
    assert world.people.invited(code).name == "Lan"
    world.time += 1
    with pytest.raises(Refusal) as refused:
        world.people.accept(code, PASSWORD)
    assert law(refused) == "InvitationRefused"


@pytest.mark.parametrize("party", [COOP, None])
def test_a_session_ends_when_it_is_not_used_and_at_the_latest_after_its_time(world: World, party: bytes | None) -> None:
    kept = PARTYS if party else OF_THE_UNION
    id = world.person(party, PersonRole.RECORDER if party else PersonRole.OPERATOR)
    idle = world.sessions.begin(id, "whole", "Chrome")
    world.time += kept.idle
    assert world.sessions.find(idle)
    world.time += kept.idle + 1
    assert world.sessions.find(idle) is None
    busy, begun = world.sessions.begin(id, "whole", "Chrome"), world.time
    while world.time + kept.idle < begun + kept.most:
        world.time += kept.idle
        assert world.sessions.find(busy)
    world.time = begun + kept.most + 1
    assert world.sessions.find(busy) is None, "however busy it is"
    world.sessions.begin(id, "whole", "Chrome")
    assert world.store.read().execute("SELECT count(*) FROM sessions").fetchone()[0] == 1, "what is over is deleted"


def test_a_half_session_lasts_ten_minutes(world: World) -> None:
    secret = world.sessions.begin(world.person(None, PersonRole.OPERATOR), "half", "Chrome")
    world.time += 600
    assert world.sessions.find(secret)
    world.time += 1
    assert world.sessions.find(secret) is None


def test_who_was_recovered_meanwhile_does_not_come_in(world: World) -> None:
    id = world.person()
    world.people.recover(id, "operator")
    with pytest.raises(Refusal) as refused:
        world.sessions.begin(id, "whole", "Chrome")
    assert law(refused) == "SignInRefused"


def test_a_key_ends_on_its_day(world: World) -> None:
    key = world.keys.create(COOP, PersonRole.RECORDER, days=7)
    header = f"Bearer {key}"
    assert world.keys.principal(header).roles == PersonRole.RECORDER
    world.time += 7 * 24 * 3600
    with pytest.raises(Refusal) as refused:
        world.keys.principal(header)
    assert law(refused) == "NotAuthenticated"
    world.time += 100 * 365 * 24 * 3600
    assert world.keys.principal(f"Bearer {world.keys.create(None)}").is_operator


def test_tries_come_back_one_by_one_and_are_forgotten(world: World) -> None:
    for _ in range(ACCOUNT.burst):
        world.limits.take((ACCOUNT, "lan"))
    with pytest.raises(Refusal) as refused:
        world.limits.take((ACCOUNT, "lan"))
    assert refused.value == Refusal("TooManyTries", seconds=int(ACCOUNT.seconds))
    world.time += ACCOUNT.seconds
    world.limits.take((ACCOUNT, "lan"))
    with pytest.raises(Refusal):
        world.limits.take((ACCOUNT, "lan"))


def test_what_is_kept_of_tries_is_bounded_and_says_no_address(world: World) -> None:
    for place in range(200):
        world.limits.take((ADDRESS, f"192.0.2.{place}"))
        world.time += 1
    rows = world.store.read().execute("SELECT subject FROM tries").fetchall()
    assert len(rows) <= ADDRESS.seconds + 1
    assert all(len(row[0]) == 32 for row in rows)


def test_one_subscriber_of_ipv6_is_one_address() -> None:
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::1") != network("2001:db8:1:3::1")
    assert network("192.0.2.7") == "192.0.2.7" and network("") == ""


def test_a_sealed_value_opens_only_where_it_belongs(world: World) -> None:
    sealed = world.vault.seal("hash of Lan", "password 1")
    assert world.vault.open(sealed, "password 1") == "hash of Lan"
    for vault, owner in ((world.vault, "password 2"), (Vault(b"another pepper"), "password 1")):
        with pytest.raises(InvalidTag):
            vault.open(sealed, owner)


def test_passwords_are_argon2id_as_owasp_asks() -> None:
    kept = passwords.chosen(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (
        passwords.fits(kept, PASSWORD)
        and not passwords.fits(kept, PASSWORD + "x")
        and not passwords.fits(None, PASSWORD)
    )
    with pytest.raises(Refusal) as refused:
        passwords.chosen("nguyenlan-1234", "Nguyễn Lan", "nguyenlan-1234")
    assert refused.value == Refusal("PasswordRefused", reason="plain")


def test_a_second_factor_counts_once_and_a_minute_around() -> None:
    secret = pyotp.random_base32()
    now = int(time.time()) // STEP
    code = pyotp.TOTP(secret).at(now * STEP)
    step = step_of(secret, code, None)
    assert step is not None and abs(step - now) <= 1
    assert step_of(secret, f" {code[:3]} {code[3:]} ", step - 1) == step
    assert step_of(secret, code, step) is None
    assert step_of(secret, pyotp.TOTP(secret).at((now - 5) * STEP), None) is None and step_of(secret, "é", None) is None


def test_the_names_to_sign_in_with_tell_nobody_who_is_here(world: World) -> None:
    names = [
        world.people.invite("Nguyễn Thị Lan", COOP, PersonRole.RECORDER, None, "operator")[0].sign_in for _ in range(40)
    ]
    assert len(set(names)) == 40 and all(name.startswith("lan-") and len(name) == 8 for name in names)
    for name, slug in (("Đỗ", "do"), ("สมชาย", "nguon"), ("Bé Ba!", "ba"), ("李", "nguon")):
        assert world.people.invite(name, COOP, PersonRole.RECORDER, None, "operator")[0].sign_in.startswith(f"{slug}-")


@pytest.mark.parametrize(
    ("party", "roles", "scope"),
    [
        (COOP, PersonRole.OPERATOR, None), (COOP, PersonRole.AUDITOR, "area Cà Mau"), (COOP, PersonRole(0), None),
        (None, PersonRole.MANAGER, None), (None, PersonRole.AUDITOR, None), (None, PersonRole.AUDITOR, "village X"),
        (None, PersonRole.AUDITOR, "party "), (None, PersonRole.AUDITOR | PersonRole.OPERATOR, "area X"),
        (COOP, PersonRole.MANAGER | PersonRole.OPERATOR, None),
    ],
)  # fmt: skip
def test_roles_that_do_not_go_together(world: World, party: bytes | None, roles: PersonRole, scope: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        world.people.invite("Ai", party, roles, scope, "operator")
    assert law(refused) == "PersonForm"


# ── the function that allows ─────────────────────────────────────────────────────────────────────────────────────────────


def refusal(who: Principal | None, action: Action, on: Object | None = None, kind: Kind | None = None) -> str | None:
    try:
        authorise(who, action, on, kind)
    except Refusal as refused:
        return refused.law
    return None


def test_what_no_rule_allows_is_refused() -> None:
    nobody = Principal(COOP, PersonRole(0), "person/x")
    for action in Action:
        opened = action in (Action.READ, Action.SIGN_IN)
        assert (refusal(nobody, action) is None) == opened
        assert (refusal(None, action) is None) == opened
        half = Principal(None, EVERYBODY, "person/x", whole=False)
        assert (refusal(half, action) is None) == (opened or action is Action.PROVE)


def test_an_auditor_reaches_what_the_scope_names_and_nothing_else() -> None:
    coop, crab = "urn:nguon:party:coop", "urn:nguon:product:crab"
    things = {
        f"party {coop}": Object(party_id(coop)),
        f"product {crab}": Object(COOP, product=product_id(crab)),
        "area Năm Căn": Object(COOP, area="Năm Căn"),
    }
    for scope in (*things, None, "everything", "party", "product ?"):
        auditor = Principal(None, PersonRole.AUDITOR, "person/x", scope)
        reached = {name for name, thing in things.items() if refusal(auditor, Action.AUDIT, thing) is None}
        assert reached == ({scope} if scope in things else set())
        assert refusal(auditor, Action.AUDIT, Object(None)) == "NotYourParty"


def test_a_party_acts_for_itself_alone_and_an_operator_records_only_on_the_development_chain() -> None:
    clerk, other = Principal(COOP, OF_A_PARTY, "key/x"), Object(b"\2" * 32)
    assert refusal(clerk, Action.RECORD, Object(COOP), Kind.RECALL) is None
    assert refusal(clerk, Action.RECORD, other, Kind.RECALL) == "NotYourParty"
    assert refusal(clerk, Action.PEOPLE, Object(None)) == "NotYourParty"
    for for_anyone, said in ((True, None), (False, "NotYourParty")):
        operator = Principal(None, PersonRole.OPERATOR, "operator", for_anyone=for_anyone)
        assert refusal(operator, Action.RECORD, other, Kind.SHIP) == said


def test_a_gateway_with_a_route_that_says_nothing_does_not_start() -> None:
    def door() -> None: ...

    silent, open_to_all = APIRouter(), APIRouter()
    silent.get("/silent")(lambda: None)
    open_to_all.get("/nobody-asked")(does(Action.PEOPLE)(lambda: None))
    for router, said in ((silent, "says not what it does"), (open_to_all, "asks nobody")):
        with pytest.raises(RuntimeError, match=said):
            list(every_route_says(router.routes, (door,)))


@pytest.mark.parametrize(
    ("browser", "told"),
    [
        (
            "Mozilla/5.0 (Linux; Android 13; SM-A137F) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
            "Chrome · Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) Version/17.2 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        ("", "?"),
        ("<script>", "?"),
    ],
)
def test_a_device_is_named_by_two_known_words(browser: str, told: str) -> None:
    assert device_of(browser) == told
