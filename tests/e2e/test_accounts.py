"""Promise: nobody comes in by replaying, guessing or planting anything: invitations, passwords, second factors, recovery, API
keys; and what is kept names nobody and opens nothing. Against a running gateway, by forms as a browser sends them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx
import pyotp
import pytest

from tests.gateway_process import Gateway, client
from tests.signed_in import PASSWORD, Device, Someone, enrolled, invited, path_of, someone

ADDRESSES = (f"203.0.113.{place}" for place in count(10))
OTHER = "tôm sú rừng đước 12"


@pytest.fixture(scope="module")
def coop(nguon: Gateway) -> str:
    return nguon.party("coop", "producer")


@pytest.fixture(scope="module")
def manager(nguon: Gateway, coop: str) -> Someone:
    return someone(nguon, coop, "manager", at=next(ADDRESSES), name="Lê Thị Quản")


@pytest.fixture
def device(nguon: Gateway) -> Iterator[Device]:
    made = Device(nguon.url, next(ADDRESSES))
    yield made
    made.end()


# ── invitations ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_invitation_is_for_one_use(nguon: Gateway, coop: str, device: Device) -> None:
    told = invited(nguon, coop, "recorder")
    code = told["invitation"]["code"]
    assert told["invitation"]["link"] == f"{nguon.url}/invitation#{code}", "behind the #, which no browser sends"
    assert device.send("/invitation", code=code.lower().replace("-", " "), password=PASSWORD).status_code == 303
    assert device.is_in()
    again = Device(nguon.url, next(ADDRESSES))
    answer = again.send("/invitation", code=code, password=OTHER)
    assert answer.status_code == 403 and "used already" in answer.text and not again.is_in()
    assert again.sign_in(told["sign_in"], OTHER).status_code == 403, "and the password is still the first one's"
    assert again.sign_in(told["sign_in"]).status_code == 303


def test_of_many_who_take_an_invitation_at_once_one_gets_it(nguon: Gateway, coop: str) -> None:
    code = invited(nguon, coop, "recorder")["invitation"]["code"]
    devices = [Device(nguon.url, next(ADDRESSES)) for _ in range(8)]
    for each in devices:
        each.token()
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(each.send, "/invitation", code=code, password=PASSWORD) for each in devices]
    assert sorted(each.result().status_code for each in sent) == [303] + [403] * 7


def test_a_new_invitation_ends_the_one_before(nguon: Gateway, manager: Someone, device: Device) -> None:
    name, first = manager.device.invite("Trần Văn Bé", "recorder", "shipper")
    page = manager.device.http.get("/people").text
    (id,) = set(re.findall(r"/people/([0-9a-f]{32})/recover", page[page.index(name) :])[:1])
    shown = manager.device.send(f"/people/{id}/recover")
    second = re.findall(r"<code>([^<]+)</code>", shown.text)[1]
    assert device.send("/invitation", code=first, password=PASSWORD).status_code == 403
    assert device.send("/invitation", code=second, password=PASSWORD).status_code == 303


def test_codes_are_guessed_slowly(nguon: Gateway, device: Device) -> None:
    """100 random bits; and of one address sixty tries, then one every 20 seconds."""
    answers = [device.send("/invitation", code=f"{n:020d}", password=PASSWORD) for n in range(64)]
    statuses = [each.status_code for each in answers]
    assert statuses[:50] == [403] * 50 and statuses[-1] == 429
    assert 0 < int(answers[-1].headers["retry-after"]) <= 20
    elsewhere = Device(nguon.url, next(ADDRESSES))
    assert elsewhere.send("/invitation", code="0" * 20, password=PASSWORD).status_code == 403, "others go on"


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "x" * 201, ""])
def test_a_bad_password_is_refused_in_words_and_the_invitation_stays(
    nguon: Gateway, coop: str, device: Device, password: str
) -> None:
    code = invited(nguon, coop, "recorder")["invitation"]["code"]
    answer = device.send("/invitation", code=code, password=password)
    assert answer.status_code == 422 and "password is too" in answer.text
    assert device.send("/invitation", code=code, password=PASSWORD).status_code == 303


# ── passwords ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_account_is_guessed_ten_times_wherever_from_and_however_many_at_once(nguon: Gateway, coop: str) -> None:
    person = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    devices = [Device(nguon.url, next(ADDRESSES)) for _ in range(16)]
    for each in devices:
        each.token()
    with ThreadPoolExecutor(16) as pool:
        sent = [pool.submit(each.sign_in, person.name, f"wrong guess {n}") for n, each in enumerate(devices)]
    statuses = sorted(each.result().status_code for each in sent)
    assert statuses == [403] * 10 + [429] * 6
    answer = devices[0].sign_in(person.name, PASSWORD)
    assert answer.status_code == 429 and "Too many tries" in answer.text, "even with the right one"
    assert 0 < int(answer.headers["retry-after"]) <= 300
    assert person.device.is_in(), "whoever is signed in stays it"
    assert devices[1].sign_in(someone(nguon, coop, "recorder", at=next(ADDRESSES)).name).status_code == 303


def test_whoever_signs_in_rightly_is_not_counted(nguon: Gateway, coop: str) -> None:
    person = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    for _ in range(12):
        each = Device(nguon.url, next(ADDRESSES))
        assert each.sign_in(person.name).status_code == 303
        each.end()


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(nguon: Gateway, coop: str, device: Device) -> None:
    person = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    ended = invited(nguon, coop, "recorder")
    answers = [device.sign_in(name, "wrong guess") for name in (person.name, "nobody-1234", ended["sign_in"])]
    bodies = {re.sub(r'value="[0-9a-f]{96}"', "", each.text) for each in answers}
    assert [each.status_code for each in answers] == [403] * 3 and len(bodies) == 1


def test_two_keyboards_write_one_password(nguon: Gateway, coop: str, device: Device) -> None:
    person = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    composed, apart = "cua biển Năm Căn 7", "cua biê\u0309n Na\u0306m Ca\u0306n 7"
    assert composed == PASSWORD != apart
    assert device.sign_in(f" {person.name.upper()} ", apart).status_code == 303


# ── fixation ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def put(device: Device, cookie: str) -> None:
    device.http.cookies.clear()
    device.http.cookies.set("nguon-session", cookie, domain="127.0.0.1", path="/")


def planted(device: Device, victim: Device) -> str:
    """A cookie that the attacker knows, in the victim's browser."""
    device.token()
    known = device.cookie
    assert known
    put(victim, known)
    return known


