"""What the registry routes take."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.fields import Address, CallData, Signature, Uint64
from ledger.bindings.abi import contract
from ledger.bindings.council import POWERS
from ledger.events.model import Role, Unit

Uri = Annotated[str, Field(min_length=1, max_length=256, description="GLN, GTIN, GS1 Digital Link or URN")]
RoleWord = Literal["producer", "processor", "packer", "carrier", "retailer", "inspector"]
REGISTRIES = {"parties": "PartyRegistry", "products": "ProductRegistry"}
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


class Renewed(BaseModel):
    """`key`: the address that signs from now on. `finished` is false while old keys are `still_standing`, because of how many
    `pending` events of theirs nobody knows yet whether they are final: asking again goes on."""

    party: str
    key: str
    finished: bool
    still_standing: list[str]
    pending: int


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


class RegistryCall(Strict):
    """A change as call data, for what the other forms have no words for, and for councils whose tools write call data."""

    registry: Literal["parties", "products"]
    call: CallData

    @model_validator(mode="after")
    def a_call(self) -> RegistryCall:
        name = REGISTRIES[self.registry]
        function, _ = contract(name).read_call(self.call)
        if not any(function in powers.get(name, ()) for powers in POWERS.values()):
            raise ValueError(f"{function} is not a change that the council makes")
        return self


class CouncilChanges(Strict):
    changes: list[RegistryCall] = Field(min_length=1, max_length=50)


Step = Annotated[
    Literal["make", "announce", "take_back"],
    Query(description="A role of the council with a delay announces a change, and makes it when the delay is over."),
]


class Changed(BaseModel):
    """`block`: where the last change is final; null when there was nothing to change."""

    block: int | None
    changes: int
    registered: list[str]
