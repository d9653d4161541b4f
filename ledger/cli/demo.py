"""`nguon demo`: puts examples/demo.json onto a development ledger. Running it again adds nothing."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from ledger.cli.client import Client, Json, Unreachable, escaped

STORY = Path(__file__).resolve().parents[2] / "examples" / "demo.json"
DEADLINE = 120.0


@click.command()
@click.pass_obj
def demo(client: Client) -> None:
    """Load the demo: salted three-striped crab of Đầm Dơi, from mangrove to jar."""
    story: Json = json.loads(STORY.read_text())
    client.post("/v1/parties", {"parties": story["parties"]})
    client.post("/v1/products", {"products": story["products"]})
    client.post("/v1/yields", {"yields": story["yields"]})
    client.say(
        f"{len(story['parties'])} parties, {len(story['products'])} products, {len(story['yields'])} yields registered"
    )
    ids: dict[str, str] = {}
    for number, entry in enumerate(story["events"], 1):
        ids[entry["key"]] = _record(client, entry, ids)
        if number % 10 == 0 or number == len(story["events"]):
            client.say(f"{number} of {len(story['events'])} events acknowledged")
    _wait(client, list(ids.values()))
    client.say("All of it is final on the chain.")
    links = _links(client, story["scan"])
    client.result({"events": ids, "links": links}, [f"{name}: {link}" for name, link in links.items()])


def _record(client: Client, entry: Json, ids: dict[str, str]) -> str:
    """Each event has its own Idempotency-Key, so a demo that was cut off goes on where it stopped."""
    key = f"demo-{entry['key']}"
    known = client.find("/v1/events", idempotency_key=key)
    if known is not None:
        return str(known["id"])
    event: dict[str, Any] = dict(entry["event"])
    if "shipment_of" in entry:
        event["shipment"] = ids[entry["shipment_of"]]
    if "open_days" in entry:
        until = (datetime.now(UTC) + timedelta(days=entry["open_days"])).strftime("%Y-%m-%dT%H:%M:%SZ")
        event["outputs"] = [output | {"open_until": until} for output in event["outputs"]]
    return str(client.post("/v1/events", event, key=key)["id"])


def _wait(client: Client, ids: list[str]) -> None:
    end = time.monotonic() + DEADLINE
    while ids:
        ids = [id for id in ids if client.get(f"/v1/events/{id}")["state"] != "final"]
        if ids and time.monotonic() > end:
            raise Unreachable(f"{len(ids)} acknowledged events are not final yet; the gateway goes on with them.")
        if ids:
            time.sleep(0.1)


def _links(client: Client, scan: Json) -> dict[str, str]:
    url = client.stack.url
    gtin = scan["product"].rsplit("/", 1)[1]
    lot = escaped(scan["lot"])
    return {
        "scan": f"{url}/01/{gtin}/10/{lot}",
        "qr": f"{url}/v1/labels/{gtin}/{lot}/qr.png",
        "batch": f"{url}/v1/batches/{gtin}/{lot}",
        "openapi": f"{url}/openapi.json",
        "ready": f"{url}/health/ready",
    }
