"""A party sees every day all that was signed in its name, by whatever key (threat T6), and nobody else sees it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address

from ledger.events.identifiers import party_id
from tests.gateway_process import Gateway, Json, client
from tests.stranger import Stranger, posted

NGUON = str(Path(sys.executable).with_name("nguon"))
VIETNAM = timedelta(hours=7)
DOMAIN = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
)
DAY = (("party", "bytes32"), ("day", "uint32"), ("events", "bytes32[]"))


def today() -> str:
    return (datetime.now(UTC) + VIETNAM).date().isoformat()


def asked(by: httpx.Client, party: str, day: str) -> httpx.Response:
    return by.get(f"/v1/parties/{quote(party, safe='')}/days/{day}")


def signed_by(nguon: Gateway, found: Json) -> str:
    """Who signed it, by another implementation."""
    ledger = nguon.operator.get("/v1/ledger").json()
    typed: dict[str, Any] = {
        "types": {
            "EIP712Domain": [{"name": name, "type": type} for name, type in DOMAIN],
            "Day": [{"name": name, "type": type} for name, type in DAY],
        },
        "primaryType": "Day",
        "domain": {
            "name": "Nguon", "version": "1", "chainId": ledger["chain_id"], "salt": ledger["ledger_id"],
            "verifyingContract": to_checksum_address(ledger["contracts"]["ledger"]),
        },
        "message": {
            "party": "0x" + party_id(found["party"]).hex(),
            "day": int(found["day"].replace("-", "")),
            "events": [each["id"] for each in found["events"]],
        },
    }  # fmt: skip
    compact = bytes.fromhex(found["signature"][2:])
    vs = int.from_bytes(compact[32:], "big")
    full = compact[:32] + (vs & (1 << 255) - 1).to_bytes(32, "big") + bytes((27 + (vs >> 255),))
    return str(Account.recover_message(encode_typed_data(full_message=typed), signature=full)).lower()


def test_a_partys_day_holds_all_that_was_signed_in_its_name(nguon: Gateway) -> None:
    """By the key that is kept here, by its own key handed in here, and by its own key past this gateway."""
    day = today()
    chain = Stranger(nguon)
    hand = chain.hand(nguon.name("coop"))
    entry = {"uri": hand.uri, "roles": ["producer"], "profile": {}, "signers": [hand.entry]}
    assert nguon.operator.post("/v1/parties", json={"parties": [entry]}).is_success
    here = nguon.record(
        {"kind": "Observe", "party": hand.uri, "occurred_at": "2025-11-20T07:30:00+07:00", "place": "urn:nguon:a"}
    )["id"]
    handed = hand.sign(hand.seen("handed"))
    assert nguon.operator.post("/v1/events", json=posted(handed, hand.uri)).status_code == 202
    past = hand.sign(hand.seen("past"))
    chain.relay(past)
    nguon.final(here, "0x" + handed.id.hex(), "0x" + past.id.hex())
    if today() != day:  # midnight in between: of a new day it is all done again
        return test_a_partys_day_holds_all_that_was_signed_in_its_name(nguon)
    found = asked(nguon.as_party(hand.uri), hand.uri, day).json()
    assert [(each["id"], each["signed"]) for each in found["events"]] == [
        (here, "here"), ("0x" + handed.id.hex(), "elsewhere"), ("0x" + past.id.hex(), "elsewhere")
    ]  # fmt: skip
    assert (found["count"], found["elsewhere"], found["kinds"]) == (3, 2, {"Observe": 3})
    assert signed_by(nguon, found) == found["gateway"] == nguon.operator.get("/v1/ledger").json()["gateway"]
    renewed = nguon.operator.post(f"/v1/parties/{quote(hand.uri, safe='')}/keys/renew", json={}).json()
    changes = asked(nguon.operator, hand.uri, day).json()["key_changes"]
    assert renewed["key"] in [each["signer"] for each in changes]
    shown = subprocess.run(
        [NGUON, "--url", nguon.url, "--key-file", str(nguon.data / "secrets" / "operator-api-key"), "day", hand.uri, day],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert shown.count("SIGNED ELSEWHERE") == 2 and "3 events" in shown


def test_days_are_the_partys_own(nguon: Gateway) -> None:
    coop, rival = nguon.party("coop", "producer"), nguon.party("rival", "producer")
    refused = asked(nguon.as_party(rival), coop, today())
    assert (refused.status_code, refused.json()["law"]) == (403, "NotYourParty")
    assert asked(client(nguon.url, ""), coop, today()).status_code == 401
    assert asked(nguon.operator, nguon.name("nobody"), today()).status_code == 404
    assert asked(nguon.operator, coop, "2026-13-01").status_code == 422
    assert asked(nguon.operator, coop, "2001-01-01").json()["events"] == []
