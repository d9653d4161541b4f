"""A bundle's form (docs/spec/bundle.md, section 1): one spelling, nothing unknown, nothing twice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import rfc8785

from ledger.canonical.strict_json import strict_loads
from ledger.errors import Refusal
from ledger.proof.form import FormError, constant, each, hexed, members, number, octets, text

MEDIA_TYPE: Final = "application/vnd.nguon.bundle+json"
TYPE: Final = "nguon bundle"
VERSION: Final = 1
MOST_BYTES: Final = 32 * 2**20
_DEPTH: Final = 8


class Unreadable(Exception):
    """Not JSON at all, or too long to be a bundle."""


class LinkShown(NamedTuple):
    """One link of a batch's head: event id, kind, the part the batch plays (docs/spec/event.md, section 5)."""

    id: bytes
    kind: int
    role: int


class BatchShown(NamedTuple):
    """A batch with all links of its head, from the first."""

    id: bytes
    links: tuple[LinkShown, ...]


class EventShown(NamedTuple):
    """A whole event as the contract takes it: `body` is its one encoding."""

    shape: int
    body: bytes
    signature: bytes


class Named(NamedTuple):
    """A party or product by its URI, with its profile as registered."""

    uri: str
    profile: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """`batches`: the one it is about, then its ancestors, ids ascending. `events` as links name them first. `nodes` ascending."""

    chain_id: int
    contract: bytes
    ledger_id: bytes
    block_hash: bytes
    header: bytes
    batches: tuple[BatchShown, ...]
    events: tuple[EventShown, ...]
    parties: tuple[Named, ...]
    products: tuple[Named, ...]
    nodes: tuple[bytes, ...]


def write(bundle: Bundle) -> bytes:
    """The bundle's bytes: RFC 8785 canonical JSON."""
    document: dict[str, Any] = {
        "type": TYPE,
        "version": VERSION,
        "ledger": {
            "chain_id": bundle.chain_id, "contract": hexed(bundle.contract), "ledger_id": hexed(bundle.ledger_id),
        },
        "block": {"hash": hexed(bundle.block_hash), "header": hexed(bundle.header)},
        "batches": [
            {"id": hexed(b.id), "links": [{"id": hexed(k.id), "kind": k.kind, "role": k.role} for k in b.links]}
            for b in bundle.batches
        ],
        "events": [
            {"shape": e.shape, "body": hexed(e.body), "signature": hexed(e.signature)} for e in bundle.events
        ],
        "parties": [p._asdict() for p in bundle.parties],
        "products": [p._asdict() for p in bundle.products],
        "nodes": [hexed(node) for node in bundle.nodes],
    }  # fmt: skip
    return bytes(rfc8785.dumps(document))


def read(data: bytes) -> Bundle:
    """The bundle in these bytes. Raises Unreadable for what is no JSON object, FormError for all else that is not its form."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"over {MOST_BYTES} bytes: too long for a bundle")
    try:
        strict_loads(data, _DEPTH)
    except (Refusal, RecursionError) as error:
        try:
            json.loads(data)
        except (ValueError, RecursionError) as fault:
            raise Unreadable("no JSON") from fault
        raise FormError(f"not strict JSON: {error}") from error
    document = strict_loads(data, _DEPTH)
    bundle = _bundle(document)
    if write(bundle) != data:
        raise FormError("not the canonical spelling (RFC 8785)")
    return bundle


def _bundle(document: Any) -> Bundle:
    names = ("type", "version", "ledger", "block", "batches", "events", "parties", "products", "nodes")
    if not isinstance(document, dict):
        raise Unreadable("JSON, but no object")
    kind, version, ledger, block, *lists = members(document, "bundle", *names)
    constant(kind, "type", TYPE)
    constant(version, "version", VERSION)
    chain_id, contract, ledger_id = members(ledger, "ledger", "chain_id", "contract", "ledger_id")
    block_hash, header = members(block, "block", "hash", "header")
    return Bundle(
        number(chain_id, "ledger.chain_id"),
        octets(contract, "ledger.contract", 20),
        octets(ledger_id, "ledger.ledger_id", 32),
        octets(block_hash, "block.hash", 32),
        octets(header, "block.header"),
        each(lists[0], "batches", _batch),
        each(lists[1], "events", _event),
        each(lists[2], "parties", _named),
        each(lists[3], "products", _named),
        each(lists[4], "nodes", octets),
    )


def _batch(value: Any, where: str) -> BatchShown:
    id, links = members(value, where, "id", "links")
    return BatchShown(octets(id, f"{where}.id", 32), each(links, f"{where}.links", _link))


def _link(value: Any, where: str) -> LinkShown:
    id, kind, role = members(value, where, "id", "kind", "role")
    return LinkShown(
        octets(id, f"{where}.id", 32), number(kind, f"{where}.kind", 255), number(role, f"{where}.role", 255)
    )


def _event(value: Any, where: str) -> EventShown:
    shape, body, signature = members(value, where, "shape", "body", "signature")
    return EventShown(
        number(shape, f"{where}.shape", 255), octets(body, f"{where}.body"), octets(signature, f"{where}.signature", 64)
    )


def _named(value: Any, where: str) -> Named:
    uri, profile = members(value, where, "uri", "profile")
    return Named(text(uri, f"{where}.uri"), text(profile, f"{where}.profile"))