def test_a_planted_cookie_is_not_signed_in_by_its_victim(nguon: Gateway, coop: str, device: Device) -> None:
    person = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    victim = Device(nguon.url, next(ADDRESSES))
    known = planted(device, victim)
    assert victim.sign_in(person.name).status_code == 303 and victim.is_in()
    assert victim.cookie != known and not device.is_in()


def test_nor_by_an_invitation_nor_by_a_second_factor(nguon: Gateway, device: Device) -> None:
    told = invited(nguon, None, "operator")
    victim = Device(nguon.url, next(ADDRESSES))
    known = planted(device, victim)
    assert victim.send("/invitation", code=told["invitation"]["code"], password=PASSWORD).status_code == 303
    half = victim.cookie
    secret = enrolled(victim)
    assert victim.send("/second-factor", code=pyotp.TOTP(secret).now()).status_code == 303
    assert victim.is_in() and len({known, half, victim.cookie}) == 3
    for stolen in (known, half):
        put(device, stolen or "")
        assert not device.is_in()
        assert device.http.get("/second-factor").headers["location"].startswith("/sign-in"), "the half one is over"


def test_a_session_of_the_attackers_is_not_taken_over_by_the_victim(nguon: Gateway, coop: str) -> None:
    attacker = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    person = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    victim = Device(nguon.url, next(ADDRESSES))
    planted(attacker.device, victim)
    assert victim.sign_in(person.name).status_code == 303
    assert person.name in victim.http.get("/devices").text
    assert not attacker.device.is_in(), "what was replaced is over"


