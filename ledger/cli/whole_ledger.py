"""`nguon verify` without a file: the whole ledger recomputed from the chain's logs, trusting no gateway and no index."""

from __future__ import annotations

import sys

from ledger.cli.client import Client, Unreachable
from ledger.cli.recomputing import recompute_and_compare


def verify_ledger(client: Client) -> None:
    """Ends the process with 1 when something does not agree."""
    data = client.stack.data
    if data is None or client.stack.rpc is None or not (data / "ledger.json").exists():
        raise Unreachable("Verifying needs the chain: give --data of a running stack.")
    found, faults, height = recompute_and_compare(data / "ledger.json", client.stack.rpc, client.say)
    document = {
        "ok": not faults,
        "events": found.events,
        "ledger_head": "0x" + found.ledger_head.hex(),
        "block": height,
        "subjects": len(found.heads),
        "contents_not_canonical": found.odd_contents,
        "faults": faults[:100],
    }
    lines = [
        f"{found.events} events up to block {height}: contents, ids, signatures, rules and heads recomputed",
        f"ledger head {document['ledger_head']}",
        "All of it agrees with the chain's storage. The chain is an unsealed development chain." if not faults
        else f"{len(faults)} faults:",
        *faults[:100],
    ]  # fmt: skip
    client.result(document, lines)
    if faults:
        sys.exit(1)
