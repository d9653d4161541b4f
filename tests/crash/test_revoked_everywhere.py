"""Promise: what is revoked on one worker is refused by every other within a second; over https the cookie is bound to its host."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, client, gateway
from tests.signed_in import PASSWORD, Device, Someone, invited, path_of, someone

WITHIN = 1.0


@dataclass
class Workers:
    first: Gateway
    second: Gateway
    coop: str
    manager: Someone


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("revoked")
    with (
        devnet(folder, beat=0.05) as chain,
        gateway(folder, chain.rpc, name="a") as first,
        gateway(folder, chain.rpc, name="b") as second,
    ):
        coop = first.party("coop", "producer")
        yield Workers(first, second, coop, someone(first, coop, "manager"))


def there(device: Device, worker: Gateway) -> Device:
    """The same browser at another worker, as behind one address."""
    other = Device(worker.url, device.at)
    other.http.cookies.set("nguon-session", device.cookie or "", domain="127.0.0.1", path="/")
    return other


def seconds_until(refused: Callable[[], bool]) -> float:
    since = time.monotonic()
    while not refused():
        assert time.monotonic() < since + 30, "never refused"
    return time.monotonic() - since


def test_a_revoked_key_is_refused_by_the_other_worker(workers: Workers) -> None:
    keys = f"{path_of(workers.coop)}/api-keys"
    taken = []
    for _ in range(10):
        made = workers.first.operator.post(keys, json={}).json()
        elsewhere = client(workers.second.url, made["api_key"])
        assert elsewhere.get(keys).status_code == 200
        workers.first.operator.delete(f"/v1/api-keys/{made['id']}")
        taken.append(seconds_until(lambda elsewhere=elsewhere: elsewhere.get(keys).status_code == 401))
        elsewhere.close()
    assert max(taken) <= WITHIN, taken
    print(f"revoked keys: {len(taken)}, slowest {max(taken):.3f} s")


@pytest.mark.parametrize("how", ["sign out", "other device", "roles", "recover", "end"])
def test_an_ended_session_is_refused_by_the_other_worker(workers: Workers, how: str) -> None:
    person = someone(workers.first, workers.coop, "recorder", at="192.0.2.9")
    elsewhere = there(person.device, workers.second)
    assert elsewhere.is_in()
    manager, on = workers.manager.device, f"/people/{person.id}"
    if how == "sign out":
        assert person.device.send("/sign-out").status_code == 303
    elif how == "other device":
        other = Device(workers.first.url, "192.0.2.10")
        assert other.sign_in(person.name).status_code == 303
        assert other.send("/devices/end-others").status_code == 303
    else:
        assert manager.send(f"{on}/{how}", role="shipper").status_code in (200, 303)
    assert seconds_until(lambda: not elsewhere.is_in()) <= WITHIN


def test_tries_are_counted_by_all_workers_together(workers: Workers) -> None:
    person = someone(workers.first, workers.coop, "recorder", at="192.0.2.20")
    both = [Device(each.url, "192.0.2.21") for each in (workers.first, workers.second)]
    statuses = [both[n % 2].sign_in(person.name, f"wrong guess {n}").status_code for n in range(12)]
    assert statuses == [403] * 10 + [429] * 2


def test_over_https_the_browser_binds_the_cookie_to_this_host(workers: Workers) -> None:
    told = invited(workers.first, workers.coop, "recorder")
    https = ("--public-url", "https://nguon.example")
    with gateway(workers.first.data, workers.first.rpc, *https, name="c") as third:
        device = Device(third.url)
        device.http.headers["Origin"] = third.url
        shown = device.http.get("/sign-in")
        cookie = shown.headers["set-cookie"]
        assert cookie.startswith("__Host-nguon=") and {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(
            cookie.split("; ")
        )
        given = cookie.split("=", 1)[1].split(";")[0]
        token = shown.text.split('name="token" value="')[1].split('"')[0]
        form = {"token": token, "code": told["invitation"]["code"], "password": PASSWORD}
        answer = httpx.post(
            f"{third.url}/invitation", data=form, headers={"Origin": third.url, "Cookie": f"__Host-nguon={given}"}
        )
        assert answer.status_code == 303, answer.text
        assert answer.headers["set-cookie"].startswith("__Host-nguon=") and "Secure" in answer.headers["set-cookie"]
        assert workers.manager.device.is_in()