def test_other_roles_and_recovery_end_every_session(nguon: Gateway, coop: str, manager: Someone) -> None:
    person = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    cookie = person.device.cookie
    assert manager.device.send(f"/people/{person.id}/roles", role=["recorder", "manager"]).status_code == 303
    assert not person.device.is_in()
    assert person.device.sign_in(person.name).status_code == 303 and person.device.cookie != cookie
    assert person.device.http.get("/people").status_code == 200, "now a manager"
    assert manager.device.send(f"/people/{person.id}/recover").status_code == 200
    assert not person.device.is_in()
    assert person.device.sign_in(person.name).status_code == 403, "the old password is gone at once"
    assert person.device.send("/invitation", code=person.code, password=PASSWORD).status_code == 403


def test_who_was_ended_never_comes_back(nguon: Gateway, coop: str, manager: Someone) -> None:
    person = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    assert manager.device.send(f"/people/{person.id}/end").status_code == 303
    assert not person.device.is_in() and person.device.sign_in(person.name).status_code == 403
    answer = manager.device.send(f"/people/{person.id}/recover")
    assert answer.status_code == 422 and "no such person" in answer.text


def test_nobody_changes_or_ends_themselves(manager: Someone) -> None:
    for what in ("roles", "recover", "end"):
        answer = manager.device.send(f"/people/{manager.id}/{what}", role="recorder")
        assert answer.status_code == 422 and "by yourself" in answer.text
    assert manager.device.is_in()


# ── the second factor ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_password_alone_opens_nothing_for_an_operator(nguon: Gateway) -> None:
    person = someone(nguon, None, "operator", at=next(ADDRESSES))
    used = pyotp.TOTP(person.secret or "").at(person._last * 30)
    device = Device(nguon.url, next(ADDRESSES))
    assert device.sign_in(person.name).headers["location"].startswith("/second-factor")
    assert not device.is_in() and device.http.get("/people").headers["location"].startswith("/second-factor")
    assert "secret" not in device.http.get("/second-factor").text, "it is shown once, when it is set up"
    assert device.send("/second-factor", code=used).status_code == 403, "a code that was used is used"
    assert device.send("/second-factor", code="000000").status_code == 403
    assert not device.is_in()
    guesses = [device.send("/second-factor", code=f"{n:06d}").status_code for n in range(9)]
    assert guesses == [403] * 8 + [429], "ten tries in all"


def test_an_operator_who_never_set_it_up_cannot_do_it_with_the_password_alone(nguon: Gateway) -> None:
    told = invited(nguon, None, "operator")
    device = Device(nguon.url, next(ADDRESSES))
    assert device.send("/invitation", code=told["invitation"]["code"], password=PASSWORD).status_code == 303
    thief = Device(nguon.url, next(ADDRESSES))
    answer = thief.sign_in(told["sign_in"])
    assert answer.status_code == 403 and "never set up" in answer.text and not thief.is_in()


# ── forms of other sites ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Content-Type": "text/plain"},
    ],
    ids=str,
)
def test_a_form_of_another_site_is_not_taken(manager: Someone, headers: dict[str, str]) -> None:
    device = manager.device
    data = {"token": device.token(), "name": "Ai đó", "role": "recorder"}
    answer = device.http.post("/people", data=data, headers=headers)
    assert answer.status_code == 403 and "could not be taken" in answer.text
    assert "Ai đó" not in device.http.get("/people").text


def test_a_token_is_of_one_cookie(nguon: Gateway, coop: str, manager: Someone, device: Device) -> None:
    device.token()
    for token in ("", "0" * 96, device.token(), "é" * 96):
        answer = manager.device.http.post("/devices/end-others", data={"token": token})
        assert answer.status_code == 403
    assert len({re.findall(r'name="token" value="(\w+)"', device.http.get("/sign-in").text)[0] for _ in range(3)}) == 3


def test_a_form_is_read_strictly(manager: Someone) -> None:
    token = manager.device.token()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"token=" + token.encode() + b"&a=%ff", b"a=" + b"x" * 20_000, b"\xff", b"&".join([b"a=b"] * 60), b""):
        answer = manager.device.http.post("/devices/end-others", content=body, headers=form)
        assert answer.status_code == 403, body[:20]


