"""Promise: a bundle and a trust file have one spelling. What is unknown, doubled, missing or written otherwise is refused, and
what is no JSON is told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rfc8785

from ledger.proof import trust
from ledger.proof.bundle import Unreadable, read, write
from ledger.proof.form import FormError
from ledger.proof.trust import Epoch, TrustedLedger
from tests.proof_world import ProofWorld, journey


@pytest.fixture(scope="module")
def data() -> bytes:
    world = ProofWorld()
    batches = journey(world)
    return write(world.lawful().bundle(*batches, conversions=((1, 2), (2, 3))))


def test_reading_and_writing_are_one_anothers_inverse(data: bytes) -> None:
    assert write(read(data)) == data


@pytest.mark.parametrize("garbage", [b"", b"\xff\xfe", b"{", b"not a bundle", b"[]", b"1", b"null"])
def test_what_is_no_json_object_is_unreadable(garbage: bytes) -> None:
    with pytest.raises(Unreadable):
        read(garbage)


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *way, last = path.split(".")

    def change(document: dict[str, Any]) -> None:
        at: Any = document
        for step in way:
            at = at[int(step)] if isinstance(at, list) else at[step]
        if isinstance(at, list):
            at[int(last)] = value
        else:
            at[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("version", 2), _set("version", True), _set("type", "bundle"), _set("note", "more"), _set("ledger.more", 1),
        _set("block.more", "0x"), _set("batches.0.more", 1), _set("batches.0.links.0.more", 1), _set("events.0.id", "0x"),
        _set("parties.0.number", 1), _set("events.0.shape", "1"), _set("events.0.shape", -1), _set("events.0.shape", 256),
        _set("events.0.body", "0X00"), _set("events.0.body", "0x0"), _set("events.0.body", None),
        _set("events.0.signature", "0x00"), _set("block.hash", "0x" + "AB" * 32), _set("ledger.chain_id", 2**53 - 1 + 1),
        _set("nodes.0", 7), _set("nodes", {}), _set("parties", None),
        lambda document: document.pop("parties"), lambda document: document["block"].pop("hash"),
    ],
)  # fmt: skip
def test_what_is_not_its_form_is_refused(data: bytes, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(data)
    change(document)
    try:
        altered = rfc8785.dumps(document)
    except rfc8785.IntegerDomainError:
        altered = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    with pytest.raises(FormError):
        read(altered)


@pytest.mark.parametrize(
    "spell",
    [
        lambda data: data + b"\n",
        lambda data: b" " + data,
        lambda data: json.dumps(json.loads(data)).encode(),
        lambda data: data.replace(b'"version":1', b'"version":1.0'),
        lambda data: data.replace(b'"version":1', b'"version":1,"version":1'),
        lambda data: data.replace(b'"type"', b'"\\u0074ype"'),
    ],
)
def test_no_other_spelling_passes(data: bytes, spell: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FormError):
        read(spell(data))


# ── the trust file ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _known(**other: Any) -> TrustedLedger:
    return replace(ProofWorld().trusted, **other)


def test_a_trust_file_says_what_was_written() -> None:
    sealed = _known(
        ledger_id=bytes(32), scheme="qbft", epochs=(Epoch(0, (bytes(20),)), Epoch(7, (b"\1" * 20, b"\2" * 20)))
    )
    ledgers = (_known(), _known(ledger_id=b"\1" * 32, max_age=None), sealed)
    assert trust.read(trust.write(ledgers)) == ledgers
    assert sealed.validators(6) == (bytes(20),) and len(sealed.validators(7)) == 2


@pytest.mark.parametrize(
    "change",
    [
        _set("version", 2), _set("ledgers.0.more", 1), _set("ledgers.0.max_age", -1), _set("ledgers.0.max_age", "1"),
        _set("ledgers.0.sealing", {"scheme": "none"}), _set("ledgers.0.sealing", {"scheme": "unsealed", "epochs": []}),
        _set("ledgers.0.sealing", {"scheme": "qbft", "epochs": []}),
        _set("ledgers.0.sealing", {"scheme": "qbft", "epochs": [{"from": 0, "validators": []}]}),
        _set("ledgers.0.sealing", {"scheme": "qbft", "epochs": [{"from": 0, "validators": ["0x" + "11" * 20] * 2}]}),
        _set("ledgers.0.sealing", {"scheme": "qbft", "epochs": [{"from": 0, "validators": ["0x" + "11" * 20]}] * 2}),
        _set("ledgers.0.contracts.ledger.code_hash", "0x"), lambda document: document["ledgers"][0].pop("chain_id"),
        lambda document: document["ledgers"].append(document["ledgers"][0]), lambda document: document.pop("type"),
    ],
)  # fmt: skip
def test_a_trust_file_of_another_form_is_not_believed(change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(trust.write([_known()]))
    change(document)
    with pytest.raises(FormError):
        trust.read(json.dumps(document).encode())
