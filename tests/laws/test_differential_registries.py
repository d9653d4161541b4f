"""What the registries refuse, on both sides: the door's check names the law that the contract reverts with."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import coincurve
import pytest
from chain_side import LEDGER_ID, Call, Chain, anvil
from eth_abi.abi import encode
from season_province import (
    KEYS,
    PARTY,
    PARTY_URI,
    PRODUCT,
    PRODUCT_URI,
    SECOND_SIGNER,
    SIGNER,
    START,
    STRANGER,
    registered,
)

from ledger.bindings import registries as calls
from ledger.bindings.abi import contract
from ledger.canonical.heads import Tag
from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal
from ledger.events.identifiers import keccak
from ledger.events.model import DAY, FOREVER, ZERO32, Role, Status, Unit
from ledger.events.rules import MemoryState, registries
from ledger.events.rules.state import PartyState, ProductState, SignerState
from ledger.signing.signer import compact, recover

CHANGE_TYPE = "SignerChange(bytes32 party,address signer,uint64 from,uint64 to,uint8 custody,uint64 rotation)"
LONG = "p" * 8192
URIS = (
    "",
    "u",
    "u" * 256,
    "u" * 257,
    PARTY_URI["farm"],
    PRODUCT_URI["crab"],
    *(f"urn:example:new:{n}" for n in range(9)),
)
PROFILES = ("", "{}", "{}", LONG, LONG + "p")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    with anvil(tmp_path_factory.mktemp("anvil")) as node:
        yield Chain(node)


@dataclass
class Registries:
    """The model's side: what is registered, and how many rotations each party had."""

    domain: Domain
    state: MemoryState = field(default_factory=registered)
    rotations: Counter[bytes] = field(default_factory=Counter)
    time: int = START

    def attempt(self, rng: random.Random) -> tuple[Call, Callable[[], None]]:
        """A call, and what the model says of it: does it, or raises `Refusal`."""
        names = ("admit", "status", "roles", "inspector", "party_profile", "signer", "signer", "rotation", "rotation",
                 "rotation", "register", "maker", "yield_", "product_profile")  # fmt: skip
        data, does = getattr(self, f"_{(name := rng.choice(names))}")(rng)
        products = name in ("register", "maker", "yield_", "product_profile")
        return (b"products" if products else b"parties", data), does

    def _party(self, rng: random.Random) -> bytes:
        return rng.choice((*self.state.parties, *PARTY.values(), ZERO32))

    def _product(self, rng: random.Random) -> bytes:
        return rng.choice((*self.state.products, *PRODUCT.values(), ZERO32))

    def _admit(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        uri, roles, profile = rng.choice(URIS), rng.choice((0, 1, 31, 32, 63, 64, 255)), rng.choice(PROFILES)

        def does() -> None:
            registries.check_admit(self.state, uri.encode(), roles, profile.encode())
            number = len(self.state.parties) + 1
            self.state.set_party(PartyState(number, keccak(uri.encode()), Status.ACTIVE, Role(roles)))

        return calls.admit(uri, roles, profile), does

    def _status(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        party, status = self._party(rng), rng.choice((0, 1, 1, 2, 2, 3))

        def does() -> None:
            registries.check_status(self.state, party, status)
            self._set(party, status=Status(status))

        return calls.set_status(party, status), does

    def _roles(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        party, roles = self._party(rng), rng.choice((0, 1, 31, 33, 64, 255))

        def does() -> None:
            registries.check_roles(self.state, party, roles)
            self._set(party, roles=Role(roles) | self.state.parties[party].roles & Role.INSPECTOR)

        return calls.set_roles(party, roles), does

    def _inspector(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        party, inspector = self._party(rng), rng.random() < 0.5

        def does() -> None:
            registries.check_inspector(self.state, party)
            others = self.state.parties[party].roles & ~Role.INSPECTOR
            self._set(party, roles=others | Role.INSPECTOR if inspector else others)

        return contract("PartyRegistry").call("setInspector", party, inspector), does

    def _party_profile(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        party, profile = self._party(rng), rng.choice(PROFILES)
        data = contract("PartyRegistry").call("setProfile", party, profile)
        return data, lambda: registries.check_party_profile(self.state, party, profile.encode())

    def _membership(self, rng: random.Random) -> tuple[bytes, SignerState]:
        """An address as it shall be: often a known one with one thing changed."""
        address = rng.choice((*SIGNER.values(), *SECOND_SIGNER.values(), STRANGER, bytes(20), rng.randbytes(20)))
        present = self.state.signer(address)
        shall = present or SignerState(self._party(rng), self.time - DAY, FOREVER, 1)
        times = (self.time - 1, self.time, self.time + 1, self.time + DAY, FOREVER)
        for _ in range(rng.choice((0, 1, 1, 2))):
            one: dict[str, Any] = {
                "party": self._party(rng),
                "from_": rng.choice(times),
                "custody": rng.choice((0, 1, 2, 3, 4)),
            }
            name = rng.choice(("to", "to", "to", *one))
            shall = replace(shall, **{name: one.get(name, rng.choice(times))})
        return address, shall

    def _signer(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        address, shall = self._membership(rng)

        def does() -> None:
            registries.check_signer(self.state, shall.party, address, shall, self.time)
            self.state.set_signer(address, shall)

        data = calls.set_signer(shall.party, address, shall.from_, shall.to, shall.custody)
        return data, does

    def _rotation(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        address, shall = self._membership(rng)
        given = max(0, self.rotations[shall.party] + rng.choice((0, 0, 0, 0, 1, -1)))
        values = (shall.party, _hex(address), shall.from_, shall.to, shall.custody, given)
        types = ("bytes32", "address", "uint64", "uint64", "uint8", "uint64")
        digest = keccak(
            b"\x19\x01" + self.domain.separator + keccak(keccak(CHANGE_TYPE.encode()) + encode(types, values))
        )
        own = [a for a, signer in self.state.signers.items() if signer.party == shall.party and a in KEYS]
        by = rng.choice(own) if own and rng.random() < 0.8 else rng.choice([*KEYS])
        signature = compact(coincurve.PrivateKey(KEYS[by]).sign_recoverable(digest, hasher=None))
        if rng.random() < 0.05:
            signature = signature[:32] + rng.choice((bytes(32), b"\xff" * 32))

        def does() -> None:
            expected = self.rotations[shall.party]
            recovered = recover(digest, signature)
            registries.check_rotation(self.state, address, shall, given, expected, recovered, self.time)
            self.rotations[shall.party] += 1
            self.state.set_signer(address, shall)

        return contract("PartyRegistry").call("rotate", values, signature[:32], signature[32:]), does

    def _register(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        uri, unit, profile = rng.choice(URIS), rng.choice((0, 1, 2, 3, 3, 4)), rng.choice(PROFILES)
        brand, stage, open_ = self._party(rng), rng.randrange(50), rng.random() < 0.5

        def does() -> None:
            registries.check_product(self.state, uri.encode(), unit, brand, profile.encode())
            number = len(self.state.products) + 1
            self.state.set_product(ProductState(number, keccak(uri.encode()), Unit(unit), stage, brand, open_))

        return calls.register(uri, unit, stage, brand, open_, profile), does

    def _maker(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        product, party, listed = self._product(rng), self._party(rng), rng.random() < 0.6

        def does() -> None:
            registries.check_maker(self.state, product, party)
            self.state.set_maker(product, party, listed)

        return calls.set_maker(product, party, listed), does

    def _yield_(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        source, output, per_million = self._product(rng), self._product(rng), rng.choice((0, 1, 1_150_000, 2**64 - 1))

        def does() -> None:
            registries.check_yield(self.state, source, output)
            self.state.set_yield(source, output, per_million)

        return calls.set_yield(source, output, per_million), does

    def _product_profile(self, rng: random.Random) -> tuple[bytes, Callable[[], None]]:
        product, profile = self._product(rng), rng.choice(PROFILES)
        data = contract("ProductRegistry").call("setProfile", product, profile)
        return data, lambda: registries.check_product_profile(self.state, product, profile.encode())

    def _set(self, party: bytes, **changed: Any) -> None:
        self.state.set_party(replace(self.state.parties[party], **changed))

    def views(self, chain: Chain) -> Iterator[tuple[tuple[str, str, tuple[Any, ...]], Any]]:
        numbers = {id: party.number for id, party in self.state.parties.items()}
        for id, p in self.state.parties.items():
            yield ("parties", "partyOf", (id,)), (p.number, int(p.status), int(p.roles))
            yield ("parties", "rotationsOf", (id,)), self.rotations[id]
        for address, s in self.state.signers.items():
            yield ("parties", "signerOf", (_hex(address),)), (numbers[s.party], s.from_, s.to, s.custody)
        for id, product in self.state.products.items():
            brand = numbers[product.brand_owner]
            shown = (product.number, int(product.unit), product.stage, brand, product.open)
            yield ("products", "productOf", (id,)), shown
        yield ("parties", "head", ()), chain.registry_heads[Tag.PARTIES]
        yield ("products", "head", ()), chain.registry_heads[Tag.PRODUCTS]


def test_the_registries_refuse_what_the_door_refuses(chain: Chain) -> None:
    verdicts: Counter[str] = Counter()
    for season in range(4):
        chain.begin()
        both = Registries(Domain(chain.deployment.chain_id, chain.deployment.parties, LEDGER_ID))
        rng = random.Random(season)
        for _ in range(12):
            both.time += rng.choice((1, 60, DAY))
            attempts, said = [], []
            for _ in range(25):
                (where, data), does = both.attempt(rng)
                attempts.append((getattr(chain.deployment, where.decode()), data))
                said.append(_verdict(does))
            outcomes = chain.try_block(both.time, attempts)
            for (to, _), model, outcome in zip(attempts, said, outcomes, strict=True):
                name = "PartyRegistry" if to == chain.deployment.parties else "ProductRegistry"
                found = contract(name).error(outcome) if isinstance(outcome, bytes) else None
                assert model == (Refusal(found[0], **found[1]) if found else None)
                assert (model is None) == isinstance(outcome, list)
                verdicts[model.law if model else "accepted"] += 1
        expected = [*both.views(chain)]
        answers = chain.views([view for view, _ in expected])
        for (view, value), answer in zip(expected, answers, strict=True):
            assert answer == value, view
    print(f"\n{verdicts.total()} calls of the registries: {dict(verdicts.most_common())}")
    assert verdicts["accepted"] > 200
    assert len(verdicts) > 20


def _verdict(does: Callable[[], None]) -> Refusal | None:
    try:
        does()
    except Refusal as refusal:
        return refusal
    return None


def _hex(address: bytes) -> str:
    return "0x" + address.hex()
