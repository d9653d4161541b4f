"""Promise: tests/vectors/ is what the byte layer makes, and an independent implementation agrees with it.

Solidity and JavaScript run the same files, so that a byte moved in one of the three is found.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak as other_keccak

from ledger.canonical.body import decode_body, encode_body
from ledger.canonical.heads import Tag, advance, links, registry_change, seed
from ledger.canonical.typed_data import DOMAIN_FIELDS, Domain, as_eip712, event_id
from ledger.errors import Refusal
from ledger.events.model import Shape
from ledger.signing.signer import recover

ROOT = Path(__file__).resolve().parents[2]
VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors/events.json").read_text())


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


DOMAIN = Domain(
    VECTORS["domain"]["chainId"], unhex(VECTORS["domain"]["verifyingContract"]), unhex(VECTORS["domain"]["salt"])
)
EVENTS = pytest.mark.parametrize("case", VECTORS["events"], ids=lambda case: case["name"])
HEADS = pytest.mark.parametrize("case", VECTORS["heads"], ids=lambda case: f"{case['tag']} {case['subject'][:10]}")


def test_the_files_are_what_the_script_makes() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "scripts/make-vectors", "--check"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr


def test_they_cover_every_shape_and_stay_honest_about_their_keys() -> None:
    assert {case["shape"] for case in VECTORS["events"]} == {1, 2, 3}
    assert len(VECTORS["events"]) >= 12
    for key in VECTORS["keys"]:
        assert unhex(key["privateKey"]) == other_keccak(text=key["label"]), "a key anyone can derive is worth nothing"


def test_domain_separator() -> None:
    assert DOMAIN.separator == unhex(VECTORS["separator"])


@EVENTS
def test_body_id_and_signer(case: dict[str, Any]) -> None:
    event = decode_body(Shape(case["shape"]), unhex(case["body"]))
    assert encode_body(event) == unhex(case["body"])
    assert event_id(DOMAIN, event) == unhex(case["id"])
    assert recover(unhex(case["id"]), unhex(case["signature"])) == unhex(case["signer"]) == event.signer


@EVENTS
def test_links(case: dict[str, Any]) -> None:
    event = decode_body(Shape(case["shape"]), unhex(case["body"]))
    assert [(each.tag, each.subject, each.role) for each in links(event, unhex(case["party"]))] == [
        (each["tag"], unhex(each["subject"]), each["role"]) for each in case["links"]
    ]


@EVENTS
def test_an_independent_implementation_agrees(case: dict[str, Any]) -> None:
    """The message of the file, not our event, goes to eth-account; it knows nothing of ours but the types."""
    event = decode_body(Shape(case["shape"]), unhex(case["body"]))
    if "Hex" in json.dumps(case["message"]):
        with pytest.raises(Refusal, match="FieldText"):
            as_eip712(DOMAIN, event)
        return
    typed = as_eip712(DOMAIN, event)
    assert typed["message"] == case["message"]
    full = {
        "types": typed["types"],
        "primaryType": Shape(case["shape"]).name.title(),
        "domain": VECTORS["domain"],
        "message": case["message"],
    }
    signable = encode_typed_data(full_message=full)
    assert other_keccak(b"\x19" + signable.version + signable.header + signable.body) == unhex(case["id"])
    vs = int(case["signature"][66:], 16)
    signature = (27 + (vs >> 255), int(case["signature"][2:66], 16), vs & (1 << 255) - 1)
    assert Account.recover_message(signable, vrs=signature).lower() == case["signer"]


def test_some_contents_are_no_utf8() -> None:
    assert sum("Hex" in json.dumps(case["message"]) for case in VECTORS["events"]) >= 3


@HEADS
def test_heads(case: dict[str, Any]) -> None:
    head = seed(Tag(case["tag"]), unhex(case["ledgerId"]), unhex(case["subject"]))
    assert head == unhex(case["seed"])
    for step in case["steps"]:
        if "arguments" in step:
            arguments = [unhex(each) if isinstance(each, str) else each for each in step["arguments"]]
            assert registry_change(Tag(case["tag"]), step["kind"], arguments) == unhex(step["id"])
        link = bytes((step["kind"], step["role"])) + unhex(step["id"])
        assert other_keccak(head + link) == unhex(step["head"])
        head = advance(head, step["kind"], step["role"], unhex(step["id"]))
        assert head == unhex(step["head"])


def test_the_ledgers_head_counts_every_event_once() -> None:
    (ledger,) = (case for case in VECTORS["heads"] if case["tag"] == Tag.LEDGER)
    assert [step["id"] for step in ledger["steps"]] == [case["id"] for case in VECTORS["events"]]


def test_the_domain_has_the_fields_of_the_spec() -> None:
    assert [name for _, name in DOMAIN_FIELDS] == list(VECTORS["domain"])
