"""Step `registries`: whoever and whatever the events name stands in the registries as shown (docs/spec/bundle.md, section 3)."""

from __future__ import annotations

from ledger.events.identifiers import keccak
from ledger.events.model import ZERO32, Make, Move, SignedEvent, Unit
from ledger.proof import layout
from ledger.proof.bundle import Named
from ledger.proof.history import History, KnownParty, KnownProduct
from ledger.proof.mpt import ProofFailed
from ledger.proof.proven import Proven


def check_registries(history: History, proven: Proven) -> None:
    """registries: whoever is named is registered, with this profile; each signer is of a party and not out of its time."""
    for named in history.bundle.products:
        id, product = keccak(named.uri.encode()), proven.product(keccak(named.uri.encode()))
        _require_registered(proven, "products", id, product.number, named)
        if product.unit not in {*Unit}:
            raise ProofFailed(f"{named.uri} has no known unit")
        history.products[id] = KnownProduct(id, named, product)
    for named in history.bundle.parties:
        id, party = keccak(named.uri.encode()), proven.party(keccak(named.uri.encode()))
        _require_registered(proven, "parties", id, party.number, named)
        history.parties[id] = KnownParty(id, named, party)
        history.party_by_number[party.number] = id
    if list(history.parties) != sorted(history.parties) or len(history.parties) != len(history.bundle.parties):
        raise ProofFailed("parties do not stand in the order of their ids, once each")
    if list(history.products) != sorted(history.products) or len(history.products) != len(history.bundle.products):
        raise ProofFailed("products do not stand in the order of their ids, once each")
    needed = {each.word.brand_owner for each in history.products.values()}
    for signed in history.events.values():
        signer = history.signers.setdefault(signed.event.signer, proven.signer(signed.event.signer))
        _require_in_time(history, signed, signer)
        needed.add(signer.party)
    named_ids, named_products = _named(history)
    for number in needed:
        if number not in history.party_by_number:
            raise ProofFailed(f"party number {number} is not shown")
        named_ids.add(history.party_by_number[number])
    if named_ids != set(history.parties):
        raise ProofFailed("other parties are shown than those that are named")
    if named_products != set(history.products):
        raise ProofFailed("other products are shown than those that are named")


def _require_registered(proven: Proven, registry: str, id: bytes, number: int, named: Named) -> None:
    if not number:
        raise ProofFailed(f"{named.uri} is not registered")
    if proven.octets(registry, layout.profile_slot(id)) != keccak(named.profile.encode()):
        raise ProofFailed(f"the profile of {named.uri} is another")


def _require_in_time(history: History, signed: SignedEvent, signer: layout.SignerWord) -> None:
    """When an event was recorded the bundle does not show: only after it occurred, by the signer's word, and by this block."""
    if not signer.party:
        raise ProofFailed(f"0x{signed.event.signer.hex()} signs for no party")
    occurred = signed.event.occurred_at
    if occurred > history.block_time or signer.valid_from > history.block_time or occurred >= signer.valid_to:
        raise ProofFailed(f"0x{signed.id.hex()} was signed outside its signer's time")


def _named(history: History) -> tuple[set[bytes], set[bytes]]:
    """Ids of parties and products that events name."""
    parties: set[bytes] = set()
    products: set[bytes] = set()
    for signed in history.events.values():
        event = signed.event
        if isinstance(event, Make):
            products.update(output.product for output in event.outputs)
        elif isinstance(event, Move):
            parties.update(each for each in (event.to, event.holder) if each != ZERO32)
    return parties, products
