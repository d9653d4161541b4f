"""Promise: the demo's accounts, whose password everybody knows, exist on the development chain alone."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pyotp
import pytest
from devnet.settings import DEVNET_CHAIN_ID

from gateway.auth.demo import JAR, PASSWORD, SECOND_FACTOR, DemoAccounts, accounts, code_now
from gateway.auth.people import People
from gateway.auth.roles import OF_A_PARTY, PersonRole
from gateway.auth.vault import Vault
from ledger.cli.demo import SCAN
from ledger.cli.season import season
from ledger.cli.story import jar
from ledger.errors import Refusal
from ledger.store.database import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "nguon.db")


def of_chain(store: Store, chain_id: int) -> tuple[People, DemoAccounts]:
    vault = Vault(b"pepper")
    people = People(store, vault)
    return people, DemoAccounts(store, vault, people, chain_id)


@pytest.mark.parametrize("chain_id", [0, 1, 4242, 31336, 313370])
def test_on_another_chain_they_are_not_made_and_not_shown(store: Store, chain_id: int) -> None:
    people, demo = of_chain(store, chain_id)
    with pytest.raises(Refusal) as raised:
        demo.make("operator")
    assert raised.value.law == "DevelopmentOnly"
    with pytest.raises(Refusal):
        accounts(chain_id)
    assert store.read().execute("SELECT count(*) FROM people").fetchone()[0] == 0
    with pytest.raises(Refusal) as refused:
        people.signing_in("van-hanh", PASSWORD)
    assert refused.value.law == "SignInRefused"
    of_chain(store, DEVNET_CHAIN_ID)[1].make("operator")
    assert demo.there() == [], "a development chain's rows under another chain"


def test_they_are_made_once_and_shown_while_the_password_is_the_one_that_is_shown(store: Store) -> None:
    people, demo = of_chain(store, DEVNET_CHAIN_ID)
    assert demo.there() == []
    assert demo.make("operator") == demo.make("operator") == len(accounts(DEVNET_CHAIN_ID)) == len(demo.there())
    (first, person), (second, other), *_ = demo.there()
    assert people.signing_in(first.sign_in, PASSWORD) == person
    people.end(person.id, "operator")
    people.accept(people.recover(other.id, "operator"), "mật khẩu của riêng tôi")
    assert not {first, second} & {account for account, _ in demo.there()}
    demo.make("operator")
    assert len(demo.there()) == len(accounts(DEVNET_CHAIN_ID)) - 2, "who was ended stays so"


def test_there_is_somebody_for_every_role_at_parties_of_the_demo() -> None:
    told = accounts(DEVNET_CHAIN_ID)
    known = {party["uri"] for story in (jar, season) for party in story(date(2026, 11, 24)).parties}
    by_party = {party: [each.roles for each in told if each.party == party] for party in {each.party for each in told}}
    assert {party for party in by_party if party} <= known
    assert by_party.pop(None) == [PersonRole.AUDITOR, PersonRole.OPERATOR]
    assert all(sorted(roles) == sorted(OF_A_PARTY) for roles in by_party.values()) and len(by_party) == 3
    assert not [each for each in told if re.search(r"-\d{4}$", each.sign_in)], "as the drawn ones end"


def test_the_digits_on_the_page_are_those_of_the_key_on_the_page() -> None:
    assert pyotp.TOTP(SECOND_FACTOR).verify(code_now(), valid_window=1)


def test_the_start_page_and_the_demo_mean_the_same_jar() -> None:
    assert JAR == SCAN
