"""`nguon show`: a batch's story or one event; `nguon day`: what was signed in a party's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from ledger.cli.client import Client, Json, escaped, shown
from ledger.projection.days import VIETNAM

# What the event that another one names is to it; of a Receive, Reject, Withdraw and Dispose it is the shipment.
NAMING = {
    "AdjustUp": "mending",
    "AdjustDown": "mending",
    "Correct": "correcting",
    "Lift": "lifting",
    "Recall": "with recall",
}
PER_KILO = {"g": ("kg", 1000), "ml": ("l", 1000), "pieces": ("pieces", 1)}


@click.command()
@click.argument("what")
@click.argument("lot", required=False)
@click.option("--origin", help="The origin party, where several used the lot.")
@click.pass_obj
def show(client: Client, what: str, lot: str | None, origin: str | None) -> None:
    """Show a batch by PRODUCT and LOT, or an event by its id (0x…)."""
    if lot is None:
        event = client.get(f"/v1/events/{escaped(what)}")
        client.result(event, _event_lines(event))
        return
    query = {"origin": origin} if origin else {}
    story = client.get(f"/v1/batches/{escaped(what)}/{escaped(lot)}", **query)
    client.result(story, _story_lines(story))


@click.command()
@click.argument("party")
@click.argument("day", required=False)
@click.pass_obj
def day(client: Client, party: str, day: str | None) -> None:
    """Show all that was signed in a PARTY's name on a DAY (2026-11-24; today): compare it with what you did."""
    asked = day or datetime.now(VIETNAM).date().isoformat()
    found = client.get(f"/v1/parties/{escaped(party)}/days/{escaped(asked)}")
    lines = [_line(event) + (f"  SIGNED ELSEWHERE by {event['signer']}" if event["signed"] == "elsewhere" else "")
             for event in found["events"]]  # fmt: skip
    lines += [f"  {each['at']}  change of keys: {each['signer']}" for each in found["key_changes"]]
    told = f"{found['count']} events on {found['day']}, {found['elsewhere']} of them signed elsewhere"
    client.result(found, [*lines, told])


def _amount(quantity: int | None, unit: str | None) -> str:
    if quantity is None:
        return ""
    word, per = PER_KILO.get(unit or "pieces", ("", 1))
    return f"{quantity / per:g} {word}" if per > 1 else f"{quantity} {word}"


def _story_lines(story: Json) -> list[str]:
    unit = story["product"]["unit"]
    q = story["quantities"]
    lines = [
        f"{shown(story['product']['name'])}, lot {story['lot']}, made by {shown(story['origin']['name'])}",
        f"  {story['product']['id']}  batch {story['batch']}",
        "  " + ", ".join(f"{word.replace('_', ' ')} {_amount(n, unit)}" for word, n in q.items()),
    ]
    if story["state"]["not_traced"] or story["state"]["not_traced_inherited"]:
        lines.append("  not traced before a point: some of it came from outside the ledger")
    lines += _marks(story["state"])
    for batch in reversed(story["upstream"]):
        lines.append(f"from {shown(batch['product']['name'])}, lot {batch['lot']}")
        lines += [_line(event) for event in batch["journey"]]
    lines.append("this batch")
    lines += [_line(event) for event in story["journey"]]
    as_of = story["as_of"]
    lines.append(f"as of block {as_of['block']} ({as_of['chain']}), ledger head {as_of['ledger_head']}")
    return lines


def _marks(state: Json) -> list[str]:
    lines = []
    if state["recalled_by"]:
        lines.append(f"  RECALLED by its {', '.join(word.replace('_', ' ') for word in state['recalled_by'])}")
    for batch in state["recalled_ingredients"]:
        lines.append(f"  CONTAINS A RECALLED INGREDIENT: {shown(batch['product']['name'])}, lot {batch['lot']}")
    if not state["recall_known"]:
        lines.append("  the way back is longer than was looked at: recalls farther back are not known here")
    if state["adjusted"]:
        lines.append("  adjusted: an inspector put its quantity up")
    return lines


def _line(event: Json) -> str:
    goods = [
        f"{_amount(g['quantity'], g['product'] and g['product']['unit'])} lot {g['lot']}" for g in event["outputs"]
    ]
    batch: Any = event["batch_ref"]
    if event["quantity"] is not None:
        goods.append(_amount(event["quantity"], batch and batch["product"] and batch["product"]["unit"]))
    if event["kind"] in ("Recall", "Lift"):
        goods += [f"lot {each['lot']}" if each["lot"] else each["batch"] for each in event["batches"]]
    said = ", ".join(goods)
    if event["holder"]:
        said += f" of {shown(event['holder']['name'])}"
    if event["to"]:
        said += f" to {shown(event['to']['name'])}"
    if event["target"] and event["kind"] in NAMING:
        said += f" {NAMING[event['kind']]} {event['target'][:10]}…"
    derived = " (derived)" if event["derived"] else ""
    return f"  {event['occurred_at']}  {event['kind']:<10} {shown(event['party']['name'])}: {said.strip()}{derived}"


def _event_lines(event: Json) -> list[str]:
    return [
        _line(event).strip(),
        f"id {event['id']}  {event['state']}" + (f"  last refused by {event['law']}" if event["law"] else ""),
        f"signed by {event['signer']}, recorded {event['recorded_at'] or 'not yet'}"
        + (f" in block {event['block']}" if event["block"] is not None else ""),
    ]
