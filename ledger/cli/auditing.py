"""`nguon audit records`: everything that is kept here held against chain, hashes and audit log."""

from __future__ import annotations

import sys

import click

from ledger.cli.client import Client
from ledger.cli.data_folder import DataFolder, rpc_option
from ledger.errors import StoreError
from ledger.reconcile.auditor import Auditor, Scope, remember
from ledger.store.database import Store

SHOWN = 100


@click.group()
def audit() -> None:
    """Look through what is kept."""


@audit.command()
@click.option(
    "--full/--incremental", "full", default=True, show_default=True,
    help="All of it, the chain read from its beginning; or what came since the last good audit.",
)  # fmt: skip
@rpc_option
@click.pass_obj
def records(client: Client, full: bool, rpc: str | None) -> None:
    """Compare every row of the database with the chain, its own hashes and the audit log; exit code 1 names what differs.

    The result is kept: pages of batches that it names say that their records are under review.
    """
    folder = DataFolder.of(client, rpc)
    if not folder.database.exists():
        raise StoreError(f"{folder.database} is not there")
    node, deployment = folder.chain()
    auditor = Auditor(folder.database, folder.remembered_chain, node, deployment, folder.keks(), client.say)
    scope: Scope = "full" if full else "incremental"
    report = auditor.run(scope)
    store = Store(folder.database)
    remember(store, report)
    store.close()
    lines = [
        f"{report.good} rows are as they should be, up to block {report.block} ({report.events} events)",
        f"audit log: {report.log_seq} entries, head 0x{report.log_hash.hex()}",
        *(each.line() for each in report.findings[:SHOWN]),
        f"{report.bad} findings; {len(report.batches)} batches are under review"
        if report.findings
        else "Nothing differs.",
    ]
    client.result(report.document(), lines)
    if report.findings:
        sys.exit(1)
