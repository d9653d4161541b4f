"""Hash chains over the events of a batch, a place, a registry and the whole ledger (docs/spec/event.md, section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from eth_abi.abi import encode

from ledger.events.identifiers import batch_id, keccak, place_id
from ledger.events.model import ZERO32, Event, Kind, LinkRole, Make, Move


class Tag(StrEnum):
    """What a head is of; the seed's first bytes."""

    BATCH = "nguon.batch"
    PLACE = "nguon.place"
    LEDGER = "nguon.ledger"
    PARTIES = "nguon.parties"
    PRODUCTS = "nguon.products"


class Link(NamedTuple):
    """One head that an event advances: what it is of, its 32-byte subject, the part the subject plays."""

    tag: Tag
    subject: bytes
    role: LinkRole


def seed(tag: Tag, ledger_id: bytes, subject: bytes = ZERO32) -> bytes:
    """The head before the first link. The ledger's and the registries' subject is 32 zero bytes."""
    return keccak(tag.encode("ascii") + ledger_id + subject)


def advance(head: bytes, kind: int, role: int, identifier: bytes) -> bytes:
    """The head after one more link. A stored zero means: start from the seed (`start` does it)."""
    return keccak(head + bytes((kind, role)) + identifier)


def start(head: bytes, tag: Tag, ledger_id: bytes, subject: bytes = ZERO32) -> bytes:
    """`head` itself, or the seed when the chain says zero because nothing was recorded yet."""
    return seed(tag, ledger_id, subject) if head == ZERO32 else head


def links(event: Event, party: bytes) -> list[Link]:
    """The heads of batches and places that the event advances, in order. `party` is its signer's party id.

    Beside them every recorded event advances the ledger's head once, as (its kind, RECORDED, its id).
    """
    if isinstance(event, Make):
        inputs = [Link(Tag.BATCH, each.batch, LinkRole.INPUT) for each in event.inputs]
        outputs = [Link(Tag.BATCH, batch_id(each.product, party, each.lot), LinkRole.MADE) for each in event.outputs]
        return inputs + outputs
    if isinstance(event, Move):
        return [Link(Tag.BATCH, event.batch, LinkRole.MOVED)]
    role = LinkRole.RECALLED if event.kind in (Kind.RECALL, Kind.LIFT) else LinkRole.NOTED
    named = [Link(Tag.BATCH, batch, role) for batch in event.batches]
    if event.place:
        owner = party if event.owner == ZERO32 else event.owner
        named.append(Link(Tag.PLACE, place_id(owner, event.place), role))
    return named


class Change(NamedTuple):
    """One kind of change of a registry: the log's name and its arguments' ABI types (a string is encoded as bytes)."""

    log: str
    types: tuple[str, ...]


_ID, _TEXT = "bytes32", "bytes"

CHANGES: Final[dict[Tag, dict[int, Change]]] = {
    Tag.PARTIES: {
        1: Change("PartyAdmitted", (_ID, "uint32", _TEXT, "uint8", _TEXT)),
        2: Change("PartyStatusSet", (_ID, "uint8")),
        3: Change("PartyRolesSet", (_ID, "uint8")),
        4: Change("PartyProfileSet", (_ID, _TEXT)),
        5: Change("SignerSet", (_ID, "address", "uint64", "uint64", "uint8")),
    },
    Tag.PRODUCTS: {
        1: Change("ProductRegistered", (_ID, "uint32", _TEXT, "uint8", "uint16", _ID, "bool", _TEXT)),
        2: Change("MakerSet", (_ID, _ID, "bool")),
        3: Change("YieldSet", (_ID, _ID, "uint64")),
        4: Change("ProductProfileSet", (_ID, _TEXT)),
    },
}


def registry_change(registry: Tag, change: int, arguments: Sequence[Any]) -> bytes:
    """The 32 bytes that stand for an event id in a registry's head.

    `arguments` are the log's, in order: ids and strings as bytes, an address as 20 bytes, numbers as ints.
    The head then advances by `advance(head, change, 0, registry_change(...))`.
    """
    return keccak(encode(CHANGES[registry][change].types, arguments))
