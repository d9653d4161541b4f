"""`nguon api-keys`: the keys of a party's programs. By the operator's key, or by a manager's key for its own party."""

from __future__ import annotations

import click

from ledger.cli.client import Client, Json, escaped

SCOPES = ("recorder", "shipper", "processor", "manager")


@click.group("api-keys")
def api_keys() -> None:
    """API keys, with which a party's programs come."""


@api_keys.command()
@click.argument("party")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="Left out: all of them.")
@click.option("--days", type=click.IntRange(1, 730), default=365, show_default=True, help="Until it ends.")
@click.pass_obj
def make(client: Client, party: str, scopes: tuple[str, ...], days: int) -> None:
    """A new key for a party. It is shown once."""
    body = {"days": days, **({"scopes": list(scopes)} if scopes else {})}
    done = client.post(f"/v1/parties/{escaped(party)}/api-keys", body)
    client.result(done, [done["api_key"]])  # alone on its line, for a file
    click.echo(f"For {', '.join(done['scopes'])}, until {done['expires_at']}. Shown this once.", err=True)


@api_keys.command("list")
@click.argument("party")
@click.pass_obj
def list_keys(client: Client, party: str) -> None:
    """All that a party ever had, the newest first. Never their secrets."""
    found = client.get(f"/v1/parties/{escaped(party)}/api-keys")
    client.result(found, [_line(each) for each in found] or ["None yet."])


@api_keys.command()
@click.argument("id")
@click.pass_obj
def revoke(client: Client, id: str) -> None:
    """Take a key back: from the next request on it is refused. ID: the eight characters after `pk_`."""
    done = client.delete(f"/v1/api-keys/{escaped(id)}")
    client.result(done, [f"{done['id']} opens nothing any more."])


def _line(key: Json) -> str:
    state = f"revoked {key['revoked_at']}" if key["revoked_at"] else f"until {key['expires_at']}"
    return f"{key['id']}  {', '.join(key['scopes'])}  made {key['created_at']}  {state}"
