"""From what is wanted, and what the registries have, to the changes that are missing. What is there already is not asked for
again, so the same wish twice is no change.

`known` is a party or product as the index tells it (ledger/projection/reader.py), None where there is none yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.bindings import registries
from ledger.bindings.council import Change
from ledger.events.identifiers import party_id, product_id
from ledger.events.model import FOREVER, Custody, Role, Unit

Known = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Admission:
    """`uri` is canonical, `profile` canonical JSON; `signers`: addresses that sign for the party from now on."""

    uri: str
    roles: Role
    profile: str = "{}"
    signers: Mapping[bytes, Custody] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registration:
    """A product: URIs are canonical, `profile` is canonical JSON."""

    uri: str
    unit: Unit
    stage: int
    brand_owner: str
    makers: tuple[str, ...] = ()
    open: bool = False
    profile: str = "{}"


def admitting(registry: bytes, wanted: Admission, known: Known) -> list[Change]:
    """Of a party that is there already, missing roles and signers are added and nothing is taken away."""
    identifier = party_id(wanted.uri)
    changes: list[Change] = []
    if known is None:
        changes.append((registry, registries.admit(wanted.uri, wanted.roles & ~Role.INSPECTOR, wanted.profile)))
        if Role.INSPECTOR in wanted.roles:
            changes.append((registry, registries.set_inspector(identifier, True)))
    else:
        changes += with_roles(registry, known, wanted.roles | known["role_bits"])
    registered = {signer["address"] for signer in known["signers"]} if known else set()
    for address, custody in wanted.signers.items():
        if "0x" + address.hex() not in registered:
            changes.append((registry, registries.set_signer(identifier, address, 0, FOREVER, custody)))
    return changes


def with_roles(registry: bytes, known: Mapping[str, Any], wanted: Role) -> list[Change]:
    """Exactly these roles. An inspector is made, and is one no longer, by a call and a role of the council of its own."""
    identifier, held = party_id(known["id"]), Role(known["role_bits"])
    changes: list[Change] = []
    if (wanted ^ held) & ~Role.INSPECTOR:
        changes.append((registry, registries.set_roles(identifier, wanted & ~Role.INSPECTOR)))
    if (wanted ^ held) & Role.INSPECTOR:
        changes.append((registry, registries.set_inspector(identifier, Role.INSPECTOR in wanted)))
    return changes


def registering(registry: bytes, wanted: Registration, known: Known) -> list[Change]:
    """Of a product that is there already, missing makers are added and nothing else is looked at."""
    changes: list[Change] = []
    if known is None:
        owner = party_id(wanted.brand_owner)
        call = registries.register(wanted.uri, wanted.unit, wanted.stage, owner, wanted.open, wanted.profile)
        changes.append((registry, call))
    listed = {*(known["makers"] if known else ()), wanted.brand_owner}
    missing = [maker for maker in dict.fromkeys(wanted.makers) if maker not in listed]
    return changes + with_makers(registry, wanted.uri, missing, [])


def with_makers(registry: bytes, product: str, listed: Iterable[str], unlisted: Iterable[str]) -> list[Change]:
    """These may make it from now on, and those no longer."""
    identifier = product_id(product)
    told = [(maker, True) for maker in listed] + [(maker, False) for maker in unlisted]
    return [(registry, registries.set_maker(identifier, party_id(maker), may)) for maker, may in told]


def declaring(registry: bytes, source: str, output: str, per_million: int, declared: int | None) -> list[Change]:
    """`declared`: per million as it stands now, None where it is not declared."""
    if declared == per_million:
        return []
    return [(registry, registries.set_yield(product_id(source), product_id(output), per_million))]
