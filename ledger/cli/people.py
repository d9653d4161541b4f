"""`nguon people`: who signs in to the pages. By the operator's key anybody, by a manager's key the people of its party."""

from __future__ import annotations

import click

from ledger.cli.client import Client, Json, escaped

ROLES = ("recorder", "shipper", "processor", "manager", "auditor", "operator")


@click.group()
def people() -> None:
    """People who sign in, and their invitations."""


@people.command("list")
@click.option(
    "--party", help="Whose people. Left out: those of the key's own party; by the operator's key, the Union's."
)
@click.pass_obj
def list_people(client: Client, party: str | None) -> None:
    """All people of a party, those who ended last."""
    found = client.get("/v1/people", **({"party": party} if party else {}))
    client.result(found, [_line(each) for each in found] or ["Nobody yet."])


@people.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES))
@click.option("--party", help="Whom they belong to. Left out as in `list`.")
@click.option("--scope", help="What an auditor may see: `party URI`, `product URI` or `area NAME`.")
@click.pass_obj
def invite(client: Client, name: str, roles: tuple[str, ...], party: str | None, scope: str | None) -> None:
    """A new person. Their invitation is shown once: hand it to them and to nobody else."""
    told = {"party": party, "scope": scope}
    body = {"name": name, "roles": list(roles)} | {key: value for key, value in told.items() if value is not None}
    done = client.post("/v1/people", body)
    client.result(done, _invitation(done))


@people.command()
@click.argument("id")
@click.pass_obj
def recover(client: Client, id: str) -> None:
    """A new invitation for somebody who lost phone or password. What they had ends at once. ID is in `list`."""
    done = client.post(f"/v1/people/{escaped(id)}/recover", {})
    client.result(done, _invitation(done))


@people.command()
@click.argument("id")
@click.pass_obj
def end(client: Client, id: str) -> None:
    """For good: they sign in no more. What they recorded stays. ID is in `list`."""
    done = client.post(f"/v1/people/{escaped(id)}/end", {})
    client.result(done, [f"{done['name']} signs in no more."])


def _invitation(person: Json) -> list[str]:
    told = person["invitation"]
    return [
        f"{person['name']}, {', '.join(person['roles'])}",
        f"  signs in as  {person['sign_in']}",
        f"  link         {told['link']}",
        f"  or code      {told['code']}",
        f"For one use, until {told['expires_at']}. Shown this once.",
    ]


def _line(person: Json) -> str:
    state = "ended" if person["ended_at"] else "signs in" if person["signs_in"] else "has not signed in yet"
    roles = ", ".join(person["roles"]) + (f" of {person['scope']}" if person["scope"] else "")
    return f"{person['id']}  {person['name']}  {person['sign_in']}  {roles}  {state}"
