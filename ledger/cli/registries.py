"""`nguon party` and `nguon product`."""

from __future__ import annotations

import json

import click

from ledger.cli.client import Client, Json, escaped, shown

ROLES = ("producer", "processor", "packer", "carrier", "retailer", "inspector")


def _profile(context: click.Context, parameter: click.Parameter, value: str | None) -> Json:
    try:
        found = json.loads(value or "{}")
    except ValueError as error:
        raise click.BadParameter("a JSON object is expected") from error
    if not isinstance(found, dict):
        raise click.BadParameter("a JSON object is expected")
    return found


@click.group()
def party() -> None:
    """Cooperatives, processors, carriers, shops, inspectors."""


@party.command("add")
@click.argument("uri")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES))
@click.option("--profile", callback=_profile, help='Public, as JSON: {"name": …, "address": …, "phone": …}')
@click.pass_obj
def add_party(client: Client, uri: str, roles: tuple[str, ...], profile: Json) -> None:
    """Admit a party (GLN, Digital Link or URN), and make its signing key here."""
    done = client.post("/v1/parties", {"parties": [{"uri": uri, "roles": list(roles), "profile": profile}]})
    client.result(done, [f"{done['registered'][0]} admitted, final in block {done['block']}"])


@party.command("list")
@click.pass_obj
def list_parties(client: Client) -> None:
    """All parties."""
    found = client.get("/v1/parties")
    client.result(found, [f"{p['id']}  {shown(p['name'])}  {', '.join(p['roles'])}  {p['status']}" for p in found])


@party.command("status")
@click.argument("uri")
@click.argument("status", type=click.Choice(("active", "suspended")))
@click.pass_obj
def set_status(client: Client, uri: str, status: str) -> None:
    """Suspend a party, or make it active again. A suspended one may only bring goods back."""
    done = client.post(f"/v1/parties/{escaped(uri)}/status", {"status": status})
    client.result(done, [f"{done['registered'][0]} is {status}, final in block {done['block']}"])


@click.group()
def product() -> None:
    """Products, their makers, and what may become of them."""


@product.command("add")
@click.argument("uri")
@click.option("--unit", type=click.Choice(("g", "ml", "pieces")), required=True)
@click.option("--stage", type=int, default=0, show_default=True, help="Rises from raw goods to jar.")
@click.option("--owner", required=True, help="Brand owner's URI.")
@click.option("--maker", "makers", multiple=True, help="A further maker's URI.")
@click.option("--open", "is_open", is_flag=True, help="Raw goods that any producer may bring.")
@click.option("--profile", callback=_profile)
@click.pass_obj
def add_product(
    client: Client, uri: str, unit: str, stage: int, owner: str, makers: tuple[str, ...], is_open: bool, profile: Json
) -> None:
    """Register a product (GTIN, Digital Link or URN)."""
    entry = {
        "uri": uri, "unit": unit, "stage": stage, "brand_owner": owner, "makers": list(makers), "open": is_open, "profile": profile
    }  # fmt: skip
    done = client.post("/v1/products", {"products": [entry]})
    client.result(done, [f"{done['registered'][0]} registered, final in block {done['block']}"])


@product.command("list")
@click.pass_obj
def list_products(client: Client) -> None:
    """All products."""
    found = client.get("/v1/products")
    client.result(found, [f"{p['id']}  {shown(p['name'])}  {p['unit']}  stage {p['stage']}" for p in found])


@product.command("yield")
@click.argument("input_product")
@click.argument("output_product")
@click.argument("per_million", type=int)
@click.pass_obj
def declare_yield(client: Client, input_product: str, output_product: str, per_million: int) -> None:
    """The most output in base units per million of input: 1150000 is 115 % by weight."""
    entry = {"input": input_product, "output": output_product, "per_million": per_million}
    done = client.post("/v1/yields", {"yields": [entry]})
    client.result(done, [f"{done['registered'][0]} declared, final in block {done['block']}"])
