"""Promise: an event has one id, the standard's, and nobody can vary one signed byte without changing it (spec, 2, 3, 6)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode as standard_encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import function_signature_to_4byte_selector
from eth_utils import keccak as other_keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.canonical.abi import (
    RECORD_SELECTOR,
    RECORDED_TOPIC,
    SKIPPED_TOPIC,
    STRUCT,
    Skipped,
    decode_log,
    decode_record_call,
    encode_log,
    encode_record_call,
)
from ledger.canonical.body import decode_body, encode_body
from ledger.canonical.typed_data import (
    MAKE_TYPE,
    MOVE_TYPE,
    NOTE_TYPE,
    SIGNER_CHANGE_TYPE,
    Domain,
    SignerChange,
    as_eip712,
    event_id,
    signer_change_digest,
)
from ledger.errors import Refusal
from ledger.events.model import ZERO32, Event, Input, Kind, Make, Move, Note, Output, Shape, SignedEvent
from ledger.signing.signer import ORDER, LocalSigner, recover, verify

ROOT = Path(__file__).resolve().parents[2]
KEY = other_keccak(text="nguon tests: worthless")
DOMAIN = Domain(31337, b"\x11" * 20, b"\x22" * 32)
SIGNER = LocalSigner(KEY, DOMAIN)

words, texts = st.binary(min_size=32, max_size=32), st.text(max_size=80).map(lambda text: text.encode("utf-8"))
uint = lambda bits: st.integers(0, 2**bits - 1)  # noqa: E731
common = {
    "signer": st.just(SIGNER.address),
    "nonce": uint(96),
    "occurred_at": uint(64),
    "kind": uint(8),
    "content": texts,
}
makes = st.builds(
    Make,
    **common,
    provenance=uint(8),
    inputs=st.lists(st.builds(Input, words, uint(96)), max_size=4).map(tuple),
    outputs=st.lists(st.builds(Output, words, texts, uint(96), uint(64)), max_size=4).map(tuple),
    items_root=words,
    first_index=uint(32),
)
moves = st.builds(Move, **common, batch=words, holder=words, to=words, quantity=uint(96), target=words)
notes = st.builds(
    Note, **common, batches=st.lists(words, max_size=4).map(tuple), owner=words, place=texts, target=words
)
events = st.one_of(makes, moves, notes)
MAKE = Make(
    SIGNER.address, 1, 2, 3, 0, (Input(b"\x01" * 32, 5),), (Output(b"\x02" * 32, b"L", 6, 7),), ZERO32, 0, b"{}"
)
MOVE = Move(SIGNER.address, 1, 2, Kind.SHIP, b"\x01" * 32, ZERO32, b"\x03" * 32, 5, ZERO32, b"{}")
NOTE = Note(SIGNER.address, 1, 2, Kind.OBSERVE, (b"\x01" * 32,), ZERO32, b"urn:x:y", ZERO32, b"{}")


def independent_id(domain: Domain, event: Event) -> bytes:
    signable = encode_typed_data(full_message=json.loads(json.dumps(as_eip712(domain, event))))
    return other_keccak(b"\x19" + signable.version + signable.header + signable.body)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(words, st.binary(min_size=20, max_size=20), uint(64), uint(64), uint(8), uint(64))
def test_so_is_what_is_signed_to_change_a_partys_keys(
    party: bytes, signer: bytes, start: int, end: int, custody: int, rotation: int
) -> None:
    """By the registry's domain, and the type that the page and the contract have."""
    fields = [each.split(" ") for each in SIGNER_CHANGE_TYPE.removeprefix("SignerChange(").rstrip(")").split(",")]
    typed = as_eip712(DOMAIN, MOVE)
    typed |= {
        "types": {
            "EIP712Domain": typed["types"]["EIP712Domain"],
            "SignerChange": [{"type": kind, "name": name} for kind, name in fields],
        },
        "primaryType": "SignerChange",
    }
    values = (party, signer, start, end, custody, rotation)
    signable = encode_typed_data(
        full_message=typed | {"message": dict(zip((name for _, name in fields), values, strict=True))}
    )
    expected = other_keccak(b"\x19" + signable.version + signable.header + signable.body)
    assert signer_change_digest(DOMAIN, SignerChange(*values)) == expected
    assert SIGNER_CHANGE_TYPE in (ROOT / "docs/spec/law.md").read_text("utf-8")


@settings(derandomize=True, deadline=None, max_examples=150)
@given(events, uint(63), st.binary(min_size=20, max_size=20), words)
def test_the_id_is_what_an_independent_implementation_computes(
    event: Event, chain: int, at: bytes, salt: bytes
) -> None:
    domain = Domain(chain, at, salt)
    assert event_id(domain, event) == independent_id(domain, event)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(events)
