"""`nguon demo`: puts the stories of examples/ onto a development ledger. Running it again adds nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain
from typing import Any

import click

from ledger.cli.client import Client, Json, Refused, Unreachable, escaped
from ledger.cli.season import VIETNAM, season
from ledger.cli.story import Deed, Story, groups, jar

STORIES = (jar, season)
SCAN = ("09520000002022", "H400-2611-A")
RECALLED = ("09520000401023", "TH-1G")
DEADLINE = 120.0


@click.command()
@click.pass_obj
def demo(client: Client) -> None:
    """Load the demo: salted crab from mangrove to jar, and a season of the province with one recall in it.

    Broken off, it goes on where it stopped when it is run again. Then it makes the demo accounts.
    """
    if not client.get("/v1/ledger")["development"]:
        raise Unreachable("This is no development chain: the demo has no business there.")
    begun = time.monotonic()
    stories = [told(_begun(client, told(_today()))) for told in STORIES]
    for story in stories:
        _register(client, story)
    ids: dict[str, str] = {}
    whole = sum(len(story.keys()) for story in stories)
    waiting: list[str] = []
    for count in chain.from_iterable(_told(client, story, ids, waiting) for story in stories):
        client.say(f"{count} of {whole} events acknowledged")
    _wait(client, waiting)
    accounts = client.post("/v1/demo/accounts", {})["accounts"]
    client.say(f"All of it is final on the chain, after {time.monotonic() - begun:.0f} s; {accounts} demo accounts.")
    links = _links(client)
    client.result(
        {"events": ids, "accounts": accounts, "links": links}, [f"{name}: {link}" for name, link in links.items()]
    )


def _today() -> date:
    return datetime.now(VIETNAM).date()


def _begun(client: Client, story: Story) -> date:
    """The day on which this story was first put onto this ledger, so that what goes on says the same as what was broken off."""
    first = client.find("/v1/events", idempotency_key=story.keys()[story.deeds[0].key])
    return datetime.fromisoformat(first["content"]["nguon:captured"]).astimezone(VIETNAM).date() if first else _today()


def _register(client: Client, story: Story) -> None:
    client.post("/v1/parties", {"parties": story.parties})
    client.post("/v1/products", {"products": story.products})
    client.post("/v1/yields", {"yields": story.yields})
    client.say(f"{len(story.parties)} parties, {len(story.products)} products, {len(story.yields)} yields registered")


def _told(client: Client, story: Story, ids: dict[str, str], waiting: list[str]) -> Iterator[int]:
    """Puts group after group, `waiting` for those that were not final when they were asked for; gives how many events are
    acknowledged by then, those of earlier stories too."""
    keys = story.keys()
    suspended: list[str] = []
    for group in groups(story.deeds):
        if group[0].suspends:
            suspended.append(group[0].suspends)
            continue
        if client.find("/v1/events", idempotency_key=keys[group[-1].key]) is None:
            while suspended:
                _suspend(client, suspended.pop())
            new = _record(client, group, keys[group[0].key].split("/")[0], ids)
            waiting += new.values()
            ids |= new
        else:
            for deed in group:  # one after another was kept, so all of them were
                kept = client.get("/v1/events", idempotency_key=keys[deed.key])
                ids[deed.key] = kept["id"]
                waiting += [] if kept["state"] == "final" else [kept["id"]]
        yield len(ids)


def _suspend(client: Client, party: str) -> None:
    path = f"/v1/parties/{escaped(party)}"
    if client.get(path)["status"] != "suspended":
        client.post(f"{path}/status", {"status": "suspended"})


def _record(client: Client, group: list[Deed], key: str, ids: dict[str, str]) -> dict[str, str]:
    """Each event has an Idempotency-Key of its own, so a group that was cut off is posted again as it was."""
    events = [_event(client, deed, ids) for deed in group]
    results = client.post("/v1/events", {"events": events}, key=key)["results"]
    if refused := [each for each in results if "problem" in each]:
        raise Refused({"title": f"{len(refused)} events of the demo were refused", "results": refused}, client.as_json)
    return {deed.key: result["id"] for deed, result in zip(group, results, strict=True)}


def _event(client: Client, deed: Deed, ids: dict[str, str]) -> dict[str, Any]:
    event = deed.event | {name: ids[key] for name, key in deed.needs.items()}
    if deed.voids:
        event["signer"] = client.get(f"/v1/parties/{escaped(deed.voids)}")["signers"][0]["address"]
    return event


def _wait(client: Client, ids: list[str]) -> None:
    end = time.monotonic() + DEADLINE
    while ids:
        ids = [id for id in ids if client.get(f"/v1/events/{id}")["state"] != "final"]
        if ids and time.monotonic() > end:
            raise Unreachable(f"{len(ids)} acknowledged events are not final yet; the gateway goes on with them.")
        if ids:
            time.sleep(0.1)


def _links(client: Client) -> Json:
    url = client.stack.url
    gtin, lot = SCAN
    recalled, its_lot = RECALLED
    return {
        "scan": f"{url}/01/{gtin}/10/{lot}",
        "start": f"{url}/",
        "recalled": f"{url}/01/{recalled}/10/{its_lot}",
        "qr": f"{url}/v1/labels/{gtin}/{lot}/qr.png",
        "batch": f"{url}/v1/batches/{gtin}/{lot}",
        "openapi": f"{url}/openapi.json",
        "ready": f"{url}/health/ready",
    }
