"""`nguon`: the ledger from a command line. Global options stand before the verb."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from ledger.cli.client import Client, Refused, Stack, Unreachable
from ledger.errors import LedgerError
from ledger.events.laws import in_words

#: Verb → its module and name there, imported when the verb is asked for: some take seconds, and a demo waits for none.
VERBS = {
    "party": ("registries", "party"),
    "product": ("registries", "product"),
    "people": ("people", "people"),
    "api-keys": ("api_keys", "api_keys"),
    "record": ("recording", "record"),
    "import": ("importing", "import_"),
    "relay": ("relaying", "relay"),
    "show": ("showing", "show"),
    "day": ("showing", "day"),
    "labels": ("labels", "labels"),
    "bundle": ("bundling", "bundle"),
    "trust": ("bundling", "trust"),
    "verify": ("verifying", "verify"),
    "keys": ("keys", "keys"),
    "audit": ("auditing", "audit"),
    "rebuild": ("rebuilding", "rebuild"),
    "backup": ("backing_up", "backup"),
    "restore": ("backing_up", "restore"),
    "reanchor": ("reanchoring", "reanchor"),
    "demo": ("demo", "demo"),
}


class Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, name = VERBS[cmd_name]
        found: click.Command = getattr(import_module(f"ledger.cli.{module}"), name)
        return found


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit codes: 0 done, 1 refused or found wrong, 2 called wrongly or unreadable, 69 nobody answers, 70 a fault of ours."""
    try:
        nguon.main(arguments, standalone_mode=False)
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
        click.echo(in_words(error), err=True)
        sys.exit(1)
