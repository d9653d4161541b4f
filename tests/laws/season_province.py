"""The province in which seasons happen: parties with their keys, products, and what the council changes on the way.

Everything is as a chain would have it: ids are hashes of URIs, addresses come from keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger.events.identifiers import keccak
from ledger.events.model import DAY, FOREVER, PER_MILLION, Custody, Role, Status, Unit
from ledger.events.rules import MemoryState
from ledger.events.rules.state import PartyState, ProductState, SignerState
from ledger.signing.signer import address_of

START = 1_800_000_000
ROLES = {
    "farm": Role.PRODUCER,
    "coop": Role.PRODUCER | Role.PROCESSOR | Role.PACKER,
    "plant": Role.PROCESSOR | Role.PACKER,
    "shop": Role.RETAILER,
    "boat": Role.CARRIER,
    "lab": Role.INSPECTOR,
}
UNITS = {"crab": Unit.GRAM, "shell": Unit.GRAM, "paste": Unit.GRAM, "jar": Unit.PIECE}  # in order of stage
BRANDS = {"crab": "coop", "paste": "coop", "shell": "plant", "jar": "shop"}
MAKERS = {("paste", "plant"), ("shell", "coop"), ("jar", "coop"), ("jar", "plant")}
YIELDS = {
    ("crab", "paste"): 1_150_000,
    ("crab", "shell"): 300_000,
    ("shell", "paste"): 40_000,
    ("paste", "jar"): 50_000,
    ("crab", "jar"): 45_678,
}
# A party's second key is valid for the middle days of a season only.
SECOND = (START + DAY, START + 4 * DAY)

PARTY_URI = {name: f"urn:example:party:{name}" for name in ROLES}
PRODUCT_URI = {name: f"urn:example:product:{name}" for name in UNITS}
PARTY = {name: keccak(uri.encode()) for name, uri in PARTY_URI.items()}
NAME = {id: name for name, id in PARTY.items()}
PRODUCT = {name: keccak(uri.encode()) for name, uri in PRODUCT_URI.items()}
PRODUCT_NAME = {id: name for name, id in PRODUCT.items()}
KEYS = {
    address_of(key): key
    for name in (*ROLES, *(f"{name} again" for name in ROLES), "stranger")
    if (key := keccak(b"a key of the tests: " + name.encode()))
}
SIGNER = dict(zip(ROLES, KEYS, strict=False))
SECOND_SIGNER = dict(zip(ROLES, [*KEYS][len(ROLES) :], strict=False))
STRANGER = [*KEYS][-1]


def registered(largest_yield: int = 2 * PER_MILLION) -> MemoryState:
    """The registries, no goods. Yields are capped at `largest_yield` per million."""
    state = MemoryState()
    for number, (name, roles) in enumerate(ROLES.items(), 1):
        state.set_party(PartyState(number, PARTY[name], Status.ACTIVE, roles))
        state.set_signer(SIGNER[name], SignerState(PARTY[name], START - DAY, FOREVER, Custody.GATEWAY))
        state.set_signer(SECOND_SIGNER[name], SignerState(PARTY[name], *SECOND, Custody.EXTERNAL))
    for number, (name, unit) in enumerate(UNITS.items(), 1):
        id = PRODUCT[name]
        state.set_product(ProductState(number, id, unit, 10 * number, PARTY[BRANDS[name]], open=name == "crab"))
    for name, maker in sorted(MAKERS):
        state.set_maker(PRODUCT[name], PARTY[maker])
    for (source, output), per_million in YIELDS.items():
        state.set_yield(PRODUCT[source], PRODUCT[output], min(per_million, largest_yield))
    return state


@dataclass(frozen=True)
class StatusSet:
    party: bytes
    status: Status

    def apply(self, state: MemoryState) -> None:
        state.set_party(replace(state.parties[self.party], status=self.status))


@dataclass(frozen=True)
class RolesSet:
    """The inspector's role stays as it is."""

    party: bytes
    roles: Role

    def apply(self, state: MemoryState) -> None:
        present = state.parties[self.party]
        state.set_party(replace(present, roles=self.roles | present.roles & Role.INSPECTOR))


@dataclass(frozen=True)
class InspectorSet:
    party: bytes
    inspector: bool

    def apply(self, state: MemoryState) -> None:
        present = state.parties[self.party]
        others = present.roles & ~Role.INSPECTOR
        state.set_party(replace(present, roles=others | Role.INSPECTOR if self.inspector else others))


@dataclass(frozen=True)
class YieldSet:
    input: bytes
    output: bytes
    per_million: int

    def apply(self, state: MemoryState) -> None:
        state.set_yield(self.input, self.output, self.per_million)


@dataclass(frozen=True)
class MakerSet:
    product: bytes
    party: bytes
    listed: bool

    def apply(self, state: MemoryState) -> None:
        state.set_maker(self.product, self.party, self.listed)


CouncilAct = StatusSet | RolesSet | InspectorSet | YieldSet | MakerSet
