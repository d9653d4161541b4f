"""Observe, Correct, Recall, Lift and Void (docs/spec/law.md, Note)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ledger.errors import Refusal
from ledger.events.identifiers import place_id
from ledger.events.model import RECALL_LIMIT, URI_LIMIT, ZERO32, Kind, LinkRole, Note, RecallFlag, Role
from ledger.events.rules.act import Act
from ledger.events.rules.every import require_unused
from ledger.events.rules.state import NOT_RECALLED, BatchState


def check_note(act: Act, event: Note) -> None:
    _RULES[Kind(event.kind)](act, event)


def _observe(act: Act, event: Note) -> None:
    batch = _subject(act, event)
    if batch is None or not act.party.roles & Role.INSPECTOR:
        return
    if (closed := act.close(batch)) != batch:
        act.changes.batches[batch.id] = closed


def _correct(act: Act, event: Note) -> None:
    _subject(act, event)
    act.require_target(event)


def _subject(act: Act, event: Note) -> BatchState | None:
    """The one batch or place that is spoken of, by a party that may: the batch, None if it is a place."""
    if len(event.batches) != (0 if event.place else 1):
        raise Refusal("SubjectCount", count=len(event.batches) + (1 if event.place else 0))
    if event.place:
        _require_place(act, event)
        return None
    require_unused(event, "owner")
    batch = act.require_batch(event.batches[0])
    if not (act.party.roles & Role.INSPECTOR or act.holding(batch.id).ever_held):
        raise Refusal("NotHolder", batch=batch.id, party=act.party.id)
    act.changes.links.append(("batch", batch.id, LinkRole.NOTED))
    return batch


def _require_place(act: Act, event: Note) -> None:
    if len(event.place) > URI_LIMIT:
        raise Refusal("PlaceLength", length=len(event.place))
    owner = act.party.id
    if event.owner != ZERO32:
        owner = act.require_party(event.owner).id
        if owner != act.party.id and not act.party.roles & Role.INSPECTOR:
            raise Refusal("NotPlaceOwner", owner=owner, party=act.party.id)
    act.changes.links.append(("place", place_id(owner, event.place), LinkRole.NOTED))


def _recall(act: Act, event: Note) -> None:
    _require_recall_count(event)
    for batch, capacities in _entitled(act, event):
        act.changes.batches[batch.id] = replace(act.close(batch), recalled=batch.recalled | capacities)


def _lift(act: Act, event: Note) -> None:
    _require_recall_count(event)
    act.require_target(event)
    for batch, capacities in _entitled(act, event):
        if not batch.recalled & capacities:
            raise Refusal("NotRecalled", batch=batch.id)
        act.changes.batches[batch.id] = replace(batch, recalled=batch.recalled & ~capacities)


def _require_recall_count(event: Note) -> None:
    if not 1 <= len(event.batches) <= RECALL_LIMIT:
        raise Refusal("SubjectCount", count=len(event.batches))


def _entitled(act: Act, event: Note) -> Iterator[tuple[BatchState, RecallFlag]]:
    """Each batch with the capacities in which the party may recall it. A batch is judged whole before the next."""
    before: bytes | None = None
    for id in event.batches:
        if before is not None and id <= before:
            raise Refusal("BatchesNotAscending")
        before = id
        batch = act.require_batch(id)
        capacities = _capacities(act, batch)
        if not capacities:
            raise Refusal("NotEntitled", batch=id, party=act.party.id)
        yield batch, capacities
        act.changes.links.append(("batch", id, LinkRole.RECALLED))


def _capacities(act: Act, batch: BatchState) -> RecallFlag:
    found = NOT_RECALLED
    if batch.origin == act.party.id:
        found |= RecallFlag.ORIGIN
    if act.brand_owner(batch) == act.party.id:
        found |= RecallFlag.BRAND_OWNER
    if act.party.roles & Role.INSPECTOR:
        found |= RecallFlag.INSPECTORS
    return found


def _void(act: Act, event: Note) -> None:
    signer, nonce = event.target[:20], int.from_bytes(event.target[20:], "big")
    named = act.view.signer(signer)
    if named is None or named.party != act.party.id:
        raise Refusal("VoidForeignSigner", signer=signer)
    if act.view.nonce_used(signer, nonce) or (signer, nonce) == (event.signer, event.nonce):
        raise Refusal("NonceUsed", signer=signer, nonce=nonce)
    act.changes.nonces.append((signer, nonce))


_RULES = {
    Kind.OBSERVE: _observe,
    Kind.CORRECT: _correct,
    Kind.RECALL: _recall,
    Kind.LIFT: _lift,
    Kind.VOID: _void,
}
