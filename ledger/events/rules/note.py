"""Observe and Void (docs/spec/law.md, Note)."""

from __future__ import annotations

from dataclasses import replace

from ledger.errors import Refusal
from ledger.events.identifiers import place_id
from ledger.events.model import URI_LIMIT, ZERO32, Kind, LinkRole, Note, Role
from ledger.events.rules.act import Act
from ledger.events.rules.every import require_unused


def check_note(act: Act, event: Note) -> None:
    if event.kind == Kind.OBSERVE:
        _observe(act, event)
    else:
        _void(act, event)


def _observe(act: Act, event: Note) -> None:
    if len(event.batches) != (0 if event.place else 1):
        raise Refusal("SubjectCount", count=len(event.batches) + (1 if event.place else 0))
    if event.place:
        _observe_place(act, event)
    else:
        _observe_batch(act, event)


def _observe_batch(act: Act, event: Note) -> None:
    require_unused(event, "owner")
    batch = act.require_batch(event.batches[0])
    inspector = bool(act.party.roles & Role.INSPECTOR)
    if not (inspector or act.holding(batch.id).ever_held):
        raise Refusal("NotHolder", batch=batch.id, party=act.party.id)
    if inspector and act.block_time <= batch.open_until:
        act.changes.batches[batch.id] = replace(batch, open_until=0)
    act.changes.links.append(("batch", batch.id, LinkRole.NOTED))


def _observe_place(act: Act, event: Note) -> None:
    if len(event.place) > URI_LIMIT:
        raise Refusal("PlaceLength", length=len(event.place))
    owner = act.party.id
    if event.owner != ZERO32:
        owner = event.owner
        if act.view.party(owner) is None:
            raise Refusal("UnknownParty", party=owner)
        if owner != act.party.id and not act.party.roles & Role.INSPECTOR:
            raise Refusal("NotPlaceOwner", owner=owner, party=act.party.id)
    act.changes.links.append(("place", place_id(owner, event.place), LinkRole.NOTED))


def _void(act: Act, event: Note) -> None:
    signer, nonce = event.target[:20], int.from_bytes(event.target[20:], "big")
    named = act.view.signer(signer)
    if named is None or named.party != act.party.id:
        raise Refusal("VoidForeignSigner", signer=signer)
    if act.view.nonce_used(signer, nonce) or (signer, nonce) == (event.signer, event.nonce):
        raise Refusal("NonceUsed", signer=signer, nonce=nonce)
    act.changes.nonces.append((signer, nonce))