def test_a_signature_is_what_a_wallet_recovers(event: Event) -> None:
    signed = SIGNER.sign(event)
    assert verify(DOMAIN, signed)
    r, vs = int.from_bytes(signed.signature[:32], "big"), int.from_bytes(signed.signature[32:], "big")
    signable = encode_typed_data(full_message=as_eip712(DOMAIN, event))
    recovered = Account.recover_message(signable, vrs=(27 + (vs >> 255), r, vs & (1 << 255) - 1))
    assert bytes.fromhex(recovered[2:]) == event.signer
    wallet = Account.sign_message(signable, KEY)
    assert (wallet.r, wallet.s) == (r, vs & (1 << 255) - 1), "RFC 6979: signing again gives the same bytes"


@settings(derandomize=True, deadline=None, max_examples=100)
@given(events)
def test_bodies_calls_and_logs_give_the_event_back(event: Event) -> None:
    signed = SIGNER.sign(event)
    assert decode_body(signed.shape, encode_body(event)) == event
    assert decode_log(*encode_log(signed)) == signed


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.lists(events, max_size=4))
def test_bodies_calls_and_logs_are_what_a_general_encoder_writes(given: list[Event]) -> None:
    signed = [SIGNER.sign(event) for event in given]
    items = []
    for each in signed:
        body = standard_encode([plain(STRUCT[each.shape])], [fields(each.event)])
        assert encode_body(each.event) == body
        r, vs = each.signature[:32], each.signature[32:]
        log = standard_encode([plain(STRUCT[each.shape]), "bytes32", "bytes32"], [fields(each.event), r, vs])
        assert encode_log(each) == ([RECORDED_TOPIC[each.shape], each.id], log)
        items.append((int(each.shape), body, r, vs))
    call = RECORD_SELECTOR + standard_encode(["(uint8,bytes,bytes32,bytes32)[]"], [items])
    assert encode_record_call(signed) == call
    assert decode_record_call(call) == [(shape, body, r + vs) for shape, body, r, vs in items]


def plain(struct: str) -> str:
    return struct.replace("string", "bytes")


def fields(event: Any) -> tuple[Any, ...]:
    """A struct's values, as they stand in it."""
    values = []
    for name in event.__slots__:
        value = getattr(event, name)
        if isinstance(value, tuple):
            value = [each if isinstance(each, bytes) else fields(each) for each in value]
        values.append(int(value) if isinstance(value, int) else value)
    return tuple(values)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(events, st.data())
def test_an_event_has_one_body(event: Event, data: st.DataObject) -> None:
    """A word more or less, a byte changed anywhere, the tail elsewhere: another event, or none."""
    body = encode_body(event)
    shape = SIGNER.sign(event).shape
    at, bit = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(body)
    changed[at] ^= 1 << bit
    for other in (bytes(changed), body + bytes(32), body[:-32], body + b"\0", body[:-1]):
        try:
            assert decode_body(shape, other) != event
        except Refusal as refusal:
            assert refusal.law == "NotAnEncoding"


def test_a_body_is_the_standard_encoding_of_its_struct() -> None:
    types = "(address,uint96,uint64,uint8,bytes32,bytes32,bytes32,uint96,bytes32,string)"
    values = (MOVE.signer, 1, 2, 11, MOVE.batch, MOVE.holder, MOVE.to, 5, MOVE.target, "{}")
    assert encode_body(MOVE) == standard_encode([types], [values])


@pytest.mark.parametrize("event", [MAKE, MOVE, NOTE], ids=["Make", "Move", "Note"])
def test_every_field_is_signed(event: Event) -> None:
    original = event_id(DOMAIN, event)
    for field in event.__slots__:
        value: Any = getattr(event, field)
        if isinstance(value, int):
            changed: Any = value + 1
        elif isinstance(value, bytes):
            changed = bytes((value[0] ^ 1,)) + value[1:]
        else:
            changed = value + value[:1]
        assert event_id(DOMAIN, replace(event, **{field: changed})) != original, field


@pytest.mark.parametrize("change", [{"chain_id": 1}, {"contract": b"\x12" * 20}, {"ledger_id": b"\x23" * 32}])
def test_a_signature_holds_for_one_ledger_only(change: dict[str, Any]) -> None:
    other = replace(DOMAIN, **change)
    assert event_id(other, MOVE) != event_id(DOMAIN, MOVE)
    assert not verify(other, SIGNER.sign(MOVE))


@pytest.mark.parametrize(
    ("event", "law"),
    [
        (replace(MOVE, quantity=2**96), "FieldRange"),
        (replace(MOVE, quantity=-1), "FieldRange"),
        (replace(MOVE, occurred_at=2**64), "FieldRange"),
        (replace(MAKE, first_index=2**32), "FieldRange"),
        (replace(MAKE, inputs=(Input(b"\x01" * 31, 1),)), "FieldLength"),
        (replace(NOTE, batches=(b"",)), "FieldLength"),
        (replace(NOTE, signer=b"\x01" * 32), "FieldLength"),
    ],
)
def test_what_a_field_cannot_hold_has_no_id(event: Event, law: str) -> None:
    with pytest.raises(Refusal, match=law):
        event_id(DOMAIN, event)


