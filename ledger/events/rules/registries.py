"""What the registries refuse (docs/spec/law.md, Registries), so that a door names the law before a transaction.

Each function mirrors one change of `PartyRegistry` or `ProductRegistry`: it returns nothing, or raises the `Refusal`
that the contract would revert with. That the caller is the council is not looked at here.

`setRoles` leaves the inspector bit as it stands, so that the roles it logs are not always those it was given.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.errors import Refusal
from ledger.events.identifiers import keccak
from ledger.events.model import URI_LIMIT, Custody, Role, Status, Unit
from ledger.events.rules.state import PartyState, ProductState, SignerState, View

PROFILE_LIMIT = 8_192
ALL_ROLES = sum(Role)


def check_admit(view: View, uri: bytes, roles: int, profile: bytes) -> None:
    id = keccak(uri)
    if view.party(id) is not None:
        raise Refusal("AlreadyRegistered", id=id)
    _require_uri(uri)
    _require_roles(roles)
    _require_profile(profile)


def check_status(view: View, party: bytes, status: int) -> None:
    _require_party(view, party)
    if status not in {*Status}:
        raise Refusal("UnknownStatus", status=status)


def check_roles(view: View, party: bytes, roles: int) -> None:
    _require_party(view, party)
    _require_roles(roles)


def check_inspector(view: View, party: bytes) -> None:
    _require_party(view, party)


def check_party_profile(view: View, party: bytes, profile: bytes) -> None:
    _require_party(view, party)
    _require_profile(profile)


def check_signer(view: View, party: bytes, address: bytes, signer: SignerState, block_time: int) -> None:
    """`signer` is the membership as it would be from now on; `signer.party` must be `party`."""
    _require_party(view, party)
    present = view.signer(address)
    if present is not None and present.party != party:
        raise Refusal("SignerTaken", signer=address)
    if not any(address):
        raise Refusal("ZeroSigner")
    if signer.to <= signer.from_:
        raise Refusal("EmptyInterval", **{"from": signer.from_, "to": signer.to})
    if signer.custody not in {*Custody}:
        raise Refusal("UnknownCustody", custody=signer.custody)
    if signer.to < block_time:
        raise Refusal("IntervalInPast", to=signer.to, blockTime=block_time)
    # An ended interval stays ended: an event called dead because its signer's time is over must never rise again.
    if present is not None and (present.from_ != signer.from_ or present.to <= block_time):
        raise Refusal("IntervalInPast", to=present.to, blockTime=block_time)


def check_rotation(
    view: View, address: bytes, signer: SignerState, given: int, expected: int, recovered: bytes | None, block_time: int
) -> None:
    """A party's own change of a key: `address` shall be `signer`, which names the party.

    `given` is the rotation signed, `expected` the party's count of rotations so far; `recovered` the address that the
    signature gives, None if it gives none.
    """
    if recovered is None or not any(recovered):
        raise Refusal("BadSignature", claimed=bytes(20), recovered=bytes(20))
    by = view.signer(recovered)
    if by is None:
        raise Refusal("UnknownSigner", signer=recovered)
    if not by.from_ <= block_time < by.to:
        interval = {"from": by.from_, "to": by.to}
        raise Refusal("SignerNotValid", signer=recovered, **interval, blockTime=block_time)
    if by.party != signer.party:
        raise Refusal("NotYourParty", party=signer.party)
    if _require_party(view, by.party).status != Status.ACTIVE and not _only_shortens(view.signer(address), signer):
        raise Refusal("PartySuspended", party=by.party)
    if given != expected:
        raise Refusal("RotationOutOfTurn", given=given, expected=expected)
    check_signer(view, signer.party, address, signer, block_time)


def _only_shortens(present: SignerState | None, signer: SignerState) -> bool:
    return present is not None and signer == replace(present, to=signer.to) and signer.to < present.to


def check_product(view: View, uri: bytes, unit: int, brand_owner: bytes, profile: bytes) -> None:
    id = keccak(uri)
    if view.product(id) is not None:
        raise Refusal("AlreadyRegistered", id=id)
    _require_uri(uri)
    _require_party(view, brand_owner)
    if unit not in {*Unit}:
        raise Refusal("UnknownUnit", unit=unit)
    _require_profile(profile)


def check_maker(view: View, product: bytes, party: bytes) -> None:
    _require_party(view, party)
    _require_product(view, product)


def check_yield(view: View, input: bytes, output: bytes) -> None:
    before, after = _require_product(view, input), _require_product(view, output)
    if after.stage <= before.stage:
        raise Refusal("StageNotRising", input=before.stage, output=after.stage)


def check_product_profile(view: View, product: bytes, profile: bytes) -> None:
    _require_product(view, product)
    _require_profile(profile)


def _require_party(view: View, id: bytes) -> PartyState:
    found = view.party(id)
    if found is None:
        raise Refusal("UnknownParty", party=id)
    return found


def _require_product(view: View, id: bytes) -> ProductState:
    found = view.product(id)
    if found is None:
        raise Refusal("UnknownProduct", product=id)
    return found


def _require_uri(uri: bytes) -> None:
    if not 1 <= len(uri) <= URI_LIMIT:
        raise Refusal("UriLength", length=len(uri))


def _require_roles(roles: int) -> None:
    if not 0 <= roles <= ALL_ROLES:
        raise Refusal("UnknownRoles", roles=roles)
    if roles & Role.INSPECTOR:
        raise Refusal("InspectorApart", roles=roles)


def _require_profile(profile: bytes) -> None:
    if len(profile) > PROFILE_LIMIT:
        raise Refusal("ProfileTooLong", length=len(profile), limit=PROFILE_LIMIT)
