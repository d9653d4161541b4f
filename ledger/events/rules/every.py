"""The rules for every event, in the order of docs/spec/law.md (1 to 9)."""

from __future__ import annotations

from ledger.errors import Refusal
from ledger.events.model import CONTENT_LIMIT, SHAPE_OF, ZERO32, Event, Kind, Shape, Status
from ledger.events.rules.state import PartyState, View

# Law 9: the fields a kind leaves unused, by their names in the signed type, in the order of that type.
UNUSED_FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.COMMISSION: ("inputs", "itemsRoot", "firstIndex"),
    Kind.TRANSFORM: ("provenance", "itemsRoot", "firstIndex"),
    Kind.PACK: ("provenance",),
    Kind.SHIP: ("target",),
    Kind.RECEIVE: ("holder", "to"),
    Kind.REJECT: ("holder", "to"),
    Kind.WITHDRAW: ("holder", "to"),
    Kind.SELL: ("holder", "to", "target"),
    Kind.RETURN: ("holder", "to", "target"),
    Kind.DISPOSE: ("holder", "to"),
    Kind.ADJUST_UP: ("to",),
    Kind.ADJUST_DOWN: ("holder", "to"),
    Kind.OBSERVE: ("target",),
    Kind.CORRECT: (),
    Kind.RECALL: ("owner", "place"),
    Kind.LIFT: ("owner", "place"),
    Kind.VOID: ("batches", "owner", "place"),
}

# A signed field: its name in the model and its value when unused.
_FIELDS: dict[str, tuple[str, object]] = {
    "provenance": ("provenance", 0),
    "inputs": ("inputs", ()),
    "itemsRoot": ("items_root", ZERO32),
    "firstIndex": ("first_index", 0),
    "holder": ("holder", ZERO32),
    "to": ("to", ZERO32),
    "target": ("target", ZERO32),
    "batches": ("batches", ()),
    "owner": ("owner", ZERO32),
    "place": ("place", b""),
}

KINDS: dict[Shape, frozenset[int]] = {
    shape: frozenset(kind for kind in UNUSED_FIELDS if kind.shape is shape) for shape in Shape
}

# Law 8: what a suspended party may still do. Of Ship its own rule says when: goods go back to their origin.
WHILE_SUSPENDED = frozenset({Kind.SHIP, Kind.RECEIVE, Kind.REJECT, Kind.WITHDRAW, Kind.DISPOSE, Kind.RECALL, Kind.VOID})


def check_every(view: View, event: Event, recovered: bytes | None, block_time: int) -> PartyState:
    """The acting party, once laws 1 to 9 hold. Raises `Refusal` with the first law that does not."""
    if recovered is None or recovered != event.signer or not any(recovered):
        raise Refusal("BadSignature", claimed=event.signer, recovered=recovered or bytes(20))
    signer = view.signer(event.signer)
    party = view.party(signer.party) if signer else None
    if signer is None or party is None:
        raise Refusal("UnknownSigner", signer=event.signer)
    if not signer.from_ <= block_time < signer.to:
        interval = {"from": signer.from_, "to": signer.to}
        raise Refusal("SignerNotValid", signer=event.signer, **interval, blockTime=block_time)
    if event.kind not in KINDS[SHAPE_OF[type(event)]]:
        raise Refusal("UnknownKind", kind=event.kind)
    if view.nonce_used(event.signer, event.nonce):
        raise Refusal("NonceUsed", signer=event.signer, nonce=event.nonce)
    if event.occurred_at > block_time:
        raise Refusal("OccurredInFuture", occurredAt=event.occurred_at, blockTime=block_time)
    if len(event.content) > CONTENT_LIMIT:
        raise Refusal("ContentTooLong", length=len(event.content), limit=CONTENT_LIMIT)
    if party.status != Status.ACTIVE and event.kind not in WHILE_SUSPENDED:
        raise Refusal("PartySuspended", party=party.id)
    for name in UNUSED_FIELDS[Kind(event.kind)]:
        require_unused(event, name)
    return party


def require_unused(event: Event, name: str) -> None:
    """`UnusedFieldSet` if the signed field of this name is not zero or empty."""
    attribute, unused = _FIELDS[name]
    if getattr(event, attribute) != unused:
        raise Refusal("UnusedFieldSet", field=name)
