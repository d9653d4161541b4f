"""A party changes its own keys: signed by one of them, handed in by anybody, judged by the PartyRegistry alone.

What the gateway refuses, the contract refuses by the same law with the same numbers (docs/spec/law.md, Governance).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address

from ledger.bindings.registries import rotate, set_roles
from ledger.canonical.typed_data import as_eip712
from ledger.events.laws import LAWS
from ledger.events.model import FOREVER, Custody, Role
from ledger.signing.signer import compact
from tests.gateway_process import Gateway, Json
from tests.law_world import World, build_world
from tests.stranger import Hand, posted, soon

FIELDS = ["party", "signer", "from", "to", "custody", "rotation"]
TYPES = ("bytes32", "address", "uint64", "uint64", "uint8", "uint64")


@pytest.fixture(scope="module")
def world(nguon: Gateway) -> World:
    return build_world(nguon)


@dataclass(frozen=True)
class Change:
    """A change of `new`'s interval and custody, signed by `by` for `party`: words of the world."""

    new: Hand | bytes
    by: str = "coop"
    party: str = "coop"
    start: int = 0
    to: int = FOREVER
    custody: int = Custody.EXTERNAL
    rotation: int = 0
    spoilt: bool = False

    def fields(self, w: World) -> tuple[bytes, bytes, int, int, int, int]:
        address = self.new if isinstance(self.new, bytes) else self.new.address
        return getattr(w, self.party).party, address, self.start, self.to, self.custody, self.rotation

    def signature(self, w: World) -> bytes:
        """Signed by another implementation (eth-account) over the registry's own domain."""
        if self.spoilt:
            return bytes(64)
        hand: Hand = getattr(w, self.by)
        domain = as_eip712(w.chain.domain, hand.seen("pond"))
        values = dict(zip(FIELDS, self.fields(w), strict=True))
        typed = {
            "types": {
                "EIP712Domain": domain["types"]["EIP712Domain"],
                "SignerChange": [{"name": n, "type": t} for n, t in zip(FIELDS, TYPES, strict=True)],
            },
            "primaryType": "SignerChange",
            "domain": domain["domain"] | {"verifyingContract": to_checksum_address(w.chain.deployment.parties)},
            "message": values,
        }
        made = Account.from_key(hand.key).sign_message(encode_typed_data(full_message=typed)).signature
        return compact(bytes(made[:64]) + bytes((made[64] - 27,)))

    def hand_in(self, w: World) -> httpx.Response:
        _, address, start, to, custody, rotation = self.fields(w)
        change = {
            "signer": "0x" + address.hex(), "from": start, "to": str(to), "custody": custody, "rotation": rotation
        }  # fmt: skip
        path = f"/v1/parties/{quote(getattr(w, self.party).uri, safe='')}/signers/rotate"
        body = {"change": change, "signature": "0x" + self.signature(w).hex()}
        return w.gateway.operator.post(path, json=body)


@dataclass(frozen=True)
class Case:
    law: str
    change: Callable[[World], Change]
    status: int = 422
    numbers: Json = field(default_factory=dict)


def fresh(w: World) -> Hand:
    return w.chain.hand(w.coop.uri)


CASES = {
    "no signature": Case("BadSignature", lambda w: Change(fresh(w), spoilt=True)),
    "signed by nobody known": Case("UnknownSigner", lambda w: Change(fresh(w), by="nobody")),
    "signed before its time": Case("SignerNotValid", lambda w: Change(fresh(w), by="late", party="late")),
    "signed for another party": Case("NotYourParty", lambda w: Change(fresh(w), by="rival"), 403),
    "signed by a suspended party": Case("PartySuspended", lambda w: Change(fresh(w), by="idle", party="idle")),
    "out of turn": Case("RotationOutOfTurn", lambda w: Change(fresh(w), rotation=1), 422, {"given": 1, "expected": 0}),
    "another's key": Case("SignerTaken", lambda w: Change(w.rival)),
    "no key": Case("ZeroSigner", lambda w: Change(bytes(20))),
    "no time": Case("EmptyInterval", lambda w: Change(fresh(w), start=5, to=5), 422, {"from": 5, "to": 5}),
    "no custody": Case("UnknownCustody", lambda w: Change(fresh(w), custody=4), 422, {"custody": 4}),
    "ended before now": Case("IntervalInPast", lambda w: Change(fresh(w), to=5), 422, {"to": 5}),
    "another beginning": Case("IntervalInPast", lambda w: Change(w.coop, start=5), 422, {"to": FOREVER}),
}


@pytest.mark.parametrize("name", CASES)
def test_gateway_and_registry_refuse_a_change_by_the_same_law(name: str, world: World) -> None:
    case = CASES[name]
    change = case.change(world)
    head = world.chain.registry_head("PartyRegistry")
    answer = change.hand_in(world)
    problem = answer.json()
    assert (answer.status_code, problem["law"]) == (case.status, case.law), problem
    assert problem["title"] == LAWS[case.law].title and problem["detail"] and "{" not in problem["detail"]
    assert case.numbers.items() <= problem["numbers"].items()
    law, numbers = world.chain.refusal(
        world.chain.deployment.parties, rotate(change.fields(world), change.signature(world))
    )
    assert law == case.law
    assert {**numbers, "blockTime": 0} == {**problem["numbers"], "blockTime": 0}
    assert world.chain.registry_head("PartyRegistry") == head


def test_a_party_takes_a_new_key_and_ends_the_old_one(world: World) -> None:
    """The new key signs from now on; the old one loses its days to come."""
    w = world
    new = fresh(w)
    assert Change(new).hand_in(w).status_code == 200
    seen = w.gateway.operator.post("/v1/events", json=posted(new.sign(new.seen("rotated")), w.coop.uri))
    assert seen.status_code == 202, seen.text
    again = Change(new).hand_in(w).json()
    assert (again["law"], again["numbers"]) == ("RotationOutOfTurn", {"given": 0, "expected": 1})
    assert Change(w.coop, to=soon(1), rotation=1).hand_in(w).status_code == 200
    known = w.gateway.operator.get(f"/v1/parties/{quote(w.coop.uri, safe='')}").json()["signers"]
    ends = {signer["address"]: signer["to"] for signer in known}
    assert ends.keys() == {"0x" + hand.address.hex() for hand in (w.coop, new)}
    assert ends["0x" + new.address.hex()] is None and ends["0x" + w.coop.address.hex()] is not None


def test_an_inspector_is_made_apart_from_other_roles(world: World) -> None:
    """The form of the gateway cannot ask for it; a council that does so anyway is refused by the registry."""
    law, numbers = world.chain.of_the_council(
        world.chain.deployment.parties, set_roles(world.rival.party, int(Role.INSPECTOR | Role.PRODUCER))
    )
    assert (law, numbers) == ("InspectorApart", {"roles": 33})
    shown: dict[str, Any] = world.gateway.operator.get(f"/v1/parties/{quote(world.inspector.uri, safe='')}").json()
    assert shown["roles"] == ["inspector"]
