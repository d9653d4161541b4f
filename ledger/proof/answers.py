"""What an accepted bundle says, as four answers of which none stands for another (docs/spec/bundle.md, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.events.model import Custody as Keeping
from ledger.events.model import Kind, RecallFlag, Role, Status, Unit
from ledger.proof import layout
from ledger.proof.custody import Custody
from ledger.proof.form import hexed
from ledger.proof.history import History
from ledger.proof.layout import BatchWord
from ledger.proof.proven import Proven
from ledger.proof.seal import Header

Json = dict[str, Any]
_UNIT = {Unit.GRAM: "g", Unit.MILLILITRE: "ml", Unit.PIECE: "pieces"}


def answers(
    history: History,
    proven: Proven,
    words: Mapping[bytes, BatchWord],
    custody: Custody,
    header: Header,
    sealed_by: tuple[bytes, ...],
) -> Json:
    subject = history.subject
    return {
        "content": {
            "intact": True,
            "events": len(history.events),
            "contents_not_canonical": history.odd_contents,
            "links_without_event": {hexed(id): goods.bare for id, goods in history.goods.items() if goods.bare},
        },
        "signed": [_signed(history, id) for id in history.events],
        "recorded": {
            "by_block": header.number,
            "block_hash": hexed(history.bundle.block_hash),
            "block_time": header.time,
            "sealed_by": [hexed(each) for each in sealed_by],
            "seal": "sealed by validators"
            if sealed_by
            else "unsealed development chain: integrity and signatures only",
            "ledger_head": hexed(proven.octets("ledger", layout.LEDGER_HEAD)),
            "ledger_count": proven.count(),
        },
        "standing": {
            "as_of_block": header.number,
            "batch": _batch(history, words, subject, header.time),
            "ancestors": [_batch(history, words, id, header.time) for id in words if id != subject],
            "not_traced_before": any(word.marks & layout.OUTSIDE for word in words.values()),
            "recalled_ingredients": [hexed(id) for id, word in words.items() if word.recalled and id != subject],
            "holdings": _holdings(history, custody, subject),
            "parties": {p.named.uri: _party(p.word) for p in history.parties.values()},
            "remarks": custody.remarks,
        },
    }


def _signed(history: History, id: bytes) -> Json:
    event = history.events[id].event
    keeping = history.signers[event.signer].custody
    return {
        "event": hexed(id),
        "kind": Kind(event.kind).word,
        "party": history.parties[history.party_of(event)].named.uri,
        "signer": hexed(event.signer),
        "custody": Keeping(keeping).name.lower() if keeping in {*Keeping} else str(keeping),
        "occurred_at": event.occurred_at,
    }


def _batch(history: History, words: Mapping[bytes, BatchWord], id: bytes, now: int) -> Json:
    goods, word = history.goods[id], words[id]
    return {
        "id": hexed(id),
        "product": history.products[goods.product].named.uri,
        "lot": goods.lot.decode("utf-8", "replace"),
        "origin": history.parties[goods.origin].named.uri,
        "open": now <= word.open_until,
        "items": word.items,
        "not_traced_before": bool(word.marks & layout.OUTSIDE),
        "adjusted": bool(word.marks & layout.ADJUSTED),
        "recalled_by": [flag.name.lower() for flag in RecallFlag if flag & word.recalled and flag.name],
    }


def _holdings(history: History, custody: Custody, subject: bytes) -> Json | None:
    """Who holds how much, by the events; None when some stand without their content."""
    held = custody.holdings.get(subject)
    if held is None:
        return None
    on_the_way = sum(left for (_, batch), (_, _, left) in custody.shipments.items() if batch == subject)
    return {
        "unit": _UNIT[Unit(history.products[history.goods[subject].product].word.unit)],
        "held": {history.parties[party].named.uri: quantity for party, quantity in held.items() if quantity},
        "on_the_way": on_the_way,
    }


def _party(word: layout.PartyWord) -> Json:
    status = Status(word.status).name.lower() if word.status in {*Status} else str(word.status)
    return {"status": status, "roles": [role.name.lower() for role in Role if role & word.roles and role.name]}