# ── API keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_is_not_guessed_not_altered_and_not_used_after_it_was_revoked(nguon: Gateway, coop: str) -> None:
    made = nguon.operator.post(f"{path_of(coop)}/api-keys", json={"scopes": ["manager"], "days": 7}).json()
    key, keys = made["api_key"], f"{path_of(coop)}/api-keys"
    assert client(nguon.url, key).get(keys).status_code == 200
    guesses = [f"pk_{made['id']}_{secrets.token_urlsafe(32)}" for _ in range(100)]
    guesses += [key[:-1], key + "A", key.swapcase(), f"pk_{'0' * 8}_{key.split('_', 2)[2]}", key.replace("_", "-")]
    guessing = client(nguon.url)
    answers = [guessing.get(keys, headers={"Authorization": f"Bearer {each}"}) for each in guesses]
    assert {each.status_code for each in answers} == {401}
    assert len({each.text for each in answers}) == 1, "the same for every cause"
    assert nguon.operator.delete(f"/v1/api-keys/{made['id']}").json()["revoked_at"]
    assert client(nguon.url, key).get(keys).status_code == 401
    told = nguon.operator.get(keys).text
    assert made["id"] in told and key.split("_", 2)[2] not in told


def test_a_partys_key_makes_and_revokes_keys_of_its_party_alone(nguon: Gateway, coop: str) -> None:
    rival = nguon.party("rival", "producer")
    mine = nguon.as_party(coop)
    made = mine.post(f"{path_of(coop)}/api-keys", json={"scopes": ["recorder"]}).json()
    assert made["scopes"] == ["recorder"] and made["expires_at"]
    theirs = nguon.operator.post(f"{path_of(rival)}/api-keys", json={}).json()
    for answer in (
        mine.post(f"{path_of(rival)}/api-keys", json={}),
        mine.get(f"{path_of(rival)}/api-keys"),
        mine.delete(f"/v1/api-keys/{theirs['id']}"),
        mine.delete("/v1/api-keys/00000000"),
        mine.delete(f"/v1/api-keys/{operators_key(nguon)}"),
    ):
        assert (answer.status_code, answer.json()["law"]) == (403, "NotYourParty")
    assert client(nguon.url, theirs["api_key"]).get(f"{path_of(rival)}/api-keys").status_code == 200
    assert mine.delete(f"/v1/api-keys/{made['id']}").status_code == 200


def operators_key(nguon: Gateway) -> str:
    return (nguon.data / "secrets" / "operator-api-key").read_text().split("_")[1]


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_secret_and_no_name_stands_in_the_database_or_the_log(nguon: Gateway, coop: str, manager: Someone) -> None:
    name = "Phạm Hồng Sương-Mai"
    operator = someone(nguon, None, "operator", at=next(ADDRESSES), name=name)
    code = invited(nguon, coop, "recorder", name=name)["invitation"]["code"]
    key = nguon.as_party(coop).headers["authorization"].split("_", 2)[2]
    assert manager.device.sign_in(manager.name, "mật khẩu sai rồi").status_code == 403
    cookies = [each.device.cookie or "" for each in (operator, manager)]
    assert operator.secret and all(cookies)
    secret = [PASSWORD, "mật khẩu sai rồi", code, code.replace("-", ""), key, operator.secret, *cookies]
    named = [name, operator.name, manager.name, "Lê Thị Quản"]
    kept = b"".join(each.read_bytes() for each in nguon.data.glob("nguon.db*"))
    log = (nguon.data / "gateway.log").read_bytes()
    assert len(kept) > 100_000 and b"/invitation" in log
    for each in (*secret, *named):
        assert each.encode() not in kept, f"{each} in the database"
        assert each.encode() not in log, f"{each} in the log"


def test_the_cookie_and_the_headers(nguon: Gateway, coop: str, manager: Someone, device: Device) -> None:
    person = someone(nguon, coop, "recorder", at=next(ADDRESSES))
    set_by = device.sign_in(person.name).headers["set-cookie"]
    assert re.fullmatch(r"nguon-session=[\w-]{43}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax", set_by), set_by
    for path in ("/devices", "/people", "/sign-in", "/invitation"):
        headers = manager.device.http.get(path, follow_redirects=True).headers
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert "form-action 'self'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff" and "frame-ancestors 'none'" in policy
    assert not [each for each in httpx.get(f"{nguon.url}/v1/parties").headers if each == "set-cookie"]
