"""What was made fast says what its slow twin says, byte for byte (promise 1: what is acknowledged is what was signed)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical.body import encode_body
from ledger.canonical.content import canonical
from ledger.canonical.strict_json import strict_loads
from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal
from ledger.events.model import ZERO32, Kind, Note
from ledger.signing.known import MOST, Known
from ledger.signing.signer import LocalSigner, verify
from ledger.store import audit_log, outbox
from ledger.store.database import Store

SIGNER = LocalSigner(b"\x11" * 32, Domain(31337, b"\x22" * 20, b"\x33" * 32))
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def note(nonce: int) -> Note:
    return Note(SIGNER.address, nonce, 1_700_000_000, Kind.OBSERVE, (), ZERO32, b"urn:pond:1", ZERO32, b"{}")


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_a_content_is_written_as_rfc_8785_says(value: dict[str, Any]) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("names", ["\ue000 \U0001f990", "\ud7ff \ue000", "\uffff \U00010000", "á ạ z"], ids=ascii)
def test_names_stand_in_the_order_of_utf_16(names: str) -> None:
    value = dict.fromkeys(names.split(), 1)
    assert canonical(value) == rfc8785.dumps(value)


@given(VALUES, st.booleans())
def test_depth_is_counted_outside_of_strings_only(value: Any, ascii: bool) -> None:
    def depth(each: Any) -> int:
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    deep = ['[{"\\'] if value is None else value
    data = json.dumps(deep, ensure_ascii=ascii).encode()
    assert strict_loads(data, depth(deep)) == deep
    if depth(deep):
        with pytest.raises(Refusal, match="JsonForm"):
            strict_loads(data, depth(deep) - 1)


def test_what_is_prepared_and_then_signed_is_what_is_signed_at_once() -> None:
    unsigned = SIGNER.prepare(note(1))
    assert unsigned.sign() == SIGNER.sign(note(1))
    assert verify(SIGNER._domain, unsigned.sign())


def test_only_the_very_bytes_that_were_verified_are_known() -> None:
    known, signed = Known(), SIGNER.sign(note(1))
    body = encode_body(signed.event)
    known.add(signed)
    assert known.find(signed.id, body, signed.signature) == signed
    assert known.find(signed.id, body + bytes(32), signed.signature) is None
    assert known.find(signed.id, body, bytes(64)) is None
    assert known.find(bytes(32), body, signed.signature) is None


def test_the_oldest_is_forgotten_first() -> None:
    known, first = Known(), SIGNER.sign(note(1))
    known.add(first)
    for nonce in range(2, MOST + 2):
        known.add(type(first)(nonce.to_bytes(32, "big"), first.event, first.signature), b"")
    assert known.find(first.id, encode_body(first.event), first.signature) is None


def test_entries_of_many_rows_are_those_of_one_row_after_the_other(tmp_path: Path) -> None:
    """An entry made of what the writer knows of a row says what one says that looks the row up."""
    signed = [SIGNER.sign(note(nonce)) for nonce in range(3)]
    together, single = Store(tmp_path / "a.db"), Store(tmp_path / "b.db")
    with together.write() as db:
        pen = audit_log.Pen(db)
        adding = outbox.Adding(db, pen)
        kept = [adding.add(b"p" * 32, each, 7) for each in signed]
        adding.end()
        pen.end()
    with single.write() as db:
        sql = "INSERT INTO outbox (id, party, shape, body, signature, state, accepted_at) VALUES (?, ?, 3, ?, ?, 'accepted', 7)"
        for each in signed:
            db.execute(sql, (each.id, b"p" * 32, encode_body(each.event), each.signature))
            audit_log.keep(db, "outbox", (each.id,), audit_log.actor_of(b"p" * 32), "event accepted")
    told = [
        [(e.seq, e.actor, e.action, e.object, e.digests) for e in audit_log.entries(store.read())]
        for store in (together, single)
    ]
    assert told[0] == told[1] != []
    assert outbox.pending(together.read()) == outbox.pending(single.read()) == kept
    entries = list(audit_log.entries(together.read()))
    assert [e.previous for e in entries] == [audit_log.START, *(e.hash for e in entries[:-1])]
    assert all(e.hash == e.computed for e in entries)
