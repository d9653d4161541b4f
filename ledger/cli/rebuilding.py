"""`nguon rebuild`: the index again from the chain alone, held against the one that is there."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from ledger.cli.client import Client
from ledger.cli.data_folder import DataFolder, rpc_option
from ledger.reconcile.rebuild import Compared, Rebuilt
from ledger.reconcile.rebuild import rebuild as build
from ledger.store.files import take_place


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="The new file. [default: DATA/nguon.db.rebuilt]")
@click.option("--replace", is_flag=True, help="Put the new database in the old one's place, which is kept beside it.")
@rpc_option
@click.pass_obj
def rebuild(client: Client, out: Path | None, replace: bool, rpc: str | None) -> None:
    """Rebuild the index from the chain into a new database file, and compare it table by table with the one that is there.

    What no chain knows (keys, outbox, private fields …) is copied over. With --replace no gateway may run.
    """
    folder = DataFolder.of(client, rpc)
    new = out or folder.database.with_name("nguon.db.rebuilt")
    old = None
    with folder.without_gateway() if replace else nullcontext():
        node, deployment = folder.chain()
        found = build(folder.database, new, node, deployment, client.say)
        if replace:
            old = take_place(folder.database, new)
    lines = [f"{found.events} events up to block {found.block}, from the chain alone"]
    lines += [_line(each, found.live_is_there) for each in found.tables]
    if found.live_is_there:
        lines.append("All of it equals the database." if found.equal else "The database says otherwise.")
    lines.append(f"In place; the old database is {old}." if old else f"In {folder.database if replace else new}.")
    client.result(_document(found, folder.database if replace else new, old), lines)
    if found.live_is_there and not found.equal:
        sys.exit(1)


def _line(compared: Compared, live_is_there: bool) -> str:
    said = f"  {compared.table}: {compared.rebuilt.rows} rows"
    if not live_is_there or compared.equal:
        return f"{said}, {compared.rebuilt.digest.hex()[:16]}"
    there = f"{compared.live.rows} rows" if compared.live else "cannot be read"
    return f"{said}, and the database's differs ({there})"


def _document(found: Rebuilt, path: Path, old: Path | None) -> dict[str, Any]:
    return {
        "equal": found.equal if found.live_is_there else None,
        "database": str(path),
        "before": str(old) if old else None,
        "block": found.block,
        "events": found.events,
        "tables": {
            each.table: {
                "equal": each.equal,
                "rows": each.rebuilt.rows,
                "digest": "0x" + each.rebuilt.digest.hex(),
                "live_rows": each.live.rows if each.live else None,
                "live_digest": "0x" + each.live.digest.hex() if each.live else None,
            }
            for each in found.tables
        },
        "kept": found.kept,
    }
