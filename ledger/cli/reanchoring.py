"""`nguon reanchor`: run by the gateway's own program, which knows the development chain and its keys; the ledger knows neither."""

from __future__ import annotations

import subprocess
import sys

import click

from ledger.cli.client import Client


@click.command()
@click.option("--devnet", type=click.Path(file_okay=False), help="Data folder of the development chain (DATA/devnet).")
@click.pass_obj
def reanchor(client: Client, devnet: str | None) -> None:
    """Put the ledger of a lost development chain onto a fresh one, from the database alone. Chain and gateway must be down."""
    if client.stack.data is None:
        raise click.UsageError("Re-anchoring needs the data folder: give --data.")
    command = [sys.executable, "-m", "gateway.reanchoring", "--data", str(client.stack.data)]
    command += [*(["--devnet", devnet] if devnet else []), *(["--json"] if client.as_json else [])]
    sys.exit(subprocess.run(command, check=False).returncode)
