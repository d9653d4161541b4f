"""Who and what a document needs admitted before its events can be recorded, and the conversions it relies on.

Roles follow from what a party does in the document; stages and yields cannot, so they come from a file:

    {"stages": {product uri: rank}, "yields": [{"input": uri, "output": uri, "perMillion": int}]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import Refusal
from ledger.events.model import Kind, Role, Unit
from ledger.exchange.document import read_json
from ledger.exchange.epc import read_product
from ledger.exchange.facts import Fact
from ledger.exchange.masterdata import MasterData
from ledger.exchange.port import LedgerPort

_ROLE_OF_KIND = {Kind.COMMISSION: Role.PRODUCER, Kind.TRANSFORM: Role.PROCESSOR, Kind.SELL: Role.RETAILER}
_ROLE_OF_STEP = {
    "packing": Role.PACKER,
    "transporting": Role.CARRIER,
    "departing": Role.CARRIER,
    "loading": Role.CARRIER,
    "unloading": Role.CARRIER,
}
_INSPECTING = frozenset({"inspecting", "sampling"})


@dataclass(frozen=True, slots=True)
class Conversions:
    """Stages by product (URI; 0 if not named) and yields (input, output, base units per million of input)."""

    stages: Mapping[str, int] = field(default_factory=dict)
    yields: tuple[tuple[str, str, int], ...] = ()


@dataclass(slots=True)
class ProductNeeds:
    unit: Unit
    brand_owner: str
    makers: list[str]


@dataclass(slots=True)
class Needs:
    """Parties with their roles and products, in order of first mention."""

    parties: dict[str, Role] = field(default_factory=dict)
    products: dict[str, ProductNeeds] = field(default_factory=dict)


def read_conversions(data: bytes) -> Conversions:
    """Raises `NotAYieldsFile(reason)`, a plain sentence."""
    root = read_json(data, law := "NotAYieldsFile")
    unknown = root.keys() - {"stages", "yields"}
    stages, yields = root.get("stages", {}), root.get("yields", [])
    if unknown or not isinstance(stages, dict) or not isinstance(yields, list):
        raise Refusal(law, reason='it is not {"stages": {...}, "yields": [...]}')
    if not all(_is_count(rank, 2**16) for rank in stages.values()):
        raise Refusal(law, reason="a stage is not a whole number from 0 to 65535")
    for entry in yields:
        if not isinstance(entry, dict) or entry.keys() != {"input", "output", "perMillion"}:
            raise Refusal(law, reason='a yield is not {"input", "output", "perMillion"}')
        if not _is_count(entry["perMillion"], 2**64) or not all(
            isinstance(entry[end], str) for end in ("input", "output")
        ):
            raise Refusal(law, reason="a yield has no product URIs, or perMillion is no whole number")
    return Conversions(
        {read_product(uri): rank for uri, rank in stages.items()},
        tuple((read_product(one["input"]), read_product(one["output"]), one["perMillion"]) for one in yields),
    )


def needs_of(facts: Iterable[Fact], master: MasterData) -> Needs:
    """What the events that can be read need, and the products of the master data."""
    facts = [fact for fact in facts if fact.fault is None]
    needs = Needs()
    inspectors = {fact.party for fact in facts} - {fact.party for fact in facts if fact.step not in _INSPECTING}
    for fact in facts:
        role = _ROLE_OF_KIND.get(fact.kind, Role(0)) if fact.kind else Role(0)
        role |= _ROLE_OF_STEP.get(fact.step, Role(0)) | (Role.INSPECTOR if fact.party in inspectors else Role(0))
        for uri, roles in ((fact.party, role), (fact.to, Role(0)), (fact.source, Role(0))):
            if uri:
                needs.parties[uri] = needs.parties.get(uri, Role(0)) | roles
    for fact in facts:
        makes = fact.kind in (Kind.COMMISSION, Kind.TRANSFORM)
        for line in fact.goods:
            _need(needs, master, line.lot.product, fact.party, line.unit, makes)
        for line in fact.inputs:
            _need(needs, master, line.lot.product, fact.party, line.unit, makes=False)
    for uri in master.products:
        if owner := master.brand_owner(uri):
            _need(needs, master, uri, owner, None, makes=False)
    for product in needs.products.values():
        needs.parties.setdefault(product.brand_owner, Role(0))
    return needs


def admit(needs: Needs, master: MasterData, conversions: Conversions, port: LedgerPort) -> None:
    """Admit all of it: parties, then products, then the yields between products of this document."""
    for uri, roles in needs.parties.items():
        port.admit_party(uri, roles, master.party_profile(uri))
    for uri, product in needs.products.items():
        stage, profile = conversions.stages.get(uri, 0), master.product_profile(uri)
        port.admit_product(uri, product.unit, stage, product.brand_owner, product.makers, profile)
    for input, output, per_million in conversions.yields:
        if input in needs.products and output in needs.products:
            port.declare_yield(input, output, per_million)


def _need(needs: Needs, master: MasterData, uri: str, party: str, unit: Unit | None, makes: bool) -> None:
    product = needs.products.get(uri)
    if product is None:
        owner = master.brand_owner(uri) or party
        product = needs.products[uri] = ProductNeeds(unit or Unit.GRAM, owner, [])
    if makes and party not in product.makers:
        product.makers.append(party)


def _is_count(value: Any, limit: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < limit
