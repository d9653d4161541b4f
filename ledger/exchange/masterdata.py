"""The master data of a document's header: names and owners of parties and products.

Source: EPCIS 2.0 `epcisMasterData`, CBV 2.0 section 10 (attributes), GDST's use of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import Refusal
from ledger.events.identifiers import is_gtin_uri
from ledger.exchange.document import Json
from ledger.exchange.epc import Lot, read_lot, read_party, read_product

Attributes = Mapping[str, str]

_ADDRESS = ("streetAddressOne", "streetAddressTwo", "city", "state", "postalCode")
_PARTY_PROFILE = {"countryCode": "country"}
_PRODUCT_PROFILE = {
    "speciesForFisheryStatisticsPurposesName": "species",
    "speciesForFisheryStatisticsPurposesCode": "speciesCode",
    "tradeItemConditionCode": "condition",
}


@dataclass(frozen=True, slots=True)
class MasterData:
    """Attributes by their local names (`descriptionShort`, `owning_party`), by canonical URI."""

    parties: dict[str, Attributes] = field(default_factory=dict)
    products: dict[str, Attributes] = field(default_factory=dict)

    def party_name(self, uri: str) -> str:
        return self.parties.get(uri, {}).get("name", uri)

    def product_name(self, uri: str) -> str:
        return self.products.get(uri, {}).get("descriptionShort", uri)

    def batch_name(self, lot: Lot) -> str:
        return f"{self.product_name(lot.product)}, lot {lot.lot}"

    def lot(self, epc_class: object) -> Lot:
        """Product and lot of a class id (`ledger.exchange.epc.read_lot`)."""
        return read_lot(epc_class, self.products.keys())

    def party_profile(self, uri: str) -> Json:
        """`{"name", "address"?, "country"?}`."""
        attributes = self.parties.get(uri, {})
        address = ", ".join(attributes[part] for part in _ADDRESS if attributes.get(part))
        profile = {"name": self.party_name(uri)} | ({"address": address} if address else {})
        return profile | _renamed(attributes, _PARTY_PROFILE)

    def product_profile(self, uri: str) -> Json:
        """`{"name", "species"?, "speciesCode"?, "condition"?, "gtin"?}`."""
        gtin = {"gtin": uri.rpartition("/")[2]} if is_gtin_uri(uri) else {}
        return {"name": self.product_name(uri)} | gtin | _renamed(self.products.get(uri, {}), _PRODUCT_PROFILE)

    def brand_owner(self, product: str) -> str | None:
        """Canonical URI of the party that the master data names as the product's owner."""
        attributes = self.products.get(product, {})
        named = attributes.get("owning_party") or attributes.get("informationProvider")
        return read_party(named) if named else None


def read_master_data(vocabularies: Iterable[Json]) -> MasterData:
    """Vocabularies of a header. Others than classes and parties are left aside.

    Raises `NotAnEpcisDocument(reason)` for an element without id or with attributes of another form, and the refusals
    of identifiers.
    """
    master = MasterData()
    for vocabulary in vocabularies:
        kind = str(vocabulary.get("type", "")).rpartition(":")[2].lower()
        elements = vocabulary.get("vocabularyElementList", [])
        if not isinstance(elements, list):
            raise _malformed("a vocabularyElementList is not a list")
        for element in elements:
            if not isinstance(element, dict) or not isinstance(element.get("id"), str):
                raise _malformed("a vocabulary element has no id")
            if kind == "epcclass":
                master.products[read_product(element["id"])] = _attributes(element)
            elif kind == "party":
                master.parties[read_party(element["id"])] = _attributes(element)
    return master


def _attributes(element: Json) -> Attributes:
    found = element.get("attributes", [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise _malformed(f"the attributes of {element['id']} are not a list of attributes")
    return {_local(entry.get("id")): _text(entry["attribute"]) for entry in found if _is_text(entry.get("attribute"))}


def _local(name: Any) -> str:
    return re.split(r"[#:/]", str(name))[-1]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _text(value: str) -> str:
    return unicodedata.normalize("NFC", " ".join(value.split()))


def _renamed(attributes: Attributes, names: Mapping[str, str]) -> Json:
    return {new: attributes[old] for old, new in names.items() if attributes.get(old)}


def _malformed(reason: str) -> Refusal:
    return Refusal("NotAnEpcisDocument", reason=f"master data: {reason}")
