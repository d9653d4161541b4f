"""`nguon relay`: what a gateway acknowledged is brought to the chain without it, by anybody."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import click

from ledger.bindings.abi import contract
from ledger.bindings.deployments import wait_until
from ledger.canonical.abi import Skipped, decode_log, encode_record_call
from ledger.chain.node import Node
from ledger.chain.transactions import address_of, sign_transaction
from ledger.cli.client import Client, Unreachable
from ledger.errors import WrongChain
from ledger.signing.receipts import Receipt, read


@click.command()
@click.argument("receipts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--rpc", help="A node's address, where there is no data folder.")
@click.pass_obj
def relay(client: Client, receipts: tuple[str, ...], rpc: str | None) -> None:
    """Send the events of receipts to the contract, from an account made for this alone. Already recorded ones stay once."""
    url = rpc or client.stack.rpc
    if url is None:
        raise Unreachable("No chain is known: give --rpc, or --data of a running stack.")
    held = [read(json.loads(Path(path).read_text("utf-8"))) for path in receipts]
    node = Node(url)
    rows = [_sent(node, receipt) for receipt in held]
    client.result(rows, (f"{row['id']}: {row['result']}" for row in rows))
    if not all(row["recorded"] for row in rows):
        raise click.exceptions.Exit(1)


def _sent(node: Node, receipt: Receipt) -> dict[str, object]:
    domain, signed = receipt.domain, receipt.signed
    if node.chain_id() != domain.chain_id:
        raise WrongChain(f"the node's chain id is {node.chain_id()}, the receipt's ledger lives on {domain.chain_id}")
    key = secrets.token_bytes(32)
    raw = sign_transaction(key, domain.chain_id, 0, domain.contract, encode_record_call([signed]))
    wait_until(lambda: node.next_nonce(address_of(key)) > 0, lambda: _again(node, raw.raw))
    found = node.receipt(raw.hash)
    logs = [decode_log(log.topics, log.data) for log in (found.logs if found else ()) if log.address == domain.contract]
    skipped = next((log for log in logs if isinstance(log, Skipped)), None)
    if skipped is None:
        return {"id": "0x" + signed.id.hex(), "recorded": bool(logs), "result": "recorded" if logs else "not recorded"}
    law = (contract("CustodyLedger").error(skipped.error) or ("no encoding", {}))[0]
    # A used nonce says that this event, or another of the same signer, was recorded before: its own log tells which.
    before = law == "NonceUsed" and node.log_of(domain.contract, signed.id)
    return {
        "id": "0x" + signed.id.hex(),
        "recorded": before,
        "result": "recorded before" if before else f"refused by {law}",
    }


def _again(node: Node, raw: bytes) -> None:
    node.send(raw)
