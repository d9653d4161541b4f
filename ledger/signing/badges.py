"""Badges: what a gateway says of a batch at one moment, signed, for somebody else's page (docs/spec/certificates.md, Badges).

A badge proves who said it and when, not that it still holds: whoever sees one opens the page it names.
"""

from __future__ import annotations

from typing import Any

import rfc8785

from ledger.canonical.typed_data import Domain, badge_digest
from ledger.errors import Refusal
from ledger.signing.receipts import ReceiptBook
from ledger.signing.signer import recover

Json = dict[str, Any]


def give(book: ReceiptBook, statement: Json) -> Json:
    """The badge with its signature by the gateway's own key, which has no right on the chain."""
    domain = book.domain
    return {
        "statement": statement,
        "ledger_id": _hex(domain.ledger_id),
        "chain_id": domain.chain_id,
        "contract": _hex(domain.contract),
        "gateway": _hex(book.address),
        "signature": _hex(book.of_badge(rfc8785.dumps(statement))),
    }


def read(document: Any) -> Json:
    """What a badge states. Raises `BadgeForm(reason)`: a member is missing or unreadable, or the gateway that it names did not
    sign this. Whether that gateway is trusted, the reader knows from elsewhere."""
    try:
        domain = Domain(document["chain_id"], _bytes(document["contract"]), _bytes(document["ledger_id"]))
        statement, gateway = document["statement"], _bytes(document["gateway"])
        digest = badge_digest(domain, rfc8785.dumps(statement))
        signed_by = recover(digest, _bytes(document["signature"]))
    except (KeyError, TypeError, ValueError, AttributeError, Refusal) as error:
        raise Refusal("BadgeForm", reason=f"{type(error).__name__}: {error}") from error
    if not isinstance(statement, dict) or signed_by != gateway:
        raise Refusal("BadgeForm", reason="it was not signed by the gateway that it names")
    return statement


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError("0x and hexadecimal digits are expected")
    return bytes.fromhex(text[2:])
