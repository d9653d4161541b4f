"""Promise: proofs look where the contracts write. `contracts/test/Storage.t.sol` freezes the slots on their side; here they are
held against docs/spec/ledger.md, and in `tests/e2e/test_bundle.py` against real storage."""

from __future__ import annotations

import re

from ledger.events.identifiers import keccak
from ledger.events.model import RecallFlag, Role
from ledger.proof import layout
from tests.gateway_process import ROOT

KEY = keccak(b"key")


def _documented() -> dict[str, str]:
    """What → its slot, from the tables of section 3."""
    section = (ROOT / "docs/spec/ledger.md").read_text("utf-8").partition("## 3. Storage")[2].partition("## 4.")[0]
    return {row[0]: row[1] for row in re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", section, re.MULTILINE)}


def _at(key: bytes, slot: int) -> int:
    return int.from_bytes(keccak(key.rjust(32, b"\0") + slot.to_bytes(32, "big")), "big")


def test_slots_are_the_documented_ones() -> None:
    said = _documented()
    assert said["ledger id"] == str(layout.LEDGER_ID) and said["ledger head"] == str(layout.LEDGER_HEAD)
    assert said["counts"] == str(layout.COUNTS)
    mapped = {
        "head of a batch or place": ("4[subject]", layout.head_slot(KEY)),
        "batch": ("5[batch]", layout.batch_slot(KEY)),
        "profile's digest": ("4[id]", layout.profile_slot(KEY)),
        "party": ("5[id]", layout.party_slot(KEY)),
        "product": ("5[id]", layout.product_slot(KEY)),
    }
    for what, (text, slot) in mapped.items():
        assert said[what] == text and slot == _at(KEY, int(text[0])), what
    assert said["signer"] == "6[address]" and layout.signer_slot(KEY[:20]) == _at(KEY[:20], 6)
    assert said["yield"] == "7[input's number][output's number]"
    inner = keccak((3).to_bytes(32, "big") + (7).to_bytes(32, "big"))
    assert layout.yield_slot(3, 5) == int.from_bytes(keccak((5).to_bytes(32, "big") + inner), "big")


def test_words_are_cut_as_documented() -> None:
    word = 5 | 6 << 32 | 7 << 64 | 8 << 128 | (1 | 8 | 16 | 64) << 160
    batch = layout.batch_word(word)
    assert batch == (5, 6, 7, 8, 89) and batch.recalled == RecallFlag.ORIGIN | RecallFlag.INSPECTORS
    assert layout.party_word(5 | 2 << 32 | 33 << 40) == (5, 2, Role.PRODUCER | Role.INSPECTOR)
    assert layout.signer_word(5 | 6 << 32 | 7 << 96 | 3 << 160) == (5, 6, 7, 3)
    assert layout.product_word(5 | 3 << 32 | 9 << 40 | 6 << 56 | 1 << 88) == (5, 3, 9, 6, 1)
