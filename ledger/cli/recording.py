"""`nguon record`: one event or many, as the gateway takes them."""

from __future__ import annotations

import sys
from typing import IO

import click

from ledger.cli.client import Client


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--key", help="Idempotency-Key: sending the same again records nothing twice.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Until final on the chain.")
@click.pass_obj
def record(client: Client, file: IO[bytes], key: str | None, wait: bool) -> None:
    """Record the event in FILE (JSON, standard input by default), or a list of them.

    \b
    {"kind": "Ship", "party": "urn:…", "occurred_at": "2026-11-20T07:30:00+07:00",
     "product": "09529999000013", "lot": "L1", "quantity": 12000, "to": "urn:…"}
    """
    # The file goes to the gateway as it stands: a reader here would lose doubled members before anybody could refuse them.
    body = file.read()
    if body.lstrip().startswith(b"["):
        body = b'{"events":' + body + b"}"
    done = client.post("/v1/events", body, key=key, wait=wait)
    results = done.get("results", [done])
    refused = [r["problem"] for r in results if "problem" in r]
    client.result(
        done,
        [
            f"{r['id']}  {r['state']}"
            if "id" in r
            else f"refused by {r['problem'].get('law')}: {r['problem'].get('detail')}"
            for r in results
        ],
    )
    if refused and not client.as_json:
        sys.exit(1)
