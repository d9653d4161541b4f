"""`nguon backup` and `nguon restore`: what no chain knows, to another folder and back."""

from __future__ import annotations

from pathlib import Path

import click

from ledger.cli.client import Client
from ledger.cli.data_folder import DataFolder
from ledger.recording.rewrapping import settled
from ledger.store.backup import back_up, back_up_secrets
from ledger.store.backup import restore as put_back
from ledger.store.files import remove

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("to", metavar="DIR", type=FOLDER)
@click.option(
    "--keys", "keys", metavar="DIR2", type=FOLDER, help="Also the secrets, into a folder kept apart from DIR."
)
@click.pass_obj
def backup(client: Client, to: Path, keys: Path | None) -> None:
    """Back up the database into the new folder DIR, while the gateway runs.

    DIR alone opens no key. Whoever holds DIR and DIR2 can sign for every party: keep them apart.
    """
    folder = DataFolder.of(client)
    if keys is None:
        manifest, secrets = back_up(folder.path, to), None
    else:
        with settled(folder.database, folder.secrets) as kek:  # or a rewrap could come between the two
            manifest, secrets = back_up(folder.path, to), back_up_secrets(folder.path, keys, kek)
    lines = [f"The database as of block {manifest.block} is in {to}."]
    lines += [f"The secrets ({', '.join(secrets.files)}) are in {keys}." if secrets else "The secrets are not in it."]
    document = {"backup": str(to), "manifest": manifest.document(), "keys": str(keys) if keys else None}
    client.result(document, lines)


@click.command()
@click.argument("source", metavar="DIR", type=FOLDER)
@click.option("--keys", "keys", metavar="DIR2", type=FOLDER, help="The secrets' folder, where they were lost too.")
@click.pass_obj
def restore(client: Client, source: Path, keys: Path | None) -> None:
    """Put a backup's database in place of the one in the data folder, which is kept beside it. No gateway may run.

    Start the gateway then: it follows the chain from where the backup was, and gives no nonce twice.
    """
    folder = DataFolder.of(client)
    with folder.without_gateway():
        keks = folder.keks()
        manifest, old = put_back(source, folder.path, keys, keks.lone() if keks else None)
        remove(folder.remembered_chain)
    lines = [f"Restored as of block {manifest.block}; the next start follows the chain from there."]
    if old:
        lines.append(f"The database before it is {old}.")
    client.result({"restored": manifest.document(), "before": str(old) if old else None}, lines)
