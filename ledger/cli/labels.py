"""`nguon labels`: labels of single items into a file, with the key of the party that packed them."""

from __future__ import annotations

from pathlib import Path

import click

from ledger.cli.client import Client, escaped

SUFFIX = {"pdf": "pdf", "csv": "csv", "png": "zip", "svg": "zip"}


@click.command()
@click.argument("product")
@click.argument("lot")
@click.option("--from", "first", default=0, show_default=True, help="Index of the first item.")
@click.option("--count", default=24, show_default=True, help="How many.")
@click.option(
    "--form", default="pdf", show_default=True, type=click.Choice([*SUFFIX]), help="A sheet, a list, a ZIP of images."
)
@click.option(
    "--per-page", default="24", show_default=True, type=click.Choice(["12", "24", "40"]), help="Labels on an A4 page."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to; labels-FROM-COUNT here.")
@click.pass_obj
def labels(
    client: Client, product: str, lot: str, first: int, count: int, form: str, per_page: str, out: Path | None
) -> None:
    """Write labels of the items of a PRODUCT (a GTIN) and LOT. Give your party's key with --key-file."""
    to = out or Path(f"labels-{first}-{count}.{SUFFIX[form]}")
    query = {"from": str(first), "count": str(count), "form": form, "per_page": per_page}
    size = client.download(f"/v1/labels/{escaped(product)}/{escaped(lot)}/items", to, **query)
    client.result({"file": str(to), "bytes": size}, [f"{to}: {size:,} bytes"])
