"""`nguon keys`: the key-encryption key, and the keys that it seals, followed by new ones."""

from __future__ import annotations

import click

from ledger.cli.client import Client, escaped
from ledger.cli.data_folder import DataFolder
from ledger.errors import StoreError
from ledger.recording.rewrapping import rewrap as put_in_force
from ledger.store.database import Store


@click.group()
def keys() -> None:
    """Signing keys that are kept here, and the key that seals them."""


@keys.command()
@click.pass_obj
def rewrap(client: Client) -> None:
    """Put a new key-encryption key in force, while gateways run. Back up database and secrets together afterwards."""
    folder = DataFolder.of(client)
    if not folder.database.exists():
        raise StoreError(f"{folder.database} is not there")
    store = Store(folder.database)
    done = put_in_force(store, folder.secrets, client.say)
    store.close()
    client.result(
        {"kek": done.id.hex(), "keys": done.keys}, ["Back up database and secrets now: older ones go together only."]
    )


@keys.command()
@click.argument("party")
@click.pass_obj
def renew(client: Client, party: str) -> None:
    """Follow a party's signing key here by a new one, which ends it. Run it again if it could not finish."""
    done = client.post(f"/v1/parties/{escaped(party)}/keys/renew", {})
    lines = [f"{done['key']} signs for {done['party']}."]
    if not done["finished"]:
        lines.append(
            f"{', '.join(done['still_standing'])} still stands: {done['pending']} of its events are not final yet. Run it again."
        )
    client.result(done, lines)
