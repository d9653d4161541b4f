"""A receipt frees whoever holds it from the gateway that gave it (threat T7, a gateway that omits or delays)."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, Json, gateway
from tests.stranger import Stranger

NGUON = str(Path(sys.executable).with_name("nguon"))


def seen(party: str, word: str = "pond") -> Json:
    return {"kind": "Observe", "party": party, "occurred_at": "2025-11-20T07:30:00+07:00", "place": f"urn:nguon:{word}"}


def signed_by(receipt: Json) -> str:
    """Who signed it, by another implementation."""
    typed: dict[str, Any] = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
                {"name": "salt", "type": "bytes32"},
            ],
            "Receipt": [{"name": "eventId", "type": "bytes32"}, {"name": "acceptedAt", "type": "uint64"}],
        },
        "primaryType": "Receipt",
        "domain": {
            "name": "Nguon",
            "version": "1",
            "chainId": receipt["chain_id"],
            "verifyingContract": to_checksum_address(receipt["contract"]),
            "salt": receipt["ledger_id"],
        },
        "message": {"eventId": receipt["id"], "acceptedAt": receipt["accepted_at"]},
    }
    compact = bytes.fromhex(receipt["signature"][2:])
    vs = int.from_bytes(compact[32:], "big")
    full = compact[:32] + (vs & (1 << 255) - 1).to_bytes(32, "big") + bytes((27 + (vs >> 255),))
    found: str = Account.recover_message(encode_typed_data(full_message=typed), signature=full)
    return found.lower()


def test_an_acknowledgement_is_signed_by_the_gateway(nguon: Gateway) -> None:
    coop = nguon.party("coop", "producer")
    kept = nguon.record(seen(coop))
    receipt = kept["receipt"]
    assert receipt["id"] == kept["id"]
    assert signed_by(receipt) == receipt["gateway"] == nguon.operator.get("/v1/ledger").json()["gateway"]
    assert nguon.operator.get(f"/v1/events/{kept['id']}/receipt").json() == receipt
    many = nguon.record({"events": [seen(coop), seen(coop)]})["results"]
    assert [signed_by(each["receipt"]) for each in many] == [receipt["gateway"]] * 2
    assert nguon.operator.get(f"/v1/events/0x{'00' * 32}/receipt").status_code == 404


def test_a_stranger_brings_it_to_the_chain_when_the_gateway_is_gone(tmp_path: Path) -> None:
    """The gateway acknowledges and dies with its chain line cut; a stranger with the receipt alone relays it; when the gateway
    comes back it finds the event final, and records nothing twice."""
    with devnet(tmp_path, beat=0.05) as chain:
        with gateway(tmp_path, chain.rpc) as running:
            coop = running.party("coop", "producer")
        # nothing listens there: what is acknowledged now stays with this gateway
        with gateway(tmp_path, "http://127.0.0.1:9", ready=False) as cut:
            kept = cut.record(seen(coop))
            cut.kill()
        paper = tmp_path / "receipt.json"
        paper.write_text(json.dumps(kept["receipt"]))
        line = [NGUON, "--json", "--data", str(tmp_path / "nowhere"), "relay", "--rpc", chain.rpc, str(paper)]
        for result in ("recorded", "recorded before"):
            done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout) == [{"id": kept["id"], "recorded": True, "result": result}]
        with gateway(tmp_path, chain.rpc) as again:
            again.final(kept["id"])
            assert Stranger(again).count() == 1


def _other(digit: str) -> str:
    return "0" if digit != "0" else "1"


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.pop("signature"),
        lambda r: r.__setitem__("accepted_at", r["accepted_at"] + 1),
        lambda r: r.__setitem__("id", "0x" + "11" * 32),
        lambda r: r.__setitem__("gateway", "0x" + "22" * 20),
        lambda r: r.__setitem__("chain_id", 1),
        lambda r: r["event"].__setitem__("shape", 2),
        lambda r: r["event"].__setitem__("body", r["event"]["body"][:-2]),
        lambda r: r["event"].__setitem__(
            "signature", r["event"]["signature"][:-1] + _other(r["event"]["signature"][-1])
        ),
    ],
)
def test_a_changed_receipt_is_none(nguon: Gateway, tmp_path: Path, change: Any) -> None:
    receipt = copy.deepcopy(nguon.record(seen(nguon.party("coop", "producer")))["receipt"])
    change(receipt)
    paper = tmp_path / "receipt.json"
    paper.write_text(json.dumps(receipt))
    line = [NGUON, "--data", str(nguon.data), "relay", str(paper)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1 and done.stderr.startswith("this is no receipt: "), done.stderr