def test_bytes_that_are_no_utf8_have_an_id_but_no_wallet_form() -> None:
    event = replace(NOTE, content=b"\xff")
    assert decode_log(*encode_log(SIGNER.sign(event))) == SIGNER.sign(event)
    with pytest.raises(Refusal, match="FieldText"):
        as_eip712(DOMAIN, event)


def test_a_signer_signs_its_own_events_only() -> None:
    with pytest.raises(Refusal, match="NotThisSigner"):
        SIGNER.sign(replace(MOVE, signer=b"\x01" * 20))


def test_malleable_and_senseless_signatures_recover_nobody() -> None:
    signed = SIGNER.sign(MOVE)
    r, vs = signed.signature[:32], int.from_bytes(signed.signature[32:], "big")
    half = ORDER // 2
    assert recover(signed.id, signed.signature) == SIGNER.address
    assert recover(signed.id, r + half.to_bytes(32, "big")) is not None, "the largest low s"
    assert recover(signed.id, r + (half + 1).to_bytes(32, "big")) is None, "high s"
    assert recover(signed.id, r + (half + 1 | 1 << 255).to_bytes(32, "big")) is None, "high s, other parity"
    assert recover(signed.id, ORDER.to_bytes(32, "big") + signed.signature[32:]) is None, "r = order"
    assert recover(signed.id, ZERO32 + signed.signature[32:]) is None, "r = 0"
    assert recover(signed.id, r + ZERO32) is None, "s = 0"
    assert recover(signed.id, (5).to_bytes(32, "big") + signed.signature[32:]) is None, "no such point"
    assert recover(signed.id, signed.signature + b"\0") is None
    assert recover(signed.id, b"") is None
    flipped = r + (vs ^ 1 << 255).to_bytes(32, "big")
    assert recover(signed.id, flipped) not in (None, SIGNER.address), "the other point with this r is another key's"


def test_selectors_and_topics_are_of_the_signatures_in_the_spec() -> None:
    note = "(address,uint96,uint64,uint8,bytes32[],bytes32,string,bytes32,string)"
    record = function_signature_to_4byte_selector("record((uint8,bytes,bytes32,bytes32)[])")
    recorded, skipped = f"NoteRecorded(bytes32,{note},bytes32,bytes32)", "Skipped(uint256,bytes32,bytes)"
    assert record == RECORD_SELECTOR
    assert RECORDED_TOPIC[Shape.NOTE] == other_keccak(text=recorded)
    assert other_keccak(text=skipped) == SKIPPED_TOPIC


def test_the_types_are_the_specs() -> None:
    spec = (ROOT / "docs/spec/event.md").read_text()
    lines = spec.splitlines()
    assert MOVE_TYPE in lines
    assert NOTE_TYPE in lines
    structs = [line for line in lines if line.startswith(("Make(", "Input(", "Output("))]
    assert "".join(structs) == MAKE_TYPE


def test_a_skip_and_foreign_logs() -> None:
    data = standard_encode(["uint256", "bytes32", "bytes"], [3, b"\x07" * 32, b"\x01\x02"])
    assert decode_log([SKIPPED_TOPIC], data) == Skipped(3, b"\x07" * 32, b"\x01\x02")
    assert decode_log([b"\x09" * 32], b"") is None
    assert decode_log([], b"") is None


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.sampled_from(list(Shape)), st.binary(max_size=700), st.integers(0, 600), st.binary(min_size=1, max_size=32))
def test_a_body_of_any_bytes_is_an_event_or_a_refusal(shape: Shape, junk: bytes, at: int, patch: bytes) -> None:
    body = bytearray(encode_body({Shape.MAKE: MAKE, Shape.MOVE: MOVE, Shape.NOTE: NOTE}[shape]))
    body[at : at + len(patch)] = patch
    for data in (junk, bytes(body)):
        try:
            event_id(DOMAIN, decode_body(shape, data))
        except Refusal as refusal:
            assert refusal.law == "NotAnEncoding"


def test_the_independent_implementation_passes_the_public_vectors() -> None:
    path = ROOT.parent / "shared/vectors/eip712/typed_data.json"
    if not path.exists():
        pytest.skip("public EIP-712 vectors are not here")
    fields = {
        "name": "string",
        "version": "string",
        "chainId": "uint256",
        "verifyingContract": "address",
        "salt": "bytes32",
    }
    cases = json.loads(path.read_text())
    for case in cases:
        domain = [{"name": name, "type": kind} for name, kind in fields.items() if name in case["domain"]]
        full = {
            "types": {"EIP712Domain": domain} | case["types"],
            "primaryType": case["primaryType"],
            "domain": case["domain"],
            "message": case["data"],
        }
        signable = encode_typed_data(full_message=full)
        assert other_keccak(b"\x19" + signable.version + signable.header + signable.body).hex() == case["digest"][2:]
    assert len(cases) == 65


def test_a_signed_event_knows_its_shape() -> None:
    assert [SignedEvent(ZERO32, event, b"").shape for event in (MAKE, MOVE, NOTE)] == list(Shape)
