"""Receipts: a gateway's signed word that it keeps an event, with the whole signed event in it (docs/spec/http.md).

Whoever holds one needs the gateway no more: anybody can hand the event to the contract, and show who promised what when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.canonical.abi import decode_body, encode_body
from ledger.canonical.typed_data import Domain, event_id, receipt_digest
from ledger.errors import Refusal
from ledger.events.model import Shape, SignedEvent
from ledger.signing.signer import SigningKey, recover

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """`accepted_at`: seconds since 1970 by the gateway's clock; `signature`: 64 bytes (EIP-2098) over both."""

    domain: Domain
    signed: SignedEvent
    accepted_at: int
    signature: bytes

    @property
    def gateway(self) -> bytes | None:
        """The address that signed it; None when nobody did."""
        return recover(receipt_digest(self.domain, self.signed.id, self.accepted_at), self.signature)

    def document(self) -> Json:
        return {
            "ledger_id": _hex(self.domain.ledger_id),
            "chain_id": self.domain.chain_id,
            "contract": _hex(self.domain.contract),
            "id": _hex(self.signed.id),
            "event": {
                "shape": int(self.signed.shape),
                "body": _hex(encode_body(self.signed.event)),
                "signature": _hex(self.signed.signature),
            },
            "accepted_at": self.accepted_at,
            "gateway": _hex(self.gateway or b""),
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

    def give(self, signed: SignedEvent, accepted_at: int) -> Receipt:
        signature = self._key.sign(receipt_digest(self._domain, signed.id, accepted_at))
        return Receipt(self._domain, signed, accepted_at, signature)


def read(document: Any) -> Receipt:
    """A receipt from its document. Raises `ReceiptForm(reason)`: a member is missing or unreadable, its id is not its event's,
    its signature not its gateway's."""
    try:
        domain = Domain(document["chain_id"], _bytes(document["contract"]), _bytes(document["ledger_id"]))
        kept = document["event"]
        event = decode_body(Shape(kept["shape"]), _bytes(kept["body"]))
        signed = SignedEvent(event_id(domain, event), event, _bytes(kept["signature"]))
        receipt = Receipt(domain, signed, document["accepted_at"], _bytes(document["signature"]))
        told = _bytes(document["id"]), _bytes(document["gateway"])
        found = signed.id, receipt.gateway
    except (KeyError, TypeError, ValueError, AttributeError, Refusal) as error:
        raise Refusal("ReceiptForm", reason=f"{type(error).__name__}: {error}") from error
    if told[0] != found[0]:
        raise Refusal("ReceiptForm", reason="its id is not that of its event")
    if told[1] != found[1]:
        raise Refusal("ReceiptForm", reason="it was not signed by the gateway that it names")
    if recover(signed.id, signed.signature) != event.signer:
        raise Refusal("ReceiptForm", reason="its event was not signed by the signer that it names")
    return receipt


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError("0x and hexadecimal digits are expected")
    return bytes.fromhex(text[2:])
