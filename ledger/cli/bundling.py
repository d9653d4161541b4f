"""`nguon bundle`: the file with which a stranger checks a batch. `nguon trust`: a trust file for a ledger of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from ledger.bindings import deployments
from ledger.cli.client import Client, escaped
from ledger.cli.data_folder import DataFolder, rpc_option
from ledger.proof.trust import unsealed, write

DAY = 86_400


@click.command()
@click.argument("product")
@click.argument("lot")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="Where to write it.")
@click.option("--origin", help="The origin party, where several used the lot.")
@click.pass_obj
def bundle(client: Client, product: str, lot: str, output: str, origin: str | None) -> None:
    """Write one file with which anyone checks the batch offline: `nguon verify FILE --trust TRUST`."""
    query = {"origin": origin} if origin else {}
    size = client.download(f"/v1/batches/{escaped(product)}/{escaped(lot)}/bundle", Path(output), **query)
    client.result({"file": output, "bytes": size}, [f"{output}: {size} bytes"])


@click.command()
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Where to write it; standard output without.")
@click.option("--name", default="ledger of this data folder", show_default=True, help="What verifiers call it.")
@click.option("--max-age", type=click.IntRange(0), default=30, show_default=True, help="Days; 0: no maximum.")
@rpc_option
@click.pass_obj
def trust(client: Client, output: str | None, name: str, max_age: int, rpc: str | None) -> None:
    """Write a trust file for the ledger of a data folder, as its node shows it now. Strangers get theirs elsewhere."""
    node, deployment = DataFolder.of(client, rpc).chain()
    known = unsealed(name, deployment.domain, deployments.accounts(node, deployment), max_age * DAY or None)
    data = write([known])
    if output is None:
        click.echo(data.decode(), nl=False)
        return
    Path(output).write_bytes(data)
    client.result({"file": output, "ledger_id": "0x" + known.ledger_id.hex()}, [f"{output} written"])
