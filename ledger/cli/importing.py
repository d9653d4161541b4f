"""`nguon import`: an EPCIS 2.0 document put to the ledger, event by event, each with what became of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from ledger.cli.client import Client, Json, Refused, escaped
from ledger.errors import Refusal
from ledger.events.model import Role, Unit
from ledger.exchange.admission import Conversions, read_conversions
from ledger.exchange.capture import capture
from ledger.exchange.document import read_document
from ledger.exchange.port import BatchStock, OpenShipment, Recorded
from ledger.projection.present import UNIT_WORD

UNIT_BY_WORD = {word: unit for unit, word in UNIT_WORD.items()}
DEADLINE = 120.0


class HttpPort:
    """The ledger as an import sees it, over HTTP. Admissions are gathered and made in one transaction a kind."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._parties: list[Json] = []
        self._products: list[Json] = []
        self._yields: list[Json] = []
        self._units: dict[str, Unit] = {}
        self._known: set[str] = set()
        self.posted: list[str] = []

    def knows_party(self, uri: str) -> bool:
        self._flush()
        if uri not in self._known and self._client.find(f"/v1/parties/{escaped(uri)}") is not None:
            self._known.add(uri)
        return uri in self._known

    def unit_of(self, product: str) -> Unit | None:
        self._flush()
        if product not in self._units:
            found = self._client.find(f"/v1/products/{escaped(product)}")
            if found is None:
                return None
            self._units[product] = UNIT_BY_WORD[found["unit"]]
        return self._units[product]

    def stock(self, product: str, lot: str) -> Sequence[BatchStock]:
        self._flush()
        found = self._client.find(f"/v1/batches/{escaped(product)}/{escaped(lot)}/stock")
        return [
            BatchStock(
                batch["origin"],
                batch["holdings"],
                [OpenShipment(s["id"], s["from"], s["to"], s["open"]) for s in batch["shipments"]],
            )
            for batch in (found or {}).get("batches", [])
        ]

    def recorded(self, idempotency_key: str) -> Recorded | None:
        found = self._client.find("/v1/events", idempotency_key=idempotency_key)
        return Recorded(found["id"], found["quantity"] or 0) if found else None

    def record(self, draft: Json, idempotency_key: str) -> Recorded:
        try:
            done = self._client.post("/v1/events", draft, key=idempotency_key)
        except Refused as refused:
            raise _refusal(refused) from refused
        self.posted.append(done["id"])
        return Recorded(done["id"], int(draft.get("quantity", 0)))

    def can_derive(self) -> bool:
        return bool(self._client.get("/v1/ledger")["development"])

    def admit_party(self, uri: str, roles: Role, profile: Json) -> None:
        words = [role.name.lower() for role in Role if role & roles and role.name]
        self._parties.append({"uri": uri, "roles": words, "profile": profile})

    def admit_product(
        self, uri: str, unit: Unit, stage: int, brand_owner: str, makers: Sequence[str], profile: Json
    ) -> None:
        self._products.append(
            {
                "uri": uri, "unit": UNIT_WORD[unit], "stage": stage, "brand_owner": brand_owner, "makers": list(makers),
                "profile": profile,
            }
        )  # fmt: skip

    def declare_yield(self, input: str, output: str, per_million: int) -> None:
        self._yields.append({"input": input, "output": output, "per_million": per_million})

    def wait_until_final(self) -> int:
        """How many of the events posted here are not final after DEADLINE."""
        self._flush()
        waiting = list(self.posted)
        end = time.monotonic() + DEADLINE
        while waiting and time.monotonic() < end:
            waiting = [id for id in waiting if self._client.get(f"/v1/events/{id}")["state"] != "final"]
            if waiting:
                time.sleep(0.1)
        return len(waiting)

    def _flush(self) -> None:
        for path, name, gathered, most in (
            ("/v1/parties", "parties", self._parties, 50),
            ("/v1/products", "products", self._products, 50),
            ("/v1/yields", "yields", self._yields, 200),
        ):
            while gathered:
                entries = gathered[:most]
                del gathered[:most]
                try:
                    self._client.post(path, {name: entries})
                except Refused as refused:
                    raise _refusal(refused) from refused


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--admit", is_flag=True, help="Admit the document's parties and products first (development ledger).")
@click.option(
    "--yields",
    "yields_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Stages and yields, as JSON.",
)
@click.pass_obj
def import_(client: Client, file: Path, admit: bool, yields_file: Path | None) -> None:
    """Put an EPCIS 2.0 document (JSON or JSON-LD) to the ledger, and say of each event what became of it.

    A second run records nothing new. Exit code 0 also when events were refused: the report says which, and by which law.
    """
    try:
        document = read_document(file.read_bytes())
        conversions = read_conversions(yields_file.read_bytes()) if yields_file else Conversions()
    except Refusal as refusal:
        raise click.ClickException(f"{file.name}: {refusal.numbers.get('reason', refusal)}") from refusal
    port = HttpPort(client)

    def progress(done: int, total: int) -> None:
        client.say(f"{done} of {total} events taken")

    report = capture(document, port, admitting=admit, conversions=conversions, progress=progress)
    late = port.wait_until_final()
    rows = [row.as_json() for row in report.rows]
    counts = report.counts()
    lines = [
        f"{row['index']:>3}  {row['result']:<8}  {row['law'] or '':<18}  {row['detail']}"
        + (f" (because of {row['because']})" if row["because"] is not None else "")
        + (f" [{len(row['derived'])} derived]" if row["derived"] else "")
        for row in rows
    ]
    lines.append(", ".join(f"{count} {result}" for result, count in counts.items()))
    for word, unknown in (("party", report.unknown_parties), ("product", report.unknown_products)):
        lines += [f"unknown {word}: {uri}" for uri in unknown]
    if late:
        lines.append(f"{late} acknowledged events are not final yet; the gateway goes on with them.")
    client.result(
        {
            "events": rows,
            "unknown_parties": list(report.unknown_parties),
            "unknown_products": list(report.unknown_products),
        },
        lines,
    )
    sys.exit(69 if late else 0)


def _refusal(refused: Refused) -> Exception:
    """A problem document as the Refusal it came from: ids as bytes, numbers as numbers."""
    problem = refused.problem
    if "law" not in problem:
        return refused
    numbers = {
        name: bytes.fromhex(value[2:]) if isinstance(value, str) and value.startswith("0x") else value
        for name, value in problem.get("numbers", {}).items()
    }
    return Refusal(problem["law"], **numbers)
