"""What the registry routes take."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.fields import Address, Signature, Uint64
from ledger.events.model import Role, Unit

Uri = Annotated[str, Field(min_length=1, max_length=256, description="GLN, GTIN, GS1 Digital Link or URN")]
RoleWord = Literal["producer", "processor", "packer", "carrier", "retailer", "inspector"]
UNITS = {"g": Unit.GRAM, "ml": Unit.MILLILITRE, "pieces": Unit.PIECE}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SignerEntry(Strict):
    """An address whose key is kept elsewhere. It belongs to the party for ever, valid at all times."""

    address: Address
    custody: Literal["external", "hardware"] = "external"


class PartyEntry(Strict):
    """A party to be admitted; of one that is admitted already, missing roles and signers are added and nothing is taken
    away."""

    uri: Uri
    roles: list[RoleWord] = Field(default_factory=list, max_length=6)
    profile: dict[str, Any] = Field(default_factory=dict, description="Public: name, address, phone, …")
    key: bool = Field(True, description="Whether this gateway makes and keeps a signing key for the party.")
    signers: list[SignerEntry] = Field(
        default_factory=list, max_length=20, description="Signers whose keys the party keeps itself."
    )

    def role_bits(self) -> int:
        return int(sum({Role[word.upper()] for word in self.roles}))


class Parties(Strict):
    parties: list[PartyEntry] = Field(min_length=1, max_length=50)


class PartyStatus(Strict):
    status: Literal["active", "suspended"]


class SignerChange(Strict):
    """What was signed, beside the party: `SignerChange` (docs/spec/law.md, Governance). `rotation` counts from 0."""

    signer: Address
    valid_from: Uint64 = Field(alias="from")
    to: Uint64
    custody: Annotated[int, Field(ge=0, lt=256, description="1 gateway, 2 external, 3 hardware")]
    rotation: Uint64


class Rotation(Strict):
    change: SignerChange
    signature: Signature


class ProductEntry(Strict):
    """A product to be registered; of one that is registered already, missing makers are added."""

    uri: Uri
    unit: Literal["g", "ml", "pieces"]
    stage: Annotated[int, Field(ge=0, lt=2**16)] = 0
    brand_owner: Uri
    makers: list[Uri] = Field(default_factory=list, max_length=200)
    open: bool = Field(False, description="Raw goods that any producer may bring.")
    profile: dict[str, Any] = Field(default_factory=dict)


class Products(Strict):
    products: list[ProductEntry] = Field(min_length=1, max_length=50)


class YieldEntry(Strict):
    """The most output in base units per million base units of input."""

    input: Uri
    output: Uri
    per_million: Annotated[int, Field(ge=0, lt=2**63)]


class Yields(Strict):
    yields: list[YieldEntry] = Field(min_length=1, max_length=200)


class Changed(BaseModel):
    """`block`: where the last change is final; null when there was nothing to change."""

    block: int | None
    changes: int
    registered: list[str]
