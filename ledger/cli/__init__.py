"""`nguon`: the ledger from a command line. Global options stand before the verb."""

from __future__ import annotations

import sys

import click

from ledger.cli.client import Client, Refused, Stack, Unreachable
from ledger.cli.demo import demo
from ledger.cli.importing import import_
from ledger.cli.recording import record
from ledger.cli.registries import party, product
from ledger.cli.showing import show
from ledger.cli.verifying import verify
from ledger.errors import LedgerError

COMMANDS = (party, product, record, import_, show, verify, demo)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data", default="var", show_default=True, type=click.Path(), help="Data folder of a stack on this machine."
)
@click.option("--url", help="A gateway's address, where there is no data folder.")
@click.option("--key-file", type=click.Path(exists=True, dir_okay=False), help="File with an API key.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output, nothing else.")
@click.pass_context
def nguon(context: click.Context, data: str, url: str | None, key_file: str | None, as_json: bool) -> None:
    """Provenance ledger of the cooperatives of a province."""
    context.obj = Client(Stack.find(data, url, key_file), as_json)


for command in COMMANDS:
    nguon.add_command(command)


def main() -> None:
    """Exit codes: 0 done, 1 refused or found wrong, 2 called wrongly, 69 the gateway or the chain cannot be reached."""
    try:
        nguon.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except Refused as refused:
        refused.show()
        sys.exit(1)
    except Unreachable as error:
        click.echo(str(error), err=True)
        sys.exit(69)
    except LedgerError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
