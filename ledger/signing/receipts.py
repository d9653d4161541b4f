"""Receipts: a gateway's signed word that it keeps an event, with the whole signed event in it (docs/spec/http.md).

Whoever holds one needs the gateway no more: anybody can hand the event to the contract, and show who promised what when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.canonical.body import decode_body
from ledger.canonical.typed_data import Domain, badge_digest, day_digest, event_id, receipt_digest
from ledger.errors import Refusal
from ledger.events.model import Shape, SignedEvent
from ledger.signing.signer import SigningKey, recover

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """`body` and `event_signature` as the contract takes them; `accepted_at`: seconds since 1970 by the gateway's clock;
    `signature`: 64 bytes (EIP-2098) over id and time, by `gateway`."""

    domain: Domain
    id: bytes
    shape: int
    body: bytes
    event_signature: bytes
    accepted_at: int
    gateway: bytes
    signature: bytes

    @property
    def signed(self) -> SignedEvent:
        return SignedEvent(self.id, decode_body(Shape(self.shape), self.body), self.event_signature)

    def document(self) -> Json:
        return {
            "ledger_id": _hex(self.domain.ledger_id),
            "chain_id": self.domain.chain_id,
            "contract": _hex(self.domain.contract),
            "id": _hex(self.id),
            "event": {"shape": self.shape, "body": _hex(self.body), "signature": _hex(self.event_signature)},
            "accepted_at": self.accepted_at,
            "gateway": _hex(self.gateway),
            "signature": _hex(self.signature),
        }


class ReceiptBook:
    """The gateway's own key, which has no right on the chain."""

    def __init__(self, key: SigningKey, domain: Domain) -> None:
        self._key = key
        self._domain = domain

    @property
    def address(self) -> bytes:
        return self._key.address

    def give(self, id: bytes, shape: int, body: bytes, signature: bytes, accepted_at: int) -> Receipt:
        """For an event that is on disk."""
        word = self._key.sign(receipt_digest(self._domain, id, accepted_at))
        return Receipt(self._domain, id, shape, body, signature, accepted_at, self.address, word)

    def of_day(self, party: bytes, day: int, ids: list[bytes]) -> bytes:
        """The gateway's word that these events, in this order, are all it knows to be signed in the party's name that day."""
        return self._key.sign(day_digest(self._domain, party, day, ids))

    def of_badge(self, statement: bytes) -> bytes:
        """The gateway's word for what a badge states (ledger/signing/badges.py)."""
        return self._key.sign(badge_digest(self._domain, statement))

    @property
    def domain(self) -> Domain:
        return self._domain


def read(document: Any) -> Receipt:
    """A receipt from its document. Raises `ReceiptForm(reason)`: a member is missing or unreadable, its id is not its event's,
    its signature not its gateway's."""
    try:
        domain = Domain(document["chain_id"], _bytes(document["contract"]), _bytes(document["ledger_id"]))
        kept = document["event"]
        receipt = Receipt(
            domain, _bytes(document["id"]), kept["shape"], _bytes(kept["body"]), _bytes(kept["signature"]),
            document["accepted_at"], _bytes(document["gateway"]), _bytes(document["signature"]),
        )  # fmt: skip
        event = receipt.signed.event
        id = event_id(domain, event)
        promised_by = recover(receipt_digest(domain, receipt.id, receipt.accepted_at), receipt.signature)
    except (KeyError, TypeError, ValueError, AttributeError, Refusal) as error:
        raise Refusal("ReceiptForm", reason=f"{type(error).__name__}: {error}") from error
    if id != receipt.id:
        raise Refusal("ReceiptForm", reason="its id is not that of its event")
    if promised_by != receipt.gateway:
        raise Refusal("ReceiptForm", reason="it was not signed by the gateway that it names")
    if recover(id, receipt.event_signature) != event.signer:
        raise Refusal("ReceiptForm", reason="its event was not signed by the signer that it names")
    return receipt


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError("0x and hexadecimal digits are expected")
    return bytes.fromhex(text[2:])
